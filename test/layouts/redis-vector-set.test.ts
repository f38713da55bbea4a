import { describe, expect, it } from 'vitest';
import {
  type RedisVectorSetParameters,
  redisVectorSet,
  type VectorSetType,
} from '../../src/layouts/redis-vector-set.ts';
import { isInputError } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';
import { relativeError } from './embedded-rows.ts';
import { given } from './sqlite-stores.ts';

const set = (
  elements: number,
  dims: number,
  type: VectorSetType,
  more: Partial<RedisVectorSetParameters> = {},
): RedisVectorSetParameters => ({
  elements: given(elements),
  dims: given(dims),
  type,
  elementBytes: given(8, 'B'),
  names: 'sequential',
  ...more,
});

/** used_memory deltas of Redis 8.0.2 (Debian package), bytes per element. */
const MEASURED: readonly (readonly [string, RedisVectorSetParameters, number])[] = [
  ['96 Q8', set(4000, 96, 'q8'), 861.07],
  ['96 Q8, few', set(1000, 96, 'q8'), 858.75],
  ['96 Q8, names of 30 B', set(1000, 96, 'q8', { elementBytes: given(30, 'B') }), 890.06],
  ['384 Q8', set(1000, 384, 'q8'), 1151.74],
  ['384 FP32', set(1000, 384, 'fp32'), 2299.71],
  ['384 BIN', set(1000, 384, 'bin'), 810.18],
  ['1536 FP32', set(500, 1536, 'fp32'), 6912.51],
  ['1536 Q8', set(500, 1536, 'q8'), 2300.54],
  ['768 BIN', set(500, 768, 'bin'), 870.27],
  ['96 Q8 m 32', set(1000, 96, 'q8', { m: given(32) }), 1163.01],
  ['96 Q8 m 8', set(1000, 96, 'q8', { m: given(8) }), 713.6],
  ['96 Q8, 100 B of attributes', set(1000, 96, 'q8', { attributeBytes: given(100, 'B') }), 982.8],
  [
    '8 FP32 m 4, UUID names',
    set(20_000, 8, 'fp32', { m: given(4), elementBytes: given(36, 'B'), names: 'random' }),
    652.64,
  ],
  [
    '8 FP32 m 4, random names of 12 B',
    set(20_000, 8, 'fp32', { m: given(4), elementBytes: given(12, 'B'), names: 'random' }),
    604.39,
  ],
];

describe('redis-vector-set against measured sets', () => {
  for (const [name, parameters, measured] of MEASURED) {
    it(`${name}: within 1 %`, () => {
      const { resident } = redisVectorSet.size(parameters);
      const bytes = measured * parameters.elements.value;
      expect(Math.abs(relativeError(resident.value, bytes))).toBeLessThanOrEqual(0.01);
      expect(resident.low <= bytes && bytes <= resident.high).toBe(true);
    });
  }
});

describe('redis-vector-set properties', () => {
  it('grows with elements; q8 <= fp32 and bin <= q8', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e8 }),
        fc.integer({ min: 64, max: 4096 }),
        fc.integer({ min: 4, max: 128 }),
        (n, d, m) => {
          const at = (count: number, type: VectorSetType): number =>
            redisVectorSet.size(set(count, d, type, { m: given(m) })).resident.value;
          expect(at(n + 100, 'q8')).toBeGreaterThan(at(n, 'q8'));
          expect(at(n, 'q8')).toBeLessThanOrEqual(at(n, 'fp32'));
          expect(at(n, 'bin')).toBeLessThanOrEqual(at(n, 'q8'));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('a dimension more than 1,536 costs another class', () => {
    expect(redisVectorSet.cliffs(set(10, 1536, 'fp32')).map((c) => [c.at, c.before, c.after])).toEqual([
      [1281, 5120, 6144],
      [1537, 6144, 7168],
    ]);
  });

  it('refuses what VADD refuses', () => {
    for (const bad of [
      set(1, 0, 'q8'),
      set(1, 40_000, 'q8'),
      set(1, 8, 'q8', { m: given(3) }),
      set(1, 8, 'q8', { m: given(5000) }),
    ]) {
      try {
        redisVectorSet.size(bad);
        expect.unreachable();
      } catch (e) {
        expect(isInputError(e)).toBe(true);
      }
    }
  });
});
