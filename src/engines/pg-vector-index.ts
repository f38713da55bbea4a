/** The vector index of a PostgreSQL store: which layout, its build, its query. */

import { DEFAULT_HNSW_BUILD, type HnswBuildKind, hnswSpillRow } from '../layouts/hnsw-build-memory.ts';
import type { Cliff, LayoutSize } from '../layouts/layout.ts';
import { pgvectorHnsw } from '../layouts/pgvector-hnsw.ts';
import { ivfflatBuildMemory, pgvectorIvfflat } from '../layouts/pgvector-ivfflat.ts';
import type { VectorShape, VectorType } from '../layouts/pgvector-value.ts';
import {
  derive,
  formatBytes,
  formatCount,
  leaf,
  oncePer,
  type Quantity,
  stated,
  toPostgresSize,
} from '../quantity/index.ts';
import type { IndexKind, Scalar, Workload } from '../workload/index.ts';
import type { BuildPlan, QueryPlan } from './engine.ts';
import { parallelSpeedup, relativeTupleCost, SCAN_SPEED, SPILL_FACTOR, visitedTuples } from './hnsw-work.ts';
import { ivfflatBuildSeconds, ivfflatScanSeconds, listsOf, probesOf } from './ivf-work.ts';
import { buildTuple, hnswSearchSeconds, p99Factor, serialShare, speedOf } from './pgvector-time.ts';
import { madeOnce } from './planned-once.ts';

/** pgvector's name of a scalar. */
export function pgType(scalar: Scalar): VectorType {
  return scalar === 'float32' ? 'vector' : (scalar as VectorType);
}

/** As a layout counts them, the very same for all plans: what an element takes is known by it. */
export const nonZeroCount: (nonzeros: Quantity<'dimensions'>) => Quantity<'count'> = oncePer(
  (nonzeros) => ({ ...nonzeros, unit: 'count' }),
  new WeakMap(),
);

/** The indexed value's shape: the expression index's type where there is one. */
export function indexShape(w: Workload): VectorShape {
  return { dims: w.dimensions, type: pgType(w.indexScalar), nonZeros: nonZeroCount(w.nonzeros) };
}

/** Size of the vector index; undefined for `flat`, which has none. */
export function vectorIndexSize(index: IndexKind, w: Workload): LayoutSize | undefined {
  if (index === 'flat') return undefined;
  if (index === 'ivfflat') return pgvectorIvfflat.size({ ...indexShape(w), rows: w.memories, lists: listsOf(w) });
  return pgvectorHnsw.size({
    ...indexShape(w),
    rows: w.memories,
    m: w.m,
    duplicateRate: w.duplicateRate,
    build: buildKind(w),
  });
}

export function vectorIndexCliffs(index: IndexKind, w: Workload): readonly Cliff[] {
  if (index === 'flat') return [];
  if (index === 'ivfflat') return pgvectorIvfflat.cliffs({ ...indexShape(w), rows: w.memories, lists: listsOf(w) });
  return pgvectorHnsw.cliffs({ ...indexShape(w), rows: w.memories, m: w.m });
}

function buildKind(w: Workload): HnswBuildKind {
  return w.cores.value > 1 ? DEFAULT_HNSW_BUILD : { ...DEFAULT_HNSW_BUILD, mode: 'serial' };
}

/** PostgreSQL's own default of maintenance_work_mem. */
const STOCK_MEMORY: Quantity<'B'> = stated(
  'stock maintenance_work_mem',
  64 * 2 ** 20,
  'B',
  'exact',
  'PostgreSQL default, 64 MB',
);

/** A build may take half of the machine: the old index stays in use beside it. */
const BUILD_SHARE: Quantity<'ratio'> = stated(
  'share of RAM a build may take',
  0.5,
  'ratio',
  'assumed',
  'default: half of the machine, the live index keeps the rest',
);

/** MiB that `maintenance_work_mem` is rounded up to, so that the statement reads well. */
const MEMORY_STEP = 64 * 2 ** 20;

/** Build of the vector index over the rows of one machine. */
export function buildPlan(index: IndexKind, w: Workload, size: LayoutSize | undefined): BuildPlan {
  if (size === undefined) return { spills: false, settings: [], note: 'an exact scan builds nothing' };
  return index === 'ivfflat' ? ivfflatBuild(w) : hnswBuild(w, size);
}

