/** What a Redis store holds at a moment, without deleting a key. */
import { createHash } from 'node:crypto';
import {
  type Capability,
  type MemorySet,
  type Note,
  SECTIONS,
  SNAPSHOT_VERSION,
  type Snapshot,
  type SnapshotOptions,
  type StorageFacts,
  type StoreIdentity,
  type Structure,
} from '../../store/index.ts';
import { redisCapabilities } from './capabilities.ts';
import { numberIn, type ServerInfo, storeMemory } from './info.ts';
import { matches as inPattern, type KeyGroup, keyGroups, REST } from './key-groups.ts';
import { globOf, type KeyListing, listKeys, type MayLook, mayLook, scanPattern } from './key-names.ts';
import { allocators, keyspace } from './keyspaces.ts';
import { countedByKeys, memorySet } from './memory-sets.ts';
import { byFields, byFixedKeys, detected, forcedTo, prefixesIn, type RedisMatch, type RedisSet } from './recognise.ts';
import { isUnavailable } from './redis-errors.ts';
import { rosterKeys } from './roster.ts';
import { exactly } from './sampling.ts';
import { searchIndexes } from './search-index.ts';
import type { RedisSession } from './session.ts';

/** What was recognised, and the keys it was recognised by. */
export interface Reading {
  readonly matches: readonly RedisMatch[];
  readonly sets: readonly RedisSet[];
  readonly listing: KeyListing;
  readonly groups: readonly KeyGroup[];
  readonly look: MayLook;
  readonly search: boolean;
}

/** @throws InputError when the forced profile is unknown or does not fit */
export async function readKeys(
  session: RedisSession,
  forced: string | undefined,
  step: (what: string) => Promise<void>,
): Promise<Reading> {
  const { prefixes } = session.address;
  const usual = await byFixedKeys(session, prefixes);
  allowPermanent(session, usual);
  const listing = await listKeys(session, step);
  const look = mayLook(session, listing);
  const others = prefixesIn(listing.names).filter((p) => !usual.some((m) => m.prefix === p) && !prefixes.includes(p));
  const fixed = [...usual, ...(await byFixedKeys(session, others))].filter(
    (m, i, all) => all.findIndex((o) => o.prefix === m.prefix && o.profile.id === m.profile.id) === i,
  );
  allowPermanent(session, fixed);
  const indexes = await searchIndexes(session);
  const owned = fixed.flatMap((m) => m.patterns);
  const first = keyGroups(listing, owned);
  const unowned = first.filter((g) => !owned.includes(g.pattern));
  const found = [...fixed, ...(await byFields(session, unowned, indexes))];
  const matches = forcedTo(
    [...found].sort((a, b) => b.confidence - a.confidence),
    forced,
  );
  const groups = keyGroups(
    listing,
    matches.flatMap((m) => m.patterns),
  );
  return { matches, sets: matches.flatMap((m) => m.sets), listing, groups, look, search: indexes.length > 0 };
}

function allowPermanent(session: RedisSession, matches: readonly RedisMatch[]): void {
  for (const m of matches) {
    for (const pattern of m.profile.permanent ?? []) {
      const glob = globOf(pattern.replace('{prefix}', m.prefix).slice(0, -1));
      if (!session.permanent.includes(glob)) session.permanent.push(glob);
    }
  }
}

