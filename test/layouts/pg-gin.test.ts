import { describe, expect, it, test } from 'vitest';
import { bytesPerPosting } from '../../src/layouts/gin-pages.ts';
import { type GinTextClass, pgGin } from '../../src/layouts/pg-gin.ts';
import { documentFrequencies, drawsForDistinct } from '../../src/layouts/text-statistics.ts';
import type { Quantity } from '../../src/quantity/index.ts';
import { cpuTime } from '../cpu-time.ts';
import fc from '../random-cases.ts';
import { bytes, count, type PostgresRow, postgresRows, ratio, relativeError, rows } from './postgres-rows.ts';

interface HeapShape {
  readonly content_bytes_avg: number;
  readonly rows_per_heap_page: number;
  readonly vocab: number;
}
const measured = postgresRows('gin_index').map((r) => ({ r, heap: r.extra['heap'] as HeapShape }));
const nameOf = (r: PostgresRow): string => String(r.extra['kind'] ?? r.extra['idx']);
const opclassOf = (r: PostgresRow): GinTextClass => (nameOf(r).includes('trgm') ? 'trgm' : 'tsvector');

const byText = (n: number, textBytes: number, opclass: GinTextClass, perPage: number) =>
  pgGin.size({
    rows: rows(n),
    rowsPerHeapPage: ratio(perPage),
    keys: { kind: 'text', opclass, textBytes: bytes(textBytes) },
  });

describe('from document frequencies', () => {
  const counted = measured.filter(({ r }) => r.extra['postings'] !== undefined);
  test.each(counted.map((x) => [x.r.label, x] as const))('%s', (_label, { r, heap }) => {
    const opclass = opclassOf(r);
    const vocabulary = opclass === 'trgm' ? (r.extra['distinct_keys'] as number) : heap.vocab;
    const { disk, parts } = pgGin.size({
      rows: rows(r.n),
      rowsPerHeapPage: ratio(heap.rows_per_heap_page),
      keys: {
        kind: 'zipf',
        opclass,
        vocabulary: count(vocabulary),
        keysPerRow: count((r.extra['postings'] as number) / r.n),
      },
    });
    expect(Math.abs(relativeError(disk.value, r.bytes))).toBeLessThanOrEqual(0.07);
    expect(
      Math.abs(relativeError(parts['distinctKeys']?.value as number, r.extra['distinct_keys'] as number)),
    ).toBeLessThan(0.02);
    expect(r.bytes).toBeGreaterThanOrEqual(disk.low);
    expect(r.bytes).toBeLessThanOrEqual(disk.high);
  });

  it('covers both operator classes and both page densities', () => {
    expect(counted.length).toBeGreaterThanOrEqual(10);
    expect(new Set(counted.map(({ r }) => opclassOf(r))).size).toBe(2);
    expect(new Set(counted.map(({ heap }) => Math.round(heap.rows_per_heap_page))).size).toBeGreaterThanOrEqual(3);
  });

  it('takes frequencies as a list', () => {
    const model = { vocabulary: 2000, exponent: 1, drawsPerRow: drawsForDistinct(2000, 1, 20) };
    const frequencies = documentFrequencies(model, 10_000).flatMap((c) =>
      Array.from({ length: Math.round(c.keys) }, () => c.rows),
    );
    const listed = pgGin.size({
      rows: rows(10_000),
      rowsPerHeapPage: ratio(20),
      keys: { kind: 'frequencies', opclass: 'tsvector', rowsPerKey: frequencies },
    });
    const modelled = pgGin.size({
      rows: rows(10_000),
      rowsPerHeapPage: ratio(20),
      keys: { kind: 'zipf', opclass: 'tsvector', vocabulary: count(2000), keysPerRow: count(20) },
    });
    expect(Math.abs(relativeError(listed.disk.value, modelled.disk.value))).toBeLessThan(0.02);
  });
});

describe('from the length of the text alone', () => {
  test.each(measured.filter(({ r }) => !nameOf(r).includes('jsonb')).map((x) => [x.r.label, x] as const))(
    '%s',
    (_label, { r, heap }) => {
      const { disk } = byText(r.n, heap.content_bytes_avg, opclassOf(r), heap.rows_per_heap_page);
      expect(Math.abs(relativeError(disk.value, r.bytes))).toBeLessThanOrEqual(0.25);
      expect(disk.basis).toBe('assumed');
      expect(r.bytes).toBeGreaterThanOrEqual(disk.low);
      expect(r.bytes).toBeLessThanOrEqual(disk.high * 1.01);
    },
  );

  // PostgreSQL 15 over English prose of software manuals, cut into pieces of about 200 and 1,000 bytes.
  it.each([
    ['tsvector', 10_855, 204.3, 18.49, 1_540_096],
    ['tsvector', 2_212, 1006.4, 6.32, 1_441_792],
    ['trgm', 10_855, 204.3, 18.49, 4_317_184],
    ['trgm', 2_212, 1006.4, 6.32, 2_932_736],
  ] as const)('English prose, %s over %i rows of %d bytes', (opclass, n, length, perPage, size) => {
    expect(Math.abs(relativeError(byText(n, length, opclass, perPage).disk.value, size))).toBeLessThanOrEqual(0.25);
  });

  test.each(measured.filter(({ r }) => nameOf(r).includes('jsonb')).map((x) => [x.r.label, x] as const))(
    '%s',
    (_label, { r, heap }) => {
      const opclass = nameOf(r).endsWith('path') ? 'jsonb_path_ops' : 'jsonb_ops';
      const { disk } = pgGin.size({
        rows: rows(r.n),
        rowsPerHeapPage: ratio(heap.rows_per_heap_page),
        keys: { kind: 'jsonb', opclass, metadataBytes: bytes(67.67) },
      });
      expect(Math.abs(relativeError(disk.value, r.bytes))).toBeLessThanOrEqual(0.05);
    },
  );
});

