/** What a purge action means in this database: the table, the condition as SQL, and everything that goes with a row. */
import { type Duplicate, type PurgeAction, StoreError, type Target } from '../../store/index.ts';
import { DuplicateRows } from './duplicate-rows.ts';
import { computedFirst, expiredSql, olderThanSql, refSql } from './expression-sql.ts';
import { type Hanging, hangingOf, joinSql } from './hanging.ts';
import { childSql } from './orphans.ts';
import { literal, quoted } from './quoting.ts';
import { type PgReading, type PgRelation, type PgSet, relationOf } from './reading.ts';
import { type ArchiveColumn, archiveColumns, keyColumns } from './row-archive.ts';
import { rowKey } from './row-keys.ts';
import type { PgSession } from './session.ts';
import { type RowTrigger, refuseUnsafe, rowTriggers } from './side-effects.ts';

/** A table that really holds rows: the set's own, or one part of a partitioned one. */
export interface Leaf {
  readonly oid: number;
  readonly quoted: string;
  readonly pages: number;
  /** Bytes of heap and TOAST per page of the heap. */
  readonly bytesPerPage: number;
  /** Rows in a page, by the statistics or as counted for the plan, whichever is more. */
  readonly rowsPerPage: number;
}

export interface PurgeTarget {
  readonly set: PgSet;
  /** "schema.table" of the rows that go: the set's table, or the dependent one of an orphan purge. */
  readonly place: string;
  readonly relation: PgRelation;
  readonly leaves: readonly Leaf[];
  /** Condition over alias `t` that a row must meet to be removed; null for evictions, which go by row version. */
  readonly condition: string | null;
  /** The same for a statement that finds its rows by place: the clock is read once, and not for each row. */
  readonly inPlace?: string | null;
  readonly keys: readonly string[];
  readonly columns: readonly ArchiveColumn[];
  readonly hanging: readonly Hanging[];
  /** The table, its parts, and the tables in `hanging`. */
  readonly oids: readonly number[];
  /** Triggers of these tables that fire at a DELETE. */
  readonly triggers: readonly RowTrigger[];
  /** The list that `duplicates` name; null for any other reason. */
  readonly duplicates: DuplicateRows | null;
  /** Statement that raises the store's change signal; its one parameter is the number of rows. Null where there is none. */
  readonly signal: string | null;
}

export const drift = (target: Target, what: string): StoreError =>
  new StoreError('plan-drift', `${target}: ${what}`, 'make a new plan', 5);

export async function purgeTarget(
  session: PgSession,
  target: Target,
  reading: PgReading,
  action: PurgeAction,
): Promise<PurgeTarget> {
  const set = reading.sets.find((s) => s.id === action.set);
  if (set === undefined) throw drift(target, `the memory set ${action.set} is not there any more`);
  const why = set.set.readOnly ?? set.match.profile.readOnly;
  if (why !== undefined)
    throw new StoreError('set-read-only', `${target}: rows of ${action.set} are not removed: ${why}`, undefined, 5);
  const orphan = action.reason === 'orphans';
  const relation = orphan ? dependentRelation(target, reading, set, action.dependent) : set.relation;
  const columns = await archiveColumns(session, relation.oid);
  const leaves = await leavesOf(session, relation, orphan ? 0 : action.of);
  const hanging = await hangingOf(session, target, reading, orphan ? [] : (set.set.dependents ?? []), relation);
  const oids = [...new Set([relation.oid, ...leaves.map((l) => l.oid), ...hanging.map((h) => h.oid)])];
  await refuseUnsafe(session, target, oids);
  return {
    set,
    relation,
    place: `${relation.schema}.${relation.name}`,
    leaves,
    condition: orphan ? orphanSql(target, set, relation) : conditionSql(target, action, set),
    ...(orphan ? {} : { inPlace: conditionSql(target, action, set, computedFirst) }),
    keys: await keyColumns(session, relation.oid, orphan ? [] : (set.set.id ?? [])),
    columns,
    hanging,
    oids,
    triggers: await rowTriggers(session, oids, 'DELETE'),
    duplicates: action.reason === 'duplicates' ? duplicateRows(target, reading, set, action.duplicates ?? []) : null,
    signal: orphan ? null : signalSql(target, reading, set),
  };
}

/** @throws StoreError where no primary key tells the rows apart */
export function duplicateRows(
  target: Target,
  reading: PgReading,
  set: PgSet,
  list: readonly Duplicate[],
): DuplicateRows {
  const key = rowKey(reading, set);
  if (key === undefined)
    throw new StoreError(
      'no-primary-key',
      `${target}: ${set.relation.schema}.${set.relation.name} has no primary key, and single rows of it are not changed`,
      'add a primary key',
      5,
    );
  return new DuplicateRows(reading, set, key, list);
}

