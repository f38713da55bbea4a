/**
 * What one memory puts into PostgreSQL's log, structure by structure: the records (layouts/wal-record), and the pages that are
 * changed anywhere in the structure, each of which is logged whole once after a checkpoint.
 */

import { listsOf } from '../engines/ivf-work.ts';
import {
  EDGE_SOURCE,
  EDGE_TARGET,
  EVENT_TIME,
  edgeColumns,
  LEDGER_ID,
  LEDGER_MEMORY,
  ledgerColumns,
  memoryColumns,
  metadataKey,
  OUTBOX_ID,
  outboxColumns,
  PRIMARY_KEY,
} from '../engines/pg-store.ts';
import { vectorIndexSize } from '../engines/pg-vector-index.ts';
import type { LayoutSize } from '../layouts/layout.ts';
import { type KeyColumn, pgBtree } from '../layouts/pg-btree.ts';
import { type HeapColumn, pgHeap } from '../layouts/pg-heap.ts';
import {
  btreeInsertRecord,
  COMMIT_RECORD,
  heapInsertRecord,
  hnswInsertRecords,
  hnswLinksWritten,
  hnswPageImage,
  ivfflatFullImage,
  ivfflatInsertRecords,
  ivfflatPageImage,
  type KeyOrder,
  pageImage,
  toastInsertRecords,
} from '../layouts/wal-record.ts';
import { derive, leaf, named, type Quantity, stated, sum } from '../quantity/index.ts';
import type { IndexKind, OptionalComponent, Workload } from '../workload/index.ts';

/** Pages that are changed out of order. */
export interface TouchedPages {
  /** Changes a memory, each on a page anywhere in the structure. */
  readonly touches: Quantity<'ratio'>;
  /** Pages they fall on, on one machine. */
  readonly pages: Quantity<'pages'>;
  /** What one page's image takes in the log. */
  readonly image: Quantity<'B'>;
}

export interface WrittenStructure {
  /** The component ids of the JSON contract, and `commit`. */
  readonly id: string;
  readonly title: string;
  /** Log bytes of one memory, without images. */
  readonly log: Quantity<'B'>;
  /** Empty where only the end of the structure grows. */
  readonly touched: readonly TouchedPages[];
  /** Pages at whose end rows are appended: an image each a checkpoint, whatever is written. */
  readonly ends: number;
}

/** Random inserts leave btree pages between half full and full; right after a build they are at 90 %. */
export const BTREE_FILL: Quantity<'ratio'> = stated(
  'fill of a btree page',
  0.75,
  'ratio',
  'assumed',
  'default: between a split page and a built one',
  0.5,
  0.9,
);
/** A TOAST index entry: oid and number of the chunk, with its line pointer. */
const CHUNK_ENTRY: Quantity<'B'> = stated(
  'TOAST index entry',
  20,
  'B',
  'exact',
  'PostgreSQL src/include/access/heaptoast.h',
);
export const ONCE: Quantity<'ratio'> = leaf('rows a memory', 1, 'ratio');
const zero = (name: string): Quantity<'B'> => leaf(name, 0, 'B');

/**
 * The structures of a plain memory store but for its lexical index, which writes-pending.ts adds.
 * @param w the workload of one machine
 */
export function writtenStructures(w: Workload, index: IndexKind): WrittenStructure[] {
  return [
    ...vectorIndex(w, index),
    ...table(w),
    ...w.components.flatMap((id) => sideStructure(id, w)),
    { id: 'commit', title: 'commit', log: COMMIT_RECORD, touched: [], ends: 0 },
  ];
}

function sideStructure(id: OptionalComponent, w: Workload): WrittenStructure[] {
  switch (id) {
    case 'primary-key':
      return [keyed(id, 'primary key', w, PRIMARY_KEY, 'random')];
    case 'temporal-index':
      return [keyed(id, 'temporal index', w, EVENT_TIME, 'ascending')];
    case 'metadata-index':
      return [keyed(id, 'metadata index', w, metadataKey(w), 'random')];
    case 'edge-table':
      return [
        sideTable(id, 'edge table', w, w.edgesPerMemory, edgeColumns(), [
          [EDGE_SOURCE, 'random'],
          [EDGE_TARGET, 'random'],
        ]),
      ];
    case 'audit-ledger':
      return [
        sideTable(id, 'audit ledger', w, w.revisionsPerMemory, ledgerColumns(), [
          [LEDGER_ID, 'ascending'],
          [LEDGER_MEMORY, 'random'],
        ]),
      ];
    case 'outbox':
      return [sideTable(id, 'outbox', w, ONCE, outboxColumns(), [[OUTBOX_ID, 'ascending']])];
    case 'lexical-index':
      return [];
  }
}

export function vectorIndex(w: Workload, index: IndexKind): WrittenStructure[] {
  if (index === 'flat') return [];
  if (index === 'ivfflat') return [ivfflatStructure(w, vectorIndexSize(index, w) as LayoutSize)];
  return [hnswStructure('vector-index', 'HNSW index', w, vectorIndexSize(index, w) as LayoutSize)];
}

