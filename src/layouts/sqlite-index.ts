/**
 * A SQLite index b-tree, or a WITHOUT ROWID table, which is one; SQLite file format and src/btree.c, 3.53.
 * An entry is a record of the indexed columns and the rowid. Its pages are full when the index is created over
 * existing rows or after VACUUM; 7/8 full when keys arrive in ascending order; about 89 % full (measured 85 to 95)
 * when they arrive at random, because balance_nonroot evens out three siblings before it splits.
 */
import { derive, leaf, oncePer, type Quantity, stated } from '../quantity/index.ts';
import { type Cliff, defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { itemsPerRoom } from './length-spread.ts';
import {
  checkPageSize,
  DEFAULT_PAGE_SIZE,
  filled,
  indexInteriorCell,
  indexLeafPages,
  interiorPages,
  LEAF_HEADER,
  type LoadOrder,
  leafCellSpread,
  meanOverflowPages,
  RANDOM_FILL,
  RANDOM_FILL_HIGH,
  RANDOM_FILL_LOW,
} from './sqlite-pages.ts';
import { recordOf, type SqliteColumn } from './sqlite-records.ts';
import { checkRows } from './sqlite-table.ts';

export interface SqliteIndexParameters {
  readonly rows: Quantity;
  /** The indexed columns; for a WITHOUT ROWID table all its columns, the key first. */
  readonly columns: readonly SqliteColumn[];
  /**
   * How the keys arrived: `ascending` (timestamps, sequential ids), `random` (hashes, UUIDs, or many namespaces
   * interleaved), `packed` (CREATE INDEX over existing rows, REINDEX, VACUUM).
   */
  readonly order: LoadOrder;
  /** True for a WITHOUT ROWID table: entries carry no rowid. */
  readonly withoutRowid?: boolean;
  /** Default 4,096. */
  readonly pageSize?: Quantity<'B'>;
}

const SOURCE = 'SQLite file format and src/btree.c (3.53)';
const PAGE_SIZE: Quantity<'B'> = stated('page size', DEFAULT_PAGE_SIZE, 'B', 'exact', 'SQLite default');
const FILL: Quantity<'ratio'> = stated(
  'leaf fill after random inserts',
  RANDOM_FILL,
  'ratio',
  'measured',
  'SQLite 3.53, 1,000 to 100,000 keys of 12 to 400 bytes',
  RANDOM_FILL_LOW,
  RANDOM_FILL_HIGH,
);
/** Not used by ascending and packed loads, whose fill follows from the page. */
const EXACT_FILL: Quantity<'ratio'> = leaf('leaf fill', 1, 'ratio');

type Arithmetic = Readonly<Record<string, (...n: number[]) => number>>;

/** Made for the first index of its order: most plans hold no SQLite index. */
const arithmetic: (order: LoadOrder) => Arithmetic = oncePer((order) => ({
  cell: (P = 0, s = 0, U = 0) => leafCellSpread(P, s, 0, U, 'index').mean,
  capacity: (P = 0, s = 0, U = 0) => {
    const cell = leafCellSpread(P, s, 0, U, 'index');
    return itemsPerRoom(U - LEAF_HEADER, cell.mean, cell.deviation);
  },
  kept: (capacity = 0, fill = 0) => filled(capacity, order, fill),
  leaves: (n = 0, P = 0, s = 0, U = 0, fill = 0) =>
    indexLeafPages(n, leafCellSpread(P, s, 0, U, 'index'), U, order, fill),
  interior: (leaves = 0, cell = 0, U = 0, fill = 0) => interiorPages(leaves, indexInteriorCell(cell), U, order, fill),
  overflow: (P = 0, s = 0, U = 0) => meanOverflowPages(P, s, U, 'index'),
}));

function recordWithRowid(p: SqliteIndexParameters): ReturnType<typeof recordOf> {
  const columns: readonly SqliteColumn[] =
    p.withoutRowid === true
      ? p.columns
      : [...p.columns, { kind: 'integer', name: 'rowid', value: p.rows, sequential: true }];
  return recordOf('entry record', columns);
}

function size(p: SqliteIndexParameters): LayoutSize {
  const n = p.rows;
  const U = p.pageSize ?? PAGE_SIZE;
  checkPageSize(U);
  checkRows(n, 'rows');
  const { payload, deviation } = recordWithRowid(p);
  const using = arithmetic(p.order);
  const fill = p.order === 'random' ? FILL : EXACT_FILL;
  const page = { P: payload, s: deviation, U };
  const cell = derive('leaf cell', 'B', 'cell(P, s, U)', page, { using });
  const perPage = derive('entries per full leaf', 'rows', 'capacity(P, s, U)', page, { using });
  const kept = derive(
    'entries kept per leaf',
    'rows',
    'kept(C, f)',
    { C: perPage, f: fill },
    { using, source: SOURCE },
  );
  const leafPages = derive(
    'leaf pages',
    'pages',
    'leaves(n, P, s, U, f)',
    { n, ...page, f: fill },
    { using, source: SOURCE },
  );
  const inner = derive(
    'interior pages',
    'pages',
    'interior(L, c, U, f)',
    { L: leafPages, c: cell, U, f: fill },
    { using },
  );
  const overflow = derive('overflow pages', 'pages', 'ceil(n * overflow(P, s, U))', { n, ...page }, { using });
  const pages = derive('pages', 'pages', 'L + I + O', { L: leafPages, I: inner, O: overflow });
  return {
    disk: derive(p.withoutRowid === true ? 'SQLite WITHOUT ROWID table' : 'SQLite index', 'B', 'pages * U', {
      pages,
      U,
    }),
    resident: derive('interior pages in cache', 'B', 'I * U', { I: inner, U }),
    parts: { entry: cell, perPage, kept, leafPages, interiorPages: inner, overflowPages: overflow, pages },
  };
}

/** The entry sizes around the given one at which one entry more or fewer fits a leaf. */
function cliffs(p: SqliteIndexParameters): readonly Cliff[] {
  const U = (p.pageSize ?? PAGE_SIZE).value;
  const room = U - LEAF_HEADER;
  const cell = Math.round(leafCellSpread(recordWithRowid(p).payload.value, 0, 0, U, 'index').mean);
  const k = Math.floor(room / cell);
  // Within small entries the next step is a byte away, and worth nothing.
  if (k > 64) return [];
  const share = (count: number): number => U / count;
  const found: Cliff[] = [
    {
      parameter: 'entryBytes',
      at: Math.floor(room / (k + 1)) + 1,
      before: share(k + 1),
      after: share(k),
      unit: 'B',
      per: 'entry',
    },
  ];
  if (k > 1) {
    found.push({
      parameter: 'entryBytes',
      at: Math.floor(room / k) + 1,
      before: share(k),
      after: share(k - 1),
      unit: 'B',
      per: 'entry',
    });
  }
  return found;
}

export const sqliteIndex: Layout<SqliteIndexParameters> = defineLayout({
  id: 'sqlite-index',
  title: 'SQLite index b-tree',
  source: SOURCE,
  size,
  cliffs,
});
