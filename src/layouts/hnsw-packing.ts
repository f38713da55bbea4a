/**
 * How pgvector packs an HNSW graph into pages: exactly, in expectation over the random levels.
 *
 * Source: pgvector 0.8.6 src/hnswbuild.c CreateGraphPages, src/hnsw.h, src/hnswutils.c HnswGetMaxLevel. The loop walks
 * the elements; an element opens a new page when it does not fit, or when element and neighbour tuple could share an
 * empty page but not this one; a neighbour tuple that does not fit behind its element opens the next page.
 * Only the element's level is random (P(level >= l) = m^-l), so where a page begins, the past is forgotten but for the
 * level of its first element: pages are a Markov renewal process, and one pass over the used bytes of a page gives the
 * distribution of what it holds. No sampling.
 */
import { align8, LINE_POINTER_BYTES, usableBytes } from './pg-page.ts';

/** Free bytes of an empty index page: 8 bytes of special area (HnswPageOpaqueData). */
const USABLE = usableBytes(8);
/** sizeof(ItemPointerData), one per neighbour link. */
const TID_BYTES = 6;
/** offsetof(HnswNeighborTupleData, indextids). */
const NEIGHBOUR_HEADER_BYTES = 4;
/** Levels rarer than this are counted into the level below; a million pages would not show it. */
const RAREST_LEVEL = 1e-8;
/** Sizes are multiples of 8, each with a 4-byte line pointer: used bytes are counted in units of 4. */
const UNIT = 4;
/** Standard deviations of the level draw that an interval spans on each side: 1 index in 16,000 lies outside. */
const SIGMAS = 4;

/** Expected pages of a fresh graph, and what surrounds the expectation. */
export interface ExpectedPages {
  /** Graph pages without the metapage; an empty index has one. */
  readonly pages: number;
  readonly low: number;
  readonly high: number;
}

export interface HnswPacking {
  /** Mean number of elements whose tuples share a page; 0.5 where one element takes two pages. */
  readonly elementsPerPage: number;
  /** Level-0 pairs an empty page holds; 0 when the pair does not fit one page. */
  readonly levelZeroPerPage: number;
  /** Pages of a fresh build of so many elements (distinct vectors). */
  expected(elements: number): ExpectedPages;
}

/** Bytes of a neighbour tuple: 2m links on level 0 and m on each further one are reserved, used or not. */
export function neighbourTupleBytes(m: number, level: number): number {
  return align8(NEIGHBOUR_HEADER_BYTES + TID_BYTES * m * (level + 2));
}

/** The most links a level (m) whose level-0 neighbour tuple takes at most so many bytes, a multiple of 8. */
export function linksWithin(bytes: number): number {
  return Math.floor((bytes - NEIGHBOUR_HEADER_BYTES) / (2 * TID_BYTES));
}

/** Level-0 pairs on an empty page. */
export function levelZeroPerPage(elementTuple: number, m: number): number {
  return Math.floor(USABLE / (elementTuple + neighbourTupleBytes(m, 0) + 2 * LINE_POINTER_BYTES));
}

const memo = new Map<number, HnswPacking>();
const MEMO_SIZE = 512;

/**
 * The packing of elements of one size. Pure; the last few hundred results are kept.
 * @param elementTuple bytes of an element tuple, a multiple of 8, at most 8,156
 * @param m links per level, 2 to 100
 */
export function hnswPacking(elementTuple: number, m: number): HnswPacking {
  const key = elementTuple * 128 + m;
  let packing = memo.get(key);
  if (packing === undefined) {
    if (memo.size >= MEMO_SIZE) memo.clear();
    packing = pack(elementTuple, m);
    memo.set(key, packing);
  }
  return packing;
}

/** The levels an element may have, as columns: what is summed over them is summed for every used byte of a page. */
interface Levels {
  readonly probability: readonly number[];
  /** Probability of the level or a higher one. */
  readonly orAbove: readonly number[];
  /** Units of the pair with both line pointers; more than any page has where element and neighbours share none. */
  readonly pair: readonly number[];
  readonly shares: readonly boolean[];
  /** Used units of the page the element leaves behind when it has opened one. */
  readonly startsWith: readonly number[];
}

function levels(elementTuple: number, m: number): Levels {
  const highest = Math.max(0, Math.floor((USABLE - 2 * LINE_POINTER_BYTES) / TID_BYTES / m) - 2);
  const probability: number[] = [];
  const orAbove: number[] = [];
  const pair: number[] = [];
  const shares: boolean[] = [];
  const startsWith: number[] = [];
  for (let l = 0, above = 1; ; l++) {
    const next = above / m;
    const last = l === highest || next < RAREST_LEVEL;
    const neighbour = neighbourTupleBytes(m, l) + LINE_POINTER_BYTES;
    const both = elementTuple + LINE_POINTER_BYTES + neighbour;
    const together = both <= USABLE;
    probability.push(last ? above : above - next);
    orAbove.push(above);
    pair.push(together ? both / UNIT : Number.POSITIVE_INFINITY);
    shares.push(together);
    startsWith.push((together ? both : neighbour) / UNIT);
    if (last) return { probability, orAbove, pair, shares, startsWith };
    above = next;
  }
}

/** One page's story: how many elements it takes until one opens the next page, and which level that one has. */
interface Cycle {
  readonly mean: number;
  readonly secondMoment: number;
  /** Distribution over the level of the element that opens the next page. */
  readonly opener: readonly number[];
  /** Mean pages that opener opens (2 when it opens one for itself and one for its neighbours). */
  readonly opened: number;
}

