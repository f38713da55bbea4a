/**
 * Entries removed because another one says the same. Each is read again with the one that stays for it and compared by its digest;
 * the script that removes it compares the same bytes once more, so nothing can change in between. In a cluster a script sees the
 * keys of one slot alone: there an entry that stays in another slot is compared just before, by itself.
 */
import { createHash } from 'node:crypto';
import { formatCount } from '../../quantity/index.ts';
import {
  contentDigest,
  DIGEST_FIELDS,
  type Duplicate,
  outlives,
  type PerformContext,
  type PurgeAction,
  type RemovedRow,
  type ScanRow,
  type StepEvent,
  StoreError,
  sameGroup,
  standing,
} from '../../store/index.ts';
import { valueRows } from './archive.ts';
import { type Batch, carriedOut, scripted, type Tally, usedMemory } from './batches.ts';
import { type Dated, withExpiry } from './entry-expiry.ts';
import { type EntryKey, keysOfIds, type Listing } from './entry-keys.ts';
import { entryFields, entryRow } from './entry-row.ts';
import { keySlot } from './key-slot.ts';
import type { Command } from './node-connection.ts';
import type { RedisSet } from './recognise.ts';
import { type RosterKeys, rosterKeys } from './roster.ts';
import { archivesOf } from './roster-archive.ts';
import { REMOVE_SAME, REMOVE_SAME_LISTED } from './scripts.ts';
import type { RedisSession } from './session.ts';

/** Names of live keys are asked for again after so many milliseconds, where looking at an expired one would delete it. */
const LISTED_MS = 1_000;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** One entry as it was read: the bytes that the script compares. */
interface Read {
  readonly entry: EntryKey;
  readonly bytes: readonly (Buffer | null)[];
}

interface Pair {
  readonly goes: Read;
  readonly stays: Read;
  /** Namespace and hash of the entry that goes: its places in the store's own lists. */
  readonly namespace: string;
  readonly hash: string | null;
}

/** @throws StoreError where entries of this set are not removed one by one */
export async function* purgeDuplicates(
  session: RedisSession,
  set: RedisSet,
  listing: Listing,
  action: PurgeAction,
  lock: string | undefined,
  context: PerformContext,
): AsyncGenerator<StepEvent> {
  if (set.set.type !== 'hash')
    throw new StoreError(
      'store-set-read-only',
      `${session.target}: ${set.id}: its entries are no hashes, and duplicates among them are for review only`,
      undefined,
      5,
    );
  const purge = new DuplicatePurge(session, set, listing, action.duplicates ?? [], lock, context);
  const bytesBefore = await usedMemory(session);
  const tally: Tally = { rows: 0, batch: 0, stopped: false };
  const next = async (limit: number): Promise<Batch | null> => await purge.next(limit);
  yield* carriedOut({ session, context, title: `${set.set.title}: removed`, total: action.rows, next }, tally);
  const left = purge.leftSentence();
  if (tally.rows === 0 && !tally.stopped) {
    yield { state: 'skipped', why: left ?? 'there is nothing left to do' };
    return;
  }
  const said = `${formatCount(tally.rows)} went, each compared with what it was, and the one that stays with it, in the step that removed it`;
  const capped = purge.done || tally.stopped ? [] : ['stopped at the number of rows that was allowed'];
  yield {
    state: 'finished',
    rows: tally.rows,
    bytesBefore,
    bytesAfter: await usedMemory(session),
    verified: [said, ...(left === null ? [] : [left]), ...capped].join('; '),
    stopped: tally.stopped,
  };
}

class DuplicatePurge {
  readonly #session: RedisSession;
  readonly #set: RedisSet;
  readonly #listing: Listing;
  readonly #list: readonly Duplicate[];
  readonly #lock: string | undefined;
  readonly #archive: boolean;
  readonly #fields: readonly string[];
  readonly #keys: RosterKeys | undefined;
  #at = 0;
  #changed = 0;
  #survivorless: number;
  #names: Promise<Awaited<ReturnType<Listing>>> | undefined;
  #listedAt = Number.NEGATIVE_INFINITY;

