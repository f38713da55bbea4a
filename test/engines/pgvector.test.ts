/** Tier 2. Index sizes: pgvector's page packing; tables: PostgreSQL 15, measured (fixtures/measurements/postgres.csv). */
import { describe, expect, it } from 'vitest';
import { disk, GiB, reportFrom } from '../capacity/plan-from-flags.ts';

const plan = (flags: Record<string, string | number>) => reportFrom({ engine: 'pgvector', ...flags });

describe('pgvector', () => {
  it.each([
    ['float32', 1536, 8192],
    ['halfvec', 1536, 4096],
    ['bit', 1536, 502],
    ['float32', 384, 2048],
    ['halfvec', 3072, 8192],
  ])('%s × %d takes %d B a vector, whatever the number of rows', (type, dims, bytes) => {
    for (const n of [100_000, 10_000_000]) {
      const each = disk(plan({ n, type, dims }), 'vector-index') / n;
      expect(Math.abs(each - bytes) / bytes).toBeLessThan(0.005);
    }
  });

  it('keeps short vectors in the heap tuple and long ones in TOAST', () => {
    expect(plan({ n: '100k', dims: 96 }).components.map((c) => c.id)).not.toContain('toast');
    expect(disk(plan({ n: '100k', dims: 1536 }), 'toast')).toBeGreaterThan(100_000 * 8192);
  });

  it('builds faster on more cores, but not in proportion', () => {
    const seconds = (cores: number): number => plan({ n: '1M', cores }).build.seconds?.value as number;
    expect(seconds(1) / seconds(8)).toBeGreaterThan(2);
    expect(seconds(1) / seconds(8)).toBeLessThan(6);
  });

  it('predicts the published build of 1M × 1,536 with 8 workers, ef_construction 200, within its interval', () => {
    // Supabase, 2024-01-30, pgvector 0.6.0: 12.9 minutes with 8 workers
    const seconds = plan({ n: '1M', 'ef-construction': 200 }).build.seconds;
    expect(seconds?.low).toBeLessThan(12.9 * 60);
    expect(seconds?.high).toBeGreaterThan(12.9 * 60);
  });

  it('predicts published searches of 990k × 1,536 in RAM, within its interval', () => {
    // Katz, 2024-04-30: 2.17 µs a visited tuple at ef_search 40
    const { p50, work } = plan({ n: '990k' }).query;
    const published = ((work?.value as number) * 2.17) / 1e6;
    expect(p50?.low).toBeLessThan(published);
    expect(p50?.high).toBeGreaterThan(published);
  });

  it('says from which row on a build that is too small for its memory spills, and what it costs', () => {
    const small = plan({ n: '1M', 'build-memory': '64MiB' });
    const large = plan({ n: '1M' });
    expect(small.build.spills).toBe(true);
    expect(small.build.spillsAtRows?.value).toBe(small.build.stockSpillsAtRows?.value);
    expect(small.build.seconds?.value).toBeGreaterThan(2 * (large.build.seconds?.value as number));
    expect(large.build.spills).toBe(false);
  });

  it('prints statements that can be pasted', () => {
    expect(plan({ n: '1M' }).build.settings).toContain(
      'CREATE INDEX CONCURRENTLY ON memories USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64);',
    );
    expect(plan({ n: '1M', 'index-type': 'bit' }).build.settings.join()).toContain(
      '(binary_quantize(embedding)::bit(1536)) bit_hamming_ops',
    );
  });

  it('refuses a latency where the index does not fit in RAM', () => {
    const { query } = plan({ n: '50M' });
    expect(query.p99).toBeUndefined();
    expect(query.refused).toMatch(/must be in RAM and .* can be/);
  });

  it('searches a sparse vector by its non-zeros, not by its vocabulary', () => {
    const p50 = (dims: number): number => plan({ n: '1M', type: 'sparsevec', dims }).query.p50?.value as number;
    expect(p50(1_000_000)).toBe(p50(30_522));
  });

  it('needs half a gigabyte for k-means over 1,000 lists of 1,536 dimensions', () => {
    expect((plan({ n: '1M', index: 'ivfflat' }).build.memory?.value as number) / GiB).toBeCloseTo(0.49, 1);
  });
});
