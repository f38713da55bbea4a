/** How many rows would go along with those of an action: counted for the first of them, and projected beyond. */
import { type HangingRows, isStoreError, type PurgeAction } from '../../store/index.ts';
import type { Hanging } from './hanging.ts';
import type { PurgeTarget } from './purge-target.ts';
import type { PgSession } from './session.ts';
import { listsSql } from './unlink.ts';

/** Doomed rows that are looked at; of more, the count is projected. */
const LOOKED_AT = 10_000;
/** Nobody waits longer than this for a count. */
const PATIENCE_MS = 10_000;
/** Larger tables are not counted, the statistics tell their rows. */
const COUNTED_PAGES = 4_000;

export async function hangingRows(
  session: PgSession,
  action: PurgeAction,
  target: PurgeTarget,
): Promise<HangingRows[]> {
  const found: HangingRows[] = [];
  for (const h of target.hanging) {
    const rows = await bounded(session, async () => await projected(session, action, target, h));
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

async function projected(session: PgSession, action: PurgeAction, target: PurgeTarget, h: Hanging): Promise<number> {
  // Which rows an eviction takes is known only then: what hangs on any row stands for what hangs on them.
  const doomed = `(SELECT * FROM ${target.relation.quoted} t WHERE ${target.condition ?? 'true'} LIMIT ${LOOKED_AT})`;
  const pairs =
    h.list === undefined
      ? h.paths.map((p) => `SELECT ${p.alias}.tableoid, ${p.alias}.ctid FROM ${p.from} JOIN doomed t ON ${p.on}`)
      : [`SELECT x.tableoid, x.ctid FROM ${h.quoted} x WHERE EXISTS (${listsSql(h.list, 'doomed')})`];
  const [r] = await session.query<{ seen: number; rows: number }>(
    `WITH doomed AS MATERIALIZED ${doomed}
     SELECT (SELECT pg_catalog.count(*) FROM doomed) AS seen,
       (SELECT pg_catalog.count(*) FROM (SELECT DISTINCT u.* FROM (${pairs.join(' UNION ALL ')}) u) v) AS rows`,
  );
  const seen = Number(r?.seen ?? 0);
  const rows = Number(r?.rows ?? 0);
  const whole = target.condition !== null && seen < LOOKED_AT;
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
