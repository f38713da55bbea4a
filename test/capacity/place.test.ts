import { describe, expect, it } from 'vitest';
import { type PlaceReport, type PlaceWishes, placeReport } from '../../src/capacity/place.ts';
import { warmItem } from '../../src/capacity/warm-item.ts';
import { leaf } from '../../src/quantity/index.ts';
import { type Flags, workloadFrom } from './plan-from-flags.ts';

const NONE: PlaceWishes = {
  itemBytes: undefined,
  hot: undefined,
  warm: undefined,
  cold: undefined,
  zipf: undefined,
  warmStore: 'tables',
};
const place = (flags: Flags, wishes: Partial<PlaceWishes> = {}): PlaceReport =>
  placeReport(workloadFrom(flags), { ...NONE, ...wishes });
const tier = (r: PlaceReport, id: string) => r.tiers.find((t) => t.id === id);

/** Four items of 10 B: one fits hot, one warm, one cold. */
const FOUR: Partial<PlaceWishes> = { itemBytes: 10, hot: 10, warm: 19, cold: 15, zipf: 1, warmStore: 'packed' };

describe('placement', () => {
  it('by hand: four items by Zipf 1, a tier each', () => {
    const r = place({ n: 4, 'queries-per-second': 25 }, FOUR);
    expect(r.tiers.map((t) => t.items.value)).toEqual([1, 1, 1, 1]);
    // 1 + 1/2 + 1/3 + 1/4 = 25/12: shares of 12, 6, 4 and 3 in 25.
    for (const [i, share] of [12, 6, 4, 3].entries()) expect(r.tiers[i]?.hits.value).toBeCloseTo(share / 25, 12);
    expect(r.meanLatency.value).toBeCloseTo((12 * 0.001 + 6 * 0.01 + 4 * 0.1 + 3 * 3) / 25, 12);
    // 25 accesses a second: the first item gets 12 of them, the second 6.
    expect(tier(r, 'hot')?.promoteBelow?.value).toBeCloseTo(1 / 12, 12);
    expect(tier(r, 'warm')?.promoteBelow?.value).toBeCloseTo(1 / 6, 12);
    expect(tier(r, 'warm')?.demoteAfter?.value).toBeCloseTo(2 / 6, 12);
    expect(tier(r, 'glacier')?.promoteBelow).toBeUndefined();
  });

  it('hits and items add up, whatever the sizes', () => {
    for (const n of [1, 7, 1000, 50_000_000]) {
      for (const zipf of [0, 0.7, 1, 1.4]) {
        const r = place({ n }, { zipf, itemBytes: 64_000 });
        expect(r.tiers.reduce((a, t) => a + t.hits.value, 0)).toBeCloseTo(1, 6);
        expect(r.tiers.reduce((a, t) => a + t.items.value, 0)).toBe(n);
      }
    }
  });

  it('nothing is negative, no tier overfull and no share beyond the whole, at either end', () => {
    for (const n of [5, 900_000, 1_000_000, 10_000_000, 100_000_000]) {
      for (const warmStore of ['tables', 'rows', 'packed'] as const) {
        for (const t of place({ n }, { warmStore }).tiers) {
          for (const q of [t.items, t.bytes, t.hits, t.money].filter((x) => x !== undefined)) {
            expect(q.low, `${t.id} ${q.name} of ${n}`).toBeGreaterThanOrEqual(0);
            expect(q.low <= q.value && q.value <= q.high, `${t.id} ${q.name} of ${n}`).toBe(true);
          }
          expect(t.bytes.high).toBeLessThanOrEqual(t.size?.value ?? Number.POSITIVE_INFINITY);
          expect(t.items.high).toBeLessThanOrEqual(n);
          expect(t.hits.high).toBeLessThanOrEqual(1);
        }
      }
    }
    // Ten million items that surely fit leave nothing for the last tier, however many each tier holds.
    expect(tier(place({ n: 10_000_000 }, {}), 'glacier')?.items).toMatchObject({ low: 0, value: 0, high: 0 });
  });

  it('a tier of no size takes nothing and has no thresholds', () => {
    const hot = tier(place({ n: 1000, 'queries-per-second': 10 }, { hot: 0 }), 'hot');
    expect([hot?.items.value, hot?.hits.value, hot?.promoteBelow]).toEqual([0, 0, undefined]);
  });

  it('a tier that holds all that is left has no threshold: nothing waits below it', () => {
    const r = place(
      { n: 1000, 'queries-per-second': 10 },
      { itemBytes: 1000, hot: 1000, warm: 1e9, warmStore: 'packed' },
    );
    expect(tier(r, 'hot')?.promoteBelow).toBeDefined();
    expect([tier(r, 'warm')?.items.value, tier(r, 'warm')?.promoteBelow]).toEqual([999, undefined]);
  });

  it('the shares are those of accesses drawn by Zipf', () => {
    const r = place(
      { n: 2000 },
      { itemBytes: 1000, hot: 50_000, warm: 200_000, cold: 500_000, warmStore: 'packed', zipf: 0.9 },
    );
    const weights = Array.from({ length: 2000 }, (_, i) => (i + 1) ** -0.9);
    const total = weights.reduce((a, b) => a + b, 0);
    let seed = 5;
    const counts = [0, 0, 0, 0];
    for (let k = 0; k < 100_000; k++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      let left = (seed / 2 ** 32) * total;
      let rank = 0;
      while (left > (weights[rank] as number) && rank < 1999) left -= weights[rank++] as number;
      const at = rank < 50 ? 0 : rank < 250 ? 1 : rank < 750 ? 2 : 3;
      counts[at] = (counts[at] as number) + 1;
    }
    for (const [i, n] of counts.entries()) {
      expect(Math.abs(n / 100_000 - (r.tiers[i]?.hits.value as number))).toBeLessThan(0.01);
    }
  });

  it('unknown is unknown: no price of GPU memory, no threshold without accesses', () => {
    const r = place({ n: '1M' });
    expect(tier(r, 'hot')?.money).toBeUndefined();
    expect(tier(r, 'hot')?.promoteBelow).toBeUndefined();
    expect(r.notes.join(' ')).toMatch(/--queries-per-second/);
  });

  it('money by hand: 32 GB of DRAM at $2, full', () => {
    const r = place({ n: '10M' }, { itemBytes: 1000, hot: 0, warm: 4e9, cold: 4e9, warmStore: 'packed' });
    expect(tier(r, 'warm')?.money?.value).toBeCloseTo(4 * 2, 9);
    expect(tier(r, 'cold')?.money?.value).toBeCloseTo(4 * 0.08, 9);
    expect(tier(r, 'glacier')?.money?.value).toBeCloseTo(2 * 0.02, 9);
    expect(r.money?.value).toBeCloseTo(8 + 0.32 + 0.04, 9);
    // A replication factor of 2 is one copy more.
    const twice = place(
      { n: '10M', replicas: 1 },
      { itemBytes: 1000, hot: 0, warm: 4e9, cold: 4e9, warmStore: 'packed' },
    );
    expect(twice.money?.value).toBeCloseTo(2 * (8 + 0.32 + 0.04), 9);
  });
});

