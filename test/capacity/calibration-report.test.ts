/** What calibrate answers, from a series and a fit written down by hand; and how it prints. */
import { describe, expect, it } from 'vitest';
import { type CalibrationParts, calibrationReport, type SeriesPlan } from '../../src/capacity/calibration-report.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { sizeResiduals } from '../../src/capacity/size-residuals.ts';
import type { CalibrationFit } from '../../src/engines/fitted-series.ts';
import { leaf } from '../../src/quantity/index.ts';
import { calibrationPage } from '../../src/render/capacity/calibrate.ts';
import { pageCsv, pageMarkdown, pageScreen } from '../../src/render/capacity/sectioned.ts';
import { PLAIN } from '../../src/render/paint.ts';
import type { BuildSample, CalibrationSeries, QuerySample } from '../../src/store/index.ts';
import { btree, column, hnsw, snapshotOf } from '../checks/built-snapshot.ts';

const NOW = new Date('2026-11-21T10:00:00Z');

const build = (rows: number, workers: number, cpuSeconds: number): BuildSample => ({
  index: 'hnsw',
  rows,
  dimensions: 768,
  scalar: 'float32',
  m: 16,
  efConstruction: 64,
  lists: null,
  workers,
  wallSeconds: cpuSeconds / (workers + 1),
  cpuSeconds,
  bytes: rows * 4096,
});
const search: QuerySample = {
  index: 'hnsw',
  rows: 20_000,
  dimensions: 768,
  scalar: 'float32',
  m: 16,
  efConstruction: 64,
  efSearch: 40,
  lists: null,
  probes: null,
  searches: 400,
  p50Seconds: 0.0007,
  p99Seconds: 0.0012,
};
const series: CalibrationSeries = {
  engine: 'pgvector',
  server: 'PostgreSQL 17.6, pgvector 0.8.0',
  builds: [build(5_000, 0, 1.5), build(20_000, 1, 8)],
  queries: [search],
  seconds: 41.2,
  cutShort: null,
};
const fit: CalibrationFit = {
  calibration: {
    engine: 'pgvector',
    server: series.server,
    host: null,
    measuredAt: NOW.toISOString(),
    dimensions: 768,
    referenceRows: 20_000,
    constants: {
      'build-tuple': { value: 0.425, low: 0.4, high: 0.45 },
      'build-growth': { value: 0, low: 0, high: 0 },
      'search-tuple': { value: 0.9, low: 0.8, high: 1 },
      'serial-share': { value: 0.1, low: 0.08, high: 0.12 },
    },
  },
  samples: [
    { of: 'build', sample: build(5_000, 0, 1.5), measuredSeconds: 1.5, fittedSeconds: 1.65 },
    { of: 'build', sample: build(20_000, 1, 8), measuredSeconds: 8, fittedSeconds: 7.6 },
    { of: 'search', sample: search, measuredSeconds: 0.0007, fittedSeconds: 0.0007 },
  ],
  notes: ['the largest table was 20,000 rows'],
};
const planned: SeriesPlan = {
  engine: 'pgvector',
  at: 'postgres://app@db.example/memory',
  scratch: 'a scratch schema memplan_calibration_… of database memory',
  budget: leaf('budget', 60, 's'),
  dimensions: 768,
  m: 16,
  efConstruction: 64,
  rows: 20_000,
};
const sizes = sizeResiduals(
  snapshotOf('postgres', [
    hnsw(25, 2000, 128),
    btree('pk', [column('id', 'bigint')], 825, 60_000, { unique: true, deduplicates: false }),
  ]),
);
const screen = (parts: CalibrationParts, columns = 80): string =>
  pageScreen(calibrationPage(reportJson(calibrationReport(parts), NOW)), { columns, paint: PLAIN, verbose: false });

