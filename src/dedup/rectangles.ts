/** Cuts the pairs of groups into rectangles, and rectangles into tasks. */
import { TILE_ROWS } from './pair-tile.ts';

export interface RectangleBatch {
  /** Four numbers each, as JoinTask has them. */
  readonly rectangles: Uint32Array;
  readonly pairs: number;
}

/** From and to of a side, and of the other; the same twice: all pairs of it. */
export type Sides = readonly [number, number, number, number];

/** Tasks of about this many pairs: some ten milliseconds by sketches, a quarter of a second by vectors of 384 dimensions. */
const TASK_PAIRS = 2 ** 24;

/** Tiles of at most TILE_ROWS a side, together in tasks of at most TASK_PAIRS pairs. */
export function* rectangleBatches(all: Iterable<Sides>): Generator<RectangleBatch> {
  let batch: number[] = [];
  let pairs = 0;
  for (const [a0, a1, b0, b1] of all) {
    const triangle = a0 === b0;
    for (let a = a0; a < a1; a += TILE_ROWS) {
      const aEnd = Math.min(a1, a + TILE_ROWS);
      for (let b = triangle ? a : b0; b < b1; b += TILE_ROWS) {
        const bEnd = Math.min(b1, b + TILE_ROWS);
        const size = triangle && a === b ? pairsOf(aEnd - a) : (aEnd - a) * (bEnd - b);
        if (pairs > 0 && pairs + size > TASK_PAIRS) {
          yield { rectangles: Uint32Array.from(batch), pairs };
          batch = [];
          pairs = 0;
        }
        if (size === 0) continue;
        batch.push(a, aEnd, b, bEnd);
        pairs += size;
      }
    }
  }
  if (pairs > 0) yield { rectangles: Uint32Array.from(batch), pairs };
}

export const pairsOf = (rows: number): number => (rows * (rows - 1)) / 2;
