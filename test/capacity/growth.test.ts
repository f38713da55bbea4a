/** Fits against regressions worked out by hand and against simulation; growth against a count of cohorts day by day. */
import { describe, expect, it } from 'vitest';
import {
  compoundGrowth,
  consolidated,
  dayOf,
  expiring,
  growthFromAges,
  growthFromWrites,
  netGrowth,
} from '../../src/capacity/forecast-growth.ts';
import { fitGrowth, type Look, sinceLastPurge, student975 } from '../../src/capacity/growth-fit.ts';
import { leaf } from '../../src/quantity/index.ts';

/** Mulberry32: numbers in [0, 1) that are the same on every machine. */
function seeded(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const normal = (next: () => number): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

const memories = (n: number) => leaf('memories', n, 'rows');
const perDay = (n: number) => leaf('growth', n, 'rows/day');

describe('a fit', () => {
  it('finds a line exactly, and no band around it', () => {
    const [fit] = fitGrowth([-30, -20, -10, 0].map((day) => ({ day, rows: 50_000 + 100 * day })));
    expect(fit).toMatchObject({ kind: 'linear', looks: 4, spanDays: 30 });
    expect(fit?.perDay.value).toBeCloseTo(100, 6);
    expect(fit?.rows(365)).toMatchObject({ value: 86_500 });
  });

  it('has the band of the textbook', () => {
    // x -3 -2 -1 0, y 100 210 290 400: slope 98, at 0: 397; residuals -3 9 -9 3, s² = 180 / 2 = 90;
    // at day 5: mean -1.5, spread 5, 397 + 490 = 887 ± 4.303 · √90 · √(1 + 1/4 + 6.5² / 5) = ± 127.1
    const looks = [100, 210, 290, 400].map((rows, i) => ({ day: i - 3, rows }));
    const line = fitGrowth(looks).find((f) => f.kind === 'linear');
    const at5 = line?.rows(5);
    expect(line?.perDay.value).toBeCloseTo(98, 9);
    expect(line?.residual?.value).toBeCloseTo(Math.sqrt(90), 9);
    expect(at5?.value).toBe(887);
    expect(at5?.high).toBe(Math.floor(887 + 4.303 * Math.sqrt(90) * Math.sqrt(1.25 + 42.25 / 5)));
    expect(at5?.low).toBe(Math.floor(887 - 4.303 * Math.sqrt(90) * Math.sqrt(1.25 + 42.25 / 5)));
  });

  it('covers the next look 95 times in 100', () => {
    const next = seeded(7);
    let inside = 0;
    const trials = 2_000;
    for (let i = 0; i < trials; i++) {
      const rows = (day: number): number => 1_000_000 + 2_000 * day + 30_000 * normal(next);
      const looks = Array.from({ length: 12 }, (_, k) => ({ day: k - 11, rows: rows(k - 11) }));
      const q = fitGrowth(looks)
        .find((f) => f.kind === 'linear')
        ?.rows(10);
      const later = rows(10);
      if (q !== undefined && q.low <= later && later <= q.high) inside++;
    }
    expect(inside / trials).toBeGreaterThan(0.935);
    expect(inside / trials).toBeLessThan(0.965);
  });

  it('is an exponential only where many looks follow one clearly', () => {
    const growing = (days: readonly number[]): Look[] => days.map((day) => ({ day, rows: 1e6 * 1.02 ** day }));
    const ten = [-90, -80, -70, -60, -50, -40, -30, -20, -10, 0];
    const [first, second] = fitGrowth(growing(ten));
    expect([first?.kind, second?.kind]).toEqual(['exponential', 'linear']);
    expect(first?.rows(100).value).toBe(Math.floor(1e6 * 1.02 ** 100));
    expect(first?.perDay.value).toBeCloseTo(20_000, 3);
    expect(fitGrowth(growing([-20, -10, 0]))[0]?.kind).toBe('linear');
    expect(fitGrowth(ten.map((day) => ({ day, rows: 1e6 + 1000 * day })))[0]?.kind).toBe('linear');
  });

  it('begins after a purge', () => {
    const looks = [
      { day: -20, rows: 1000 },
      { day: -10, rows: 2000 },
      { day: -5, rows: 500 },
      { day: 0, rows: 600 },
    ];
    expect(sinceLastPurge(looks).map((l) => l.day)).toEqual([-5, 0]);
    expect(fitGrowth(looks)[0]?.perDay.value).toBeCloseTo(20, 9);
    expect(fitGrowth(looks)[0]?.residual).toBeUndefined();
  });

  it('is refused to looks that leave no rate a day', () => {
    expect(fitGrowth([])).toEqual([]);
    expect(fitGrowth([{ day: 0, rows: 5 }])).toEqual([]);
    expect(
      fitGrowth([
        { day: -0.5, rows: 5 },
        { day: 0, rows: 50 },
      ]),
    ).toEqual([]);
  });

  it('takes Student’s t from the table and from its expansion alike', () => {
    expect(student975(1)).toBe(12.706);
    expect(student975(30)).toBe(2.042);
    // Printed tables: 40: 2.021, 60: 2.000, 120: 1.980.
    expect(student975(40)).toBeCloseTo(2.021, 2);
    expect(student975(60)).toBeCloseTo(2.0, 2);
    expect(student975(120)).toBeCloseTo(1.98, 2);
  });
});

describe('growth from what is written', () => {
  /** Cohort by cohort: what was written on each day, aged and forgotten, in steps of a tenth of a day. */
  function simulated(n: number, writes: number, days: number, ttl: number, halfLife: number): number {
    const step = 0.1;
    const forget = 2 ** (-step / halfLife);
    // The stock was written evenly over one lifetime.
    let cohorts = Array.from({ length: Math.round(ttl / step) }, (_, i) => ({
      age: (i + 0.5) * step,
      rows: (n * step) / ttl,
    }));
    for (let t = 0; t < Math.round(days / step); t++) {
      cohorts = cohorts
        .map((c) => ({ age: c.age + step, rows: c.rows * forget }))
        .filter((c) => c.age < ttl)
        .concat({ age: step / 2, rows: writes * step });
    }
    return cohorts.reduce((sum, c) => sum + c.rows, 0);
  }

  it.each([30, 100, 200])('agrees with a count of cohorts after %i days', (days) => {
    const model = growthFromWrites({
      memories: memories(200_000),
      writesPerDay: perDay(5_000),
      ttlDays: 90,
      halfLifeDays: 60,
      dedupRate: 0.2,
      supersedeRate: 0.1,
    });
    const truth = simulated(200_000, 5_000 * 0.8 * 0.9, days, 90, 60);
    expect(model.rows(days).value / truth).toBeGreaterThan(0.99);
    expect(model.rows(days).value / truth).toBeLessThan(1.01);
  });

  it('is a line where nothing leaves, and levels off at a lifetime of writes', () => {
    expect(growthFromWrites({ memories: memories(1000), writesPerDay: perDay(10) }).rows(30).value).toBe(1300);
    const kept = growthFromWrites({ memories: memories(1000), writesPerDay: perDay(100), ttlDays: 50 });
    expect(kept.rows(25).value).toBe(500 + 2500);
    expect(kept.rows(50).value).toBe(5000);
    expect(kept.rows(500).value).toBe(5000);
    expect(kept.perDay.value).toBe(100 - 20);
  });

  it('carries the range of what is written', () => {
    const range = leaf('writes', 100, 'rows/day', { low: 50, high: 150 });
    expect(growthFromWrites({ memories: memories(1000), writesPerDay: range }).rows(10)).toMatchObject({
      low: 1500,
      value: 2000,
      high: 2500,
    });
  });
});

describe('other growth', () => {
  it('compounds a share', () => {
    expect(compoundGrowth(memories(1_000_000), leaf('g', 0.01, 'ratio')).rows(100).value).toBe(
      Math.floor(1e6 * 1.01 ** 100),
    );
  });

  it('is scaled by consolidation and held down by an expiry', () => {
    const g = netGrowth(memories(100_000), perDay(1_000));
    expect(consolidated(g, 0.4).rows(100).value).toBe(120_000);
    expect(expiring(g, 180)?.rows(365).value).toBe(180_000);
    expect(expiring(compoundGrowth(memories(10), leaf('g', 0.01, 'ratio')), 180)).toBeUndefined();
  });

  it('is guessed from ages between the rates of a week and of three months', () => {
    const buckets = [
      { days: 1, rows: 30 },
      { days: 7, rows: 40 },
      { days: 30, rows: 530 },
      { days: 90, rows: 300 },
      { days: null, rows: 9_000 },
    ];
    const g = growthFromAges(memories(9_900), buckets);
    expect(g?.perDay).toMatchObject({ low: 10, value: 20, high: 20, basis: 'assumed' });
    expect(growthFromAges(memories(5), [])).toBeUndefined();
    expect(growthFromAges(memories(5), [{ days: 30, rows: 0 }])).toBeUndefined();
  });

  it('reaches a row count on the day it says', () => {
    const g = netGrowth(memories(1_000_000), leaf('g', 10_000, 'rows/day', { low: 5_000, high: 20_000 }));
    expect(dayOf(g, 1_500_000, 'value')).toBeCloseTo(50, 1);
    expect(dayOf(g, 1_500_000, 'high')).toBeCloseTo(25, 1);
    expect(dayOf(g, 1_500_000, 'low')).toBeCloseTo(100, 1);
    expect(dayOf(g, 900_000, 'value')).toBe(0);
    expect(dayOf(g, 1e9, 'value')).toBeUndefined();
  });
});
