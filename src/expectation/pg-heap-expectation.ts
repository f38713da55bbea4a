/**
 * A PostgreSQL table with its TOAST, loaded afresh. Rows to a page are whole rows: five 384-dimensional vectors leave a
 * fifth of every page empty in a table that was never touched, which the usual estimate and pgstattuple both call bloat.
 */
import { treePages } from '../layouts/btree-pages.ts';
import { itemsPerRoom } from '../layouts/length-spread.ts';
import { pagesPerRow } from '../layouts/pg-first-fit.ts';
import { mapPages, pgHeap, toastIndexPagesOf } from '../layouts/pg-heap.ts';
import { align8, HEAP_PAGE_USABLE, LINE_POINTER_BYTES, PAGE_BYTES } from '../layouts/pg-page.ts';
import { chunkTuples, type HeapColumn } from '../layouts/pg-row-lengths.ts';
import { type VectorType, valueBytesAt } from '../layouts/pgvector-value.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { HeapFacts, PgColumnFacts, Structure } from '../store/index.ts';
import { type Confidence, type Expectation, seen } from './expectation.ts';
import { analyzeStatement, BY_STATISTICS, trustedRows, unusable } from './pg-statistics.ts';

const PAGE: Quantity<'B'> = leaf('page', PAGE_BYTES, 'B', { source: 'PostgreSQL BLCKSZ' });
/** pg_stats counts a value that is stored out of line as its pointer. */
const POINTER_WIDTH = 18;
/** How far running texts lie from their mean, evenly. */
const TEXT_SPREAD = 0.4;
/** Relative deviation of rows of which only the mean length is known. */
const ROW_DEVIATION = 0.1;
/** Header of a chunk's tuple with its line pointer, alignment included (pg-row-lengths.ts). */
const CHUNK_OVERHEAD = 44;
/** Four full chunks leave 24 bytes; values of odd lengths leave more (measured 5 %). */
const CHUNK_FILL = leaf('fill of a TOAST page', 0.95, 'ratio', { low: 0.85, high: 1, source: 'measured' });
const CHUNKS_A_PAGE = 4;
const METHODS = { pgstattuple: 'pgstattuple', pgstattuple_approx: 'pgstattuple_approx' } as const;

export function heap(s: Structure, f: HeapFacts): Expectation {
  const analyze = analyzeStatement(f.schema, s.table ?? s.name);
  if (s.bytes === 0) {
    const expected = seen(`${s.name}, empty`, 0, 'B');
    return { expected, method: 'no pages', confidence: 'exact', notes: [], deadShare: 0 };
  }
  const widths = rowColumns(f);
  if (f.tuples === null) {
    const no = unusable(s, f.statistics, analyze);
    // What it takes rebuilt follows from statistics; how much of it is dead, from counters that need none.
    const dead = s.rows === null ? null : deadShare(f, s.rows);
    if (no !== null) return { ...no, deadShare: dead };
    if (widths === null) return { ...neverAnalysed(analyze), deadShare: dead };
  }
  const counted = f.tuples?.liveRows ?? (s.rows as number);
  const trusted =
    f.tuples === null
      ? trustedRows(s.name, counted, f.statistics, analyze)
      : { rows: seen(`rows of ${s.name}`, counted, 'rows'), confidence: 'exact' as Confidence, notes: [] };
  const heapPages = pagesOfRows(f, trusted.rows, widths);
  const toast = toastPages(f, trusted.rows, counted);
  // What the size counts beyond the two main forks: maps and the TOAST index, where they are in it.
  const rest = Math.max(0, (s.bytes ?? 0) - f.heapBytes - (f.toast?.bytes ?? 0));
  const expected = derive(
    `${s.name} rebuilt`,
    'B',
    '(heap + toast) * page + min(rest, (maps(heap) + maps(toast) + index) * page)',
    {
      heap: heapPages,
      toast: toast.pages,
      page: PAGE,
      rest: seen('maps and TOAST index as they are', rest, 'B'),
      index: toast.index,
    },
    { moves: { heap: 'rising', toast: 'rising', index: 'rising' }, using: { maps: mapPages } },
  );
  const notes = [...trusted.notes, ...toast.notes];
  const dead = deadShare(f, counted);
  if (f.lastVacuum === null && dead !== null && dead > 0.05) notes.push('it was never vacuumed');
  return {
    expected,
    method: f.tuples === null ? BY_STATISTICS : METHODS[f.tuples.method],
    confidence: worse(trusted.confidence, toast.confidence),
    notes,
    deadShare: dead,
  };
}

