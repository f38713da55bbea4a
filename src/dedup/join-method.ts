/**
 * How the pairs of a lane are found, from what each way costs. Costs are nanoseconds of one core of an EPYC server (Zen 3,
 * 2 cores, Node 20), measured by bench/dedup-pairs.ts; only their ratios matter.
 */
import { DENSE_SHARE } from './pair-tile.ts';
import { limitIndex, rotationLength, SKETCH_BITS, type SketchLimits, seededWords } from './sketch.ts';
import { type ChunkFacts, SKETCH_WORDS } from './vector-chunk.ts';
import type { LaneChunk, VectorLane } from './vector-lane.ts';

/** One pair compared by its vectors, per float; by its sketches. */
const DOT_NS = 0.055;
const SKETCH_PAIR_NS = 1;
/** One float through the three rounds of a rotation, per doubling of its length. */
const SIGN_NS = 0.3;
/** Pairs looked at to learn what share would be candidates. */
const PROBES = 20_000;
/** Candidates that are verified together where vectors were let go: 32 MB of them. */
export const LOT: number = 2 ** 22;

/** Groups of fewer rows are compared by their vectors: signing them costs more than it saves. */
export function exactRows(stride: number): number {
  const length = rotationLength(stride);
  const sign = SIGN_NS * length * Math.log2(length);
  return Math.ceil((2 * sign) / Math.max(DOT_NS * stride - SKETCH_PAIR_NS, 0.05));
}

/**
 * Share of random pairs of groups (each group by its pairs) that the limits would let through. `ranges`: from and to of each
 * group, in places of the order.
 */
export function candidateShare(
  lane: VectorLane,
  limits: SketchLimits,
  ranges: readonly (readonly [number, number])[],
  seed: number,
): number {
  const sums = new Float64Array(ranges.length + 1);
  for (const [i, [from, to]] of ranges.entries())
    sums[i + 1] = (sums[i] as number) + ((to - from) * (to - from - 1)) / 2;
  const all = sums[ranges.length] as number;
  if (all === 0) return 0;
  const random = seededWords(seed);
  const uniform = (): number => random() / 2 ** 32;
  const slots = (lane.order as NonNullable<VectorLane['order']>).slots;
  const probes = Math.min(PROBES, 4 * all);
  let near = 0;
  for (let n = 0; n < probes; n++) {
    const at = uniform() * all;
    let low = 0;
    let high = ranges.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle + 1] as number) <= at) low = middle + 1;
      else high = middle;
    }
    const [from, to] = ranges[low] as readonly [number, number];
    const a = from + Math.floor(uniform() * (to - from));
    let b = from + Math.floor(uniform() * (to - from - 1));
    if (b >= a) b++;
    if (isCandidate(lane, limits, slots[a] as number, slots[b] as number)) near++;
  }
  return near / probes;
}

function isCandidate(lane: VectorLane, limits: SketchLimits, a: number, b: number): boolean {
  const low = lane.capacity - 1;
  const left = (lane.chunks[a >>> lane.shift] as LaneChunk).facts;
  const right = (lane.chunks[b >>> lane.shift] as LaneChunk).facts;
  const bits = bitsApart(left, a & low, right, b & low);
  return bits <= (limits.whole[limitIndex(left.distances[a & low] as number)] as number);
}

function bitsApart(left: ChunkFacts, a: number, right: ChunkFacts, b: number): number {
  let bits = 0;
  for (let w = 0; w < SKETCH_WORDS; w++) {
    let x = (left.sketches[a * SKETCH_WORDS + w] as number) ^ (right.sketches[b * SKETCH_WORDS + w] as number);
    x -= (x >>> 1) & 0x55555555;
    x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
    bits += Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return Math.min(bits, SKETCH_BITS);
}

export interface JoinMethod {
  /** Candidates by sketch, each verified; else every pair by its vectors. */
  readonly bySketch: boolean;
  /** Vectors are fetched block by block; else they are kept, or those of candidates are fetched. */
  readonly byBlocks: boolean;
}

/**
 * @param share of the pairs that are candidates
 * @param sizes rows of either side of each range: those that look, and those of their group
 * @param blockRows rows that a block holds
 */
export function joinMethod(
  kept: boolean,
  share: number,
  sizes: readonly (readonly [number, number])[],
  blockRows: number,
): JoinMethod {
  const bySketch = share <= DENSE_SHARE;
  if (kept || !bySketch) return { bySketch, byBlocks: !kept };
  return { bySketch, byBlocks: fetchedByBlocks(sizes, blockRows) < fetchedByLots(sizes, share) };
}

/** Rows fetched where candidates are verified lot by lot: of each lot, the rows that are in any of its pairs. */
function fetchedByLots(sizes: readonly (readonly [number, number])[], share: number): number {
  let rows = 0;
  for (const [looking, of] of sizes) {
    const pairs = looking === of ? (of * (of - 1)) / 2 : looking * of;
    const lots = Math.max(1, (share * pairs) / LOT);
    // A row is wanted by a lot unless none of its pairs is in it: Poisson.
    rows += lots * of * (1 - Math.exp((-share * (looking === of ? of - 1 : looking)) / lots));
  }
  return rows;
}

/** Rows fetched where each block meets each other block of its group. */
function fetchedByBlocks(sizes: readonly (readonly [number, number])[], blockRows: number): number {
  let rows = 0;
  for (const [looking, of] of sizes) {
    const blocks = Math.ceil(looking / blockRows);
    rows += looking === of ? of * (1 + (blocks - 1) / 2) : looking + blocks * of;
  }
  return rows;
}
