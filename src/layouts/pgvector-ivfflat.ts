/**
 * A pgvector IVFFlat index, freshly built, and the memory its k-means needs.
 *
 * Source: pgvector 0.8.6 src/ivfflat.h (IVFFLAT_LIST_SIZE, index tuple), src/ivfbuild.c (InsertTuples: each list is a
 * chain of pages of its own, so each ends in a part-filled one; CreateListPages; ComputeCenters: 50 samples per list,
 * 10,000 at least), src/ivfkmeans.c (ElkanKmeans: the sum of its arrays must fit maintenance_work_mem or the build
 * fails; there is no spill).
 */
import { derive, InputError, type Quantity, stated } from '../quantity/index.ts';
import { type Cliff, defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { align8, LINE_POINTER_BYTES, PAGE_BYTES, usableBytes } from './pg-page.ts';
import {
  checkIndexable,
  checkRows,
  dimsWithin,
  indexLimit,
  type VectorShape,
  type VectorType,
  valueBytes,
  valueBytesAt,
} from './pgvector-value.ts';

export interface IvfflatParameters extends VectorShape {
  readonly rows: Quantity<'rows'>;
  /** Clusters, 1 to 32,768; pgvector advises rows / 1000, and the square root of rows above one million. */
  readonly lists: Quantity<'count'>;
}

const SOURCE = 'pgvector 0.8.6 src/ivfflat.h, src/ivfbuild.c';
const KMEANS_SOURCE = 'pgvector 0.8.6 src/ivfkmeans.c ElkanKmeans';
const PAGE: Quantity<'B'> = stated('page', PAGE_BYTES, 'B', 'exact', 'PostgreSQL BLCKSZ');
/** Special area 8 bytes (IvfflatPageOpaqueData). */
const USABLE: Quantity<'B'> = stated('usable bytes of a page', usableBytes(8), 'B', 'exact', SOURCE);
/** IVFFLAT_MAX_LISTS. */
const MAX_LISTS = 32_768;
/** Relative half-width of the cluster sizes k-means leaves on embeddings; it only matters when a list has few pages. */
const LIST_SPREAD = 0.75;

/** IVFFlat pages for the tuples of all lists: each list a chain of its own, at least one page each. */
export function listChainPages(rows: number, lists: number, perPage: number): number {
  const meanPages = rows / lists / perPage;
  // A list of n tuples takes ceil(n / perPage) pages; list sizes are spread evenly around their mean.
  const low = meanPages * (1 - LIST_SPREAD) - 0.5 / perPage;
  const high = meanPages * (1 + LIST_SPREAD) - 0.5 / perPage;
  const mean = high - low < 1e-9 ? 1 : (ceilIntegral(high) - ceilIntegral(low)) / (high - low);
  return lists * Math.max(1, mean);
}

/** The integral of max(1, ceil(t)) from 0 to t (negative t counts single pages). */
function ceilIntegral(t: number): number {
  if (t <= 1) return t;
  const whole = Math.floor(t);
  return (whole * (whole + 1)) / 2 + (t - whole) * (whole + 1);
}

function size(p: IvfflatParameters): LayoutSize {
  check(p);
  const value = valueBytes(p);
  const tuple = derive('IVFFlat tuple', 'B', 'align8(8 + V) + 4', { V: value }, { source: SOURCE });
  const perPage = derive('tuples per page', 'count', 'floor(usable / tuple)', { usable: USABLE, tuple });
  const listPages = derive(
    'IVFFlat list pages',
    'pages',
    'ceil(L / perPage)',
    { L: p.lists, perPage },
    { source: SOURCE },
  );
  const fewest = Math.max(p.lists.value, Math.ceil(p.rows.value / perPage.value));
  const most = p.lists.value + p.rows.value / perPage.value;
  const likely = listChainPages(p.rows.value, p.lists.value, perPage.value);
  const entryPages = derive(
    'IVFFlat entry pages',
    'pages',
    'chains(N, L, perPage)',
    { N: p.rows, L: p.lists, perPage },
    {
      source: SOURCE,
      using: { chains: listChainPages },
      // How full the last page of each list is, is up to the data: half on average, three standard errors.
      error: Math.min(Math.max(likely - fewest, most - likely), 3 * Math.sqrt(p.lists.value / 12) + 1) / likely,
    },
  );
  const pages = derive(
    'IVFFlat pages',
    'pages',
    '1 + listPages + entryPages',
    { listPages, entryPages },
    { source: SOURCE },
  );
  const disk = derive('IVFFlat index', 'B', 'ceil(pages) * page', { pages, page: PAGE }, { source: SOURCE });
  const building = ivfflatBuildMemory(p);
  return { disk, resident: disk, building, parts: { valueBytes: value, tuple, perPage, listPages, entryPages, pages } };
}

/**
 * Bytes k-means asks for at once. A build with a smaller maintenance_work_mem fails with "memory required is … MB,
 * maintenance_work_mem is … MB".
 */
export function ivfflatBuildMemory(p: IvfflatParameters): Quantity<'B'> {
  const value = valueBytes(p);
  const sampled = derive(
    'sampled rows',
    'rows',
    'max(10_000, 50 * L)',
    { L: p.lists },
    { source: 'pgvector src/ivfbuild.c ComputeCenters' },
  );
  const used = derive('rows k-means works on', 'rows', 'min(N, s)', { N: p.rows, s: sampled });
  return derive(
    'IVFFlat build memory',
    'B',
    '(s + 2 * L) * align8(V) + 4 * L * d + 4 * n * L + 4 * L^2 + 8 * n + 12 * L',
    { s: sampled, n: used, L: p.lists, V: value, d: p.dims },
    { source: KMEANS_SOURCE },
  );
}

function check(p: IvfflatParameters): void {
  checkIndexable('ivfflat', p);
  checkRows(p.rows);
  const lists = p.lists.value;
  if (!Number.isInteger(lists) || lists < 1 || lists > MAX_LISTS) {
    throw new InputError('bad-lists', `lists: pgvector IVFFlat takes a whole number from 1 to 32,768, not ${lists}.`);
  }
}

function perPageAt(type: VectorType, dims: number): number {
  return Math.floor(USABLE.value / (align8(8 + valueBytesAt(type, dims)) + LINE_POINTER_BYTES));
}

/** The dimensions at which one vector fewer fits a page. */
function cliffs(p: IvfflatParameters): Cliff[] {
  check(p);
  const k = perPageAt(p.type, p.dims.value);
  const found: Cliff[] = [];
  for (const fits of [k + 1, k]) {
    const tuple = Math.floor((Math.floor(USABLE.value / fits) - LINE_POINTER_BYTES) / 8) * 8;
    const last = dimsWithin(p.type, tuple - 8);
    if (last < 1 || last >= indexLimit('ivfflat', p.type)) continue;
    found.push({
      parameter: 'dims',
      at: last + 1,
      before: PAGE_BYTES / perPageAt(p.type, last),
      after: PAGE_BYTES / perPageAt(p.type, last + 1),
      unit: 'B',
      per: 'vector',
    });
  }
  return found;
}

export const pgvectorIvfflat: Layout<IvfflatParameters> = defineLayout<IvfflatParameters>({
  id: 'pgvector-ivfflat',
  title: 'pgvector IVFFlat index',
  source: SOURCE,
  size,
  cliffs,
});
