/** How many rows would go along with those of an action: counted for the first of them, and projected beyond. */
import {
  type Duplicate,
  type HangingRows,
  isStoreError,
  type PurgeAction,
  type SupersedeAction,
} from '../../store/index.ts';
import type { Hanging } from './hanging.ts';
import type { PurgeTarget } from './purge-target.ts';
import type { PgRelation, PgSet } from './reading.ts';
import { keyArrays, keysFrom, keysJoin, type RowKey } from './row-keys.ts';
import type { PgSession } from './session.ts';
import { listsSql } from './unlink.ts';

/** Doomed rows that are looked at; of more, the count is projected. */
const LOOKED_AT = 10_000;
/** Nobody waits longer than this for a count. */
const PATIENCE_MS = 10_000;
/** Larger tables are not counted, the statistics tell their rows. */
const COUNTED_PAGES = 4_000;

/** The first rows of an action, as SQL. */
export interface Doomed {
  readonly sql: string;
  readonly params: readonly unknown[];
  /** False where any rows stand for those that go: which these are is known only then. */
  readonly theirs: boolean;
}

export const doomedBy = (relation: PgRelation, condition: string | null): Doomed => ({
  sql: `SELECT * FROM ${relation.quoted} t WHERE ${condition ?? 'true'} LIMIT ${LOOKED_AT}`,
  params: [],
  theirs: condition !== null,
});

export const doomedOf = (set: PgSet, key: RowKey, list: readonly Duplicate[]): Doomed => ({
  sql: `SELECT t.* FROM ${set.relation.quoted} t JOIN ${keysFrom(key)} ON ${keysJoin(key, 't')}`,
  params: keyArrays(
    key,
    list.slice(0, LOOKED_AT).map((d) => d.key),
  ),
  theirs: true,
});

export async function hangingRows(
  session: PgSession,
  action: PurgeAction | SupersedeAction,
  target: Pick<PurgeTarget, 'hanging'>,
  doomed: Doomed,
): Promise<HangingRows[]> {
  const found: HangingRows[] = [];
  for (const h of target.hanging) {
    const rows = await bounded(session, async () => await projected(session, action, doomed, h));
    const of = await bounded(session, async () => await rowsOf(session, h));
    found.push({ action: action.id, place: h.place, rows, of });
  }
  return found;
}

async function bounded(session: PgSession, work: () => Promise<number | null>): Promise<number | null> {
  try {
    return await session.transaction(async () => {
      await session.execute(`SET LOCAL statement_timeout = ${PATIENCE_MS}`);
      return await work();
    });
  } catch (e) {
    if (isStoreError(e) && e.code !== 'connection-lost') return null;
    throw e;
  }
}

async function projected(
  session: PgSession,
  action: PurgeAction | SupersedeAction,
  doomed: Doomed,
  h: Hanging,
): Promise<number> {
  const pairs =
    h.list === undefined
      ? h.paths.map((p) => `SELECT ${p.alias}.tableoid, ${p.alias}.ctid FROM ${p.from} JOIN doomed t ON ${p.on}`)
      : [`SELECT x.tableoid, x.ctid FROM ${h.quoted} x WHERE EXISTS (${listsSql(h.list, 'doomed')})`];
  const [r] = await session.query<{ seen: number; rows: number }>(
    `WITH doomed AS MATERIALIZED (${doomed.sql})
     SELECT (SELECT pg_catalog.count(*) FROM doomed) AS seen,
       (SELECT pg_catalog.count(*) FROM (SELECT DISTINCT u.* FROM (${pairs.join(' UNION ALL ')}) u) v) AS rows`,
    doomed.params,
  );
  const seen = Number(r?.seen ?? 0);
  const rows = Number(r?.rows ?? 0);
  const whole = doomed.theirs && seen < LOOKED_AT;
  return whole || seen === 0 ? rows : Math.ceil((rows / seen) * action.rows);
}

async function rowsOf(session: PgSession, h: Hanging): Promise<number | null> {
  const [r] = await session.query<{ tuples: number; pages: number }>(
    `SELECT sum(c.reltuples)::pg_catalog.float8 AS tuples, sum(pg_catalog.pg_relation_size(c.oid)
         / pg_catalog.current_setting('block_size')::int)::pg_catalog.float8 AS pages
     FROM pg_catalog.pg_class c WHERE c.oid IN (SELECT $1::regclass::oid UNION ALL
       SELECT i.relid FROM pg_catalog.pg_partition_tree($1::regclass) i)`,
    [h.quoted],
  );
  if (r === undefined) return null;
  if (r.pages > COUNTED_PAGES) return r.tuples > 0 ? Math.round(r.tuples) : null;
  const [n] = await session.query<{ n: number }>(`SELECT pg_catalog.count(*) AS n FROM ${h.quoted}`);
  return Number(n?.n ?? 0);
}