function ivfflatStructure(w: Workload, { parts }: LayoutSize): WrittenStructure {
  const shape = { tuple: parts['tuple'] as Quantity<'B'>, perPage: parts['perPage'] as Quantity<'count'> };
  const heads = derive('heads of lists changed a memory', 'ratio', '1 / perPage', { perPage: shape.perPage });
  return {
    id: 'vector-index',
    title: 'IVFFlat index',
    log: ivfflatInsertRecords(shape),
    touched: [
      {
        touches: ONCE,
        pages: derive('last pages of lists', 'pages', 'lists', { lists: listsOf(w) }),
        image: ivfflatPageImage(shape),
      },
      { touches: heads, pages: parts['listPages'] as Quantity<'pages'>, image: ivfflatFullImage(shape) },
    ],
    ends: 0,
  };
}

/** An HNSW index of that size, a row of it a memory. */
export function hnswStructure(id: string, title: string, w: Workload, { parts }: LayoutSize): WrittenStructure {
  const shape = {
    element: parts['elementTuple'] as Quantity<'B'>,
    m: w.m,
    efConstruction: w.efConstruction,
    perPage: parts['perPage'] as Quantity<'ratio'>,
    duplicates: w.duplicateRate,
  };
  const touches = derive('HNSW pages changed a memory', 'ratio', '(1 - D) * (links + 1) + D', {
    D: w.duplicateRate,
    links: hnswLinksWritten(shape),
  });
  return {
    id,
    title,
    log: hnswInsertRecords(shape),
    touched: [{ touches, pages: parts['pages'] as Quantity<'pages'>, image: hnswPageImage(shape) }],
    ends: 0,
  };
}

const heaps = new WeakMap<Workload, LayoutSize['parts']>();

/** The memory table's layout. How rows share pages takes a while to work out, and three parts of a report ask for it. */
export function memoryHeap(w: Workload): LayoutSize['parts'] {
  let known = heaps.get(w);
  if (known === undefined) {
    known = pgHeap.size({ rows: w.memories, columns: memoryColumns(w, true), hotShare: w.hotShare }).parts;
    heaps.set(w, known);
  }
  return known;
}

function table(w: Workload): WrittenStructure[] {
  const parts = memoryHeap(w);
  const heap: WrittenStructure = {
    id: 'table',
    title: 'table',
    log: heapInsertRecord(parts['tuple'] as Quantity<'B'>),
    touched: [],
    ends: 1,
  };
  return [heap, ...toast(parts)];
}

/** The TOAST table of a table with that layout, a row of it a memory; none where every row stays in the heap. */
export function toast(parts: LayoutSize['parts']): WrittenStructure[] {
  const chunks = parts['toastChunks'] as Quantity<'ratio'>;
  if (chunks.high === 0) return [];
  const index = derive('TOAST index records', 'B', 'chunks * record', {
    chunks,
    record: btreeInsertRecord(CHUNK_ENTRY, 'ascending'),
  });
  const log = sum('TOAST and its index', toastInsertRecords(parts['toastedBytes'] as Quantity<'B'>, chunks), index);
  return [{ id: 'toast', title: 'TOAST', log, touched: [], ends: 2 }];
}

interface BtreeWrites {
  readonly log: Quantity<'B'>;
  readonly touched: readonly TouchedPages[];
  readonly ends: number;
}

function btreeWrites(
  rows: Quantity<'rows'>,
  key: readonly KeyColumn[],
  order: KeyOrder,
  perMemory: Quantity<'ratio'>,
): BtreeWrites {
  const { parts } = pgBtree.size({ rows, columns: key });
  const record = btreeInsertRecord(parts['entry'] as Quantity<'B'>, order);
  const name = key.map((c) => c.name).join(', ');
  const log = derive(`log of the index (${name})`, 'B', 'perMemory * record', { perMemory, record });
  if (order === 'ascending') return { log, touched: [], ends: 1 };
  return {
    log,
    touched: [
      {
        touches: named(`pages of (${name}) changed a memory`, perMemory),
        pages: parts['leaves'] as Quantity<'pages'>,
        image: pageImage('a btree', BTREE_FILL),
      },
    ],
    ends: 0,
  };
}

function keyed(id: string, title: string, w: Workload, key: readonly KeyColumn[], order: KeyOrder): WrittenStructure {
  return { id, title, ...btreeWrites(w.memories, key, order, ONCE) };
}

function sideTable(
  id: string,
  title: string,
  w: Workload,
  perMemory: Quantity<'ratio'>,
  columns: readonly HeapColumn[],
  keys: readonly (readonly [readonly KeyColumn[], KeyOrder])[],
): WrittenStructure {
  if (perMemory.high === 0) return { id, title, log: zero(title), touched: [], ends: 0 };
  const rows = derive(`rows of the ${title}`, 'rows', 'ceil(N * perMemory)', { N: w.memories, perMemory });
  const heap = heapInsertRecord(pgHeap.size({ rows, columns }).parts['tuple'] as Quantity<'B'>);
  const indexes = keys.map(([key, order]) => btreeWrites(rows, key, order, perMemory));
  const own = derive(`log of the ${title}'s rows`, 'B', 'perMemory * heap', { perMemory, heap });
  return {
    id,
    title,
    log: sum(`log of the ${title}`, own, ...indexes.map((i) => i.log)),
    touched: indexes.flatMap((i) => i.touched),
    ends: 1 + indexes.reduce((all, i) => all + i.ends, 0),
  };
}
