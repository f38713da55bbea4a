/**
 * The pending list of a GIN index (fastupdate), and what emptying it writes.
 *
 * Source: PostgreSQL 17 src/backend/access/gin/ginfast.c (ginHeapTupleFastInsert, ginInsertCleanup), gininsert.c, gindatapage.c
 * (computeLeafRecompressWALData), src/include/access/ginxlog.h, ginblock.h (GIN_PAGE_FREESIZE). An insert appends one tuple a
 * key to the list; whoever finds it longer than gin_pending_list_limit merges all of it into the tree, in his own statement.
 */
import { bytesPerPosting, ginPages } from './gin-pages.ts';
import { align8, LINE_POINTER_BYTES, usableBytes } from './pg-page.ts';
import { type KeyClass, postings } from './text-statistics.ts';

/** GIN_PAGE_FREESIZE: what rows of the list share on a page. */
export const PENDING_PAGE_BYTES: number = usableBytes(8);
/** Record header 24, two pages 28, main data header 2, ginxlogUpdateMeta 88: locator, metapage contents, links, count. */
const META_RECORD_BYTES = 142;
/** Record of a page that is added to the list, without the tuples. */
const LIST_PAGE_RECORD_BYTES = 56;
/** GinMaxItemSize: a longer entry keeps its postings in a tree of their own. */
const MAX_ITEM = 2712;
/** First TID and length of a posting list. */
const SEGMENT_HEADER_BYTES = 8;
const SEGMENT_BYTES = 368;
/** Record header 24, page 20, main data 2 + 2 (ginxlogInsert). */
const INSERT_RECORD_BYTES = 48;
/** offset and isDelete of ginxlogInsertEntry. */
const ENTRY_HEADER_BYTES = 4;
/** Number of actions, segment, action, number of items. */
const LEAF_ACTION_BYTES = 6;
/** A split logs both halves whole (REGBUF_FORCE_IMAGE): a full page and what the two have in headers. */
const SPLIT_BYTES = 8400;

/** Index tuple of one key with its row pointer in the header. Keys of varying length pay 3.5 bytes of padding on average. */
export function keyTupleBytes(keyBytes: number): number {
  return Number.isInteger(keyBytes) ? align8(8 + keyBytes) : 8 + keyBytes + 3.5;
}

/** Distinct keys of a row. */
export function keysPerRow(classes: readonly KeyClass[], rows: number): number {
  return postings(classes) / rows;
}

/** Rows on a page of the list. A row's tuples stay together, so half a row is left over at the end of a page. */
export function pendingRowsPerPage(keys: number, keyBytes: number): number {
  const row = Math.max(1, keys) * (keyTupleBytes(keyBytes) + LINE_POINTER_BYTES);
  const perPage = PENDING_PAGE_BYTES / row;
  return perPage >= 2 ? perPage - 0.5 : Math.min(1, perPage);
}

/** Bytes of log for one row appended to the list. */
export function pendingLogBytes(keys: number, keyBytes: number): number {
  if (keys < 1) return 0;
  return (
    META_RECORD_BYTES + keys * keyTupleBytes(keyBytes) + LIST_PAGE_RECORD_BYTES / pendingRowsPerPage(keys, keyBytes)
  );
}

export interface GinMerge {
  /** Keys that the rows have, each merged once. */
  readonly keys: number;
  /** Bytes of log, page splits included. */
  readonly logBytes: number;
}

/**
 * Merging a batch of rows into an index of `rows`: one record a key, with the whole entry where its postings stand in it. What
 * the index is like does not depend on the batch, and is worked out once for all batches that are asked about.
 * @param classes document frequencies over all the rows, the batch included
 * @param rowsPerPage rows on a page of the table
 * @returns the merge of so many rows
 */
export function ginMerges(
  classes: readonly KeyClass[],
  rows: number,
  rowsPerPage: number,
  keyBytes: number,
): (batch: number) => GinMerge {
  const key = keyTupleBytes(keyBytes);
  const postings = classes.map((c) => bytesPerPosting(Math.min(1, c.rows / rows), rowsPerPage));
  const { pages } = ginPages(classes, rows, rowsPerPage, keyBytes);
  return (batch) => {
    let keys = 0;
    let logBytes = 0;
    for (let i = 0; i < classes.length; i++) {
      const c = classes[i] as KeyClass;
      const posting = postings[i] as number;
      const share = Math.min(1, c.rows / rows);
      const found = 1 - (1 - share) ** batch;
      const added = (batch * share) / found;
      const entry = key + SEGMENT_HEADER_BYTES + (c.rows - 1) * posting;
      const segments = SEGMENT_BYTES / 2 + added * posting * (1 + SEGMENT_HEADER_BYTES / SEGMENT_BYTES);
      const record =
        INSERT_RECORD_BYTES +
        (entry <= MAX_ITEM ? ENTRY_HEADER_BYTES + entry + 7 : LEAF_ACTION_BYTES + Math.min(6 * added, segments) + 4);
      keys += c.keys * found;
      logBytes += c.keys * found * record;
    }
    // Pages that a batch adds, at the mean growth of an index with these keys: each of them is a split.
    const newPages = (batch / rows) * pages;
    return { keys, logBytes: logBytes + SPLIT_BYTES * newPages };
  };
}
