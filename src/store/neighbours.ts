/** Near rows found by the engine's own vector index. */

export interface NeighbourRequest {
  /** Id of a memory set, as the snapshot calls it. */
  readonly set: string;
  /** Least cosine similarity. */
  readonly similarity: number;
  /** Nearest rows looked at for each row. */
  readonly nearest: number;
  /** Only these rows are looked around, by key; all rows of the set where left out. */
  readonly keys?: readonly string[];
  readonly signal?: AbortSignal;
  /** Rows done, of how many. */
  readonly onProgress?: (done: number, total: number | null) => void;
  /** Told once what the search rests on, where that is not a matter of course: another distance, a partial index, no index used. */
  readonly onNote?: (note: string) => void;
}

/** Two active rows of one namespace and kind. A pair may come twice, once from either side. */
export interface NeighbourPair {
  /** Keys, as `keyOf` has them. */
  readonly a: string;
  readonly b: string;
  /** Cosine, as the engine computed it exactly for these two. */
  readonly similarity: number;
}