function neverAnalysed(analyze: string): Expectation {
  return {
    expected: null,
    method: BY_STATISTICS,
    confidence: 'low',
    unmeasured: { why: 'a column has no statistics', settle: analyze },
    notes: [],
  };
}

const ORDER: readonly Confidence[] = ['exact', 'high', 'medium', 'low'];
const worse = (a: Confidence, b: Confidence): Confidence => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b);

/** Dead tuples over all: counted where pages were read, by the counters otherwise. */
function deadShare(f: HeapFacts, live: number): number | null {
  const dead = f.tuples?.deadRows ?? f.deadRows;
  return dead === null ? null : dead + live === 0 ? 0 : dead / (dead + live);
}

/** The columns as they stand in the row, out-of-line values as their pointers; null where one has no statistics. */
function rowColumns(f: HeapFacts): HeapColumn[] | null {
  const columns: HeapColumn[] = [];
  for (const c of f.columns) {
    const nulls = c.nullShare === null || c.nullShare === 0 ? {} : { nullShare: c.nullShare };
    if (c.length > 0) {
      // Any fixed length will do: the union names the common ones.
      columns.push({ name: c.name, kind: 'fixed', bytes: c.length as 8, align: c.align, ...nulls });
      continue;
    }
    if (c.nullShare === 1) continue;
    const width = vectorWidth(c) ?? c.meanBytes;
    if (width === null) return null;
    const vector = vectorBytes(c.type) !== null;
    columns.push({
      name: c.name,
      kind: 'varlena',
      bytes: seen(`${c.name}, in the row`, Math.max(0, width <= 127 ? width - 1 : width - 4), 'B'),
      // The width is what stands in the row already: nothing more is to be moved out.
      storage: c.storage === 'p' ? 'plain' : 'main',
      ...(vector || width <= POINTER_WIDTH ? {} : { spread: TEXT_SPREAD }),
      ...nulls,
    });
  }
  return columns;
}

/** The width of a vector in the row is its own, not a mean that was cut to a whole number. */
function vectorWidth(c: PgColumnFacts): number | null {
  const bytes = vectorBytes(c.type);
  return bytes === null || c.meanBytes === null || c.meanBytes <= POINTER_WIDTH ? null : bytes;
}

