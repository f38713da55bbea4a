/** Rows that go because there are too many: in the order in which the store itself evicts, no more than are over the limit. */
import { type PurgeAction, StoreError, type Target } from '../../store/index.ts';
import { type Appetite, listed, type Portion } from './doomed.ts';
import { namespaceSql, type PurgeTarget } from './purge-target.ts';
import { quoted } from './quoting.ts';
import type { PgSession } from './session.ts';

/** In the order in which the store itself evicts; rows changed since they were listed are in use, and stay. */
export async function* evictions(
  session: PgSession,
  target: Target,
  what: PurgeTarget,
  action: PurgeAction,
  appetite: Appetite,
): AsyncGenerator<Portion> {
  const { set, leaves, keys } = what;
  const whole = action.reason === 'over-cap';
  const first = set.set.evictionOrder ?? [];
  if (first.length === 0)
    throw new StoreError(
      'eviction-order',
      `${target}: nothing says in which order rows of ${set.id} go when there are too many`,
      'name evictionOrder in a map (--map FILE)',
      5,
    );
  if (leaves.length > 1)
    throw new StoreError(
      'eviction-partitioned',
      `${target}: ${what.place} is partitioned, and quotas over partitions are not enforced`,
      undefined,
      5,
    );
  const order = [...first.map((c) => `t.${quoted(c)} NULLS FIRST`), ...keys.map((c) => `t.${quoted(c)}`)].join(', ');
  for (const leaf of leaves) {
    for (const { namespace, rows, keep } of action.excess ?? []) {
      const condition = namespaceSql(set, namespace, whole);
      const now = keep === undefined ? null : await count(session, leaf.quoted, condition);
      const limit = Math.min(rows, now === null ? rows : Math.max(0, now - (keep ?? 0)));
      if (limit > 0) yield* listed(session, { leaf, condition, order, limit, versions: true }, appetite);
    }
  }
}

async function count(session: PgSession, from: string, condition: string): Promise<number> {
  const [r] = await session.query<{ n: number }>(
    `SELECT pg_catalog.count(*) AS n FROM ONLY ${from} t WHERE ${condition}`,
  );
  return Number(r?.n ?? 0);
}
