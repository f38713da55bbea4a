import { defineRedisProfile, type RedisProfile } from './redis-profile.ts';

/** mem0 with Redis or Valkey as its vector store: one hash a memory, under `mem0:` and the name of the collection. */
export const redisMem0: RedisProfile = defineRedisProfile({
  id: 'redis-mem0',
  title: 'mem0',
  source: 'mem0ai/mem0, mem0/vector_stores/redis.py and valkey.py',
  prefixes: ['mem0:mem0'],
  signature: {
    by: 'fields',
    type: 'hash',
    fields: ['memory_id', 'hash', 'memory', 'metadata', 'created_at', 'embedding'],
    confidence: 0.95,
  },
  sets: [
    {
      key: '{prefix}:{id}',
      type: 'hash',
      role: 'memory',
      title: 'memories',
      primary: true,
      namespace: 'user_id',
      text: ['memory'],
      metadata: 'metadata',
      hash: 'hash',
      vector: 'embedding',
      created: { field: 'created_at', format: 'epoch-s' },
      nativeTtl: false,
      kind: ['agent_id', 'run_id'],
      rank: { updated: { field: 'updated_at', format: 'epoch-s' } },
    },
  ],
  alsoOwns: [],
  hazards: [
    { text: 'expiration_date stands inside the JSON of metadata; expired memories are hidden and stay' },
    { text: 'the history of changes is in a SQLite file of the application, and keeps what is removed here' },
  ],
  ownMaintenance: 'none: memories go when the application deletes them',
  readOnly:
    'its memories are not removed from Redis: their history lies in a SQLite file of the application; delete them through mem0',
});
