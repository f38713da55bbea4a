/** The sentences and figures of single checks, and what the reports of unusual workloads say. */
import { describe, expect, it } from 'vitest';
import type { ConstraintCheck } from '../../src/capacity/report.ts';
import { type Flags, reportFrom, sentencesOf } from './plan-from-flags.ts';

function check(flags: Flags, id: ConstraintCheck['id']): ConstraintCheck {
  const found = reportFrom(flags).tier.checks.find((c) => c.id === id);
  if (found === undefined) throw new Error(`no check ${id}`);
  return found;
}

describe('one check', () => {
  it('RAM compares what is resident with 80 % of the machine', () => {
    const ram = check({ n: '1M', engine: 'pgvector', ram: '32GiB' }, 'ram');
    expect(ram.limit?.value).toBeCloseTo(0.8 * 32 * 2 ** 30, 0);
    expect(ram.because).toBe('7.76 GiB resident of 25.6 GiB usable');
  });

  it('p99 says that its interval straddles the objective where it does', () => {
    expect(check({ n: '10k', engine: 'sqlite-vec' }, 'p99').because).toMatch(
      /against 100 ms, which the interval straddles$/,
    );
    expect(check({ n: '100', engine: 'sqlite-vec' }, 'p99').because).toMatch(/against 100 ms$/);
  });

  it('p99 that is too slow in RAM breaks, whether or not the store fits there', () => {
    const p99 = check({ n: '10M', engine: 'sqlite-vec' }, 'p99');
    expect(p99.verdict).toBe('breaks');
    expect(p99.actual?.value).toBeGreaterThan(10);
    expect(p99.flipsAt).toBeLessThan(20_000);
  });

  it('p99 of what does not fit in RAM is unknown where RAM would keep it', () => {
    const p99 = check({ n: '10M', engine: 'pgvector' }, 'p99');
    expect(p99.verdict).toBe('unknown');
    expect(p99.actual).toBeUndefined();
  });

  it('the write rate is the peak, not the mean', () => {
    const writes = check({ n: '1M', engine: 'pgvector', 'writes-per-day': 86_400 }, 'write-rate');
    expect(writes.actual?.value).toBeCloseTo(5, 9);
    expect(writes.because).toMatch(/^5 rows\/s at the peak/);
  });

  it('an engine without a model of inserts says so instead of fitting', () => {
    expect(check({ n: '1M', engine: 'qdrant', 'writes-per-day': '1M' }, 'write-rate').verdict).toBe('unknown');
  });

  it('shards count RAM, build window and writes, and the build of a shard is that of its rows', () => {
    const tight = reportFrom({ n: '10M', engine: 'sharded-pgvector', 'build-window': '5min' });
    const window = tight.tier.checks.find((c) => c.id === 'build-window');
    expect(window?.verdict).toBe('fits');
    expect(tight.machines.value).toBeGreaterThan(2);
    // One shard less would not build in time.
    const more = reportFrom({
      n: Math.ceil((10e6 * tight.machines.value) / (tight.machines.value - 1)),
      engine: 'sharded-pgvector',
      'build-window': '5min',
    });
    expect(more.machines.value).toBeGreaterThan(tight.machines.value);
  });
});

describe('no sentence is absurd', () => {
  it.each<[string, Flags]>([
    ['one memory of one dimension', { n: 1, dims: 1 }],
    ['one memory on two shards', { n: 1, engine: 'sharded-pgvector' }],
    ['a trillion memories', { n: '1T' }],
    ['a trillion on the smallest machine', { n: '1T', ram: '64MiB' }],
    ['the smallest machine', { n: '10M', ram: '64MiB' }],
    ['a budget of nothing', { n: '1M', budget: '$0' }],
    ['an impossible objective', { n: '1M', 'slo-p99': '1us' }],
    ['the shortest window', { n: '10M', 'build-window': '1s' }],
    ['IVFFlat without memory', { n: '1M', index: 'ivfflat', 'build-memory': '64MiB' }],
    ['IVFFlat of one row', { n: 1, engine: 'pgvector', index: 'ivfflat' }],
    ['an exact scan of a billion', { n: '1B', index: 'flat' }],
    ['sparsevec', { n: '1M', type: 'sparsevec', dims: 30_522 }],
    ['bit', { n: '10M', type: 'bit' }],
    ['Redis vector set', { n: '1M', engine: 'redis', index: 'vector-set' }],
    ['Redis hashes', { n: 1, engine: 'redis' }],
    ['Milvus DiskANN', { n: '1B', engine: 'milvus', index: 'diskann' }],
    ['one vector in Milvus', { n: 1, engine: 'milvus' }],
    ['FAISS IVF-PQ', { n: 1, dims: 1, engine: 'faiss', index: 'ivf-pq' }],
    ['a namespace a memory', { n: '1M', namespaces: '1M' }],
    ['all flags of money', { n: '1M', 'cache-entries': '1M', replicas: 3, prefilter: '99%', hype: '100%', tokens: 0 }],
  ])('%s', (_, flags) => {
    const report = reportFrom(flags);
    for (const sentence of sentencesOf(report)) {
      expect(sentence).not.toMatch(
        /NaN|Infinity|undefined|\bnull\b|\b0 shards|\b0 machines|\b1 machines|up to 0\b|\$-|\s-\d|\s{2}|\.\.$/,
      );
    }
    expect(report.headline.length).toBeGreaterThan(0);
    expect(report.tier.rejected.every((r) => r.holdsUpTo === undefined || r.holdsUpTo >= 1)).toBe(true);
    expect(report.tier.flipsAt === undefined || report.tier.flipsAt.rows >= 1).toBe(true);
  });
});

describe('advice', () => {
  const advice = (flags: Flags, id: string): string | undefined =>
    reportFrom(flags).advice.find((a) => a.id === id)?.message;

  it('names a halfvec index where float32 has too many dimensions', () => {
    expect(advice({ n: '1M', dims: 3072 }, 'dimensions')).toBe(
      'With a halfvec index (--index-type halfvec, up to 4,000 dimensions) pgvector holds it, and no second database is needed',
    );
    expect(reportFrom({ n: '1M', dims: 3072, 'index-type': 'halfvec' }).engine.id).toBe('pgvector');
  });

  it('measures recall with the words of the engine that is planned', () => {
    expect(reportFrom({ n: '1M', engine: 'pgvector' }).query.recallNote).toContain('hnsw.ef_search (now 40)');
    expect(reportFrom({ n: '1M', engine: 'hnswlib' }).query.recallNote).not.toMatch(/hnsw\.ef_search|enable_indexscan/);
    expect(reportFrom({ n: '1M', engine: 'pgvector', index: 'ivfflat' }).query.recallNote).toContain(
      'ivfflat.probes (now 32)',
    );
    expect(reportFrom({ n: '1M', engine: 'redis', index: 'vector-set' }).query.recallNote).toContain('EF of VSIM');
  });

  it('warns of a filter after the walk where namespaces are many', () => {
    expect(advice({ n: '1M', namespaces: 1000 }, 'filtered-search')).toContain('hnsw.iterative_scan');
  });
});
