/**
 * A PostgreSQL table, freshly loaded: heap, TOAST table with its index, free space and visibility maps.
 *
 * Source: PostgreSQL src/backend/access/heap/heaptoast.c, src/include/access/heaptoast.h (chunks of
 * TOAST_MAX_CHUNK_SIZE 1,996 bytes), src/backend/storage/freespace/README and access/heap/visibilitymap.c; 13 to 18.
 * The bytes of one row are computed in pg-heap-row.ts, their lengths
 * in pg-row-lengths.ts, how rows share pages in pg-first-fit.ts.
 */
import { derive, InputError, oncePer, type Quantity, revised, stated, sum } from '../quantity/index.ts';
import { treePages, tuplesPerPage } from './btree-pages.ts';
import { type Cliff, defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { pagesPerRow } from './pg-first-fit.ts';
import { LARGEST_TUPLE, type RowImage } from './pg-heap-row.ts';
import { HEAP_PAGE_USABLE, PAGE_BYTES } from './pg-page.ts';
import {
  chunkTuples,
  type HeapColumn,
  images,
  imagesOf,
  sameShape,
  sizedColumns,
  type VarlenaColumn,
} from './pg-row-lengths.ts';
import { rowsBetween } from './pg-tuple-range.ts';

export type { FixedColumn, HeapColumn, VarlenaColumn } from './pg-row-lengths.ts';

export interface HeapParameters {
  readonly rows: Quantity<'rows'>;
  /** In the order of the table's definition: alignment depends on it. */
  readonly columns: readonly HeapColumn[];
  /** Share of the heap that is read often enough to be worth RAM. */
  readonly hotShare?: Quantity<'ratio'>;
  /** Storage parameter of the table, 10 to 100 (the default): how full inserts leave a page. */
  readonly fillfactor?: Quantity<'count'>;
}

const SOURCE = 'PostgreSQL src/backend/access/common/heaptuple.c, access/heap/heaptoast.c';
const PAGE: Quantity<'B'> = stated('page', PAGE_BYTES, 'B', 'exact', 'PostgreSQL BLCKSZ');
/** Index entry over (chunk_id, chunk_seq) with its line pointer. */
const CHUNK_ENTRY_BYTES = 20;
/** Heap pages that one page of the free space map describes; two levels of map pages stand above. */
const PAGES_PER_FSM_PAGE = 4069;
/** Heap pages that one page of the visibility map describes. */
const PAGES_PER_VM_PAGE = 32_672;
const DEFAULT_HOT_SHARE: Quantity<'ratio'> = stated(
  'share of the heap in use',
  0.2,
  'ratio',
  'assumed',
  'default: a fifth of the memories is read often',
  0.05,
  1,
);

const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;

/** Pages of the free space map and the visibility map; a table without pages has neither. */
export function mapPages(heapPages: number): number {
  if (heapPages <= 0) return 0;
  return 2 + Math.ceil(heapPages / PAGES_PER_FSM_PAGE) + Math.ceil(heapPages / PAGES_PER_VM_PAGE);
}

/** What one row of a table takes, whatever the number of rows. */
interface RowFigures {
  /** Heap tuple with its line pointer. */
  readonly tuple: Quantity<'B'>;
  readonly perFullPage: Quantity<'ratio'>;
  readonly toasted: Quantity<'B'>;
  readonly chunks: Quantity<'ratio'>;
  readonly toastPerRow: Quantity<'ratio'>;
  /** Share of the rows whose vector is in TOAST. */
  readonly vectorsOut: Quantity<'ratio'>;
}

/** Of columns that were seen: plans of one store at other row counts ask about the very same columns. */
const rowFigures: (columns: readonly HeapColumn[]) => RowFigures = oncePer(figuresOf, new WeakMap());

/** @throws InputError where a row fits no page, or a payload is negative */
function figuresOf(columns: readonly HeapColumn[]): RowFigures {
  const inputs: Record<string, Quantity> = {};
  const symbols: string[] = [];
  for (const c of columns) {
    if (c.kind !== 'varlena') continue;
    if (!(c.bytes.low >= 0))
      throw new InputError('bad-bytes', `${c.name}: its bytes must be 0 or more, not ${c.bytes.value}.`);
    const symbol = symbolOf(c.name);
    symbols.push(symbol);
    inputs[symbol] = c.bytes;
  }
  // Each of the figures below is a function of the same payloads; a row is worked out once for all of them.
  const imagesAt = imagesOf(columns);
  const nominal: number[] = [];
  const least: number[] = [];
  const most: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const { value, low, high } = inputs[symbols[i] as string] as Quantity;
    nominal.push(value);
    least.push(low);
    most.push(high);
  }
  const rows = imagesAt(nominal);
  const widest = Math.max(...rows.ends.map((r) => r.tuple));
  if (widest > LARGEST_TUPLE) {
    throw new InputError(
      'row-too-wide',
      `columns: a row of ${Math.round(widest)} bytes fits no page; give its widest column storage external or extended.`,
    );
  }
  // What TOAST takes depends on the columns that are in it, as long as no length that occurs changes which they are.
  const first = rows.ends[0] as RowImage;
  const alike = (r: RowImage): boolean => sameShape(r, first);
  const settled = rows.ends.every(alike) && imagesAt(least).ends.every(alike) && imagesAt(most).ends.every(alike);
  const ofRow = <U extends 'B' | 'ratio'>(
    name: string,
    unit: U,
    call: string,
    f: (rows: readonly RowImage[]) => number,
    on: readonly string[] = symbols,
  ): Quantity<U> => {
    const own: Record<string, Quantity> = {};
    for (let i = 0; i < on.length; i++) own[on[i] as string] = inputs[on[i] as string] as Quantity;
    const at = (given: readonly number[]): number => {
      const payloads = nominal.slice();
      let changed = false;
      for (let k = 0; k < given.length; k++) {
        const place = on === symbols ? k : symbols.indexOf(on[k] as string);
        if (payloads[place] !== given[k]) changed = true;
        payloads[place] = given[k] as number;
      }
      return f((changed ? imagesAt(payloads) : rows).all);
    };
    return derive(name, unit, `${call}(${on.join(', ')})`, own, {
      source: SOURCE,
      aligned: true,
      using: { [call]: (...p) => at(p) },
    });
  };

  let tuple = ofRow('heap tuple with line pointer', 'B', 'heapTuple', (rows) => mean(rows.map((r) => r.tuple)));
  let perFullPage = ofRow(
    'rows per heap page',
    'ratio',
    'rowsPerPage',
    (rows) => 1 / pagesPerRow(rows.map((r) => [r.tuple])),
  );
  const vectorAt = columns.findIndex((c) => c.kind === 'varlena' && c.vector === true);
  const hasLeft = (r: RowImage): boolean => r.external.some((v) => v.column === vectorAt);
  let vectorsOut = ofRow('vectors in TOAST', 'ratio', 'vectorsOut', (rows) => mean(rows.map((r) => +hasLeft(r))));
  if (!settled) {
    const between = rowsBetween(columns, least, most);
    const tuples = between.map((r) => r.tuple);
    const [narrowest, widest] = [Math.min(...tuples), Math.max(...tuples)];
    // Which value leaves first depends on how the payloads stand to each other: nobody knows where some do and others do not.
    const seen = [...between, ...rows.all, ...imagesAt(least).all, ...imagesAt(most).all];
    if (seen.some(hasLeft) && !seen.every(hasLeft)) vectorsOut = revised(vectorsOut, { low: 0, high: 1 });
    tuple = revised(tuple, { low: Math.min(tuple.low, narrowest), high: Math.max(tuple.high, widest) });
    perFullPage = revised(perFullPage, {
      low: Math.min(perFullPage.low, Math.floor(HEAP_PAGE_USABLE / widest)),
      high: Math.max(perFullPage.high, HEAP_PAGE_USABLE / narrowest),
    });
  }
  const movers = first.external.map((v) => symbolOf((columns[v.column] as HeapColumn).name));
  const on = settled ? symbols.filter((symbol) => movers.includes(symbol)) : symbols;
  const toasted = ofRow(
    'bytes moved to TOAST per row',
    'B',
    'toasted',
    (rows) => mean(rows.map((r) => r.external.reduce((a, v) => a + v.bytes, 0))),
    on,
  );
  const chunks = ofRow(
    'TOAST chunks per row',
    'ratio',
    'chunks',
    (rows) => mean(rows.map((r) => chunkTuples(r.external).length)),
    on,
  );
  const toastPerRow = ofRow(
    'TOAST pages per row',
    'ratio',
    'toastPages',
    (rows) => pagesPerRow(rows.map((r) => chunkTuples(r.external))),
    on,
  );
  return { tuple, perFullPage, toasted, chunks, toastPerRow, vectorsOut };
}

