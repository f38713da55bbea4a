/** Entries of a store with its own lists: which of them go, batch by batch, with everything that hangs on them. */
import type { PerformContext, PurgeAction, RemovedRow } from '../../store/index.ts';
import { type Batch, scripted } from './batches.ts';
import { secondsOf } from './entry-times.ts';
import type { Command } from './node-connection.ts';
import type { RedisSet } from './recognise.ts';
import { type RosterKeys, rosterKeys, splitMember } from './roster.ts';
import { archivesOf, type Candidate } from './roster-archive.ts';
import { REMOVE } from './scripts.ts';
import type { RedisSession } from './session.ts';

export type RemoveRule = 'expired' | 'retention' | 'evict';

export class RosterPurge {
  readonly #session: RedisSession;
  readonly #set: RedisSet;
  readonly #roster: NonNullable<RedisSet['set']['roster']>;
  readonly #keys: RosterKeys;
  readonly #action: PurgeAction;
  readonly #lock: string | undefined;
  readonly #archive: boolean;
  /** Ids passed over: they stay in the list that is walked, unless somebody moves them. */
  readonly #passed = new Set<string>();
  /** Where in the list the walk stands: everything before was passed over. */
  #from = 0;
  #again = false;
  readonly #evicted = new Map<string, number>();
  /** Entries whose hash was already gone: their hash keys have to be searched for. */
  headless = 0;

  constructor(
    session: RedisSession,
    set: RedisSet,
    action: PurgeAction,
    lock: string | undefined,
    context: PerformContext,
  ) {
    this.#session = session;
    this.#set = set;
    this.#roster = set.set.roster as NonNullable<typeof set.set.roster>;
    this.#keys = rosterKeys(set, this.#roster);
    this.#action = action;
    this.#lock = lock;
    this.#archive = context.archive;
  }

  /** The next batch; null when there is none left. */
  async next(limit: number): Promise<Batch | null> {
    const { reason } = this.#action;
    const rule: RemoveRule = reason === 'expired' ? 'expired' : reason === 'retention' ? 'retention' : 'evict';
    const candidates =
      rule === 'expired'
        ? await this.#expired(limit)
        : rule === 'retention'
          ? await this.#older(limit, this.#action.olderThanSeconds ?? Number.POSITIVE_INFINITY)
          : await this.#leastUsed(limit);
    if (candidates.length === 0) return null;
    const removed: RemovedRow[] | undefined = this.#archive
      ? await archivesOf(this.#session, this.#keys, candidates, this.#roster.signal.least)
      : undefined;
    return {
      rows: candidates.length,
      dependents: candidates.filter((c) => c.hash !== null).length,
      token: JSON.stringify({ gone: candidates.map((c) => c.id) }),
      ...(removed === undefined ? {} : { removed }),
      commit: async () => await this.#commit(rule, candidates),
    };
  }

  async #commit(rule: RemoveRule, candidates: readonly Candidate[]): Promise<number> {
    const k = this.#keys;
    const { set } = this.#set;
    const keys = candidates.flatMap((c) => {
      const entry = k.entry(c.id);
      return [entry, k.byNamespace(c.namespace), c.hash === null ? entry : k.unique(c.namespace, c.hash)];
    });
    const args = candidates.flatMap((c) => [
      c.id,
      k.member(c.namespace, c.id),
      c.namespace,
      c.expected,
      c.hash === null ? 0 : 1,
    ]);
    const least = this.#roster.signal.least;
    const seconds = this.#action.olderThanSeconds ?? 0;
    const fields = [set.created?.field ?? '', set.ttl ?? ''];
    const ids = (await scripted(
      this.#session,
      this.#lock,
      REMOVE,
      [k.ids, k.byExpiry, k.namespaces, k.signal, ...keys],
      [rule, least, seconds, ...fields, ...args],
    )) as string[];
    const gone = new Set(ids);
    for (const c of candidates) {
      if (!gone.has(c.id)) this.#passed.add(c.id);
      else {
        if (c.hash === null) this.headless++;
        this.#evicted.set(c.namespace, (this.#evicted.get(c.namespace) ?? 0) + 1);
      }
    }
    return ids.length;
  }

