/**
 * Worked examples. Index sizes: pgvector's page packing (src/hnsw.h, hnswbuild.c 0.8.x), confirmed on published and
 * measured indexes (fixtures/measurements). TOAST: 8,344 B a row of 1,536 float32 with its index, measured on
 * PostgreSQL 15. Prices: text-embedding-3-small $0.02 and Claude Haiku 4.5 $1 in, $5 out, per million tokens.
 */
import { describe, expect, it } from 'vitest';
import { capacityJson } from '../../src/capacity/capacity-json.ts';
import { explainReport, figuresOf } from '../../src/capacity/figures.ts';
import { disk, GiB, NOW, reportFrom } from './plan-from-flags.ts';

const within = (actual: number, expected: number, share: number): void => {
  expect(actual, `${actual} against ${expected}`).toBeGreaterThan(expected * (1 - share));
  expect(actual, `${actual} against ${expected}`).toBeLessThan(expected * (1 + share));
};

describe('10 million memories of 1,536 dimensions, m 16', () => {
  const report = reportFrom({ n: '10M', dims: 1536 });

  it('takes 76.3 GiB of HNSW index: one vector a page', () => {
    within(disk(report, 'vector-index') / GiB, 76.3, 0.001);
    expect(report.components.find((c) => c.id === 'vector-index')?.disk.basis).toBe('exact');
  });

  it('takes 38.1 GiB as halfvec and 4.67 GiB as bit', () => {
    within(disk(reportFrom({ n: '10M', 'index-type': 'halfvec' }), 'vector-index') / GiB, 38.1, 0.002);
    within(disk(reportFrom({ n: '10M', 'index-type': 'bit' }), 'vector-index') / GiB, 4.67, 0.002);
  });

  it('takes 77.7 GiB of table and TOAST before text', () => {
    const bare = reportFrom({ n: '10M', 'text-bytes': 0, 'metadata-bytes': 0 });
    const toast = disk(bare, 'toast') / GiB;
    // 8,192 B of chunks and their index entries a row, and 57 B of heap in the measured table; ours has an id,
    // a namespace, status, confidence and timestamps besides.
    within(toast, 77.1, 0.005);
    within(toast + disk(bare, 'table') / GiB, 77.7, 0.02);
  });

  it('spills at 9,217 rows with the stock 64 MB, in parallel, and at 9,758 in one process', () => {
    within(report.build.stockSpillsAtRows?.value as number, 9217, 0.001);
    within(reportFrom({ n: '10M', cores: 1 }).build.stockSpillsAtRows?.value as number, 9758, 0.002);
  });

  it('costs $10 to embed and $6,000 to extract', () => {
    const usd = (id: string): number => report.cost.oneOff.find((l) => l.id === id)?.usd.value as number;
    expect(usd('embedding')).toBeCloseTo(10, 6);
    expect(usd('extraction')).toBeCloseTo(6000, 6);
  });

  it('is sharded on 64 GiB machines, and is not with halfvec', () => {
    expect(report.engine.id).toBe('sharded-pgvector');
    expect(report.machines.value).toBe(2);
    expect(report.headline.join(' ')).toContain('With a halfvec index (38.1 GiB) one machine is enough.');
    expect(reportFrom({ n: '10M', 'index-type': 'halfvec' }).engine.id).toBe('pgvector');
  });

  it('fits one machine of 128 GiB', () => {
    expect(reportFrom({ n: '10M', ram: '128GiB' }).engine.id).toBe('pgvector');
  });
});

describe('other sizes', () => {
  it('50M × 1,536 is 381 GiB of index, a hundred times the 4 GB of the article', () => {
    const report = reportFrom({ n: '50M' });
    within(disk(report, 'vector-index') / GiB, 381.5, 0.001);
    expect(report.engine.id).toBe('sharded-pgvector');
  });

  it('200M × 1,536 is not tier 3 where 100M is', () => {
    expect(reportFrom({ n: '100M' }).engine.id).toBe('sharded-pgvector');
    const report = reportFrom({ n: '200M' });
    expect(report.tier.level).toBe(4);
    const shards = report.tier.rejected.find((r) => r.id === 'sharded-pgvector');
    expect(shards?.because).toMatch(/^31 shards of 64 GiB against 16/);
    expect(shards?.holdsUpTo).toBeGreaterThan(100e6);
    expect(shards?.holdsUpTo).toBeLessThan(200e6);
  });

  it('1,024 and 1,536 dimensions cost the same page, 1,969 twice it', () => {
    const at = (dims: number): number => disk(reportFrom({ n: '1M', dims, engine: 'pgvector' }), 'vector-index') / 1e6;
    within(at(1024), 8192, 0.001);
    within(at(1536), 8192, 0.001);
    within(at(1969), 16_384, 0.001);
  });

  it('prints the bytes a vector of published tables for halfvec and bit', () => {
    // halfvec 768: 2,048 B; bit 768: 398 B (pgvector's packing, simulated with levels)
    within(
      disk(reportFrom({ n: '1M', dims: 768, type: 'halfvec', engine: 'pgvector' }), 'vector-index') / 1e6,
      2048,
      0.005,
    );
    within(disk(reportFrom({ n: '1M', dims: 768, type: 'bit', engine: 'pgvector' }), 'vector-index') / 1e6, 398, 0.005);
  });

  it('one memory is one memory', () => {
    const report = reportFrom({ n: 1 });
    expect(report.engine.id).toBe('sqlite-vec');
    expect(report.tier.fits).toBe(true);
  });
});

describe('IVFFlat', () => {
  it('says that the build aborts, at the top and with both figures', () => {
    const report = reportFrom({ n: '1M', index: 'ivfflat', 'build-memory': '64MiB' });
    expect(report.build.error).toMatch(
      /^the build aborts: k-means needs 506 MiB and maintenance_work_mem would be 64 MiB/,
    );
    expect(report.headline.join(' ')).toContain('the build aborts');
  });

  it('builds where it has what it needs', () => {
    const report = reportFrom({ n: '1M', index: 'ivfflat' });
    expect(report.build.error).toBeUndefined();
    expect(report.build.memoryPlanned?.value).toBeGreaterThanOrEqual(report.build.memory?.value as number);
  });

  it('puts the lists and probes of its rule into the JSON', () => {
    const { index } = capacityJson(reportFrom({ n: '1M', index: 'ivfflat' }), NOW);
    expect(index['lists']).toBe(1000);
    expect(index['probes']).toBe(32);
  });
});

describe('explanations', () => {
  it('give every figure of the report a formula or a source', () => {
    const report = reportFrom({ n: '10M' });
    expect(figuresOf(report).size).toBeGreaterThan(30);
    const lines = explainReport(report);
    expect(lines.join('\n')).not.toMatch(/NaN|Infinity|undefined/);
    expect(lines.find((l) => l.startsWith('vector-index.disk:'))).toBeDefined();
  });

  it('compare with the article under its own name', () => {
    const { comparison } = reportFrom({ n: '10M' });
    expect(comparison.find((c) => c.id === 'article-tier')?.says).toBe('10M memories are tier 2, pgvector');
    expect(comparison.find((c) => c.id === 'article-index')?.says).toContain('84.9 GiB');
  });
});
