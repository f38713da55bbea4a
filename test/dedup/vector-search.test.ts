import { describe, expect, it } from 'vitest';
import type { PairsOptions, VectorPairs } from '../../src/dedup/vector-pairs.ts';
import { type VectorSearchOptions, vectorSearch } from '../../src/dedup/vector-search.ts';
import { ownThread } from '../../src/parallel/crew.ts';
import { cosine, type Made, makeVectors, plainPairs } from './vectors.ts';

interface Search {
  readonly search: VectorPairs;
  readonly options: PairsOptions;
  readonly fetched: number[];
}

async function filled(made: Made, options: Partial<VectorSearchOptions> = {}): Promise<Search> {
  const search = vectorSearch({ crew: ownThread(), budgetBytes: 1e9, seed: 7, ...options });
  for (const [row, vector] of made.vectors.entries()) await search.add(row, made.groups[row] as number, vector);
  await search.seal();
  const fetched: number[] = [];
  const fetch: PairsOptions['fetch'] = async (rows) => {
    expect(rows.length).toBeLessThanOrEqual(5000);
    fetched.push(...rows);
    return rows.map((row) => made.vectors[row] ?? null);
  };
  return { search, options: { fetch }, fetched };
}

async function pairsOf(batches: AsyncIterable<{ a: Uint32Array; b: Uint32Array; similarity: Float64Array }>) {
  const pairs = new Map<string, number>();
  const wrong: string[] = [];
  for await (const { a, b, similarity } of batches) {
    for (const [i, row] of a.entries()) {
      const pair = `${row} ${b[i]}`;
      if (pairs.has(pair) || row >= (b[i] as number)) wrong.push(pair);
      pairs.set(pair, similarity[i] as number);
    }
  }
  expect(wrong, 'come once, the lower row first').toEqual([]);
  return pairs;
}

function expectSame(found: Map<string, number>, wanted: Map<string, number>): void {
  expect([...wanted.keys()].filter((pair) => !found.has(pair))).toEqual([]);
  expect([...found.keys()].filter((pair) => !wanted.has(pair))).toEqual([]);
  const off = [...wanted].filter(([pair, similarity]) => !(Math.abs((found.get(pair) as number) - similarity) < 1e-12));
  expect(off).toEqual([]);
}

/** Exactly; by sketches, kept; by sketches, everything fetched again. */
const ways: readonly [string, Partial<VectorSearchOptions>][] = [
  ['by cost', {}],
  ['exactly', { method: 'exact' }],
  ['by sketch', { method: 'sketch' }],
  ['with vectors let go', { budgetBytes: 0 }],
  ['exactly with vectors let go', { budgetBytes: 40_000, method: 'exact' }],
];

