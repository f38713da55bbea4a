/** The tier by its binding constraint, the reason of every tier that is refused, and where the answer flips. */

import { describe, expect, it } from 'vitest';
import { capacityJson } from '../../src/capacity/capacity-json.ts';
import type { CapacityReport, RejectedTier } from '../../src/capacity/report.ts';
import fc from '../random-cases.ts';
import { type Flags, NOW, reportFrom } from './plan-from-flags.ts';
import { soundFlags } from './random-flags.ts';

const rejected = (r: CapacityReport, id: string): RejectedTier => {
  const found = r.tier.rejected.find((x) => x.id === id);
  if (found === undefined) throw new Error(`${id} is not among ${r.tier.rejected.map((x) => x.id).join(', ')}`);
  return found;
};
const broken = (flags: Flags): string[] =>
  reportFrom(flags)
    .tier.checks.filter((c) => c.verdict === 'breaks')
    .map((c) => c.id);

describe('each constraint binds alone', () => {
  it('RAM: the vector index has to stay resident', () => {
    const report = reportFrom({ n: '10M' });
    expect(report.engine.id).toBe('sharded-pgvector');
    expect(rejected(report, 'pgvector').because).toBe('77.6 GiB must stay resident and 64 GiB of RAM leave 51.2 GiB');
  });

  it('build window: a minute is too short for one machine', () => {
    const report = reportFrom({ n: '2M', 'build-window': '60s' });
    expect(report.engine.id).toBe('sharded-pgvector');
    expect(rejected(report, 'pgvector').because).toMatch(/^a build takes ≈ .* against a window of 60 s/);
    expect(report.headline[0]).toContain('a build takes');
  });

  it('p99: an exact scan is too slow, a graph is not', () => {
    const report = reportFrom({ n: '100k' });
    expect(report.engine.id).toBe('pgvector');
    expect(rejected(report, 'sqlite-vec').because).toMatch(/^p99 ≈ .* against 100 ms/);
    expect(reportFrom({ n: '100k', 'slo-p99': '5s' }).engine.id).toBe('sqlite-vec');
  });

  it('p99: no tier keeps a microsecond, and the report says which check fails', () => {
    expect(broken({ n: '1M', 'slo-p99': '1us', engine: 'pgvector' })).toEqual(['p99']);
    expect(reportFrom({ n: '1M', 'slo-p99': '1us', engine: 'pgvector' }).headline[0]).toMatch(
      /^pgvector does not hold it: p99/,
    );
  });

  it('write rate: one writer, then one machine, then as many shards as it takes', () => {
    expect(reportFrom({ n: '5k', 'writes-per-day': '1M' }).engine.id).toBe('sqlite-vec');
    const busy = reportFrom({ n: '5k', dims: 384, 'writes-per-day': '200M' });
    expect(rejected(busy, 'sqlite-vec').because).toMatch(/^11,574 rows\/s at the peak against ≈ 4,000 rows\/s/);
    expect(busy.tier.level).toBe(3);
    expect(busy.machines.value).toBeGreaterThan(2);
  });

  it('write rate: shards bought for writes that nobody can operate are refused, and no row count mends it', () => {
    const report = reportFrom({ n: '5k', 'writes-per-day': '1B' });
    const shards = rejected(report, 'sharded-pgvector');
    expect(shards.because).toMatch(/shards of 64 GiB against 16 that the team can operate/);
    expect(shards.holdsUpTo).toBeUndefined();
    expect(report.tier.checks.find((c) => c.id === 'write-rate')?.verdict).toBe('unknown');
  });

  it('largest namespace: what outgrows a shard cannot be split by hash', () => {
    const report = reportFrom({ n: '50M', 'largest-namespace': '20M' });
    expect(report.tier.level).toBe(4);
    expect(rejected(report, 'sharded-pgvector').because).toMatch(
      /^the largest namespace \(20M\) is more than one shard holds \(\d/,
    );
    expect(reportFrom({ n: '50M', 'largest-namespace': '2M' }).tier.level).toBe(3);
  });

  it('money: where no tier keeps the budget, and two cost the same, the plainer one is the answer', () => {
    const report = reportFrom({ n: '5M', budget: '$500' });
    expect(report.engine.id).toBe('pgvector');
    expect(report.machines.value).toBe(1);
    expect(report.headline[0]).toMatch(/^pgvector does not hold it: ≈ \$716 a month against a budget of \$500\.$/);
    expect(report.advice.map((a) => a.message).join(' ')).toMatch(/--index-type halfvec/);
  });

  it('p99: what is chosen because nothing is known of its latency says so in the answer', () => {
    const unknown = 'Whether it keeps the p99 objective is not known; no tier below does.';
    const report = reportFrom({ n: '10M', 'slo-p99': '0.1ms' });
    expect(report.engine.id).toBe('qdrant');
    expect(report.headline).toContain(unknown);
    expect(reportFrom({ n: '10M', 'slo-p99': '20ms' }).headline).not.toContain(unknown);
    expect(reportFrom({ n: '500M', 'slo-p99': '20ms' }).headline).not.toContain(unknown);
  });

  it('money: a budget refuses what it does not pay for', () => {
    const report = reportFrom({ n: '1M', budget: '$5' });
    expect(rejected(report, 'pgvector').because).toMatch(/^≈ \$\d+ a month against a budget of \$5$/);
    expect(broken({ n: '1M', budget: '$5', engine: 'pgvector' })).toEqual(['money']);
  });

  it('shards: more than the team can operate', () => {
    expect(reportFrom({ n: '50M', 'max-shards': 8 }).tier.level).toBe(3);
    const report = reportFrom({ n: '50M', 'max-shards': 7 });
    expect(report.tier.level).toBe(4);
    expect(rejected(report, 'sharded-pgvector').because).toBe('8 shards of 64 GiB against 7 that the team can operate');
  });

  it('tenancy: users who write at the same time do not share one file', () => {
    const report = reportFrom({ users: 50, 'memories-per-user': 100 });
    expect(report.engine.id).toBe('pgvector');
    expect(rejected(report, 'sqlite-vec').because).toMatch(/^50 users: one file has one writer/);
    expect(rejected(report, 'sqlite-vec').holdsUpTo).toBeUndefined();
    expect(reportFrom({ users: 1, 'memories-per-user': 5000 }).engine.id).toBe('sqlite-vec');
  });

  it('type and dimensions: what no row count mends', () => {
    const report = reportFrom({ n: '10M', dims: 3072 });
    expect(report.tier.level).toBe(4);
    expect(rejected(report, 'pgvector').because).toContain('halfvec (up to 4,000)');
    expect(rejected(report, 'pgvector').holdsUpTo).toBeUndefined();
  });
});

describe('an engine asked for', () => {
  it('is planned even where another would be recommended, and says which', () => {
    const report = reportFrom({ n: '10k', engine: 'pgvector' });
    expect(report.engine.id).toBe('pgvector');
    expect(report.headline).toContain('Without --engine the answer would be SQLite with sqlite-vec.');
    expect(rejected(report, 'sqlite-vec').because).toBe('it holds it too and is what we would recommend');
  });

  it('outside the four tiers has no level', () => {
    expect(reportFrom({ n: '10k', engine: 'hnswlib' }).tier.level).toBeUndefined();
  });
});

/** The same flags with another row count; nothing else changes. */
const at = (flags: Flags, n: number): CapacityReport => reportFrom({ ...flags, n });

/** Half a per cent of the count, or one row. Page and chunk boundaries make the true edge a step. */
/** A row count is shown with three digits, and that is how close it is meant to be. */
const below = (n: number): number => Math.max(1, Math.floor(n * 0.99) - 1);
const above = (n: number): number => Math.ceil(n * 1.01) + 1;

describe('row counts at which the answer changes', () => {
  const breaks = (r: CapacityReport, constraint: string): boolean =>
    r.tier.checks.some((c) => c.id === constraint && c.verdict === 'breaks');
  const anyBreaks = (r: CapacityReport): boolean => r.tier.checks.some((c) => c.verdict === 'breaks');

  it.each<[string, Flags]>([
    ['RAM, pgvector', { n: '1M', engine: 'pgvector' }],
    ['p99, sqlite-vec', { n: 1, engine: 'sqlite-vec' }],
    ['p99, from a thousand times as many rows', { n: '1B', engine: 'sqlite-vec' }],
    ['chunks, sqlite-vec in little RAM', { n: 100, engine: 'sqlite-vec', ram: '1GiB', 'slo-p99': '1h' }],
    ['shards', { n: '10M', engine: 'sharded-pgvector' }],
    ['shards from above', { n: '1B', engine: 'sharded-pgvector' }],
    ['build window', { n: '1M', engine: 'pgvector', 'build-window': '10min' }],
    ['money, one machine', { n: '1M', engine: 'pgvector', budget: '$400' }],
    ['money, several', { n: '10M', engine: 'sharded-pgvector', budget: '$5000' }],
    ['IVFFlat', { n: '1M', engine: 'pgvector', index: 'ivfflat', lists: 1000, probes: 32 }],
    ['exact scan', { n: '1M', engine: 'pgvector', index: 'flat' }],
    ['hnswlib', { n: '1M', engine: 'hnswlib' }],
    ['FAISS IVF-PQ', { n: '1M', engine: 'faiss', index: 'ivf-pq' }],
    ['Redis', { n: '1M', engine: 'redis' }],
    ['sparsevec', { n: '1M', engine: 'pgvector', type: 'sparsevec' }],
    ...[
      { dims: 2, ram: '2046545714B' },
      { dims: 11, ram: '2448872923B' },
    ].map((given): [string, Flags] => [
      `SQLite's wider integers, ${given.ram}`,
      {
        ...given,
        n: 1,
        engine: 'sqlite-vec',
        'text-bytes': 1,
        'metadata-bytes': 1,
        'edges-per-memory': 1,
        'revisions-per-memory': 1,
        'hot-share': 1,
        'slo-p99': '10s',
      },
    ]),
  ])('%s: holds just below, breaks just above', (_, flags) => {
    const flip = reportFrom(flags).tier.flipsAt;
    if (flip === undefined) throw new Error('it should flip somewhere');
    expect(anyBreaks(at(flags, below(flip.rows)))).toBe(false);
    expect(breaks(at(flags, above(flip.rows)), flip.constraint)).toBe(true);
  });

  it.each<[string, Flags, string]>([
    ['pgvector below 10M', { n: '10M' }, 'pgvector'],
    ['SQLite below 10M, by p99 and not by RAM', { n: '10M' }, 'sqlite-vec'],
    ['shards below 200M', { n: '200M' }, 'sharded-pgvector'],
    ['pgvector below a trillion', { n: '1T' }, 'pgvector'],
  ])('%s: holdsUpTo is where that engine holds', (_, flags, engine) => {
    const holds = rejected(reportFrom(flags), engine).holdsUpTo as number;
    expect(anyBreaks(at({ ...flags, engine }, below(holds)))).toBe(false);
    expect(anyBreaks(at({ ...flags, engine }, above(holds)))).toBe(true);
  });

  it('what one tier has no column for is refused there, and planned by the next', () => {
    for (const flags of [
      { n: '100k', dims: 500, type: 'bit' },
      { n: '100k', dims: 500, type: 'bit', engine: 'pgvector' },
    ]) {
      const report = reportFrom(flags);
      const saved = JSON.parse(JSON.stringify(capacityJson(report, NOW)));
      expect(saved.engine).toBe('pgvector');
      expect(rejected(report, 'sqlite-vec').because).toContain('needs a multiple of 8 dimensions, not 500');
    }
  });

  it('over random workloads', () => {
    let flipped = 0;
    fc.assert(
      fc.property(
        soundFlags,
        fc.constantFrom('sqlite-vec', 'pgvector', 'sharded-pgvector', 'hnswlib'),
        (given, engine) => {
          const flags = { ...given, engine };
          const flip = reportFrom(flags).tier.flipsAt;
          if (flip === undefined || flip.rows > 5e11 || flip.rows < 2000) return;
          flipped++;
          expect(anyBreaks(at(flags, below(flip.rows))), `below ${flip.rows} by ${flip.constraint}`).toBe(false);
          expect(anyBreaks(at(flags, above(flip.rows))), `above ${flip.rows} by ${flip.constraint}`).toBe(true);
        },
      ),
      { numRuns: 300, seed: 11 },
    );
    expect(flipped).toBeGreaterThan(100);
  });

  it('the advice to consolidate names a count at which that tier is back', () => {
    const report = reportFrom({ n: '10M' });
    const advice = report.advice.find((a) => a.id === 'consolidate')?.message ?? '';
    expect(advice).toBe(
      'Consolidating 34 % (to 6.6M) brings pgvector back: measure the duplicates before adding machines',
    );
    expect(reportFrom({ n: '6.59M' }).engine.id).toBe('pgvector');
  });
});
