/**
 * HNSW build and query time from the tuples visited.
 *
 * visited(N, m, ef) is the estimate that pgvector's own planner uses (src/hnsw.c, hnswcostestimate, 0.8.x): the walk
 * down the upper levels plus a scan of layer 0 that grows with ef and with ln N / ln m, not with log2 N × ef.
 *
 * The cost of one visited tuple is the machine's: a line in the dimensions, steeper where m is large (neighbour
 * selection compares candidates with each other). The shape was fitted to 31 builds of 1,000 to 80,000 vectors
 * (96 to 3,072 dimensions, m 8 to 64, ef_construction 32 to 200; fixtures/measurements/postgres.csv); the scale is one
 * constant, and until it is calibrated on the machine its interval spans the published ones.
 */
import { derive, leaf, type Quantity, stated } from '../quantity/index.ts';
import type { Scalar } from '../workload/index.ts';

export interface TupleShape {
  readonly dimensions: Quantity<'dimensions'>;
  readonly scalar: Scalar;
  readonly nonzeros: Quantity<'dimensions'>;
  readonly m: Quantity<'count'>;
}

export interface HnswWork extends TupleShape {
  readonly n: Quantity<'rows'>;
}

const VISITED_SOURCE = 'pgvector src/hnsw.c, hnswcostestimate (0.8.x)';

/** ln of fewer than 2 rows would stop the walk; a single element is visited once. */
const VISITED = 'm * floor(ln(max(N, 2)) / ln(m)) + 2 * m * ef * min(1, 0.55 * ln(max(N, 2)) / (ln(m) * (1 + ln(ef))))';

/** Tuples visited by one search (or one insertion) with candidate list `ef`. */
export function visitedTuples(n: Quantity<'rows'>, m: Quantity<'count'>, ef: Quantity<'count'>): Quantity<'count'> {
  return derive('tuples visited', 'count', VISITED, { N: n, m, ef }, { source: VISITED_SOURCE });
}

/** The same without a Quantity, for root finding. */
export function visitedCount(n: number, m: number, ef: number): number {
  const lnN = Math.log(Math.max(n, 2));
  return (
    m * Math.floor(lnN / Math.log(m)) + 2 * m * ef * Math.min(1, (0.55 * lnN) / (Math.log(m) * (1 + Math.log(ef))))
  );
}

const FIT_SOURCE = 'fitted to measured builds, fixtures/measurements/postgres.csv';

/**
 * Cost of a distance relative to a float32 one of the same dimensions: `fixed + perDim × d`, in float32 dimensions.
 * halfvec is dearer a dimension where the CPU converts in software; bit compares words; sparsevec merges index lists.
 */
const DISTANCE_COST: Readonly<Record<Scalar, string>> = {
  float32: 'd',
  int8: 'd',
  halfvec: '1.3 * d',
  bit: '0.09 * d',
  sparsevec: '19 * k + 0.9 * k * k',
};

/** Fixed cost of visiting a tuple (buffer, lock, hash of visited), in float32 dimensions' worth of distance. */
const VISIT_OVERHEAD: Quantity<'dimensions'> = stated(
  'fixed cost of a visit, in dimensions',
  440,
  'dimensions',
  'exact',
  FIT_SOURCE,
);

/** Reference point of the relative cost: 1,536 float32 dimensions and m = 16 cost 1. */
export function relativeTupleCost(w: TupleShape): Quantity<'ratio'> {
  return derive(
    'cost of a visited tuple, relative to 1,536 float32 dimensions at m 16',
    'ratio',
    `(overhead + ${DISTANCE_COST[w.scalar]}) / (overhead + 1536) * (20 + m) / 36`,
    {
      overhead: VISIT_OVERHEAD,
      d: w.dimensions,
      k: w.nonzeros,
      m: w.m,
    },
    { source: FIT_SOURCE },
  );
}

/**
 * Seconds per visited tuple while building in memory, 1,536 float32 dimensions, m 16, one process.
 * 0.63-0.70 µs on two shared cores (our fixtures), 0.84-0.91 µs at 1M rows on a 16-core cloud machine (Supabase,
 * 2024-01-30, pgvector 0.6.0); older and slower cores reach twice that.
 */
export const BUILD_TUPLE_SECONDS: Quantity<'us'> = stated(
  'time per visited tuple while building',
  0.85,
  'us',
  'assumed',
  'published and measured builds, 0.63-0.91 µs',
  0.5,
  1.7,
);

