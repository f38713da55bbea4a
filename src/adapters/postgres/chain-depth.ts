/** Chains of superseded rows: each names the row that stays for it, which may be superseded itself by now. */
import { refSql } from './expression-sql.ts';
import { quoted } from './quoting.ts';
import type { PgSet } from './reading.ts';
import type { PgSession } from './session.ts';

/** Longer ones are rings, which nothing but a fault makes. */
const MOST_STEPS = 100;

/**
 * @param into ids at which the chains end; absent: wherever they end
 * @returns steps of the longest one; 0 where no row names another, null where the set keeps no such name
 */
export async function chainDepth(session: PgSession, s: PgSet, into?: readonly string[]): Promise<number | null> {
  const pointer = s.set.supersede?.set.find(({ to }) => 'survivor' in to)?.column;
  const [id, ...more] = s.set.id ?? [];
  if (pointer === undefined || id === undefined || more.length > 0) return null;
  const at = refSql(pointer, 'x');
  const ends = into === undefined ? 'NOT EXISTS (SELECT FROM p q WHERE q.id = p.at)' : 'p.at = ANY($1::text[])';
  const [row] = await session.query<{ steps: number }>(
    `WITH RECURSIVE p AS MATERIALIZED (SELECT x.${quoted(id)}::pg_catalog.text AS id, ${at}::pg_catalog.text AS at
       FROM ${s.relation.quoted} x WHERE ${at} IS NOT NULL),
     up AS (SELECT p.id, 1 AS n FROM p WHERE ${ends}
       UNION ALL SELECT p.id, up.n + 1 FROM p JOIN up ON p.at = up.id WHERE up.n < ${MOST_STEPS})
     SELECT coalesce(pg_catalog.max(n), 0)::pg_catalog.int4 AS steps FROM up`,
    into === undefined ? [] : [into],
  );
  return row?.steps ?? 0;
}
