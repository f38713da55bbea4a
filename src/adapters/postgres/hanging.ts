/** Everything that goes with a doomed row: what the profile says, and what the database's own cascades take along. */
import type { Dependent } from '../../profiles/index.ts';
import { StoreError, type Target } from '../../store/index.ts';
import { childSql } from './orphans.ts';
import { quoted } from './quoting.ts';
import { type PgReading, type PgRelation, relationOf } from './reading.ts';
import { type ArchiveColumn, archiveColumns } from './row-archive.ts';
import { uncut } from './row-keys.ts';
import type { PgSession } from './session.ts';
import { type IdList, idList } from './unlink.ts';

/** A table whose rows go with the doomed ones. */
export interface Hanging {
  readonly oid: number;
  /** "schema.table". */
  readonly place: string;
  readonly quoted: string;
  /** `after`: the doomed row itself refers to it, so it goes after the row and comes back before it. `list`: it stays and forgets the row. */
  readonly removes: 'we' | 'server' | 'after' | 'list';
  readonly columns: readonly ArchiveColumn[];
  /** A partitioned table: a ctid alone does not name a row. */
  readonly parts: boolean;
  /** The ways that lead from it to the doomed row `t`. */
  readonly paths: readonly Path[];
  /** Column, or member of a JSON column → column of the doomed row, and its type as a cast takes it. */
  readonly keys: readonly { readonly own: string; readonly other: string; readonly type: string }[];
  /** For `list`. */
  readonly list?: IdList;
}

/** `from`: the tables from the child (alias `d`) up to, not including, `t`; `on`: what ties them to `t`. */
interface Path {
  readonly from: string;
  readonly on: string;
  /** Alias of the child itself. */
  readonly alias: string;
}

/** Columns of different types (a uuid, and its text) are compared as text. */
export function joinSql(
  pairs: readonly (readonly [string, string])[],
  child: PgRelation,
  c: string,
  parent: PgRelation,
  p: string,
): string {
  return pairs
    .map(([own, other]) => {
      const cast = child.columns.get(own) === parent.columns.get(other) ? '' : '::pg_catalog.text';
      return `${childSql(own, c)}${cast} = ${p}.${quoted(other)}${cast}`;
    })
    .join(' AND ');
}

interface ForeignKey {
  readonly child: number;
  readonly parent: number;
  readonly cascades: boolean;
  readonly own: readonly string[];
  readonly other: readonly string[];
}

/** Foreign keys that lead, in any number of steps, to one of the tables. */
async function foreignKeys(session: PgSession, oids: readonly number[]): Promise<ForeignKey[]> {
  const names = (key: string, table: string): string =>
    `(SELECT pg_catalog.array_agg(a.attname::text ORDER BY u.pos)::text[] FROM pg_catalog.unnest(k.${key}) WITH ORDINALITY AS u(num, pos)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.${table} AND a.attnum = u.num)`;
  return await session.query<ForeignKey>(
    `WITH RECURSIVE reached AS (
       SELECT o AS oid FROM pg_catalog.unnest($1::oid[]) AS o
       UNION SELECT k.conrelid FROM reached r JOIN pg_catalog.pg_constraint k ON k.confrelid = r.oid
       WHERE k.contype = 'f' AND k.confdeltype = 'c')
     SELECT k.conrelid AS child, k.confrelid AS parent, k.confdeltype = 'c' AS cascades,
       ${names('conkey', 'conrelid')} AS own, ${names('confkey', 'confrelid')} AS other
     FROM reached r JOIN pg_catalog.pg_constraint k ON k.confrelid = r.oid
     WHERE k.contype = 'f' AND k.conparentid = 0`,
    [oids],
  );
}

/** Steps of cascades that are followed; tables that take each other along would have no end. */
const DEEPEST = 4;

interface Found {
  readonly child: PgRelation;
  readonly removes: Hanging['removes'];
  readonly paths: Path[];
  readonly dependent?: Dependent;
}

/**
 * The profile's dependents in their order, then what the server's own cascades take along.
 * @param profiled none where the rows themselves are orphans: only cascades then
 * @param fate `stays`: the rows themselves are not removed, only what the dependents say is
 */
