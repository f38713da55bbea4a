/** Seeded vectors for the near-pair tests, and the pairs among them by plain 64-bit arithmetic. */
import { seededWords } from '../../src/dedup/sketch.ts';

export interface Made {
  readonly vectors: Float32Array[];
  readonly groups: number[];
}

export interface Shape {
  readonly rows: number;
  readonly dimensions: number;
  readonly groups?: number;
  /** Cosine of two rows of a cluster, about; rows of no cluster where left out. */
  readonly tight?: number;
  readonly clusters?: number;
  /** Share of rows that are copies of an earlier row of their group, turned a little or not at all. */
  readonly twins?: number;
  readonly seed: number;
}

export function gaussian(seed: number): () => number {
  const random = seededWords(seed);
  return () => {
    const u = (random() + 1) / 2 ** 32;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos((2 * Math.PI * random()) / 2 ** 32);
  };
}

export function makeVectors(shape: Shape): Made {
  const { rows, dimensions, groups: groupCount = 1, clusters = 8, tight = 0, twins = 0.1, seed } = shape;
  const random = seededWords(seed);
  const normal = gaussian(seed + 1);
  const uniform = (): number => random() / 2 ** 32;
  const direction = (): Float64Array => {
    const v = Float64Array.from({ length: dimensions }, normal);
    const norm = Math.hypot(...v);
    return v.map((x) => x / norm);
  };
  const centres = Array.from({ length: clusters }, direction);
  const vectors: Float32Array[] = [];
  const groups: number[] = [];
  const members: number[][] = Array.from({ length: groupCount }, () => []);
  for (let row = 0; row < rows; row++) {
    const group = Math.floor(uniform() * groupCount);
    const earlier = members[group] as number[];
    const noise = direction();
    let v: Float32Array;
    if (earlier.length > 0 && uniform() < twins) {
      const from = vectors[earlier[Math.floor(uniform() * earlier.length)] as number] as Float32Array;
      const kind = uniform();
      if (kind < 0.3) v = from.slice();
      else {
        const norm = Math.hypot(...from);
        const cosine = 0.9 + 0.1 * uniform();
        v = mix(from, norm, noise, cosine, 0.5 + 3 * uniform());
      }
    } else {
      const centre = centres[Math.floor(uniform() * clusters)] as Float64Array;
      v = Float32Array.from(noise, (x, i) => Math.sqrt(tight) * (centre[i] as number) + Math.sqrt(1 - tight) * x);
    }
    earlier.push(row);
    vectors.push(v);
    groups.push(group);
  }
  return { vectors, groups };
}

const mix = (from: Float32Array, norm: number, noise: Float64Array, cosine: number, scale: number): Float32Array =>
  from.map((x, i) => scale * ((cosine * x) / norm + Math.sqrt(1 - cosine * cosine) * (noise[i] as number)));

export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    dot += (a[i] as number) * (b[i] as number);
    aa += (a[i] as number) ** 2;
    bb += (b[i] as number) ** 2;
  }
  return dot / Math.sqrt(aa * bb);
}

/**
 * "a b" → cosine of all pairs of one group at least `similarity` apart. `first`: a row's first row with the very same vector. Pairs
 * are of first rows, and of a first row with its copies.
 */
export function plainPairs(
  { vectors, groups }: Made,
  similarity: number,
): { pairs: Map<string, number>; first: number[] } {
  const seen = new Map<string, number>();
  const first = vectors.map((v, i) => {
    const bits = `${groups[i]} ${new Uint32Array(v.slice().buffer)}`;
    if (!seen.has(bits)) seen.set(bits, i);
    return seen.get(bits) as number;
  });
  const pairs = new Map<string, number>();
  for (let i = 0; i < vectors.length; i++) {
    for (let j = i + 1; j < vectors.length; j++) {
      if (groups[i] !== groups[j] || (vectors[i] as Float32Array).length !== (vectors[j] as Float32Array).length)
        continue;
      const star = first[j] === i;
      if (!star && (first[i] !== i || first[j] !== j)) continue;
      const c = cosine(vectors[i] as Float32Array, vectors[j] as Float32Array);
      if (c >= similarity) pairs.set(`${i} ${j}`, c);
    }
  }
  return { pairs, first };
}
