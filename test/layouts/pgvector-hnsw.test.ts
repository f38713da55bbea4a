import { describe, expect, it, test } from 'vitest';
import { type HnswBuildKind, hnswBuildMemory, hnswSpillRow } from '../../src/layouts/hnsw-build-memory.ts';
import { hnswPacking, neighbourTupleBytes } from '../../src/layouts/hnsw-packing.ts';
import { elementTupleBytes, hnswPages, pgvectorHnsw } from '../../src/layouts/pgvector-hnsw.ts';
import { type VectorType, valueBytes, valueBytesAt } from '../../src/layouts/pgvector-value.ts';
import { isInputError } from '../../src/quantity/index.ts';
import { cpuTime } from '../cpu-time.ts';
import fc from '../random-cases.ts';
import {
  bytes,
  count,
  dims,
  median,
  type PostgresRow,
  postgresRows,
  publishedRows,
  ratio,
  relativeError,
  rows,
} from './postgres-rows.ts';

const measured = postgresRows('hnsw_index');
const index = (n: number, d: number, type: VectorType = 'vector', m = 16, nnz?: number) =>
  pgvectorHnsw.size({
    rows: rows(n),
    dims: dims(d),
    type,
    m: count(m),
    ...(nnz === undefined ? {} : { nonZeros: count(nnz) }),
  });
const predicted = (r: PostgresRow) => index(r.n, r.dims, r.type as VectorType, r.m);

describe('against measured indexes', () => {
  test.each(measured.map((r) => [r.label, r] as const))('%s', (_label, r) => {
    const { disk } = predicted(r);
    expect(Math.abs(relativeError(disk.value, r.bytes))).toBeLessThanOrEqual(r.n >= 10_000 ? 0.01 : 0.02);
    expect(r.bytes).toBeGreaterThanOrEqual(disk.low);
    expect(r.bytes).toBeLessThanOrEqual(disk.high);
  });

  it('has a median error of at most 0.1 %', () => {
    expect(measured.length).toBeGreaterThan(40);
    const errors = measured
      .filter((r) => r.n >= 10_000)
      .map((r) => Math.abs(relativeError(predicted(r).disk.value, r.bytes)));
    expect(median(errors)).toBeLessThanOrEqual(0.001);
  });
});

describe('against published sizes', () => {
  const published = publishedRows().filter((r) => r.index === 'hnsw' && r.mOrLists > 0 && r.dims > 0);

  test.each(published.map((r) => [`${r.id}: ${r.n} x ${r.dims} ${r.type}`, r] as const))('%s', (_label, r) => {
    const error = relativeError(index(r.n, r.dims, r.type as VectorType, r.mOrLists).disk.value / 2 ** 20, r.mebibytes);
    // Where a dataset repeats vectors, the index holds 1 to 2 % fewer elements than rows.
    expect(error).toBeGreaterThanOrEqual(-0.01);
    expect(error).toBeLessThanOrEqual(r.repeats ? 0.02 : 0.007);
  });

  it('covers the published rows', () => {
    expect(published.length).toBeGreaterThan(20);
  });
});

const kindOf = (r: PostgresRow): HnswBuildKind => ({
  mode: r.extra['par'] === 1 ? 'parallel' : 'serial',
  postgres: r.engine === 'pglite' ? 18 : Number(/pg(\d+)/.exec(r.version)?.[1]),
  pointerBytes: r.engine === 'pglite' ? 4 : 8,
});
const noticeOf = (r: PostgresRow): number | undefined => {
  const text = (r.extra['notice'] ?? (r.extra['notices'] as string[] | undefined)?.[0]) as string | undefined;
  return text === undefined ? undefined : Number(/after (\d+) tuples/.exec(text)?.[1]);
};
const valueFor = (r: PostgresRow) => valueBytes({ dims: dims(r.dims), type: r.type as VectorType });

