/**
 * Pages of a freshly built PostgreSQL btree.
 *
 * Source: PostgreSQL src/backend/access/nbtree/nbtsort.c (_bt_buildadd, _bt_sort_dedup_finish_pending), nbtdedup.c,
 * src/include/access/nbtree.h (BTREE_DEFAULT_FILLFACTOR 90, BTREE_NONLEAF_FILLFACTOR 70); 13 to 18.
 * A page is finished when the free space before the next tuple falls below the target; that last tuple moves on.
 */
import { align8, LINE_POINTER_BYTES, PAGE_BYTES, usableBytes } from './pg-page.ts';

/** Special area 16 bytes (BTPageOpaqueData); the line pointers of the high key and of the next tuple are set aside. */
const FREE_OF_EMPTY_PAGE: number = usableBytes(16) - 2 * LINE_POINTER_BYTES;
const NONLEAF_FILLFACTOR = 70;
/** An index tuple's header: heap TID and info. */
const INDEX_TUPLE_HEADER_BYTES = 8;
const TID_BYTES = 6;
/** BTMaxItemSize rounded as nbtdedup.c does for posting tuples built by CREATE INDEX: a tenth of a page. */
const LARGEST_POSTING_TUPLE: number = Math.floor((PAGE_BYTES * 10) / 100 / 8) * 8 - LINE_POINTER_BYTES;

/** Free space at which a page counts as full (BTGetTargetPageFreeSpace). */
function targetFreeSpace(fillfactor: number): number {
  return Math.floor((PAGE_BYTES * (100 - fillfactor)) / 100);
}

/** One kind of leaf tuple: its bytes with the line pointer, how many there are, and how many rows each stands for. */
export interface LeafTuples {
  readonly bytes: number;
  readonly count: number;
  /** Bytes of the posting list, which truncation removes from the high key; 0 for plain tuples. */
  readonly posting: number;
}

/** Tuples of one size on a page, in the long run. Sizes that vary are cut half a tuple earlier, as a remainder would. */
export function tuplesPerPage(bytes: number, varies: boolean, fillfactor: number, posting = 0): number {
  const filled = FREE_OF_EMPTY_PAGE - targetFreeSpace(fillfactor) + posting;
  const hard = FREE_OF_EMPTY_PAGE - LINE_POINTER_BYTES;
  const room = Math.min(filled, hard);
  return varies ? Math.max(1, room / bytes - 0.5) : Math.max(1, Math.floor(room / bytes));
}

/** Pages above so many leaves: each level a pivot per page below, up to the one that is the root. */
export function upperPages(leaves: number, pivotBytes: number): number {
  const fanOut = Math.max(2, tuplesPerPage(pivotBytes, false, NONLEAF_FILLFACTOR));
  let pages = 0;
  for (let level = leaves; level > 1; ) {
    level = Math.ceil(level / fanOut);
    pages += level;
  }
  return pages;
}

/** Whole index: metapage, leaves, upper levels. An empty one is its metapage alone. */
export function treePages(leaves: number, pivotBytes: number): number {
  return leaves === 0 ? 1 : 1 + leaves + upperPages(leaves, pivotBytes);
}

/** An index tuple of so many key bytes, with its line pointer. */
export function entryBytes(key: number): number {
  return align8(INDEX_TUPLE_HEADER_BYTES + key) + LINE_POINTER_BYTES;
}

/** Most heap TIDs that CREATE INDEX puts in one posting tuple over a key of so many bytes. */
export function mostPostings(key: number): number {
  const base = align8(INDEX_TUPLE_HEADER_BYTES + key);
  return Math.max(1, Math.floor((4 * Math.floor((LARGEST_POSTING_TUPLE - base) / 8)) / 3));
}

/** The tuple that stands for `rows` equal keys, with its line pointer. */
export function postingTuple(key: number, rows: number): LeafTuples {
  if (rows <= 1) return { bytes: entryBytes(key), count: 1, posting: 0 };
  const posting = TID_BYTES * rows;
  return { bytes: align8(align8(INDEX_TUPLE_HEADER_BYTES + key) + posting) + LINE_POINTER_BYTES, count: 1, posting };
}

/** Leaf pages of `rows` rows over `distinct` equally frequent keys, deduplicated. */
export function deduplicatedLeaves(rows: number, distinct: number, key: number, fillfactor: number): number {
  const perKey = rows / distinct;
  const most = mostPostings(key);
  const full = postingTuple(key, most);
  const whole = Math.floor(perKey / most);
  const rest = perKey - whole * most;
  const wholePages = (whole * distinct) / tuplesPerPage(full.bytes, false, fillfactor, full.posting);
  if (rest < 1e-9) return wholePages;
  // The remainder differs from key to key; a tuple of its mean size stands for it.
  const last = postingTuple(key, rest);
  const lastPages = distinct / tuplesPerPage(last.bytes, false, fillfactor, last.posting);
  return wholePages + lastPages;
}

/** Keys that are not equally frequent. */
export interface UnevenKeys {
  readonly rows: number;
  /** Keys beside the common ones. */
  readonly distinct: number;
  /** Key bytes, and bytes of an entry with its line pointer. */
  readonly key: number;
  readonly entry: number;
  readonly varies: boolean;
  readonly fillfactor: number;
  /** Shares of the rows: of each common key, and of NULL. */
  readonly common: readonly number[];
  readonly nulls: number;
}

/** Leaf pages where the most frequent keys are known one by one: each a run of its own, NULL too, then all the others. */
export function unevenLeaves(k: UnevenKeys): number {
  const run = (rows: number, key: number): number => (rows < 1 ? 0 : deduplicatedLeaves(rows, 1, key, k.fillfactor));
  // A NULL entry has a null bitmap of four bytes, aligned to eight, in place of its key.
  let pages = run(k.rows * k.nulls, 8);
  for (const share of k.common) pages += run(k.rows * share, k.key);
  const rest = k.rows * Math.max(0, 1 - k.nulls - k.common.reduce((a, b) => a + b, 0));
  if (rest < 1) return pages;
  const distinct = Math.max(1, Math.min(rest, k.distinct));
  const plain = rest / tuplesPerPage(k.entry, k.varies, k.fillfactor);
  // Keys that hardly repeat gain nothing from sharing a tuple, and are then stored one by one.
  return pages + Math.min(plain, deduplicatedLeaves(rest, distinct, k.key, k.fillfactor));
}
