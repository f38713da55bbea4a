/** Exact cosines of pairs whose vectors were let go: each row fetched about once, in bounded memory. */
import { openKernel, strideOf } from './kernel/kernel.ts';
import { measureRow } from './measure-chunk.ts';
import { cosineOf } from './pair-tile.ts';
import type { PairsOptions } from './vector-pairs.ts';

/** Rows asked for at a time. */
export const FETCH_ROWS = 2000;

/** Fetches rows and hands over each that is still there, is of this length and can be compared; a copy, its norm within reach. */
export async function fetchRows(
  rows: readonly number[],
  dimensions: number,
  o: PairsOptions,
  take: (index: number, vector: Float32Array, square: number) => void,
): Promise<void> {
  const { fetch: vectorsOf } = o;
  for (let from = 0; from < rows.length; from += FETCH_ROWS) {
    o.signal?.throwIfAborted();
    const part = rows.slice(from, from + FETCH_ROWS);
    for (const [i, vector] of (await vectorsOf(part)).entries()) {
      if (vector === null || vector.length !== dimensions) continue;
      const copy = vector.slice();
      const square = measureRow(copy);
      if (square !== 0) take(from + i, copy, square);
    }
  }
}

/** Cosine of each pair of rows; NaN where one is gone. At most `cacheBytes` of vectors are held. */
export async function fetchedCosines(
  a: Uint32Array,
  b: Uint32Array,
  dimensions: number,
  cacheBytes: number,
  o: PairsOptions,
): Promise<Float64Array> {
  const cosines = new Float64Array(a.length).fill(Number.NaN);
  const rows = Uint32Array.from(new Set(both(a, b))).sort();
  if (rows.length === 0) return cosines;
  const stride = strideOf(dimensions);
  const room = Math.max(2, Math.min(rows.length, Math.floor(cacheBytes / (4 * stride))));
  const kernel = openKernel();
  kernel.lay(4 * stride * room);
  const squares = new Float64Array(room);
  const load = async (wanted: readonly number[], at: number): Promise<Map<number, number>> => {
    const places = new Map<number, number>();
    await fetchRows(wanted, dimensions, o, (i, vector, square) => {
      kernel.f32.fill(0, (at + i) * stride, (at + i + 1) * stride);
      kernel.f32.set(vector, (at + i) * stride);
      squares[at + i] = square;
      places.set(wanted[i] as number, at + i);
    });
    return places;
  };
  const compare = (pair: number, places: Map<number, number>, others: Map<number, number>): void => {
    const x = places.get(a[pair] as number) ?? others.get(a[pair] as number);
    const y = places.get(b[pair] as number) ?? others.get(b[pair] as number);
    if (x === undefined || y === undefined) return;
    const dot = kernel.run.dot(4 * stride * x, 4 * stride * y, stride);
    cosines[pair] = cosineOf(dot, squares[x] as number, squares[y] as number);
  };

  if (rows.length <= room) {
    const places = await load([...rows], 0);
    for (let pair = 0; pair < a.length; pair++) compare(pair, places, places);
    return cosines;
  }
  const half = Math.floor(room / 2);
  for (const [inner, outer] of pairsByBlock(a, b, rows, half)) {
    const places = await load(inner, 0);
    for (const [wanted, pairs] of outer) {
      const others = wanted.length === 0 ? places : await load(wanted, half);
      for (const pair of pairs) compare(pair, places, others);
    }
  }
  return cosines;
}

/**
 * Rows in blocks of `size`, connected ones together, so that most pairs lie inside one block. For each block its rows, and for each
 * block it is paired with (itself with no rows to load) the rows needed of it and the pairs.
 */
function* pairsByBlock(
  a: Uint32Array,
  b: Uint32Array,
  rows: Uint32Array,
  size: number,
): Generator<[number[], [number[], number[]][]]> {
  const index = new Map<number, number>();
  for (const [i, row] of rows.entries()) index.set(row, i);
  const parent = Uint32Array.from(rows, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number;
      at = parent[at] as number;
    }
    return at;
  };
  const at = (list: Uint32Array, pair: number): number => index.get(list[pair] as number) as number;
  for (let pair = 0; pair < a.length; pair++) {
    const x = root(at(a, pair));
    const y = root(at(b, pair));
    parent[Math.max(x, y)] = Math.min(x, y);
  }
  // By component, then by row: both below 2^26, so one double sorts them.
  const sorted = Float64Array.from(rows, (_, i) => root(i) * 2 ** 26 + i).sort();
  const block = new Uint32Array(rows.length);
  for (const [place, key] of sorted.entries()) block[key % 2 ** 26] = Math.floor(place / size);
  const blocks = Math.ceil(rows.length / size);
  const keys = Float64Array.from(a, (_, pair) => {
    const x = block[at(a, pair)] as number;
    const y = block[at(b, pair)] as number;
    return (Math.min(x, y) * blocks + Math.max(x, y)) * 2 ** 26 + pair;
  }).sort();
  let next = 0;
  for (let i = 0; i < blocks; i++) {
    const inner = new Set<number>();
    const outer: [number[], number[]][] = [];
    while (next < keys.length && Math.floor((keys[next] as number) / 2 ** 26 / blocks) === i) {
      const key = Math.floor((keys[next] as number) / 2 ** 26);
      const wanted = new Set<number>();
      const pairs: number[] = [];
      for (; next < keys.length && Math.floor((keys[next] as number) / 2 ** 26) === key; next++) {
        const pair = (keys[next] as number) % 2 ** 26;
        pairs.push(pair);
        for (const row of [a[pair] as number, b[pair] as number]) {
          (block[index.get(row) as number] === i ? inner : wanted).add(row);
        }
      }
      outer.push([[...wanted], pairs]);
    }
    if (outer.length > 0) yield [[...inner], outer];
  }
}

function* both(a: Uint32Array, b: Uint32Array): Generator<number> {
  yield* a;
  yield* b;
}
