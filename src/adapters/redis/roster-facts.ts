/**
 * Entries of a store that keeps its own lists, judged without touching one that the server itself has expired: which are
 * over their time, whose hash is gone, which side keys lead nowhere, and where list and entry disagree about the expiry.
 */
import type { Roster } from '../../profiles/redis-profile.ts';
import { secondsOf } from './entry-times.ts';
import { listKeys, mayLook } from './key-names.ts';
import type { Command } from './node-connection.ts';
import type { RedisSet } from './recognise.ts';
import { members, rosterKeys, splitMember } from './roster.ts';
import { strayKeys } from './roster-untouched.ts';
import type { RedisSession } from './session.ts';

/** Entries that are looked at one by one unless more is asked for: a second or two. */
export const ONE_BY_ONE = 200_000;

export interface RosterFacts {
  readonly rows: number;
  /** Epoch seconds of creation, of the entries looked at; null where it cannot be read. */
  readonly created: readonly (number | null)[];
  /** Epoch seconds of expiry, one for each row, null never; a gone one stands with its score. */
  readonly expiries: readonly (number | null)[];
  /** Ids whose hash is there and may be looked at. */
  readonly ids: readonly string[];
  /** Rows over their time: what `purge expired` removes. */
  readonly overdue: number;
  /** Ids in the list of all whose hash is gone, and that no expiry accounts for. */
  readonly gone: ReadonlySet<string>;
  /** Keys from a hash to an id that is no longer there. */
  readonly strayUnique: number;
  /** Places in the list of expiries that contradict the entry: it never ends, or ends at another time; or it is missing there. */
  readonly mismatched: number;
  /** Overdue entries that were left untouched because the server has an expiry of its own on some keys. */
  readonly untouched: number;
}

export async function rosterFacts(
  session: RedisSession,
  set: RedisSet,
  roster: Roster,
  now: Date,
  look: ReadonlySet<string> | 'all',
  step: (what: string) => Promise<void>,
): Promise<RosterFacts> {
  const keys = rosterKeys(set, roster);
  const at = now.getTime() / 1000;
  // The server expires by its own clock: what is due by either of the two is not touched.
  const due = session.inert ? Number.NEGATIVE_INFINITY : Math.max(at, (await session.time()) / 1000) + 2;
  const scores = new Map<string, number>();
  for await (const page of members(session, keys.byExpiry)) {
    for (const { member, score } of page) scores.set(splitMember(member, roster.separator).id, score);
  }
  const created: (number | null)[] = [];
  const expiries: (number | null)[] = [];
  const ids: string[] = [];
  const all = new Set<string>();
  const gone = new Set<string>();
  const unlisted = new Set<string>();
  let [overdue, mismatched, untouched] = [0, 0, 0];
  for await (const page of members(session, keys.ids)) {
    await step(`${set.set.title}: ${all.size}`);
    const early = page.filter(({ member }) => (scores.get(member) ?? Number.POSITIVE_INFINITY) > due);
    // The list of expiries need not know what the server knows: an entry stored again without a TTL keeps its old one there.
    const looked = early.filter(({ member }) => look === 'all' || look.has(keys.entry(member)));
    const absent = new Set(look === 'all' ? [] : early.filter((m) => !looked.includes(m)).map((m) => m.member));
    const fields = [set.set.created?.field ?? '', set.set.ttl ?? ''];
    const replies = (await session.all(
      looked.map(({ member }): Command => ['HMGET', keys.entry(member), ...fields]),
    )) as (string | null)[][];
    const read = new Map(looked.map(({ member }, i) => [member, replies[i] as (string | null)[]]));
    for (const { member: id } of page) {
      all.add(id);
      const score = scores.get(id);
      const values = read.get(id);
      if (absent.has(id)) {
        unlisted.add(id);
        if (score !== undefined && score <= at) overdue++;
        expiries.push(score ?? null);
        continue;
      }
      if (values === undefined) {
        untouched++;
        overdue += (score as number) <= at ? 1 : 0;
        expiries.push(score as number);
        continue;
      }
      const [from, lifetime] = values;
      if (from == null) {
        if (score !== undefined && score <= at) overdue++;
        else gone.add(id);
        expiries.push(score ?? null);
        continue;
      }
      ids.push(id);
      const start = secondsOf(from, set.set.created?.format ?? 'epoch-s');
      created.push(start);
      const end = lifetime == null || lifetime === '' || start === null ? null : start + Number(lifetime);
      expiries.push(end !== null && Number.isNaN(end) ? null : end);
      if (end !== score && !(end === null && score === undefined)) mismatched++;
      else if (end !== null && end <= at) overdue++;
    }
  }
  // Stored since the names were listed, or expired by then: a second list tells.
  const since = unlisted.size === 0 ? 'all' : mayLook(session, await listKeys(session, step));
  for (const id of unlisted) {
    const due = (scores.get(id) ?? Number.POSITIVE_INFINITY) <= at;
    if (!due && !(since instanceof Set && since.has(keys.entry(id)))) gone.add(id);
  }
  await step(`${set.set.title}: side keys`);
  const strayUnique = await strayKeys(session, keys, look, (id) => !all.has(id) || gone.has(id));
  return { rows: all.size, created, expiries, ids, overdue, gone, strayUnique, mismatched, untouched };
}
