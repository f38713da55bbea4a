/** How much is taken next, and how long the server is left alone. */
import { describe, expect, it } from 'vitest';
import { adapt, mostPages, mostRows, mostRowsOfPages, paceBeside } from '../../../src/adapters/postgres/pace.ts';
import { DEFAULT_PACE } from '../../../src/store/index.ts';

const leaf = { oid: 1, quoted: 'mem', pages: 100_000, bytesPerPage: 8192, rowsPerPage: 40 };
const next = (seconds: number, rows: number, pages = 1_000): { pages: number; rows: number } => {
  const appetite = { pages, rows: 1_000, density: 0, reach: 0 };
  adapt(appetite, seconds, rows, DEFAULT_PACE, 20_000, mostPages(leaf, false, 20_000, rows));
  return { pages: appetite.pages, rows: appetite.rows };
};

describe('the next portion', () => {
  it('follows from the time of the last one, and never grows or shrinks at will', () => {
    expect(next(0.25, 500)).toEqual({ pages: 2_000, rows: 2_000 });
    expect(next(0.001, 500)).toEqual({ pages: 4_000, rows: 4_000 });
    expect(next(1, 500)).toEqual({ pages: 500, rows: 500 });
    expect(next(60, 500)).toEqual({ pages: 100, rows: 100 });
  });

  it('after pages without any is no larger than all rows of it may be', () => {
    expect(next(0.001, 0, 100).pages).toBe(200);
    // 20,000 rows in pages of 40.
    expect(next(0.001, 0, 400).pages).toBe(500);
  });

  it('spans no more bytes than are kept in memory for an archive', () => {
    expect(mostPages(leaf, true, 5_000, 1)).toBe(2_048);
    expect(mostPages(leaf, false, 20_000, 1)).toBe(32_768);
  });
});

it('rows that are listed, or kept for an archive, are fewer at a time than those of pages', () => {
  expect([mostRows(false), mostRows(true)]).toEqual([20_000, 5_000]);
  expect([mostRowsOfPages(false), mostRowsOfPages(true)]).toEqual([50_000, 5_000]);
});

it('beside others a batch is short, and the pause three times as long; alone there is none', () => {
  expect(paceBeside(DEFAULT_PACE, true)).toEqual({ ...DEFAULT_PACE, batchSeconds: 0.01, pauseRatio: 3 });
  expect(paceBeside(DEFAULT_PACE, false)).toEqual({ ...DEFAULT_PACE, pauseRatio: 0 });
  expect(paceBeside({ ...DEFAULT_PACE, pauseRatio: 5 }, true).pauseRatio).toBe(5);
  expect(paceBeside({ ...DEFAULT_PACE, pauseRatio: 0 }, true).pauseRatio).toBe(0);
});