describe.each(ways)('pairs %s', (_name, options) => {
  it.each([1, 3, 100, 384, 1000])('are those of plain arithmetic in %i dimensions', async (dimensions) => {
    const made = makeVectors({ rows: 700, dimensions, groups: 3, tight: 0.4, twins: 0.2, seed: dimensions });
    const { search, options: o } = await filled(made, options);
    const { pairs } = plainPairs(made, 0.95);
    expect(pairs.size).toBeGreaterThan(50);
    expectSame(await pairsOf(search.pairs(0.95, o)), pairs);
    await search.close();
  });

  it.each([0.7, 0.9, 0.99])('reach %f', async (similarity) => {
    const made = makeVectors({ rows: 900, dimensions: 48, groups: 2, tight: 0.6, twins: 0.2, seed: 5 });
    const { search, options: o } = await filled(made, options);
    expectSame(await pairsOf(search.pairs(similarity, o)), plainPairs(made, similarity).pairs);
    await search.close();
  });

  it('around some rows are those pairs that have one of them', async () => {
    const made = makeVectors({ rows: 900, dimensions: 64, groups: 3, tight: 0.5, twins: 0.3, seed: 11 });
    const { search, options: o } = await filled(made, options);
    const { pairs, first } = plainPairs(made, 0.92);
    const sample = [5, 17, 100, 101, 333, 640, 899];
    const asked = new Set(sample.map((row) => first[row] as number));
    const direct = new Map([...pairs].filter(([p]) => p.split(' ').some((row) => asked.has(Number(row)))));
    // Copies of rows that were met come along.
    const met = new Set([...direct.keys()].flatMap((p) => p.split(' ').map(Number)));
    const wanted = new Map(
      [...pairs].filter(([p]) => {
        const [a, b] = p.split(' ').map(Number) as [number, number];
        return direct.has(p) || (met.has(a) && first[b] === a);
      }),
    );
    expectSame(await pairsOf(search.around(sample, 0.92, o)), wanted);
    await search.close();
  });

  it('leave rows out that cannot be compared, and take any norm', async () => {
    const base = makeVectors({ rows: 40, dimensions: 10, twins: 0, seed: 2 }).vectors;
    const times = (v: Float32Array, factor: number): Float32Array => v.map((x) => x * factor);
    const v = base[0] as Float32Array;
    const vectors = [
      ...base,
      times(v, 1e30),
      times(v, 1e-30),
      new Float32Array(10),
      v.slice(0, 5),
      v.map(() => Number.NaN),
    ];
    const made: Made = { vectors, groups: vectors.map(() => 0) };
    const { search, options: o } = await filled(made, options);
    expect([...search.unusable].sort()).toEqual([42, 43, 44]);
    const found = await pairsOf(search.pairs(0.999, o));
    expect([...found.keys()].sort()).toEqual(['0 40', '0 41', '40 41']);
    const cosines = await search.cosines(Uint32Array.of(0, 0, 42), Uint32Array.of(40, 43, 1), o);
    expect(cosines[0]).toBeCloseTo(1, 6);
    expect([...cosines.subarray(1)]).toEqual([Number.NaN, Number.NaN]);
    expect(await search.nearest([42], 2, o)).toEqual([[]]);
    await search.close();
  });

  it('of equal vectors are a star', async () => {
    const made = makeVectors({ rows: 300, dimensions: 32, twins: 0, seed: 9 });
    for (let row = 20; row < 220; row += 2) made.vectors[row] = (made.vectors[10] as Float32Array).slice();
    const { search, options: o } = await filled(made, options);
    const found = await pairsOf(search.pairs(0.98, o));
    expect(found.size).toBe(100);
    expect([...found.keys()].every((pair) => pair.startsWith('10 '))).toBe(true);
    expect([...found.values()].every((similarity) => similarity > 1 - 1e-12)).toBe(true);
    await search.close();
  });

  it('are found among the nearest rows', async () => {
    const made = makeVectors({ rows: 2600, dimensions: 24, groups: 1, tight: 0.3, twins: 0.3, seed: 21 });
    const { search, options: o } = await filled(made, options);
    const asked = [0, 7, 700, 1500, 2599];
    const near = await search.nearest(asked, 3, o);
    for (const [i, row] of asked.entries()) {
      const all = made.vectors
        .map((v, other) => ({ row: other, similarity: cosine(made.vectors[row] as Float32Array, v) }))
        .filter((n) => n.row !== row)
        .sort((x, y) => y.similarity - x.similarity);
      expect(near[i]?.length).toBe(3);
      // Sketches put the nearest in the right order when they stand out, and near ones close by always.
      for (const [k, n] of (near[i] ?? []).entries()) {
        expect(
          Math.abs(n.similarity - cosine(made.vectors[row] as Float32Array, made.vectors[n.row] as Float32Array)),
        ).toBeLessThan(1e-12);
        expect(n.similarity).toBeGreaterThan((all[k]?.similarity as number) - (k === 0 ? 1e-9 : 0.1));
      }
    }
    await search.close();
  });
});

