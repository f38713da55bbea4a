/**
 * Bytes that one change puts into PostgreSQL's write-ahead log, without full-page images.
 *
 * Source: PostgreSQL 17 src/include/access/xlogrecord.h (XLogRecord, XLogRecordBlockHeader), xlog_internal.h (page header),
 * heapam_xlog.h (xl_heap_insert, xl_heap_header, xl_heap_update), nbtxlog.h (xl_btree_insert), xact.h (xl_xact_commit),
 * src/backend/access/transam/generic_xlog.c (fragments of pages, which is how pgvector logs); pgvector 0.8.6
 * src/hnswinsert.c (AddElementOnDisk, HnswInsertAppendPage, HnswUpdateMetaPage, HnswUpdateNeighborsOnDisk).
 * Records begin at multiples of 8. The same in 13 to 18 but for a few bytes.
 */
import { derive, leaf, type Quantity, stated } from '../quantity/index.ts';
import { PAGE_BYTES } from './pg-page.ts';

const SOURCE = 'PostgreSQL src/include/access/xlogrecord.h';
const part = (name: string, bytes: number, source: string = SOURCE): Quantity<'B'> =>
  leaf(name, bytes, 'B', { source });

/** SizeOfXLogRecord. */
const RECORD: Quantity<'B'> = part('record header', 24);
/** SizeOfXLogRecordBlockHeader 4, RelFileLocator 12, BlockNumber 4. */
const BLOCK: Quantity<'B'> = part('reference to a page', 20);
/** A further page of the same relation repeats no locator. */
const SAME_RELATION: Quantity<'B'> = part('reference to a further page of the relation', 8);
/** SizeOfXLogRecordDataHeaderShort; longer main data has 5. */
const MAIN: Quantity<'B'> = part('header of the main data', 2);
/** ItemIdData, which tuple sizes of the other layouts include and the log does not. */
const POINTER: Quantity<'B'> = part('line pointer', 4);
/** offset and length of a piece of a page, two bytes each. */
const FRAGMENT: Quantity<'B'> = part(
  'head of a page fragment',
  4,
  'PostgreSQL src/backend/access/transam/generic_xlog.c',
);

/** A page of the log gives 24 of its 8,192 bytes to its header. */
export const LOG_PAGE_SHARE: Quantity<'ratio'> = leaf(
  'log bytes for each byte of records',
  PAGE_BYTES / (PAGE_BYTES - 24),
  'ratio',
  {
    source: 'PostgreSQL src/include/access/xlog_internal.h, SizeOfXLogShortPHD',
  },
);

/** A commit of a transaction of its own: xl_xact_commit is a time of 8 bytes. */
export const COMMIT_RECORD: Quantity<'B'> = derive(
  'commit record',
  'B',
  'align8(record + main + 8)',
  {
    record: RECORD,
    main: MAIN,
  },
  { source: 'PostgreSQL src/include/access/xact.h' },
);

/**
 * A row put into a table: xl_heap_insert (3), xl_heap_header (5), and the tuple without its first 23 bytes.
 * @param tuple heap tuple with its line pointer
 */
export function heapInsertRecord(tuple: Quantity<'B'>): Quantity<'B'> {
  return derive(
    'heap insert record',
    'B',
    'tuple - pointer + align8(record + block + main + 3 + 5 - 23)',
    { tuple, pointer: POINTER, record: RECORD, block: BLOCK, main: MAIN },
    { source: 'PostgreSQL src/include/access/heapam_xlog.h' },
  );
}

/** A record that changes a row without any of its bytes. @param own bytes of its structure */
function heapMark(name: string, structure: string, own: number): Quantity<'B'> {
  return derive(
    name,
    'B',
    `align8(record + block + main + ${own})`,
    { record: RECORD, block: BLOCK, main: MAIN },
    { source: `PostgreSQL src/include/access/heapam_xlog.h ${structure}` },
  );
}

/** A row that INSERT … ON CONFLICT found new, put in speculatively and then confirmed: xl_heap_confirm is 2 bytes. */
export const heapConfirmRecord = (): Quantity<'B'> => heapMark('row confirmation record', 'xl_heap_confirm', 2);

/** A row of another table that a foreign key locks while the row is inserted: xl_heap_lock is 8 bytes. */
export const heapLockRecord = (): Quantity<'B'> => heapMark('row lock record', 'xl_heap_lock', 8);

/**
 * All chunks of one row's TOAST values; a chunk is a heap tuple with an oid, a number and a length word before its bytes.
 * @param toasted payload bytes of a row that lie in TOAST
 */
