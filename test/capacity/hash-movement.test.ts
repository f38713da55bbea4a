import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arcShares, consistent, fullestOf, modulo, movedShare, rendezvous } from '../../bench/shard-placement.ts';
import {
  closedForms,
  KEYS,
  meanLargestArc,
  meanRingMove,
  POINTS,
  placedZipf,
  STEPS,
  zipfSizes,
} from '../../bench/shard-simulation.ts';
import { normalQuantile } from '../../src/capacity/normal-quantile.ts';
import { fullestShard } from '../../src/capacity/shard-balance.ts';
import { exponentOf, harmonic } from '../../src/capacity/zipf.ts';

/** The bar: a hundredth of a million keys. */
const BAR = 0.01;

describe('keys moved, against a million keys counted', () => {
  it.each(STEPS)('%i → %i shards', (from, to) => {
    const f = closedForms(from, to);
    expect(Math.abs(f.modulo.moved.value - movedShare(KEYS, modulo(from), modulo(to)))).toBeLessThan(BAR);
    expect(Math.abs(f.rendezvous.moved.value - movedShare(KEYS, rendezvous(from), rendezvous(to)))).toBeLessThan(BAR);
    // One ring has its own luck, which the interval tells; many of them meet the formula.
    const ring = f.consistent.moved;
    expect(Math.abs(ring.value - meanRingMove(from, to))).toBeLessThan(BAR);
    const counted = movedShare(KEYS, consistent(from, POINTS), consistent(to, POINTS));
    expect(counted).toBeGreaterThan(ring.low);
    expect(counted).toBeLessThan(ring.high);
  });

  it('a key that moves under rendezvous hashing moves to a new shard', () => {
    const [old, grown] = [rendezvous(4), rendezvous(6)];
    let moved = 0;
    for (let key = 0; key < 20_000; key++) {
      if (old(key) === grown(key)) continue;
      moved++;
      expect(grown(key)).toBeGreaterThanOrEqual(4);
    }
    expect(moved).toBeGreaterThan(6000);
  });

  it('by hand: 2 → 3 keeps 2 of 6 hashes, 4 → 8 keeps 4 of 8, 4 → 6 keeps 4 of 12', () => {
    expect(closedForms(2, 3).modulo.moved.value).toBeCloseTo(4 / 6, 12);
    expect(closedForms(4, 8).modulo.moved.value).toBeCloseTo(1 / 2, 12);
    expect(closedForms(4, 6).modulo.moved.value).toBeCloseTo(8 / 12, 12);
    expect(closedForms(4, 5).rendezvous.memories.value).toBeCloseTo(200_000, 6);
  });
});

describe('docs/shard.md', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'shard.md'), 'utf8');
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

  it.each([
    [2, 3],
    [4, 5],
    [8, 9],
  ])('quotes what is counted from %i to %i shards', (from, to) => {
    const row = page.split('\n').find((l) => l.startsWith(`| ${from} → ${to} `)) ?? '';
    const cells = row.split('|').map((c) => c.trim());
    expect(cells.slice(2, 6)).toEqual([
      percent(movedShare(KEYS, modulo(from), modulo(to))),
      percent(movedShare(KEYS, rendezvous(from), rendezvous(to))),
      percent(movedShare(KEYS, consistent(from, POINTS), consistent(to, POINTS))),
      percent(meanRingMove(from, to)),
    ]);
  });

  it('quotes how full the fullest of eight is', () => {
    expect(page).toContain(`${meanLargestArc(8).toFixed(2)} times the mean on a ring`);
    expect(page).toContain(`${fullestOf(KEYS, 8, rendezvous(8)).toFixed(2)} times by rendezvous hashing`);
  });
});

describe('balance, against keys and namespaces placed', () => {
  it.each([4, 8, 16])('%i shards: hash, ring', (shards) => {
    const f = closedForms(shards - 1, shards);
    // A million keys over 16 shards: sampling alone makes the fullest 1 % fuller, and no hash can help that.
    const sampling = normalQuantile((shards - 0.375) / (shards + 0.25)) * Math.sqrt(shards / KEYS);
    for (const [scheme, router] of [
      [f.modulo, modulo(shards)],
      [f.rendezvous, rendezvous(shards)],
    ] as const) {
      const counted = fullestOf(KEYS, shards, router);
      expect(Math.abs(scheme.fullest.value + sampling - counted)).toBeLessThan(BAR);
    }
    expect(Math.abs(f.consistent.fullest.value / meanLargestArc(shards) - 1)).toBeLessThan(BAR);
  });

  it('the arcs of a ring are what its keys follow', () => {
    const shares = arcShares(8, POINTS, 1);
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    const counted = fullestOf(KEYS, 8, consistent(8, POINTS));
    expect(Math.abs(Math.max(...shares) * 8 - counted)).toBeLessThan(BAR);
  });

  it('namespaces of different sizes, the middle of many placements', () => {
    const ratio = (exponent: number, shards: number): number =>
      fullestShard(zipfSizes(5000, exponent), shards).middle / placedZipf(5000, exponent, shards, 601);
    expect(Math.abs(ratio(0.6, 8) - 1)).toBeLessThan(BAR);
    expect(Math.abs(ratio(0.8, 4) - 1)).toBeLessThan(BAR);
    // With exponent 1 the largest namespace is a tenth of everything: the median of 601 placements is itself only so good.
    expect(Math.abs(ratio(1, 8) - 1)).toBeLessThan(2 * BAR);
  });

  it('is the same at every run, and 1 on one shard', () => {
    expect(fullestShard(zipfSizes(1000, 1), 8)).toEqual(fullestShard(zipfSizes(1000, 1), 8));
    expect(fullestShard(zipfSizes(1000, 1), 1).middle).toBe(1);
  });

  it('one namespace is on one shard, whatever else there is', () => {
    expect(fullestShard(zipfSizes(1, 1), 8).middle).toBeCloseTo(8, 9);
  });
});

describe('the sums behind it', () => {
  it('harmonic numbers, summed and by hand', () => {
    expect(harmonic(4, 1)).toBeCloseTo(1 + 1 / 2 + 1 / 3 + 1 / 4, 12);
    for (const s of [0, 0.6, 1, 1.7]) {
      let sum = 0;
      for (let i = 1; i <= 50_000; i++) sum += i ** -s;
      expect(Math.abs(harmonic(50_000, s) / sum - 1)).toBeLessThan(1e-8);
    }
  });

  it('the exponent that a largest share implies gives that share', () => {
    const s = exponentOf(0.02, 10_000) as number;
    expect(1 / harmonic(10_000, s)).toBeCloseTo(0.02, 9);
    expect(exponentOf(1e-9, 1000)).toBeUndefined();
  });

  it('normal quantiles, as tables have them', () => {
    expect(normalQuantile(0.5)).toBeCloseTo(0, 9);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
    expect(normalQuantile(0.99)).toBeCloseTo(2.326347874, 8);
    expect(normalQuantile(0.00001)).toBeCloseTo(-4.264890794, 7);
  });
});