describe('a search', () => {
  it('fetches each row about once, and only candidates', async () => {
    const made = makeVectors({ rows: 6000, dimensions: 64, tight: 0.2, twins: 0.05, seed: 31 });
    const { search, options, fetched } = await filled(made, { budgetBytes: 64 * 4 * 100 });
    const found = await pairsOf(search.pairs(0.97, options));
    expectSame(found, plainPairs(made, 0.97).pairs);
    expect(found.size).toBeGreaterThan(100);
    expect(fetched.length).toBeLessThan(2000);
    expect(fetched.length).toBeLessThan(1.5 * new Set(fetched).size);
    await search.close();
  });

  it('reports no pair of a row that is gone when it is fetched again', async () => {
    const made = makeVectors({ rows: 800, dimensions: 32, twins: 0.3, seed: 41 });
    const { search, options } = await filled(made, { budgetBytes: 0 });
    const gone = new Set([...plainPairs(made, 0.95).pairs.keys()].map((p) => Number(p.split(' ')[1])).slice(0, 20));
    const fetch: PairsOptions['fetch'] = async (rows) =>
      (await options.fetch(rows)).map((v, i) => (gone.has(rows[i] as number) ? null : v));
    const near = await search.nearest([...gone], 1, { fetch });
    expect(near.every((n) => n.length === 0)).toBe(true);
    const cosines = await search.cosines(
      Uint32Array.of(...gone),
      Uint32Array.from(gone, () => 1),
      { fetch },
    );
    expect(cosines.every((c) => Number.isNaN(c))).toBe(true);
    await search.close();
  });

  it('keeps groups of different lengths apart', async () => {
    const a = makeVectors({ rows: 200, dimensions: 16, twins: 0.3, seed: 51 });
    const b = makeVectors({ rows: 200, dimensions: 24, twins: 0.3, seed: 52 });
    const vectors = a.vectors.flatMap((v, i) => [v, b.vectors[i] as Float32Array]);
    const made: Made = { vectors, groups: vectors.map((_, i) => i % 2) };
    for (const budgetBytes of [0, 1e9]) {
      const { search, options } = await filled(made, { budgetBytes });
      expectSame(await pairsOf(search.pairs(0.9, options)), plainPairs(made, 0.9).pairs);
      expect(search.unusable.size).toBe(0);
      await search.close();
    }
  });

  it('stays exact where half of all pairs are candidates, and in a narrow cone', async () => {
    for (const [tight, similarity] of [
      [0.95, 0.94],
      [0.86, 0.95],
    ] as const) {
      const made = makeVectors({ rows: 700, dimensions: 96, clusters: 1, tight, twins: 0.05, seed: 61 });
      const wanted = plainPairs(made, similarity).pairs;
      expect(wanted.size).toBeGreaterThan(20);
      for (const budgetBytes of [0, 96 * 4 * 200, 1e9]) {
        const { search, options } = await filled(made, { budgetBytes, method: 'sketch' });
        expectSame(await pairsOf(search.pairs(similarity, options)), wanted);
        await search.close();
        const cheapest = await filled(made, { budgetBytes });
        expectSame(await pairsOf(cheapest.search.pairs(similarity, cheapest.options)), wanted);
        await cheapest.search.close();
      }
    }
  });

  it('tells progress up to 1 and stops when it is told to', async () => {
    const made = makeVectors({ rows: 9000, dimensions: 8, tight: 0.2, twins: 0.05, seed: 71 });
    const { search, options } = await filled(made, { method: 'sketch' });
    const shares: number[] = [];
    await pairsOf(search.pairs(0.999, { ...options, onProgress: (done) => shares.push(done) }));
    expect(shares.length).toBeGreaterThan(3);
    expect(shares).toEqual([...shares].sort((x, y) => x - y));
    expect(shares.at(-1)).toBe(1);
    const controller = new AbortController();
    const stopped = pairsOf(
      search.pairs(0.999, {
        ...options,
        signal: controller.signal,
        onProgress: () => controller.abort(new Error('enough')),
      }),
    );
    await expect(stopped).rejects.toThrow('enough');
    await search.close();
  });

  it('refuses rows out of order, and pairs before seal()', async () => {
    const search = vectorSearch({ crew: ownThread(), budgetBytes: 1e6, seed: 1 });
    await search.add(3, 0, Float32Array.of(1, 2));
    expect(() => search.add(3, 0, Float32Array.of(1, 2))).toThrow('rows come in ascending order: 3 after 3');
    expect(() => search.add(4, -1, Float32Array.of(1, 2))).toThrow('groups are numbered from 0: -1');
    expect(() => search.how(0.9)).toThrow('seal()');
    await search.close();
  });

  it('says whether it was exact', async () => {
    const few = await filled(makeVectors({ rows: 50, dimensions: 8, seed: 81 }));
    expect(few.search.how(0.95)).toBe('every pair of vectors was compared exactly');
    const letGo = await filled(makeVectors({ rows: 500, dimensions: 64, twins: 0, seed: 82 }), { budgetBytes: 0 });
    expect(letGo.search.how(0.95)).toContain('512-bit sketches, each verified exactly on vectors read again');
    expect(letGo.search.how(0.95)).toContain('at most 0.00003');
    expect(letGo.search.how(0.3)).toBe('every pair of vectors was compared exactly, vectors read again block by block');
  });
});
