/**
 * Redis 8 vector sets. redis.io, "Memory optimization" of vector sets: on average 2M + 0.33M pointers of 8 bytes per
 * element, and the vector as the quantisation stores it. Labels, dictionary entries and allocator rounding are not in
 * it: measured elements (Redis 8.0.2, m 16) take 25 % more at 1,536 dimensions Q8 and half as much again at 384. The
 * layout redis-vector-set predicts the measured bytes; this is what the documentation says.
 */
import { derive } from '../../quantity/index.ts';
import type { DocumentedRule, DocumentedSize, VectorLoad } from './rule.ts';

const SOURCE = 'redis.io documentation, vector sets, memory optimization';

export const REDIS_QUANTIZATIONS = ['Q8', 'BIN', 'NOQUANT'] as const;
export type RedisQuantization = (typeof REDIS_QUANTIZATIONS)[number];

const VECTOR: Readonly<Record<RedisQuantization, string>> = { Q8: 'd', BIN: 'ceil(d / 8)', NOQUANT: '4 * d' };

/** Measured elements exceed the documented ones by up to this share. */
const MISSING_OVERHEAD = 0.5;

export function redisVectorSet(load: VectorLoad, quantization: RedisQuantization = 'Q8'): DocumentedSize {
  return {
    memory: derive(
      `Redis vector set ${quantization}, documented`,
      'B',
      `N * (${VECTOR[quantization]} + 8 * (2 * M + 0.33 * M))`,
      { N: load.vectors, d: load.dimensions, M: load.m },
      { basis: 'documented', source: SOURCE, error: MISSING_OVERHEAD },
    ),
  };
}

export const REDIS_RULES: readonly DocumentedRule[] = REDIS_QUANTIZATIONS.map((q) => ({
  id: `redis-vector-set-${q.toLowerCase()}`,
  title: `Redis vector set ${q}`,
  source: SOURCE,
  size: (load) => redisVectorSet(load, q),
}));
