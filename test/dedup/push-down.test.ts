import { describe, expect, it } from 'vitest';
import { auditSet, setReport } from '../../src/dedup/index.ts';
import { cosine } from '../../src/dedup/push-down.ts';
import { keyOf, type ScanRow, type Store } from '../../src/store/index.ts';
import { madeRows } from './made-rows.ts';
import { audited, memorySet, OPTIONS, rowStore } from './row-store.ts';

/** A search like an engine's: nearest rows of the same namespace, both ways round, with cosines that are a little off. */
function searching(rows: readonly ScanRow[], reads: { scans: number; rows: number }): Store {
  return {
    ...rowStore(rows, reads),
    async *neighbours({ similarity, nearest, keys, onProgress }) {
      for (const a of rows) {
        if (keys !== undefined && !keys.includes(keyOf(a))) continue;
        const near = rows
          .filter((b) => b !== a && b.namespace === a.namespace)
          .map((b) => ({ b, s: cosine(a.vector as Float32Array, b.vector as Float32Array) + 1e-7 }))
          .sort((x, y) => y.s - x.s)
          .slice(0, nearest);
        for (const { b, s } of near) if (s >= similarity) yield { a: keyOf(a), b: keyOf(b), similarity: s };
      }
      onProgress?.(rows.length, rows.length);
    },
    async [Symbol.asyncDispose]() {},
  };
}

describe('push-down', () => {
  const rows = madeRows({ rows: 300, namespaces: 5, dims: 16, repeats: 0.3, seed: 21 });

  it('finds the clusters that a comparison in this process finds, and says what may be missed', async () => {
    const whole = await audited(rows, { threshold: 0.93 });
    const reads = { scans: 0, rows: 0 };
    const o = { ...OPTIONS, threshold: 0.93, pushDown: true };
    const { set } = setReport(await auditSet(searching(rows, reads), memorySet(rows), o));
    expect(set.method).toBe('push-down');
    expect(set.how).toContain('index');
    const shape = (s: typeof set): unknown => s.clusters.map((c) => [c.id, ...c.members.map((m) => m.id)]);
    expect(shape(set)).toEqual(shape(whole));
    expect(set.rate).toEqual(whole.rate);
    for (const c of set.clusters)
      for (const m of c.members)
        if (m.similarity !== null && m.level === 'near') expect(m.similarity).toBeGreaterThanOrEqual(0.93);
  });

  it('calibrates from the neighbours that the store finds', async () => {
    const { set } = setReport(
      await auditSet(searching(rows, { scans: 0, rows: 0 }), memorySet(rows), { ...OPTIONS, pushDown: true }),
    );
    expect(set.threshold.from).toBe('calibrated');
    expect(set.threshold.calibration?.nearest.rows).toBeGreaterThan(100);
  });
});
