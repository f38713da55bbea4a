/** Time of pgvector's builds and searches: the published constants, or those that were measured on this host. */
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { atRows, calibrated, calibrationOf, rowsFactor } from './calibrated.ts';
import {
  BUILD_TUPLE_SECONDS,
  HNSW_SERIAL_SHARE,
  P99_FACTOR,
  relativeSearchCost,
  searchTupleTime,
  visitedCount,
} from './hnsw-work.ts';

/**
 * A constant measured at one width or type and used at another rests on the shape of the model: what that is off by is what the
 * bar of the self-test allows it on real builds (docs/accuracy.md, HNSW build CPU time).
 */
const SHAPE_ERROR = 0.25;

const otherShape = (w: Workload, measuredDimensions: number): boolean =>
  w.dimensions.value !== measuredDimensions || w.indexScalar !== 'float32';

/** Time per visited tuple while building, at 1,536 float32 dimensions and m 16. */
export function buildTuple(w: Workload): Quantity<'us'> {
  const known = calibrationOf(w, 'pgvector');
  if (known?.constants['build-tuple'] === undefined) return BUILD_TUPLE_SECONDS;
  const grown = atRows(w, 'build', calibrated(w, 'pgvector', 'build-tuple', BUILD_TUPLE_SECONDS));
  return otherShape(w, known.dimensions) ? shaped(grown, known.dimensions) : grown;
}

function shaped(tuple: Quantity<'us'>, dimensions: number): Quantity<'us'> {
  return derive(
    tuple.name,
    'us',
    'tuple',
    { tuple },
    {
      error: SHAPE_ERROR,
      source: `measured at ${dimensions} float32 dimensions: the shape of the model is held to ${SHAPE_ERROR * 100} % on real builds`,
    },
  );
}

/** Share of a parallel build that stays serial. */
export function serialShare(w: Pick<Workload, 'calibration'>): Quantity<'ratio'> {
  return calibrated(w, 'pgvector', 'serial-share', HNSW_SERIAL_SHARE);
}

export function p99Factor(w: Workload): Quantity<'ratio'> {
  return calibrated(w, 'pgvector', 'p99-factor', P99_FACTOR);
}

/** One HNSW search with everything it touches in memory. */
export function hnswSearchSeconds(w: Workload, visited: Quantity<'count'>): Quantity<'s'> {
  const tuple = searchTuple(w);
  const fixed = fixedTime(w);
  return fixed === undefined
    ? derive('HNSW search, p50', 's', 'visited * tuple / 1e6', { visited, tuple })
    : derive('HNSW search, p50', 's', '(fixed + visited * tuple) / 1e6', { fixed, visited, tuple });
}

function searchTuple(w: Workload): Quantity<'us'> {
  const known = calibrationOf(w, 'pgvector');
  const assumed = searchTupleTime(w.indexScalar, w.dimensions, w.nonzeros);
  if (known?.constants['search-tuple'] === undefined) return assumed;
  const grown = atRows(w, 'search', calibrated(w, 'pgvector', 'search-tuple', assumed));
  if (!otherShape(w, known.dimensions)) return grown;
  return derive(
    'time per visited tuple, at these dimensions',
    'us',
    'tuple * here / measured',
    {
      tuple: grown,
      here: relativeSearchCost(w.indexScalar, w.dimensions, w.nonzeros),
      measured: relativeSearchCost('float32', leaf('dimensions measured', known.dimensions, 'dimensions'), w.nonzeros),
    },
    { error: SHAPE_ERROR },
  );
}

const NOTHING: Quantity<'us'> = leaf('cost of a statement that visits nothing', 0, 'us');

/** Undefined where nothing was measured: it is part of the published time per tuple then. */
function fixedTime(w: Workload): Quantity<'us'> | undefined {
  const fixed = calibrated(w, 'pgvector', 'search-fixed', NOTHING);
  return fixed === NOTHING ? undefined : fixed;
}

/** What a build and a search take at another row count, in a unit of their own: for root finding, nothing spilled. */
export interface HnswTimes {
  build(rows: number): number;
  search(rows: number): number;
}

export function hnswTimes(w: Workload): HnswTimes {
  const m = w.m.value;
  const [built, searched] = [w.efConstruction.value, w.efSearch.value];
  if (w.calibration === undefined) {
    return {
      build: (rows) => rows * visitedCount(rows, m, built),
      search: (rows) => visitedCount(rows, m, searched),
    };
  }
  const buildFactor = rowsFactor(w, 'build');
  const searchFactor = rowsFactor(w, 'search');
  const fixed = fixedTime(w)?.value ?? 0;
  const tuple = searchTuple(w).value / searchFactor(w.memories.value);
  return {
    build: (rows) => rows * visitedCount(rows, m, built) * buildFactor(rows),
    search: (rows) => fixed + visitedCount(rows, m, searched) * tuple * searchFactor(rows),
  };
}

/** Speed of this host against the published ones: IVFFlat's build and scan, an exact scan. */
export function speedOf(
  w: Workload,
  id: 'ivfflat-build' | 'ivfflat-scan' | 'flat-scan',
  assumed: Quantity<'ratio'>,
): Quantity<'ratio'> {
  return calibrated(w, 'pgvector', id, assumed);
}
