/** When entries expire that may be looked at: by the server's own clock on their keys, and by the store's own list. */
import type { ScanRow } from '../../store/index.ts';
import type { EntryKey } from './entry-keys.ts';
import type { Command } from './node-connection.ts';
import { expiryRule, type RedisSet } from './recognise.ts';
import { rosterKeys } from './roster.ts';
import type { RedisSession } from './session.ts';

/** PEXPIRETIME and PTTL of a key without an end; of one that is gone it is -2, and that one did end. */
const NEVER = -1;

/** The millisecond at which each key expires, null never; before Redis 7 by what is left, a round trip less exact. */
export async function keyExpiries(session: RedisSession, keys: readonly string[]): Promise<(number | null)[]> {
  const now = await session.time();
  const at = await session.many(keys.map((key): Command => ['PEXPIRETIME', key]));
  if (at.every((a) => !(a instanceof Error))) return at.map((a) => momentOf(Number(a), 0, now));
  const left = (await session.all(keys.map((key): Command => ['PTTL', key]))).map(Number);
  const then = await session.time();
  return left.map((ms) => momentOf(ms, then, then));
}

const momentOf = (ms: number, from: number, now: number): number | null =>
  ms === NEVER ? null : ms < 0 ? now : from + ms;

/** Whether entries of the set expire in any way: by a rule of the profile, or because some keys of this database do. */
export const mayExpire = (session: RedisSession, set: RedisSet): boolean =>
  expiryRule(set.set) !== null || !session.inert;

/** A row with the key of its entry, and the namespace that the store's lists know it under. */
export interface Dated {
  readonly entry: EntryKey;
  readonly namespace: string;
  readonly row: ScanRow;
}

/** Rows with `rank.expires`: the first of their own lifetime (as `entryRow` gives it), the server's, and the list's. */
export async function withExpiry(session: RedisSession, set: RedisSet, rows: readonly Dated[]): Promise<ScanRow[]> {
  if (rows.length === 0 || !mayExpire(session, set)) return rows.map((r) => r.row);
  const ends = await keyExpiries(
    session,
    rows.map((r) => r.entry.key),
  );
  const { roster } = set.set;
  const keys = roster && rosterKeys(set, roster);
  const listed = keys
    ? await session.all(rows.map((r): Command => ['ZSCORE', keys.byExpiry, keys.member(r.namespace, r.entry.id)]))
    : [];
  return rows.map(({ row }, i) => {
    const score = listed[i] == null ? Number.POSITIVE_INFINITY : Number(listed[i]) * 1000;
    const own = row.rank?.expires ?? Number.POSITIVE_INFINITY;
    return { ...row, rank: { ...row.rank, expires: Math.min(own, ends[i] ?? Number.POSITIVE_INFINITY, score) } };
  });
}
