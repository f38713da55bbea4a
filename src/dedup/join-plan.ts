/** What of a lane is to be joined, and how that is said to the crew. */
import type { JoinPlan } from './pair-task.ts';
import { pairsOf } from './rectangles.ts';
import type { SketchLimits } from './sketch.ts';
import type { VectorLane } from './vector-lane.ts';
import type { PairsOptions } from './vector-pairs.ts';

/** What is joined: places in the order, and rectangles of them, by group. */
export interface Wanted {
  /** Slots; places of the lane's own order first. */
  readonly order: SharedArrayBuffer;
  readonly ranges: readonly WantedRange[];
}

/** A group (places `from` to `to`), joined with itself, or some places of it (`a0` to `a1`, behind the order) with it. */
export interface WantedRange {
  readonly from: number;
  readonly to: number;
  readonly a0: number;
  readonly a1: number;
}

export interface LaneJoin {
  readonly similarity: number;
  readonly budgetBytes: number;
  readonly seed: number;
  /** Null: by cost. */
  readonly method: 'exact' | 'sketch' | null;
  readonly options: PairsOptions;
  /** Told how many pairs more are settled. */
  readonly progress: (pairs: number) => void;
}

export const planOf = (
  lane: VectorLane,
  wanted: Wanted,
  join: LaneJoin,
  limits: SketchLimits | null,
  vectors: boolean,
): JoinPlan => ({
  stride: lane.stride,
  shift: lane.shift,
  order: wanted.order,
  facts: lane.chunks.map((chunk) => chunk.buffer),
  vectors: vectors
    ? { kind: 'chunks', chunks: lane.chunks.map((chunk) => chunk.vectors as SharedArrayBuffer) }
    : { kind: 'none' },
  similarity: join.similarity,
  limits,
});

/** Pairs that a range has to settle. */
export const rangePairs = (r: WantedRange): number =>
  r.a0 === r.from ? pairsOf(r.to - r.from) : (r.a1 - r.a0) * (r.to - r.from);