export function redisIdentity(session: RedisSession, matches: readonly RedisMatch[]): StoreIdentity {
  const { address, target, first } = session;
  const { info } = first;
  const place = `${address.host.toLowerCase()}:${address.port}/${address.database}`;
  // A server has no name of its own that outlives a restart or a failover; its address and what lives there do.
  const schema = matches.map((m) => `${m.profile.id} ${m.prefix} ${m.version ?? ''}`).sort();
  const hash = createHash('sha256').update([address.cluster ? 'cluster' : 'server', place, ...schema].join('\n'));
  const setting = (name: string): Record<string, string | number> => {
    const value = info.fields.get(name);
    return value === undefined || value === '' ? {} : { [name.replaceAll('_', ' ')]: value };
  };
  return {
    scheme: address.tls === undefined ? 'redis' : 'rediss',
    name: place,
    address: String(target),
    fingerprint: hash.digest('hex').slice(0, 32),
    engine: info.engine,
    engineVersion: info.version,
    settings: {
      ...(address.cluster ? { primaries: session.nodes.length } : {}),
      ...setting('role'),
      ...setting('maxmemory'),
      ...setting('maxmemory_policy'),
      ...setting('aof_enabled'),
      ...setting('mem_allocator'),
      keys: session.nodes.reduce((n, node) => n + node.info.keys, 0),
      'keys with a TTL': session.nodes.reduce((n, node) => n + node.info.expires, 0),
    },
  };
}

export async function takeRedisSnapshot(
  session: RedisSession,
  options: SnapshotOptions,
  step: (what: string) => Promise<void>,
): Promise<Snapshot> {
  const approximate = options.approximate === true;
  // What a keyspace takes is told only by a sample of its keys.
  const sections = (options.sections ?? SECTIONS).filter((s) => !approximate || s !== 'structures');
  const notes: Note[] = [];
  const note = (n: Note): void => {
    if (!notes.some((m) => m.code === n.code && m.subject === n.subject)) notes.push(n);
  };
  const reading = await readKeys(session, options.profile, step);
  const { matches, listing } = reading;
  if (listing.why !== undefined)
    note({ code: 'keys-not-listed', level: 'unmeasured', message: `keys by pattern: ${listing.why}` });
  // KEYS lists live keys and DBSIZE counts all; without a TTL the two are the same.
  const lingering = listing.complete && !session.inert ? listing.keys - listing.names.length - listing.own : 0;
  if (lingering > 0) {
    note({
      code: 'expired-lingering',
      level: 'info',
      message: `${lingering} of the ${listing.keys} keys are past their TTL and not yet deleted; the server does that by itself, a few at a time`,
    });
  }
  for (const m of matches) {
    const d = detected(m);
    if (d.newerThanKnown) {
      note({
        code: 'schema-newer',
        level: 'warning',
        message: `${d.title} states schema version ${d.version}, newer than this release knows; what it added is not in the figures`,
      });
    }
    notePolicy(session, m, note);
  }
  const structures = sections.includes('structures') ? await structuresOf(session, reading, note, step) : [];
  const memorySets: MemorySet[] = [];
  if (sections.includes('memories')) {
    for (const set of reading.sets) {
      const { groups, look } = reading;
      const r = { session, groups, look, now: options.now, exact: options.exact === true, note, step };
      memorySets.push(approximate ? await countedByKeys(session, reading.groups, set) : await memorySet(r, set));
    }
  }
  const capabilities: Capability[] = redisCapabilities({
    memoryUsage: !structures.some((s) => s.withheld?.some((w) => w.what === 'bytes')),
    search: reading.search,
    vectors: reading.sets.some((s) => s.set.vector !== undefined),
    mode: session.mode,
    replica: session.nodes.some((n) => n.info.replica),
  });
  const owned = new Set(matches.flatMap((m) => m.patterns));
  return {
    schemaVersion: SNAPSHOT_VERSION,
    kind: 'store-snapshot',
    takenAt: options.now.toISOString(),
    sections,
    identity: redisIdentity(session, matches),
    capabilities,
    storage: storageOf(session),
    profiles: matches.map(detected),
    unrecognised: reading.groups.map((g) => g.pattern).filter((p) => !owned.has(p)),
    structures,
    memorySets,
    notes,
  };
}

function notePolicy(session: RedisSession, m: RedisMatch, note: (n: Note) => void): void {
  if (!m.sets.some((s) => s.set.roster !== undefined)) return;
  const policy = session.first.info.fields.get('maxmemory_policy');
  const limit = numberIn(session.first.info, 'maxmemory') ?? 0;
  if (policy === undefined || policy === 'noeviction') return;
  note({
    code: 'eviction-breaks-lists',
    level: 'warning',
    message: `maxmemory-policy is ${policy}${limit === 0 ? ' (no maxmemory is set, so nothing is evicted yet)' : ''}: it evicts entries without their side keys, or side keys without their entry; noeviction is what ${m.profile.title} needs`,
  });
}

