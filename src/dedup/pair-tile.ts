/** Joins rectangles of rows, tile by tile: by sketches and verification, or by comparing all pairs. One thread's work. */
import type { Kernel } from './kernel/kernel.ts';
import { gatherLimits, gatherSketches, gatherVectors, type OpenPlan } from './open-plan.ts';
import { PairList } from './pair-list.ts';
import type { JoinCursor, Joined, JoinTask } from './pair-task.ts';

/** Most rows of a side of a rectangle: their sketches (256 KiB) stay in the second-level cache. */
export const TILE_ROWS = 4096;
/** Vectors of one side of a tile that is compared whole: half a second-level cache. */
const BLOCK_BYTES = 2 ** 18;
/**
 * A share of candidates above which comparing all pairs is cheaper: a candidate costs about 0.3 µs to verify, a pair in a tile
 * 15 ns (384 dimensions; measured by bench/dedup-pairs.ts).
 */
export const DENSE_SHARE = 0.04;
/** Candidates that fit between two looks: beyond, a tile counts as dense. */
const ROOM: number = Math.ceil(TILE_ROWS * TILE_ROWS * DENSE_SHARE) + TILE_ROWS;
/** A task stops to hand over what it has when it holds so many pairs, or has done so many multiplications (about 0.1 s). */
const PAIRS_AT_ONCE = 500_000;
const WORK_AT_ONCE = 2.5e9;

/** Carries a join task out, from its cursor to its end or to the next cursor. */
export function joinRectangles(kernel: Kernel, open: OpenPlan, task: JoinTask): Joined {
  const { rectangles } = task;
  const verified = open.plan.vectors.kind !== 'none';
  const pairs = new PairList();
  let work = 0;
  let cursor: JoinCursor | null = task.cursor;
  for (let r = cursor?.rectangle ?? 0; 4 * r < rectangles.length; r++) {
    const rectangle = rectangles.subarray(4 * r, 4 * r + 4) as unknown as Rectangle;
    let dense = open.plan.limits === null || cursor?.dense === true;
    let at = { a: cursor?.a ?? 0, b: cursor?.b ?? 0 };
    cursor = null;
    while (true) {
      if (!dense) {
        const next = joinSketches(kernel, open, rectangle, at.a, pairs);
        work += (rectangle[1] - rectangle[0]) * (rectangle[3] - rectangle[2]) * 20;
        if (next === 'done') break;
        if (next === 'dense') dense = true;
        else at = { a: next, b: 0 };
      } else {
        const next = joinVectors(kernel, open, rectangle, at, pairs);
        work += next.work;
        if (next.at === null) break;
        at = next.at;
      }
      if (pairs.size >= PAIRS_AT_ONCE || work >= WORK_AT_ONCE) {
        return pairs.done(verified, { rectangle: r, dense, ...at });
      }
    }
    const more = 4 * (r + 1) < rectangles.length;
    if (more && (pairs.size >= PAIRS_AT_ONCE || work >= WORK_AT_ONCE)) {
      return pairs.done(verified, { rectangle: r + 1, dense: false, a: 0, b: 0 });
    }
  }
  return pairs.done(verified, null);
}

type Rectangle = readonly [number, number, number, number];

/** By sketches, from row `from` of the rectangle. `dense` where so many are near that nothing is reported of it. */
function joinSketches(
  kernel: Kernel,
  open: OpenPlan,
  [a0, a1, b0, b1]: Rectangle,
  from: number,
  pairs: PairList,
): 'done' | 'dense' | number {
  const { plan } = open;
  const aCount = a1 - a0;
  const bCount = b1 - b0;
  const same = a0 === b0;
  const [aHeads, aTails, bHeads, bTails, first, whole, x, y, next, out] = kernel.lay(
    16 * (aCount + 4),
    48 * aCount,
    16 * (bCount + 4),
    48 * bCount,
    4 * aCount,
    4 * aCount,
    4 * plan.stride,
    4 * plan.stride,
    4,
    8 * ROOM,
  );
  gatherSketches(kernel, open, a0, a1, aHeads, aTails);
  if (!same) gatherSketches(kernel, open, b0, b1, bHeads, bTails);
  gatherLimits(kernel, open, a0, a1, first, whole);
  const found = kernel.run.near(
    aHeads,
    aTails,
    from,
    aCount,
    same ? aHeads : bHeads,
    same ? aTails : bTails,
    bCount,
    first,
    whole,
    same ? 1 : 0,
    out,
    ROOM,
    next,
  );
  const list = out >> 2;
  if (plan.vectors.kind === 'none') {
    for (let k = list; k < list + 2 * found; k += 2) {
      pairs.push(a0 + (kernel.u32[k] as number), b0 + (kernel.u32[k + 1] as number), 0);
    }
    const row = kernel.u32[next >> 2] as number;
    return row < aCount ? row : 'done';
  }
  if ((kernel.u32[next >> 2] as number) < aCount || found > DENSE_SHARE * aCount * bCount) return 'dense';
  let held = -1;
  let norm = 0;
  for (let k = list; k < list + 2 * found; k += 2) {
    const a = kernel.u32[k] as number;
    const b = kernel.u32[k + 1] as number;
    if (a !== held) {
      held = a;
      norm = open.take(a0 + a, kernel, x >> 2);
    }
    const other = open.take(b0 + b, kernel, y >> 2);
    const similarity = cosineOf(kernel.run.dot(x, y, plan.stride), norm, other);
    if (similarity >= plan.similarity) pairs.push(a0 + a, b0 + b, similarity);
  }
  return 'done';
}

