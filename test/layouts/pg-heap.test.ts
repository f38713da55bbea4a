import { describe, expect, it, test } from 'vitest';
import { type HeapColumn, mapPages, pgHeap } from '../../src/layouts/pg-heap.ts';
import type { Storage } from '../../src/layouts/pg-heap-row.ts';
import { memoryTableColumns } from '../../src/layouts/pg-memory-table.ts';
import type { VectorType } from '../../src/layouts/pgvector-value.ts';
import fc from '../random-cases.ts';
import { bytes, count, dims, median, type PostgresRow, postgresRows, relativeError, rows } from './postgres-rows.ts';

interface Shape {
  readonly d?: number;
  readonly type?: VectorType;
  readonly storage?: Storage;
  readonly text?: number;
  readonly metadata?: number;
}

function table(n: number, s: Shape) {
  const columns = memoryTableColumns({
    textBytes: bytes(s.text ?? 204.1),
    metadataBytes: bytes(s.metadata ?? 67.65),
    ...(s.d === undefined
      ? {}
      : {
          vector: {
            dims: dims(s.d),
            type: s.type ?? 'vector',
            ...(s.storage === undefined ? {} : { storage: s.storage }),
          },
        }),
  });
  return pgHeap.size({ rows: rows(n), columns });
}

const NAMES: Readonly<Record<string, Storage>> = {
  plain: 'plain',
  extended: 'extended',
  external: 'external',
  main: 'main',
};
function predicted(r: PostgresRow) {
  const storage = NAMES[String(r.extra['storage'])];
  const text = r.extra['content_bytes'] as number | undefined;
  const metadata = r.extra['meta_json_bytes'] as number | undefined;
  return table(r.n, {
    ...(r.dims > 0 ? { d: r.dims, type: r.type as VectorType } : {}),
    ...(storage === undefined ? {} : { storage }),
    ...(text === undefined ? {} : { text }),
    ...(metadata === undefined ? {} : { metadata }),
  });
}
const part = (size: ReturnType<typeof table>, name: string): number => size.parts[name]?.value as number;

describe('heap, measured', () => {
  const measured = postgresRows('heap');
  test.each(measured.map((r) => [r.label, r] as const))('%s', (_label, r) => {
    const size = predicted(r);
    expect(Math.abs(relativeError(part(size, 'heap'), r.bytes))).toBeLessThanOrEqual(0.03);
    const total = r.extra['total_rel_bytes'] as number | undefined;
    if (total !== undefined) expect(Math.abs(relativeError(size.disk.value, total))).toBeLessThanOrEqual(0.03);
  });

  it('has a median error below 1 %', () => {
    expect(median(measured.map((r) => Math.abs(relativeError(part(predicted(r), 'heap'), r.bytes))))).toBeLessThan(
      0.01,
    );
  });

  it('1,000-byte texts of unequal length: the rows per page that the lexical indexes were measured on', () => {
    expect(Math.abs(relativeError(part(table(10_000, { text: 1002.9 }), 'heap'), 12_566_528))).toBeLessThan(0.01);
  });
});

describe('TOAST, measured', () => {
  const measured = postgresRows('toast');
  test.each(measured.map((r) => [r.label, r] as const))('%s', (_label, r) => {
    const size = predicted(r);
    if (r.bytes === 0) expect(part(size, 'toast')).toBe(0);
    else expect(Math.abs(relativeError(part(size, 'toast'), r.bytes))).toBeLessThanOrEqual(0.01);
    const index = r.extra['toast_index_bytes'] as number;
    expect(Math.abs(part(size, 'toastIndex') - index)).toBeLessThanOrEqual(8192);
  });

  it('has a median error of at most 0.1 %', () => {
    const filled = measured.filter((r) => r.bytes > 0);
    expect(filled.length).toBeGreaterThan(5);
    expect(
      median(filled.map((r) => Math.abs(relativeError(part(predicted(r), 'toast'), r.bytes)))),
    ).toBeLessThanOrEqual(0.001);
  });
});

it.each([
  [384, 0],
  [768, 4096],
  [1024, 5461.3],
  [1536, 8192],
  [3072, 13_653.3],
])('a vector of %i dimensions takes %d bytes of TOAST', (d, perRow) => {
  expect(part(table(30_000, { d }), 'toast') / 30_000).toBeCloseTo(perRow, 0);
});

it('a plain vector of two kilobytes pushes the text out instead', () => {
  const size = table(10_000, { d: 1536, storage: 'plain' });
  expect(part(size, 'rowsPerPage')).toBe(1);
  expect(part(size, 'toastedBytes')).toBeCloseTo(204.1 + 94.24, 0);
});

