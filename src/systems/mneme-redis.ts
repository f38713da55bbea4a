/**
 * mneme in Redis: a hash and a string for each entry, and three sorted sets over all of them; mneme 1.0.0,
 * src/mneme/_store_redis.py.
 */
import type { Component, EnginePlan } from '../engines/engine.ts';
import { redisHash } from '../layouts/redis-hash.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { MNEME_NOTES, MNEME_REFUSED, mnemeGrowth, mnemeIndex, mnemeIndexComponent } from './mneme-memory.ts';
import { EPOCH_DIGITS, HASH_BYTES, MNEME_INPUTS, MNEME_LEAVE, MNEME_SOURCE, mnemeEntry } from './mneme-rows.ts';
import { plannedStore } from './planned-store.ts';
import type { SystemPreset } from './preset.ts';
import { integerStrings, sortedSet } from './redis-structures.ts';
import { systemEngine } from './system-engine.ts';

const bytes = (name: string, n: number): Quantity<'B'> => leaf(name, n, 'B');
const SPREAD: Quantity<'ratio'> = leaf('spread of text lengths', 0.15, 'ratio', {
  basis: 'assumed',
  source: 'default',
});

/** Decimal digits of an id, as most of the ids from 1 to N have them. */
const digits = (w: Workload): Quantity<'B'> =>
  derive('digits of an id', 'B', 'mean_digits(N)', { N: w.memories }, { using: { mean_digits: meanDigits } });

function meanDigits(n: number): number {
  let total = 0;
  for (let k = 1; 10 ** (k - 1) <= n; k++) total += k * (Math.min(n, 10 ** k - 1) - 10 ** (k - 1) + 1);
  return total / Math.max(1, n);
}

function components(w: Workload): Component[] {
  const e = mnemeEntry(w);
  const id = digits(w);
  const inMemory = leaf('on disk', 0, 'B', { source: 'in memory; RDB and AOF not counted' });
  const at = (cid: string, title: string, resident: Quantity<'B'>, docs: string): Component => ({
    id: cid,
    title,
    disk: inMemory,
    resident,
    docs,
  });
  const entries = redisHash.size({
    keys: w.memories,
    keyBytes: derive('mneme:entry:<id>', 'B', 'prefix + id', { prefix: bytes('mneme:entry:', 12), id }),
    fields: [
      { name: 'namespace', valueBytes: w.namespaceBytes },
      { name: 'query_hash', valueBytes: bytes('SHA-256 in hex', HASH_BYTES) },
      { name: 'query', valueBytes: e.query, spread: SPREAD },
      { name: 'response', valueBytes: e.response, spread: SPREAD },
      { name: 'embedding', valueBytes: e.embedding },
      { name: 'metadata', valueBytes: w.metadataBytes },
      { name: 'created_at', valueBytes: bytes('epoch seconds', EPOCH_DIGITS) },
      { name: 'last_accessed_at', valueBytes: bytes('epoch seconds', EPOCH_DIGITS) },
      { name: 'ttl', valueBytes: bytes('seconds', 5) },
      { name: 'access_count', valueBytes: bytes('count', 1) },
    ],
  }).resident;
  const hashKey = derive('mneme:hash:<namespace>:<hash>', 'B', 'prefix + ns + 1 + hash', {
    prefix: bytes('mneme:hash:', 11),
    ns: w.namespaceBytes,
    hash: bytes('SHA-256 in hex', HASH_BYTES),
  });
  const ttlMember = derive('<namespace>|<id>', 'B', 'ns + 1 + id', { ns: w.namespaceBytes, id });
  return [
    at('table', 'entries (hashes)', entries, 'layouts/redis-hash'),
    at('hash-keys', 'mneme:hash:… (strings)', integerStrings('hash keys', w.memories, hashKey), 'layouts/redis-string'),
    at('lru', 'mneme:lru:… (sorted sets)', sortedSet('lru', w.memories, id), 'layouts/redis-hash'),
    at('by-id', 'mneme:by_id (sorted set)', sortedSet('by_id', w.memories, id), 'layouts/redis-hash'),
    at('by-ttl', 'mneme:by_ttl (sorted set)', sortedSet('by_ttl', w.memories, ttlMember), 'layouts/redis-hash'),
    at('expires', 'expiry times (native TTL)', expiryTimes(w), 'layouts/redis-hash'),
  ];
}

/** EXPIREAT on every entry: an entry of 24 bytes in the dictionary of expiry times, as allocated, and its table. */
function expiryTimes(w: Workload): Quantity<'B'> {
  return derive('expiry times', 'B', 'n * entry + 8 * 2 ^ ceil(log2(n))', {
    n: w.memories,
    entry: leaf('dictEntry', 32, 'B', { source: 'Redis src/dict.c, jemalloc class of 24 bytes' }),
  });
}

function plan(w: Workload): EnginePlan {
  const index = mnemeIndex(w);
  const all = [mnemeIndexComponent(index, w), ...components(w)];
  return plannedStore(
    {
      index,
      components: all,
      refused: MNEME_REFUSED,
      growth: mnemeGrowth(w, all),
      notes: [
        ...MNEME_NOTES,
        'every entry is planned with a time to live; entries without one take no expiry time and are not in by_ttl',
        'Redis and the process with the index are counted together: on two machines each needs its own part',
        'an eviction policy other than noeviction removes entries and leaves their hash keys and sorted-set members',
      ],
    },
    w,
  );
}

export const mnemeRedis: SystemPreset = {
  id: 'mneme-redis',
  family: 'mneme',
  store: 'redis',
  title: 'mneme semantic cache (Redis)',
  source: `${MNEME_SOURCE}, src/mneme/_store_redis.py`,
  inputs: MNEME_INPUTS,
  engine: systemEngine({
    id: 'redis',
    system: 'mneme-redis',
    title: 'mneme (Redis)',
    level: undefined,
    layouts: ['redis-hash', 'redis-string', 'numpy-matrix', 'hnswlib'],
    scalars: ['float32', 'halfvec', 'int8'],
    indexes: ['flat', 'hnsw'],
    plan,
    leaveWhen: MNEME_LEAVE,
    failureModes: ['hash keys and sorted-set members of natively expired entries stay until delete_expired runs'],
  }),
};
