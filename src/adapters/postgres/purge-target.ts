/** What a purge action means in this database: the table, the condition as SQL, and everything that goes with a row. */
import type { Dependent } from '../../profiles/index.ts';
import { type PurgeAction, StoreError, type Target } from '../../store/index.ts';
import { expiredSql, olderThanSql, refSql } from './expression-sql.ts';
import { literal, quoted } from './quoting.ts';
import { type PgReading, type PgRelation, type PgSet, relationOf } from './reading.ts';
import { type ArchiveColumn, archiveColumns } from './row-archive.ts';
import type { PgSession } from './session.ts';

/** A table that really holds rows: the set's own, or one part of a partitioned one. */
export interface Leaf {
  readonly oid: number;
  readonly quoted: string;
  readonly pages: number;
  /** Bytes of heap and TOAST per page of the heap. */
  readonly bytesPerPage: number;
}

/** A table whose rows go with the doomed ones. */
export interface Hanging {
  /** "schema.table". */
  readonly place: string;
  readonly quoted: string;
  readonly removes: 'we' | 'server';
  readonly columns: readonly ArchiveColumn[];
  /** A partitioned table: a ctid alone does not name a row. */
  readonly parts: boolean;
  /** The ways that lead from it to the doomed row `t`. */
  readonly paths: readonly Path[];
}

/** `from`: the tables from the child (alias `d`) up to, not including, `t`; `on`: what ties them to `t`. */
interface Path {
  readonly from: string;
  readonly on: string;
  /** Alias of the child itself. */
  readonly alias: string;
}

export interface PurgeTarget {
  readonly set: PgSet;
  /** "schema.table" of the rows that go: the set's table, or the dependent one of an orphan purge. */
  readonly place: string;
  readonly relation: PgRelation;
  readonly leaves: readonly Leaf[];
  /** Condition over alias `t` that a row must meet to be removed; null for evictions, which go by row version. */
  readonly condition: string | null;
  readonly keys: readonly string[];
  readonly columns: readonly ArchiveColumn[];
  readonly hanging: readonly Hanging[];
  /** Statement that raises the store's change signal; its one parameter is the number of rows. Null where there is none. */
  readonly signal: string | null;
}

const drift = (target: Target, what: string): StoreError =>
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
  return {
    set,
    relation,
    place: `${relation.schema}.${relation.name}`,
    leaves: await leavesOf(session, relation),
    condition: orphan ? orphanSql(target, set, relation) : conditionSql(target, action, set),
    keys: await keyColumns(session, relation.oid, orphan ? [] : (set.set.id ?? [])),
    columns,
    hanging: await hangingOf(session, target, reading, set, relation, orphan),
    signal: orphan ? null : signalSql(target, reading, set),
  };
}

function conditionSql(target: Target, action: PurgeAction, set: PgSet): string | null {
  const { ttl, created } = set.set;
  const { columns } = set.relation;
  if (action.reason === 'expired') {
    if (ttl === undefined) throw drift(target, `no rule says when rows of ${action.set} expire`);
    return expiredSql(ttl, columns);
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
const bareName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** A row whose reference is not NULL and leads nowhere. */
function orphanSql(target: Target, set: PgSet, child: PgRelation): string {
  const dependent = set.set.dependents?.find((d) => d.table === child.name);
  const pairs = Object.entries(dependent?.on ?? {});
  if (pairs.length === 0) throw drift(target, `nothing says how ${child.name} hangs on ${set.relation.name}`);
  const known = pairs.map(([own]) => `t.${quoted(own)} IS NOT NULL`).join(' AND ');
  const same = joinSql(pairs, child, 't', set.relation, 'p');
  return `${known} AND NOT EXISTS (SELECT FROM ${set.relation.quoted} p WHERE ${same})`;
}

/** Columns of different types (a uuid, and its text) are compared as text. */
function joinSql(
  pairs: readonly (readonly [string, string])[],
  child: PgRelation,
  c: string,
  parent: PgRelation,
  p: string,
): string {
  return pairs
    .map(([own, other]) => {
      const cast = child.columns.get(own) === parent.columns.get(other) ? '' : '::pg_catalog.text';
      return `${c}.${quoted(own)}${cast} = ${p}.${quoted(other)}${cast}`;
    })
    .join(' AND ');
}

async function leavesOf(session: PgSession, relation: PgRelation): Promise<Leaf[]> {
  const rows = await session.query<{ oid: number; schema: string; name: string; pages: number; bytes: number }>(
    `WITH RECURSIVE tree AS (
       SELECT $1::oid AS oid
       UNION ALL SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid)
     SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name,
       pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int AS pages,
       pg_catalog.pg_table_size(c.oid) AS bytes
     FROM tree JOIN pg_catalog.pg_class c USING (oid) JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' ORDER BY n.nspname, c.relname`,
    [relation.oid],
  );
  return rows.map((r) => ({
    oid: r.oid,
    quoted: `${quoted(r.schema)}.${quoted(r.name)}`,
    pages: r.pages,
    bytesPerPage: r.pages === 0 ? 8192 : r.bytes / r.pages,
  }));
}

/** The primary key, else what the profile calls the id: how a row is named to people. */
async function keyColumns(session: PgSession, oid: number, id: readonly string[]): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `SELECT a.attname::text AS name FROM pg_catalog.pg_constraint k
     CROSS JOIN LATERAL pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u(num, pos)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num
     WHERE k.conrelid = $1 AND k.contype = 'p' ORDER BY u.pos`,
    [oid],
  );
  return rows.length > 0 ? rows.map((r) => r.name) : [...id];
}

interface ForeignKey {
  readonly child: number;
  readonly parent: number;
  readonly cascades: boolean;
  readonly own: readonly string[];
  readonly other: readonly string[];
}

