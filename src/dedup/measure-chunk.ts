/** Norms, digests and sketches of a chunk of vectors: what a worker does while rows are read. */
import type { Kernel } from './kernel/kernel.ts';
import type { Measured, MeasureTask } from './pair-task.ts';
import { rotationLength, rotationSigns } from './sketch.ts';
import { factsOf, SKETCH_WORDS } from './vector-chunk.ts';

/** Vectors at a time: about 256 KiB, so that a slice stays in the second-level cache for both passes. */
const SLICE_BYTES = 2 ** 18;
/** Squared norms beyond 2^±60 could overflow products of 32-bit floats; such rows are scaled by a power of two, which is exact. */
const LARGE = 2 ** 60;

/** Rotation signs are the same for every chunk of a run. */
export type SignCache = Map<string, Float32Array>;

export function measureChunk(kernel: Kernel, task: MeasureTask, signCache: SignCache): Measured {
  const { stride, count, capacity, sign } = task;
  const facts = factsOf(task.facts, capacity);
  const vectors = new Float32Array(task.vectors, 0, capacity * stride);
  const slice = Math.max(1, Math.floor(SLICE_BYTES / (4 * stride)));
  const length = rotationLength(stride);
  const [x, squares, digests, inverses, sum, centre, signs, work, sketches, distances] = kernel.lay(
    4 * stride * slice,
    8 * slice,
    8 * slice,
    4 * slice,
    4 * stride,
    4 * stride,
    sign === null ? 0 : 12 * length,
    sign === null ? 0 : 4 * length,
    4 * SKETCH_WORDS * slice,
    4 * slice,
  );
  kernel.f32.fill(0, sum >> 2, (sum >> 2) + stride);
  if (sign !== null) {
    kernel.f32.set(sign.centre, centre >> 2);
    kernel.f32.set(signsOf(signCache, length, sign.seed), signs >> 2);
  }
  const unusable: number[] = [];
  for (let from = 0; from < count; from += slice) {
    const rows = Math.min(slice, count - from);
    kernel.f32.set(vectors.subarray(from * stride, (from + rows) * stride), x >> 2);
    if (task.measure) {
      kernel.run.measure(x, rows, stride, squares, digests);
      facts.digests.set(kernel.u32.subarray(digests >> 2, (digests >> 2) + 2 * rows), 2 * from);
      for (let i = 0; i < rows; i++) {
        const square = kernel.f64[(squares >> 3) + i] as number;
        const usable = square > 0 && square < Number.POSITIVE_INFINITY;
        facts.squares[from + i] = usable ? square : 0;
        if (!usable) unusable.push(from + i);
        else if (square > LARGE || square < 1 / LARGE) {
          const row = (from + i) * stride;
          facts.squares[from + i] = rescale(vectors.subarray(row, row + stride), square);
          kernel.f32.set(vectors.subarray(row, row + stride), (x >> 2) + i * stride);
        }
      }
    }
    for (let i = 0; i < rows; i++) {
      const square = facts.squares[from + i] as number;
      kernel.f32[(inverses >> 2) + i] = square === 0 ? 0 : 1 / Math.sqrt(square);
    }
    if (task.measure) kernel.run.accumulate(x, rows, stride, inverses, sum);
    if (sign !== null) {
      kernel.run.sketch(x, rows, stride, inverses, centre, signs, work, length, sketches, distances);
      facts.sketches.set(
        kernel.u32.subarray(sketches >> 2, (sketches >> 2) + SKETCH_WORDS * rows),
        SKETCH_WORDS * from,
      );
      facts.distances.set(kernel.f32.subarray(distances >> 2, (distances >> 2) + rows), from);
    }
  }
  return { sum: task.measure ? kernel.f32.slice(sum >> 2, (sum >> 2) + stride) : null, unusable };
}

/** Scales a row in place to a norm between 1 and 4 and gives its new squared norm. */
export function rescale(row: Float32Array, square: number): number {
  const exponent = Math.floor(Math.log2(square) / 2);
  const factor = 2 ** -exponent;
  for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) * factor;
  return square * factor * factor;
}

/** The same bound for vectors that are fetched one by one: squared norm after scaling, 0 where it cannot be compared. */
export function measureRow(row: Float32Array): number {
  let square = 0;
  for (const v of row) square += v * v;
  if (!(square > 0 && square < Number.POSITIVE_INFINITY)) return 0;
  return square > LARGE || square < 1 / LARGE ? rescale(row, square) : square;
}

function signsOf(cache: SignCache, length: number, seed: number): Float32Array {
  const key = `${length} ${seed}`;
  let signs = cache.get(key);
  if (signs === undefined) {
    signs = rotationSigns(length, seed);
    cache.set(key, signs);
  }
  return signs;
}