export async function hangingOf(
  session: PgSession,
  target: Target,
  reading: PgReading,
  profiled: readonly Dependent[],
  relation: PgRelation,
  fate: 'goes' | 'stays' = 'goes',
): Promise<Hanging[]> {
  const own = (await foreignKeys(session, [relation.oid])).filter((k) => k.cascades);
  if (fate === 'goes' && own.some((k) => k.child === relation.oid))
    throw new StoreError(
      'self-cascade',
      `${target}: rows of ${relation.schema}.${relation.name} take other rows of it along when they go (a foreign key with ON DELETE CASCADE to the table itself), expired or not`,
      'drop the cascade, or remove such rows with the application',
      5,
    );
  const dependents = profiled.flatMap((d) => {
    const table = reading.catalog.table(relation.schema, d.table);
    return table === undefined ? [] : [{ d, child: relationOf(table) }];
  });
  // What the row itself refers to takes the row along; by then the row is gone.
  const roots = [...(fate === 'goes' ? [relation.oid] : []), ...dependents.map((x) => x.child.oid)];
  const chains = (await foreignKeys(session, roots)).filter((k) => k.cascades);
  const cascading = chains.filter((k) => k.child !== relation.oid);
  if (fate === 'stays' && cascading.length < chains.length)
    throw new StoreError(
      'dependent-cascade',
      `${target}: rows of ${relation.schema}.${relation.name} refer to what the store takes away from a superseded row, and would go along with it (a foreign key with ON DELETE CASCADE)`,
      'drop the cascade, or mark such rows with the application',
      5,
    );
  const found = new Map<number, Found>();
  let aliases = 0;
  const add = (
    child: PgRelation,
    pairs: readonly (readonly [string, string])[],
    parent: PgRelation,
    above: Path | undefined,
    removes: Hanging['removes'],
    dependent?: Dependent,
  ): Path => {
    const alias = `d${++aliases}`;
    const join = joinSql(pairs, child, alias, parent, above?.alias ?? 't');
    const path: Path = {
      alias,
      from: above === undefined ? `${child.quoted} ${alias}` : `${child.quoted} ${alias} JOIN ${above.from} ON ${join}`,
      on: above === undefined ? join : above.on,
    };
    const before = found.get(child.oid);
    if (before === undefined)
      found.set(child.oid, { child, removes, paths: [path], ...(dependent === undefined ? {} : { dependent }) });
    else before.paths.push(path);
    return path;
  };
  const queue: { readonly of: PgRelation; readonly above: Path | undefined; readonly depth: number }[] = [];
  for (const { d, child } of dependents) {
    const how = fate === 'goes' || d.how === 'unlink' ? removedBy(d, child.oid, cascading) : 'we';
    const path = add(child, Object.entries(d.on), relation, undefined, how, d);
    // A row that only forgets an id takes nothing along, unless it goes for having forgotten the last one.
    if (d.how !== 'unlink') queue.push({ of: child, above: path, depth: 1 });
    else if (cascading.some((k) => k.parent === child.oid))
      throw new StoreError(
        'unlink-cascade',
        `${target}: rows of ${child.schema}.${child.name} go with the last row they list, and take other rows along (a foreign key with ON DELETE CASCADE)`,
        'drop the cascade, or remove such rows with the application',
        5,
      );
  }
  const known = new Set(found.keys());
  if (fate === 'goes') queue.unshift({ of: relation, above: undefined, depth: 0 });
  // Breadth first, so that a row stands after the one it hangs on: that is the order of putting them back.
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (next.depth > DEEPEST) continue;
    for (const k of cascading.filter((k) => k.parent === next?.of.oid && k.child !== k.parent)) {
      const child = tableByOid(reading, k.child);
      if (child === undefined || (next.depth === 0 && known.has(k.child))) continue;
      const pairs = k.own.map((own, i) => [own, k.other[i] as string] as const);
      queue.push({ of: child, above: add(child, pairs, next.of, next.above, 'server'), depth: next.depth + 1 });
    }
  }
  const hanging: Hanging[] = [];
  for (const f of found.values()) hanging.push(await hangingBy(session, target, reading, relation, f));
  return hanging;
}

async function hangingBy(
  session: PgSession,
  target: Target,
  reading: PgReading,
  relation: PgRelation,
  { child, removes, paths, dependent }: Found,
): Promise<Hanging> {
  const parts = reading.catalog.tables.find((t) => t.oid === child.oid)?.kind === 'p';
  const place = `${child.schema}.${child.name}`;
  return {
    oid: child.oid,
    place,
    quoted: child.quoted,
    removes,
    columns: await archiveColumns(session, child.oid),
    parts,
    paths,
    keys: Object.entries(dependent?.on ?? {}).map(([own, other]) => ({
      own,
      other,
      type: uncut(relation.castTypes.get(other) ?? 'text'),
    })),
    ...(removes === 'list' && dependent !== undefined
      ? { list: await idList(session, target, place, child, dependent, parts) }
      : {}),
  };
}

/** Condition over alias `x` of a hanging table: it goes with one of the rows of `leaf` (quoted) whose ctids are in $1. */
export function hangsOn(h: Hanging, leaf: string): string {
  const row = (alias: string): string => (h.parts ? `${alias}.tableoid, ${alias}.ctid` : `${alias}.ctid`);
  const rows = h.paths
    .map((p) => `SELECT ${row(p.alias)} FROM ${p.from} JOIN ONLY ${leaf} t ON ${p.on} WHERE t.ctid = ANY ($1::tid[])`)
    .join(' UNION ');
  return h.parts ? `(${row('x')}) IN (${rows})` : `x.ctid = ANY (ARRAY(${rows}))`;
}

/** A cascade that the profile counts on and this database lacks is done by us. */
function removedBy(d: Dependent, oid: number, cascading: readonly ForeignKey[]): Hanging['removes'] {
  if (d.how === 'unlink') return 'list';
  if (d.after === true) return 'after';
  return d.how === 'engine' && cascading.some((k) => k.child === oid) ? 'server' : 'we';
}

function tableByOid(reading: PgReading, oid: number): PgRelation | undefined {
  const table = reading.catalog.tables.find((t) => t.oid === oid);
  return table === undefined ? undefined : relationOf(table);
}
