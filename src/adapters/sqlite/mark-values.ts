/** What a store's convention writes into a superseded row: SQL for its columns, times in the form in which the column has them. */
import type { ColumnRef, SetProfile, SupersedeRule } from '../../profiles/index.ts';
import type { TimeFormat } from '../../store/index.ts';
import { type Db, literal, one, quoted, type Row } from './driver.ts';
import type { Shape } from './table-shape.ts';
import { refSql } from './time-sql.ts';

/** SET clause of the convention, over the row as `t`, and its parameters. */
export interface Marks {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Physical columns that are written. */
  readonly columns: readonly string[];
}

/** @param survivor expression that yields the id of the row that stays */
export function marksOf(
  db: Db,
  set: SetProfile,
  rule: SupersedeRule,
  survivor: string,
  shape: Shape,
  now: Date,
): Marks {
  const plain: string[] = [];
  const members = new Map<string, string[]>();
  const parameters: Record<string, unknown> = {};
  for (const [i, { column, to }] of rule.set.entries()) {
    const isJson = !('column' in column);
    let value = survivor;
    if ('value' in to) {
      value = isJson && typeof to.value === 'boolean' ? `json('${to.value}')` : `:v${i}`;
      if (value.startsWith(':')) parameters[`v${i}`] = plainValue(to.value);
    } else if ('now' in to) {
      value = `:v${i}`;
      parameters[`v${i}`] = timeAs(db, set, shape, column, to.now, now);
    }
    if (isJson) {
      const list = members.get(column.json) ?? [];
      list.push(literal(`$."${column.path}"`), value);
      members.set(column.json, list);
    } else plain.push(`${quoted(column.column)} = ${value}`);
  }
  for (const [json, list] of members) {
    // A row without the document gets one; one that is no JSON is left alone by the caller's check that it had an effect.
    plain.push(`${quoted(json)} = json_set(coalesce(t.${quoted(json)}, '{}'), ${list.join(', ')})`);
  }
  const columns = [...new Set(rule.set.map(({ column }) => ('column' in column ? column.column : column.json)))];
  return { sql: plain.join(', '), parameters, columns };
}

/** The driver binds a number as REAL; a whole one is an INTEGER to whoever reads it. */
function plainValue(value: string | number | boolean): string | number | bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}

const PER_SECOND = { 'epoch-s': 1, 'epoch-ms': 1e3, 'epoch-us': 1e6 } as const;

/** "2026-11-21T10:00:00.123456+00:00": separator, digits of a second's fraction, offset. */
const ISO = /^\d{4}-\d\d-\d\d(?:([T ])\d\d:\d\d(?::\d\d(?:\.(\d+))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * The moment in the column's own form: as the last time that stands in it, or in the column of creation where it is kept in the
 * same format. Programs compare times as text.
 */
function timeAs(
  db: Db,
  set: SetProfile,
  shape: Shape,
  ref: ColumnRef,
  format: TimeFormat,
  now: Date,
): string | number | bigint {
  const like = (of: ColumnRef): Row => {
    const x = refSql(of);
    return one(db, `SELECT ${x} AS x, typeof(${x}) AS type FROM ${shape.quoted} AS t WHERE ${x} IS NOT NULL LIMIT 1`);
  };
  const sample = like(ref);
  if (format === 'epoch-s' || format === 'epoch-ms' || format === 'epoch-us') {
    const value = (now.getTime() / 1000) * PER_SECOND[format];
    const fraction =
      sample['type'] === undefined
        ? format === 'epoch-s' && !declaredInteger(db, shape, ref)
        : sample['type'] === 'real';
    return fraction ? value : BigInt(Math.floor(value));
  }
  if (format === 'date-text') return now.toISOString().slice(0, 10);
  const created = set.created;
  const other = created !== undefined && created.format === format ? like(created.column) : {};
  return isoLike(sample['x'] ?? other['x'], now);
}

/** UTC, in the form of the sample; with `T` and `Z` where that is no time. */
export function isoLike(sample: unknown, now: Date): string {
  const found = typeof sample === 'string' ? ISO.exec(sample) : null;
  const iso = now.toISOString();
  if (found === null) return iso;
  const [, separator = 'T', fraction, offset] = found;
  const digits =
    fraction === undefined ? '' : `.${iso.slice(20, 23).padEnd(fraction.length, '0').slice(0, fraction.length)}`;
  const zone = offset === undefined ? '' : offset === 'Z' ? 'Z' : offset.includes(':') ? '+00:00' : '+0000';
  return `${iso.slice(0, 10)}${separator}${iso.slice(11, 19)}${digits}${zone}`;
}

function declaredInteger(db: Db, shape: Shape, ref: ColumnRef): boolean {
  if (!('column' in ref)) return false;
  const sql = 'SELECT type FROM pragma_table_xinfo(?) WHERE name = ? COLLATE NOCASE';
  return /INT/i.test(String(one(db, sql, [shape.name, ref.column])['type'] ?? ''));
}
