/** Memory systems in Redis that are known by name; the more particular ones first. */
import { redisAgentMemoryServer } from './redis-agent-memory-server.ts';
import { redisLanggraphStore } from './redis-langgraph-store.ts';
import { redisLitellm } from './redis-litellm.ts';
import { redisMem0 } from './redis-mem0.ts';
import { redisMneme } from './redis-mneme.ts';
import type { RedisProfile } from './redis-profile.ts';
import { redisVectorSet } from './redis-vector-set.ts';
import { redisVl } from './redis-vl.ts';

export const REDIS_PROFILES: readonly RedisProfile[] = [
  redisMneme,
  redisLitellm,
  redisVl,
  redisMem0,
  redisAgentMemoryServer,
  redisLanggraphStore,
  redisVectorSet,
];

/** Ids that `--profile` takes for a Redis store; `redis-` may be left away. */
export const REDIS_PROFILE_IDS: readonly string[] = REDIS_PROFILES.map((p) => p.id);
