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
import {
  type Cycle,
  cycle,
  type Levels,
  NEGLIGIBLE,
  type Page,
  pageStories,
  STATES,
  type Stories,
  UNIT,
  USABLE,
} from './hnsw-page.ts';
import { align8, LINE_POINTER_BYTES } from './pg-page.ts';

/** sizeof(ItemPointerData), one per neighbour link. */
const TID_BYTES = 6;
/** offsetof(HnswNeighborTupleData, indextids). */
const NEIGHBOUR_HEADER_BYTES = 4;
/** Levels rarer than this are counted into the level below; a million pages would not show it. */
const RAREST_LEVEL = 1e-8;
/** Where levels keep fewer elements than this from the page they would share, every page holds what level 0 gives it. */
const RAREST_SPOILT = 1e-10;
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

/** Bytes of an element and its neighbours with both line pointers. */
function pairBytes(elementTuple: number, m: number, level: number): number {
  return elementTuple + neighbourTupleBytes(m, level) + 2 * LINE_POINTER_BYTES;
}

/** The highest level that is told apart from the one below. */
function lastLevel(m: number): number {
  const highest = Math.max(0, Math.floor((USABLE - 2 * LINE_POINTER_BYTES) / TID_BYTES / m) - 2);
  let level = 0;
  for (let above = m; level < highest && above * RAREST_LEVEL <= 1; above *= m) level++;
  return level;
}

/**
 * At most the chance that the levels of so many elements add up to more than their page can take. Sums of levels are
 * negative binomial: P(sum of k levels >= t) = P(at least t of t + k - 1 draws go up), at most (t + k - 1 over t) * m^-t.
 */
function chanceOfFewer(elementTuple: number, m: number, most: number): number {
  if (most * pairBytes(elementTuple, m, lastLevel(m)) <= USABLE) return 0;
  const spare = USABLE - most * pairBytes(elementTuple, m, 0);
  const sum = Math.floor(spare / align8(TID_BYTES * m)) + 1;
  let chance = m ** -sum;
  for (let k = 1; k < most; k++) chance *= (sum + k) / k;
  return chance;
}

/** @param most level-0 pairs on an empty page, at least 1 */
function levels(elementTuple: number, m: number, most: number): Levels {
  const last = lastLevel(m);
  // Where one element less than the most always fits, all levels that leave no room for the most are alike.
  const largest = pairBytes(elementTuple, m, last);
  const alike = largest <= USABLE && (most - 1) * largest <= USABLE;
  const others = (most - 1) * pairBytes(elementTuple, m, 0);
  const probability: number[] = [];
  const orAbove: number[] = [];
  const pair: number[] = [];
  for (let l = 0, above = 1; ; l++) {
    const next = above / m;
    const both = pairBytes(elementTuple, m, l);
    const top = l === last || (alike && others + both > USABLE);
    probability.push(top ? above : above - next);
    orAbove.push(above);
    pair.push(both <= USABLE ? both / UNIT : STATES);
    if (top) return { probability, orAbove, pair };
    above = next;
  }
}

function pack(elementTuple: number, m: number): HnswPacking {
  const most = levelZeroPerPage(elementTuple, m);
  const narrowest = pairBytes(elementTuple, m, 0);
  // One element to two pages, or as many to a page as level 0 allows: no level changes that.
  const spoilt = most === 0 ? 0 : chanceOfFewer(elementTuple, m, most);
  if (spoilt < RAREST_SPOILT * Math.max(1, most)) {
    const mean = Math.max(1, most);
    const opened = most === 0 ? 2 : 1;
    const variance = spoilt < NEGLIGIBLE ? 0 : spoilt;
    return packing(most, narrowest, { mean, secondMoment: mean * mean + variance, opened }, mean, opened);
  }
  const drawn = levels(elementTuple, m, most);
  // The first page is opened by an ordinary element, which takes a second page when it cannot share one.
  let firstOpened = 1;
  for (let l = 0; l < drawn.pair.length; l++)
    if (drawn.pair[l] === STATES) firstOpened += drawn.probability[l] as number;
  const stories = pageStories(elementTuple, drawn);
  const first = cycle(stories, drawn, drawn.probability);
  return packing(most, narrowest, longRun(stories, drawn, first), first.mean, firstOpened);
}

