/** Tier 4 by the formulas of Milvus' sizing tool (2025-04). */
import { describe, expect, it } from 'vitest';
import { disk, GiB, reportFrom } from '../capacity/plan-from-flags.ts';

const plan = (flags: Record<string, string | number>) => reportFrom({ engine: 'milvus', ...flags });
const memory = (flags: Record<string, string | number>): number =>
  (plan(flags).components.find((c) => c.id === 'vector-index')?.resident.value as number) / GiB;

describe('Milvus', () => {
  it('loads 69.5 GiB of HNSW and 16.5 GiB of DiskANN for 10M × 1,536', () => {
    expect(memory({ n: '10M' })).toBeCloseTo(69.5, 1);
    expect(memory({ n: '10M', index: 'diskann' })).toBeCloseTo(16.5, 1);
  });

  it('keeps the whole vectors of a DiskANN index on disk', () => {
    expect(disk(plan({ n: '10M', index: 'diskann' }), 'vector-index') / GiB).toBeGreaterThan(57);
  });

  it('orders its indexes by memory', () => {
    const sizes = ['ivf-pq', 'diskann', 'ivf-sq8', 'hnsw'].map((index) => memory({ n: '10M', index }));
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  });

  it('loads two segments even for one vector', () => {
    expect(memory({ n: 1 })).toBeCloseTo(2.3, 1);
  });

  it('is asked for in its own words', () => {
    const note = plan({ n: '10M', index: 'ivfflat' }).query.recallNote;
    expect(note).toContain('nprobe');
    expect(note).not.toContain('enable_indexscan');
  });
});
