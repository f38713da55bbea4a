/** The fit on series whose constants are known: worked by hand, or made from the model, with and without noise. */
import { describe, expect, it } from 'vitest';
import { fitCalibration } from '../../src/engines/calibration-fit.ts';
import { fitBuilds, fitSearches, missAt, searchUs } from '../../src/engines/calibration-fit-hnsw.ts';
import { visitedCount } from '../../src/engines/hnsw-work.ts';
import { planPgvector } from '../../src/engines/pgvector.ts';
import type { BuildSample, CalibrationSeries, QuerySample } from '../../src/store/index.ts';
import { completeWorkload, draftFrom, type EngineCalibration } from '../../src/workload/index.ts';

const ABOUT = { measuredAt: '2026-11-21T10:00:00.000Z', host: '2 × Xeon, 16 GiB' };
const SIZES = [1_250, 2_500, 5_000, 10_000, 20_000];
const DIMENSIONS = 384;
const BYTES_PER_ROW = 2_048;

/** A host: times in microseconds. */
interface Host {
  readonly fixed: number;
  readonly tuple: number;
  readonly memory: number;
  readonly cacheRows: number;
  /** A visited tuple of a build at 384 dimensions and m 16. */
  readonly build: number;
}
const HOST: Host = { fixed: 8, tuple: 0.15, memory: 1.2, cacheRows: 16_384, build: 0.18 };

const build = (rows: number, over: Partial<BuildSample> = {}, host: Host = HOST): BuildSample => {
  const seconds = (rows * visitedCount(rows, 16, 64) * host.build) / 1e6;
  return {
    index: 'hnsw',
    rows,
    dimensions: DIMENSIONS,
    scalar: 'float32',
    m: 16,
    efConstruction: 64,
    lists: null,
    workers: 0,
    wallSeconds: seconds,
    cpuSeconds: seconds,
    bytes: rows * BYTES_PER_ROW,
    ...over,
  };
};

const search = (rows: number, efSearch: number, us: number, over: Partial<QuerySample> = {}): QuerySample => ({
  index: 'hnsw',
  rows,
  dimensions: DIMENSIONS,
  scalar: 'float32',
  m: 16,
  efConstruction: 64,
  efSearch,
  lists: null,
  probes: null,
  searches: 600,
  p50Seconds: us / 1e6,
  p99Seconds: (1.6 * us) / 1e6,
  ...over,
});

const warmUs = (rows: number, ef: number, h: Host = HOST): number =>
  h.fixed + visitedCount(rows, 16, ef) * h.tuple * (1 + (h.memory * rows) / (rows + h.cacheRows));
/** A statement without its caches costs ten times as much before it visits anything. */
const evictedUs = (rows: number, ef: number, h: Host = HOST): number =>
  10 * h.fixed + visitedCount(rows, 16, ef) * h.tuple * (1 + h.memory);

function seriesOf(host: Host = HOST, noise: (i: number) => number = () => 1): CalibrationSeries {
  let i = 0;
  const off = (us: number): number => us * noise(i++);
  return {
    engine: 'pgvector',
    server: 'PostgreSQL 17.6, pgvector 0.8.0',
    builds: SIZES.map((rows) => {
      const exact = build(rows, {}, host);
      const cpuSeconds = off(exact.cpuSeconds as number);
      return { ...exact, cpuSeconds, wallSeconds: 1.1 * cpuSeconds };
    }),
    queries: [
      ...SIZES.flatMap((rows) => [40, 100].map((ef) => search(rows, ef, off(warmUs(rows, ef, host))))),
      ...SIZES.slice(-2).flatMap((rows) =>
        [1, 40, 100].map((ef) => search(rows, ef, off(evictedUs(rows, ef, host)), { evicted: true })),
      ),
    ],
    seconds: 40,
    cutShort: null,
  };
}

/** Relative error of what an estimate with these constants says of a larger store. */
function errorAt(rows: number, calibration: EngineCalibration, host: Host = HOST): { build: number; search: number } {
  const flags = {
    n: String(rows),
    dims: String(DIMENSIONS),
    engine: 'pgvector',
    'ef-search': '100',
    cores: '1',
    ram: '64GiB',
  };
  const w = completeWorkload(draftFrom(flags, 'flag', (id) => id));
  const plan = planPgvector('hnsw', { ...w, calibration: { file: 'host.json', engines: [calibration] } });
  return {
    build: (plan.build.seconds?.value ?? Number.NaN) / (build(rows, {}, host).cpuSeconds as number) - 1,
    search: ((plan.query.p50?.value ?? Number.NaN) * 1e6) / warmUs(rows, 100, host) - 1,
  };
}

