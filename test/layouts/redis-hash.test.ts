import { describe, expect, it } from 'vitest';
import {
  isListpack,
  memoryFields,
  type RedisField,
  type RedisHashParameters,
  redisHash,
} from '../../src/layouts/redis-hash.ts';
import type { RedisServer } from '../../src/layouts/redis-objects.ts';
import { isInputError } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';
import { relativeError } from './embedded-rows.ts';
import { redisRows } from './redis-rows.ts';
import { given } from './sqlite-stores.ts';

const field = (name: string, bytes: number): RedisField => ({ name, valueBytes: given(bytes, 'B') });
const hashes = (
  keys: number,
  fields: readonly RedisField[],
  more: Partial<RedisHashParameters> = {},
): RedisHashParameters => ({
  keys: given(keys),
  keyBytes: given(10, 'B'),
  fields,
  ...more,
});

describe('redis-hash against measured data sets', () => {
  for (const { row, server, title } of redisRows('hash', 'hash_full')) {
    it(`${title}: within 1 %`, () => {
      const vectorBytes = given(4 * row.dims, 'B');
      // Of the full rows the measurement states the mean content only; namespace and metadata are taken as 10 and 68
      // bytes, and the fields as those of memoryFields.
      const fields =
        row.extra['kind'] === 'hash'
          ? [field('vector', 4 * row.dims)]
          : memoryFields({
              vectorBytes,
              namespaceBytes: given(10, 'B'),
              textBytes: given(Number(row.extra['avg_content']), 'B'),
              metadataBytes: given(68, 'B'),
            });
      const { resident } = redisHash.size(hashes(row.n, fields, { server }));
      expect(Math.abs(relativeError(resident.value, row.bytes))).toBeLessThanOrEqual(0.01);
      expect(resident.low <= row.bytes && row.bytes <= resident.high).toBe(true);
    });
  }
});

const numbered = (n: number): RedisField[] => [
  field('v', 1536),
  ...Array.from({ length: n - 1 }, (_, i) => field(`f${i}`, 20)),
];

/** used_memory deltas of Redis 7.0.15, 8.0.2 and Valkey 8.1.1 (Debian packages), bytes per key. */
const MEASURED: readonly (readonly [
  name: string,
  keys: number,
  fields: RedisField[],
  redis7: number,
  redis8: number,
  valkey: number,
])[] = [
  ['one field', 5000, [field('v', 1536)], 2005.31, 2005.83, 2003.09],
  ['a listpack of 3', 5000, [field('a', 5), field('bb', 10), field('content', 50)], 173.31, 173.83, 147.09],
  ['a listpack of 10', 2000, Array.from({ length: 10 }, (_, i) => field(`a${i}`, 60)), 840.7, 842.07, 828.24],
  [
    '5 fields',
    5000,
    [
      ['embedding', 1536],
      ['content', 200],
      ['namespace', 10],
      ['metadata', 68],
      ['created_at', 13],
    ].map(([n, b]) => field(n as string, b as number)),
    2605.31,
    2605.84,
    2435.09,
  ],
  [
    '4 fields',
    2000,
    [field('v', 1536), field('abc', 20), field('abcdefg', 60), field('abcdefghijklmnopq', 120)],
    2376.7,
    2378.02,
    2284.24,
  ],
  ['7 fields', 2000, numbered(7), 2464.7, 2466.04, 2204.24],
  ['8 fields', 2000, numbered(8), 2536.7, 2538.06, 2364.24],
  ['9 fields', 5000, numbered(9), 2741.31, 2741.85, 2323.09],
  ['12 fields', 2000, numbered(12), 2888.7, 2890.09, 2428.24],
  ['16 fields', 2000, numbered(16), 3176.7, 3178.14, 2812.24],
  ['17 fields', 2000, numbered(17), 3504.7, 3506.14, 2716.24],
];

describe('redis-hash against hashes of several shapes', () => {
  const servers: readonly RedisServer[] = ['redis-7', 'redis-8', 'valkey-8'];
  for (const [name, keys, fields, ...measured] of MEASURED) {
    it(`${name}: within 2 % and the connection's buffers`, () => {
      servers.forEach((server, i) => {
        const predicted = redisHash.size(hashes(keys, fields, { server })).resident.value;
        // The connection that wrote them kept up to 30 KB of buffers.
        expect(Math.abs((measured[i] as number) * keys - predicted), server).toBeLessThanOrEqual(
          30_000 + 0.02 * predicted,
        );
      });
    });
  }

  it('a vector makes a hash table of a hash', () => {
    expect(isListpack(hashes(1, [field('a', 64), field('b', 10)]))).toBe(true);
    expect(isListpack(hashes(1, [field('a', 65)]))).toBe(false);
    expect(
      isListpack(
        hashes(
          1,
          Array.from({ length: 513 }, (_, i) => field(`${i}`, 5)),
        ),
      ),
    ).toBe(false);
  });
});

describe('redis-hash properties', () => {
  it('grows with keys and fields and holds what was put in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e7 }),
        fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 30 }),
        fc.constantFrom<RedisServer>('redis-7', 'redis-8', 'valkey-8'),
        (keys, lengths, server) => {
          const fields = lengths.map((bytes, i) => field(`field${i}`, bytes));
          const at = (n: number, f: readonly RedisField[]): number =>
            redisHash.size(hashes(n, f, { server })).resident.value;
          expect(at(keys, fields)).toBeGreaterThanOrEqual(keys * lengths.reduce((a, b) => a + b, 0));
          expect(at(keys + 1000, fields)).toBeGreaterThanOrEqual(at(keys, fields));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('1,536 floats sit just past a class', () => {
    expect(
      redisHash.cliffs(hashes(1000, [field('vector', 6144), field('ns', 10)])).map((c) => [c.before, c.after]),
    ).toEqual([
      [6144, 7168],
      [7168, 8192],
    ]);
  });

  it('refuses a hash without fields', () => {
    try {
      redisHash.size(hashes(1, []));
      expect.unreachable();
    } catch (e) {
      expect(isInputError(e)).toBe(true);
    }
  });
});