describe('a calibration report', () => {
  const report = calibrationReport({ measured: [{ series, fit }], file: 'host.json', kept: [] });
  const [engine] = report.engines;

  it('sets each constant beside the one that was assumed, with its source', () => {
    expect(engine?.constants.map((c) => [c.id, c.measured.value, c.assumed?.value])).toEqual([
      ['build-tuple', 0.425, 0.85],
      ['build-growth', 0, undefined],
      // 0.7 + 0.001 × 768 µs
      ['search-tuple', 0.9, expect.closeTo(1.468, 9)],
      ['serial-share', 0.1, 0.22],
    ]);
    expect(engine?.constants[0]?.measured).toMatchObject({
      basis: 'measured',
      low: 0.4,
      high: 0.45,
      source: 'measured: host.json, PostgreSQL 17.6, pgvector 0.8.0, 2026-11-21',
    });
  });

  it('says how far each sample is off', () => {
    expect(engine?.samples.map((s) => [s.title, s.off])).toEqual([
      ['HNSW build, 5,000 rows, 1 process', expect.closeTo(0.1, 9)],
      ['HNSW build, 20,000 rows, 2 processes', expect.closeTo(-0.05, 9)],
      ['HNSW search, 20,000 rows, ef_search 40', 0],
    ]);
  });

  it('plans one workload both ways: half the time per tuple is half the build', () => {
    const x = engine?.example;
    expect(x).toMatchObject({ rows: 1_000_000, dimensions: 768 });
    expect((x?.build?.value as number) / (x?.buildBefore?.value as number)).toBeCloseTo(0.5, 9);
    expect((x?.p50?.value as number) / (x?.p50Before?.value as number)).toBeCloseTo(0.9 / 1.468, 9);
    expect([x?.buildBefore?.basis, x?.build?.basis]).toEqual(['assumed', 'measured']);
    expect(report.headline.join(' ')).toMatch(
      /1,000,000 memories of 768 dimensions are then indexed in .* instead of .* on one core, and searched in /,
    );
  });

  it('says what a series could not fit, and that nothing changes', () => {
    const empty = { ...fit, calibration: { ...fit.calibration, constants: {} }, notes: ['one build is too few'] };
    const short = calibrationReport({
      measured: [{ series: { ...series, cutShort: 'the budget of 5 s' }, fit: empty }],
    });
    expect(short.headline).toEqual(['pgvector: nothing could be fitted, so that nothing changes.']);
    expect(short.notes).toEqual(['pgvector: the series ended early: the budget of 5 s', 'one build is too few']);
    expect(short.engines[0]?.example).toBeUndefined();
  });

  it('names the main cause of a difference in size', () => {
    expect(calibrationReport({ sizes }).headline[0]).toMatch(
      /^memories takes 6\.64 MiB, \d+ % more than a fresh one of its rows \([\d.]+ MiB\)\. Most of the difference: pk, /,
    );
  });
});

describe('on a screen', () => {
  it('a dry run is one sentence and nothing that was measured', () => {
    const text = screen({ planned: [planned] });
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'pgvector, postgres://app@db.example/memory: builds and searches of up to 20,000 made-up vectors of 768 dimensions in a scratch schema memplan_calibration_… of database memory, at most 60 s; dropped afterwards, nothing else is touched.',
    );
    expect(text).not.toContain('CONSTANT');
  });

  it('has constants, samples, sizes and the file', () => {
    const text = screen({ measured: [{ series, fit }], sizes, file: 'host.json', kept: [fit.calibration] });
    expect(text).toMatch(/time a tuple, build +0\.425 µs +0\.4 - 0\.45 µs +0\.85 µs +0\.5 - 1\.7 µs/);
    expect(text).toMatch(/growth with rows, build +0 +0 - 0 +– +–/);
    expect(text).toMatch(/HNSW build, 5,000 rows, 1 process +1\.5 s +1\.65 s +\+10 %/);
    expect(text).toMatch(/ pk +6\.45 MiB .* bloat/);
    expect(text).toContain('memctl dedup STORE');
    expect(text.replaceAll(/\s+/g, ' ')).toContain('host.json is written; pgvector stays in it as it was');
  });

  it.each([40, 60, 80, 100])('fits %d columns', (columns) => {
    const parts = { measured: [{ series, fit }], sizes, file: 'host.json', notes: ['a note '.repeat(20).trim()] };
    for (const line of screen(parts, columns).split('\n')) expect([...line].length, line).toBeLessThanOrEqual(columns);
  });

  it('is Markdown and CSV as well', () => {
    const page = calibrationPage(reportJson(calibrationReport({ measured: [{ series, fit }], sizes }), NOW));
    expect(pageMarkdown(page)).toContain('| time a tuple, build | 0.425 µs | 0.4 - 0.45 µs | 0.85 µs | 0.5 - 1.7 µs |');
    expect(pageCsv(page)).toContain('pgvector-constants,"time a tuple, build",0.425,');
    expect(pageCsv(page)).toContain('sizes,pk,6758400,');
  });
});
