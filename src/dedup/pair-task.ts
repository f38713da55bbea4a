/** What the near-pair search asks of a worker and what it answers: plain data and shared memory, so that it can be posted. */
import type { SketchLimits } from './sketch.ts';

/** Told to every worker before its first task; one of another build answers with another number and is not used. */
export const PAIR_TASK_VERSION = 1;

export type PairTask =
  | { readonly kind: 'hello' }
  | MeasureTask
  /** `open` and `forget` go to every worker. */
  | { readonly kind: 'open'; readonly plan: number; readonly what: JoinPlan }
  | { readonly kind: 'forget'; readonly plan: number }
  | JoinTask
  | NearestTask;

/** Norms and digests, or sketches, or both, of the first `count` rows of a chunk of `capacity`, written into `facts`. */
export interface MeasureTask {
  readonly kind: 'measure';
  readonly vectors: SharedArrayBuffer;
  readonly facts: SharedArrayBuffer;
  readonly capacity: number;
  readonly count: number;
  readonly stride: number;
  readonly measure: boolean;
  readonly sign: { readonly centre: Float32Array; readonly seed: number } | null;
}

/** Sum of the unit vectors of a chunk; its rows that cannot be compared. Both only where `measure` was asked for. */
export interface Measured {
  readonly sum: Float32Array | null;
  readonly unusable: readonly number[];
}

/** Rows of one length and the pairs wanted of them. Rows are named by their position in `order`, which holds slots. */
export interface JoinPlan {
  readonly stride: number;
  readonly shift: number;
  readonly order: SharedArrayBuffer;
  readonly facts: readonly SharedArrayBuffer[];
  readonly vectors: VectorPlaces;
  readonly similarity: number;
  /** Null: no sketches, every pair is compared. */
  readonly limits: SketchLimits | null;
}

export type VectorPlaces =
  /** Pairs come unverified. */
  | { readonly kind: 'none' }
  | { readonly kind: 'chunks'; readonly chunks: readonly SharedArrayBuffer[] }
  | { readonly kind: 'blocks'; readonly blocks: readonly VectorBlock[] };

/** Vectors of the positions from `start` on, fetched for a while. */
export interface VectorBlock {
  readonly start: number;
  readonly end: number;
  readonly vectors: SharedArrayBuffer;
  /** Squared norms, f64; 0 for a row that is gone. */
  readonly squares: SharedArrayBuffer;
}

/** Rectangles of positions, four numbers each: from and to of a, from and to of b. Where both are the same: each pair once. */
export interface JoinTask {
  readonly kind: 'join';
  readonly plan: number;
  readonly rectangles: Uint32Array;
  readonly cursor: JoinCursor | null;
}

/** Where to go on, when a task had so much to say that it stopped to say it. */
export interface JoinCursor {
  readonly rectangle: number;
  readonly dense: boolean;
  readonly a: number;
  readonly b: number;
}

export interface Joined {
  /** Positions. */
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  /** Null: candidates, to be verified. */
  readonly similarity: Float64Array | null;
  readonly cursor: JoinCursor | null;
}

/** The `keep` nearest rows of positions `from` to `to` for each of some positions: exact where no limits are, else by sketch. */
export interface NearestTask {
  readonly kind: 'nearest';
  readonly plan: number;
  readonly positions: Uint32Array;
  readonly from: number;
  readonly to: number;
  readonly keep: number;
}

export interface Nearest {
  /** `keep` positions for each, nearest first; NONE where there are fewer. */
  readonly nearest: Uint32Array;
}

export const NONE = 0xffffffff;

export type PairAnswer = number | null | Measured | Joined | Nearest;

/** Whoever carries out tasks: workers, or this thread. */
export interface PairCrew {
  /** Threads that work beside each other. */
  readonly threads: number;
  run(task: MeasureTask): Promise<Measured>;
  run(task: JoinTask): Promise<Joined>;
  run(task: NearestTask): Promise<Nearest>;
  /** To every worker, before any task that is run later. */
  tell(task: Extract<PairTask, { kind: 'open' | 'forget' }>): void;
  close(): Promise<void>;
}