it('the rows of 420-dimensional vectors straddle the threshold: some move out, some stay', () => {
  const moved = part(table(10_000, { d: 420 }), 'toast') / part(table(10_000, { d: 500 }), 'toast');
  expect(moved).toBeGreaterThan(0.5);
  expect(moved).toBeLessThan(0.99);
});

describe('fillfactor', () => {
  const vectors = (fillfactor?: number): number => {
    const columns: HeapColumn[] = [
      { name: 'id', kind: 'fixed', bytes: 8, align: 8 },
      { name: 'embedding', kind: 'varlena', bytes: bytes(388), storage: 'external' },
    ];
    const own = fillfactor === undefined ? {} : { fillfactor: count(fillfactor) };
    return pgHeap.size({ rows: rows(1000), columns, ...own }).parts['rowsPerPage']?.value as number;
  };

  it('holds whole rows back', () => {
    // A row of 428 bytes: 19 to 8,168, 13 to the 5,711 that 70 % leave.
    expect([vectors(), vectors(100), vectors(70)]).toEqual([19, 19, 13]);
    expect(vectors(10)).toBe(1);
  });

  it('is refused outside of what PostgreSQL takes', () => {
    expect(() => vectors(5)).toThrow(/fillfactor: PostgreSQL takes 10 to 100, not 5/);
  });
});

it('free space and visibility maps', () => {
  expect([0, 1, 4069, 4070, 10_000, 40_000].map(mapPages)).toEqual([0, 4, 4, 5, 6, 14]);
});

it('refuses a row that fits no page, and negative bytes', () => {
  const wide: HeapColumn[] = [{ name: 'v', kind: 'varlena', bytes: bytes(9000), storage: 'plain' }];
  expect(() => pgHeap.size({ rows: rows(1), columns: wide })).toThrow(/fits no page/);
  const negative: HeapColumn[] = [{ name: 'v', kind: 'varlena', bytes: bytes(-1), storage: 'plain' }];
  expect(() => pgHeap.size({ rows: rows(1), columns: negative })).toThrow(/^v: its bytes must be 0 or more/);
});

it('NULL vectors cost nothing but the bitmap', () => {
  const half = pgHeap.size({
    rows: rows(10_000),
    columns: memoryTableColumns({
      textBytes: bytes(200),
      vector: { dims: dims(1536), type: 'vector', nullShare: 0.5 },
    }),
  });
  expect(part(half, 'toast')).toBeGreaterThan(0.45 * 81_920_000);
  expect(part(half, 'toast')).toBeLessThan(0.55 * 81_920_000);
});

it('names the payload at which a row begins to cost more', () => {
  const columns = memoryTableColumns({ textBytes: bytes(204), vector: { dims: dims(384), type: 'vector' } });
  const cliffs = pgHeap.cliffs({ rows: rows(1e6), columns });
  expect(cliffs.map((c) => c.parameter)).toEqual(['embedding bytes', 'embedding bytes']);
  const [below, above] = cliffs;
  expect((below?.at ?? 0) <= 1540 && 1540 < (above?.at ?? 0)).toBe(true);
  for (const c of cliffs) expect(c.after).toBeGreaterThan(c.before);
});

describe('properties', () => {
  const shape = fc.record({
    d: fc.integer({ min: 1, max: 4000 }),
    text: fc.integer({ min: 0, max: 20_000 }),
    metadata: fc.integer({ min: 0, max: 3000 }),
    storage: fc.constantFrom<Storage>('external', 'extended'),
  });

  it('never shrinks as rows are added, and stays finite', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 0, max: 1e8 }), fc.integer({ min: 0, max: 1e7 }), (s, n, more) => {
        const a = table(n, s);
        expect(table(n + more, s).disk.value).toBeGreaterThanOrEqual(a.disk.value);
        for (const q of [a.disk, a.resident, ...Object.values(a.parts)])
          expect(Number.isFinite(q.value) && q.low >= 0).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  // Where text and metadata outweigh the vector, the narrower vector can stay inline and push them about; not here.
  it('halfvec is never larger than vector by more than what rounding shifts', () => {
    const light = fc.integer({ min: 0, max: 500 });
    fc.assert(
      fc.property(
        fc.record({
          d: fc.integer({ min: 1, max: 4000 }),
          text: light,
          metadata: light,
          storage: fc.constant<Storage>('external'),
        }),
        (s) => {
          expect(table(100_000, { ...s, type: 'halfvec' }).disk.value).toBeLessThanOrEqual(
            table(100_000, s).disk.value * 1.05,
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});
