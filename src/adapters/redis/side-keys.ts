/** Keys and places in lists that lead to no entry any more, and places that contradict their entry. */
import type { PerformContext, RemovedRow } from '../../store/index.ts';
import { memberRow, scoreRow, valueRows } from './archive.ts';
import { type Batch, scripted } from './batches.ts';
import { scanPattern } from './key-names.ts';
import type { Command } from './node-connection.ts';
import type { RedisSet } from './recognise.ts';
import { members, type RosterKeys, rosterKeys } from './roster.ts';
import { AGREE, DROP_UNIQUE, FORGET } from './scripts.ts';
import type { RedisSession } from './session.ts';

/** One kind of repair: hands out batches until everything has been walked through once. */
export type Repair = (limit: number) => Promise<Batch | null>;

interface Tools {
  readonly session: RedisSession;
  readonly set: RedisSet;
  readonly lock: string | undefined;
  readonly context: PerformContext;
}

/** @param table as the snapshot names it among a set's orphans: the list of ids, the hash keys, or the list of expiries */
export function repairOf(tools: Tools, table: string): Repair | undefined {
  const roster = tools.set.set.roster;
  if (roster === undefined) return undefined;
  const k = rosterKeys(tools.set, roster);
  if (table === k.ids) return walked(gone(tools, k), (ids) => forget(tools, k, ids, roster.signal.least));
  if (table === k.uniquePattern) return walked(strays(tools, k), (keys) => drop(tools, k, keys));
  if (table === k.byExpiry) return walked(contradictions(tools, k), (all) => agree(tools, k, all));
  return undefined;
}

/** Tables that `repairOf` takes, in the order in which they are repaired. */
export function repairable(set: RedisSet): string[] {
  const { roster } = set.set;
  if (roster === undefined) return [];
  const k = rosterKeys(set, roster);
  return [k.byExpiry, k.ids, k.uniquePattern];
}

function walked<T>(found: AsyncGenerator<T[]>, batchOf: (items: T[]) => Promise<Batch>): Repair {
  let buffer: T[] = [];
  return async (limit) => {
    while (buffer.length < limit) {
      const { value, done } = await found.next();
      if (done === true) break;
      buffer.push(...value);
    }
    if (buffer.length === 0) return null;
    const items = buffer.slice(0, limit);
    buffer = buffer.slice(limit);
    return await batchOf(items);
  };
}

const PAGE = 1_000;

/** Ids in the list of all whose entry is gone. The page after a removal would move: all ids are noted first. */
async function* gone({ session }: Tools, k: RosterKeys): AsyncGenerator<string[]> {
  const ids: string[] = [];
  for await (const page of members(session, k.ids)) {
    const there = await session.all(page.map(({ member }): Command => ['EXISTS', k.entry(member)]));
    ids.push(...page.filter((_, i) => Number(there[i]) === 0).map((p) => p.member));
  }
  for (let i = 0; i < ids.length; i += PAGE) yield ids.slice(i, i + PAGE);
}

async function forget(
  { session, lock, context }: Tools,
  k: RosterKeys,
  ids: readonly string[],
  least: number,
): Promise<Batch> {
  const namespaces = (await session.call('SMEMBERS', k.namespaces)) as string[];
  const where = new Map<string, { namespace: string; score: string }>();
  for (const namespace of namespaces) {
    const scores = (await session.all(ids.map((id): Command => ['ZSCORE', k.byNamespace(namespace), id]))) as (
      | string
      | null
    )[];
    for (const [i, score] of scores.entries()) if (score !== null) where.set(ids[i] as string, { namespace, score });
  }
  const removed: RemovedRow[] = [];
  if (context.archive) {
    const listed = (await session.all(ids.map((id): Command => ['ZSCORE', k.ids, id]))) as (string | null)[];
    const due = (await session.all(
      ids.map((id): Command => ['ZSCORE', k.byExpiry, k.member(where.get(id)?.namespace ?? '', id)]),
    )) as (string | null)[];
    for (const [i, id] of ids.entries()) {
      const entry = k.entry(id);
      const at = where.get(id);
      if (listed[i] != null) removed.push(scoreRow(entry, k.ids, id, listed[i] as string));
      if (at === undefined) continue;
      removed.push(scoreRow(entry, k.byNamespace(at.namespace), id, at.score));
      if (due[i] != null) removed.push(scoreRow(entry, k.byExpiry, k.member(at.namespace, id), due[i] as string));
      removed.push(memberRow(entry, k.namespaces, at.namespace));
    }
  }
  return {
    rows: ids.length,
    dependents: 0,
    token: JSON.stringify({ gone: ids }),
    ...(context.archive ? { removed } : {}),
    commit: async () => {
      const keys = ids.flatMap((id) => {
        const at = where.get(id);
        return [k.entry(id), at === undefined ? k.entry(id) : k.byNamespace(at.namespace)];
      });
      const args = ids.flatMap((id) => {
        const namespace = where.get(id)?.namespace ?? '';
        return [id, k.member(namespace, id), namespace];
      });
      const all = [k.ids, k.byExpiry, k.namespaces, k.signal, ...keys];
      return ((await scripted(session, lock, FORGET, all, [least, ...args])) as string[]).length;
    },
  };
}

