/**
 * The constants of one PostgreSQL server from its series. Intervals come from what the fit misses its own samples by, and from
 * what it would have been without one of the sizes. Fitted times are those of the plan that an estimate would make.
 */
import { formatCount, leaf } from '../quantity/index.ts';
import type { BuildSample, CalibrationSeries, QuerySample } from '../store/index.ts';
import type { CalibratedConstant, CalibratedId, EngineCalibration } from '../workload/index.ts';
import type { SeriesOrigin } from './calibration-fit.ts';
import { type BuildFit, fitBuilds, fitSearches, LEAST_MEMORY, missAt, type SearchFit } from './calibration-fit-hnsw.ts';
import { p99Factor, serialShare, speedRatios } from './calibration-fit-ratios.ts';
import { fittedSamples, medianBuilds, secondsOf } from './calibration-fit-samples.ts';
import type { CalibrationFit, FittedSample } from './fitted-series.ts';
import { relativeTupleCost } from './hnsw-work.ts';

/** Two runs of one series on a quiet machine differ by as much. */
const LEAST_ERROR = 0.05;
/** The curve between the largest sample and a table too large for any cache is known to about so much. */
const LEAST_CURVE_ERROR = 0.25;

type Constants = Partial<Record<CalibratedId, CalibratedConstant>>;

interface HnswFit {
  readonly searches: SearchFit | undefined;
  readonly builds: BuildFit | undefined;
}

export function fitPgvector(series: CalibrationSeries, about: SeriesOrigin): CalibrationFit {
  const builds = series.builds.filter((b) => b.index === 'hnsw' && b.workers === 0);
  const warm = series.queries.filter((q) => q.index === 'hnsw' && q.evicted !== true);
  const largest = Math.max(0, ...builds.map((b) => b.rows), ...warm.map((q) => q.rows));
  const dimensions = builds[0]?.dimensions ?? warm[0]?.dimensions;
  const head = { engine: 'pgvector', server: series.server, ...about } as const;
  if (dimensions === undefined) {
    return {
      calibration: { ...head, dimensions: 1, referenceRows: 1, constants: {} },
      samples: [],
      notes: ['pgvector: not one index was built in the time given; give it more with --budget'],
    };
  }
  const place = { ...head, dimensions, referenceRows: largest };
  const whole = hnswFit(series);
  const without = sizesOf(series).map((rows) => hnswFit(withoutSize(series, rows)));
  const first: EngineCalibration = { ...place, constants: hnswConstants(whole, without, largest) };
  const off = worstOff(first, builds, warm);
  const speedup = serialShare(series);
  const tail = p99Factor(warm);
  const constants: Constants = {
    ...widened(first.constants, off),
    ...speedup.constants,
    ...speedRatios(series),
    ...tail.constants,
  };
  const calibration: EngineCalibration = { ...place, constants };
  return {
    calibration,
    samples: fittedSamples(calibration, medianBuilds(builds), warm),
    notes: [
      ...(new Set(builds.map((b) => b.rows)).size < 3
        ? [`pgvector: few sizes up to ${formatCount(largest)} rows; how the times grow beyond them is a guess`]
        : []),
      ...(builds.some((b) => b.cpuSeconds === null)
        ? ['pgvector: the server is on another host, so builds are timed by the clock and hold its waits, too']
        : []),
      ...speedup.notes,
      ...tail.notes,
    ],
  };
}

function hnswFit(series: CalibrationSeries): HnswFit {
  const builds = medianBuilds(series.builds.filter((b) => b.index === 'hnsw' && b.workers === 0));
  const searches = series.queries.filter((q) => q.index === 'hnsw');
  const timed = (q: QuerySample): { rows: number; efSearch: number; us: number } => ({
    rows: q.rows,
    efSearch: q.efSearch ?? 0,
    us: q.p50Seconds * 1e6,
  });
  const largest = builds.reduce<BuildSample | undefined>(
    (a, b) => (a === undefined || b.rows > a.rows ? b : a),
    undefined,
  );
  const m = largest?.m ?? searches[0]?.m ?? 16;
  const searched = fitSearches(
    m,
    searches.filter((q) => q.evicted !== true).map(timed),
    searches.filter((q) => q.evicted === true).map(timed),
    largest === undefined ? 4 * (searches[0]?.dimensions ?? 0) + 500 : largest.bytes / largest.rows,
  );
  const relative = largest === undefined ? 1 : relativeCost(largest);
  const built = fitBuilds(
    m,
    largest?.efConstruction ?? 64,
    builds.map((b) => ({ rows: b.rows, us: (secondsOf(b) * 1e6) / b.rows / relative })),
    searched?.cacheRows,
  );
  return { searches: searched, builds: built };
}

