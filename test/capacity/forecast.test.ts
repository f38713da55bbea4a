/** The day and row count of each limit against plans made there; levers against the estimates they stand for. */
import { describe, expect, it } from 'vitest';
import { estimate } from '../../src/capacity/estimate.ts';
import { type ForecastOptions, type ForecastReport, forecast } from '../../src/capacity/forecast.ts';
import { compoundGrowth, growthFromWrites, netGrowth } from '../../src/capacity/forecast-growth.ts';
import { usableRam } from '../../src/engines/machine.ts';
import { leaf } from '../../src/quantity/index.ts';
import { completeWorkload, draftFrom, type Workload } from '../../src/workload/index.ts';

const NOW = new Date('2026-09-15T00:00:00Z');
const workload = (flags: Record<string, string>): Workload =>
  completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`));
const perDay = (n: number) => leaf('growth a day', n, 'rows/day');
const run = (flags: Record<string, string>, a_day: number, options: Partial<ForecastOptions> = {}): ForecastReport => {
  const w = workload(flags);
  return forecast(w, { now: NOW, days: 365, growth: netGrowth(w.memories, perDay(a_day)), ...options });
};
const limit = (r: ForecastReport, id: string) => {
  const found = r.limits.find((l) => l.id === id);
  if (found === undefined) throw new Error(`no limit ${id}`);
  return found;
};

describe('a limit', () => {
  const flags = { n: '5M', dims: '1536', engine: 'pgvector' };
  const r = run(flags, 20_000, { disk: leaf('disk', 500e9, 'B') });

  it('falls at the row count at which a plan meets it', () => {
    const rows = limit(r, 'ram').rows?.value ?? 0;
    const there = workload({ ...flags, n: String(rows) });
    const resident = estimate(there, { now: NOW }).totals.resident.value;
    expect(resident / usableRam(there).value).toBeGreaterThan(0.998);
    expect(resident / usableRam(there).value).toBeLessThan(1.002);

    const window = limit(r, 'build-window').rows?.value ?? 0;
    const build = estimate(workload({ ...flags, n: String(window) }), { now: NOW }).build.seconds?.value ?? 0;
    expect(build / (8 * 3600)).toBeGreaterThan(0.99);
    expect(build / (8 * 3600)).toBeLessThan(1.01);

    const disk = limit(r, 'disk').rows?.value ?? 0;
    const full = estimate(workload({ ...flags, n: String(disk) }), { now: NOW }).totals.diskToProvision.value;
    expect(full / 500e9).toBeGreaterThan(0.995);
    expect(full / 500e9).toBeLessThan(1.005);
  });

  it('falls on the day on which the store has grown to it', () => {
    const ram = limit(r, 'ram');
    const day = ((ram.rows?.value ?? 0) - 5e6) / 20_000;
    expect(ram.day).toBeCloseTo(day, 1);
    expect(ram.date).toBe(new Date(NOW.getTime() + (ram.day ?? 0) * 86_400_000).toISOString().slice(0, 10));
    expect(ram.state).toBe('dated');
  });

  it('has a band: the pessimist of the figure and of what it may be comes first', () => {
    const { rows, earliest, date, latest } = limit(r, 'ram');
    expect((rows?.low ?? 0) < (rows?.value ?? 0) && (rows?.value ?? 0) < (rows?.high ?? 0)).toBe(true);
    expect([earliest, date, latest]).toEqual([earliest, date, latest].sort());
    expect(earliest).not.toBe(latest);
  });

  it('is the same seen from one row and from many', () => {
    for (const engine of ['sqlite-vec', 'pgvector', 'hnswlib', 'redis']) {
      const at = (n: string): number =>
        limit(run({ n, dims: '768', engine, 'slo-p99': '1h' }, 1_000), 'ram').rows?.value ?? Number.NaN;
      expect(at('1') / at('5M'), engine).toBeGreaterThan(0.98);
      expect(at('1') / at('5M'), engine).toBeLessThan(1.02);
    }
  });

  it('of the engine itself is known', () => {
    const relation = limit(r, 'relation-size');
    // 2^45 B over the 8,281.9 B a memory of the largest relation (TOAST), 1,536 dimensions.
    const largest = relation.actual?.value ?? 0;
    expect(relation.rows?.value).toBeCloseTo((2 ** 45 / largest) * 5e6, -8);
    expect(relation.state).toBe('beyond');
  });

  it('of money is met where a plan of that many rows costs it', () => {
    const budget = run({ n: '1M', dims: '768', engine: 'pgvector', budget: '$400' }, 10_000);
    const rows = limit(budget, 'money').rows?.value ?? 0;
    const cost = (n: number): number =>
      estimate(workload({ n: String(Math.round(n)), dims: '768', engine: 'pgvector' }), {
        now: NOW,
      }).cost.monthly.reduce((sum, l) => sum + l.usd.value, 0);
    // A step: just below it costs no more than the budget, a little above it does.
    expect(cost(rows * 0.98)).toBeLessThanOrEqual(400);
    expect(cost(rows * 1.02)).toBeGreaterThan(400);
  });

  it('is reached, broken or never met where that is so', () => {
    expect(limit(run({ n: '10M', dims: '1536', engine: 'pgvector' }, 1), 'ram')).toMatchObject({
      state: 'reached',
      day: 0,
    });
    const writes = run({ n: '1M', dims: '768', engine: 'pgvector', 'writes-per-day': '1B' }, 1);
    expect(limit(writes, 'write-rate')).toMatchObject({ state: 'broken', rows: undefined, date: undefined });
    const still = run(flags, 0);
    expect(limit(still, 'ram')).toMatchObject({ state: 'beyond', date: undefined });
  });

  it('is never met by a store that levels off below it', () => {
    const w = workload(flags);
    const growth = growthFromWrites({ memories: w.memories, writesPerDay: perDay(30_000), ttlDays: 200 });
    expect(limit(forecast(w, { now: NOW, days: 365, growth }), 'ram').state).toBe('beyond');
  });
});

describe('the report', () => {
  const r = run({ n: '5M', dims: '1536' }, 20_000);

  it('has the series, from today to the horizon', () => {
    expect(r.series).toHaveLength(61);
    expect(r.series[0]).toMatchObject({ day: 0, date: '2026-09-15', rows: { value: 5_000_000 } });
    expect(r.series.at(-1)).toMatchObject({ day: 365, date: '2027-09-15', rows: { value: 5_000_000 + 365 * 20_000 } });
  });

  it('plans the store along the way', () => {
    const last = r.milestones.at(-1);
    const alone = estimate(workload({ n: '12300000', dims: '1536', engine: 'pgvector' }), { now: NOW });
    expect(r.milestones.map((m) => m.day)).toEqual([0, 122, 243, 365]);
    expect(last?.disk.value).toBe(alone.totals.disk.value);
    expect(last?.resident.value).toBe(alone.totals.resident.value);
    expect(last?.fits).toBe(false);
    expect(r.milestones[0]?.fits).toBe(true);
  });

  it('carries the band of the growth into every size', () => {
    const w = workload({ n: '5M', dims: '1536' });
    const growth = compoundGrowth(w.memories, leaf('g', 0.002, 'ratio', { low: 0.001, high: 0.003 }));
    const end = forecast(w, { now: NOW, days: 365, growth }).milestones.at(-1);
    expect(end?.rows.low).toBe(Math.floor(5e6 * 1.001 ** 365));
    expect(end?.rows.high).toBe(Math.floor(5e6 * 1.003 ** 365));
    const vectors = (n: number): number =>
      estimate(workload({ n: String(n), dims: '1536', engine: 'pgvector' }), { now: NOW }).totals.disk.low;
    expect(end?.disk.low).toBeCloseTo(vectors(end?.rows.low ?? 0), -4);
  });

  it('names the tier that comes next, and where', () => {
    expect(r.ceiling).toMatchObject({ constraint: 'resident in RAM', next: 'Sharded pgvector' });
    expect((r.ceiling?.rows ?? 0) / (limit(r, 'ram').rows?.value ?? 1)).toBeCloseTo(1, 2);
  });
});

describe('levers', () => {
  const r = run({ n: '5M', dims: '1536' }, 20_000);
  const lever = (id: string, of: ForecastReport = r) => {
    const found = of.levers.find((l) => l.id === id);
    if (found === undefined) throw new Error(`no lever ${id}: ${of.levers.map((l) => l.id).join(', ')}`);
    return found;
  };

  it('are what the estimate of the lesser store says', () => {
    const rows = Math.floor(12_300_000 * 0.8);
    const alone = estimate(workload({ n: String(rows), dims: '1536', engine: 'pgvector' }), { now: NOW });
    expect(lever('consolidate-20').atEnd?.rows.value).toBe(rows);
    expect(lever('consolidate-20').atEnd?.resident.value).toBe(alone.totals.resident.value);
    const half = estimate(workload({ n: '12300000', dims: '1536', 'index-type': 'halfvec', engine: 'pgvector' }), {
      now: NOW,
    });
    expect(lever('halfvec').atEnd?.resident.value).toBe(half.totals.resident.value);
  });

  it('gain days: 40 % less is reached when the whole is 1 / 0.6 of the limit', () => {
    const ram = limit(r, 'ram').rows?.value ?? 0;
    expect(lever('consolidate-40').firstDay).toBeCloseTo((ram / 0.6 - 5e6) / 20_000, -1);
    expect(lever('consolidate-40').daysGained ?? 0).toBeGreaterThan(lever('consolidate-20').daysGained ?? 0);
  });

  it('go down a page, not a dimension', () => {
    // 948 is the last dimension of which two vectors share a page at m 16.
    const fewer = lever('dims-948');
    const index = (dims: string): number =>
      estimate(workload({ n: '12300000', dims, engine: 'pgvector' }), { now: NOW }).totals.resident.value;
    expect(fewer.atEnd?.resident.value).toBe(index('948'));
    expect(index('1024') / index('1536')).toBeGreaterThan(0.98);
  });

  it('say when no machine is saved, and how many are', () => {
    expect(lever('consolidate-20').says).toContain('no machine fewer');
    const many = run({ n: '100M', dims: '1536' }, 100_000);
    const [none, most] = [lever('none', many), lever('consolidate-40', many)];
    const saved = (none.atEnd?.machines.value ?? 0) - (most.atEnd?.machines.value ?? 0);
    expect(saved).toBeGreaterThan(1);
    expect(most.says).toContain(`${saved} machines fewer`);
  });

  it('that the engine does not have are told with the reason', () => {
    const sqlite = run({ n: '10k', dims: '384', engine: 'sqlite-vec' }, 10);
    expect(lever('halfvec', sqlite)).toMatchObject({ atEnd: undefined, firstDate: undefined });
    expect(lever('halfvec', sqlite).says).toContain('has no such type');
  });
});
