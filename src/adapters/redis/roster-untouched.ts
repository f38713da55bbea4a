/** What a store's own lists tell by themselves: no entry is looked at, so none that the server has expired is deleted. */
import type { Roster } from '../../profiles/redis-profile.ts';
import type { MemorySet } from '../../store/index.ts';
import { type MayLook, scanPattern } from './key-names.ts';
import type { Command } from './node-connection.ts';
import { expiryRule, type RedisSet } from './recognise.ts';
import { members, type RosterKeys, rosterKeys, splitMember } from './roster.ts';
import type { RedisSession } from './session.ts';

/** Expiry by the store's own list alone: exact, and no entry is touched. */
export async function byLists(
  session: RedisSession,
  set: RedisSet,
  now: Date,
  rows: number,
): Promise<MemorySet['ttl']> {
  const rule = expiryRule(set.set);
  if (rule === null || set.set.roster === undefined) return null;
  const { byExpiry } = rosterKeys(set, set.set.roster);
  const at = now.getTime() / 1000;
  const count = async (from: string | number, to: string | number): Promise<number> =>
    Number(await session.call('ZCOUNT', byExpiry, from, to));
  const first = async (from: string | number): Promise<number | null> => {
    const [, score] = (await session.call(
      'ZRANGEBYSCORE',
      byExpiry,
      from,
      '+inf',
      'WITHSCORES',
      'LIMIT',
      0,
      1,
    )) as string[];
    return score === undefined ? null : Number(score);
  };
  const [expired, live] = [await count('-inf', at), await count(`(${at}`, '+inf')];
  const [oldest, next] = [await first('-inf'), await first(`(${at}`)];
  const iso = (s: number | null): string | null => (s === null ? null : new Date(s * 1000).toISOString());
  return {
    rule,
    expired,
    live,
    never: Math.max(0, rows - expired - live),
    unreadable: 0,
    withinDay: await count(`(${at}`, at + 86_400),
    withinWeek: await count(`(${at}`, at + 7 * 86_400),
    next: iso(next),
    oldestExpired: oldest !== null && oldest <= at ? iso(oldest) : null,
  };
}

/** Keys from a hash to an id that leads nowhere. */
export async function strayKeys(
  session: RedisSession,
  keys: RosterKeys,
  look: MayLook,
  nowhere: (id: string) => boolean,
): Promise<number> {
  let found = 0;
  const start = keys.uniquePattern.slice(0, -1);
  const pages =
    look instanceof Set ? inPages([...look].filter((n) => n.startsWith(start))) : scanPattern(session, keys.uniqueGlob);
  for await (const names of pages) {
    const values = (await session.all(names.map((n): Command => ['GET', n]))) as (string | null)[];
    found += values.filter((id) => id !== null && nowhere(id)).length;
  }
  return found;
}

function* inPages(names: readonly string[]): Generator<string[]> {
  for (let i = 0; i < names.length; i += 1_000) yield names.slice(i, i + 1_000);
}

/**
 * Entries and side keys that lead nowhere, found without looking at an entry: MEMORY USAGE says whether its key is there, and deletes
 * none. One that is past the server's expiry and still there counts as there.
 * @returns null where the role may not run MEMORY USAGE
 */
export async function untouchedOrphans(
  session: RedisSession,
  set: RedisSet,
  roster: Roster,
  now: Date,
): Promise<{ readonly gone: number; readonly strayUnique: number } | null> {
  const keys = rosterKeys(set, roster);
  const due = new Set<string>();
  for await (const page of members(session, keys.byExpiry, '-inf', String(now.getTime() / 1000))) {
    for (const { member } of page) due.add(splitMember(member, roster.separator).id);
  }
  const there = new Set<string>();
  let gone = 0;
  for await (const page of members(session, keys.ids)) {
    const sizes = await session.many(
      page.map(({ member }): Command => ['MEMORY', 'USAGE', keys.entry(member), 'SAMPLES', 1]),
    );
    if (sizes.some((s) => s instanceof Error)) return null;
    for (const [i, { member }] of page.entries()) {
      if (sizes[i] !== null || due.has(member)) there.add(member);
      else gone++;
    }
  }
  return { gone, strayUnique: await strayKeys(session, keys, 'none', (id) => !there.has(id)) };
}
