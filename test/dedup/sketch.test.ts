import { describe, expect, it } from 'vitest';
import { openKernel } from '../../src/dedup/kernel/kernel.ts';
import { measureChunk } from '../../src/dedup/measure-chunk.ts';
import { binomialLimit, limitIndex, MISS, sketchLimits } from '../../src/dedup/sketch.ts';
import { factsBytes, factsOf, SKETCH_WORDS } from '../../src/dedup/vector-chunk.ts';
import { gaussian } from './vectors.ts';

/** P(Binomial(n, p) > h), summed from the small end. */
function tail(n: number, p: number, h: number): number {
  let sum = 0;
  let log = n * Math.log1p(-p);
  for (let k = 0; k <= h; k++) {
    sum += Math.exp(log);
    log += Math.log(n - k) - Math.log(k + 1) + Math.log(p) - Math.log1p(-p);
  }
  return 1 - sum;
}

describe('the limits of sketches', () => {
  it('are the least that keep the miss below its bound', () => {
    for (const [n, p] of [
      [128, 0.1011],
      [512, 0.1011],
      [512, 0.3],
      [512, 0.02],
      [128, 0.45],
    ] as const) {
      const h = binomialLimit(n, p, 1e-5);
      expect(tail(n, p, h)).toBeLessThanOrEqual(1e-5);
      expect(tail(n, p, h - 1)).toBeGreaterThan(1e-5);
    }
    expect(binomialLimit(512, 1, 1e-5)).toBe(512);
    expect(binomialLimit(512, 0, 1e-5)).toBe(0);
  });

  it('widen towards the centre and with the threshold', () => {
    const { first, whole } = sketchLimits(0.95);
    expect(limitIndex(1)).toBe(255);
    // sin θ = δ/c with δ = 0.316: at the distance 1 θ is 18.4°.
    expect(whole[256]).toBe(binomialLimit(512, Math.asin(Math.sqrt(0.1) + 1e-6) / Math.PI, 2e-5));
    expect(whole[80]).toBe(512);
    for (let i = 1; i < whole.length; i++) {
      expect(whole[i] as number).toBeLessThanOrEqual(whole[i - 1] as number);
      expect(first[i] as number).toBeLessThanOrEqual(first[i - 1] as number);
    }
    expect(sketchLimits(0.9).whole[256] as number).toBeGreaterThan(whole[256] as number);
  });

  // Pairs just at the threshold, isotropic and seen from a centre off the origin: what is counted is what the bound speaks of.
  it.each([
    [3, 0],
    [384, 0],
    [384, 0.8],
    [600, 0.5],
  ])('hold for pairs at the threshold in %i dimensions, centre at %f', (dimensions, away) => {
    const pairs = 20_000;
    const similarity = 0.95;
    const stride = Math.ceil(dimensions / 4) * 4;
    const normal = gaussian(dimensions);
    const vectors = new SharedArrayBuffer(8 * stride * pairs);
    const floats = new Float32Array(vectors);
    for (let k = 0; k < pairs; k++) {
      const a = Float64Array.from(
        { length: dimensions },
        (_, i) => normal() + (i === 0 ? away * Math.sqrt(dimensions) : 0),
      );
      const norm = Math.sqrt(a.reduce((s, x) => s + x * x, 0));
      const b = Float64Array.from({ length: dimensions }, normal);
      const along = a.reduce((s, x, i) => s + x * (b[i] as number), 0) / norm ** 2;
      for (let i = 0; i < dimensions; i++) b[i] = (b[i] as number) - along * (a[i] as number);
      const across = Math.sqrt(b.reduce((s, x) => s + x * x, 0));
      for (let i = 0; i < dimensions; i++) {
        floats[2 * k * stride + i] = (a[i] as number) / norm;
        floats[(2 * k + 1) * stride + i] =
          (similarity * (a[i] as number)) / norm + (Math.sqrt(1 - similarity ** 2) * (b[i] as number)) / across;
      }
    }
    const facts = new SharedArrayBuffer(factsBytes(2 * pairs));
    const centre = new Float32Array(stride);
    centre[0] = away / Math.hypot(1, away);
    const task = {
      kind: 'measure',
      vectors,
      facts,
      capacity: 2 * pairs,
      count: 2 * pairs,
      stride,
      measure: true,
    } as const;
    measureChunk(openKernel(), { ...task, sign: { centre, seed: 5 } }, new Map());
    const { sketches, distances } = factsOf(facts, 2 * pairs);
    const limits = sketchLimits(similarity);
    let missed = 0;
    let bits = 0;
    for (let k = 0; k < pairs; k++) {
      const at = limitIndex(distances[2 * k] as number);
      let apart = 0;
      for (let w = 0; w < SKETCH_WORDS; w++) {
        const a = sketches[2 * k * SKETCH_WORDS + w] as number;
        for (let x = a ^ (sketches[(2 * k + 1) * SKETCH_WORDS + w] as number); x !== 0; x &= x - 1) apart++;
        if (w === 3 && apart > (limits.first[at] as number)) missed++;
      }
      if (apart > (limits.whole[at] as number)) missed++;
      bits += apart;
    }
    // 0.6 are expected at most; 6 or more would come by chance once in 25,000 runs.
    expect(missed).toBeLessThan(10 * pairs * MISS);
    expect(bits / pairs / 512).toBeGreaterThan(0.09);
    if (away === 0) expect(bits / pairs / 512).toBeCloseTo(Math.acos(similarity) / Math.PI, 2);
  });
});
