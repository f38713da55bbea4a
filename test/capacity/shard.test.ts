import { describe, expect, it } from 'vitest';
import { assumedSizes, sizesOfCensus } from '../../src/capacity/namespace-sizes.ts';
import { type ShardReport, type ShardWishes, shardReport } from '../../src/capacity/shard.ts';
import type { Census } from '../../src/store/index.ts';
import { type Flags, GiB, reportFrom, workloadFrom } from './plan-from-flags.ts';

const NONE: ShardWishes = {
  shards: undefined,
  to: undefined,
  zipf: undefined,
  virtualNodes: undefined,
  disk: undefined,
  rowsPerShard: undefined,
  recovery: undefined,
  consistency: undefined,
  drain: undefined,
  start: new Date('2027-03-01T00:00:00Z'),
};

const shard = (flags: Flags, wishes: Partial<ShardWishes> = {}): ShardReport =>
  shardReport(workloadFrom(flags), { ...NONE, ...wishes });
const needs = (r: ShardReport, id: string): number | undefined => r.constraints.find((c) => c.id === id)?.shards?.value;

describe('shards by constraint', () => {
  it('agrees with estimate about a store that RAM binds', () => {
    const flags = { n: '50M', dims: 1536 };
    const r = shard(flags);
    expect(r.binding).toBe('ram');
    expect(r.needed?.value).toBe(reportFrom({ ...flags, engine: 'sharded-pgvector' }).machines.value);
  });

  it('by hand: rows, disk, writes', () => {
    expect(needs(shard({ n: '50M', dims: 384 }, { rowsPerShard: 4_000_000 }), 'rows')).toBe(13);
    const whole = reportFrom({ n: '50M', dims: 384, engine: 'pgvector' });
    const disk = needs(shard({ n: '50M', dims: 384 }, { disk: 32 * GiB }), 'disk');
    expect(disk).toBe(Math.ceil(whole.totals.diskToProvision.value / (32 * GiB)));
    const r = shard({ n: '50M', dims: 384, 'writes-per-day': '500M' });
    const writes = r.constraints.find((c) => c.id === 'writes');
    // 500M a day, five times as many in the busiest hour.
    expect(r.outbox.writes?.value).toBeCloseTo((5e8 / 86_400) * 5, 6);
    expect(writes?.shards?.value).toBe(Math.ceil(50e6 / (writes?.holds?.value as number)));
    expect(writes?.shards?.value).toBeGreaterThan(1);
  });

  it('one relation of PostgreSQL ends at 32 TiB: a page a vector, 2^32 - 1 of them', () => {
    const rows = shard({ n: '1B', dims: 1536 }).constraints.find((c) => c.id === 'rows');
    expect(rows?.holds?.value).toBeGreaterThan(4.2e9);
    expect(rows?.holds?.value).toBeLessThan(4.3e9);
  });

  it('an unknown stays unknown, a hopeless one says so', () => {
    const r = shard({ n: '50M', dims: 1536 });
    expect(needs(r, 'writes')).toBeUndefined();
    expect(r.outbox.depth).toBeUndefined();
    expect(r.balance).toBeUndefined();
    const never = shard({ n: '50M', dims: 1536, 'slo-p99': '1us' });
    expect(never.needed).toBeUndefined();
    expect(never.headline.join(' ')).toMatch(/^No number of shards will do: .* missed at any size/);
  });

  it('a shard of the number that the build window asks for is built within it', () => {
    const r = shard({ n: '100M', dims: 384, 'build-window': '1h', ram: '512GiB' });
    expect(r.binding).toBe('build-window');
    expect(r.rebuild.seconds?.value).toBeLessThanOrEqual(3600);
    const fewer = shard({ n: '100M', dims: 384, 'build-window': '1h', ram: '512GiB' }, { to: r.target.value - 1 });
    expect(fewer.rebuild.seconds?.value).toBeGreaterThan(3600);
    expect(fewer.rebuild.refused).toMatch(/longer than the window of 60 min/);
  });

  it('refuses what it cannot plan', () => {
    expect(() => shard({ n: '1M', engine: 'qdrant' })).toThrow(/shard plans stores on pgvector/);
    expect(() => shard({ n: '1M' }, { shards: 4, to: 4 })).toThrow(/--to 4: there are 4 shards/);
    expect(() => shard({ n: '1M', namespaces: 10, 'largest-namespace': '500k' }, { zipf: 1 })).toThrow(/contradicts/);
  });
});