/** Foreign keys that lead, in any number of steps, to the table. */
async function foreignKeys(session: PgSession, oid: number): Promise<ForeignKey[]> {
  const names = (key: string, table: string): string =>
    `(SELECT pg_catalog.array_agg(a.attname::text ORDER BY u.pos)::text[] FROM pg_catalog.unnest(k.${key}) WITH ORDINALITY AS u(num, pos)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.${table} AND a.attnum = u.num)`;
  return await session.query<ForeignKey>(
    `WITH RECURSIVE reached AS (
       SELECT $1::oid AS oid
       UNION SELECT k.conrelid FROM reached r JOIN pg_catalog.pg_constraint k ON k.confrelid = r.oid
       WHERE k.contype = 'f' AND k.confdeltype = 'c')
     SELECT k.conrelid AS child, k.confrelid AS parent, k.confdeltype = 'c' AS cascades,
       ${names('conkey', 'conrelid')} AS own, ${names('confkey', 'confrelid')} AS other
     FROM reached r JOIN pg_catalog.pg_constraint k ON k.confrelid = r.oid
     WHERE k.contype = 'f' AND k.conparentid = 0`,
    [oid],
  );
}

/** The profile's dependents in their order, then what the server's own cascades take along. */
async function hangingOf(
  session: PgSession,
  target: Target,
  reading: PgReading,
  set: PgSet,
  relation: PgRelation,
  orphan: boolean,
): Promise<Hanging[]> {
  const cascading = (await foreignKeys(session, relation.oid)).filter((k) => k.cascades);
  if (cascading.some((k) => k.child === relation.oid))
    throw new StoreError(
      'self-cascade',
      `${target}: rows of ${relation.schema}.${relation.name} take other rows of it along when they go (a foreign key with ON DELETE CASCADE to the table itself), expired or not`,
      'drop the cascade, or remove such rows with the application',
      5,
    );
  const found = new Map<number, { readonly child: PgRelation; readonly removes: Hanging['removes']; paths: Path[] }>();
  let aliases = 0;
  const add = (
    child: PgRelation,
    pairs: readonly (readonly [string, string])[],
    parent: PgRelation,
    above: Path | undefined,
    removes: Hanging['removes'],
  ): Path => {
    const alias = `d${++aliases}`;
    const join = joinSql(pairs, child, alias, parent, above?.alias ?? 't');
    const path: Path = {
      alias,
      from: above === undefined ? `${child.quoted} ${alias}` : `${child.quoted} ${alias} JOIN ${above.from} ON ${join}`,
      on: above === undefined ? join : above.on,
    };
    const known = found.get(child.oid);
    if (known === undefined) found.set(child.oid, { child, removes, paths: [path] });
    else known.paths.push(path);
    return path;
  };
  const queue: { readonly of: PgRelation; readonly above: Path | undefined; readonly depth: number }[] = [];
  for (const d of orphan ? [] : (set.set.dependents ?? [])) {
    const table = reading.catalog.table(relation.schema, d.table);
    if (table === undefined) continue;
    const child = relationOf(table);
    const path = add(child, Object.entries(d.on), relation, undefined, removedBy(d, table.oid, cascading));
    queue.push({ of: child, above: path, depth: 1 });
  }
  const profiled = new Set(found.keys());
  queue.unshift({ of: relation, above: undefined, depth: 0 });
  // Breadth first, so that a row stands after the one it hangs on: that is the order of putting them back.
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (next.depth > DEEPEST) continue;
    for (const k of cascading.filter((k) => k.parent === next?.of.oid && k.child !== k.parent)) {
      const child = tableByOid(reading, k.child);
      if (child === undefined || (next.depth === 0 && profiled.has(k.child))) continue;
      const pairs = k.own.map((own, i) => [own, k.other[i] as string] as const);
      queue.push({ of: child, above: add(child, pairs, next.of, next.above, 'server'), depth: next.depth + 1 });
    }
  }
  const hanging: Hanging[] = [];
  for (const { child, removes, paths } of found.values()) {
    const kind = reading.catalog.tables.find((t) => t.oid === child.oid)?.kind;
    const columns = await archiveColumns(session, child.oid);
    const place = `${child.schema}.${child.name}`;
    hanging.push({ place, quoted: child.quoted, removes, columns, parts: kind === 'p', paths });
  }
  return hanging;
}

/** Steps of cascades that are followed; tables that take each other along would have no end. */
const DEEPEST = 4;

/** Condition over alias `x` of a hanging table: it goes with one of the rows of `leaf` whose ctids are in $1. */
export function hangsOn(h: Hanging, leaf: Leaf): string {
  const row = (alias: string): string => (h.parts ? `${alias}.tableoid, ${alias}.ctid` : `${alias}.ctid`);
  const rows = h.paths
    .map(
      (p) =>
        `SELECT ${row(p.alias)} FROM ${p.from} JOIN ONLY ${leaf.quoted} t ON ${p.on} WHERE t.ctid = ANY ($1::tid[])`,
    )
    .join(' UNION ');
  return h.parts ? `(${row('x')}) IN (${rows})` : `x.ctid = ANY (ARRAY(${rows}))`;
}

/** A cascade that the profile counts on and this database lacks is done by us. */
function removedBy(d: Dependent, oid: number, cascading: readonly ForeignKey[]): Hanging['removes'] {
  return d.how === 'engine' && cascading.some((k) => k.child === oid) ? 'server' : 'we';
}

function tableByOid(reading: PgReading, oid: number): PgRelation | undefined {
  const table = reading.catalog.tables.find((t) => t.oid === oid);
  return table === undefined ? undefined : relationOf(table);
}

function signalSql(target: Target, reading: PgReading, set: PgSet): string | null {
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
