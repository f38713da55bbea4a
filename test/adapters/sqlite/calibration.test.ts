/** A real series of scans by sqlite-vec, and that nothing of it is left, however it ends. */
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { calibrateSqlite } from '../../../src/adapters/sqlite/calibration.ts';
import { fitFlatScans } from '../../../src/engines/calibration-fit-flat.ts';
import type { CalibrationRequest, CalibrationSeries, QuerySample } from '../../../src/store/index.ts';

const ABOUT = { measuredAt: '2026-11-21T10:00:00.000Z', host: '2 × Xeon, 16 GiB' };
const request = (over: Partial<CalibrationRequest> = {}): CalibrationRequest => ({
  budgetSeconds: 30,
  dimensions: 64,
  m: 16,
  efConstruction: 64,
  efSearch: [40],
  maxRows: 4_000,
  seed: 7,
  signal: new AbortController().signal,
  ...over,
});

describe('a series', () => {
  const folder = mkdtempSync(join(tmpdir(), 'memplan-scans-'));
  const before = process.env['TMPDIR'];
  beforeEach(() => {
    process.env['TMPDIR'] = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    expect(readdirSync(folder), 'the temporary file is gone').toEqual([]);
  });

  it('searches tables that double, and says what it was measured on', async () => {
    const steps: string[] = [];
    const series = await calibrateSqlite(
      request({
        onProgress: (step) => {
          steps.push(step);
          expect(readdirSync(folder)).toHaveLength(1);
        },
      }),
    );
    expect(series).toMatchObject({ engine: 'sqlite-vec', builds: [], cutShort: null });
    expect(series.server).toMatch(/^SQLite 3\.\d+\.\d+, sqlite-vec \d+\.\d+\.\d+/);
    expect(series.queries.map((q) => q.rows)).toEqual([500, 1_000, 2_000, 4_000]);
    for (const q of series.queries) {
      expect(q).toMatchObject({ index: 'flat', scalar: 'float32', dimensions: 64 });
      expect(q.searches).toBeGreaterThanOrEqual(20);
      expect(q.p50Seconds).toBeGreaterThan(0);
      expect(q.p99Seconds).toBeGreaterThanOrEqual(q.p50Seconds);
    }
    // A scan of eight times the rows takes longer on any machine.
    expect(series.queries[3]?.p50Seconds).toBeGreaterThan(2 * (series.queries[0]?.p50Seconds ?? 0));
    expect(steps).toContain('searching 4,000 rows');
  });

  it('ends before its budget, and says with what', async () => {
    const begun = performance.now();
    const series = await calibrateSqlite(request({ budgetSeconds: 1, dimensions: 1_024, maxRows: 100_000 }));
    expect((performance.now() - begun) / 1000).toBeLessThan(1.5);
    expect(series.seconds).toBeLessThan(1.5);
    expect(series.cutShort).toMatch(/^the budget of 1 s; (the largest table had [\d,]+ rows|no table was searched)$/);
    expect(series.queries.length).toBeLessThan(4);
  });

  it.each(['filling', 'searching'])('leaves nothing when it is interrupted while %s', async (step) => {
    const controller = new AbortController();
    const onProgress = (now: string, done: number): void => {
      if (now.startsWith(step) && done > 0) controller.abort(new Error('interrupted'));
    };
    await expect(calibrateSqlite(request({ signal: controller.signal, onProgress }))).rejects.toThrow('interrupted');
  });
});

describe('the fit of scans', () => {
  const scan = (rows: number, p50Seconds: number, over: Partial<QuerySample> = {}): QuerySample => ({
    index: 'flat',
    rows,
    dimensions: 768,
    scalar: 'float32',
    m: null,
    efConstruction: null,
    efSearch: null,
    lists: null,
    probes: null,
    searches: 200,
    p50Seconds,
    p99Seconds: 1.5 * p50Seconds,
    ...over,
  });
  const series = (...queries: QuerySample[]): CalibrationSeries => ({
    engine: 'sqlite-vec',
    server: 'SQLite 3.53.2, sqlite-vec 0.1.9',
    builds: [],
    queries,
    seconds: 20,
    cutShort: null,
  });
  // 10,000 rows of 768 dimensions on our machine: 10,000 × (30 ns + 4 × 768 × 0.7 ns) = 21.804 ms
  const OURS = (10_000 * (30 + 4 * 768 * 0.7)) / 1e9;

  it('is the largest table, within what the others showed', () => {
    const { calibration, samples } = fitFlatScans(series(scan(20_000, 4 * OURS), scan(10_000, 1.2 * OURS)), ABOUT);
    const speed = calibration.constants['flat-scan'];
    expect(speed?.value).toBeCloseTo(2, 9);
    expect(speed?.low).toBeCloseTo(1.2, 9);
    expect(speed?.high).toBeCloseTo(2.1, 9);
    expect(calibration).toMatchObject({ ...ABOUT, engine: 'sqlite-vec', dimensions: 768, referenceRows: 20_000 });
    expect(samples.map((s) => s.fittedSeconds / s.measuredSeconds)).toEqual([
      expect.closeTo(2 / 1.2, 9),
      expect.closeTo(1, 9),
    ]);
  });

  it('takes a 99th percentile from a hundred scans, and none from fewer', () => {
    const p99 = (searches: number) =>
      fitFlatScans(series(scan(10_000, OURS, { searches })), ABOUT).calibration.constants['p99-factor'];
    expect(p99(200)).toEqual({
      value: expect.closeTo(1.5, 9),
      low: expect.closeTo(1.2, 9),
      high: expect.closeTo(1.8, 9),
    });
    expect(p99(99)).toBeUndefined();
  });

  it('of nothing has no constants and says what would help', () => {
    const { calibration, notes } = fitFlatScans(series(), ABOUT);
    expect(calibration.constants).toEqual({});
    expect(notes).toEqual([
      'sqlite-vec: not one table could be searched in the time given; give it more with --budget',
    ]);
  });
});