describe('far beyond what anybody runs', () => {
  it('balance is left out, with the reason, and a day beyond the year 9999 is none', () => {
    const r = shard({ n: '1B', namespaces: 1 }, { rowsPerShard: 1 });
    expect(r.needed?.value).toBe(1e9);
    expect(r.balance).toBeUndefined();
    expect(r.notes[0]).toMatch(/^balance is not told beyond 100,000 shards/);
    const late = shard(
      { n: '1T', cores: 1, ram: '64MiB' },
      { shards: 3, to: 4, start: new Date('9999-12-20T00:00:00Z') },
    ).migration.steps;
    expect(late[0]?.from).toBe('9999-12-20');
    expect(late.at(-1)?.from).toBeUndefined();
  });
});

describe('balance', () => {
  it('names namespaces that no shard holds', () => {
    const r = shard({ n: '50M', dims: 1536, namespaces: 1000, 'largest-namespace': '10M' });
    expect(r.balance?.tooLarge.value).toBe(1);
    expect(r.balance?.shardsForFullest).toBeUndefined();
    expect(r.headline.join(' ')).toMatch(/One namespace is larger than a shard \(the largest: 10M\)/);
    expect(r.balance?.largestNamespace.value).toBeCloseTo(10e6, -3);
  });

  it('asks for more shards where namespaces are skewed, and those hold the fullest', () => {
    const r = shard({ n: '50M', dims: 1536, users: '100k' });
    const more = r.balance?.shardsForFullest?.value as number;
    expect(more).toBeGreaterThan(r.target.value);
    const there = shard({ n: '50M', dims: 1536, users: '100k' }, { to: more });
    expect(there.balance?.fullestRows.value).toBeLessThanOrEqual((r.holds?.value as number) * 1.05);
  });

  it('deviation by hand: ten equal namespaces on four shards', () => {
    const r = shard({ n: '1M', dims: 384, namespaces: 10 }, { to: 4, zipf: 0 });
    expect(r.balance?.deviation.value).toBeCloseTo(Math.sqrt((3 * 10 * 1e10) / 1e12), 9);
  });

  it('takes the sizes of a census as counted, or in proportion to what is planned', () => {
    const one = (value: number) => ({ value, low: value, high: value });
    const census: Census = {
      set: 'x:memories',
      column: 'ns',
      method: 'exact',
      how: 'every row was counted',
      sampled: 130,
      rows: one(130),
      distinct: one(4),
      top: [],
      sizes: [
        [10, 3],
        [100, 1],
      ],
    };
    expect(sizesOfCensus(census, 130)).toMatchObject({ basis: 'measured', head: [100, 10, 10, 10], memories: 130 });
    expect(sizesOfCensus(census, 1300)).toMatchObject({
      basis: 'assumed',
      head: [1000, 100, 100, 100],
      memories: 1300,
    });
    expect(sizesOfCensus(census, 130)?.largerThan(9)).toBe(4);
    expect(sizesOfCensus(census, 1300)?.largerThan(100)).toBe(1);
    expect(sizesOfCensus({ ...census, sizes: null }, 130)).toBeUndefined();
  });

  it('a largest namespace of the mean leaves even ones', () => {
    const sizes = assumedSizes(workloadFrom({ n: '1M', namespaces: 4, 'largest-namespace': '250k' }), undefined);
    expect(sizes?.head.map((x) => Math.round(x))).toEqual(Array(4).fill(250_000));
  });

  it('counts all that are larger than a shard, also beyond those that are placed one by one', () => {
    const sizes = assumedSizes(workloadFrom({ n: '1B', namespaces: '1M' }), 1);
    const sized = Array.from({ length: 2000 }, (_, i) => (sizes?.head[0] as number) / (i + 1));
    for (const limit of [70e6, 1e6, 100e3, 50e3]) {
      expect(sizes?.largerThan(limit)).toBe(sized.filter((x) => x > limit).length);
    }
    expect(sizes?.largerThan(50e3)).toBeGreaterThan(1000);
  });

  it('assumed sizes add up to the memories', () => {
    const sizes = assumedSizes(workloadFrom({ n: '1M', namespaces: 80 }), 1);
    expect(sizes?.head.reduce((a, b) => a + b, 0)).toBeCloseTo(1e6, 3);
    expect(sizes?.squaresBelow).toBe(0);
  });
});