/** Bytes of a value of a pgvector type with declared dimensions; null for any other type. */
function vectorBytes(type: string): number | null {
  const m = /(?:^|\.|")(vector|halfvec|bit)"?\((\d+)\)$/.exec(type);
  return m === null ? null : valueBytesAt(m[1] as VectorType, Number(m[2]));
}

function pagesOfRows(f: HeapFacts, rows: Quantity<'rows'>, columns: readonly HeapColumn[] | null): Quantity<'pages'> {
  const fillfactor = leaf('fillfactor', f.fillfactor, 'count', { source: 'pg_class.reloptions' });
  const layout =
    columns === null || columns.length === 0
      ? null
      : pgHeap.size({ rows, columns, ...(f.fillfactor === 100 ? {} : { fillfactor }) });
  const t = f.tuples;
  if (t === null || t.liveRows === 0) {
    if (layout !== null) return layout.parts['heapPages'] as Quantity<'pages'>;
    return seen('heap pages', 0, 'pages');
  }
  // pgstattuple adds up lengths without alignment and line pointers; rows of one length are aligned alike.
  const bare = t.liveBytes / t.liveRows;
  const mean = (Number.isInteger(bare) ? align8(bare) : bare + 3.5) + LINE_POINTER_BYTES;
  const room = HEAP_PAGE_USABLE - Math.floor((PAGE_BYTES * (100 - f.fillfactor)) / 100);
  const perPage = layout?.parts['rowsPerPage']?.value;
  const tuple = layout?.parts['tuple']?.value;
  // Where statistics and pages agree on the row, the layout knows how such rows share pages; else only the mean does.
  const agrees = perPage !== undefined && tuple !== undefined && Math.abs(tuple / mean - 1) < 0.05;
  const spread = Number.isInteger(bare) ? 0 : ROW_DEVIATION * mean;
  const value = agrees ? perPage : itemsPerRoom(room, mean, spread);
  const low = Math.max(1, Math.floor(room / mean));
  return derive('heap pages', 'pages', 'ceil(N / perPage)', {
    N: rows,
    perPage: seen('rows per heap page', value, 'ratio', agrees ? value : Math.min(low, value), value),
  });
}

interface Toast {
  readonly pages: Quantity<'pages'>;
  readonly index: Quantity<'pages'>;
  readonly confidence: Confidence;
  readonly notes: readonly string[];
}

const EMPTY: Quantity<'pages'> = leaf('pages', 0, 'pages');

function toastPages(f: HeapFacts, rows: Quantity<'rows'>, live: number): Toast {
  const t = f.toast;
  if (t === null || t.pages === 0) return { pages: EMPTY, index: EMPTY, confidence: 'exact', notes: [] };
  const outside = f.columns.filter(isOutside);
  const vectors = outside.map((c) => vectorBytes(c.type));
  // Only columns that may hold a few long values beside short ones leave open what is outside.
  const mixed = f.columns.some((c) => c.length < 0 && !isOutside(c) && c.storage !== 'p' && (c.meanBytes ?? 0) > 500);
  if (outside.length > 0 && !mixed && vectors.every((v) => v !== null)) return vectorToast(outside, vectors, rows);
  if (t.chunks === null) {
    return {
      pages: seen('TOAST pages', t.pages, 'pages', 0, t.pages),
      index: seen('TOAST index pages', treePages(t.pages, 20), 'pages'),
      confidence: 'low',
      notes: ['its TOAST chunks are not counted, so nothing is claimed of them'],
    };
  }
  const changed = live === 0 ? 1 : rows.high / live;
  const chunks = seen('live TOAST chunks', t.chunks, 'count', t.chunks, t.chunks * changed);
  const index = derive(
    'TOAST index pages',
    'pages',
    'chunkIndex(chunks)',
    { chunks },
    {
      moves: { chunks: 'rising' },
      using: { chunkIndex: toastIndexPagesOf },
    },
  );
  if (t.dataBytes !== null) {
    const pages = derive('TOAST pages', 'pages', 'ceil((data + chunks * overhead) / (usable * fill))', {
      data: seen('bytes in chunks', t.dataBytes, 'B'),
      chunks,
      overhead: leaf('bytes beside the data of a chunk', CHUNK_OVERHEAD, 'B'),
      usable: leaf('usable bytes of a page', HEAP_PAGE_USABLE, 'B'),
      fill: CHUNK_FILL,
    });
    return { pages, index, confidence: 'high', notes: [] };
  }
  // The last chunk of each value is shorter, by nobody knows how much: four to a page is the most they take.
  const pages = derive('TOAST pages', 'pages', 'ceil(chunks / full * used)', {
    chunks,
    full: leaf('full chunks of a page', CHUNKS_A_PAGE, 'count', { source: 'PostgreSQL heaptoast.h' }),
    used: leaf('share of a full chunk in use', 1, 'ratio', { low: 0.5, high: 1, basis: 'assumed' }),
  });
  return { pages, index, confidence: 'medium', notes: [] };
}

const isOutside = (c: PgColumnFacts): boolean =>
  c.length < 0 &&
  c.nullShare !== 1 &&
  (c.storage === 'e' || c.storage === 'x') &&
  c.meanBytes !== null &&
  c.meanBytes === POINTER_WIDTH &&
  (c.storage === 'e' || vectorBytes(c.type) !== null);

/** Vectors of one width: their chunks fill pages the same way in every row. */
function vectorToast(
  outside: readonly PgColumnFacts[],
  widths: readonly (number | null)[],
  rows: Quantity<'rows'>,
): Toast {
  const chunks = chunkTuples(outside.map((_, i) => ({ column: i, bytes: (widths[i] as number) - 4, varies: false })));
  const present = 1 - Math.min(...outside.map((c) => c.nullShare ?? 0));
  const inputs = { N: rows, present: seen('share of rows that have them', present, 'ratio') };
  const pages = derive('TOAST pages', 'pages', 'ceil(N * present * perRow)', {
    ...inputs,
    perRow: leaf('TOAST pages per row', pagesPerRow([chunks]), 'ratio', { source: 'PostgreSQL heaptoast.h, hio.c' }),
  });
  const count = derive('TOAST chunks', 'count', 'N * present * perRow', {
    ...inputs,
    perRow: leaf('TOAST chunks per row', chunks.length, 'ratio'),
  });
  const index = derive(
    'TOAST index pages',
    'pages',
    'chunkIndex(chunks)',
    { chunks: count },
    {
      moves: { chunks: 'rising' },
      using: { chunkIndex: toastIndexPagesOf },
    },
  );
  return { pages, index, confidence: 'high', notes: [] };
}