describe('one sample, by hand', () => {
  it('gives the time of a visited tuple', () => {
    // 20,000 rows, m 16, ef 40: 16 × 3 levels, and 2 × 16 × 40 × 0.55 × 9.9035 / (2.7726 × 4.6889) = 536.3; 584.3 in all.
    expect(visitedCount(20_000, 16, 40)).toBeCloseTo(584.3, 1);
    const fit = fitSearches(16, [{ rows: 20_000, efSearch: 40, us: 292.15 }], [], BYTES_PER_ROW);
    expect(fit).toMatchObject({ fixed: 0, memory: 0 });
    expect(fit?.tuple).toBeCloseTo(0.5, 3);
    // ef 64: 48 + 2,048 × 0.55 × 9.9035 / (2.7726 × 5.1589) = 827.9 visits a row.
    expect(fitBuilds(16, 64, [{ rows: 20_000, us: 165.58 }], undefined)?.tuple).toBeCloseTo(0.2, 3);
  });

  it('tells what a statement costs from two candidate lists', () => {
    // 584.3 and 1,169.9 visits: 10 + 0.3 × each.
    const fit = fitSearches(
      16,
      [
        { rows: 20_000, efSearch: 40, us: 185.29 },
        { rows: 20_000, efSearch: 100, us: 360.97 },
      ],
      [],
      BYTES_PER_ROW,
    );
    expect(fit?.tuple).toBeCloseTo(0.3, 2);
    expect(fit?.fixed).toBeCloseTo(10, 0);
  });
});

describe('a whole series', () => {
  it('finds the constants it was made from, and what an estimate says of ten times the rows', () => {
    const { calibration, samples, notes } = fitCalibration(seriesOf(), ABOUT);
    expect(calibration).toMatchObject({ engine: 'pgvector', ...ABOUT, dimensions: DIMENSIONS, referenceRows: 20_000 });
    const c = calibration.constants;
    expect(c['search-memory']?.value).toBeGreaterThan(1.1);
    expect(c['search-memory']?.value).toBeLessThan(1.3);
    expect(c['cache-rows']?.value).toBeGreaterThan(13_000);
    expect(c['cache-rows']?.value).toBeLessThan(20_000);
    // At the largest sample: 0.15 × (1 + 1.2 × 20,000 / 36,384).
    expect(c['search-tuple']?.value).toBeCloseTo(0.249, 2);
    // 0.18 µs at 384 dimensions is (440 + 1,536) / (440 + 384) times as much at 1,536.
    expect(c['build-tuple']?.value).toBeCloseTo((0.18 * 1976) / 824, 2);
    expect(c['p99-factor']?.value).toBeCloseTo(1.6, 6);
    for (const rows of [100_000, 200_000]) {
      const off = errorAt(rows, calibration);
      expect(Math.abs(off.build)).toBeLessThan(0.03);
      expect(Math.abs(off.search)).toBeLessThan(0.03);
    }
    expect(samples).toHaveLength(5 + 10);
    for (const s of samples) expect(Math.abs(s.fittedSeconds / s.measuredSeconds - 1)).toBeLessThan(0.03);
    expect(notes).toEqual([]);
  });

  it.each([
    ['large caches, slow memory', { ...HOST, memory: 3, cacheRows: 60_000 }],
    ['small caches', { ...HOST, memory: 0.8, cacheRows: 5_000 }],
    ['memory as quick as caches', { ...HOST, memory: 0 }],
  ])('foretells ten times the rows on a host with %s', (_, host) => {
    const { calibration } = fitCalibration(seriesOf(host), ABOUT);
    const off = errorAt(200_000, calibration, host);
    expect(Math.abs(off.build)).toBeLessThan(0.1);
    expect(Math.abs(off.search)).toBeLessThan(0.12);
  });

  it('calls no memory found between none and the least that it could have found', () => {
    const { constants } = fitCalibration(seriesOf({ ...HOST, memory: 0 }), ABOUT).calibration;
    for (const id of ['search-memory', 'build-memory'] as const) {
      expect(constants[id]?.low).toBe(0);
      expect(constants[id]?.high).toBeGreaterThanOrEqual(0.05);
    }
  });

  it('is worn by noise no more than the bar, and its intervals hold the truth', () => {
    // A sample is off by 10 % one way or the other, in an order that favours no size.
    const noise = (i: number): number => 1 + 0.1 * ((i * 7) % 5 < 2 ? -1 : 1);
    const { calibration, samples } = fitCalibration(seriesOf(HOST, noise), ABOUT);
    const off = errorAt(200_000, calibration);
    expect(Math.abs(off.build)).toBeLessThan(0.2);
    expect(Math.abs(off.search)).toBeLessThan(0.25);
    const c = calibration.constants;
    for (const id of ['search-tuple', 'search-memory', 'cache-rows', 'build-tuple'] as const) {
      expect(c[id]?.low).toBeLessThan(c[id]?.value ?? 0);
      expect(c[id]?.high).toBeGreaterThan(c[id]?.value ?? 0);
    }
    expect(c['build-tuple']?.low).toBeLessThan((0.18 * 1976) / 824);
    expect(c['build-tuple']?.high).toBeGreaterThan((0.18 * 1976) / 824);
    const worst = Math.max(...samples.map((s) => Math.abs(s.fittedSeconds / s.measuredSeconds - 1)));
    expect(worst).toBeGreaterThan(0.03);
    expect(1 - (c['search-tuple']?.low ?? 1) / (c['search-tuple']?.value ?? 1)).toBeGreaterThan(0.03);
  });

  it('without searches from memory assumes no growth beyond the planner’s count', () => {
    const series = seriesOf();
    const { calibration } = fitCalibration(
      { ...series, queries: series.queries.filter((q) => q.evicted !== true) },
      ABOUT,
    );
    expect(calibration.constants['search-memory']?.value).toBe(0);
    expect(missAt(20_000, 20_000)).toBe(0.5);
    const fit = { fixed: 1, tuple: 2, memory: 3, cacheRows: 20_000 };
    expect(searchUs(fit, 20_000, 16, 40)).toBeCloseTo(1 + 584.3 * 2 * 2.5, 0);
  });
});