function planned(w: Workload, needed: Quantity<'B'>): Quantity<'B'> {
  if (w.buildMemory !== undefined) return w.buildMemory;
  return derive('maintenance_work_mem planned', 'B', 'min(ceil(need / step) * step, ram * share)', {
    need: needed,
    step: leaf('step', MEMORY_STEP, 'B'),
    ram: w.ram,
    share: BUILD_SHARE,
  });
}

/** What the rows have no part in: the same at every row count that is planned. */
const tupleCost = () =>
  madeOnce(['dimensions', 'indexScalar', 'nonzeros', 'm'], (w) =>
    relativeTupleCost({ dimensions: w.dimensions, scalar: w.indexScalar, nonzeros: w.nonzeros, m: w.m }),
  );
/** One leader and its workers; PostgreSQL grants workers up to the cores. */
const speedup = () => madeOnce(['cores', 'calibration'], (w) => parallelSpeedup(w.cores, serialShare(w)));
/** A build and an insertion each have their own, as each stands in full in an explanation of both. */
const building = { tupleCost: tupleCost(), speedup: speedup() };
const inserting = { tupleCost: tupleCost(), speedup: speedup() };

function hnswBuild(w: Workload, size: LayoutSize): BuildPlan {
  const memory = size.building as Quantity<'B'>;
  const memoryPlanned = planned(w, memory);
  const value = size.parts['valueBytes'] as Quantity<'B'>;
  const kind = buildKind(w);
  const spillsAtRows = hnswSpillRow(memoryPlanned, value, w.m, kind);
  const spills = spillsAtRows.value < w.memories.value;
  // A guess that plays no part must not weaken a measured time.
  const fits = w.calibration !== undefined && spillsAtRows.low >= w.memories.high;
  const seconds = derive(
    'HNSW build',
    's',
    fits
      ? 'N * visited * tuple / 1e6 * relative / speedup'
      : 'N * visited * tuple / 1e6 * relative * (1 + max(0, 1 - fit / N) * (spill - 1)) / speedup',
    {
      N: w.memories,
      visited: visitedTuples(w.memories, w.m, w.efConstruction),
      tuple: buildTuple(w),
      relative: building.tupleCost(w),
      ...(fits ? {} : { fit: spillsAtRows, spill: SPILL_FACTOR }),
      speedup: building.speedup(w),
    },
    { source: 'visited tuples (pgvector src/hnsw.c) × time a tuple; Amdahl; slower after the spill' },
  );
  return {
    seconds,
    memory,
    memoryPlanned,
    spillsAtRows,
    // What is pasted, and what happens without it: a report's, not asked of a plan that is only tried.
    get stockSpillsAtRows() {
      return hnswSpillRow(STOCK_MEMORY, value, w.m, kind);
    },
    spills,
    workers: w.cores,
    get settings() {
      return hnswSettings(w, memoryPlanned);
    },
  };
}

/** Rows whose graph fits the most memory a build may have: more of them spill. */
export function mostRowsInMemory(w: Workload, size: LayoutSize): number {
  const most = w.buildMemory ?? leaf('half of the machine', w.ram.value * BUILD_SHARE.value, 'B');
  return hnswSpillRow(most, size.parts['valueBytes'] as Quantity<'B'>, w.m, buildKind(w)).value;
}

function hnswSettings(w: Workload, memory: Quantity<'B'>): string[] {
  const workers = Math.max(0, w.cores.value - 1);
  const shm = toPostgresSize(memory.value).replace('MB', 'm').replace('GB', 'g');
  return [
    `SET maintenance_work_mem = '${toPostgresSize(memory.value)}';`,
    `SET max_parallel_maintenance_workers = ${workers};`,
    ...(workers > 8
      ? [`-- max_parallel_workers and max_worker_processes must be at least ${workers} too (defaults: 8)`]
      : []),
    `CREATE INDEX CONCURRENTLY ON memories USING hnsw (${indexExpression(w)}) WITH (m = ${w.m.value}, ef_construction = ${w.efConstruction.value});`,
    ...(workers > 0
      ? [`-- in a container: --shm-size=${shm} or more, or the parallel build fails to resize shared memory`]
      : []),
  ];
}

function indexExpression(w: Workload): string {
  const type = pgType(w.indexScalar);
  const column =
    w.indexScalar === w.scalar
      ? 'embedding'
      : type === 'bit'
        ? `(binary_quantize(embedding)::bit(${w.dimensions.value}))`
        : `(embedding::${type}(${w.dimensions.value}))`;
  return `${column} ${type === 'bit' ? 'bit_hamming_ops' : `${type}_cosine_ops`}`;
}

