import { defineRedisProfile, type RedisProfile } from './redis-profile.ts';

/** Embeddings are raw little-endian float32, L2-normalised; numbers are decimal text, times epoch seconds. */
export const redisMneme: RedisProfile = defineRedisProfile({
  id: 'redis-mneme',
  title: 'mneme semantic cache',
  source: 'AnthonyNystrom/mneme 1.0.0, src/mneme/_store_redis.py',
  prefixes: ['mneme'],
  signature: {
    by: 'keys',
    keys: [
      { key: '{prefix}:meta', type: 'hash', fields: ['schema_version', 'embedder_fingerprint'] },
      { key: '{prefix}:by_id', type: 'zset' },
      { key: '{prefix}:namespaces', type: 'set' },
    ],
    confidence: 0.95,
  },
  version: { key: '{prefix}:meta', field: 'schema_version' },
  newestKnown: 1,
  sets: [
    {
      key: '{prefix}:entry:{id}',
      type: 'hash',
      role: 'memory',
      title: 'cached answers',
      primary: true,
      namespace: 'namespace',
      text: ['query', 'response'],
      metadata: 'metadata',
      hash: 'query_hash',
      vector: 'embedding',
      created: { field: 'created_at', format: 'epoch-s' },
      ttl: 'ttl',
      nativeTtl: true,
      rank: { accesses: 'access_count' },
      roster: {
        ids: '{prefix}:by_id',
        byNamespace: '{prefix}:lru:{namespace}',
        namespaces: '{prefix}:namespaces',
        byExpiry: '{prefix}:by_ttl',
        separator: '|',
        unique: '{prefix}:hash:{namespace}:{hash}',
        quota: '{prefix}:quota:{namespace}',
        signal: { key: '{prefix}:version', least: 100 },
      },
    },
  ],
  alsoOwns: [
    '{prefix}:hash:*',
    '{prefix}:lru:*',
    '{prefix}:quota:*',
    '{prefix}:meta',
    '{prefix}:next_id',
    '{prefix}:version',
    '{prefix}:by_id',
    '{prefix}:by_ttl',
    '{prefix}:namespaces',
  ],
  permanent: ['{prefix}:hash:*', '{prefix}:lru:*', '{prefix}:quota:*'],
  hazards: [
    {
      text: 'an entry that the server expires by itself leaves its hash: key and its places in lru:, by_id and by_ttl behind',
    },
    { text: 'an entry that was stored again without a TTL keeps its old expiry, and vanishes at it' },
    { text: 'any maxmemory-policy but noeviction evicts entries or side keys one without the other' },
    { text: 'a running mneme process notices entries deleted by others only when version advances by 100 or more' },
  ],
  ownMaintenance:
    'entries with a TTL are expired by the server; what they leave behind goes only when the application calls delete_expired()',
});
