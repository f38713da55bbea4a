import { defineRedisProfile, type RedisProfile } from './redis-profile.ts';

/** LiteLLM's redis-semantic cache: redisvl's, with the key it isolates callers by. */
export const redisLitellm: RedisProfile = defineRedisProfile({
  id: 'redis-litellm',
  title: 'LiteLLM semantic cache',
  source: 'BerriAI/litellm, litellm/caching/redis_semantic_cache.py',
  prefixes: ['litellm_semantic_cache_index', 'litellm_semantic_cache_index_isolated'],
  signature: {
    by: 'fields',
    type: 'hash',
    fields: ['prompt', 'response', 'prompt_vector', 'inserted_at', 'litellm_cache_key'],
    confidence: 0.95,
  },
  sets: [
    {
      key: '{prefix}:{id}',
      type: 'hash',
      role: 'memory',
      title: 'cached answers',
      primary: true,
      namespace: 'litellm_cache_key',
      text: ['prompt', 'response'],
      metadata: 'metadata',
      vector: 'prompt_vector',
      created: { field: 'inserted_at', format: 'epoch-s' },
      nativeTtl: true,
      rank: { updated: { field: 'updated_at', format: 'epoch-s' } },
    },
  ],
  alsoOwns: [],
  hazards: [{ text: 'a TTL is given only where the request passes one; entries without it stay' }],
  ownMaintenance: 'the server expires entries that carry a TTL; nothing else is ever removed',
});