interface Stray {
  readonly key: string;
  readonly id: string;
}

async function* strays({ session }: Tools, k: RosterKeys): AsyncGenerator<Stray[]> {
  const seen = new Set<string>();
  for await (const names of scanPattern(session, k.uniqueGlob)) {
    const ids = (await session.all(names.map((n): Command => ['GET', n]))) as (string | null)[];
    const there = await session.all(ids.map((id): Command => ['EXISTS', k.entry(id ?? '')]));
    const found: Stray[] = [];
    for (const [i, key] of names.entries()) {
      const id = ids[i];
      if (id == null || Number(there[i]) === 1 || seen.has(key)) continue;
      seen.add(key);
      found.push({ key, id });
    }
    if (found.length > 0) yield found;
  }
}

async function drop({ session, lock, context }: Tools, k: RosterKeys, strays: readonly Stray[]): Promise<Batch> {
  const rows = context.archive
    ? (
        await valueRows(
          session,
          strays.map(({ key }) => ({ entry: key, key })),
        )
      ).filter((r): r is RemovedRow => r !== null)
    : undefined;
  return {
    rows: strays.length,
    dependents: 0,
    token: JSON.stringify({ keys: strays.map((s) => s.key) }),
    ...(rows === undefined ? {} : { removed: rows }),
    commit: async () => {
      const keys = strays.flatMap((s) => [s.key, k.entry(s.id)]);
      return (
        (await scripted(
          session,
          lock,
          DROP_UNIQUE,
          keys,
          strays.map((s) => s.id),
        )) as string[]
      ).length;
    },
  };
}

interface Contradiction {
  readonly id: string;
  readonly namespace: string;
}

/** Entries whose own words about their expiry are not what the list says. */
async function* contradictions({ session, set }: Tools, k: RosterKeys): AsyncGenerator<Contradiction[]> {
  const fields = [set.set.created?.field ?? '', set.set.ttl ?? '', set.set.namespace ?? ''];
  for await (const page of members(session, k.ids)) {
    const read = (await session.all(page.map(({ member }): Command => ['HMGET', k.entry(member), ...fields]))) as (
      | string
      | null
    )[][];
    const listed = (await session.all(
      page.map(({ member }, i): Command => ['ZSCORE', k.byExpiry, k.member(read[i]?.[2] ?? '', member)]),
    )) as (string | null)[];
    const found: Contradiction[] = [];
    for (const [i, { member: id }] of page.entries()) {
      const [created, ttl, namespace] = read[i] as (string | null)[];
      if (created == null || namespace == null) continue;
      const end = ttl == null || ttl === '' ? null : Number(created) + Number(ttl);
      const score = listed[i] == null ? null : Number(listed[i]);
      if (end !== score && !Number.isNaN(end)) found.push({ id, namespace });
    }
    if (found.length > 0) yield found;
  }
}

/** Nothing is removed, so nothing is archived: what the entry says is what the application last said. */
async function agree(
  { session, set, lock, context }: Tools,
  k: RosterKeys,
  all: readonly Contradiction[],
): Promise<Batch> {
  return {
    rows: all.length,
    dependents: 0,
    token: JSON.stringify({ agree: all.map((c) => k.member(c.namespace, c.id)) }),
    ...(context.archive ? { removed: [] } : {}),
    commit: async () => {
      const keys = [k.byExpiry, ...all.map((c) => k.entry(c.id))];
      const fields = [set.set.created?.field ?? '', set.set.ttl ?? ''];
      const args = [...fields, ...all.map((c) => k.member(c.namespace, c.id))];
      return ((await scripted(session, lock, AGREE, keys, args)) as string[]).length;
    },
  };
}
