/** Keys of a set's entries. One that the server has expired is no entry any more, and is not touched: looking at it deletes it. */
import { StoreError } from '../../store/index.ts';
import { matches } from './key-groups.ts';
import { globOf, type KeyListing, scanPattern } from './key-names.ts';
import type { RedisSet } from './recognise.ts';
import { members, type RosterKeys, rosterKeys, splitMember } from './roster.ts';
import type { RedisSession } from './session.ts';

export interface EntryKey {
  readonly id: string;
  readonly key: string;
}

export type Listing = () => Promise<KeyListing>;

/** Seconds ahead of the server's clock that an entry is left alone: it would expire before it is read. */
const MARGIN = 2;

/** All keys of the set's entries, page by page. */
export async function* keysOf(session: RedisSession, set: RedisSet, listing: Listing): AsyncGenerator<EntryKey[]> {
  const { roster } = set.set;
  if (roster !== undefined) {
    const keys = rosterKeys(set, roster);
    const may = await lookable(session, set, listing);
    for await (const page of members(session, keys.ids)) {
      yield page.map(({ member: id }) => ({ id, key: keys.entry(id) })).filter(may);
    }
    return;
  }
  const start = startOf(set);
  const entry = (key: string): EntryKey => ({ id: key.slice(start.length), key });
  if (session.inert) {
    const seen = new Set<string>();
    for await (const names of scanPattern(session, globOf(start))) {
      const fresh = names.filter((n) => !seen.has(n));
      for (const n of fresh) seen.add(n);
      yield fresh.map(entry);
    }
    return;
  }
  const found = await listed(session, listing);
  yield found.names
    .filter((n) => matches(set.pattern, n))
    .sort()
    .map(entry);
}

/** Keys of the entries of some namespaces, by the store's own lists of them; each entry still says itself where it belongs. */
export async function* keysInNamespaces(
  session: RedisSession,
  set: RedisSet,
  listing: Listing,
  namespaces: readonly (string | null)[],
): AsyncGenerator<EntryKey[]> {
  const { roster } = set.set;
  if (roster === undefined) {
    yield* keysOf(session, set, listing);
    return;
  }
  const keys = rosterKeys(set, roster);
  const may = await lookable(session, set, listing);
  for (const namespace of new Set(namespaces)) {
    if (namespace === null) continue;
    for await (const page of members(session, keys.byNamespace(namespace))) {
      yield page.map(({ member: id }) => ({ id, key: keys.entry(id) })).filter(may);
    }
  }
}

/** The entries of these ids that may be looked at, whether they are there or not. */
export async function keysOfIds(
  session: RedisSession,
  set: RedisSet,
  listing: Listing,
  ids: readonly string[],
): Promise<EntryKey[]> {
  const may = await lookable(session, set, listing);
  const keys: RosterKeys | undefined = set.set.roster && rosterKeys(set, set.set.roster);
  const start = startOf(set);
  return [...new Set(ids)].map((id) => ({ id, key: keys?.entry(id) ?? `${start}${id}` })).filter(may);
}

const startOf = (set: RedisSet): string => set.pattern.slice(0, -1);

/** Whether looking at an entry cannot delete it: it is not due by the store's own list, and it is among the live keys. */
async function lookable(session: RedisSession, set: RedisSet, listing: Listing): Promise<(entry: EntryKey) => boolean> {
  await session.refresh();
  const live = session.inert ? undefined : new Set((await listed(session, listing)).names);
  const { roster } = set.set;
  const due = new Set<string>();
  if (roster !== undefined && live !== undefined) {
    const until = String((await session.time()) / 1000 + MARGIN);
    for await (const page of members(session, rosterKeys(set, roster).byExpiry, '-inf', until)) {
      for (const { member } of page) due.add(splitMember(member, roster.separator).id);
    }
  }
  return ({ id, key }) => !due.has(id) && (live === undefined || live.has(key));
}

/** @throws StoreError where the names of live keys cannot be had, and so no key may be looked at */
async function listed(session: RedisSession, listing: Listing): Promise<KeyListing> {
  const found = await listing();
  if (found.complete) return found;
  throw new StoreError('store-keys-unlisted', `${session.target}: ${found.why ?? 'the keys cannot be listed'}`);
}
