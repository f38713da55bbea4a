import { describe, expect, it, test } from 'vitest';
import { ivfflatBuildMemory, listChainPages, pgvectorIvfflat } from '../../src/layouts/pgvector-ivfflat.ts';
import type { VectorType } from '../../src/layouts/pgvector-value.ts';
import fc from '../random-cases.ts';
import { count, dims, median, postgresRows, publishedRows, relativeError, rows } from './postgres-rows.ts';

const index = (n: number, d: number, lists: number, type: VectorType = 'vector') =>
  pgvectorIvfflat.size({ rows: rows(n), dims: dims(d), type, lists: count(lists) });
const measured = postgresRows('ivfflat_index');

test.each(measured.map((r) => [r.label, r] as const))('measured: %s', (_label, r) => {
  const { disk } = index(r.n, r.dims, r.lists, r.type as VectorType);
  expect(Math.abs(relativeError(disk.value, r.bytes))).toBeLessThanOrEqual(0.01);
  expect(r.bytes).toBeGreaterThanOrEqual(disk.low);
  expect(r.bytes).toBeLessThanOrEqual(disk.high);
});

it('has a median error of at most 0.1 %', () => {
  const errors = measured.map((r) =>
    Math.abs(relativeError(index(r.n, r.dims, r.lists, r.type as VectorType).disk.value, r.bytes)),
  );
  expect(median(errors)).toBeLessThanOrEqual(0.001);
});

const published = publishedRows().filter((r) => r.index === 'ivfflat');
test.each(published.map((r) => [`${r.id}: ${r.n} x ${r.dims}`, r] as const))('published: %s', (_label, r) => {
  const error = relativeError(index(r.n, r.dims, r.mOrLists).disk.value / 2 ** 20, r.mebibytes);
  // Two digits of a gibibyte are all that some of them give.
  expect(Math.abs(error)).toBeLessThanOrEqual(r.mebibytes < 200 ? 0.025 : 0.006);
});

describe('list chains', () => {
  it('gives every list a page, however few its tuples', () => {
    expect(listChainPages(0, 100, 5)).toBe(100);
    expect(listChainPages(10, 100, 5)).toBe(100);
  });

  it('wastes half a page a list once lists are long', () => {
    expect(listChainPages(1_000_000, 100, 5)).toBeCloseTo(200_000 + 100 * 0.4, 0);
  });
});

it('needs about half a gigabyte for 1,000 lists of 1,536 dimensions', () => {
  const needed = ivfflatBuildMemory({ rows: rows(1e6), dims: dims(1536), type: 'vector', lists: count(1000) });
  expect(needed.value).toBeGreaterThan(500e6);
  expect(needed.value).toBeLessThan(560e6);
});

it('refuses what pgvector refuses', () => {
  expect(() => index(1, 2001, 10)).toThrow(/halfvec \(up to 4,000\)/);
  expect(() => index(1, 100, 10, 'sparsevec')).toThrow(/HNSW does/);
  expect(() => index(1, 100, 0)).toThrow(/from 1 to 32,768/);
  expect(() => index(1, 100, 40_000)).toThrow(/from 1 to 32,768/);
});

it('steps where one vector fewer fits a page', () => {
  const cliffs = pgvectorIvfflat.cliffs({ rows: rows(1e6), dims: dims(384), type: 'vector', lists: count(1000) });
  expect(cliffs).toHaveLength(2);
  for (const c of cliffs) {
    expect(c.after).toBeGreaterThan(c.before);
    expect(index(1e6, c.at, 1).disk.value).toBeGreaterThan(index(1e6, c.at - 1, 1).disk.value);
  }
});

it('never shrinks as rows are added; halfvec is never larger than vector', () => {
  const shape = fc.record({ d: fc.integer({ min: 1, max: 2000 }), lists: fc.integer({ min: 1, max: 32_768 }) });
  fc.assert(
    fc.property(shape, fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e7 }), ({ d, lists }, n, more) => {
      const a = index(n, d, lists);
      expect(index(n + more, d, lists).disk.value).toBeGreaterThanOrEqual(a.disk.value);
      expect(index(n, d, lists, 'halfvec').disk.value).toBeLessThanOrEqual(a.disk.value);
      for (const q of [a.disk, a.building, ...Object.values(a.parts)])
        expect(Number.isFinite(q?.value) && (q?.low ?? -1) >= 0).toBe(true);
    }),
    { numRuns: 100 },
  );
});
