/**
 * Near vectors found by the store's own index instead of in this process, for stores that outgrow this machine. What comes back
 * is a candidate: vectors are read by key, and the cosine of each pair is computed here. What the index misses is missed.
 */
import { InputError } from '../quantity/index.ts';
import type { Store } from '../store/index.ts';
import type { RowTable } from './row-table.ts';
import type { Near, PairBatch, PairsOptions, VectorPairs } from './vector-pairs.ts';

/** Nearest rows looked at for each row: twins rank first, and clusters larger than this hang together by their members. */
const NEAREST = 20;
const BATCH = 1000;

/** Rows of the table are vectors of the same number: each is taken to have one of its own. */
export function storePairs(store: Store, set: string, table: RowTable): VectorPairs {
  if (store.neighbours === undefined)
    throw new InputError(
      'no-push-down',
      '--push-down: this store cannot search by vector; without it the vectors are read and compared here',
    );
  return new StorePairs(store, set, table);
}

/** Cosine in double precision; NaN for vectors that have none. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.NaN;
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}

class StorePairs implements VectorPairs {
  readonly unusable: ReadonlySet<number> = new Set<number>();
  readonly #store: Store;
  readonly #set: string;
  readonly #table: RowTable;
  #rowOf: Map<string, number> | undefined;

  constructor(store: Store, set: string, table: RowTable) {
    this.#store = store;
    this.#set = set;
    this.#table = table;
  }

  add(): void {}

  async seal(): Promise<void> {}

  async *pairs(similarity: number, o: PairsOptions): AsyncIterable<PairBatch> {
    yield* this.#search(similarity, undefined, o);
  }

  async *around(rows: readonly number[], similarity: number, o: PairsOptions): AsyncIterable<PairBatch> {
    for (let from = 0; from < rows.length; from += BATCH)
      yield* this.#search(
        similarity,
        rows.slice(from, from + BATCH).map((row) => this.#table.key(row)),
        o,
      );
  }

  async nearest(rows: readonly number[], k: number, o: PairsOptions): Promise<readonly (readonly Near[])[]> {
    const found = new Map<number, Near[]>(rows.map((row) => [row, []]));
    // No row is less similar than the opposite direction: the nearest come whatever their similarity.
    for await (const { a, b, similarity } of this.around(rows, -1, o)) {
      for (let i = 0; i < a.length; i++) {
        const [x, y, s] = [a[i] as number, b[i] as number, similarity[i] as number];
        found.get(x)?.push({ row: y, similarity: s });
        found.get(y)?.push({ row: x, similarity: s });
      }
    }
    return rows.map((row) => (found.get(row) ?? []).sort((p, q) => q.similarity - p.similarity).slice(0, k));
  }

  async cosines(a: Uint32Array, b: Uint32Array, o: PairsOptions): Promise<Float64Array> {
    const read = o.fetch;
    const out = new Float64Array(a.length).fill(Number.NaN);
    for (let from = 0; from < a.length; from += BATCH) {
      const to = Math.min(a.length, from + BATCH);
      const rows = [...new Set([...a.subarray(from, to), ...b.subarray(from, to)])];
      const vectors = await read(rows);
      const of = new Map(rows.map((row, i) => [row, vectors[i] ?? null]));
      for (let i = from; i < to; i++) {
        const x = of.get(a[i] as number);
        const y = of.get(b[i] as number);
        if (x != null && y != null) out[i] = cosine(x, y);
      }
    }
    return out;
  }

  how(): string {
    return `candidates came from the store's own vector index (the ${NEAREST} nearest of each row) and were verified on the vectors; what an approximate index does not find is missing`;
  }

  async close(): Promise<void> {}

  async *#search(similarity: number, keys: readonly string[] | undefined, o: PairsOptions): AsyncGenerator<PairBatch> {
    const rowOf = this.#rows();
    const seen = new Set<string>();
    let a: number[] = [];
    let b: number[] = [];
    const request = {
      set: this.#set,
      similarity,
      nearest: NEAREST,
      ...(keys === undefined ? {} : { keys }),
      ...(o.signal === undefined ? {} : { signal: o.signal }),
      onProgress: (done: number, total: number | null) => {
        if (total !== null && total > 0) o.onProgress?.(done / total);
      },
    };
    for await (const pair of this.#store.neighbours?.(request) ?? []) {
      const [x, y] = [rowOf.get(pair.a), rowOf.get(pair.b)];
      if (x === undefined || y === undefined || x === y) continue;
      if (this.#table.group.get(x) !== this.#table.group.get(y)) continue;
      const name = x < y ? `${x},${y}` : `${y},${x}`;
      if (seen.has(name)) continue;
      seen.add(name);
      a.push(Math.min(x, y));
      b.push(Math.max(x, y));
      if (a.length < BATCH) continue;
      yield* this.#verified(a, b, similarity, o);
      a = [];
      b = [];
    }
    if (a.length > 0) yield* this.#verified(a, b, similarity, o);
  }

  async *#verified(
    left: readonly number[],
    right: readonly number[],
    least: number,
    o: PairsOptions,
  ): AsyncGenerator<PairBatch> {
    const values = await this.cosines(Uint32Array.from(left), Uint32Array.from(right), o);
    const held = [...values.keys()].filter((i) => (values[i] as number) >= least);
    yield {
      a: Uint32Array.from(held, (i) => left[i] as number),
      b: Uint32Array.from(held, (i) => right[i] as number),
      similarity: Float64Array.from(held, (i) => values[i] as number),
    };
  }

  #rows(): Map<string, number> {
    if (this.#rowOf === undefined) {
      this.#rowOf = new Map();
      for (let row = 0; row < this.#table.rows; row++) this.#rowOf.set(this.#table.key(row), row);
    }
    return this.#rowOf;
  }
}
