/** Seeded vectors in clusters with planted twins, for the benches of the near-pair search. The same row is made again on demand. */
import { seededWords } from '../src/dedup/sketch.ts';

export interface VectorField {
  readonly rows: number;
  readonly dimensions: number;
  readonly groups: number;
  readonly group: (row: number) => number;
  /** A new array, of about unit norm. */
  readonly vector: (row: number) => Float32Array;
}

const CLUSTERS = 200;
/** Share of rows that are an earlier row of their group turned to a cosine of 0.95 to 0.999. */
const TWINS = 0.05;

/** `tight`: cosine of two rows of a cluster, about. Rows are dealt to groups in turn. */
export function vectorField(
  rows: number,
  dimensions: number,
  groups: number,
  tight: number,
  seed: number,
): VectorField {
  // Noise is read from a long stretch of normal numbers at a random place: Box and Muller for each would take most of the time.
  const pool = normals(2 ** 20 + dimensions, seed);
  const centres = normals(CLUSTERS * dimensions, seed + 1);
  const scale = 1 / Math.sqrt(dimensions);
  const plain = (row: number, random: () => number): Float32Array => {
    const vector = new Float32Array(dimensions);
    const centre = (random() % CLUSTERS) * dimensions;
    const noise = random() % 2 ** 20;
    const toCentre = Math.sqrt(tight) * scale;
    const aside = Math.sqrt(1 - tight) * scale;
    const mirror = random();
    for (let i = 0; i < dimensions; i++) {
      // A row's own signs, so that rows that start near each other in the pool have nothing in common.
      const sign = (Math.imul(mirror ^ i, 0x9e3779b1) ^ row) & 0x10000 ? 1 : -1;
      vector[i] = toCentre * (centres[centre + i] as number) + sign * aside * (pool[noise + i] as number);
    }
    return vector;
  };
  const vector = (row: number): Float32Array => {
    const random = seededWords(Math.imul(row + 1, 0x85ebca6b) ^ seed);
    const step = 1 + (random() % 50);
    const earlier = row - step * groups;
    if (random() / 2 ** 32 >= TWINS || earlier < 0) return plain(row, random);
    const from = vector(earlier);
    const noise = random() % 2 ** 20;
    const cosine = 0.95 + (0.049 * random()) / 2 ** 32;
    const aside = Math.sqrt(1 - cosine * cosine) * scale;
    const mirror = random();
    for (let i = 0; i < dimensions; i++) {
      const sign = Math.imul(mirror ^ i, 0x9e3779b1) & 0x10000 ? 1 : -1;
      from[i] = cosine * (from[i] as number) + sign * aside * (pool[noise + i] as number);
    }
    return from;
  };
  return { rows, dimensions, groups, group: (row) => row % groups, vector };
}

function normals(count: number, seed: number): Float32Array {
  const random = seededWords(seed);
  return Float32Array.from({ length: count }, () => {
    const u = (random() + 1) / 2 ** 32;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos((2 * Math.PI * random()) / 2 ** 32);
  });
}
