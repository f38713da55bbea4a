/** Points in time as SQL expressions that yield seconds since the epoch, or NULL where a value cannot be read. */
import {
  type ColumnRef,
  inferTimeFormat,
  type SetProfile,
  type TimeColumn,
  type TtlRule,
} from '../../profiles/index.ts';
import type { TimeFormat } from '../../store/index.ts';
import { type Db, literal, one, quoted } from './driver.ts';

/** A column, or a member of a JSON column; NULL where the JSON is malformed. */
export function refSql(ref: ColumnRef, alias = 't'): string {
  if ('column' in ref) return `${alias}.${quoted(ref.column)}`;
  const x = `${alias}.${quoted(ref.json)}`;
  return `CASE WHEN json_valid(${x}) THEN json_extract(${x}, ${literal(`$."${ref.path}"`)}) END`;
}

const DIVISOR: Readonly<Record<'epoch-s' | 'epoch-ms' | 'epoch-us', string>> = {
  'epoch-s': '1.0',
  'epoch-ms': '1000.0',
  'epoch-us': '1000000.0',
};

const DAY = 86_400;

const DATE = '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]';

/**
 * Text that is an ISO-8601 time. SQLite's date functions take much more for one: "0" and "3600" as Julian days, "12:00" as a time
 * in the year 2000, 31 February as a day of March (https://sqlite.org/lang_datefunc.html section 2).
 */
function isIso(x: string): string {
  return (
    `typeof(${x}) = 'text' AND (${x} GLOB '${DATE}[T ][0-2][0-9]:[0-5][0-9]*' OR ${x} GLOB '${DATE}') ` +
    `AND substr(${x}, 1, 4) <> '0000' AND substr(${x}, 12, 2) < '24' ` +
    `AND (substr(${x}, 9, 2) <= '28' OR date(substr(${x}, 1, 10)) = substr(${x}, 1, 10))`
  );
}

/** 2440587.5 is the Julian day of 1970-01-01T00:00Z; text without an offset means UTC. SQLite has no time type of its own. */
export function secondsSql(x: string, format: TimeFormat): string {
  if (format === 'utc-text' || format === 'date-text' || format === 'native') {
    return `CASE WHEN ${isIso(x)} THEN (julianday(${x}) - 2440587.5) * 86400.0 END`;
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
    const at = secondsSql(x, ttl.at.format === 'infer' ? 'utc-text' : ttl.at.format);
    // A calendar day holds until it is over.
    return { never: x, expires: ttl.at.format === 'date-text' ? `(${at}) + ${DAY}.0` : at };
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

/** Condition that a row is marked deleted; null where the set knows no such mark. */
export function deletedSql(set: SetProfile): string | null {
  if (set.softDeleted === undefined) return null;
  const x = `t.${quoted(set.softDeleted)}`;
  return set.deletedValue === undefined
    ? `${x} IS NOT NULL`
    : `coalesce(CAST(${x} AS TEXT) = ${literal(set.deletedValue)}, 0)`;
}
