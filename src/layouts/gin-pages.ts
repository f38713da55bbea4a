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
/** Bytes of a posting tree's leaves for each byte of its list. */
const TREE_BYTES = 1 + SEGMENT_HEADER_BYTES / SEGMENT_BYTES;
/** Children of an internal page of a posting tree: PostingItem is 10 bytes. */
const POSTING_FAN_OUT = 814;
/** Gaps in heap pages up to which a TID delta takes 2, 3 and 4 bytes: 2^14, 2^21, 2^28 over 2^11 offsets. */
const TWO_BYTE_PAGES = 7.5;
const THREE_BYTE_PAGES = 1023.5;
const FOUR_BYTE_PAGES = 131_071.5;
/** Chance of a page without the key below which gaps of 1,023 pages are rarer than a number's last digit. */
const NEVER_FAR = 0.96;
/** Postings of a key up to which the lengths of its list are counted one by one; longer lists end at any even byte. */
const COUNTED_POSTINGS = 12;

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
}

/**
 * Mean bytes of one posting after the first of its key, when the key's rows lie anywhere.
 * @param share rows that hold the key
 */
export function bytesPerPosting(share: number, rowsPerPage: number): number {
  // Asked a thousand times for one forecast: no list is made for it, and no function called that a comparison replaces.
  const q = share < 1 ? share : 1;
  const emptyPage = q === 1 ? 0 : (1 - q) ** rowsPerPage;
  const within = (1 - emptyPage) / (rowsPerPage * q);
  const nextPage = within < 1 ? within : 1;
  const beyondTwo = nextPage * emptyPage ** TWO_BYTE_PAGES;
  if (emptyPage < NEVER_FAR) return 1 + (nextPage + beyondTwo);
  return (
    1 + (nextPage + beyondTwo + nextPage * emptyPage ** THREE_BYTE_PAGES + nextPage * emptyPage ** FOUR_BYTE_PAGES)
  );
}

/**
 * Mean bytes of a posting list of `more` postings behind its first in an entry, whose end is aligned to 8. A list of a few
 * postings takes one or two words of 8 bytes, so its mean length says little; a long one ends anywhere.
 * @param list mean bytes of the list as it is
 */
function alignedList(more: number, list: number, share: number, rowsPerPage: number): number {
  if (more <= 0) return 0;
  if (more > COUNTED_POSTINGS) return list + 3.5;
  // Share of the postings after the first that take 1, 2, 3, 4 and 5 bytes.
  const q = Math.min(1, share);
  const emptyPage = q >= 1 ? 0 : (1 - q) ** rowsPerPage;
  const nextPage = Math.min(1, (1 - emptyPage) / (rowsPerPage * q));
  const beyondTwo = nextPage * emptyPage ** TWO_BYTE_PAGES;
  const beyondThree = nextPage * emptyPage ** THREE_BYTE_PAGES;
  const five = nextPage * emptyPage ** FOUR_BYTE_PAGES;
  const one = 1 - nextPage;
  const two = nextPage - beyondTwo;
  const three = beyondTwo - beyondThree;
  const four = beyondThree - five;
  const mean = list / more;
  const whole = Math.floor(more);
  // What alignment adds depends only on where in a word the list ends: eight places, however long it is.
  let ends = [1, 0, 0, 0, 0, 0, 0, 0];
  let below = 0;
  let aligned = 0;
  for (let k = 1; k <= whole + 1; k++) {
    const next = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let at = 0; at < 8; at++) {
      const p = ends[at] as number;
      if (p === 0) continue;
      next[(at + 1) & 7] = (next[(at + 1) & 7] as number) + p * one;
      next[(at + 2) & 7] = (next[(at + 2) & 7] as number) + p * two;
      next[(at + 3) & 7] = (next[(at + 3) & 7] as number) + p * three;
      next[(at + 4) & 7] = (next[(at + 4) & 7] as number) + p * four;
      next[(at + 5) & 7] = (next[(at + 5) & 7] as number) + p * five;
    }
    ends = next;
    if (k < whole) continue;
    aligned = k * mean;
    for (let at = 1; at < 8; at++) aligned += (8 - at) * (ends[at] as number);
    if (k === whole) below = aligned;
  }
  return below + (more - whole) * (aligned - below);
}

/** @param keyBytes bytes of a key in its index tuple, varlena header included */
export function ginPages(classes: readonly KeyClass[], rows: number, rowsPerPage: number, keyBytes: number): GinPages {
  let entryBytes = 0;
  let entrySquares = 0;
  let trees = 0;
  // GinFormTuple sets the postings behind the aligned key; keys of varying length pay 3.5 bytes on average.
  const key = Number.isInteger(keyBytes) ? align8(8 + keyBytes) : 8 + keyBytes + 3.5;
  const plain = key + LINE_POINTER_BYTES;
  const longestList = MAX_ITEM - key - SEGMENT_HEADER_BYTES;
  for (let i = 0; i < classes.length; i++) {
    // Read once: the loop runs hundreds of times in a plan, and every reading and every product of it is a number on the heap.
    const { keys: count, rows: each } = classes[i] as KeyClass;
    const share = each / rows;
    const more = each - 1;
    const list = more * bytesPerPosting(share, rowsPerPage);
    let entry = plain;
    // A lone posting is the segment's header. GinFormTuple aligns the key before the list and the tuple behind it.
    if (list <= longestList) {
      entry = plain + SEGMENT_HEADER_BYTES + alignedList(more, list, share, rowsPerPage);
    } else {
      const leaves = Math.ceil((list * TREE_BYTES) / POSTING_LEAF_BYTES);
      trees += count * (leaves + above(leaves, POSTING_FAN_OUT));
    }
    const bytes = count * entry;
    entryBytes += bytes;
    entrySquares += bytes * entry;
  }
  const entryPages = entryTree(entryBytes, entryBytes === 0 ? 0 : entrySquares / entryBytes, plain);
  return { pages: 1 + entryPages + Math.round(trees), entryPages, postingTreePages: Math.round(trees) };
}

/**
 * Keys arrive in order, and a full page is split in the middle, so the left half stays as it is: half full, and fuller
 * where tuples are large.
 */
function entryTree(bytes: number, weightedTuple: number, pivot: number): number {
  if (bytes <= ENTRY_PAGE) return 1;
  const kept = Math.min(ENTRY_PAGE, ENTRY_PAGE / 2 + overshoot(weightedTuple) * weightedTuple);
  // The last leaf has not been split yet: it holds anything from half a page to a whole one.
  const leaves = 1 + Math.ceil((bytes - ENTRY_PAGE) / kept);
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

/** Pages of an index of so many rows; `known` are the inputs of the model of its keys. */
export type PagesAt = (n: number, perPage: number, key: number, known: readonly number[]) => number;

/** Pages that were counted, by what for. */
const pagesOfText = new Map<string, number>();
const REMEMBERED = 256;

/**
 * The count, once for the same arguments: nothing in a plan takes longer, and plans with other vectors, or of a day on which
 * the store has stopped to grow, ask for the same ones.
 * @param model what the count depends on beside its arguments
 */
export function rememberedPages(model: string, count: PagesAt): PagesAt {
  return (n, perPage, key, known) => {
    const id = `${model} ${n} ${perPage} ${key} ${known.join(' ')}`;
    let pages = pagesOfText.get(id);
    if (pages === undefined) {
      if (pagesOfText.size >= REMEMBERED) pagesOfText.clear();
      pages = count(n, perPage, key, known);
      pagesOfText.set(id, pages);
    }
    return pages;
  };
}
