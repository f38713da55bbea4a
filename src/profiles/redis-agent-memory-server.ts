import { defineRedisProfile, type RedisProfile } from './redis-profile.ts';

/** Long-term memories of redis/agent-memory-server, one hash each. */
export const redisAgentMemoryServer: RedisProfile = defineRedisProfile({
  id: 'redis-agent-memory-server',
  title: 'Redis agent memory server',
  source: 'redis/agent-memory-server, memory_vector_db_factory.py and config.py',
  prefixes: ['memory_idx'],
  signature: {
    by: 'fields',
    type: 'hash',
    fields: ['text', 'id_', 'memory_hash', 'memory_type', 'created_at', 'vector'],
    confidence: 0.95,
  },
  sets: [
    {
      key: '{prefix}:{id}',
      type: 'hash',
      role: 'memory',
      title: 'long-term memories',
      primary: true,
      namespace: 'user_id',
      text: ['text'],
      hash: 'memory_hash',
      vector: 'vector',
      created: { field: 'created_at', format: 'epoch-s' },
      nativeTtl: false,
      kind: ['memory_type', 'namespace'],
      rank: {
        pinned: 'pinned',
        accesses: 'access_count',
        updated: { field: 'updated_at', format: 'epoch-s' },
      },
    },
  ],
  alsoOwns: ['working_memory:*'],
  hazards: [{ text: 'memories marked pinned are meant to stay whatever their age' }],
  ownMaintenance:
    'the server compacts and forgets by its own configuration; working memory expires where a TTL was given',
  readOnly: 'its memories are not removed from outside: it forgets by its own rules',
});
