/** Measured constants in place of assumed ones, against arithmetic written down here; growth against plans at other row counts. */
import { describe, expect, it } from 'vitest';
import { estimate } from '../../src/capacity/estimate.ts';
import type { CapacityReport } from '../../src/capacity/report.ts';
import pgvector from '../../src/engines/pgvector.ts';
import sharded from '../../src/engines/sharded-pgvector.ts';
import sqliteVec from '../../src/engines/sqlite-vec.ts';
import { explain, type Quantity } from '../../src/quantity/index.ts';
import {
  type CalibratedId,
  completeWorkload,
  draftFrom,
  type EngineCalibration,
  type Workload,
} from '../../src/workload/index.ts';
import { type Flags, NOW, workloadFrom } from '../capacity/plan-from-flags.ts';

const constant = (value: number, spread = 0.05) => ({ value, low: value * (1 - spread), high: value * (1 + spread) });

const POSTGRES: EngineCalibration = {
  engine: 'pgvector',
  server: 'PostgreSQL 17.6, pgvector 0.8.0',
  host: '2 × Xeon, 16 GiB',
  measuredAt: '2026-11-20T10:00:00.000Z',
  dimensions: 768,
  referenceRows: 20_000,
  constants: {
    'build-tuple': constant(0.6),
    'build-growth': constant(0.1),
    'search-tuple': constant(0.9),
    'search-growth': constant(0.05),
    'search-fixed': constant(40),
    'serial-share': constant(0.1),
    'ivfflat-build': constant(1.5),
    'ivfflat-scan': constant(0.8),
    'flat-scan': constant(1.25),
    'p99-factor': constant(2),
  },
};
const SQLITE: EngineCalibration = {
  ...POSTGRES,
  engine: 'sqlite-vec',
  server: 'SQLite 3.50.4, sqlite-vec 0.1.9',
  constants: { 'flat-scan': constant(0.5), 'p99-factor': constant(1.1) },
};

const withProfile = (flags: Flags, engines: readonly EngineCalibration[] = [POSTGRES, SQLITE]): Workload =>
  completeWorkload({
    ...draftFrom(flags, 'flag', (id) => `--${id}`),
    calibration: { profile: { file: 'host.json', engines }, from: 'flag' },
  });

/** Leaves of a figure by their name. */
function leaves(q: Quantity | undefined): Quantity[] {
  if (q === undefined) return [];
  const inputs = Object.values(q.inputs);
  return inputs.length === 0 ? [q] : inputs.flatMap(leaves);
}

const FLAGS = { n: '200k', dims: 768, engine: 'pgvector', cores: 2 };