export function toastInsertRecords(toasted: Quantity<'B'>, chunks: Quantity<'ratio'>): Quantity<'B'> {
  return derive(
    'TOAST insert records',
    'B',
    'toasted + chunks * align8(record + block + main + 3 + 5 + 1 + 12)',
    { toasted, chunks, record: RECORD, block: BLOCK, main: MAIN },
    { source: 'PostgreSQL src/backend/access/heap/heaptoast.c' },
  );
}

/** How the keys of a btree arrive. */
export type KeyOrder = 'ascending' | 'random';

/**
 * What page splits log, in entries for each entry inserted. In random order a split logs half a page and makes room for as many
 * entries; none happens right after a build (fillfactor 90), and then many at once. At the ascending end a tenth of a page
 * moves (the leaf fillfactor again).
 */
const SPLITS: Readonly<Record<KeyOrder, Quantity<'ratio'>>> = {
  random: stated(
    'entries logged again by splits',
    1,
    'ratio',
    'exact',
    'PostgreSQL src/backend/access/nbtree/nbtsplitloc.c: halves, in the long run',
    0,
    2.2,
  ),
  ascending: stated(
    'entries logged again by splits',
    0.11,
    'ratio',
    'exact',
    'PostgreSQL src/backend/access/nbtree/nbtsplitloc.c: a tenth of a page at the right end',
  ),
};

/**
 * @param entry index tuple with its line pointer
 * @param order of the keys, or the entries that splits log again for each entry inserted
 */
export function btreeInsertRecord(entry: Quantity<'B'>, order: KeyOrder | Quantity<'ratio'>): Quantity<'B'> {
  return derive(
    'btree insert record with its share of splits',
    'B',
    'align8(record + block + main + 2) + (entry - pointer) * (1 + splits)',
    {
      record: RECORD,
      block: BLOCK,
      main: MAIN,
      entry,
      pointer: POINTER,
      splits: typeof order === 'string' ? SPLITS[order] : order,
    },
    { source: 'PostgreSQL src/include/access/nbtxlog.h' },
  );
}

export interface HnswInsert {
  /** Bytes of an element tuple. */
  readonly element: Quantity<'B'>;
  readonly m: Quantity<'count'>;
  readonly efConstruction: Quantity<'count'>;
  /** Elements to a page, 0.5 where one takes two. */
  readonly perPage: Quantity<'ratio'>;
  /** Share of the rows whose vector is there already. */
  readonly duplicates: Quantity<'ratio'>;
}

/**
 * Links that an insert changes in its neighbours, of the 2m it has: the others' lists are full of nearer elements.
 * 0.58 to 0.87 on real servers (40 to 1,536 dimensions, m 8 to 32, 1,000 to 40,000 clustered vectors): bench/writes-postgres.ts.
 */
const ACCEPTED: Quantity<'ratio'> = stated(
  'neighbours that take the new element',
  0.72,
  'ratio',
  'measured',
  'pgvector 0.8.0 on clustered vectors, bench/writes-postgres.ts',
  0.55,
  0.95,
);

/** Neighbour lists of other elements that one insert writes, each on a page of its own for all one knows. */
export function hnswLinksWritten(p: Pick<HnswInsert, 'm' | 'efConstruction'>): Quantity<'count'> {
  return derive('neighbour lists rewritten', 'count', 'min(2 * m, ef) * accepted', {
    m: p.m,
    ef: p.efConstruction,
    accepted: ACCEPTED,
  });
}

/** Neighbour tuple, mean over the levels: a share of 1 / (m - 1) has room for m further links of 6 bytes. */
export function meanNeighbourTuple(m: Quantity<'count'>): Quantity<'B'> {
  return derive(
    'HNSW neighbour tuple, mean',
    'B',
    'align8(4 + 12 * m) + 6 * m / (m - 1)',
    { m },
    {
      source: 'pgvector src/hnsw.h',
    },
  );
}

/** A row pointer, or one link, is six bytes of one page: a record of one fragment. */
export const LINK_RECORD: Quantity<'B'> = derive(
  'record of one changed link',
  'B',
  'align8(record + block + fragment + 6)',
  {
    record: RECORD,
    block: BLOCK,
    fragment: FRAGMENT,
  },
  { source: 'PostgreSQL src/backend/access/transam/generic_xlog.c' },
);

/** A page put behind another: the link to it, its empty image, and the head that says where inserts go now. */
function newPageRecords(): Quantity<'B'> {
  return derive(
    'records of a new page',
    'B',
    'align8(record + block + fragment + 4 + same + 5 + 32) + align8(record + block + fragment + 4)',
    { record: RECORD, block: BLOCK, fragment: FRAGMENT, same: SAME_RELATION },
    {
      source:
        'pgvector src/hnswinsert.c HnswInsertAppendPage, HnswUpdateMetaPage; src/ivfinsert.c InsertTuple, IvfflatUpdateList',
    },
  );
}

