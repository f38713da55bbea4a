import { describe, expect, it } from 'vitest';
import { DEFAULT_TEXT_SPREAD } from '../../src/layouts/length-spread.ts';
import type { RedisServer } from '../../src/layouts/redis-objects.ts';
import { type RedisStringParameters, redisString } from '../../src/layouts/redis-string.ts';
import { isInputError } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';
import { relativeError } from './embedded-rows.ts';
import { redisRows } from './redis-rows.ts';
import { given } from './sqlite-stores.ts';

const strings = (
  keys: number,
  valueBytes: number,
  more: Partial<RedisStringParameters> = {},
): RedisStringParameters => ({
  keys: given(keys),
  keyBytes: given(10, 'B'),
  valueBytes: given(valueBytes, 'B'),
  ...more,
});

describe('redis-string against measured data sets', () => {
  for (const { row, server, title } of redisRows('string')) {
    it(`${title}: within 1 %`, () => {
      const { resident } = redisString.size(strings(row.n, 4 * row.dims, { server }));
      expect(Math.abs(relativeError(resident.value, row.bytes))).toBeLessThanOrEqual(0.01);
      expect(resident.low <= row.bytes && row.bytes <= resident.high).toBe(true);
    });
  }
  for (const { row, server, title } of redisRows('string_json')) {
    it(`${title}: within 1 %`, () => {
      // The measurement states the mean content only. What surrounds it is inferred from the measured size:
      // {"ns":"<10 B>","content":"...","ts":<10 digits>}, 47 bytes. So this row checks the rounding of lengths that
      // vary, not the shape of the document.
      const content = Number(row.extra['avg_content']);
      const { resident } = redisString.size(
        strings(row.n, content + 47, { server, valueSpread: given(DEFAULT_TEXT_SPREAD, 'ratio') }),
      );
      expect(Math.abs(relativeError(resident.value, row.bytes))).toBeLessThanOrEqual(0.01);
    });
  }
});

/** used_memory deltas of Redis 7.0.15, 8.0.2 and Valkey 8.1.1 (Debian packages), bytes per key. */
const MEASURED: readonly (readonly [
  keys: number,
  keyBytes: number,
  valueBytes: number,
  redis7: number,
  redis8: number,
  valkey: number,
])[] = [
  [5000, 10, 10, 93.31, 93.83, 67.09],
  [5000, 10, 100, 189.31, 189.83, 163.09],
  [5000, 40, 100, 221.31, 221.83, 195.04],
  [57_000, 10, 100, 185.22, 185.26, 157.36],
  [4000, 10, 44, 120.45, 121.09, 102.65],
  [4000, 10, 45, 136.45, 137.09, 118.65],
  [4000, 10, 30, 120.45, 121.09, 86.65],
  [4000, 30, 20, 120.45, 121.09, 118.44],
  [4000, 14, 100, 184.45, 185.09, 182.55],
  [4000, 15, 100, 200.45, 201.09, 182.46],
  [4000, 31, 100, 216.45, 217.09, 198.5],
  [2000, 10, 6144, 7240.7, 7241.99, 7228.24],
];

describe('redis-string against short keys and values', () => {
  const servers: readonly RedisServer[] = ['redis-7', 'redis-8', 'valkey-8'];
  for (const [keys, keyBytes, valueBytes, ...measured] of MEASURED) {
    it(`${keys} keys of ${keyBytes} B with ${valueBytes} B`, () => {
      servers.forEach((server, i) => {
        const { resident } = redisString.size(strings(keys, valueBytes, { server, keyBytes: given(keyBytes, 'B') }));
        // The connection that wrote them kept up to 24 KB of buffers on Valkey, 4 KB on Redis.
        const buffers = server === 'valkey-8' ? 24_000 : 4000;
        const off = (measured[i] as number) * keys - resident.value;
        expect(off, server).toBeGreaterThanOrEqual(-0.001 * resident.value);
        expect(off, server).toBeLessThanOrEqual(buffers + 0.002 * resident.value);
      });
    });
  }
});

describe('redis-string properties', () => {
  it('grows with keys and values; the bundled allocator never takes more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e8 }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.constantFrom<RedisServer>('redis-7', 'redis-8', 'valkey-8'),
        (keys, more, bytes, server) => {
          const at = (n: number, b: number, allocator: 'system' | 'bundled' = 'system'): number =>
            redisString.size(strings(n, b, { server, allocator })).resident.value;
          expect(at(keys, bytes)).toBeGreaterThanOrEqual(keys * bytes);
          expect(at(keys + more, bytes)).toBeGreaterThanOrEqual(at(keys, bytes));
          expect(at(keys, bytes + 64)).toBeGreaterThanOrEqual(at(keys, bytes));
          expect(at(keys, bytes, 'bundled')).toBeLessThanOrEqual(at(keys, bytes));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('names the value lengths at which the allocation steps', () => {
    expect(redisString.cliffs(strings(1000, 6144)).map((c) => [c.at, c.before, c.after])).toEqual([
      [6139, 6144, 7168],
      [7163, 7168, 8192],
    ]);
  });

  it('refuses lengths Redis does not store', () => {
    for (const bad of [-1, 600 * 1024 * 1024]) {
      try {
        redisString.size(strings(10, bad));
        expect.unreachable();
      } catch (e) {
        expect(isInputError(e)).toBe(true);
      }
    }
  });
});
