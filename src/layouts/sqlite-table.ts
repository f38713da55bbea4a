/**
 * A SQLite rowid table loaded in rowid order; SQLite file format (sqlite.org/fileformat2.html), src/btree.c 3.53.
 * balance_quick keeps the leaves full on append, a payload past the local limit spills into overflow pages of
 * page size - 4 bytes, and the interior pages hold one cell per child. VACUUM writes the same leaves.
 */
import { derive, InputError, leaf, type Quantity, stated } from '../quantity/index.ts';
import { type Cliff, defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { itemsPerRoom } from './length-spread.ts';
import {
  checkPageSize,
  DEFAULT_PAGE_SIZE,
  interiorPages,
  LEAF_HEADER,
  leafCellSpread,
  meanOverflowPages,
  overflowPages,
  tableInteriorCell,
  tableLeafPages,
  varintBytes,
} from './sqlite-pages.ts';
import { recordOf, type SqliteColumn } from './sqlite-records.ts';

export interface SqliteTableParameters {
  readonly rows: Quantity;
  readonly columns: readonly SqliteColumn[];
  /** Default 4,096. */
  readonly pageSize?: Quantity<'B'>;
  /** `vacuumed` packs the interior pages too; the leaves are full either way. Default `append`. */
  readonly state?: 'append' | 'vacuumed';
}

const SOURCE = 'SQLite file format and src/btree.c (3.53)';
const PAGE_SIZE: Quantity<'B'> = stated('page size', DEFAULT_PAGE_SIZE, 'B', 'exact', 'SQLite default');

const arithmetic = (): Readonly<Record<string, (...n: number[]) => number>> => ({
  leaves: (n = 0, P = 0, s = 0, U = 0) => tableLeafPages(n, P, s, U),
  overflow: (P = 0, s = 0, U = 0) => meanOverflowPages(P, s, U, 'table'),
  per_page: (n = 0, P = 0, s = 0, U = 0) => {
    const cell = leafCellSpread(P, s, varintBytes(n), U, 'table');
    return itemsPerRoom(U - LEAF_HEADER, cell.mean, cell.deviation);
  },
  interior: (leaves = 0, n = 0, U = 0) => interiorPages(leaves, tableInteriorCell(n), U, 'ascending'),
  interior_packed: (leaves = 0, n = 0, U = 0) => interiorPages(leaves, tableInteriorCell(n), U, 'packed'),
});
type Using = { readonly using: ReturnType<typeof arithmetic> };
let made: Using | undefined;

/** Made for the first table: most plans have none of SQLite. */
function using(): Using {
  made ??= { using: arithmetic() };
  return made;
}

/** @throws InputError unless the count is a whole number from 0 to 2^53 */
export function checkRows(rows: Quantity, what: string): void {
  if (!(rows.low >= 0) || rows.high > Number.MAX_SAFE_INTEGER) {
    throw new InputError(
      'rows',
      `${what}: ${rows.value} is not a count of rows; it must be from 0 to ${Number.MAX_SAFE_INTEGER}`,
    );
  }
}

function size(p: SqliteTableParameters): LayoutSize {
  const n = p.rows;
  const U = p.pageSize ?? PAGE_SIZE;
  checkPageSize(U);
  checkRows(n, 'rows');
  const { payload, deviation } = recordOf('record', p.columns);
  const inputs = { n, P: payload, s: deviation, U };
  const perPage = derive('rows per leaf page', 'rows', 'per_page(n, P, s, U)', inputs, using());
  const leafPages = derive('leaf pages', 'pages', 'leaves(n, P, s, U)', inputs, { ...using(), source: SOURCE });
  const overflow = derive('overflow pages', 'pages', 'ceil(n * overflow(P, s, U))', inputs, {
    ...using(),
    source: SOURCE,
  });
  const inner = derive(
    'interior pages',
    'pages',
    p.state === 'vacuumed' ? 'interior_packed(L, n, U)' : 'interior(L, n, U)',
    { L: leafPages, n, U },
    using(),
  );
  const pages = derive('pages', 'pages', 'L + I + O', { L: leafPages, I: inner, O: overflow });
  return {
    disk: derive('SQLite table', 'B', 'pages * U', { pages, U }),
    resident: derive('interior pages in cache', 'B', 'I * U', { I: inner, U }),
    parts: { payload, perPage, leafPages, overflowPages: overflow, interiorPages: inner, pages },
  };
}

/** Bytes one row of that payload takes: its share of a leaf page and its overflow pages. */
function perRow(payload: number, U: number, rows: number): number {
  const cell = leafCellSpread(payload, 0, varintBytes(rows), U, 'table').mean;
  return U / itemsPerRoom(U - LEAF_HEADER, cell, 0) + overflowPages(payload, U, 'table') * U;
}

/** The record sizes around the given one at which a row takes another share of pages. */
function cliffs(p: SqliteTableParameters): readonly Cliff[] {
  const U = (p.pageSize ?? PAGE_SIZE).value;
  const rows = p.rows.value;
  const payload = Math.round(recordOf('record', p.columns).payload.value);
  const here = perRow(payload, U, rows);
  const found: Cliff[] = [];
  // Above a page's worth of payload the share repeats with every overflow page.
  const reach = payload + 2 * U;
  for (let P = payload; P > 1; P--) {
    const below = perRow(P - 1, U, rows);
    if (below !== here) {
      found.push({ parameter: 'recordBytes', at: P, before: below, after: here, unit: 'B', per: 'row' });
      break;
    }
  }
  for (let P = payload + 1; P < reach; P++) {
    const above = perRow(P, U, rows);
    if (above !== here) {
      found.push({ parameter: 'recordBytes', at: P, before: here, after: above, unit: 'B', per: 'row' });
      break;
    }
  }
  return found;
}

export const sqliteTable: Layout<SqliteTableParameters> = defineLayout({
  id: 'sqlite-table',
  title: 'SQLite rowid table',
  source: SOURCE,
  size,
  cliffs,
});

/** What one memory of an embedded store holds. */
export interface EmbeddedMemory {
  readonly namespaceBytes: Quantity<'B'>;
  readonly textBytes: Quantity<'B'>;
  readonly metadataBytes: Quantity<'B'>;
  /** Bytes of the embedding kept as a blob in the row; leave out where it lives in a vec0 table under the same rowid. */
  readonly embeddingBytes?: Quantity<'B'>;
}

const EPOCH_SECONDS: Quantity = leaf('seconds since 1970', 1_700_000_000, 'count');
const SHORT: Quantity<'ratio'> = leaf('spread of short texts', 0, 'ratio');

/** The columns of `memory(id INTEGER PRIMARY KEY, namespace, text, metadata, created_at[, embedding])`. */
export function memoryColumns(memory: EmbeddedMemory): SqliteColumn[] {
  return [
    { kind: 'rowid', name: 'id' },
    { kind: 'text', name: 'namespace', bytes: memory.namespaceBytes, spread: SHORT },
    { kind: 'text', name: 'text', bytes: memory.textBytes },
    { kind: 'text', name: 'metadata', bytes: memory.metadataBytes },
    { kind: 'integer', name: 'created_at', value: EPOCH_SECONDS },
    ...(memory.embeddingBytes === undefined
      ? []
      : [{ kind: 'blob' as const, name: 'embedding', bytes: memory.embeddingBytes }]),
  ];
}