describe('a calibrated build', () => {
  const build = pgvector.plan(withProfile(FLAGS)).build.seconds as Quantity;

  it('is the measured time per tuple, at these rows, on two processes', () => {
    // hnswcostestimate at 200,000 rows, m 16, ef 64: four levels, then 2 × 16 × 64 × 0.55 × 12.206 / (2.7726 × 5.1589)
    const lnN = Math.log(200_000);
    const visited = 16 * 4 + (2 * 16 * 64 * 0.55 * lnN) / (Math.log(16) * (1 + Math.log(64)));
    expect(visited).toBeCloseTo(1025.2, 1);
    // 0.6 µs at 20,000 rows, ten times the rows: 10 ^ 0.1; (440 + 768) / (440 + 1536) of the cost at 1,536 dimensions
    const tuple = 0.6 * 10 ** 0.1;
    const speedup = 1 / (0.1 + 0.9 / 2);
    expect(build.value).toBeCloseTo((((200_000 * visited * tuple) / 1e6) * (1208 / 1976)) / speedup, 6);
  });

  it('is measured, and says in which file, on which server and when', () => {
    expect(build.basis).toBe('measured');
    expect(explain(build).join('\n')).toContain('measured: host.json, PostgreSQL 17.6, pgvector 0.8.0, 2026-11-20');
    expect(leaves(build).filter((q) => q.basis === 'assumed' && q.low !== q.high && q.unit !== 'dimensions')).toEqual(
      [],
    );
  });

  it('has the interval of its constants: each end of them is an end of it', () => {
    const w = withProfile(FLAGS);
    const at = (build: number, growth: number, serial: number): number =>
      pgvector.plan(
        withProfile(FLAGS, [
          {
            ...POSTGRES,
            constants: {
              'build-tuple': constant(build, 0),
              'build-growth': constant(growth, 0),
              'serial-share': constant(serial, 0),
            },
          },
        ]),
      ).build.seconds?.value as number;
    const { low, high } = pgvector.plan(w).build.seconds as Quantity;
    expect(low).toBeCloseTo(at(0.6 * 0.95, 0.1 * 0.95, 0.1 * 0.95), 6);
    expect(high).toBeCloseTo(at(0.6 * 1.05, 0.1 * 1.05, 0.1 * 1.05), 6);
  });

  it('is less sure at a width or a type that was not measured', () => {
    const width = (flags: Flags): number => {
      const q = pgvector.plan(withProfile({ ...FLAGS, ...flags })).build.seconds as Quantity;
      return q.high / q.low;
    };
    expect(width({ dims: 1536 })).toBeGreaterThan(1.5 * width({}));
    expect(width({ 'index-type': 'halfvec' })).toBeGreaterThan(1.5 * width({}));
  });

  it('still slows down where the graph spills, and that is a guess', () => {
    const spilling = pgvector.plan(withProfile({ ...FLAGS, 'build-memory': '64MiB' })).build.seconds as Quantity;
    expect(spilling.value).toBeGreaterThan(2 * build.value);
    expect(spilling.basis).toBe('assumed');
  });

  it('decides how fast single rows are inserted', () => {
    const rate = (w: Workload): number => pgvector.plan(w).insertRate?.value as number;
    const before = workloadFrom(FLAGS);
    const speedup = (serial: number): number => 1 / (serial + (1 - serial) / 2);
    expect(rate(withProfile(FLAGS)) / rate(before)).toBeCloseTo(
      (speedup(0.1) / speedup(0.22)) * (0.85 / (0.6 * 10 ** 0.1)),
      9,
    );
  });
});

describe('a calibrated search', () => {
  it('is a fixed cost and the measured time per tuple', () => {
    const { p50, p99 } = pgvector.plan(withProfile(FLAGS)).query;
    const lnN = Math.log(200_000);
    const visited = 16 * 4 + (2 * 16 * 40 * 0.55 * lnN) / (Math.log(16) * (1 + Math.log(40)));
    const seconds = (40 + visited * 0.9 * 10 ** 0.05) / 1e6;
    expect(p50?.value).toBeCloseTo(seconds, 9);
    expect(p99?.value).toBeCloseTo(2 * seconds, 9);
    expect([p50?.basis, p99?.basis]).toEqual(['measured', 'measured']);
  });

  it('goes by the shape of the model at other widths', () => {
    const { p50 } = pgvector.plan(withProfile({ ...FLAGS, dims: 1536 })).query;
    const same = pgvector.plan(withProfile(FLAGS)).query.p50 as Quantity;
    expect(((p50?.value as number) * 1e6 - 40) / (same.value * 1e6 - 40)).toBeCloseTo((0.7 + 1.536) / (0.7 + 0.768), 9);
  });

  it.each([
    ['ivfflat', 'p50', 0.8],
    ['flat', 'p50', 1.25],
  ] as const)('of %s takes its own speed', (index, figure, speed) => {
    const flags = { ...FLAGS, index };
    const before = pgvector.plan(workloadFrom(flags)).query[figure] as Quantity;
    const after = pgvector.plan(withProfile(flags)).query[figure] as Quantity;
    expect(after.value / before.value).toBeCloseTo(speed, 9);
    expect([before.basis, after.basis]).toEqual(['assumed', 'measured']);
  });

  it('of IVFFlat builds at its own speed', () => {
    const flags = { ...FLAGS, index: 'ivfflat' };
    const before = pgvector.plan(workloadFrom(flags)).build.seconds as Quantity;
    const after = pgvector.plan(withProfile(flags)).build.seconds as Quantity;
    expect(after.value / before.value).toBeCloseTo(1.5, 9);
  });

  it('of sqlite-vec takes the speed measured for it, not that of PostgreSQL', () => {
    const flags = { n: '100k', dims: 768, engine: 'sqlite-vec' };
    const before = sqliteVec.plan(workloadFrom(flags)).query;
    const after = sqliteVec.plan(withProfile(flags)).query;
    expect((after.p50?.value as number) / (before.p50?.value as number)).toBeCloseTo(0.5, 9);
    expect((after.p99?.value as number) / (after.p50?.value as number)).toBeCloseTo(1.1, 9);
    expect(after.p99?.basis).toBe('measured');
    expect(sqliteVec.plan(withProfile(flags, [POSTGRES])).query.p50?.value).toBe(before.p50?.value);
  });
});

