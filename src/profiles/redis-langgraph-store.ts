import { defineRedisProfile, type RedisProfile } from './redis-profile.ts';

/** LangGraph's RedisStore: JSON documents `store:<id>` and their vectors `store_vectors:<id>`. */
export const redisLanggraphStore: RedisProfile = defineRedisProfile({
  id: 'redis-langgraph-store',
  title: 'LangGraph store',
  source: 'redis-developer/langgraph-redis, langgraph/store/redis/base.py',
  prefixes: ['store'],
  signature: { by: 'fields', type: 'json', fields: ['prefix', 'key', 'created_at', 'updated_at'], confidence: 0.85 },
  sets: [
    {
      key: '{prefix}:{id}',
      type: 'json',
      role: 'memory',
      title: 'items',
      primary: true,
      namespace: 'prefix',
      text: ['value'],
      // Microseconds, while expires_at beside it is in seconds.
      created: { field: 'created_at', format: 'epoch-us' },
      nativeTtl: true,
    },
  ],
  alsoOwns: ['store_vectors:*'],
  hazards: [
    { text: 'created_at and updated_at are microseconds, expires_at is seconds' },
    { text: 'an item and its vectors are two keys, each with its own TTL' },
  ],
  ownMaintenance: 'the server expires items that carry a TTL; the sweep of the library does nothing',
  readOnly: 'its items are not removed from Redis: each has vectors under keys of other names',
});
