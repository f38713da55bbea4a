/**
 * Where vectors and what is known of each lie: chunks of rows in shared memory, so that workers read and write them in place.
 * A chunk's rows are `stride` floats apart. 84 bytes a row beside the vector.
 */
import { SKETCH_BITS } from './sketch.ts';

export const SKETCH_WORDS: number = SKETCH_BITS / 32;
/** Vectors of one chunk take about this much: big enough to be worth a message, small enough to be dropped in pieces. */
const CHUNK_BYTES = 2 ** 22;

/** log2 of the rows of a chunk: a slot is `chunk << shift | index`. */
export const chunkShift = (stride: number): number =>
  Math.max(4, Math.min(13, Math.floor(Math.log2(CHUNK_BYTES / (4 * stride)))));

export interface ChunkFacts {
  /** Squared norm; 0 for a row that cannot be compared. */
  readonly squares: Float64Array;
  /** Two words a row. */
  readonly digests: Uint32Array;
  /** Sixteen words a row. */
  readonly sketches: Uint32Array;
  /** Squared distance of the direction from the centre. */
  readonly distances: Float32Array;
}

export const factsBytes = (rows: number): number => rows * (8 + 8 + 4 * SKETCH_WORDS + 4);

export const factsOf = (buffer: SharedArrayBuffer, rows: number): ChunkFacts => ({
  squares: new Float64Array(buffer, 0, rows),
  digests: new Uint32Array(buffer, 8 * rows, 2 * rows),
  sketches: new Uint32Array(buffer, 16 * rows, SKETCH_WORDS * rows),
  distances: new Float32Array(buffer, (16 + 4 * SKETCH_WORDS) * rows, rows),
});