function ivfflatBuild(w: Workload): BuildPlan {
  const lists = listsOf(w);
  const memory = ivfflatBuildMemory({ ...indexShape(w), rows: w.memories, lists });
  const memoryPlanned = planned(w, memory);
  const short = memoryPlanned.value < memory.value;
  return {
    seconds: ivfflatBuildSeconds(w),
    memory,
    memoryPlanned,
    spills: false,
    workers: w.cores,
    settings: [
      `SET maintenance_work_mem = '${toPostgresSize(memoryPlanned.value)}';`,
      `SET max_parallel_maintenance_workers = ${Math.max(0, w.cores.value - 1)};`,
      `CREATE INDEX CONCURRENTLY ON memories USING ivfflat (${indexExpression(w)}) WITH (lists = ${lists.value});`,
    ],
    ...(short
      ? {
          error: `the build aborts: k-means needs ${formatBytes(memory.value)} and maintenance_work_mem would be ${formatBytes(memoryPlanned.value)}; IVFFlat does not spill, so ${memory.value < w.ram.value ? 'raise --build-memory or ' : ''}take fewer lists`,
        }
      : {}),
    note: 'build it after the table is filled: the lists are learnt from the rows that are there',
  };
}

/** One search over the rows of one machine, everything it touches in RAM. */
/** @param vectorsOut share of the rows whose vector is in TOAST */
export function queryInRam(index: IndexKind, w: Workload, vectorsOut: Quantity<'ratio'>): QueryPlan {
  if (index === 'ivfflat') {
    const p50 = ivfflatScanSeconds(w);
    return {
      p50,
      p99: p99Of(p50, w),
      work: probesOf(w),
      note: `${formatCount(probesOf(w).value)} probes of ${formatCount(listsOf(w).value)} lists`,
    };
  }
  if (index === 'flat') {
    const p50 = exactScanSeconds(w, vectorsOut);
    return { p50, p99: p99Of(p50, w), work: w.memories, note: 'an exact scan reads every row: recall is 1' };
  }
  const work = visitedTuples(w.memories, w.m, w.efSearch);
  const p50 = hnswSearchSeconds(w, work);
  return { p50, p99: p99Of(p50, w), work, efSearch: w.efSearch };
}

function p99Of(p50: Quantity<'s'>, w: Workload): Quantity<'s'> {
  return derive('search, p99', 's', 'p50 * factor', { p50, factor: p99Factor(w) });
}

const SCANS = 'exact scans of 100k rows, PostgreSQL 15.20, pgvector 0.8.6, two shared cores';

/**
 * A sequential scan with a distance per row: 42.6 ms for 100k × 384 inline, 426 ms for 100k × 1,536 out of line (PostgreSQL 15,
 * pgvector 0.8.6, warm). Fetching a value from TOAST costs more than its distance.
 */
function exactScanSeconds(w: Workload, vectorsOut: Quantity<'ratio'>): Quantity<'s'> {
  return derive('exact scan, p50', 's', 'N * (inline + out * (toast - inline) + d * perDim) / 1e6 * speed', {
    N: w.memories,
    inline: stated('time per row, vector inline', 0.12, 'us', 'measured', SCANS),
    toast: stated('time per row, vector in TOAST', 3, 'us', 'measured', SCANS),
    out: vectorsOut,
    d: w.dimensions,
    perDim: leaf('time per dimension', 0.0008, 'us', { basis: 'measured', source: 'the same scans' }),
    speed: speedOf(w, 'flat-scan', SCAN_SPEED),
  });
}

/**
 * Rows a second that one machine inserts with the HNSW index kept: 1.2 ms a row at 384 × m 16 (one connection), five times the
 * time per row of a build; connections help up to the cores, with the same serial share as a build.
 */
export function insertRate(w: Workload): Quantity<'rows/s'> {
  return derive('inserts a second, one machine', 'rows/s', 'speedup * 1e6 / (visited * tuple * relative * slower)', {
    speedup: inserting.speedup(w),
    visited: visitedTuples(w.memories, w.m, w.efConstruction),
    tuple: buildTuple(w),
    relative: inserting.tupleCost(w),
    slower: leaf('single insert over a row of a build', 5, 'ratio', {
      low: 3,
      high: 10,
      basis: 'assumed',
      source: '1.2 ms against 0.24 ms measured at 384 × m 16',
    }),
  });
}