function size(p: HeapParameters): LayoutSize {
  if (!(p.rows.value >= 0)) throw new InputError('bad-count', `rows: must be 0 or more, not ${p.rows.value}.`);
  const fillfactor = p.fillfactor?.value ?? 100;
  if (!(fillfactor >= 10 && fillfactor <= 100))
    throw new InputError('bad-fillfactor', `fillfactor: PostgreSQL takes 10 to 100, not ${fillfactor}.`);
  const { tuple, perFullPage, toasted, chunks, toastPerRow, vectorsOut } = rowFigures(p.columns);
  const rowsPerPage = p.fillfactor === undefined ? perFullPage : heldBack(perFullPage, tuple, p.fillfactor);
  const heapPages = derive('heap pages', 'pages', 'ceil(N / rowsPerPage)', { N: p.rows, rowsPerPage });
  const heap = derive('heap', 'B', 'pages * page', { pages: heapPages, page: PAGE });
  const toastPages = derive('TOAST pages', 'pages', 'ceil(N * perRow)', { N: p.rows, perRow: toastPerRow });
  const toast = derive('TOAST', 'B', 'pages * page', { pages: toastPages, page: PAGE });
  const toastIndexPages = derive(
    'TOAST index pages',
    'pages',
    'chunkIndex(N * chunks)',
    { N: p.rows, chunks },
    { source: 'PostgreSQL nbtree, ascending inserts at fillfactor 90', using: { chunkIndex: toastIndexPagesOf } },
  );
  const toastIndex = derive('TOAST index', 'B', 'pages * page', { pages: toastIndexPages, page: PAGE });
  const maps = derive(
    'free space and visibility maps',
    'B',
    '(maps(heap) + maps(toast)) * page',
    { heap: heapPages, toast: toastPages, page: PAGE },
    {
      source: 'PostgreSQL src/backend/storage/freespace/README, access/heap/visibilitymap.c',
      using: { maps: mapPages },
    },
  );
  const disk = sum('table with TOAST', heap, toast, toastIndex, maps);
  const resident = derive('heap in use', 'B', 'heap * hot', { heap, hot: p.hotShare ?? DEFAULT_HOT_SHARE });
  return {
    disk,
    resident,
    parts: {
      tuple,
      rowsPerPage,
      heap,
      heapPages,
      toastedBytes: toasted,
      toastChunks: chunks,
      vectorsOut,
      toast,
      toastPages,
      toastIndex,
      maps,
    },
  };
}

