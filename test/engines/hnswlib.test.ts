/** In process. hnswlib/hnswalg.h: a published file of 9,990,000 × 96 at M 24 is 5,874,120,096 B at level 0. */
import { describe, expect, it } from 'vitest';
import { disk, GiB, reportFrom } from '../capacity/plan-from-flags.ts';

const plan = (flags: Record<string, string | number>) => reportFrom({ engine: 'hnswlib', ...flags });

describe('hnswlib', () => {
  it('writes the published file', () => {
    const file = disk(plan({ n: 9_990_000, dims: 96, m: 24 }), 'vector-index');
    // level 0, and 43,524,300 B of published upper links, and 4 B an element of link list sizes
    const published = 5_874_120_096 + 43_524_300 + 4 * 9_990_000;
    expect(Math.abs(file - published) / published).toBeLessThan(0.003);
  });

  it('takes 58.7 GiB for 10M × 1,536', () => {
    expect(disk(plan({ n: '10M' }), 'vector-index') / GiB).toBeCloseTo(58.7, 0);
  });

  it('takes more memory than file: locks, label map, visited lists', () => {
    const index = plan({ n: '1M' }).components.find((c) => c.id === 'vector-index');
    expect(index?.resident.value).toBeGreaterThan(index?.disk.value as number);
  });

  it('refuses what it cannot hold', () => {
    expect(() => plan({ n: 10, type: 'halfvec' })).toThrow('hnswlib in process has no such type; it has float32');
    expect(() => plan({ n: 10, index: 'ivfflat' })).toThrow('has no such index; it has hnsw');
  });

  it('is not a tier, and costs no machine of its own', () => {
    const report = plan({ n: '1M' });
    expect(report.tier.level).toBeUndefined();
    expect(report.cost.monthly).toEqual([]);
  });
});
