/** Intervals for shares: known quantiles, exact cases, and how often they hold the truth. */
import { describe, expect, it } from 'vitest';
import { betaQuantile, betaShare, studentQuantile } from '../../src/dedup/beta.ts';
import { type Draw, type Stratum, shareInterval } from '../../src/dedup/interval.ts';
import { seeded } from './seeded.ts';

describe('beta distribution', () => {
  it('gives tabulated values', () => {
    expect(betaShare(0.3, 2, 5)).toBeCloseTo(0.579825, 9);
    expect(betaShare(0.001, 1, 3000)).toBeCloseTo(1 - 0.999 ** 3000, 9);
    expect(betaShare(0.5, 0.5, 0.5)).toBeCloseTo(0.5, 9);
    // Clopper–Pearson of 5 in 20.
    expect(betaQuantile(0.025, 5, 16)).toBeCloseTo(0.0866, 4);
    expect(betaQuantile(0.975, 6, 15)).toBeCloseTo(0.491, 3);
    expect(studentQuantile(0.05, 5)).toBeCloseTo(2.5706, 4);
    expect(studentQuantile(0.05, 1)).toBeCloseTo(12.706, 3);
  });
});

const rows = (values: readonly number[]): Draw[] => values.map((mean) => ({ mean, rows: 1 }));

describe('interval of a share', () => {
  it('is a point where all was read', () => {
    const draws = rows([0, 0.5, 0.5, 0]);
    expect(shareInterval([{ weight: 1, draws, population: 4 }])).toEqual({ value: 0.25, low: 0.25, high: 0.25 });
    const whole = [
      { mean: 0.2, rows: 30, cluster: 'a' },
      { mean: 0.2, rows: 30, cluster: 'a' },
      { mean: 0.6, rows: 10, cluster: 'b' },
    ];
    expect(shareInterval([{ weight: 1, draws: whole, population: 40 }])).toEqual({ value: 0.3, low: 0.3, high: 0.3 });
  });

  it('says nothing certain from nothing seen', () => {
    const none = shareInterval([{ weight: 1, draws: rows(new Array(300).fill(0)), population: 1e6 }]);
    expect(none.low).toBe(0);
    expect(none.high).toBeGreaterThan(3 / 300);
    expect(none.high).toBeLessThan(8 / 300);
    expect(shareInterval([{ weight: 1, draws: rows([0.4]), population: 9 }])).toEqual({ value: 0.4, low: 0, high: 1 });
  });

  it('is narrower the more of the rows were read', () => {
    const draws = rows(Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 0.5 : 0)));
    const width = (population: number): number => {
      const c = shareInterval([{ weight: 1, draws, population }]);
      return c.high - c.low;
    };
    expect(width(500)).toBeLessThan(0.6 * width(1e6));
  });

  it('refuses what is no sample', () => {
    expect(() => shareInterval([{ weight: 0.5, draws: rows([0]), population: 5 }])).toThrow(/add up to 0.5/);
    expect(() => shareInterval([{ weight: 1, draws: [], population: 5 }])).toThrow(/no draws/);
    expect(() => shareInterval([{ weight: 1, draws: rows([1.5]), population: 5 }])).toThrow(/1.5/);
  });

  it('holds the truth in 94 of 100 samples at the least: rates, skewed clusters, a hot namespace', () => {
    const r = seeded(41);
    for (const shape of SHAPES) {
      for (const rate of [0, 0.005, 0.03, 0.3, 0.97]) {
        const held = { rows: 0, strata: 0 };
        const runs = 250;
        for (let run = 0; run < runs; run++) {
          const namespaces = population(r, shape, rate);
          const all = namespaces.flat();
          const truth = all.reduce((sum, v) => sum + v, 0) / all.length;
          const covers = (strata: Stratum[]): number => {
            const c = shareInterval(strata);
            return c.low <= truth + 1e-12 && truth <= c.high + 1e-12 ? 1 : 0;
          };
          held.rows += covers([{ weight: 1, population: all.length, draws: rows(sampleOf(r, all, 300)) }]);
          held.strata += covers(stratified(r, namespaces, 40));
        }
        expect(held.rows / runs, `${shape}, rate ${rate}, rows`).toBeGreaterThanOrEqual(0.94);
        expect(held.strata / runs, `${shape}, rate ${rate}, namespaces`).toBeGreaterThanOrEqual(0.94);
      }
    }
  });
});

type Random = ReturnType<typeof seeded>;
const SHAPES = ['even', 'skewed', 'hot'] as const;

/** Namespaces as lists of 1 − 1/c, clusters of very different sizes. */
function population(r: Random, shape: (typeof SHAPES)[number], rate: number): number[][] {
  const sizes =
    shape === 'even'
      ? new Array<number>(200).fill(50)
      : shape === 'skewed'
        ? Array.from({ length: 150 }, () => Math.max(1, Math.floor(5 / (r.next() + 0.01) ** 1.1)))
        : [4000, ...Array.from({ length: 200 }, () => 1 + r.below(40))];
  return sizes.map((size) => {
    const local = Math.min(
      0.99,
      shape === 'even' ? rate : rate * Math.min(rate === 0 ? 0 : 1 / rate, -Math.log(1 - r.next())),
    );
    const values: number[] = [];
    while (values.length < size) {
      const cluster = 2 + Math.floor(Math.min(300, 1 / r.next() ** 1.2));
      if (r.next() < local / (local + (1 - local) * cluster * 0.6)) {
        const rowsOf = Math.min(cluster, size - values.length);
        values.push(...new Array<number>(rowsOf).fill(1 - 1 / rowsOf));
      } else values.push(0);
    }
    return values;
  });
}

function sampleOf(r: Random, all: readonly number[], count: number): number[] {
  const picked = new Set<number>();
  while (picked.size < Math.min(count, all.length)) picked.add(r.below(all.length));
  return [...picked].map((i) => all[i] as number);
}

/** Hot namespaces read whole, each a stratum; the rest drawn by their rows, with putting back. */
function stratified(r: Random, namespaces: readonly number[][], draws: number): Stratum[] {
  const total = namespaces.reduce((sum, v) => sum + v.length, 0);
  const whole = (i: number): Draw => {
    const v = namespaces[i] as number[];
    return { mean: v.reduce((sum, x) => sum + x, 0) / v.length, rows: v.length, cluster: String(i) };
  };
  const hot = namespaces.flatMap((v, i) => (v.length >= total / draws ? [i] : []));
  const cold = namespaces.flatMap((v, i) => (v.length >= total / draws ? [] : new Array<number>(v.length).fill(i)));
  const strata: Stratum[] = hot.map((i) => {
    const draw = whole(i);
    return { weight: draw.rows / total, population: draw.rows, draws: [draw] };
  });
  if (cold.length > 0)
    strata.push({
      weight: cold.length / total,
      population: cold.length,
      draws: Array.from({ length: draws }, () => whole(r.pick(cold))),
    });
  return strata;
}