describe('visits that miss the processor caches', () => {
  const memory: EngineCalibration = {
    ...POSTGRES,
    constants: {
      ...POSTGRES.constants,
      'build-memory': constant(1.5),
      'search-memory': constant(2),
      'cache-rows': constant(100_000),
    },
  };

  it('are two thirds where there are twice as many rows as half of which fit', () => {
    // 200,000 of 768 dimensions: 200 / 300; at the rows measured, 20 / 120.
    const tuple = 0.9 * 10 ** 0.05 * ((1 + 2 * (2 / 3)) / (1 + 2 * (1 / 6)));
    const { p50 } = pgvector.plan(withProfile(FLAGS, [memory])).query;
    const { work } = pgvector.plan(withProfile(FLAGS, [memory])).query;
    expect(p50?.value).toBeCloseTo((40 + (work?.value as number) * tuple) / 1e6, 12);
    const build = (profile: EngineCalibration): number =>
      pgvector.plan(withProfile(FLAGS, [profile])).build.seconds?.value as number;
    expect(build(memory) / build(POSTGRES)).toBeCloseTo((1 + 1.5 * (2 / 3)) / (1 + 1.5 * (1 / 6)), 9);
  });

  it('are fewer where the elements are smaller', () => {
    // halfvec takes 2 × 768 + 500 B where the measured took 4 × 768 + 500.
    const cache = 100_000 * ((4 * 768 + 500) / (2 * 768 + 500));
    const flags = { ...FLAGS, 'index-type': 'halfvec' };
    const build = (profile: EngineCalibration): number =>
      pgvector.plan(withProfile(flags, [profile])).build.seconds?.value as number;
    expect(build(memory) / build(POSTGRES)).toBeCloseTo(
      (1 + (1.5 * 200_000) / (200_000 + cache)) / (1 + 1.5 * (1 / 6)),
      9,
    );
  });

  it.each([20_000, 500_000, 5_000_000])('grow as a plan at %d rows says', (rows) => {
    const flags = { ...FLAGS, ram: '1TiB', 'index-type': 'halfvec' };
    const here = pgvector.plan(withProfile(flags, [memory]));
    const there = pgvector.plan(withProfile({ ...flags, n: rows }, [memory]));
    const seconds = (p: typeof here): number => p.build.seconds?.value as number;
    const p99 = (p: typeof here): number => p.query.p99?.value as number;
    expect(here.growth.build(rows) * seconds(here)).toBeCloseTo(seconds(there), 9);
    expect(here.growth.p99(rows) * p99(here)).toBeCloseTo(p99(there), 12);
  });

  it('come to an end: beyond the caches a tuple costs what memory costs', () => {
    const at = (n: string): number => {
      const { p50, work } = pgvector.plan(
        withProfile({ ...FLAGS, n, ram: '1TiB' }, [
          { ...memory, constants: { ...memory.constants, 'search-growth': constant(0) } },
        ]),
      ).query;
      return ((p50?.value as number) * 1e6 - 40) / (work?.value as number);
    };
    expect(at('100M') / at('10M')).toBeLessThan(1.01);
  });
});

