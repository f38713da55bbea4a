import { defineRedisProfile, type RedisProfile } from './redis-profile.ts';

/** redisvl's SemanticCache: hashes under the name of the search index. */
export const redisVl: RedisProfile = defineRedisProfile({
  id: 'redis-vl',
  title: 'redisvl semantic cache',
  source: 'redis/redis-vl-python, redisvl/extensions/cache/llm/schema.py and semantic.py',
  prefixes: ['llmcache'],
  signature: {
    by: 'fields',
    type: 'hash',
    fields: ['prompt', 'response', 'prompt_vector', 'inserted_at'],
    confidence: 0.9,
  },
  sets: [
    {
      key: '{prefix}:{id}',
      type: 'hash',
      role: 'memory',
      title: 'cached answers',
      primary: true,
      text: ['prompt', 'response'],
      metadata: 'metadata',
      vector: 'prompt_vector',
      created: { field: 'inserted_at', format: 'epoch-s' },
      nativeTtl: true,
      rank: { updated: { field: 'updated_at', format: 'epoch-s' } },
    },
  ],
  alsoOwns: [],
  hazards: [
    { text: 'a TTL is given only where the cache was made with one, and every hit starts it anew' },
    { text: 'entries without a TTL stay until somebody drops the cache' },
  ],
  ownMaintenance: 'the server expires entries that carry a TTL; nothing else is ever removed',
});
