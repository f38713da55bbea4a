import { defineRedisProfile, type RedisProfile } from './redis-profile.ts';

/** Vector sets of Redis 8: one key holds vectors, their graph and attributes. */
export const redisVectorSet: RedisProfile = defineRedisProfile({
  id: 'redis-vector-set',
  title: 'vector sets',
  source: 'redis/redis 8.0, modules/vector-sets',
  prefixes: [],
  signature: { by: 'vectorset', confidence: 0.7 },
  sets: [{ key: '{id}', type: 'vectorset', role: 'vectors', title: 'vectors', nativeTtl: false }],
  alsoOwns: [],
  hazards: [
    {
      text: 'the graph is kept with the vectors and is not saved apart from them: a restart loads it, or builds it again',
    },
  ],
  ownMaintenance: 'none: elements go when the application removes them, and their nodes are mended then',
  readOnly: 'its elements are not removed: nothing in a vector set says when one has expired',
});