describe('growth with the rows', () => {
  const figures = {
    build: (r: { build: { seconds?: Quantity } }): number => r.build.seconds?.value as number,
    p99: (r: { p99InRam?: Quantity | undefined; query: { p99?: Quantity } }): number =>
      (r.p99InRam ?? r.query.p99)?.value as number,
  };

  it.each([50_000, 400_000, 3_000_000, 40_000_000])('of pgvector is what a plan at %d rows says', (rows) => {
    for (const profile of [[POSTGRES], [{ ...POSTGRES, constants: { 'build-tuple': constant(0.6) } }]]) {
      const here = pgvector.plan(withProfile({ ...FLAGS, ram: '1TiB' }, profile));
      const there = pgvector.plan(withProfile({ ...FLAGS, ram: '1TiB', n: rows }, profile));
      for (const id of ['build', 'p99'] as const) {
        expect(here.growth[id](rows) * figures[id](here), id).toBeCloseTo(figures[id](there), 9);
      }
    }
  });

  it('of shards is what a plan with those shards says', () => {
    const flags = { ...FLAGS, n: '20M', engine: 'sharded-pgvector', ram: '16GiB' };
    const plan = sharded.plan(withProfile(flags));
    expect(plan.machines.value).toBeGreaterThan(2);
    const twice = sharded.plan(withProfile({ ...flags, n: '40M' }));
    expect(plan.growth.p99(40e6) * figures.p99(plan)).toBeCloseTo(figures.p99(twice), 4);
  });

  it('decides how many shards a build window takes', () => {
    const flags = { ...FLAGS, n: '100M', engine: 'sharded-pgvector', ram: '4TiB', 'build-window': '2h' };
    const slow = { ...POSTGRES, constants: { ...POSTGRES.constants, 'build-tuple': constant(6) } };
    const machines = (w: Workload): number => sharded.plan(w).machines.value;
    expect(machines(withProfile(flags, [slow]))).toBeGreaterThan(4 * machines(withProfile(flags)));
  });
});

describe('a profile', () => {
  const report = (w: Workload): CapacityReport => estimate(w, { now: NOW });

  it('of one constant replaces that one alone', () => {
    const only = (id: CalibratedId): EngineCalibration => ({ ...POSTGRES, constants: { [id]: constant(2) } });
    const before = pgvector.plan(workloadFrom(FLAGS));
    const p99 = pgvector.plan(withProfile(FLAGS, [only('p99-factor')]));
    expect(p99.query.p50?.value).toBe(before.query.p50?.value);
    expect(p99.query.p99?.value).toBeCloseTo(2 * (before.query.p50?.value as number), 12);
    expect(p99.build.seconds?.value).toBeCloseTo(before.build.seconds?.value as number, 9);
  });

  it('that has nothing of the chosen engine says so', () => {
    const said = (engine: string, engines?: readonly EngineCalibration[]): string => {
      const r = report(withProfile({ n: '100k', engine }, engines));
      return [...r.advice.map((a) => a.message), ...r.notes].filter((s) => s.includes('host.json')).join('\n');
    };
    expect(said('qdrant')).toBe(
      'host.json has no constants of Qdrant beside PostgreSQL: its times rest on published ones',
    );
    expect(said('pgvector', [SQLITE])).toBe('host.json has no constants of pgvector: its times rest on published ones');
    expect(said('pgvector')).toBe('times rest on host.json: PostgreSQL 17.6, pgvector 0.8.0, 2026-11-20');
    expect(said('sqlite-vec')).toBe('times rest on host.json: SQLite 3.50.4, sqlite-vec 0.1.9, 2026-11-20');
  });

  it('leaves engines that nobody measured as they are', () => {
    for (const engine of ['hnswlib', 'faiss', 'qdrant', 'milvus', 'redis']) {
      const flags = { n: '100k', dims: 384, engine };
      const [before, after] = [report(workloadFrom(flags)), report(withProfile(flags))];
      expect(after.query.p50?.value, engine).toBe(before.query.p50?.value);
      expect(after.build.seconds?.value, engine).toBe(before.build.seconds?.value);
    }
  });
});