describe('build memory', () => {
  const inMemory = measured.filter((r) => Number(r.extra['graph_mem_mb']) >= 20 && noticeOf(r) === undefined);

  test.each(inMemory.map((r) => [r.label, r] as const))('%s', (_label, r) => {
    const { graph } = hnswBuildMemory(rows(r.n), valueFor(r), count(r.m), kindOf(r));
    // The server reports whole MiB, rounded down.
    expect(Math.abs(relativeError(graph.value / 2 ** 20, Number(r.extra['graph_mem_mb'])))).toBeLessThanOrEqual(0.05);
    expect(Math.abs(graph.value / 2 ** 20 - Number(r.extra['graph_mem_mb']) - 0.5)).toBeLessThanOrEqual(1);
  });

  const spilled = measured.filter((r) => noticeOf(r) !== undefined);
  test.each(spilled.map((r) => [r.label, r] as const))('spills where %s did', (_label, r) => {
    const mwm = bytes(Number.parseInt(r.extra['mwm'] as string, 10) * 2 ** 20);
    const row = hnswSpillRow(mwm, valueFor(r), count(r.m), kindOf(r)).value;
    expect(Math.abs(relativeError(row, noticeOf(r) as number))).toBeLessThanOrEqual(0.001);
  });

  it.each([
    ['1,024 dimensions, serial', 1024, 'vector', 'serial', 13_928],
    ['384 dimensions, parallel', 384, 'vector', 'parallel', 28_363],
    ['halfvec of 4,000 dimensions, parallel', 4000, 'halfvec', 'parallel', 7_247],
  ] as const)('spills where others saw it at 64 MB: %s', (_label, d, type, mode, row) => {
    const spill = hnswSpillRow(bytes(64 * 2 ** 20), valueBytes({ dims: dims(d), type }), count(16), {
      mode,
      postgres: 16,
    });
    expect(Math.abs(relativeError(spill.value, row))).toBeLessThanOrEqual(0.0005);
  });

  it('counts every row, duplicates too', () => {
    const p = { rows: rows(10_000), dims: dims(384), type: 'vector' as const, m: count(16) };
    const distinct = pgvectorHnsw.size(p);
    const repeated = pgvectorHnsw.size({ ...p, duplicateRate: ratio(0.9) });
    expect(repeated.building?.value).toBe(distinct.building?.value);
    expect(repeated.disk.value).toBe(2_056_192);
  });

  it('refuses a parallel build with nothing left after the reserve', () => {
    expect(() => hnswSpillRow(bytes(4 * 2 ** 20), bytes(1544), count(16))).toThrow(/larger than 4 MiB/);
  });
});

describe('packing', () => {
  /** The loop of CreateGraphPages over drawn levels. */
  function simulate(elements: number, element: number, m: number, seed: number): number {
    let state = seed;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const highest = Math.floor(8152 / 6 / m) - 2;
    let pages = 1;
    let free = 8160;
    const put = (size: number) => {
      free -= size + 4;
    };
    for (let i = 0; i < elements; i++) {
      const level = Math.min(highest, Math.floor(-Math.log(random()) / Math.log(m)));
      const neighbour = neighbourTupleBytes(m, level);
      const pair = element + neighbour + 4;
      if (free - 4 < element || (pair <= 8156 && free - 4 < pair)) {
        pages++;
        free = 8160;
      }
      put(element);
      if (free - 4 < neighbour) {
        pages++;
        free = 8160;
      }
      put(neighbour);
    }
    return pages;
  }

  it.each([
    [80, 2],
    [80, 16],
    [160, 64],
    [376, 100],
    [1616, 16],
    [1616, 32],
    [2320, 2],
    [3872, 16],
    [4096, 16],
    [5000, 100],
    [6800, 100],
    [7944, 16],
    [8080, 16],
    [8080, 100],
  ])('is the mean of the packing loop: element tuple %i, m %i', (element, m) => {
    const n = 20_000;
    const { pages, low, high } = hnswPacking(element, m).expected(n);
    for (const seed of [17, 4711]) {
      const seen = simulate(n, element, m, seed);
      expect(seen).toBeGreaterThanOrEqual(low);
      expect(seen).toBeLessThanOrEqual(high);
      expect(Math.abs(relativeError(pages, seen))).toBeLessThanOrEqual(0.01);
    }
    expect((high - low) / pages).toBeLessThan(0.05);
  });

  it('is exact where the levels cannot matter', () => {
    for (const n of [1, 2, 3, 10_000, 10_001]) {
      expect(hnswPacking(elementTupleBytes(6152), 16).expected(n)).toEqual({ pages: n, low: n, high: n });
      expect(hnswPacking(elementTupleBytes(1544), 8).expected(n).pages).toBe(Math.ceil(n / 4));
    }
  });
});

it('an empty index is its metapage and one page', () => {
  expect(index(0, 384).disk.value).toBe(16_384);
  expect(hnswPages(0, 1544, 16).pages).toBe(2);
});

it('the inverse for bloat: expected pages of the live elements', () => {
  expect(hnswPages(10_000, 1544, 16).pages * 8192).toBe(20_488_192);
});

describe('limits', () => {
  const message = (f: () => unknown): string => {
    try {
      f();
    } catch (e) {
      if (isInputError(e)) return e.message;
      throw e;
    }
    throw new Error('nothing was refused');
  };

  it('names a type that fits', () => {
    expect(message(() => index(1, 3072))).toMatch(
      /at most 2,000 dimensions of type vector, not 3,072; halfvec \(up to 4,000\) or bit/,
    );
    expect(message(() => index(1, 4096, 'halfvec'))).toMatch(/bit \(up to 64,000\) would fit/);
    expect(message(() => index(1, 70_000, 'bit'))).toMatch(/no type of pgvector/);
  });

  it('limits sparsevec by its non-zero elements', () => {
    expect(message(() => index(1, 30_000, 'sparsevec', 16, 1001))).toMatch(
      /at most 1,000 non-zero elements, not 1,001/,
    );
    expect(message(() => index(1, 30_000, 'sparsevec'))).toMatch(/needs the number of its non-zero elements/);
    expect(index(1, 30_000, 'sparsevec', 16, 1000).disk.value).toBe(3 * 8192);
  });

  it.each([1, 101, 2.5])('refuses m = %d', (m) => {
    expect(message(() => index(1, 384, 'vector', m))).toMatch(/^m: .* from 2 to 100/);
  });
});

