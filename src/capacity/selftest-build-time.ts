/**
 * HNSW build time against measured CPU seconds, after one constant is fitted: the machine's time per visited tuple.
 * What is tested is the shape of engines/hnsw-work.ts over rows, dimensions, types, m and ef_construction.
 */
import { serialBuildSeconds } from '../engines/hnsw-work.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Scalar } from '../workload/index.ts';
import { compared, type Prediction } from './selftest-predictions.ts';
import { extraNumber, type MeasuredRow } from './selftest-rows.ts';
import { hnswParameters, spilledAfter } from './selftest-rows-postgres.ts';

const ONE_MICROSECOND: Quantity<'us'> = leaf('time per visited tuple', 1, 'us');

interface Build {
  readonly row: MeasuredRow;
  readonly cpuSeconds: number;
  /** Seconds at one microsecond a visited tuple. */
  readonly work: Quantity<'s'>;
}

export interface BuildTimes {
  /** Fitted to all of them; undefined where there is no build to fit. */
  readonly tuple: Quantity<'us'> | undefined;
  readonly predictions: readonly Prediction[];
}

/** Builds in one process that stayed in memory and whose CPU time was taken (pgvector on a native server). */
export function predictBuildTimes(rows: readonly MeasuredRow[]): BuildTimes {
  const builds = rows.flatMap((row) => build(row) ?? []);
  if (builds.length === 0) return { tuple: undefined, predictions: [] };
  const speeds = builds.map((b) => b.cpuSeconds / b.work.value).sort((a, b) => a - b);
  const tuple = leaf('time per visited tuple', medianOf(speeds), 'us', {
    low: speeds[0] as number,
    high: speeds.at(-1) as number,
    basis: 'measured',
    source: 'median of the measured builds',
  });
  const predictions = builds.map(({ row, cpuSeconds, work }): Prediction => {
    const predicted = derive('HNSW build, CPU time', 's', 'work * c', { work, c: tuple });
    return compared(row, 'hnsw-build-time', predicted, cpuSeconds);
  });
  return { tuple, predictions };
}

const SCALARS: Readonly<Record<string, Scalar>> = {
  vector: 'float32',
  halfvec: 'halfvec',
  bit: 'bit',
};

function build(row: MeasuredRow): Build | undefined {
  const cpuSeconds = extraNumber(row, 'cpu_s');
  const scalar = SCALARS[row.type];
  const inMemory = row.extra['par'] === 0 && spilledAfter(row) === undefined;
  if (row.object !== 'hnsw_index' || !inMemory || scalar === undefined) return undefined;
  if (cpuSeconds === undefined || cpuSeconds === 0 || row.efConstruction === 0) return undefined;
  const { rows, dims, m } = hnswParameters(row);
  const work = serialBuildSeconds(
    { n: rows, dimensions: dims, scalar, nonzeros: leaf('non-zero elements', 0, 'dimensions'), m },
    leaf('ef_construction', row.efConstruction, 'count'),
    ONE_MICROSECOND,
  );
  return { row, cpuSeconds, work };
}

/** Of numbers already in order. */
export function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
