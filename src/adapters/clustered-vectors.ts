/**
 * Made-up embeddings for a calibration: unit vectors that crowd at every scale, the same ones for the same seed.
 *
 * A row is a walk down a tree of topics: each of its levels adds a direction that the topic shares with all its rows, each
 * time shorter, and the last adds a spread of its own. As there are many levels, the neighbourhood of a row looks alike
 * whether 2,000 rows are drawn or 200,000: the tuples that a search visits grow slowly with the rows, as they do over
 * real embeddings. With one level of clusters they jump where a cluster outgrows the candidate list, and with rows that
 * are independent in every dimension they are several times as many.
 */
import { seededRandom } from './sqlite/seeded-random.ts';

const LEVELS = 10;
const BRANCHES = 3;
/** Above 1, the first branch of a topic has more rows than the last: topics of a memory store differ in size. */
const SKEW = 1.3;
/** Length of each level's direction over that of the level above. */
const SHRINK = 0.8;
/** Dimensions in which the rows of the smallest topic spread, and how far, over the length of its last direction. */
const SPREAD_DIMENSIONS = 12;
const SPREAD = 1.5;
/** What no topic explains: noise in every dimension, as a share of the first direction. */
const NOISE = 0.1;
/** Directions that topics draw theirs from; a prime, so that no stride repeats early. */
const DIRECTIONS = 1021;
const STRIDE = 7919;

/** @returns a function that draws the next row: unit length, `dimensions` float32; its array is the same each time */
export function clusteredVectors(dimensions: number, seed: number): () => Float32Array {
  const random = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const directions = Array.from({ length: DIRECTIONS }, () =>
    unit(Float32Array.from({ length: dimensions }, () => normal())),
  );
  const row = new Float32Array(dimensions);
  const add = (hash: number, weight: number): void => {
    const direction = directions[hash % DIRECTIONS] as Float32Array;
    for (let i = 0; i < dimensions; i++) row[i] = (row[i] as number) + weight * (direction[i] as number);
  };
  return () => {
    const width = (2 * NOISE * Math.sqrt(3)) / Math.sqrt(dimensions);
    for (let i = 0; i < dimensions; i++) row[i] = (random() - 0.5) * width;
    let topic = 17;
    let weight = 1;
    for (let level = 0; level < LEVELS; level++) {
      topic = branch(topic, Math.min(BRANCHES - 1, Math.floor(random() ** SKEW * BRANCHES)));
      add(topic, weight);
      weight *= SHRINK;
    }
    for (let i = 0; i < SPREAD_DIMENSIONS; i++) {
      add(topic + i * STRIDE, (normal() * SPREAD * weight) / Math.sqrt(SPREAD_DIMENSIONS));
    }
    return unit(row);
  };
}

/** Hash of a topic's branch, 32 bits; 0 would never be left again. */
function branch(topic: number, which: number): number {
  const mixed = Math.imul(topic ^ (which + 1), 0x9e_37_79_b1) >>> 0;
  return (mixed ^ (mixed >>> 15)) >>> 0 || 1;
}

function unit(v: Float32Array): Float32Array {
  let squares = 0;
  for (const x of v) squares += x * x;
  const length = Math.sqrt(squares);
  for (let i = 0; i < v.length; i++) v[i] = (v[i] as number) / length;
  return v;
}
