/** Tier 1. Sizes of vec0: sqlite-vec 0.1.9, chunks allocated whole (fixtures/measurements/embedded.csv). */
import { describe, expect, it } from 'vitest';
import { disk, reportFrom } from '../capacity/plan-from-flags.ts';

const plan = (n: number, dims: number, more: Record<string, string | number> = {}) =>
  reportFrom({ n, dims, engine: 'sqlite-vec', ...more });

describe('sqlite-vec', () => {
  // Sizes of whole vec0 files as measured, without the side structures of a memory store.
  it.each([
    [1000, 384, 1_626_112],
    [1025, 1536, 12.7e6],
  ])('%d × %d takes the chunks it was measured with', (n, dims, bytes) => {
    const ours = disk(plan(n, dims), 'vector-index');
    expect(Math.abs(ours - bytes) / bytes).toBeLessThan(0.01);
  });

  it('1,025 rows take two chunks, 1,024 one', () => {
    const one = disk(plan(1024, 384), 'vector-index');
    const two = disk(plan(1025, 384), 'vector-index');
    expect(two / one).toBeGreaterThan(1.9);
    expect(disk(plan(1025, 384, { 'chunk-size': 128 }), 'vector-index')).toBeLessThan(two * 0.65);
  });

  it('scans every vector: the p99 doubles with the rows, and recall is 1', () => {
    const p99 = (n: number): number => plan(n, 384).query.p99?.value as number;
    expect(p99(200_000) / p99(100_000)).toBeCloseTo(2, 3);
    expect(plan(1000, 384).query.recallNote).toBe('recall is 1: an exact scan misses nothing');
  });

  it('predicts the scans it was measured with, within its interval', () => {
    // q_p50_ms of fixtures/measurements/embedded.csv: 50k × 384 float 61 ms, 10k × 1,536 float 47 ms
    for (const [n, dims, ms] of [
      [50_000, 384, 61],
      [10_000, 1536, 47],
    ] as const) {
      const p50 = plan(n, dims).query.p50;
      expect(p50?.low).toBeLessThan(ms / 1000);
      expect(p50?.high).toBeGreaterThan(ms / 1000);
    }
  });

  it('builds nothing, has no side index for the primary key, and rewrites the whole file to shrink', () => {
    const report = plan(10_000, 384);
    expect(report.build.seconds).toBeUndefined();
    expect(report.components.some((c) => c.id === 'primary-key')).toBe(false);
    expect(report.totals.rebuildPeak.value).toBe(report.totals.disk.value);
  });

  it('holds int8 and bit, at a quarter and a thirty-second', () => {
    const float = disk(plan(100_000, 1536), 'vector-index');
    expect(disk(plan(100_000, 1536, { type: 'int8' }), 'vector-index') / float).toBeCloseTo(1 / 4, 2);
    expect(disk(plan(100_000, 1536, { type: 'bit' }), 'vector-index') / float).toBeCloseTo(1 / 32, 2);
    expect(() => plan(10, 8, { type: 'halfvec' })).toThrow('has no such type');
  });
});