/**
 * A page takes rows until less than the reserved share is left (RelationGetBufferForTuple, saveFreeSpace); one row always
 * fits. Few rows to a page are counted whole, as the full page counts them.
 */
function heldBack(full: Quantity<'ratio'>, tuple: Quantity<'B'>, fillfactor: Quantity<'count'>): Quantity<'ratio'> {
  return derive(
    'rows per heap page at its fillfactor',
    'ratio',
    'kept(full, tuple, fillfactor)',
    { full, tuple, fillfactor },
    {
      source: 'PostgreSQL src/backend/access/heap/hio.c RelationGetBufferForTuple',
      moves: { full: 'rising', tuple: 'falling', fillfactor: 'rising' },
      using: {
        kept: (rows, bytes, ff) => {
          const room = LARGEST_TUPLE - Math.floor((PAGE_BYTES * (100 - ff)) / 100);
          // A whole number of rows to a full page means rows of one size.
          const whole = Math.abs(rows - Math.round(rows)) < 1e-6;
          return Math.max(1, whole ? Math.floor(room / bytes) : (rows * room) / LARGEST_TUPLE);
        },
      },
    },
  );
}

/** The TOAST index grows by ascending keys, which leaves its pages as full as a build does; empty it has its metapage. */
export function toastIndexPagesOf(chunks: number): number {
  return treePages(Math.ceil(chunks / tuplesPerPage(CHUNK_ENTRY_BYTES, false, 90)), CHUNK_ENTRY_BYTES);
}