async function structuresOf(
  session: RedisSession,
  { groups, listing, sets }: Reading,
  note: (n: Note) => void,
  step: (what: string) => Promise<void>,
): Promise<Structure[]> {
  const structures: Structure[] = [];
  for (const group of groups) {
    structures.push(await keyspace(session, group, { look: true, method: listing.method, step }));
  }
  // Where names cannot be listed, a store's own lists still tell its keys; MEMORY USAGE deletes none of them.
  if (listing.why !== undefined) {
    for (const set of sets.filter((s) => s.set.roster !== undefined)) {
      for (const group of await listedGroups(session, set)) {
        structures.push(await keyspace(session, group, { look: false, method: "the store's own lists", step }));
      }
    }
  }
  const eternal = structures.filter(
    (s) =>
      s.facts?.kind === 'keyspace' &&
      s.name !== REST &&
      s.facts.ttlShare !== null &&
      s.facts.ttlShare < 1 &&
      sets.some(
        (set) => set.set.nativeTtl && set.set.roster === undefined && inPattern(set.pattern, s.name.replace('*', '')),
      ),
  );
  for (const s of eternal) {
    const share = s.facts?.kind === 'keyspace' ? (s.facts.ttlShare ?? 0) : 0;
    note({
      code: 'keys-without-ttl',
      level: 'info',
      subject: s.id,
      message: `${Math.round((1 - share) * (s.rows ?? 0))} of ${s.rows} keys ${s.name} carry no TTL and stay until somebody deletes them`,
    });
  }
  const own = await allocators(session);
  if (own.length < session.nodes.length)
    note({
      code: 'memory-unknown',
      level: 'unmeasured',
      message: 'memory: this role may not run INFO, or the server leaves it out',
    });
  return [...structures, ...own];
}

/** Ids looked up for the weight of an entry. */
const LISTED = 2_000;

async function listedGroups(session: RedisSession, set: RedisSet): Promise<KeyGroup[]> {
  const roster = set.set.roster as NonNullable<typeof set.set.roster>;
  const keys = rosterKeys(set, roster);
  const count = Number(await session.call('ZCARD', keys.ids));
  const drawn = (await session.first.attempt(isUnavailable, 'ZRANDMEMBER', keys.ids, LISTED)) as string[] | undefined;
  const ids = drawn ?? ((await session.call('ZRANGE', keys.ids, 0, LISTED - 1)) as string[]);
  const unique: string[] = [];
  let uniques = 0;
  for await (const names of scanPattern(session, keys.uniqueGlob)) {
    uniques += names.length;
    if (unique.length < LISTED) unique.push(...names);
  }
  return [
    { pattern: set.pattern, count: exactly(count), names: ids.sort().map((id) => keys.entry(id)) },
    { pattern: keys.uniquePattern, count: exactly(uniques), names: unique },
    ...[keys.ids, keys.byExpiry].map((name) => ({ pattern: name, count: exactly(1), names: [name] })),
  ];
}

function storageOf(session: RedisSession): StorageFacts {
  const sum = (of: (info: ServerInfo) => number | null): number | null =>
    session.nodes.reduce<number | null>((a, n) => {
      const v = of(n.info);
      return a === null || v === null ? null : a + v;
    }, 0);
  return {
    totalBytes: sum(storeMemory),
    dataBytes: sum((i) => numberIn(i, 'used_memory_dataset')),
    logBytes: session.nodes.every((n) => n.info.fields.get('aof_enabled') === '1')
      ? sum((i) => numberIn(i, 'aof_current_size'))
      : null,
    // What the allocator holds fragmented is in the allocator's facts; none of it is a page that could be given back alone.
    freeBytes: null,
    pageSize: null,
    pages: null,
    freePages: null,
  };
}
