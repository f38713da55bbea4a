import { describe, expect, it } from 'vitest';
import { clusteredVectors } from '../../src/adapters/clustered-vectors.ts';
import { sizesUpTo } from '../../src/adapters/postgres/calibration-series.ts';
import { seededRandom } from '../../src/adapters/sqlite/seeded-random.ts';

const DIMENSIONS = 64;
const drawn = (rows: number, seed: number): Float32Array[] => {
  const next = clusteredVectors(DIMENSIONS, seed);
  return Array.from({ length: rows }, () => next().slice());
};
const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

/** Mean distance of the first rows to their tenth neighbour among all. */
function tenth(rows: readonly Float32Array[]): number {
  const of = rows.slice(0, 50).map((a) => {
    const near = rows.map((b) => 1 - cosine(a, b)).sort((x, y) => x - y);
    return near[10] as number;
  });
  return of.reduce((sum, x) => sum + x, 0) / of.length;
}

describe('rows for a calibration', () => {
  it('are the same for the same seed, and others for another', () => {
    const [a, b, c] = [drawn(5, 7), drawn(5, 7), drawn(5, 8)];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(new Set(a.map(String)).size).toBe(5);
  });

  it('have unit length', () => {
    for (const v of drawn(100, 7)) expect(cosine(v, v)).toBeCloseTo(1, 5);
  });

  it('crowd: a tenth neighbour is far nearer than among independent rows', () => {
    const random = seededRandom(7);
    const independent = Array.from({ length: 2_000 }, () => {
      // Twelve uniform numbers make one that is nearly normal.
      const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6);
      const v = Float32Array.from({ length: DIMENSIONS }, normal);
      const length = Math.sqrt(cosine(v, v));
      return v.map((x) => x / length);
    });
    expect(tenth(independent)).toBeGreaterThan(0.6);
    expect(tenth(drawn(2_000, 7))).toBeLessThan(0.5 * tenth(independent));
  });

  it('crowd at every scale: eight times the rows bring the tenth neighbour nearer, and not by a leap', () => {
    const rows = drawn(8_000, 7);
    const ratio = tenth(rows) / tenth(rows.slice(0, 1_000));
    expect(ratio).toBeLessThan(0.95);
    expect(ratio).toBeGreaterThan(0.4);
  });
});

describe('the sizes of a series', () => {
  it('double up to the largest, five of them at the most, none under a thousand', () => {
    expect(sizesUpTo(20_000)).toEqual([1_250, 2_500, 5_000, 10_000, 20_000]);
    expect(sizesUpTo(100_000)).toEqual([6_250, 12_500, 25_000, 50_000, 100_000]);
    expect(sizesUpTo(1_999)).toEqual([1_999]);
    expect(sizesUpTo(5_000)).toEqual([1_250, 2_500, 5_000]);
  });
});