function relativeCost(b: BuildSample): number {
  return relativeTupleCost({
    dimensions: leaf('dimensions', b.dimensions, 'dimensions'),
    scalar: b.scalar,
    nonzeros: leaf('nonzeros', 0, 'dimensions'),
    m: leaf('m', b.m ?? 16, 'count'),
  }).value;
}

function sizesOf(series: CalibrationSeries): number[] {
  const sizes = [...new Set(series.queries.filter((q) => q.index === 'hnsw').map((q) => q.rows))];
  return sizes.length < 3 ? [] : sizes;
}

function withoutSize(series: CalibrationSeries, rows: number): CalibrationSeries {
  return {
    ...series,
    builds: series.builds.filter((b) => b.rows !== rows),
    queries: series.queries.filter((q) => q.rows !== rows),
  };
}

/** The profile's constants: times are those at the largest table, which the memory's part is relative to. */
function hnswConstants(whole: HnswFit, without: readonly HnswFit[], largest: number): Constants {
  const { searches, builds } = whole;
  const others = without.flatMap((f) => f.searches ?? []);
  const at = (f: SearchFit): number => f.tuple * (1 + f.memory * missAt(largest, f.cacheRows));
  const built = (f: HnswFit): number[] =>
    f.builds === undefined
      ? []
      : [
          f.builds.tuple *
            (1 + f.builds.memory * (f.searches === undefined ? 0 : missAt(largest, f.searches.cacheRows))),
        ];
  return {
    ...(searches === undefined
      ? {}
      : {
          'search-tuple': spread(at(searches), others.map(at), LEAST_ERROR),
          'search-fixed': spread(
            searches.fixed,
            others.map((f) => f.fixed),
            LEAST_ERROR,
          ),
          'search-memory': memorySpread(
            searches.memory,
            others.map((f) => f.memory),
          ),
          'cache-rows': spread(
            searches.cacheRows,
            others.map((f) => f.cacheRows),
            LEAST_CURVE_ERROR,
          ),
        }),
    ...(builds === undefined
      ? {}
      : {
          'build-tuple': spread(built(whole)[0] as number, without.flatMap(built), LEAST_ERROR),
          ...(searches === undefined
            ? {}
            : {
                'build-memory': memorySpread(
                  builds.memory,
                  without.flatMap((f) => f.builds?.memory ?? []),
                ),
              }),
        }),
  };
}

/** No part of the memory found is none, or one too small for the fit: a share of nothing would be no interval at all. */
function memorySpread(value: number, others: readonly number[]): CalibratedConstant {
  const around = spread(value, others, LEAST_CURVE_ERROR);
  return { ...around, high: Math.max(around.high, LEAST_MEMORY) };
}

function spread(value: number, others: readonly number[], least: number): CalibratedConstant {
  return {
    value,
    low: Math.min(value * (1 - least), ...others),
    high: Math.max(value * (1 + least), ...others),
  };
}

/** The largest share by which the fit misses a build, and a search. */
function worstOff(
  calibration: EngineCalibration,
  builds: readonly BuildSample[],
  warm: readonly QuerySample[],
): { readonly build: number; readonly search: number } {
  const samples = fittedSamples(calibration, medianBuilds(builds), warm);
  const worst = (of: FittedSample['of']): number =>
    Math.max(0, ...samples.filter((s) => s.of === of).map((s) => Math.abs(s.fittedSeconds / s.measuredSeconds - 1)));
  return { build: worst('build'), search: worst('search') };
}

function widened(constants: Constants, off: { readonly build: number; readonly search: number }): Constants {
  const wider = (id: 'build-tuple' | 'search-tuple', by: number): Constants => {
    const c = constants[id];
    if (c === undefined) return {};
    const [low, high] = [Math.min(c.low, c.value * (1 - Math.min(by, 0.9))), Math.max(c.high, c.value * (1 + by))];
    return { [id]: { value: c.value, low, high } };
  };
  return { ...constants, ...wider('build-tuple', off.build), ...wider('search-tuple', off.search) };
}
