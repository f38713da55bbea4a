/** What a series says of a server by a single ratio: parallel builds, IVFFlat, exact scans, the slowest of a hundred. */
import { formatCount, formatDecimal, formatPercent } from '../quantity/index.ts';
import type { BuildSample, CalibrationSeries, QuerySample } from '../store/index.ts';
import type { CalibratedConstant, CalibratedId, IndexKind } from '../workload/index.ts';
import { secondsOf, workloadOf } from './calibration-fit-samples.ts';
import { HNSW_SERIAL_SHARE } from './hnsw-work.ts';
import { planPgvector } from './pgvector.ts';

export interface FittedRatios {
  readonly constants: Partial<Record<CalibratedId, CalibratedConstant>>;
  readonly notes: readonly string[];
}

/** A build with workers that is not faster by this was made beside others on the same cores. */
const LEAST_SPEEDUP = 1.15;
const SPEEDUP_ERROR = 0.1;
/** A build waits for nothing: less of its time on a core than this, and others had the core. */
const LEAST_ON_CORE = 0.9;
/** One sample each, of another kind than most of the series. */
const RATIO_ERROR = 0.25;
/** Fewer searches have no 99th percentile. */
const LEAST_FOR_P99 = 100;
/** On a quiet host it is 1.2 to 2.5; beyond this, searches waited for a core. */
const BUSY_P99 = 5;

/**
 * Amdahl turned round, by the clock: p processes, S times as fast, leave (p / S - 1) / (p - 1) that is serial. Neighbours on the
 * cores look like a serial share, so the quickest of each kind counts, and none is taken where the quickest had to wait.
 */
export function serialShare(series: CalibrationSeries): FittedRatios {
  const hnsw = series.builds.filter((b) => b.index === 'hnsw');
  const last = hnsw.findLast((b) => b.workers > 0);
  if (last === undefined) return { constants: {}, notes: [] };
  const quickest = (workers: number): BuildSample | undefined =>
    hnsw.filter((b) => b.workers === workers && b.rows === last.rows).sort((a, b) => a.wallSeconds - b.wallSeconds)[0];
  const [alone, parallel] = [quickest(0), quickest(last.workers)];
  if (alone === undefined || parallel === undefined) return { constants: {}, notes: [] };
  const onCore = alone.cpuSeconds === null ? 1 : alone.cpuSeconds / alone.wallSeconds;
  if (onCore < LEAST_ON_CORE) {
    const note = `pgvector: a build had a core for ${formatPercent(onCore)} of its time: the host was busy with others; the serial share stays assumed`;
    return { constants: {}, notes: [note] };
  }
  const speedup = alone.wallSeconds / parallel.wallSeconds;
  if (speedup < LEAST_SPEEDUP) {
    const crew = `${formatCount(last.workers)} worker${last.workers === 1 ? '' : 's'}`;
    const note = `pgvector: a build with ${crew} took ${formatPercent(1 / speedup)} of the time of one without, as if the cores were busy with others; the serial share stays assumed`;
    return { constants: {}, notes: [note] };
  }
  const processes = last.workers + 1;
  const share = (s: number): number => Math.min(1, Math.max(0, (processes / s - 1) / (processes - 1)));
  // A few workers do not wait for each other as many do: never less than builds with 8 to 64 have shown, and perhaps as much.
  const value = Math.max(share(speedup), HNSW_SERIAL_SHARE.low);
  return {
    constants: {
      'serial-share': {
        value,
        low: Math.min(HNSW_SERIAL_SHARE.low, share(speedup * (1 + SPEEDUP_ERROR))),
        high: Math.max(share(speedup * (1 - SPEEDUP_ERROR)), HNSW_SERIAL_SHARE.value),
      },
    },
    notes: [],
  };
}

/** IVFFlat and exact scans against what our machine's constants say. */
export function speedRatios(series: CalibrationSeries): FittedRatios['constants'] {
  const ratio = (measured: number | undefined, assumed: number | undefined): CalibratedConstant | undefined => {
    const value = measured === undefined || assumed === undefined ? Number.NaN : measured / assumed;
    return value > 0 && Number.isFinite(value)
      ? { value, low: value * (1 - RATIO_ERROR), high: value * (1 + RATIO_ERROR) }
      : undefined;
  };
  const built = series.builds.findLast((b) => b.index === 'ivfflat');
  const probed = series.queries.findLast((q) => q.index === 'ivfflat');
  const exact = series.queries.findLast((q) => q.index === 'flat');
  const plan = (s: BuildSample | QuerySample, index: IndexKind): ReturnType<typeof planPgvector> =>
    planPgvector(index, workloadOf(s, index, undefined));
  const found = {
    'ivfflat-build': built && ratio(secondsOf(built), plan(built, 'ivfflat').build.seconds?.value),
    'ivfflat-scan': probed && ratio(probed.p50Seconds, plan(probed, 'ivfflat').query.p50?.value),
    'flat-scan': exact && ratio(exact.p50Seconds, plan(exact, 'flat').query.p50?.value),
  };
  return Object.fromEntries(Object.entries(found).filter(([, c]) => c !== undefined)) as FittedRatios['constants'];
}

/** The quieter half of the samples counts: a neighbour that takes a core for a moment makes the slowest of a hundred, and no search. */
export function p99Factor(warm: readonly QuerySample[]): FittedRatios {
  const factors = warm
    .filter((q) => q.searches >= LEAST_FOR_P99)
    .map((q) => Math.max(1, q.p99Seconds / q.p50Seconds))
    .sort((a, b) => a - b);
  const value = factors[Math.floor((factors.length - 1) / 4)];
  if (value === undefined) return { constants: {}, notes: [] };
  if (value > BUSY_P99) {
    const note = `pgvector: one search in a hundred took ${formatDecimal(value, 2)} times the median: the host was busy with others; p99 stays assumed`;
    return { constants: {}, notes: [note] };
  }
  return {
    constants: { 'p99-factor': { value, low: factors[0] as number, high: factors.at(-1) as number } },
    notes: [],
  };
}