function pack(elementTuple: number, m: number): HnswPacking {
  const drawn = levels(elementTuple, m);
  const dense = levelZeroPerPage(elementTuple, m) > DENSE_FROM;
  const first = cycle(elementTuple, drawn, drawn.probability, dense);
  let renewed = first;
  for (let i = 0; i < 40; i++) {
    const next = cycle(elementTuple, drawn, renewed.opener, dense);
    let moved = 0;
    for (let l = 0; l < next.opener.length; l++)
      moved = Math.max(moved, Math.abs((next.opener[l] as number) - (renewed.opener[l] as number)));
    renewed = next;
    if (moved < 1e-10) break;
  }
  // The first page is opened by an ordinary element, which takes a second page when it cannot share one.
  const firstOpened = drawn.probability.reduce((sum, p, l) => sum + p * (drawn.shares[l] === true ? 1 : 2), 0);
  const { mean, opened } = renewed;
  const variance = Math.max(0, renewed.secondMoment - mean * mean);
  const perElement = opened / mean;
  const split = Math.max(0, opened - 1) * Math.max(0, 2 - opened);
  const spread = Math.sqrt(split) + perElement * Math.sqrt(variance);
  return {
    // Rounded to where the summation's own error begins, so that four per page is 4.
    elementsPerPage: Number((1 / perElement).toPrecision(12)),
    levelZeroPerPage: levelZeroPerPage(elementTuple, m),
    expected(elements) {
      // Wald: elements up to the end of the last page = elements + mean forward recurrence time of the renewals.
      const cycles = (elements + (renewed.secondMoment - mean) / (2 * mean)) / mean + (mean - first.mean) / mean;
      const pages = Math.max(1, Math.round(cycles * opened + firstOpened - opened));
      const drawn = SIGMAS * spread * Math.sqrt(elements / mean);
      const swing = drawn < 1e-6 ? 0 : Math.ceil(drawn + 0.5);
      return { pages, low: Math.max(1, pages - swing), high: pages + swing };
    },
  };
}

/**
 * What is known of a page with so many used bytes: probability, and first and second moment of the elements on it. One set
 * of columns for all cycles, left at zero by each: a plan runs dozens of them.
 */
const STATES: number = USABLE / UNIT + 1;
const mass: Float64Array = new Float64Array(STATES);
const sum: Float64Array = new Float64Array(STATES);
const squares: Float64Array = new Float64Array(STATES);

/** From so many elements a page on, most used bytes occur, and looking at all is cheaper than keeping a list. */
const DENSE_FROM = 8;

function cycle(elementTuple: number, drawn: Levels, opener: readonly number[], dense: boolean): Cycle {
  const { probability, orAbove, pair, shares, startsWith } = drawn;
  const levelCount = probability.length;
  // Used bytes that occur, in ascending order; with many small elements to a page nearly all do, and none is listed.
  const reached: number[] = [];
  // Pages on which a level and all above it no longer fit: those with room for an element tuple, and those without.
  const roomy: number[] = [];
  const full: number[] = [];
  let lowest = STATES;
  for (let l = 0; l < levelCount; l++) {
    roomy.push(0);
    full.push(0);
    const p = opener[l] as number;
    if (p === 0) continue;
    const at = startsWith[l] as number;
    if (!dense && mass[at] === 0) insert(reached, at);
    mass[at] = (mass[at] as number) + p;
    sum[at] = (sum[at] as number) + p;
    squares[at] = (squares[at] as number) + p;
    if (at < lowest) lowest = at;
  }
  let mean = 0;
  let secondMoment = 0;
  for (let i = dense ? lowest : 0; i < (dense ? STATES : reached.length); i++) {
    const used = dense ? i : (reached[i] as number);
    const here = mass[used] as number;
    if (here === 0) continue;
    const count = sum[used] as number;
    const square = squares[used] as number;
    // Pairs grow with the level: behind the first that does not fit, none does.
    let l = 0;
    for (; l < levelCount; l++) {
      const at = used + (pair[l] as number);
      if (at >= STATES) break;
      const p = probability[l] as number;
      if (!dense && mass[at] === 0) insert(reached, at);
      mass[at] = (mass[at] as number) + p * here;
      sum[at] = (sum[at] as number) + p * (count + here);
      squares[at] = (squares[at] as number) + p * (square + 2 * count + here);
    }
    if (l < levelCount) {
      const ends = elementTuple + LINE_POINTER_BYTES <= USABLE - used * UNIT ? roomy : full;
      ends[l] = (ends[l] as number) + here;
      const leaves = orAbove[l] as number;
      mean += leaves * count;
      secondMoment += leaves * square;
    }
    mass[used] = 0;
    sum[used] = 0;
    squares[used] = 0;
  }
  const next: number[] = [];
  let opened = 0;
  let withRoom = 0;
  let without = 0;
  for (let l = 0; l < levelCount; l++) {
    withRoom += roomy[l] as number;
    without += full[l] as number;
    const p = probability[l] as number;
    next.push(p * (withRoom + without));
    opened += p * (withRoom + without * (shares[l] === true ? 1 : 2));
  }
  return { mean, secondMoment, opener: next, opened };
}

/** Into an ascending list, from its end: what is reached next is larger than nearly all that was reached before. */
function insert(list: number[], value: number): void {
  let i = list.length;
  while (i > 0 && (list[i - 1] as number) > value) i--;
  if (i === list.length) list.push(value);
  else list.splice(i, 0, value);
}