function conditionSql(target: Target, action: PurgeAction, set: PgSet, moment?: typeof computedFirst): string | null {
  const { ttl, created } = set.set;
  const { columns } = set.relation;
  if (action.reason === 'expired') {
    if (ttl === undefined) throw drift(target, `no rule says when rows of ${action.set} expire`);
    return expiredSql(ttl, columns, 't', moment);
  }
  if (action.reason === 'retention') {
    if (created === undefined || action.olderThanSeconds === undefined)
      throw drift(target, `no column says when rows of ${action.set} were created`);
    return olderThanSql(created, columns, `${Number(action.olderThanSeconds)}::pg_catalog.float8`);
  }
  return null;
}

function dependentRelation(target: Target, reading: PgReading, set: PgSet, name: string | undefined): PgRelation {
  const known = set.set.dependents?.find((d) => d.table === bareName(name ?? ''));
  const table = known && reading.catalog.table(set.relation.schema, known.table);
  if (table === undefined) throw drift(target, `${action(set)} has no dependent table ${name ?? ''}`);
  return relationOf(table);
}

const action = (set: PgSet): string => `the memory set ${set.id}`;
export const bareName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** A row whose reference is not NULL and leads nowhere. */
function orphanSql(target: Target, set: PgSet, child: PgRelation): string {
  const dependent = set.set.dependents?.find((d) => d.table === child.name);
  const pairs = Object.entries(dependent?.on ?? {});
  if (pairs.length === 0) throw drift(target, `nothing says how ${child.name} hangs on ${set.relation.name}`);
  const known = pairs.map(([own]) => `${childSql(own, 't')} IS NOT NULL`).join(' AND ');
  const same = joinSql(pairs, child, 't', set.relation, 'p');
  return `${known} AND NOT EXISTS (SELECT FROM ${set.relation.quoted} p WHERE ${same})`;
}

interface LeafRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly pages: number;
  readonly bytes: number;
  /** By the statistics; null before the first of them. */
  readonly density: number | null;
}

/** @param counted rows of all of them, as the plan has it */
async function leavesOf(session: PgSession, relation: PgRelation, counted: number): Promise<Leaf[]> {
  const rows = await session.query<LeafRow>(
    `WITH RECURSIVE tree AS (
       SELECT $1::oid AS oid
       UNION ALL SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid)
     SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name,
       pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int AS pages,
       pg_catalog.pg_table_size(c.oid) AS bytes,
       CASE WHEN c.reltuples > 0 AND c.relpages > 0 THEN (c.reltuples / c.relpages)::pg_catalog.float8 END AS density
     FROM tree JOIN pg_catalog.pg_class c USING (oid) JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' ORDER BY n.nspname, c.relname`,
    [relation.oid],
  );
  const pages = rows.reduce((n, r) => n + r.pages, 0);
  return rows.map((r) => ({
    oid: r.oid,
    quoted: `${quoted(r.schema)}.${quoted(r.name)}`,
    pages: r.pages,
    bytesPerPage: r.pages === 0 ? 8192 : r.bytes / r.pages,
    rowsPerPage: Math.max(r.density ?? 0, pages === 0 ? 0 : counted / pages),
  }));
}

/** Bytes of the tables with their indexes and TOAST. */
export async function bytesOf(session: PgSession, leaves: readonly Leaf[]): Promise<number | null> {
  const [r] = await session.query<{ bytes: number }>(
    'SELECT sum(pg_catalog.pg_total_relation_size(o))::bigint AS bytes FROM pg_catalog.unnest($1::oid[]) AS o',
    [leaves.map((l) => l.oid)],
  );
  return r?.bytes ?? null;
}

export function signalSql(target: Target, reading: PgReading, set: PgSet): string | null {
  const { signal } = set.set;
  if (signal === undefined) return null;
  const table = reading.catalog.table(set.relation.schema, signal.table);
  if (table === undefined) return null;
  const type = table.columns.get(signal.column);
  if (type === undefined) throw drift(target, `${signal.table} has no column ${signal.column} to raise`);
  const cell = quoted(signal.column);
  const raised = `(${cell}::pg_catalog.text::bigint + greatest(${Number(signal.least)}, $1::bigint))::pg_catalog.text`;
  const cast = /^(text|character varying|character)/.test(type) ? '' : `::${castType(type)}`;
  return `UPDATE ${relationOf(table).quoted} SET ${cell} = ${raised}${cast} WHERE ${quoted(signal.where.column)} = ${literal(signal.where.value)}`;
}

/** Types of the server itself; a counter is one of them. */
const castType = (type: string): string => (/^(smallint|integer|bigint|numeric)/.test(type) ? type : 'bigint');

/** The rows of a namespace, over alias `t`; "" under `over-cap` means all of them. */
export function namespaceSql(set: PgSet, namespace: string | null, whole: boolean): string {
  if (whole) return 'true';
  const ref = set.set.namespace;
  if (ref === undefined) return 'false';
  return namespace === null ? `${refSql(ref)} IS NULL` : `${refSql(ref)} = ${literal(namespace)}`;
}
