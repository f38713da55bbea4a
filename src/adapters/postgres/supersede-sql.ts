/**
 * What the store's own software writes into a row that another one supersedes, as SQL over alias `x` (the row) and `k.survivor`
 * (the id of the row that stays, as text). Times are the server's, of the transaction; the column's own type decides how they
 * are written, whatever the convention expects.
 */
import { columnRefText, type SupersedeRule } from '../../profiles/index.ts';
import type { TimeFormat } from '../../store/index.ts';
import { typeFamily } from './expression-sql.ts';
import { literal, quoted } from './quoting.ts';
import type { PgRelation } from './reading.ts';
import { uncut } from './row-keys.ts';

export interface WrittenColumn {
  readonly name: string;
  /** What is written. */
  readonly value: string;
  /** Whether it stands there: true or false, never NULL. */
  readonly stands: string;
}

type Written = SupersedeRule['set'][number];

const NOW = 'pg_catalog.now()';
const UTC = `(${NOW} AT TIME ZONE 'UTC')`;
const UNITS: Readonly<Partial<Record<TimeFormat, number>>> = { 'epoch-s': 1, 'epoch-ms': 1e3, 'epoch-us': 1e6 };

/**
 * One item a column, however many members of it are written.
 * @returns or a sentence that says which column of the convention cannot be written, and why
 */
export function writtenColumns(rule: SupersedeRule, relation: PgRelation): WrittenColumn[] | string {
  const byColumn = new Map<string, Written[]>();
  for (const w of rule.set) {
    const name = 'column' in w.column ? w.column.column : w.column.json;
    byColumn.set(name, [...(byColumn.get(name) ?? []), w]);
  }
  const found: WrittenColumn[] = [];
  for (const [name, all] of byColumn) {
    const type = relation.columns.get(name);
    if (type === undefined) return `there is no column ${name}`;
    const cast = relation.castTypes.get(name) ?? type;
    const column = all.some((w) => !('column' in w.column)) ? members(name, type, all) : plain(name, type, cast, all);
    if (typeof column === 'string') return column;
    found.push(column);
  }
  return found;
}

function plain(name: string, type: string, cast: string, all: readonly Written[]): WrittenColumn | string {
  const [w, twice] = all;
  if (w === undefined || twice !== undefined) return `${name} would be written twice`;
  const value = valueSql(w, type, uncut(cast));
  if (value === null) return `${name} is of type ${type}, which holds no time as ${formatOf(w)}`;
  // Compared as the column keeps it: a time is rounded to its digits, a text is never cut.
  const kept = uncut(cast) === cast ? `(${value})::${cast}` : value;
  return { name, value, stands: `(x.${quoted(name)} IS NOT DISTINCT FROM ${kept})` };
}

const formatOf = (w: Written): string => (typeof w.to === 'object' && 'now' in w.to ? w.to.now : '');

function valueSql(w: Written, type: string, castType: string): string | null {
  const cast = `::${castType}`;
  if ('survivor' in w.to) return `k.survivor${cast}`;
  if ('value' in w.to) return `${literal(String(w.to.value))}${cast}`;
  const family = typeFamily(type);
  if (family === 'timestamptz') return NOW;
  if (family === 'timestamp') return UTC;
  if (family === 'date') return `${UTC}::pg_catalog.date`;
  if (family === 'integer' || family === 'float' || family === 'numeric') {
    const epoch = epochSql(w.to.now);
    if (epoch === null) return null;
    return family === 'integer' ? `pg_catalog.floor(${epoch})${cast}` : `(${epoch})${cast}`;
  }
  return family === 'text' ? `(${timeText(w.to.now)})${cast}` : null;
}

function epochSql(format: TimeFormat): string | null {
  const unit = UNITS[format];
  return unit === undefined ? null : `extract(epoch FROM ${NOW}) * ${unit}`;
}

function timeText(format: TimeFormat): string {
  const epoch = epochSql(format);
  if (epoch !== null) return `pg_catalog.floor(${epoch})::pg_catalog.int8::pg_catalog.text`;
  const day = "'YYYY-MM-DD'";
  const moment = `'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'`;
  return `pg_catalog.to_char(${UTC}, ${format === 'date-text' ? day : moment})`;
}

function members(name: string, type: string, all: readonly Written[]): WrittenColumn | string {
  if (type !== 'jsonb' && type !== 'json') return `${name} is no JSON column`;
  const x = `x.${quoted(name)}::pg_catalog.jsonb`;
  // jsonb_set leaves what is no object as it is; the comparison afterwards then fails.
  let value = `coalesce(${x}, '{}')`;
  const stands: string[] = [];
  for (const w of all) {
    if ('column' in w.column) return `${columnRefText(w.column)} would be written twice`;
    const member = memberSql(w);
    value = `pg_catalog.jsonb_set(${value}, ARRAY[${literal(w.column.path)}], ${member})`;
    stands.push(`coalesce(${x} -> ${literal(w.column.path)} = ${member}, false)`);
  }
  return { name, value: `${value}::pg_catalog.${type}`, stands: stands.join(' AND ') };
}

function memberSql(w: Written): string {
  if ('survivor' in w.to) return 'pg_catalog.to_jsonb(k.survivor)';
  if ('value' in w.to) return `${literal(JSON.stringify(w.to.value))}::pg_catalog.jsonb`;
  const epoch = epochSql(w.to.now);
  if (epoch !== null) return `pg_catalog.to_jsonb(pg_catalog.floor(${epoch})::pg_catalog.int8)`;
  return `pg_catalog.to_jsonb(${timeText(w.to.now)})`;
}
