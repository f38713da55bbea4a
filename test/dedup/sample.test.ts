import { describe, expect, it } from 'vitest';
import { auditSet, setReport } from '../../src/dedup/index.ts';
import { planReading } from '../../src/dedup/sample.ts';
import { seededChance, shuffled } from '../../src/dedup/seeded-order.ts';
import type { ScanRow } from '../../src/store/index.ts';
import { type Making, madeRows } from './made-rows.ts';
import { audited, memorySet, OPTIONS, rowStore } from './row-store.ts';

const THRESHOLD = 0.93;
const STORES: readonly Making[] = [
  { rows: 1500, namespaces: 150, dims: 16, repeats: 0.3, seed: 11 },
  { rows: 1500, namespaces: 150, dims: 16, repeats: 0.02, skew: 3, seed: 12 },
  { rows: 1500, namespaces: 40, dims: 16, repeats: 0.9, skew: 2, seed: 13 },
  { rows: 1500, namespaces: 150, dims: 16, repeats: 0, seed: 14 },
];

describe('a sample', () => {
  it('gives each sampled row the cluster that a whole audit gives it', async () => {
    const rows = madeRows(STORES[0] as Making);
    const whole = await audited(rows, { threshold: THRESHOLD });
    const sampled = await audited(rows, { threshold: THRESHOLD, sample: { rows: 300, budget: 1e6 } });
    const known = new Map(whole.clusters.map((c) => [c.id, c]));
    expect(sampled.clusters.length).toBeGreaterThan(50);
    for (const cluster of sampled.clusters) expect(cluster).toEqual(known.get(cluster.id));
    expect(sampled.sampled).toBe(300);
    expect(sampled.method).toBe('sample');
    expect(sampled.rate.redundancy.low).toBeLessThan(sampled.rate.redundancy.high);
  });

  it('of all rows is the whole', async () => {
    const rows = madeRows(STORES[2] as Making).slice(0, 400);
    const whole = await audited(rows, { threshold: THRESHOLD });
    const sampled = await audited(rows, { threshold: THRESHOLD, sample: { rows: 400 } });
    expect(sampled.rate.redundancy.value).toBeCloseTo(whole.rate.redundancy.value, 10);
    expect(sampled.rate.redundancy.low).toBeCloseTo(whole.rate.redundancy.value, 10);
    expect(sampled.rate.redundancy.high).toBeCloseTo(whole.rate.redundancy.value, 10);
    expect(sampled.rate.withTwin.value).toBeCloseTo(whole.rate.withTwin.value, 10);
  });

  it.each([1e6, 300])('covers the rate of a whole audit (at most %d rows read)', async (budget) => {
    let held = 0;
    let runs = 0;
    for (const making of STORES) {
      const rows = madeRows(making);
      const { rate } = await audited(rows, { threshold: THRESHOLD });
      for (let seed = 1; seed <= 5; seed++) {
        const reads = { scans: 0, rows: 0 };
        const o = { ...OPTIONS, seed, threshold: THRESHOLD, sample: { rows: 120, budget } };
        const { set } = setReport(await auditSet(rowStore(rows, reads), memorySet(rows), o));
        for (const of of ['redundancy', 'withTwin'] as const) {
          runs++;
          held += Number(set.rate[of].low <= rate[of].value && rate[of].value <= set.rate[of].high);
          expect(set.rate[of].high - set.rate[of].low).toBeLessThan(0.6);
        }
        expect(set.rows).toBeLessThan(rows.length);
      }
    }
    // 40 intervals of 95 %: 4 misses or more would come once in twenty times at 95 %, and the stores are seeded.
    expect(runs).toBe(40);
    expect(held).toBeGreaterThanOrEqual(37);
  });

  it('makes a stratum of each namespace that is sure to be drawn', () => {
    const rows: ScanRow[] = [];
    for (let i = 0; i < 6000; i++) rows.push({ id: String(i), namespace: 'hot' });
    for (let i = 6000; i < 12_000; i++) rows.push({ id: String(i), namespace: `n${i % 60}` });
    const drawn = shuffled(rows, seededChance(3))
      .slice(0, 1000)
      .map((r) => ({ key: r.id, namespace: r.namespace ?? null }));
    const plan = planReading(drawn, 12_000, memorySet(rows).namespaces, 3000);
    expect(plan.strata.map((s) => [s.namespace, s.by])).toEqual([
      ['hot', 'rows'],
      [undefined, 'namespaces'],
    ]);
    expect(plan.strata[0]?.population).toBe(6000);
    expect(plan.strata[0]?.draws.every((d) => d.namespace === 'hot')).toBe(true);
    expect(plan.strata[1]?.draws.length).toBeGreaterThanOrEqual(30);
    expect(plan.namespaces).toContain('hot');
    const whole = planReading(drawn, 12_000, memorySet(rows).namespaces, 20_000);
    expect(whole.strata.map((s) => s.by)).toEqual(['rows']);
  });
});