/** Cosine from a dot product and two squared norms; NaN where a norm is 0. */
export const cosineOf = (dot: number, a: number, b: number): number =>
  Math.max(-1, Math.min(1, dot / Math.sqrt(a * b)));

/** All pairs of the next tile of a rectangle, by their vectors. */
function joinVectors(
  kernel: Kernel,
  open: OpenPlan,
  [a0, a1, b0, b1]: Rectangle,
  at: { readonly a: number; readonly b: number },
  pairs: PairList,
): { readonly at: { readonly a: number; readonly b: number } | null; readonly work: number } {
  const { stride, similarity } = open.plan;
  const triangle = a0 === b0;
  const rows = blockRows(stride);
  const room = 16 * rows;
  const [x, y, xInverses, yInverses, xSquares, ySquares, next, out] = kernel.lay(
    4 * stride * (rows + 4),
    4 * stride * (rows + 4),
    4 * (rows + 4),
    4 * (rows + 4),
    8 * rows,
    8 * rows,
    4,
    8 * room,
  );
  const aFrom = a0 + at.a;
  const aTo = Math.min(a1, aFrom + rows);
  gatherVectors(kernel, open, aFrom, aTo, x, xInverses, xSquares);
  const limit = similarity - roundingOf(stride);
  let work = 0;
  let b = triangle ? Math.max(at.b, at.a) : at.b;
  for (; b0 + b < b1 && work < WORK_AT_ONCE && pairs.size < PAIRS_AT_ONCE; b += rows) {
    const bFrom = b0 + b;
    const bTo = Math.min(b1, bFrom + rows);
    const same = triangle && bFrom === aFrom;
    if (!same) gatherVectors(kernel, open, bFrom, bTo, y, yInverses, ySquares);
    const right = same ? x : y;
    const rightSquares = same ? xSquares : ySquares;
    const aCount = aTo - aFrom;
    for (let from = 0; from < bTo - bFrom; from = kernel.u32[next >> 2] as number) {
      const found = kernel.run.dots(
        x,
        aCount,
        right,
        bTo - bFrom,
        stride,
        xInverses,
        same ? xInverses : yInverses,
        limit,
        same ? 1 : 0,
        from,
        out,
        room,
        next,
      );
      for (let k = out >> 2; k < (out >> 2) + 2 * found; k += 2) {
        const i = kernel.u32[k] as number;
        const j = kernel.u32[k + 1] as number;
        const dot = kernel.run.dot(x + 4 * stride * i, right + 4 * stride * j, stride);
        const left = kernel.f64[(xSquares >> 3) + i] as number;
        const cosine = cosineOf(dot, left, kernel.f64[(rightSquares >> 3) + j] as number);
        if (cosine >= similarity) pairs.push(aFrom + i, bFrom + j, cosine);
      }
    }
    work += aCount * (bTo - bFrom) * stride;
  }
  if (b0 + b < b1) return { at: { a: at.a, b }, work };
  return { at: aTo < a1 ? { a: aTo - a0, b: 0 } : null, work };
}

/** Rows of one side of a tile: a multiple of 4. */
const blockRows = (stride: number): number => Math.max(8, Math.min(256, Math.floor(BLOCK_BYTES / (4 * stride)))) & ~3;

/**
 * How far a cosine in 32-bit arithmetic may lie below the true one: n·u·|a||b| for n products summed in four lanes (Higham,
 * Accuracy and Stability of Numerical Algorithms, 3.1), and a few roundings of the norms.
 */
export const roundingOf = (stride: number): number => (stride / 4 + 10) * 2 ** -24;