  constructor(
    session: RedisSession,
    set: RedisSet,
    listing: Listing,
    list: readonly Duplicate[],
    lock: string | undefined,
    context: PerformContext,
  ) {
    const { kept, dropped } = standing(list);
    this.#session = session;
    this.#set = set;
    this.#listing = listing;
    this.#list = kept;
    this.#survivorless = dropped;
    this.#lock = lock;
    this.#archive = context.archive;
    const { namespace, hash, roster } = set.set;
    const own = [...entryFields(set.set, DIGEST_FIELDS), ...(roster === undefined ? [] : [namespace, hash])];
    this.#fields = [...new Set(own.filter((f) => f !== undefined))];
    this.#keys = roster === undefined ? undefined : rosterKeys(set, roster);
  }

  get done(): boolean {
    return this.#at >= this.#list.length;
  }

  /** The next batch; null when the list is at its end. */
  async next(limit: number): Promise<Batch | null> {
    while (!this.done) {
      const some = this.#list.slice(this.#at, this.#at + limit);
      this.#at += some.length;
      const pairs = await this.#compared(some);
      if (pairs.length > 0) return await this.#batch(pairs);
    }
    return null;
  }

  leftSentence(): string | null {
    const left = this.#changed + this.#survivorless;
    if (left === 0) return null;
    const whose = this.#survivorless === 0 ? '' : ` (of ${formatCount(this.#survivorless)} the one that was to stay)`;
    return `${formatCount(left)} changed since they were compared${whose}, and were left`;
  }

