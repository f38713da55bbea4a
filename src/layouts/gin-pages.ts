/**
 * Pages of a freshly built GIN index from its keys' document frequencies.
 *
 * Source: PostgreSQL src/backend/access/gin/ginpostinglist.c (varbyte coding of heap TIDs, 11 bits of offset),
 * gindatapage.c (posting trees, filled to the end in a build), ginentrypage.c (entrySplitPage: half and half, also for
 * the ascending keys of a build), src/include/access/ginblock.h (GinMaxItemSize), ginpostinglist segments; 13 to 18.
 */
import { align8, LINE_POINTER_BYTES, usableBytes } from './pg-page.ts';
import type { KeyClass } from './text-statistics.ts';

/** Free bytes of an entry page: special area 8 (GinPageOpaqueData). */
const ENTRY_PAGE: number = usableBytes(8);
/** GinDataPageMaxDataSize less the right bound: what posting list segments share on a leaf. */
const POSTING_LEAF_BYTES = 8140;
/** GinMaxItemSize: a longer entry keeps its postings in a tree of their own. */
const MAX_ITEM = 2712;
/** A segment: first TID (6) and length (2) stand before its bytes, of which there are about 256 to 384. */
const SEGMENT_HEADER_BYTES = 8;
const SEGMENT_BYTES = 368;
/** Children of an internal page of a posting tree: PostingItem is 10 bytes. */
const POSTING_FAN_OUT = 814;
/** Gaps in heap pages up to which a TID delta takes 2, 3 and 4 bytes: 2^14, 2^21, 2^28 over 2^11 offsets. */
const TWO_BYTE_PAGES = 7.5;
const THREE_BYTE_PAGES = 1023.5;
const FOUR_BYTE_PAGES = 131_071.5;

/**
 * How far the half that stays exceeds half a page, in size-weighted tuples: three quarters of one where a few large
 * tuples fill the page (half of the overflowing one, a quarter of the split), less among many small ones (pageinspect).
 */
function overshoot(weightedTuple: number): number {
  return 0.6 + 0.15 * Math.min(1, weightedTuple / 1500);
}

export interface GinPages {
  /** Metapage, entry tree and posting trees. */
  readonly pages: number;
  readonly entryPages: number;
  readonly postingTreePages: number;
  readonly keys: number;
  readonly postings: number;
}

/**
 * Mean bytes of one posting after the first of its key, when the key's rows lie anywhere.
 * @param share rows that hold the key
 */
export function bytesPerPosting(share: number, rowsPerPage: number): number {
  const q = Math.min(1, share);
  const emptyPage = q >= 1 ? 0 : (1 - q) ** rowsPerPage;
  const nextPage = Math.min(1, (1 - emptyPage) / (rowsPerPage * q));
  return (
    1 + nextPage * (1 + emptyPage ** TWO_BYTE_PAGES + emptyPage ** THREE_BYTE_PAGES + emptyPage ** FOUR_BYTE_PAGES)
  );
}

/** @param keyBytes bytes of a key in its index tuple, varlena header included */
export function ginPages(classes: readonly KeyClass[], rows: number, rowsPerPage: number, keyBytes: number): GinPages {
  let entryBytes = 0;
  let entrySquares = 0;
  let trees = 0;
  let keys = 0;
  let postings = 0;
  // GinFormTuple sets the postings behind the aligned key; keys of varying length pay 3.5 bytes on average.
  const key = Number.isInteger(keyBytes) ? align8(8 + keyBytes) : 8 + keyBytes + 3.5;
  const plain = key + LINE_POINTER_BYTES;
  for (const c of classes) {
    const list = (c.rows - 1) * bytesPerPosting(c.rows / rows, rowsPerPage);
    const inline = key + SEGMENT_HEADER_BYTES + list;
    let entry = plain;
    // A lone posting is the segment's header, which is aligned; behind a list the tuple ends at any even byte.
    if (inline <= MAX_ITEM) entry = inline + Math.min(3, list) + LINE_POINTER_BYTES;
    else {
      const bytes = list * (1 + SEGMENT_HEADER_BYTES / SEGMENT_BYTES);
      const leaves = Math.ceil(bytes / POSTING_LEAF_BYTES);
      trees += c.keys * (leaves + above(leaves, POSTING_FAN_OUT));
    }
    entryBytes += c.keys * entry;
    entrySquares += c.keys * entry * entry;
    keys += c.keys;
    postings += c.keys * c.rows;
  }
  const entryPages = entryTree(entryBytes, keys === 0 ? 0 : entrySquares / entryBytes, plain);
  return { pages: 1 + entryPages + Math.round(trees), entryPages, postingTreePages: Math.round(trees), keys, postings };
}

/**
 * Keys arrive in order, and a full page is split in the middle, so the left half stays as it is: half full, and fuller
 * where tuples are large.
 */
function entryTree(bytes: number, weightedTuple: number, pivot: number): number {
  if (bytes <= ENTRY_PAGE) return 1;
  const kept = Math.min(ENTRY_PAGE, ENTRY_PAGE / 2 + overshoot(weightedTuple) * weightedTuple);
  const leaves = Math.ceil(bytes / kept);
  return leaves + above(leaves, ENTRY_PAGE / 2 / pivot);
}

/** Internal pages over so many leaves. */
function above(leaves: number, fanOut: number): number {
  let pages = 0;
  for (let level = leaves; level > 1; ) {
    level = Math.ceil(level / fanOut);
    pages += level;
  }
  return pages;
}
