/** Intervals of what was sampled: counts by Wilson's score, bytes by strata of one pattern each. */
import { createHash } from 'node:crypto';

/** Two-sided 95 %. */
const Z = 1.959964;

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export const exactly = (value: number): Interval => ({ value, low: value, high: value });

/**
 * Wilson's score interval for `hits` of `sampled`, scaled to a population; exact when all of it was looked at.
 * Wilson, JASA 22 (1927) 209.
 */
export function wilson(hits: number, sampled: number, population: number): Interval {
  if (sampled === 0) return { value: 0, low: 0, high: population };
  if (sampled >= population) return exactly(hits);
  const p = hits / sampled;
  const z2 = Z * Z;
  const center = (p + z2 / (2 * sampled)) / (1 + z2 / sampled);
  const half = (Z / (1 + z2 / sampled)) * Math.sqrt((p * (1 - p)) / sampled + z2 / (4 * sampled * sampled));
  return {
    value: Math.round(p * population),
    low: Math.max(hits, Math.floor((center - half) * population)),
    high: Math.min(population, Math.ceil((center + half) * population)),
  };
}

/**
 * The sum over `count` values of which `sample` was measured: mean times count, with the normal interval of the mean
 * and the finite-population correction. A sample of fewer than 2 of many leaves the upper end open at ten times.
 */
export function total(sample: readonly number[], count: Interval): Interval | null {
  const n = sample.length;
  if (n === 0) return null;
  const sum = sample.reduce((a, b) => a + b, 0);
  const mean = sum / n;
  if (n >= count.high) return exactly(sum);
  if (n < 2)
    return { value: Math.round(mean * count.value), low: Math.round(sum), high: Math.round(10 * mean * count.high) };
  const variance = sample.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1);
  const correction = count.value > 1 ? Math.max(0, (count.value - n) / (count.value - 1)) : 0;
  const half = Z * Math.sqrt((variance / n) * correction);
  return {
    value: Math.round(mean * count.value),
    low: Math.max(Math.round(sum), Math.floor((mean - half) * count.low)),
    high: Math.ceil((mean + half) * count.high),
  };
}

/** `n` of the items, always the same ones for the same items and seed, in their order. */
export function sampleOf<T>(items: readonly T[], n: number, seed: number | string): T[] {
  if (items.length <= n) return [...items];
  const next = generator(seed);
  const out: T[] = [];
  for (let i = 0; i < items.length && out.length < n; i++) {
    // Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S.
    if (next() * (items.length - i) < n - out.length) out.push(items[i] as T);
  }
  return out;
}

function generator(seed: number | string): () => number {
  let state = createHash('sha256').update(String(seed)).digest().readUInt32LE(0);
  return () => {
    // Mulberry32: small, and good enough to pick rows with.
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
