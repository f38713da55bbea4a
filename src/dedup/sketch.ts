/**
 * Sketches: 512 signs of a rotated vector, whose Hamming distance tells the angle.
 *
 * Two vectors at angle θ differ in the sign of a random projection with probability θ/π (Goemans and Williamson, J. ACM 42,
 * 1995; Charikar, STOC 2002), so the bits in which two sketches differ are about Binomial(512, θ/π). Projections are the rows of
 * three rounds of random signs and a Walsh–Hadamard transform (Andoni et al., "Practical and optimal LSH for angular
 * distance", NeurIPS 2015): d·log d instead of d² per vector, and rows that are orthogonal, so that the count scatters
 * rather less than the binomial.
 *
 * Embeddings of real texts point into a narrow cone: random pairs have cosines of 0.5 to 0.85, too near to 0.95 for 512 bits to
 * tell apart. So a centre m (the mean direction) is taken off first. Unit vectors with cosine ≥ τ are no further apart than
 * δ = √(2 − 2τ), before and after; seen from m, at distance c from the one, their angle is at most asin(δ/c). That holds for every
 * m: a bad centre costs time, never pairs.
 */

export const SKETCH_BITS = 512;
/** Bits looked at first: most pairs end there. */
const FIRST_BITS = 128;
/** A pair at the threshold is missed with at most this probability, split over the two looks. */
export const MISS = 3e-5;
const MISS_FIRST = 1e-5;
/** Distances from the centre (0 to 2) are told apart in steps of 1/256. */
const STEPS = 256;

/** Rotations work on a power of two of floats, and on 512 at least. */
export const rotationLength = (stride: number): number => Math.max(SKETCH_BITS, 2 ** Math.ceil(Math.log2(stride)));

/** Three rounds of random signs for a rotation of `length` floats: 1 and −1. */
export function rotationSigns(length: number, seed: number): Float32Array {
  const random = seededWords(seed);
  const signs = new Float32Array(3 * length);
  let word = 0;
  for (let i = 0; i < signs.length; i++) {
    if (i % 32 === 0) word = random();
    signs[i] = (word >>> (i % 32)) & 1 ? 1 : -1;
  }
  return signs;
}

/** 32 random bits a call, repeated by the seed: mulberry32 (Tommy Ettinger, public domain). */
export function seededWords(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** Most bits in which sketches of a pair may differ, by `limitIndex` of the distance of either from the centre. */
export interface SketchLimits {
  readonly first: Uint32Array;
  readonly whole: Uint32Array;
}

/** Place in `SketchLimits` of a squared distance from the centre; rounded towards the centre, where limits are wider. */
export const limitIndex = (squaredDistance: number): number =>
  Math.max(0, Math.min(2 * STEPS - 1, Math.floor((Math.sqrt(squaredDistance) - 1e-5) * STEPS)));

/** Limits for pairs whose cosine reaches `similarity`. */
export function sketchLimits(similarity: number): SketchLimits {
  const apart = Math.sqrt(Math.max(0, 2 - 2 * similarity)) + 1e-6;
  const first = new Uint32Array(2 * STEPS);
  const whole = new Uint32Array(2 * STEPS);
  for (let i = 0; i < first.length; i++) {
    const distance = i / STEPS;
    const p = distance <= apart ? 1 : Math.asin(apart / distance) / Math.PI;
    first[i] = binomialLimit(FIRST_BITS, p, MISS_FIRST);
    whole[i] = binomialLimit(SKETCH_BITS, p, MISS - MISS_FIRST);
  }
  return { first, whole };
}

/** The least h with P(Binomial(n, p) > h) ≤ `miss`. */
export function binomialLimit(n: number, p: number, miss: number): number {
  if (p >= 1) return n;
  if (p <= 0) return 0;
  const odds = Math.log(p) - Math.log1p(-p);
  let log = n * Math.log(p); // ln P(X = n), then of n − 1, …
  let tail = 0;
  for (let h = n; h > 0; h--) {
    tail += Math.exp(log);
    if (tail > miss) return h;
    log += Math.log(h) - Math.log(n - h + 1) - odds;
  }
  return 0;
}