it('a posting costs one byte on the same page and more the farther the next one lies', () => {
  expect(bytesPerPosting(1, 20)).toBeCloseTo(1.05, 2);
  const costs = [0.5, 0.1, 0.01, 1e-3, 1e-5, 1e-7].map((share) => bytesPerPosting(share, 20));
  for (let i = 1; i < costs.length; i++) expect(costs[i]).toBeGreaterThan(costs[i - 1] as number);
  expect(costs.at(-1)).toBeLessThanOrEqual(5);
});

it('is larger over a table of few rows a page', () => {
  expect(byText(50_000, 204, 'trgm', 4).disk.value).toBeGreaterThan(1.2 * byText(50_000, 204, 'trgm', 20).disk.value);
});

describe('what a living index has besides', () => {
  it('the pages of its pending list, up to the limit, and nothing of them after REINDEX', () => {
    const held = (n: number): Quantity => byText(n, 200, 'tsvector', 20).parts['heldList'] as Quantity;
    // 23 lexemes of a tuple each, 23.1 B: 8,160 B a page.
    expect(held(1000).value / 8192).toBeGreaterThan(45);
    expect(held(1000).value / 8192).toBeLessThan(75);
    // 4 MB of tuples fill 515 pages; the free space map has three.
    expect([held(1e6).value, held(1e6).low]).toEqual([518 * 8192, 0]);
  });
});

it('keys that no other row has: one entry a row', () => {
  // PostgreSQL 17, 200, 2,000 and 10,000 rows with one word of 16 letters each: 4, 23 and 108 pages.
  const pages = (n: number): number =>
    pgGin.size({
      rows: rows(n),
      rowsPerHeapPage: ratio(20),
      keys: { kind: 'own', opclass: 'tsvector', keyBytes: bytes(16) },
    }).disk.value / 8192;
  expect([pages(200), pages(2000)]).toEqual([4, 23]);
  expect(Math.abs(pages(10_000) - 108)).toBeLessThanOrEqual(1);
});

it('terms that were counted: PostgreSQL 17, 1,000 texts of 156 B with 4,590 different words, 19.2 each, in 45 pages', () => {
  const { disk } = pgGin.size({
    rows: rows(1000),
    rowsPerHeapPage: ratio(9),
    keys: {
      kind: 'text',
      opclass: 'tsvector',
      textBytes: bytes(156),
      distinctTerms: count(4590),
      termsPerRow: count(19.2),
    },
  });
  expect(Math.abs(relativeError(disk.value, 45 * 8192))).toBeLessThanOrEqual(0.05);
});

it('an empty index is metapage and root; the pending list stands apart', () => {
  const { disk, parts } = byText(0, 200, 'tsvector', 20);
  expect(disk.value).toBe(16_384);
  expect(parts['pendingList']).toMatchObject({ low: 0, high: 4 * 2 ** 20 });
});

it('refuses what cannot be', () => {
  expect(() => byText(1, 200, 'tsvector', 0)).toThrow(/rows per heap page: must be above 0/);
  expect(() => byText(1, -5, 'tsvector', 4)).toThrow(/text: its bytes must be 0 or more/);
});

it('never shrinks as rows are added beyond what half-full pages allow, stays finite, and is cheap', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<GinTextClass>('tsvector', 'trgm'),
      fc.integer({ min: 1, max: 20_000 }),
      fc.double({ min: 0.5, max: 60, noNaN: true }),
      fc.integer({ min: 0, max: 1e9 }),
      fc.integer({ min: 0, max: 1e7 }),
      (opclass, length, perPage, n, more) => {
        const a = byText(n, length, opclass, perPage);
        expect(byText(n + more, length, opclass, perPage).disk.value).toBeGreaterThanOrEqual(a.disk.value * 0.97);
        for (const q of [a.disk, ...Object.values(a.parts)]) expect(Number.isFinite(q.value) && q.low >= 0).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
  const start = cpuTime();
  for (let i = 0; i < 500; i++) byText(1e6 + i, 200, 'tsvector', 4);
  expect((cpuTime() - start) / 500).toBeLessThan(0.5);
});
