/**
 * A pgvector HNSW index, freshly built.
 *
 * Source: pgvector 0.8.6 src/hnsw.h, src/hnswbuild.c, src/hnswutils.c (the on-disk layout is the same from 0.5.0 on).
 * An element tuple holds type, level, flags and version (4 bytes), ten heap TIDs (60), the TID of its neighbour tuple (6),
 * 2 bytes of padding and the value. ef_construction, the metric and the data have no part in the size; m only
 * through the packing of pages; rows with equal vectors share one element.
 */
import { derive, InputError, type Quantity, revised, stated } from '../quantity/index.ts';
import { DEFAULT_HNSW_BUILD, type HnswBuildKind, hnswBuildMemory } from './hnsw-build-memory.ts';
import { type ExpectedPages, hnswPacking, levelZeroPerPage, linksWithin, neighbourTupleBytes } from './hnsw-packing.ts';
import { type Cliff, defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { align8, LINE_POINTER_BYTES, PAGE_BYTES, usableBytes } from './pg-page.ts';
import {
  checkIndexable,
  checkRows,
  dimsWithin,
  indexLimit,
  NO_DUPLICATES,
  type VectorShape,
  type VectorType,
  valueBytes,
  valueBytesAt,
} from './pgvector-value.ts';

export interface HnswParameters extends VectorShape {
  /** Rows with a vector that can be indexed (not NULL; for cosine not zero). */
  readonly rows: Quantity<'rows'>;
  /** Links per level, 2 to 100; pgvector's default is 16. */
  readonly m: Quantity<'count'>;
  /** Share of the rows whose vector equals one that is already indexed. */
  readonly duplicateRate?: Quantity<'ratio'>;
  /** How it is built; only `building` depends on it. Default: parallel, PostgreSQL 17. */
  readonly build?: HnswBuildKind;
}

const SOURCE = 'pgvector 0.8.6 src/hnsw.h, src/hnswbuild.c CreateGraphPages';
const PAGE: Quantity<'B'> = stated('page', PAGE_BYTES, 'B', 'exact', 'PostgreSQL BLCKSZ');
const TUPLE_HEADER: Quantity<'B'> = stated(
  'element header',
  72,
  'B',
  'exact',
  'pgvector src/hnsw.h HnswElementTupleData',
);
/** HNSW_HEAPTIDS: row pointers that an element has room for. */
const HEAP_TIDS: Quantity<'count'> = stated(
  'rows an element can stand for',
  10,
  'count',
  'exact',
  'pgvector src/hnsw.h HNSW_HEAPTIDS',
);
/** Metapage and the page that even an empty graph has. */
const FEWEST_PAGES = 2;
const MIN_M = 2;
const MAX_M = 100;

/** Bytes of an element tuple around a value of so many bytes. */
export function elementTupleBytes(value: number): number {
  return align8(TUPLE_HEADER.value + value);
}

/**
 * Pages of a fresh index, metapage included, for so many live elements (distinct vectors); `low` and `high` span
 * what the random levels can do. For comparing with an index that stands: what a REINDEX would give.
 * @param value bytes of one vector value, see `valueBytes`
 */
export function hnswPages(elements: number, value: number, m: number): ExpectedPages {
  const { pages, low, high } = hnswPacking(elementTupleBytes(value), m).expected(elements);
  return { pages: pages + 1, low: low + 1, high: high + 1 };
}

/** What one element takes, whatever the number of rows. */
interface ElementFigures {
  readonly valueBytes: Quantity<'B'>;
  readonly elementTuple: Quantity<'B'>;
  readonly neighbourTuple0: Quantity<'B'>;
  readonly perPage: Quantity<'ratio'>;
  readonly bytesPerVector: Quantity<'B'>;
}

interface KnownElement {
  readonly shape: HnswParameters;
  readonly figures: ElementFigures;
}

/** By the dimensions: plans of one store at other row counts ask about the very same elements. */
const knownElements = new WeakMap<Quantity, KnownElement[]>();
const MOST_KEPT = 16;

function elementFigures(p: HnswParameters): ElementFigures {
  let seen = knownElements.get(p.dims);
  if (seen === undefined) {
    seen = [];
    knownElements.set(p.dims, seen);
  }
  for (let i = 0; i < seen.length; i++) {
    const { shape, figures } = seen[i] as KnownElement;
    if (shape.m === p.m && shape.type === p.type && shape.nonZeros === p.nonZeros) return figures;
  }
  const figures = figuresOf(p);
  if (seen.length >= MOST_KEPT) seen.length = 0;
  seen.push({ shape: p, figures });
  return figures;
}

function figuresOf(p: HnswParameters): ElementFigures {
  const value = valueBytes(p);
  const elementTuple = derive(
    'HNSW element tuple',
    'B',
    'align8(header + V)',
    { header: TUPLE_HEADER, V: value },
    { source: SOURCE },
  );
  const neighbourTuple0 = derive(
    'HNSW neighbour tuple, level 0',
    'B',
    'align8(4 + 6 * 2 * m)',
    { m: p.m },
    { source: SOURCE },
  );
  const perPage = derive(
    'elements per page',
    'ratio',
    'packed(E, m)',
    { E: elementTuple, m: p.m },
    { source: SOURCE, using: { packed: (e, m) => hnswPacking(align8(e), m).elementsPerPage } },
  );
  const bytesPerVector = derive('HNSW bytes per vector', 'B', 'page / perPage', { page: PAGE, perPage });
  return { valueBytes: value, elementTuple, neighbourTuple0, perPage, bytesPerVector };
}

function size(p: HnswParameters): LayoutSize {
  check(p);
  const duplicates = p.duplicateRate ?? NO_DUPLICATES;
  const elements = duplicates.high === 0 ? p.rows : distinctElements(p.rows, duplicates);
  const figures = elementFigures(p);
  const { elementTuple, valueBytes: value } = figures;
  const packing = hnswPacking(align8(elementTuple.value), p.m.value);
  const expected = packing.expected(elements.value);
  const drawn = derive(
    'HNSW pages',
    'pages',
    '1 + graphPages(N, E, m)',
    { N: elements, E: elementTuple, m: p.m },
    {
      source: SOURCE,
      using: { graphPages: (n, e, m) => hnswPacking(align8(e), m).expected(n).pages },
      error: (expected.high - expected.pages) / (expected.pages + 1),
    },
  );
  // The error is that of the upper side. Of a few pages it leaves less than the two that even an empty graph has.
  const few = expected.high - expected.pages > expected.pages + 1 - FEWEST_PAGES;
  const pages = few ? revised(drawn, { low: FEWEST_PAGES }) : drawn;
  const disk = derive('HNSW index', 'B', 'pages * page', { pages, page: PAGE }, { source: SOURCE });
  const memory = hnswBuildMemory(p.rows, value, p.m, p.build ?? DEFAULT_HNSW_BUILD);
  return {
    disk,
    // A search touches pages all over the graph: what is not in RAM costs a random read per hop.
    resident: disk,
    building: memory.needed,
    parts: {
      valueBytes: value,
      elements,
      elementTuple,
      neighbourTuple0: figures.neighbourTuple0,
      perPage: figures.perPage,
      bytesPerVector: figures.bytesPerVector,
      pages,
      buildMemoryPerRow: memory.perRow,
    },
  };
}

/**
 * Rows with equal vectors share an element, ten at the most (HNSW_HEAPTIDS). How the equal ones are grouped nobody says: pairs
 * and triples share fully, a group of a thousand needs a hundred elements, and the interval spans both.
 */
function distinctElements(rows: Quantity<'rows'>, duplicates: Quantity<'ratio'>): Quantity<'rows'> {
  const inputs = { rows, D: duplicates, tids: HEAP_TIDS };
  const fewest = derive('distinct vectors', 'rows', 'rows * max(1 - D, 1 / tids)', inputs, {
    source: SOURCE,
    basis: 'assumed',
  });
  const most = derive('elements, at most', 'rows', 'rows * min(1, 1 - D + D / tids)', inputs, { source: SOURCE });
  return revised(fewest, { high: Math.max(fewest.high, most.high) });
}

function check(p: HnswParameters): void {
  checkIndexable('hnsw', p);
  checkRows(p.rows);
  const m = p.m.value;
  if (!Number.isInteger(m) || m < MIN_M || m > MAX_M) {
    throw new InputError('bad-m', `m: pgvector HNSW takes a whole number from ${MIN_M} to ${MAX_M}, not ${m}.`);
  }
  const d = p.duplicateRate;
  if (d !== undefined && !(d.low >= 0 && d.high <= 1)) {
    throw new InputError('bad-duplicate-rate', `duplicate rate: must lie between 0 and 1, not ${d.value}.`);
  }
}

function cliffs(p: HnswParameters): Cliff[] {
  check(p);
  const m = p.m.value;
  const dims = p.type === 'sparsevec' ? (p.nonZeros as Quantity).value : p.dims.value;
  return [...widthCliffs(p.type, dims, m), ...linkCliffs(valueBytesAt(p.type, dims), m)];
}

/** Most dimensions with which `k` level-0 pairs share a page. */
function widestWith(k: number, type: VectorType, m: number): number {
  const pair = Math.floor(usableBytes(8) / k);
  const element = Math.floor((pair - neighbourTupleBytes(m, 0) - 2 * LINE_POINTER_BYTES) / 8) * 8;
  return dimsWithin(type, element - TUPLE_HEADER.value);
}

function widthCliffs(type: VectorType, dims: number, m: number): Cliff[] {
  const parameter = type === 'sparsevec' ? 'nnz' : 'dims';
  const k = levelZeroPerPage(elementTupleBytes(valueBytesAt(type, dims)), m);
  const found: Cliff[] = [];
  const add = (last: number): void => {
    if (last < 1 || last + 1 > indexLimit('hnsw', type)) return;
    const bytesAt = (d: number): number => bytesPerElement(valueBytesAt(type, d), m);
    found.push({ parameter, at: last + 1, before: bytesAt(last), after: bytesAt(last + 1), unit: 'B', per: 'vector' });
  };
  add(widestWith(k + 1, type, m));
  if (k > 0) add(widestWith(k, type, m));
  return found;
}

/** The largest m with which `k` level-0 pairs share a page; negative where even a pair without links is too large. */
function mostLinksWith(k: number, element: number): number {
  const room = Math.floor(usableBytes(8) / k) - element - 2 * LINE_POINTER_BYTES;
  return linksWithin(Math.floor(room / 8) * 8);
}

function linkCliffs(value: number, m: number): Cliff[] {
  const element = elementTupleBytes(value);
  const k = levelZeroPerPage(element, m);
  const found: Cliff[] = [];
  const add = (at: number): void => {
    found.push({
      parameter: 'm',
      at,
      before: bytesPerElement(value, at - 1),
      after: bytesPerElement(value, at),
      unit: 'B',
      per: 'vector',
    });
  };
  const below = mostLinksWith(k + 1, element);
  if (below >= MIN_M) add(below + 1);
  const last = k > 0 ? mostLinksWith(k, element) : MAX_M;
  if (last < MAX_M) add(last + 1);
  return found;
}

function bytesPerElement(value: number, m: number): number {
  return PAGE_BYTES / hnswPacking(elementTupleBytes(value), m).elementsPerPage;
}

export const pgvectorHnsw: Layout<HnswParameters> = defineLayout<HnswParameters>({
  id: 'pgvector-hnsw',
  title: 'pgvector HNSW index',
  source: SOURCE,
  size,
  cliffs,
});