  /**
   * The next of a list that were not passed over. Others may move entries meanwhile, and what then slips past the walk is found
   * by a second one.
   */
  async #unpassed<T extends { readonly id: string }>(
    limit: number,
    page: (offset: number) => Promise<readonly T[]>,
  ): Promise<T[]> {
    for (;;) {
      const found = await page(this.#from);
      if (found.length === 0) {
        if (this.#from === 0 || this.#again) return [];
        this.#again = true;
        this.#from = 0;
        continue;
      }
      const fresh = found.filter((f) => !this.#passed.has(f.id));
      if (fresh.length > 0) return fresh.slice(0, limit);
      this.#from += found.length;
    }
  }

  /** Due by the list of expiries, and by the entry itself where it still says. */
  async #expired(limit: number): Promise<Candidate[]> {
    const k = this.#keys;
    for (;;) {
      const now = Math.floor((await this.#session.time()) / 1000);
      const due = await this.#unpassed(limit, async (offset) => {
        const range = [k.byExpiry, '-inf', now, 'WITHSCORES', 'LIMIT', offset, limit] as const;
        const flat = (await this.#session.call('ZRANGEBYSCORE', ...range)) as string[];
        return Array.from({ length: flat.length / 2 }, (_, i) => ({
          ...splitMember(flat[2 * i] as string, this.#roster.separator),
          expected: Number(flat[2 * i + 1]),
        }));
      });
      if (due.length === 0) return [];
      const read = await this.#fields(due.map((d) => d.id));
      const candidates: Candidate[] = [];
      for (const [i, d] of due.entries()) {
        const { created, ttl, hash } = read[i] as Fields;
        const end = created === null ? d.expected : ttl === null ? Number.POSITIVE_INFINITY : created + ttl;
        if (end <= now) candidates.push({ ...d, hash });
        else this.#passed.add(d.id);
      }
      if (candidates.length > 0) return candidates;
    }
  }

  async #older(limit: number, seconds: number): Promise<Candidate[]> {
    const k = this.#keys;
    for (;;) {
      const ids = await this.#unpassed(limit, async (offset) => {
        const page = (await this.#session.call('ZRANGE', k.ids, offset, offset + limit - 1)) as string[];
        return page.map((id) => ({ id }));
      });
      if (ids.length === 0) return [];
      const now = Math.floor((await this.#session.time()) / 1000);
      const read = await this.#fields(ids.map(({ id }) => id));
      const candidates: Candidate[] = [];
      for (const [i, { id }] of ids.entries()) {
        const { created, hash, namespace } = read[i] as Fields;
        if (created !== null && namespace !== null && created + seconds < now)
          candidates.push({ id, namespace, expected: 0, hash });
        else this.#passed.add(id);
      }
      if (candidates.length > 0) return candidates;
    }
  }

  /** First out first: by last use inside the namespace, or over all of them where the whole set is meant. */
  async #leastUsed(limit: number): Promise<Candidate[]> {
    const k = this.#keys;
    for (const excess of this.#action.excess ?? []) {
      const whole = excess.namespace === null || excess.namespace === '';
      const names = whole
        ? ((await this.#session.call('SMEMBERS', k.namespaces)) as string[])
        : [excess.namespace as string];
      const sizes = (await this.#session.all(names.map((n): Command => ['ZCARD', k.byNamespace(n)]))).map(Number);
      const size = whole ? Number(await this.#session.call('ZCARD', k.ids)) : (sizes[0] ?? 0);
      const done = names.reduce((n, name) => n + (this.#evicted.get(name) ?? 0), 0);
      const most = Math.min(limit, excess.rows - done, excess.keep === undefined ? size : size - excess.keep);
      if (most <= 0) continue;
      const lists = (await this.#session.all(
        names.map((n): Command => ['ZRANGE', k.byNamespace(n), 0, most - 1, 'WITHSCORES']),
      )) as string[][];
      const first = names
        .flatMap((namespace, n) => {
          const flat = lists[n] as string[];
          return Array.from({ length: flat.length / 2 }, (_, i) => ({
            namespace,
            id: flat[2 * i] as string,
            expected: Number(flat[2 * i + 1]),
          }));
        })
        .sort((a, b) => a.expected - b.expected)
        .slice(0, most);
      if (first.length === 0) continue;
      const read = await this.#fields(first.map((f) => f.id));
      return first.map((f, i) => ({ ...f, hash: (read[i] as Fields).hash }));
    }
    return [];
  }

  async #fields(ids: readonly string[]): Promise<Fields[]> {
    const { set } = this.#set;
    const names = [set.created?.field ?? '', set.ttl ?? '', set.hash ?? '', set.namespace ?? ''];
    const replies = await this.#session.all(ids.map((id): Command => ['HMGET', this.#keys.entry(id), ...names]));
    return replies.map((reply) => {
      const [created, ttl, hash, namespace] = reply as (string | null)[];
      const lifetime = ttl == null || ttl === '' ? null : Number(ttl);
      return {
        created: created == null ? null : secondsOf(created, set.created?.format ?? 'epoch-s'),
        ttl: lifetime === null || Number.isNaN(lifetime) ? null : lifetime,
        hash: hash ?? null,
        namespace: namespace ?? null,
      };
    });
  }
}

interface Fields {
  readonly created: number | null;
  readonly ttl: number | null;
  readonly hash: string | null;
  readonly namespace: string | null;
}
