/** What still meets the rule once every portion was passed. */
import type { PurgeTarget } from './purge-target.ts';
import { keyText } from './row-archive.ts';
import type { PgSession } from './session.ts';

/** Pages of a large table that are looked at again when every page was already read and nobody held a row. */
export const CHECKED_PAGES = 4_000;

export interface Remaining {
  readonly count: number;
  /** Keys of a few of them. */
  readonly names: readonly string[];
  /** All of it was read once more, or some pages only. */
  readonly read: 'all' | 'sample' | 'second-reading';
}

/**
 * @param pages of the table where some of them stand for all; null: every row is read
 * @param plain much of the table went. After many deletes an index is full of entries of dead rows, each a look into the table:
 *   reading that is faster
 */
export async function remainingRows(
  session: PgSession,
  { relation, keys }: PurgeTarget,
  condition: string,
  pages: number | null,
  plain: boolean,
): Promise<Remaining> {
  const some = pages === null ? '' : `TABLESAMPLE SYSTEM (${(100 * CHECKED_PAGES) / pages})`;
  const from = `FROM ${relation.quoted} t ${some} WHERE ${condition}`;
  const count = await session.transaction(async () => {
    for (const way of plain ? ['indexonlyscan', 'indexscan', 'bitmapscan'] : [])
      await session.execute(`SET LOCAL enable_${way} = off`);
    // Without LIMIT, so that workers help.
    const [all] = await session.query<{ n: number }>(`SELECT pg_catalog.count(*) AS n ${from}`);
    return Number(all?.n ?? 0);
  });
  const read = pages === null ? 'all' : 'sample';
  if (count === 0) return { count, names: [], read };
  const rows = await session.query<{ name: string }>(`SELECT ${keyText(keys)} AS name ${from} LIMIT 3`);
  return { count, names: rows.map((r) => String(r.name).slice(0, 80)), read };
}