describe('cliffs', () => {
  const around = (d: number, type: VectorType = 'vector') =>
    pgvectorHnsw.cliffs({
      rows: rows(1e6),
      dims: dims(d),
      type,
      m: count(16),
      ...(type === 'sparsevec' ? { nonZeros: count(d) } : {}),
    });

  it('finds the nearest below and above', () => {
    const dimsAt = around(1024).flatMap((c) => (c.parameter === 'dims' ? [c.at] : []));
    expect(dimsAt).toEqual([949, 1969]);
    expect(around(1024).filter((c) => c.parameter === 'm').length).toBeLessThanOrEqual(2);
    expect(
      around(384)
        .filter((c) => c.parameter === 'dims')
        .map((c) => c.at),
    ).toEqual([337, 439]);
    expect(
      around(1500, 'halfvec')
        .filter((c) => c.parameter === 'dims')
        .map((c) => c.at),
    ).toEqual([1217, 1897]);
  });

  it('1,968 to 1,969 dimensions doubles the index', () => {
    const [cliff] = around(1969);
    expect(cliff).toMatchObject({ parameter: 'dims', at: 1969, after: 16_384, per: 'vector', unit: 'B' });
    expect(cliff?.before).toBeLessThan(8750);
  });

  it('agrees with the sizes on its two sides', () => {
    for (const c of around(700)) {
      const at = (v: number) =>
        (c.parameter === 'm' ? index(1e6, 700, 'vector', v) : index(1e6, v)).parts['bytesPerVector']?.value;
      expect(at(c.at - 1)).toBeCloseTo(c.before, 6);
      expect(at(c.at)).toBeCloseTo(c.after, 6);
      expect(c.after).toBeGreaterThan(c.before);
    }
  });

  it('counts the non-zero elements of a sparsevec', () => {
    const [below, above] = around(100, 'sparsevec');
    expect(below?.parameter).toBe('nnz');
    expect((below?.at ?? 0) <= 100 && 100 < (above?.at ?? 0)).toBe(true);
  });
});

describe('properties', () => {
  const shape = fc.record({ d: fc.integer({ min: 1, max: 2000 }), m: fc.integer({ min: 2, max: 100 }) });

  it('never shrinks as rows are added, and stays finite', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e7 }), ({ d, m }, n, more) => {
        const a = index(n, d, 'vector', m);
        const b = index(n + more, d, 'vector', m);
        expect(b.disk.value).toBeGreaterThanOrEqual(a.disk.value);
        for (const q of [a.disk, a.resident, a.building, ...Object.values(a.parts)]) {
          expect(Number.isFinite(q?.value) && (q?.low ?? -1) >= 0).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a few elements take at least their bytes and at most two pages each', () => {
    const few = fc.integer({ min: 0, max: 300 });
    const check = (n: number, d: number, m: number): void => {
      const element = elementTupleBytes(valueBytesAt('vector', d));
      const { pages, low, high } = hnswPacking(element, m).expected(n);
      expect(low).toBeGreaterThanOrEqual(1);
      expect(low * 8160).toBeGreaterThanOrEqual(n * (element + neighbourTupleBytes(m, 0) + 8));
      expect(high).toBeLessThanOrEqual(Math.max(1, 2 * n));
      expect(low <= pages && pages <= high).toBe(true);
      expect(index(n, d, 'vector', m).disk.low).toBeGreaterThanOrEqual(2 * 8192);
    };
    // Links of level 1 no longer fit behind the element: one index in five has a page more than the others.
    check(1, 1995, 5);
    expect(index(1, 1995, 'vector', 5).disk).toMatchObject({ low: 2 * 8192, value: 2 * 8192, high: 3 * 8192 });
    fc.assert(
      fc.property(shape, few, ({ d, m }, n) => check(n, d, m)),
      { numRuns: 200 },
    );
  });

  it('halfvec is never larger than vector, bit never larger than halfvec', () => {
    fc.assert(
      fc.property(shape, ({ d, m }) => {
        const [vector, halfvec, bit] = (['vector', 'halfvec', 'bit'] as const).map(
          (t) => index(100_000, d, t, m).disk.value,
        );
        expect(halfvec).toBeLessThanOrEqual((vector as number) * 1.0001);
        expect(bit).toBeLessThanOrEqual((halfvec as number) * 1.0001);
      }),
      { numRuns: 60 },
    );
  });

  it('is cheap', () => {
    for (let d = 1; d <= 2000; d++) index(1e6, d);
    const start = cpuTime();
    for (let i = 0; i < 1000; i++) index(1e6 + i, 1 + (i % 2000));
    expect((cpuTime() - start) / 1000).toBeLessThan(0.2);
    expect(valueBytesAt('vector', 384)).toBe(1544);
  });
});
