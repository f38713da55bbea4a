/** Points in time as SQL expressions that yield seconds since the epoch, or NULL where a value cannot be read. */
import { type ColumnRef, inferTimeFormat, type TimeColumn, type TtlRule } from '../../profiles/index.ts';
import type { TimeFormat } from '../../store/index.ts';
import { type Db, literal, one, quoted } from './driver.ts';

/** A column, or a member of a JSON column; NULL where the JSON is malformed. */
export function refSql(ref: ColumnRef, alias = 't'): string {
  if ('column' in ref) return `${alias}.${quoted(ref.column)}`;
  const x = `${alias}.${quoted(ref.json)}`;
  return `CASE WHEN json_valid(${x}) THEN json_extract(${x}, ${literal(`$."${ref.path}"`)}) END`;
}

const DIVISOR: Readonly<Record<Exclude<TimeFormat, 'utc-text'>, string>> = {
  'epoch-s': '1.0',
  'epoch-ms': '1000.0',
  'epoch-us': '1000000.0',
};

/** 2440587.5 is the Julian day of 1970-01-01T00:00Z; text without an offset means UTC. */
export function secondsSql(x: string, format: TimeFormat): string {
  if (format === 'utc-text') {
    return `CASE WHEN typeof(${x}) = 'text' THEN (julianday(${x}) - 2440587.5) * 86400.0 END`;
  }
  return `CASE WHEN typeof(${x}) IN ('integer', 'real') THEN ${x} / ${DIVISOR[format]} END`;
}

/** The column's format, looked up in its values where the profile leaves it open; null when it cannot be told. */
export function timeFormat(db: Db, table: string, time: TimeColumn): TimeFormat | null {
  if (time.format !== 'infer') return time.format;
  const x = refSql(time.column);
  return inferTimeFormat(one(db, `SELECT ${x} AS x FROM ${quoted(table)} AS t WHERE ${x} IS NOT NULL LIMIT 1`)['x']);
}

/** Expiry of a row: the expression, and the one whose NULL means "never". */
export function expirySql(ttl: TtlRule): { readonly never: string; readonly expires: string } {
  if (ttl.kind === 'at') {
    const x = refSql(ttl.at.column);
    return { never: x, expires: secondsSql(x, ttl.at.format === 'infer' ? 'utc-text' : ttl.at.format) };
  }
  const ttlColumn = refSql({ column: ttl.ttl });
  const from = secondsSql(refSql(ttl.from.column), ttl.from.format === 'infer' ? 'utc-text' : ttl.from.format);
  const number = `CASE WHEN typeof(${ttlColumn}) IN ('integer', 'real') THEN ${ttlColumn} END`;
  return { never: ttlColumn, expires: `(${from}) + (${number}) * ${ttl.seconds}.0` };
}

/** ISO text of seconds since the epoch; null for NULL and for what no calendar holds. */
export function isoOf(seconds: unknown): string | null {
  if (typeof seconds !== 'number') return null;
  const date = new Date(Math.round(seconds * 1000));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
