import { describe, expect, it, test } from 'vitest';
import {
  ginMerges,
  keysPerRow,
  keyTupleBytes,
  PENDING_PAGE_BYTES,
  pendingLogBytes,
  pendingRowsPerPage,
} from '../../src/layouts/gin-pending.ts';
import { documentFrequencies } from '../../src/layouts/text-statistics.ts';
import fc from '../random-cases.ts';

/** Words of 6 to 7 letters with their header. */
const WORD = 7.6;

describe('by hand', () => {
  it('a trigram is 8 + 4 aligned to 16, in the list with 4 more', () => {
    expect(keyTupleBytes(4)).toBe(16);
    expect(PENDING_PAGE_BYTES).toBe(8160);
    expect(pendingRowsPerPage(40, 4)).toBeCloseTo(8160 / 800 - 0.5, 9);
  });

  it('a row that fills more than a page is not split in two halves for free', () => {
    expect(pendingRowsPerPage(1000, 4)).toBeCloseTo(8160 / 20_000, 9);
  });

  it('an append is 142 and its tuples, and a share of the page record', () => {
    expect(pendingLogBytes(10, 4)).toBeCloseTo(142 + 160 + 56 / (8160 / 200 - 0.5), 9);
    expect(pendingLogBytes(0, 4)).toBe(0);
  });

  it('one row merged into rows that share no word makes a record a word', () => {
    const { keys } = ginMerges([{ keys: 1000, rows: 1 }], 100, 20, 4)(100);
    // Each word is in the batch with 1 - 0.99^100.
    expect(keys).toBeCloseTo(1000 * (1 - 0.99 ** 100), 6);
  });
});

/** Synthetic words by Zipf's law, 20,000 of them: list pages, merged keys and log of PostgreSQL 17 (bench/writes-postgres.ts). */
const MEASURED = [
  { text: 200, rows: 10_500, batch: 500, pages: 34, keys: 4117, log: 615_140 + 115_220 },
  { text: 200, rows: 12_500, batch: 2000, pages: 130, keys: 9797, log: 1_251_066 + 182_486 },
  { text: 200, rows: 60_500, batch: 500, pages: 33, keys: 4003, log: 1_379_248 + 49_696 },
  { text: 200, rows: 62_500, batch: 2000, pages: 131, keys: 9956, log: 2_457_888 + 116_056 },
  { text: 200, rows: 70_300, batch: 7800, pages: 512, keys: 18_827, log: 3_825_190 + 514_450 },
  { text: 1000, rows: 10_500, batch: 500, pages: 153, keys: 10_683, log: 2_277_160 + 123_800 },
  { text: 1000, rows: 12_500, batch: 2000, pages: 587, keys: 18_476, log: 3_549_742 + 243_034 },
  // Built at 300,000 rows: entries are long, and nearly all of a merge is in them.
  { text: 200, rows: 302_000, batch: 2000, pages: undefined, keys: 10_017, log: 2778 * 2000 },
  { text: 200, rows: 309_800, batch: 7800, pages: undefined, keys: 18_730, log: 1080 * 7800 },
];

describe('against merges of a real index', () => {
  test.each(MEASURED)('$batch rows of $text B into $rows', ({ text, rows, batch, pages, keys, log }) => {
    const classes = documentFrequencies(
      { vocabulary: 20_000, exponent: 1, drawsPerRow: text === 200 ? 24.9 : 120 },
      rows,
    );
    const merge = ginMerges(classes, rows, 18, WORD)(batch);
    expect(Math.abs(merge.keys / keys - 1)).toBeLessThan(0.12);
    expect(Math.abs(merge.logBytes / log - 1)).toBeLessThan(0.12);
    if (pages === undefined) return;
    const listed = batch / pendingRowsPerPage(keysPerRow(classes, rows), WORD);
    expect(Math.abs(listed / pages - 1)).toBeLessThan(0.06);
  });
});

it('a row put straight into a large index: 8,341 B and 21.4 records with fastupdate off at 309,800 rows', () => {
  const classes = documentFrequencies({ vocabulary: 20_000, exponent: 1, drawsPerRow: 24.9 }, 309_800);
  const merge = ginMerges(classes, 309_800, 30, WORD)(1);
  expect(Math.abs(merge.logBytes / 8341 - 1)).toBeLessThan(0.1);
  expect(Math.abs(merge.keys / 21.4 - 1)).toBeLessThan(0.03);
});

describe('properties', () => {
  it('a larger batch never logs more a row, and never merges fewer keys', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 1_000_000 }),
        fc.integer({ min: 2, max: 900 }),
        fc.double({ min: 1, max: 200, noNaN: true }),
        (rows, batch, drawsPerRow) => {
          const classes = documentFrequencies({ vocabulary: 20_000, exponent: 1, drawsPerRow }, rows);
          const small = ginMerges(classes, rows, 20, WORD)(batch / 2);
          const large = ginMerges(classes, rows, 20, WORD)(batch);
          expect(large.keys).toBeGreaterThanOrEqual(small.keys);
          expect(large.logBytes / batch).toBeLessThanOrEqual((small.logBytes / (batch / 2)) * 1.001);
        },
      ),
      { numRuns: 60 },
    );
  });
});
