/**
 * Pairs of 64-bit hashes of one group that differ in few bits: for stores that keep a SimHash of each text (Charikar, STOC 2002). All
 * pairs are looked at, a little under a nanosecond each.
 */
import { type Kernel, openKernel } from './kernel/kernel.ts';
import { TILE_ROWS } from './pair-tile.ts';
import { rectangleBatches, type Sides } from './rectangles.ts';

/** Pairs kept between two calls of the kernel; at least a row against a whole tile. */
const ROOM = 2 ** 16;

export interface HashPairs {
  /** Indexes into the list of hashes, a < b. Of equal hashes of a group all pairs come: take equal ones together before. */
  readonly a: Uint32Array;
  readonly b: Uint32Array;
}

/**
 * `hashes` and `groups` belong together, row by row. Batches as they are found; whoever consumes them may stop in between.
 * An empty batch comes after each tile, to stop at.
 */
export function* nearHashes(hashes: BigUint64Array, groups: Uint32Array, bits: number): Generator<HashPairs> {
  const order = Uint32Array.from(hashes, (_, i) => i).sort(
    (a, b) => (groups[a] as number) - (groups[b] as number) || a - b,
  );
  const kernel = openKernel();
  for (const { rectangles } of rectangleBatches(groupSides(order, groups))) {
    for (let r = 0; r < rectangles.length; r += 4) {
      yield* tile(kernel, hashes, order, rectangles.subarray(r, r + 4) as unknown as Sides, bits);
    }
  }
}

function* groupSides(order: Uint32Array, groups: Uint32Array): Generator<Sides> {
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && groups[order[to] as number] === groups[order[from] as number]) to++;
    yield [from, to, from, to];
    from = to;
  }
}

function* tile(
  kernel: Kernel,
  hashes: BigUint64Array,
  order: Uint32Array,
  [a0, a1, b0, b1]: Sides,
  bits: number,
): Generator<HashPairs> {
  const same = a0 === b0;
  const [x, y, next, out] = kernel.lay(8 * (TILE_ROWS + 4), 8 * (TILE_ROWS + 4), 4, 8 * ROOM);
  const put = (from: number, to: number, at: number): void => {
    const words = new BigUint64Array(kernel.bytes.buffer, at, to - from);
    for (let p = from; p < to; p++) words[p - from] = hashes[order[p] as number] as bigint;
  };
  put(a0, a1, x);
  if (!same) put(b0, b1, y);
  for (let from = 0; from < a1 - a0; from = kernel.u32[next >> 2] as number) {
    const right = same ? x : y;
    const found = kernel.run.words(x, from, a1 - a0, right, b1 - b0, BigInt(bits), same ? 1 : 0, out, ROOM, next);
    const pairs = kernel.u32.subarray(out >> 2, (out >> 2) + 2 * found);
    const first = (side: 0 | 1, start: number): Uint32Array =>
      Uint32Array.from({ length: found }, (_, k) => order[start + (pairs[2 * k + side] as number)] as number);
    yield { a: first(0, a0), b: first(1, b0) };
  }
}