describe('what else a series holds', () => {
  const parallel = (wallSeconds: number, workers = 1): CalibrationSeries => {
    const series = seriesOf();
    return { ...series, builds: [...series.builds, build(20_000, { workers, wallSeconds })] };
  };
  const alone = 1.1 * (build(20_000).cpuSeconds as number);

  it('the serial share, from a build with a worker', () => {
    // 1.6 times as fast with two processes: 2 / 1.6 - 1.
    const share = fitCalibration(parallel(alone / 1.6), ABOUT).calibration.constants['serial-share'];
    expect(share?.value).toBeCloseTo(0.25, 6);
    // 10 % slower: 2 / 1.44 - 1. A neighbour may have made it look serial: the low end is that of published builds.
    expect(share?.low).toBe(0.05);
    expect(share?.high).toBeCloseTo(0.3889, 3);
  });

  it('a serial share that few workers show as none is not taken at its word', () => {
    const share = fitCalibration(parallel(alone / 2), ABOUT).calibration.constants['serial-share'];
    expect(share).toEqual({ value: 0.05, low: 0, high: 0.22 });
  });

  it('no serial share, with a sentence, where the worker made nothing faster', () => {
    const { calibration, notes } = fitCalibration(parallel(alone / 1.05), ABOUT);
    expect(calibration.constants).not.toHaveProperty('serial-share');
    expect(notes).toEqual([
      'pgvector: a build with 1 worker took 95.2 % of the time of one without, as if the cores were busy with others; the serial share stays assumed',
    ]);
  });

  it('no serial share, with a sentence, where the build alone had to wait for a core', () => {
    const series = parallel(alone / 1.6);
    const waited = series.builds.map((b) => (b.workers === 0 ? { ...b, wallSeconds: 2 * b.wallSeconds } : b));
    const { calibration, notes } = fitCalibration({ ...series, builds: waited }, ABOUT);
    expect(calibration.constants).not.toHaveProperty('serial-share');
    expect(notes).toEqual([
      'pgvector: a build had a core for 45.5 % of its time: the host was busy with others; the serial share stays assumed',
    ]);
  });

  it('of several builds with workers the quickest', () => {
    const series = parallel(alone / 1.25);
    const quicker = build(20_000, { workers: 1, wallSeconds: alone / 1.6 });
    const { constants } = fitCalibration({ ...series, builds: [quicker, ...series.builds] }, ABOUT).calibration;
    expect(constants['serial-share']?.value).toBeCloseTo(0.25, 6);
  });

  it('an IVFFlat index of fewer lists than were asked for is probed in all of them', () => {
    const series = seriesOf();
    const none = { m: null, efConstruction: null, efSearch: null } as const;
    const us = 1_000;
    const ivfflat = (probes: number): QuerySample =>
      search(1_000, 0, us, { index: 'ivfflat', ...none, lists: 5, probes });
    const fitted = (probes: number): number | undefined =>
      fitCalibration({ ...series, queries: [...series.queries, ivfflat(probes)] }, ABOUT).calibration.constants[
        'ivfflat-scan'
      ]?.value;
    expect(fitted(5)).toBeGreaterThan(0);
    expect(fitted(10)).toBe(fitted(5));
  });

  it('exact scans and IVFFlat against our machine', () => {
    const series = seriesOf();
    const none = { m: null, efConstruction: null, efSearch: null } as const;
    const more: CalibrationSeries = {
      ...series,
      // 20,000 × (4.5 + 100 × 384 × 8.7e-5 µs) = 0.1568 s on our machine; twice as long here.
      builds: [...series.builds, build(20_000, { index: 'ivfflat', ...none, lists: 100, cpuSeconds: 0.31363 })],
      queries: [
        ...series.queries,
        // Inline: 20,000 × (0.12 + 384 × 0.0008 µs) = 8.544 ms; half of it here.
        search(20_000, 0, 4_272, { index: 'flat', ...none }),
        // 100 centroids and 2,000 rows × (0.2 + 0.3072 µs) = 1,065.1 µs; as long here.
        search(20_000, 0, 1_065.1, { index: 'ivfflat', ...none, lists: 100, probes: 10 }),
      ],
    };
    const c = fitCalibration(more, ABOUT).calibration.constants;
    expect(c['ivfflat-build']?.value).toBeCloseTo(2, 2);
    expect(c['flat-scan']?.value).toBeCloseTo(0.5, 2);
    expect(c['ivfflat-scan']?.value).toBeCloseTo(1, 2);
    expect(c['flat-scan']).toEqual({
      value: c['flat-scan']?.value,
      low: expect.closeTo(0.375, 2),
      high: expect.closeTo(0.625, 2),
    });
  });

  it('the clock in place of CPU time over a network, and a sentence that says so', () => {
    const series = seriesOf();
    const remote = { ...series, builds: series.builds.map((b) => ({ ...b, cpuSeconds: null })) };
    const { calibration, notes } = fitCalibration(remote, ABOUT);
    expect(calibration.constants['build-tuple']?.value).toBeCloseTo((1.1 * 0.18 * 1976) / 824, 2);
    expect(notes).toEqual([
      'pgvector: the server is on another host, so builds are timed by the clock and hold its waits, too',
    ]);
  });

  it('of three builds of one size the one in the middle', () => {
    const series = seriesOf();
    const slow = (factor: number): BuildSample =>
      build(20_000, { cpuSeconds: factor * (build(20_000).cpuSeconds as number) });
    const { calibration } = fitCalibration({ ...series, builds: [slow(3), ...series.builds, slow(1.0001)] }, ABOUT);
    expect(calibration.constants['build-tuple']?.value).toBeCloseTo((0.18 * 1976) / 824, 2);
  });

  it('a busy host is told by its slowest searches', () => {
    const series = seriesOf();
    const busy = { ...series, queries: series.queries.map((q) => ({ ...q, p99Seconds: 20 * q.p50Seconds })) };
    const { calibration, notes } = fitCalibration(busy, ABOUT);
    expect(calibration.constants).not.toHaveProperty('p99-factor');
    expect(notes).toEqual([
      'pgvector: one search in a hundred took 20 times the median: the host was busy with others; p99 stays assumed',
    ]);
  });

  it('few sizes are said to be few, and none is no constant', () => {
    const series = seriesOf();
    const few = fitCalibration(
      {
        ...series,
        builds: series.builds.slice(0, 2),
        queries: series.queries.filter((q) => q.rows <= 2_500),
      },
      ABOUT,
    );
    expect(few.calibration.referenceRows).toBe(2_500);
    expect(few.notes).toEqual(['pgvector: few sizes up to 2,500 rows; how the times grow beyond them is a guess']);
    const none = fitCalibration({ ...series, builds: [], queries: [] }, ABOUT);
    expect(none.calibration.constants).toEqual({});
    expect(none.samples).toEqual([]);
    expect(none.notes).toEqual(['pgvector: not one index was built in the time given; give it more with --budget']);
  });
});