const searchCost = (scalar: Scalar): string => `(0.7 + 0.001 * (${DISTANCE_COST[scalar]}))`;

/**
 * Time per visited tuple while searching: 2.2-2.6 µs at 1,536 dimensions (Katz 2024-04, r7gd, in RAM), 1.0 µs at 384
 * (our fixtures), hence 0.7 µs + 1 ns a dimension of float32; other scalars by the cost of their distance.
 */
export function searchTupleTime(
  scalar: Scalar,
  dimensions: Quantity<'dimensions'>,
  nonzeros: Quantity<'dimensions'>,
): Quantity<'us'> {
  const factor = leaf('speed of this machine against the published ones', 1, 'ratio', {
    low: 0.5,
    high: 2,
    basis: 'assumed',
    source: 'spread of published machines',
  });
  return derive(
    'time per visited tuple',
    'us',
    `${searchCost(scalar)} * speed`,
    { d: dimensions, k: nonzeros, speed: factor },
    {
      source: 'Katz, "The 150x pgvector speedup", 2024-04-30; fixtures/measurements/postgres.csv',
    },
  );
}

/** The same as a ratio without the machine: what one width and type costs beside another. */
export function relativeSearchCost(
  scalar: Scalar,
  dimensions: Quantity<'dimensions'>,
  nonzeros: Quantity<'dimensions'>,
): Quantity<'ratio'> {
  const inputs = scalar === 'sparsevec' ? { k: nonzeros } : { d: dimensions };
  return derive('relative cost of a visited tuple', 'ratio', searchCost(scalar), inputs);
}

/** CPU seconds of a build in one process with the graph in memory. */
export function serialBuildSeconds(
  w: HnswWork,
  efConstruction: Quantity<'count'>,
  tuple: Quantity<'us'> = BUILD_TUPLE_SECONDS,
): Quantity<'s'> {
  return derive('HNSW build, one process', 's', 'N * visited * c * relative / 1e6', {
    N: w.n,
    visited: visitedTuples(w.n, w.m, efConstruction),
    c: tuple,
    relative: relativeTupleCost(w),
  });
}

/**
 * Share of the build that stays serial (the final write-ahead log pass, lock waits). Supabase's logged builds (2024-01-30):
 * 8 workers 2.4-3.1×, 16 3.1-3.9×, 64 3.4-6.1×, which is 0.19-0.27; Katz (2024-04-30) reached far more on local NVMe.
 */
export const HNSW_SERIAL_SHARE: Quantity<'ratio'> = stated(
  'serial share of a parallel build',
  0.22,
  'ratio',
  'assumed',
  'Supabase 2024-01-30, logged builds with 8 to 64 workers; Katz 2024-04-30',
  0.05,
  0.3,
);

/** Amdahl's speed-up of `processes` (workers and leader). Dividing by cores is what real builds do not do. */
export function parallelSpeedup(
  processes: Quantity<'count'>,
  serial: Quantity<'ratio'> = HNSW_SERIAL_SHARE,
): Quantity<'ratio'> {
  return derive('parallel speed-up', 'ratio', '1 / (serial + (1 - serial) / p)', { serial, p: processes });
}

/**
 * A tuple inserted after the graph has spilled costs this much more than one in memory: 4× cached (1.0 ms against
 * 0.24 ms, our fixtures; 460 s against 114 s for 74k × 1,024, pgvector issue tracker), and far more from a cold disk.
 */
export const SPILL_FACTOR: Quantity<'ratio'> = stated(
  'slow-down of a tuple built after the spill',
  4,
  'ratio',
  'assumed',
  'measured 3-4× with everything cached; slower from disk',
  3,
  20,
);

/** p99 over the mean in published in-RAM runs: about 1.5 (Katz 2024-04-30); 2 and more on shared machines. */
export const P99_FACTOR: Quantity<'ratio'> = stated(
  'p99 over p50, in RAM',
  1.5,
  'ratio',
  'assumed',
  'Katz 2024-04-30: p99 about 1.5 × the mean; 2-4 × seen on shared cores',
  1.2,
  4,
);

/** Exact scans: what machines differ from ours by. */
export const SCAN_SPEED: Quantity<'ratio'> = stated(
  'speed of this machine against ours',
  1,
  'ratio',
  'assumed',
  'spread of machines',
  0.5,
  2,
);
