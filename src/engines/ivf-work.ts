/**
 * IVF build and query time: k-means and the assignment of every row are lists × dimensions multiplications a row.
 * Constants from builds of 100k × 384 with 100 and 316 lists (pgvector 0.8.6, fixtures/measurements/postgres.csv); Katz
 * (2024-04-30) needed 3.5 times as long with the slower distance code of 0.4.1.
 */
import { derive, leaf, type Quantity, stated } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { speedOf } from './pgvector-time.ts';

/** pgvector's README: rows / 1,000 up to a million rows, the square root above. */
export function listsOf(w: Workload): Quantity<'count'> {
  if (w.lists !== undefined) return w.lists;
  return derive(
    'lists',
    'count',
    'min(32_768, max(1, min(ceil(N / 1000), max(ceil(sqrt(N)), 1000))))',
    { N: w.memories },
    {
      source: 'pgvector README: rows / 1,000 up to 1M rows, sqrt(rows) above',
    },
  );
}

/** pgvector's README: the square root of lists. */
export function probesOf(w: Workload): Quantity<'count'> {
  if (w.probes !== undefined) return w.probes;
  return derive(
    'probes',
    'count',
    'max(1, ceil(sqrt(lists)))',
    { lists: listsOf(w) },
    { source: 'pgvector README: sqrt(lists)' },
  );
}

export const IVF_SPEED: Quantity<'ratio'> = stated(
  'speed of this machine against ours',
  1,
  'ratio',
  'assumed',
  'spread of published machines and versions',
  0.5,
  4,
);

const ROW_US = 4.5;
const MULTIPLY_US = 8.7e-5;

export function ivfflatBuildSeconds(w: Workload): Quantity<'s'> {
  return derive('IVFFlat build', 's', 'N * (row + lists * d * multiply) / 1e6 * speed', {
    N: w.memories,
    row: leaf('time per row', ROW_US, 'us', { basis: 'measured', source: 'builds of 100k × 384' }),
    lists: listsOf(w),
    d: w.dimensions,
    multiply: leaf('time per multiplication', MULTIPLY_US, 'us', {
      basis: 'measured',
      source: 'builds of 100k × 384 with 100 and 316 lists',
    }),
    speed: speedOf(w, 'ivfflat-build', IVF_SPEED),
  });
}

/** The lists' centroids, then every row of the probed lists. */
export function ivfflatScanSeconds(w: Workload): Quantity<'s'> {
  return derive('IVFFlat search, p50', 's', '(lists + N * min(1, probes / lists)) * (0.2 + d * perDim) / 1e6 * speed', {
    N: w.memories,
    lists: listsOf(w),
    probes: probesOf(w),
    d: w.dimensions,
    perDim: leaf('time per dimension', 0.0008, 'us', { basis: 'measured', source: 'exact scans of 100k rows' }),
    speed: speedOf(w, 'ivfflat-scan', IVF_SPEED),
  });
}

/** How build and search grow with the rows: lists and probes follow them unless they were given. */
export function ivfGrowth(w: Workload): { build(rows: number): number; p99(rows: number): number } {
  const listsAt = (rows: number): number =>
    w.lists?.value ??
    Math.min(32_768, Math.max(1, Math.min(Math.ceil(rows / 1000), Math.max(Math.ceil(Math.sqrt(rows)), 1000))));
  const build = (rows: number): number => rows * (ROW_US + listsAt(rows) * w.dimensions.value * MULTIPLY_US);
  const scan = (rows: number): number => {
    const lists = listsAt(rows);
    const probes = w.probes?.value ?? Math.max(1, Math.ceil(Math.sqrt(lists)));
    return lists + rows * Math.min(1, probes / lists);
  };
  const n = w.memories.value;
  return { build: (rows) => build(rows) / build(n), p99: (rows) => scan(rows) / scan(n) };
}