describe('migration', () => {
  it('is the article’s month where the copying fits, with its contradictions settled', () => {
    const m = shard({ n: '5M', dims: 384 }, { shards: 1, to: 2 }).migration;
    expect(m.steps.map((s) => [s.fromDay, s.toDay, s.from])).toEqual([
      [1, 1, '2027-03-01'],
      [2, 2, '2027-03-02'],
      [3, 7, '2027-03-03'],
      [7, 7, '2027-03-07'],
      [8, 28, '2027-03-08'],
      [30, 30, '2027-03-30'],
    ]);
    expect(m.moved.value).toBe(0.5);
    expect(m.fits).toBe(true);
    const settled = m.steps.map((s) => s.settled ?? '').join(' ');
    expect(settled).toMatch(/two different routes/);
    expect(settled).toMatch(/cannot be copied twice/);
    expect(settled).toMatch(/not stateless while anything moves/);
  });

  it('grows where the copying does not fit three weeks', () => {
    const m = shard({ n: '20B', dims: 1536 }, { shards: 4000, to: 4001 }).migration;
    const days = Math.ceil((m.copying?.value as number) / 86_400);
    const long = shard({ n: '20B', dims: 1536, ram: '1TiB' }, { shards: 1, to: 2 }).migration;
    expect(days).toBeLessThanOrEqual(21);
    expect(m.fits).toBe(true);
    expect(long.fits).toBe(false);
    expect(long.steps.find((s) => s.id === 'copy')?.settled).toMatch(/more than the three weeks/);
    expect(long.steps.at(-1)?.fromDay).toBeGreaterThan(30);
  });
});

describe('running them', () => {
  it('nights by hand: 8 shards, builds of an hour and a window of eight', () => {
    const r = shard({ n: '50M', dims: 1536 });
    const perWindow = Math.floor((8 * 3600) / (r.rebuild.seconds?.value as number));
    expect(r.rebuild.perWindow?.value).toBe(perWindow);
    for (const c of r.rebuild.choices) expect(c.windows.value).toBe(Math.ceil(8 / (c.atOnce.value * perWindow)));
  });

  it('a fan-out waits for the slowest: 0.99^(1/S) of a lognormal, against drawn latencies', () => {
    const f = shard({ n: '50M', dims: 1536 }).fanOut;
    const [p50, p99] = [f.oneP50?.value as number, f.oneP99?.value as number];
    expect(f.slower.value).toBeCloseTo(1 - 0.99 ** 8, 12);
    const sigma = Math.log(p99 / p50) / 2.326347874;
    let seed = 7;
    const random = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return (seed + 0.5) / 2 ** 32;
    };
    const slowest = Array.from({ length: 40_000 }, () => {
      let most = 0;
      for (let s = 0; s < 8; s++) {
        const z = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
        most = Math.max(most, p50 * Math.exp(sigma * z));
      }
      return most;
    }).sort((a, b) => a - b);
    expect(Math.abs((f.p50?.value as number) / (slowest[20_000] as number) - 1)).toBeLessThan(0.01);
    expect(Math.abs((f.p99?.value as number) / (slowest[39_600] as number) - 1)).toBeLessThan(0.02);
  });

  it('the outbox by hand: 50 a second written, 200 sent, half an hour away', () => {
    const perDay = (50 / 5) * 86_400;
    const r = shard(
      { n: '1M', dims: 384, 'writes-per-day': perDay, 'outbox-backlog': 300_000 },
      { recovery: 1800, drain: 200, consistency: 60 },
    );
    const o = r.outbox;
    expect(o.depth?.value).toBeCloseTo(90_000, 3);
    expect(o.drainTime?.value).toBeCloseTo(600, 6);
    expect(o.slowAt?.value).toBeCloseTo(9000, 6);
    expect(o.refuseAt.value).toBe(300_000);
    expect(o.tolerates?.value).toBeCloseTo(6000, 6);
    expect(o.bytes?.value).toBeGreaterThan(90_000 * 24);
  });

  it('a worker that is too slow never drains, and no time is told', () => {
    const o = shard({ n: '1M', 'writes-per-day': '10M' }, { drain: 100 }).outbox;
    expect(o.drainTime).toBeUndefined();
    expect(o.slowAt).toBeUndefined();
    expect(o.notes.join(' ')).toMatch(/never drains/);
  });
});
