/**
 * The speed of exact scans on one host, from sqlite-vec's series. Tables beyond the processor's caches are what a plan is about: the
 * largest decides, and the interval holds what the smaller ones showed.
 */
import { formatCount } from '../quantity/index.ts';
import type { CalibrationSeries, QuerySample } from '../store/index.ts';
import { completeWorkload, draftFrom, type EngineCalibration } from '../workload/index.ts';
import type { CalibrationFit } from './fitted-series.ts';
import sqliteVec from './sqlite-vec.ts';

/** The median of two hundred scans is this well known at the best: two runs of one series differ by as much. */
const LEAST_ERROR = 0.05;
/** Fewer scans have no 99th percentile; of a hundred or two it rests on the one or two slowest. */
const LEAST_FOR_P99 = 100;
const P99_ERROR = 0.2;

/** Seconds of one scan by the constants of our machine. */
function assumedSeconds(q: QuerySample): number {
  const flags = { n: String(q.rows), dims: String(q.dimensions), engine: 'sqlite-vec', ram: '1TiB' };
  return sqliteVec.plan(completeWorkload(draftFrom(flags, 'flag', (id) => id))).query.p50?.value ?? Number.NaN;
}

export function fitFlatScans(
  series: CalibrationSeries,
  about: { readonly measuredAt: string; readonly host: string | null },
): CalibrationFit {
  const scans = series.queries.filter((q) => q.index === 'flat').sort((a, b) => a.rows - b.rows);
  const largest = scans.at(-1);
  const head = { engine: 'sqlite-vec', server: series.server, ...about } as const;
  if (largest === undefined) {
    return {
      calibration: { ...head, dimensions: 1, referenceRows: 1, constants: {} },
      samples: [],
      notes: ['sqlite-vec: not one table could be searched in the time given; give it more with --budget'],
    };
  }
  const speeds = scans.map((q) => q.p50Seconds / assumedSeconds(q));
  const speed = speeds.at(-1) as number;
  const constants: EngineCalibration['constants'] = {
    'flat-scan': {
      value: speed,
      low: Math.min(...speeds, speed * (1 - LEAST_ERROR)),
      high: Math.max(...speeds, speed * (1 + LEAST_ERROR)),
    },
    ...p99Factor(scans),
  };
  return {
    calibration: { ...head, dimensions: largest.dimensions, referenceRows: largest.rows, constants },
    samples: scans.map((sample) => ({
      of: 'search',
      sample,
      measuredSeconds: sample.p50Seconds,
      fittedSeconds: speed * assumedSeconds(sample),
    })),
    notes: scans.length < 2 ? [`sqlite-vec: one table alone, of ${formatCount(largest.rows)} rows, was searched`] : [],
  };
}

function p99Factor(scans: readonly QuerySample[]): EngineCalibration['constants'] {
  const factors = scans.filter((q) => q.searches >= LEAST_FOR_P99).map((q) => Math.max(1, q.p99Seconds / q.p50Seconds));
  const value = factors.at(-1);
  return value === undefined
    ? {}
    : {
        'p99-factor': {
          value,
          low: Math.max(1, Math.min(...factors, value * (1 - P99_ERROR))),
          high: Math.max(...factors, value * (1 + P99_ERROR)),
        },
      };
}
