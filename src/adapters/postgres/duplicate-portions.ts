/** Duplicates that go, in portions of one table each: the set's own, or one part of a partitioned one. */
import type { Duplicate } from '../../store/index.ts';
import type { Appetite, Portion } from './doomed.ts';
import type { DuplicateRows } from './duplicate-rows.ts';
import type { Leaf, PurgeTarget } from './purge-target.ts';
import { keyArrays, keysFrom, keysJoin } from './row-keys.ts';
import type { PgSession } from './session.ts';

/** Text and vector of each row, and of the one that stays, are read again for the comparison. */
const MOST_ROWS = 1_000;

export const portionSize = (appetite: Appetite): number => Math.max(1, Math.min(MOST_ROWS, appetite.rows));

export async function* duplicatePortions(
  session: PgSession,
  what: PurgeTarget,
  rows: DuplicateRows,
  appetite: Appetite,
): AsyncGenerator<Portion> {
  const [only, ...others] = what.leaves;
  for (const { some } of rows.portions(() => portionSize(appetite))) {
    if (only === undefined) return;
    if (others.length === 0) yield listPortion(only, some);
    else yield* byLeaf(session, what, rows, some);
  }
}

/** A key that is in no part any more goes with the first of them, where it is found changed. */
async function* byLeaf(
  session: PgSession,
  what: PurgeTarget,
  rows: DuplicateRows,
  some: readonly Duplicate[],
): AsyncGenerator<Portion> {
  const found = await session.query<{ i: number; leaf: number }>(
    `SELECT k.i, t.tableoid AS leaf FROM ${what.relation.quoted} t JOIN ${keysFrom(rows.key)} ON ${keysJoin(rows.key, 't')}`,
    keyArrays(
      rows.key,
      some.map((d) => d.key),
    ),
  );
  const leafOf = new Map(found.map((f) => [Number(f.i) - 1, Number(f.leaf)]));
  for (const leaf of what.leaves) {
    const here = some.filter((_, i) => (leafOf.get(i) ?? what.leaves[0]?.oid) === leaf.oid);
    if (here.length > 0) yield listPortion(leaf, here);
  }
}

export const listPortion = (leaf: Leaf, duplicates: readonly Duplicate[]): Portion => ({
  leaf,
  where: 'false',
  params: [],
  rows: duplicates.length,
  pages: 0,
  duplicates,
});
