/** What tells rows of a set apart before their content is compared: kind, whether a search finds them, what they are worth. */
import { type ColumnRef, inactiveMarks, type SetProfile, type TtlRule } from '../../profiles/index.ts';
import { computedFirst, expiredSql, expirySql, numberOrNull, refSql, refType, typeFamily } from './expression-sql.ts';
import { deletedSql } from './memory-sets.ts';
import { literal, quoted } from './quoting.ts';
import type { PgReading, PgSet } from './reading.ts';
import type { PgSession } from './session.ts';
import { resolvedTime } from './set-times.ts';

/** One item of a select list. In text form numbers and booleans come as the driver has them, vectors as base64. */
export interface ReadColumn {
  readonly name: string;
  readonly as: 'text' | 'number' | 'flag' | 'vector';
  readonly sql: string;
  /** In text form, where that is another one. */
  readonly text?: string;
}

/** One column as its text; several as a JSON array of texts, so that no two kinds are written alike. */
export function kindSql(kind: readonly ColumnRef[]): string {
  const parts = kind.map((r) => `${refSql(r)}::pg_catalog.text`);
  if (parts.length === 1) return parts[0] as string;
  return `CASE WHEN coalesce(${parts.join(', ')}) IS NOT NULL THEN pg_catalog.json_build_array(${parts.join(', ')}) END`;
}

/**
 * Why no search finds the row any more; NULL while it is active, null where the set has no such mark.
 * @param now by what expiry is judged; the server's clock where left out
 */
export function inactiveSql(set: SetProfile, columns: ReadonlyMap<string, string>, now?: Date): string | null {
  const marks = inactiveMarks(set).map((m) => {
    const holds =
      'column' in m.ref
        ? deletedSql(m.ref.column, m.value, columns)
        : m.value === undefined
          ? `${refSql(m.ref)} IS NOT NULL`
          : `${refSql(m.ref)} = ${literal(m.value)}`;
    return `WHEN ${holds} THEN ${literal(m.says)}`;
  });
  if (set.ttl !== undefined) {
    const clock = now === undefined ? 'pg_catalog.now()' : `'${now.toISOString()}'::pg_catalog.timestamptz`;
    const moment = (sql: string): string => computedFirst(sql.replaceAll('pg_catalog.now()', clock));
    marks.push(`WHEN ${expiredSql(set.ttl, columns, 't', moment)} THEN 'expired'`);
  }
  return marks.length === 0 ? null : `CASE ${marks.join(' ')} END`;
}

/** Facts of the row itself. */
export async function rankColumns(session: PgSession, s: PgSet): Promise<ReadColumn[]> {
  const { rank = {}, ttl } = s.set;
  const { columns } = s.relation;
  const number = (name: string, ref: ColumnRef | undefined): ReadColumn[] =>
    ref === undefined ? [] : [{ name, as: 'number', sql: numberOrNull(refSql(ref), refType(ref, columns)) }];
  const updated = await resolvedTime(session, rank.updated, s.relation, 't');
  return [
    ...(rank.pinned === undefined
      ? []
      : [{ name: 'pinned', as: 'flag', sql: truth(refSql(rank.pinned), refType(rank.pinned, columns)) } as const]),
    ...number('confidence', rank.confidence),
    ...number('accesses', rank.accesses),
    ...(updated === null ? [] : [{ name: 'updated', as: 'number', sql: updated.seconds } as const]),
    ...(ttl === undefined ? [] : [{ name: 'expires', as: 'number', sql: expiresSql(ttl, columns) } as const]),
  ];
}

/** Seconds since the epoch; infinite where the row never expires, NULL where its time cannot be read. */
function expiresSql(ttl: TtlRule, columns: ReadonlyMap<string, string>): string {
  const { never, expires } = expirySql(ttl, columns);
  return `CASE WHEN ${never} IS NULL THEN 'Infinity'::pg_catalog.float8 ELSE ${expires} END`;
}

/** A boolean as it is, a number unless it is 0, a text that says yes. */
function truth(x: string, type: string): string {
  if (type === 'boolean') return x;
  if (['integer', 'float', 'numeric'].includes(typeFamily(type))) return `(${x} <> 0)`;
  return `(pg_catalog.lower(${x}::pg_catalog.text) IN ('true', 't', 'yes', 'y', '1', 'on'))`;
}

/**
 * Rows of the profile's edge table that name this row, as one column for each way in which they do. A whole scan counts them
 * in one grouped join each; for a few rows they are looked up. Nothing where the role may not read that table.
 */
export function edgeCounts(
  reading: PgReading,
  s: PgSet,
  rowwise: boolean,
): { readonly joins: string; readonly columns: readonly ReadColumn[] } {
  const edges = s.set.rank?.edges;
  const other = edges && reading.catalog.table(s.relation.schema, edges.table);
  if (edges === undefined || other?.readable !== true) return { joins: '', columns: [] };
  const from = `${quoted(other.schema)}.${quoted(other.name)}`;
  const joins: string[] = [];
  const columns = edges.on.map((on, i): ReadColumn => {
    const pairs = Object.entries(on).map(([child, parent]) => {
      // Two types have no operator between them; their texts do.
      const cast = other.columns.get(child) === s.relation.columns.get(parent) ? '' : '::pg_catalog.text';
      return { child: `e.${quoted(child)}${cast}`, parent: `t.${quoted(parent)}${cast}` };
    });
    const name = `edges${i}`;
    const count = 'pg_catalog.count(*)::pg_catalog.float8';
    if (rowwise) {
      const where = pairs.map((p) => `${p.child} = ${p.parent}`).join(' AND ');
      return { name, as: 'number', sql: `(SELECT ${count} FROM ${from} AS e WHERE ${where})` };
    }
    const keys = pairs.map((p, k) => `${p.child} AS c${k}`).join(', ');
    const group = pairs.map((_, k) => k + 1).join(', ');
    const match = pairs.map((p, k) => `g${i}.c${k} = ${p.parent}`).join(' AND ');
    joins.push(`LEFT JOIN (SELECT ${keys}, ${count} AS n FROM ${from} AS e GROUP BY ${group}) AS g${i} ON ${match}`);
    return { name, as: 'number', sql: `g${i}.n` };
  });
  return { joins: joins.join(' '), columns };
}
