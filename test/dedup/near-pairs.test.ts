import { describe, expect, it } from 'vitest';
import { auditSet, setReport } from '../../src/dedup/index.ts';
import { PairIntake } from '../../src/dedup/near-pairs.ts';
import { RowTable } from '../../src/dedup/row-table.ts';
import { seededChance } from '../../src/dedup/seeded-order.ts';
import { openVectorPairs } from '../../src/parallel/open-vector-pairs.ts';
import type { ScanRow } from '../../src/store/index.ts';
import { memorySet, OPTIONS, rowStore, sha256, vector } from './row-store.ts';

describe('pairs beyond the bound', () => {
  it('are let go from the least similar up, and what is kept is whole from the raised floor', () => {
    const table = new RowTable(sha256);
    for (let i = 0; i < 100; i++) table.add({ id: String(i), text: `text ${i}`, vector: vector(1, i) });
    const chance = seededChance(5);
    const intake = new PairIntake(table, 0.5, 1000);
    const given: number[] = [];
    for (let i = 0; i < 5000; i++) {
      const similarity = 0.5 + chance() / 2;
      given.push(similarity);
      intake.take({
        a: Uint32Array.of(i % 99),
        b: Uint32Array.of((i % 99) + 1),
        similarity: Float64Array.of(similarity),
      });
    }
    const { pairs, floor } = intake;
    expect(floor).toBeGreaterThan(0.8);
    expect(pairs.length).toBeLessThan(1000);
    const kept = [...pairs.value.slice(0, pairs.length)].sort((a, b) => a - b);
    expect(kept).toEqual(given.filter((s) => s >= floor).sort((a, b) => a - b));
  });

  it('raise the threshold of an audit, which says so', async () => {
    // One template: everything is near everything, 45,000 pairs.
    const chance = seededChance(6);
    const rows: ScanRow[] = Array.from({ length: 300 }, (_, i) => ({
      id: String(i),
      text: `the meter read ${i} today`,
      vector: Float32Array.from({ length: 16 }, (_, j) => (j === 0 ? 1 : 0) + 0.12 * (chance() - 0.5)),
    }));
    const openVectors = (): ReturnType<typeof openVectorPairs> => openVectorPairs({ threads: 1 });
    const audit = await auditSet(rowStore(rows), memorySet(rows), {
      ...OPTIONS,
      openVectors,
      threshold: 0.9,
      mostPairs: 5000,
    });
    const { set, notes } = setReport(audit);
    const raised = notes.find((n) => n.code === 'threshold-raised');
    expect(raised?.level).toBe('unmeasured');
    expect(set.threshold.value).toBeGreaterThan(0.9);
    expect(set.mergeable).toBe(0);
    expect(set.review).toBeGreaterThan(50);
  });
});