describe('what an item costs the warm tier', () => {
  const item = (bytes: number) => leaf('item', bytes, 'B');

  it('about 542 kB for the table of a tiny item, as measured: 40 of them 83 blocks', () => {
    const table = warmItem('tables', item(100)).inputs['table']?.value as number;
    expect(table).toBeCloseTo(2.07 * 262_144, 6);
    expect(Math.round(table / 1000)).toBe(543);
    expect(Math.abs((40 * table) / (83 * 262_144) - 1)).toBeLessThan(0.01);
  });

  it('a larger item takes more blocks, and its bytes a second time in warm_data', () => {
    const one = warmItem('tables', item(1_000_000));
    expect(one.value).toBeCloseTo((2.07 + 3) * 262_144 + 1_000_000 + 150, 6);
    expect(warmItem('rows', item(1000)).value).toBe(1150);
    expect(warmItem('packed', item(1000)).value).toBe(1000);
  });

  it('the config’s own warm tier of 1 GB holds 1,838 items of 1 kB', () => {
    const r = place({ n: '1M' }, { itemBytes: 1000, hot: 100e6, warm: 1e9, cold: 10e9 });
    expect(tier(r, 'warm')?.items.value).toBe(1838);
  });

  it('is said first where it is what fills the tier', () => {
    expect(place({ n: '1M' }).headline.join(' ')).toMatch(/A table for each item makes .* times as much/);
    expect(place({ n: '1M' }, { warmStore: 'packed' }).headline.join(' ')).not.toMatch(/A table for each item/);
  });
});

describe('figures of the memories-dev documentation', () => {
  it('1,000 × 1,000 float64 is 8 MB, and 0.10 % of 8 GB', () => {
    expect(1000 * 1000 * 8).toBe(8e6);
    expect(((1000 * 1000 * 8) / 8e9) * 100).toBeCloseTo(0.1, 12);
  });

  it('18.75 % of the hot tier is right only where a GB has 1,000 MB; and 1,500 MB fit 8 GB, so nothing had to move', () => {
    expect((1500 / 8000) * 100).toBe(18.75);
    expect((1500 / 8192) * 100).toBeCloseTo(18.31, 2);
    const r = place({ n: 5 }, { itemBytes: 300 * 2 ** 20 });
    expect(tier(r, 'hot')?.items.value).toBe(5);
  });
});