/**
 * An element put into an HNSW graph: its two tuples as one fragment beside the page's changed head and two line pointers, a
 * link in each neighbour that takes it, and for each new page the link from the one before, an empty image and the metapage.
 */
export function hnswInsertRecords(p: HnswInsert): Quantity<'B'> {
  const element = derive(
    'element record',
    'B',
    'align8(record + block + (fragment + 4) + (fragment + 8) + fragment + element + neighbours)',
    { record: RECORD, block: BLOCK, fragment: FRAGMENT, element: p.element, neighbours: meanNeighbourTuple(p.m) },
    { source: 'pgvector src/hnswinsert.c AddElementOnDisk' },
  );
  return derive(
    'HNSW insert records',
    'B',
    '(1 - D) * (element + page / perPage + links * link) + D * link',
    {
      D: p.duplicates,
      element,
      page: newPageRecords(),
      perPage: p.perPage,
      links: hnswLinksWritten(p),
      link: LINK_RECORD,
    },
    { source: 'pgvector src/hnswinsert.c' },
  );
}

/** Image of an HNSW page: header 24 and special area 8, its tuples with line pointers; the free middle is left out. */
export function hnswPageImage(p: Pick<HnswInsert, 'element' | 'm' | 'perPage'>): Quantity<'B'> {
  return derive(
    'image of an HNSW page',
    'B',
    'min(page, 32 + perPage * (element + neighbours + 2 * pointer))',
    {
      page: part('page', PAGE_BYTES, 'PostgreSQL BLCKSZ'),
      perPage: p.perPage,
      element: p.element,
      neighbours: meanNeighbourTuple(p.m),
      pointer: POINTER,
    },
    { source: 'PostgreSQL src/include/access/xlogrecord.h, BKPIMAGE_HAS_HOLE' },
  );
}

export interface IvfflatInsert {
  /** Bytes of a tuple with its line pointer. */
  readonly tuple: Quantity<'B'>;
  readonly perPage: Quantity<'count'>;
}

/** A vector put at the end of its list: the tuple, its line pointer and the page's changed head, and its part of a new page. */
export function ivfflatInsertRecords(p: IvfflatInsert): Quantity<'B'> {
  return derive(
    'IVFFlat insert records',
    'B',
    'align8(record + block + (fragment + 4) + (fragment + pointer) + fragment + tuple - pointer) + page / perPage',
    {
      record: RECORD,
      block: BLOCK,
      fragment: FRAGMENT,
      pointer: POINTER,
      tuple: p.tuple,
      page: newPageRecords(),
      perPage: p.perPage,
    },
    { source: 'pgvector src/ivfinsert.c InsertTuple' },
  );
}

/**
 * Image of the last page of a list, header 24 and special area 8: it holds one tuple to all of its places, and the new one, or, where
 * it is full, the link to a new page.
 */
export function ivfflatPageImage(p: IvfflatInsert): Quantity<'B'> {
  return derive(
    'image of the last page of a list',
    'B',
    'min(page, 32 + tuple * ((perPage + 1) / 2 + 1 - 1 / perPage))',
    { page: part('page', PAGE_BYTES, 'PostgreSQL BLCKSZ'), tuple: p.tuple, perPage: p.perPage },
    { source: 'PostgreSQL src/include/access/xlogrecord.h, BKPIMAGE_HAS_HOLE', aligned: true },
  );
}

/** Image of a page that is full of them; the heads of lists, a centre each, are as long. */
export function ivfflatFullImage(p: IvfflatInsert): Quantity<'B'> {
  return derive(
    'image of a full page of an IVFFlat index',
    'B',
    'min(page, 32 + tuple * perPage)',
    { page: part('page', PAGE_BYTES, 'PostgreSQL BLCKSZ'), tuple: p.tuple, perPage: p.perPage },
    { source: 'PostgreSQL src/include/access/xlogrecord.h, BKPIMAGE_HAS_HOLE' },
  );
}

/** Image of a page that is filled to a share: header, special area and hole are in the share. */
export function pageImage(name: string, fill: Quantity<'ratio'>): Quantity<'B'> {
  return derive(`image of a page of ${name}`, 'B', 'page * fill', {
    page: part('page', PAGE_BYTES, 'PostgreSQL BLCKSZ'),
    fill,
  });
}

/**
 * An update that stays on its page: xl_heap_update (14), tuple header (5), lengths of what stays the same (4), and the changed
 * columns, 12 bytes of a time and a counter.
 */
export const HOT_UPDATE_RECORD: Quantity<'B'> = derive(
  'update record on one page',
  'B',
  'align8(record + block + main + 14 + 5 + 4 + 1 + 12)',
  {
    record: RECORD,
    block: BLOCK,
    main: MAIN,
  },
  { source: 'PostgreSQL src/include/access/heapam_xlog.h xl_heap_update' },
);