/** @param narrowest bytes of a level-0 pair with both line pointers */
function packing(most: number, narrowest: number, page: Page, firstMean: number, firstOpened: number): HnswPacking {
  const { mean, secondMoment, opened } = page;
  const variance = Math.max(0, secondMoment - mean * mean);
  const perElement = opened / mean;
  const split = Math.max(0, opened - 1) * Math.max(0, 2 - opened);
  const spread = Math.sqrt(split) + perElement * Math.sqrt(variance);
  return {
    // Rounded to where the summation's own error begins, so that four per page is 4.
    elementsPerPage: Number((1 / perElement).toPrecision(12)),
    levelZeroPerPage: most,
    expected(elements) {
      // Wald: elements up to the end of the last page = elements + mean forward recurrence time of the renewals.
      const cycles = (elements + (secondMoment - mean) / (2 * mean)) / mean + (mean - firstMean) / mean;
      // Whatever the levels: an element opens two pages at the most, and its bytes lie somewhere.
      const fewest = Math.max(1, Math.ceil((elements * narrowest) / USABLE));
      const mostOpened = Math.max(1, 2 * Math.ceil(elements));
      const pages = Math.min(mostOpened, Math.max(fewest, Math.round(cycles * opened + firstOpened - opened)));
      const drawn = SIGMAS * spread * Math.sqrt(elements / mean);
      const swing = drawn < 1e-6 ? 0 : Math.ceil(drawn + 0.5);
      return { pages, low: Math.max(fewest, pages - swing), high: Math.min(mostOpened, pages + swing) };
    },
  };
}

/** Openers that one more page moves by less than this are those of the long run. */
const SETTLED = 1e-10;
const MOST_CYCLES = 40;

/**
 * The page whose opener is distributed as the openers that it leaves. All that a cycle yields is linear in the distribution
 * it begins with, so two of them make a third without a walk through the page: the mixture that moves least. Where the first
 * element decides one thing (does another one fit or not), that mixture is the fixed point itself.
 *
 * Source: D. G. Anderson, Iterative procedures for nonlinear integral equations, 1965, with a memory of one.
 */
function longRun(stories: Stories, drawn: Levels, first: Cycle): Page {
  let from = drawn.probability;
  let before = first;
  let to = first.opener;
  for (let i = 1; ; i++) {
    const page = cycle(stories, drawn, to);
    let along = 0;
    let across = 0;
    let moved = 0;
    for (let l = 0; l < to.length; l++) {
      const move = (page.opener[l] as number) - (to[l] as number);
      const change = move - (before.opener[l] as number) + (from[l] as number);
      along += move * change;
      across += change * change;
      moved = Math.max(moved, Math.abs(move));
    }
    if (moved < SETTLED || i === MOST_CYCLES) return page;
    const share = across === 0 ? 0 : along / across;
    const mixed: number[] = [];
    moved = 0;
    for (let l = 0; l < to.length; l++) {
      const end = page.opener[l] as number;
      const mix = end - share * (end - (before.opener[l] as number));
      const begin = to[l] as number;
      moved = Math.max(moved, Math.abs(mix - begin + share * (begin - (from[l] as number))));
      mixed.push(mix);
    }
    if (moved < SETTLED) {
      return {
        mean: page.mean - share * (page.mean - before.mean),
        secondMoment: page.secondMoment - share * (page.secondMoment - before.secondMoment),
        opened: page.opened - share * (page.opened - before.opened),
      };
    }
    from = to;
    before = page;
    to = mixed;
  }
}
