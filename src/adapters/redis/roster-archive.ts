/** What a removed entry of a store with its own lists consists of: its hash, the key that leads to it, its places in the lists. */
import type { RemovedRow } from '../../store/index.ts';
import { countRow, memberRow, scoreRow, valueRows } from './archive.ts';
import type { Command } from './node-connection.ts';
import type { RosterKeys } from './roster.ts';
import type { RedisSession } from './session.ts';

export interface Candidate {
  readonly id: string;
  readonly namespace: string;
  /** The score by which it was chosen. */
  readonly expected: number;
  /** Null where the entry's own hash is gone. */
  readonly hash: string | null;
}

export async function archivesOf(
  session: RedisSession,
  k: RosterKeys,
  candidates: readonly Candidate[],
  least: number,
): Promise<RemovedRow[]> {
  const entries = await valueRows(
    session,
    candidates.map((c) => ({ entry: k.entry(c.id), key: k.entry(c.id) })),
  );
  const unique = candidates.map((c) => (c.hash === null ? null : k.unique(c.namespace, c.hash)));
  const known = candidates.flatMap((c, i) =>
    unique[i] === null ? [] : [{ entry: k.entry(c.id), key: unique[i] as string }],
  );
  // The key leads to this entry alone; one that leads to another one stays.
  const owners = (await session.all(known.map(({ key }): Command => ['GET', key]))) as (string | null)[];
  const dumps = await valueRows(session, known);
  const uniques = new Map(known.map(({ entry }, i) => [entry, owners[i] === idOf(entry, k) ? dumps[i] : null]));
  const scores = (await session.all(
    candidates.flatMap((c): Command[] => [
      ['ZSCORE', k.byNamespace(c.namespace), c.id],
      ['ZSCORE', k.byExpiry, k.member(c.namespace, c.id)],
      ['ZSCORE', k.ids, c.id],
    ]),
  )) as (string | null)[];
  return candidates.flatMap((c, i) => {
    const entry = k.entry(c.id);
    const [list, expiry, all] = scores.slice(3 * i, 3 * i + 3);
    const score = (key: string, member: string, s: string | null | undefined): RemovedRow[] =>
      s == null ? [] : [scoreRow(entry, key, member, s)];
    const found = [entries[i], uniques.get(entry)].filter((r): r is RemovedRow => r != null);
    return [
      ...found,
      ...score(k.byNamespace(c.namespace), c.id, list),
      ...score(k.byExpiry, k.member(c.namespace, c.id), expiry),
      ...score(k.ids, c.id, all),
      ...(list == null ? [] : [memberRow(entry, k.namespaces, c.namespace)]),
      // Other processes look at their lists again once the counter has moved far enough.
      ...(i === candidates.length - 1 ? [countRow(entry, k.signal, least)] : []),
    ];
  });
}

function idOf(entry: string, k: RosterKeys): string {
  return entry.slice(k.entry('').length);
}
