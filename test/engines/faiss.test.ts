/** In process, by the bytes per vector of the FAISS wiki. */
import { describe, expect, it } from 'vitest';
import { disk, GiB, reportFrom } from '../capacity/plan-from-flags.ts';

const plan = (flags: Record<string, string | number>) => reportFrom({ engine: 'faiss', ...flags });

describe('FAISS', () => {
  it('takes 58.4 GiB as HNSW and 57.2 GiB flat for 10M × 1,536', () => {
    expect(disk(plan({ n: '10M' }), 'vector-index') / GiB).toBeCloseTo(58.4, 1);
    expect(disk(plan({ n: '10M', index: 'flat' }), 'vector-index') / GiB).toBeCloseTo(57.2, 1);
  });

  it('compresses to a fiftieth with IVF-PQ', () => {
    const pq = disk(plan({ n: '10M', index: 'ivf-pq' }), 'vector-index');
    const flat = disk(plan({ n: '10M', index: 'flat' }), 'vector-index');
    expect(flat / pq).toBeGreaterThan(50);
  });

  it('counts the lists it is given', () => {
    const few = disk(plan({ n: '1M', index: 'ivf-pq', lists: 100 }), 'vector-index');
    const many = disk(plan({ n: '1M', index: 'ivf-pq', lists: 10_000 }), 'vector-index');
    expect(many - few).toBe(9900 * 4 * 1536);
  });

  it('says that it has no time model for training', () => {
    const { build, query } = plan({ n: '1M', index: 'ivf-pq' });
    expect(build.note).toContain('no time model');
    expect(query.refused).toContain('no latency model');
  });
});
