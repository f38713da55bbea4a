/** Chains of superseded rows: each names the row that stays for it, which may be superseded itself by now. */
import { type Db, quoted } from './driver.ts';
import type { ScannedSet } from './row-reader.ts';
import { refSql } from './time-sql.ts';

/** Longer ones are rings, which nothing but a fault makes. */
const MOST_STEPS = 100;

/**
 * @param pointing query of `id` and `at`, the id that this row names; `kept` where it is worth a table of its own for the while
 * @param ends condition over `p`, a row of it: the last step of a chain
 * @returns SELECT of the steps of the longest one, 0 where there is none
 */
export function stepsSql(pointing: string, ends: string, kept: boolean): string {
  return `WITH RECURSIVE p AS ${kept ? '' : 'NOT '}MATERIALIZED (${pointing}), up(id, n) AS (SELECT p.id, 1 FROM p WHERE ${ends}
    UNION ALL SELECT p.id, up.n + 1 FROM up JOIN p ON p.at = up.id WHERE up.n < ${MOST_STEPS})
    SELECT coalesce(max(n), 0) FROM up`;
}

/** @returns null where the set keeps no name of the row that stays */
export function chainDepth(db: Db, { set, table }: ScannedSet): number | null {
  const pointer = set.supersede?.set.find(({ to }) => 'survivor' in to)?.column;
  const [id, ...more] = set.id ?? [];
  if (pointer === undefined || id === undefined || more.length > 0) return null;
  const at = refSql(pointer);
  const rows = `SELECT CAST(t.${quoted(id)} AS TEXT) AS id, CAST(${at} AS TEXT) AS at FROM ${quoted(table.name)} AS t WHERE ${at} IS NOT NULL`;
  return db
    .prepare(stepsSql(rows, 'NOT EXISTS (SELECT 1 FROM p AS q WHERE q.id = p.at)', true))
    .pluck()
    .get() as number;
}
