/** How entries spread over namespaces: exact by the store's own lists, else by the namespace field of the entries. */
import { InputError } from '../../quantity/index.ts';
import type { Census, CensusRequest, Counted, NamespaceLoad } from '../../store/index.ts';
import { keysOf } from './entry-keys.ts';
import type { KeyListing } from './key-names.ts';
import { MEMBERS } from './keyspaces.ts';
import type { Command } from './node-connection.ts';
import type { RedisSet } from './recognise.ts';
import { members, rosterKeys, splitMember } from './roster.ts';
import { exactly, sampleOf, wilson } from './sampling.ts';
import type { RedisSession } from './session.ts';

/** Entries of a namespace that are weighed, spread evenly over its list. */
const WEIGHED = 50;
/** Entries whose namespace is read when an approximate answer will do. */
const SAMPLE = 5_000;
const NAME_LENGTH = 120;

export async function redisCensus(
  session: RedisSession,
  set: RedisSet,
  listing: () => Promise<KeyListing>,
  request: CensusRequest,
): Promise<Census> {
  if (set.set.namespace === undefined) {
    throw new InputError(
      'no-namespace',
      `${set.id}: ${set.set.title} have no namespace, so nothing spreads over namespaces`,
    );
  }
  await session.refresh();
  return set.set.roster === undefined
    ? await byField(session, set, listing, request)
    : await byRoster(session, set, request);
}

interface Load {
  readonly namespace: string;
  readonly rows: number;
}

async function byRoster(session: RedisSession, set: RedisSet, request: CensusRequest): Promise<Census> {
  const roster = set.set.roster as NonNullable<typeof set.set.roster>;
  const keys = rosterKeys(set, roster);
  request.onProgress?.('namespaces');
  const names = (await session.call('SMEMBERS', keys.namespaces)) as string[];
  const counts = (await session.all(names.map((n): Command => ['ZCARD', keys.byNamespace(n)]))) as number[];
  const loads = names.map((namespace, i): Load => ({ namespace, rows: Number(counts[i]) })).filter((l) => l.rows > 0);
  const dead = new Map<string, number>();
  for await (const page of members(session, keys.byExpiry, '-inf', String(request.now.getTime() / 1000))) {
    for (const { member } of page) {
      const { namespace } = splitMember(member, roster.separator);
      dead.set(namespace, (dead.get(namespace) ?? 0) + 1);
    }
  }
  const top: NamespaceLoad[] = [];
  for (const load of largest(loads, request.top)) {
    const list = keys.byNamespace(load.namespace);
    const step = Math.max(1, Math.floor(load.rows / WEIGHED));
    const ranks = Array.from({ length: Math.min(load.rows, WEIGHED) }, (_, i) => i * step);
    const ids = (await session.all(ranks.map((r): Command => ['ZRANGE', list, r, r]))) as string[][];
    const rowBytes = await meanUsage(
      session,
      ids.flat().map((id) => keys.entry(id)),
    );
    const deadRows = exactly(dead.get(load.namespace) ?? 0);
    top.push({ ...name(load.namespace), rows: exactly(load.rows), rowBytes, deadRows });
  }
  const rows = loads.reduce((a, l) => a + l.rows, 0);
  return {
    set: set.id,
    column: set.set.namespace as string,
    method: 'exact',
    how: `counted by the store's own list of each namespace; bytes are of ${WEIGHED} entries of each, evenly spaced by last use`,
    sampled: rows,
    rows: exactly(rows),
    distinct: exactly(loads.length),
    top,
    sizes: sizesOf(loads),
  };
}

async function byField(
  session: RedisSession,
  set: RedisSet,
  listing: () => Promise<KeyListing>,
  request: CensusRequest,
): Promise<Census> {
  const all: string[] = [];
  for await (const part of keysOf(session, set, listing)) {
    all.push(...part.map((p) => p.key));
    request.onProgress?.(`${all.length} keys`);
  }
  const names = request.approximate ? sampleOf(all, SAMPLE, request.seed) : all;
  const field = set.set.namespace as string;
  const values = (await session.many(names.map((n): Command => ['HGET', n, field]))).map((v) =>
    typeof v === 'string' ? v : null,
  );
  const tally = new Map<string | null, string[]>();
  for (const [i, v] of values.entries()) {
    const there = tally.get(v);
    if (there === undefined) tally.set(v, [names[i] as string]);
    else there.push(names[i] as string);
  }
  const whole = names.length >= all.length;
  const counted = (hits: number): Counted => wilson(hits, names.length, all.length);
  const sorted = [...tally].sort((a, b) => b[1].length - a[1].length || ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1));
  const top: NamespaceLoad[] = [];
  for (const [namespace, keys] of sorted.slice(0, request.top)) {
    top.push({
      ...(namespace === null ? { namespace } : name(namespace)),
      rows: counted(keys.length),
      rowBytes: await meanUsage(session, sampleOf(keys, WEIGHED, request.seed)),
      deadRows: null,
    });
  }
  return {
    set: set.id,
    column: field,
    method: whole ? 'exact' : 'approximate',
    how: whole
      ? `the field ${field} of every entry was read`
      : `the field ${field} of ${names.length} of ${all.length} entries was read; Wilson's 95 % interval`,
    sampled: names.length,
    rows: exactly(all.length),
    distinct: whole ? exactly(tally.size) : null,
    top,
    sizes: whole ? sizesOf(sorted.map(([n, keys]) => ({ namespace: n ?? '', rows: keys.length }))) : null,
  };
}

async function meanUsage(session: RedisSession, keys: readonly string[]): Promise<number | null> {
  const usage = (await session.many(keys.map((k): Command => ['MEMORY', 'USAGE', k, 'SAMPLES', MEMBERS]))).filter(
    (u): u is number => typeof u === 'number',
  );
  return usage.length === 0 ? null : usage.reduce((a, b) => a + b, 0) / usage.length;
}

function name(namespace: string): { namespace: string; length?: number } {
  return namespace.length <= NAME_LENGTH
    ? { namespace }
    : { namespace: namespace.slice(0, NAME_LENGTH), length: namespace.length };
}

function largest(loads: readonly Load[], n: number): Load[] {
  return [...loads].sort((a, b) => b.rows - a.rows || (a.namespace < b.namespace ? -1 : 1)).slice(0, n);
}

function sizesOf(loads: readonly Load[]): [number, number][] {
  const sizes = new Map<number, number>();
  for (const { rows } of loads) sizes.set(rows, (sizes.get(rows) ?? 0) + 1);
  return [...sizes].sort((a, b) => b[0] - a[0]);
}