/** A column's name as a symbol of a formula. By hand: a pattern's first use costs more than all columns do here. */
function symbolOf(name: string): string {
  let symbol = '';
  for (let i = 0; i < name.length; i++) {
    const c = name.charAt(i);
    const digit = c >= '0' && c <= '9';
    if (digit && i === 0) symbol = '_';
    symbol += digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c : '_';
  }
  return symbol;
}

/** Where a table's vectors leave the heap, or one row fewer fits a page: the nearest payload below and above. */
function cliffs(p: HeapParameters): Cliff[] {
  const widest = p.columns
    .filter((c): c is VarlenaColumn => c.kind === 'varlena')
    .sort((a, b) => b.bytes.value - a.bytes.value)[0];
  if (widest === undefined || widest.bytes.value < 200) return [];
  const payloads = p.columns.flatMap((c) => (c.kind === 'varlena' ? [c.bytes.value] : []));
  const at = p.columns.filter((c) => c.kind === 'varlena').indexOf(widest);
  // Lengths at their mean: a cliff of the typical row.
  const alike = p.columns.map((c) => (c.kind === 'varlena' ? { ...c, spread: 0 } : c));
  const sized = sizedColumns(alike);
  const perRow = (bytes: number): number => {
    const changed = payloads.slice();
    changed[at] = bytes;
    const image = images(alike, sized, changed).ends[0] as RowImage;
    const chunks = pagesPerRow([chunkTuples(image.external)]);
    return PAGE_BYTES * (1 / Math.floor(LARGEST_TUPLE / Math.min(LARGEST_TUPLE, image.tuple)) + chunks);
  };
  const found: Cliff[] = [];
  const here = widest.bytes.value;
  const now = perRow(here);
  /** A step worth a word: a twentieth of the row. */
  const steps = (bytes: number): boolean => Math.abs(perRow(bytes) - now) > now / 20;
  const add = (from: number, to: number): void => {
    let [low, high] = [Math.min(from, to), Math.max(from, to)];
    const lowSteps = steps(low);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (steps(middle) === lowSteps) low = middle;
      else high = middle;
    }
    found.push({
      parameter: `${widest.name} bytes`,
      at: high,
      before: perRow(low),
      after: perRow(high),
      unit: 'B',
      per: 'row',
    });
  };
  for (const direction of [-1, 1]) {
    // The size never falls as the payload grows, so the nearest step is closed in on by doubling and halving.
    for (let near = 0, away = 16; away <= 4096; near = away, away *= 2) {
      const bytes = Math.floor(here) + direction * away;
      if (bytes < 1) break;
      if (!steps(bytes)) continue;
      add(Math.floor(here) + direction * near, bytes);
      break;
    }
  }
  return found;
}

export const pgHeap: Layout<HeapParameters> = defineLayout<HeapParameters>({
  id: 'pg-heap',
  title: 'PostgreSQL table with TOAST',
  source: SOURCE,
  size,
  cliffs,
});
