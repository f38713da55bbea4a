/** A sample as the workload that it was, and what the plan of an estimate says of it. */
import type { BuildSample, QuerySample } from '../store/index.ts';
import {
  completeWorkload,
  draftFrom,
  type EngineCalibration,
  type IndexKind,
  type Workload,
} from '../workload/index.ts';
import type { FittedSample } from './fitted-series.ts';
import { planPgvector } from './pgvector.ts';

/** Of builds of one size the one in the middle, by CPU time where it is known. */
export function medianBuilds(builds: readonly BuildSample[]): BuildSample[] {
  return [...new Set(builds.map((b) => b.rows))].map((rows) => {
    const same = builds.filter((b) => b.rows === rows).sort((a, b) => secondsOf(a) - secondsOf(b));
    return same[Math.floor((same.length - 1) / 2)] as BuildSample;
  });
}

export const secondsOf = (b: BuildSample): number => b.cpuSeconds ?? b.wallSeconds;

/** The workload of a sample on one core, with the memory that its build had: more than it needed. */
export function workloadOf(
  s: BuildSample | QuerySample,
  index: IndexKind,
  calibration: EngineCalibration | undefined,
): Workload {
  const flags: Record<string, string> = {
    n: String(s.rows),
    dims: String(s.dimensions),
    engine: 'pgvector',
    index,
    cores: '1',
    ram: '1TiB',
    ...(s.m === null ? {} : { m: String(s.m) }),
    ...(s.efConstruction === null ? {} : { 'ef-construction': String(s.efConstruction) }),
    ...(s.lists === null ? {} : { lists: String(s.lists) }),
    // A row of the series is an id and its vector: no text pushes the vector into TOAST.
    'text-bytes': '0',
    'metadata-bytes': '0',
    ...('efSearch' in s && s.efSearch !== null ? { 'ef-search': String(s.efSearch) } : {}),
    // pgvector probes no more lists than there are, whatever was asked for.
    ...('probes' in s && s.probes !== null ? { probes: String(Math.min(s.probes, s.lists ?? s.probes)) } : {}),
  };
  const workload = completeWorkload(draftFrom(flags, 'flag', (id) => id));
  return calibration === undefined
    ? workload
    : { ...workload, calibration: { file: 'this series', engines: [calibration] } };
}

export function fittedSamples(
  calibration: EngineCalibration,
  builds: readonly BuildSample[],
  warm: readonly QuerySample[],
): FittedSample[] {
  const plan = (s: BuildSample | QuerySample): ReturnType<typeof planPgvector> =>
    planPgvector('hnsw', workloadOf(s, 'hnsw', calibration));
  return [
    ...builds.map(
      (sample): FittedSample => ({
        of: 'build',
        sample,
        measuredSeconds: secondsOf(sample),
        fittedSeconds: plan(sample).build.seconds?.value ?? Number.NaN,
      }),
    ),
    ...warm.map(
      (sample): FittedSample => ({
        of: 'search',
        sample,
        measuredSeconds: sample.p50Seconds,
        fittedSeconds: plan(sample).query.p50?.value ?? Number.NaN,
      }),
    ),
  ];
}
