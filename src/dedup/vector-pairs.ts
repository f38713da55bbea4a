/** The contract between the audit and whatever finds near vectors: in this process, on workers, or in the store. */

/** Rows are numbered 0, 1, 2, … in the order in which they are added; groups are numbered by the caller. */
export interface VectorPairs {
  /** Takes a copy. Resolves when the next row may come: bounded memory, whatever the store. */
  add(row: number, group: number, vector: Float32Array): void | Promise<void>;
  /** Everything was added. */
  seal(): Promise<void>;
  /**
   * All pairs of rows of one group whose cosine reaches `similarity`, verified on the vectors themselves (double precision
   * sums): what is reported is never below. Vectors that are not kept are fetched again through `fetch`.
   * A pair comes once, a < b. Rows with the same vector come as a star around the first of them.
   */
  pairs(similarity: number, o: PairsOptions): AsyncIterable<PairBatch>;
  /** For each given row its nearest other rows of its group, best first, exact cosines: for calibration. */
  nearest(rows: readonly number[], k: number, o: PairsOptions): Promise<readonly (readonly Near[])[]>;
  /** Like `pairs`, of these rows with all rows of their groups: for a sample. */
  around(rows: readonly number[], similarity: number, o: PairsOptions): AsyncIterable<PairBatch>;
  /** Exact cosines of given pairs: for random pairs and for diameters. */
  cosines(a: Uint32Array, b: Uint32Array, o: PairsOptions): Promise<Float64Array>;
  /** One sentence: exact or by sketch, and the probability that a pair at the threshold is missed. */
  how(similarity: number): string;
  /** Rows that were added and cannot be compared: zero, not finite, of another length than their group's first. */
  readonly unusable: ReadonlySet<number>;
  /** Ends workers and gives memory back. */
  close(): Promise<void>;
}

export interface PairsOptions {
  /** The vectors of these rows, in this order; null for a row that is gone. At most a few thousand at a time. */
  readonly fetch: (rows: readonly number[]) => Promise<readonly (Float32Array | null)[]>;
  readonly signal?: AbortSignal;
  /** Share of the work done, 0 to 1. */
  readonly onProgress?: (done: number) => void;
}

export interface PairBatch {
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  readonly similarity: Float64Array;
}

export interface Near {
  readonly row: number;
  readonly similarity: number;
}