  /** Row and survivor are there and what they were; others are counted. */
  async #compared(some: readonly Duplicate[]): Promise<Pair[]> {
    const now = new Date(await this.#session.time());
    const ids = some.flatMap((d) => [d.key, d.survivor]);
    const entries = await keysOfIds(this.#session, this.#set, () => this.#live(), ids);
    const replies = await this.#session.many(
      entries.map((e): Command => ['HMGET', e.key, ...this.#fields]),
      true,
    );
    const read = new Map<string, Read>();
    for (const [i, entry] of entries.entries()) {
      const reply = replies[i];
      if (Array.isArray(reply) && !reply.every((v) => v === null))
        read.set(entry.id, { entry, bytes: reply as (Buffer | null)[] });
    }
    const { set } = this.#set;
    const value = (r: Read, field: string | undefined): Buffer | null | undefined =>
      field === undefined ? undefined : r.bytes[this.#fields.indexOf(field)];
    const expires = await this.#expiries([...read.values()], value, now);
    const rowOf = (r: Read): ScanRow => entryRow(set, r.entry.id, DIGEST_FIELDS, (f) => value(r, f), now);
    const same = (id: string, digest: string): Read | undefined => {
      const r = read.get(id);
      if (r === undefined) return undefined;
      const row = rowOf(r);
      return row.inactive === undefined && contentDigest(row, sha256) === digest ? r : undefined;
    };
    return some.flatMap((d): Pair[] => {
      const goes = same(d.key, d.digest);
      const stays = same(d.survivor, d.survivorDigest);
      if (goes === undefined) this.#changed++;
      else if (
        stays === undefined ||
        !sameGroup(rowOf(goes), rowOf(stays)) ||
        (d.reviewed !== true && outlives(expires.get(d.key), expires.get(d.survivor)))
      )
        this.#survivorless++;
      else {
        const namespace = value(goes, set.namespace)?.toString() ?? '';
        return [{ goes, stays, namespace, hash: value(goes, set.hash)?.toString() ?? null }];
      }
      return [];
    });
  }

  /** When each expires: that can be changed without the content. */
  async #expiries(
    entries: readonly Read[],
    value: (r: Read, field: string) => Buffer | null | undefined,
    now: Date,
  ): Promise<Map<string, number | undefined>> {
    const { set } = this.#set;
    const rows = entries.map((r): Dated => {
      const namespace = (set.namespace === undefined ? undefined : value(r, set.namespace))?.toString() ?? '';
      return { entry: r.entry, namespace, row: entryRow(set, r.entry.id, ['rank'], (f) => value(r, f), now) };
    });
    return new Map((await withExpiry(this.#session, this.#set, rows)).map((r) => [r.id, r.rank?.expires]));
  }

  async #batch(pairs: readonly Pair[]): Promise<Batch> {
    const { roster } = this.#set.set;
    const k = this.#keys;
    const entries = pairs.map((p) => ({ entry: p.goes.entry.key, key: p.goes.entry.key }));
    const candidates = pairs.map((p) => ({ id: p.goes.entry.id, namespace: p.namespace, expected: 0, hash: p.hash }));
    let removed: RemovedRow[] | undefined;
    if (this.#archive)
      removed =
        k === undefined || roster === undefined
          ? (await valueRows(this.#session, entries)).filter((r): r is RemovedRow => r !== null)
          : await archivesOf(this.#session, k, candidates, roster.signal.least);
    return {
      rows: pairs.length,
      dependents: k === undefined ? 0 : pairs.filter((p) => p.hash !== null).length,
      token: JSON.stringify(
        k === undefined ? { keys: entries.map((e) => e.key) } : { gone: candidates.map((c) => c.id) },
      ),
      ...(removed === undefined ? {} : { removed }),
      commit: async () => {
        const went = k === undefined ? await this.#removePlain(pairs) : await this.#removeListed(k, pairs);
        this.#changed += pairs.length - went;
        return went;
      },
    };
  }

  async #removeListed(k: RosterKeys, pairs: readonly Pair[]): Promise<number> {
    const keys = pairs.flatMap(({ goes, stays, namespace, hash }) => {
      const unique = hash === null ? goes.entry.key : k.unique(namespace, hash);
      return [goes.entry.key, stays.entry.key, k.byNamespace(namespace), unique];
    });
    const args = pairs.flatMap(({ goes, stays, namespace, hash }): (string | number | Buffer)[] => {
      const { id } = goes.entry;
      return [id, k.member(namespace, id), namespace, hash === null ? 0 : 1, ...compared(goes), ...compared(stays)];
    });
    const fixed = [this.#set.set.roster?.signal.least ?? 0, this.#fields.length, ...this.#fields];
    const lists = [k.ids, k.byExpiry, k.namespaces, k.signal];
    const gone = await scripted(
      this.#session,
      this.#lock,
      REMOVE_SAME_LISTED,
      [...lists, ...keys],
      [...fixed, ...args],
    );
    return (gone as string[]).length;
  }

  async #removePlain(pairs: readonly Pair[]): Promise<number> {
    const { cluster } = this.#session.address;
    const fixed = [this.#fields.length, ...this.#fields];
    const apart = (p: Pair): boolean => cluster && keySlot(p.goes.entry.key) !== keySlot(p.stays.entry.key);
    const remove = async (some: readonly Pair[]): Promise<number> => {
      const keys = some.flatMap((p) => [p.goes.entry.key, apart(p) ? p.goes.entry.key : p.stays.entry.key]);
      const args = some.flatMap((p) => [...compared(p.goes), ...compared(apart(p) ? p.goes : p.stays)]);
      return ((await scripted(this.#session, this.#lock, REMOVE_SAME, keys, [...fixed, ...args])) as string[]).length;
    };
    if (!cluster) return await remove(pairs);
    let went = 0;
    for (const p of pairs) if (!apart(p) || (await this.#still(p.stays))) went += await remove([p]);
    return went;
  }

  async #still({ entry, bytes }: Read): Promise<boolean> {
    const [reply] = await this.#session.many([['HMGET', entry.key, ...this.#fields]], true);
    if (!Array.isArray(reply)) return false;
    return bytes.every((b, i) => {
      const now = reply[i] as Buffer | null;
      return b === null || now === null ? b === now : b.equals(now);
    });
  }

  /** Names of live keys, listed again once they are a second old. */
  #live(): ReturnType<Listing> {
    if (this.#names === undefined || performance.now() - this.#listedAt > LISTED_MS) {
      this.#listedAt = performance.now();
      this.#names = this.#listing();
    }
    return this.#names;
  }
}

/** Each field's bytes behind a 1, or 0 where it is not there. */
const compared = ({ bytes }: Read): (string | Buffer)[] =>
  bytes.map((b) => (b === null ? '0' : Buffer.concat([ONE, b])));
const ONE: Buffer = Buffer.from('1');
