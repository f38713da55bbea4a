/**
 * What becomes of one page as an HNSW graph is packed (hnsw-packing.ts): how many elements come to lie on it, and of which level
 * the one is that opens the next.
 */
import { LINE_POINTER_BYTES, usableBytes } from './pg-page.ts';

/** Free bytes of an empty index page: 8 bytes of special area (HnswPageOpaqueData). */
export const USABLE: number = usableBytes(8);
/** What is less likely than this is left out of a page's story: it moves no result by a billionth. */
export const NEGLIGIBLE = 1e-13;
/** Element and neighbour tuple with their line pointers are a multiple of 8 together: used bytes are counted in eights. */
export const UNIT = 8;
/** Used units that a page can have, none among them. */
export const STATES: number = USABLE / UNIT + 1;

/** The levels an element may have, as columns: what is summed over them is summed for every used byte of a page. */
export interface Levels {
  readonly probability: readonly number[];
  /** Probability of the level or a higher one. */
  readonly orAbove: readonly number[];
  /** Units of the pair with both line pointers; `STATES`, more than any page has, where the two share none. */
  readonly pair: readonly number[];
}

/** A page in the long run: how many elements it takes until one opens the next page, and what that one opens. */
export interface Page {
  readonly mean: number;
  readonly secondMoment: number;
  /** Mean pages opened (2 by an element that takes one for itself and one for its neighbours). */
  readonly opened: number;
}

/** One page's story. */
export interface Cycle extends Page {
  /** Distribution over the level of the element that opens the next page. */
  readonly opener: readonly number[];
}

/** What becomes of a page, by the level of the element that opens it. */
export interface Stories {
  /** Mean and mean square of the elements on it. */
  readonly mean: number[];
  readonly secondMoment: number[];
  /**
   * How many elements find a page on which their level no longer fits, and how many of them no room for an element tuple
   * either: a row for each level of the opener, a column for each of theirs.
   */
  readonly leaving: number[];
  readonly full: number[];
}

/** Chances of the used units behind so many elements, and with one element more. Made once, left at zero by each page. */
let chances: readonly [Float64Array, Float64Array] | undefined;

/**
 * The stories of a page, one for each level of its opener, from a single walk: what the elements behind the opener take does not
 * depend on it; only from where on one no longer fits does. Step by step, the units that one more element may have taken.
 */
export function pageStories(elementTuple: number, drawn: Levels): Stories {
  const { probability, orAbove, pair } = drawn;
  const levelCount = pair.length;
  const narrowest = pair[0] as number;
  const widest = pair[levelCount - 1] as number;
  const mean = new Array<number>(levelCount).fill(0);
  const secondMoment = mean.slice();
  const leaving = new Array<number>(levelCount * levelCount).fill(0);
  const full = leaving.slice();
  // Most units with which an element tuple still fits.
  const roomTo = Math.floor((USABLE - elementTuple - LINE_POINTER_BYTES) / UNIT);
  chances ??= [new Float64Array(STATES), new Float64Array(STATES)];
  let [here, next] = chances;
  let reached = [0];
  here[0] = 1;
  for (let elements = 1; reached.length > 0; elements++) {
    const reachedNext: number[] = [];
    for (let i = 0; i < reached.length; i++) {
      const taken = reached[i] as number;
      const chance = here[taken] as number;
      here[taken] = 0;
      let level = levelCount - 1;
      // Far from the end of the page whatever opened it, no element leaves it.
      for (let opener = taken + 2 * widest < STATES ? levelCount : 0; opener < levelCount; opener++) {
        // Neighbours that share no page with their element leave room for no other element: their page counts as full.
        const used = taken + Math.min(pair[opener] as number, STATES - 1);
        if (used >= STATES) break;
        if (used + widest < STATES) continue;
        // Pairs grow with the level: the more the opener takes, the lower the first level that does not fit.
        while (level > 0 && used + (pair[level - 1] as number) >= STATES) level--;
        const row = opener * levelCount + level;
        leaving[row] = (leaving[row] as number) + chance;
        if (used > roomTo) full[row] = (full[row] as number) + chance;
        const leaves = chance * (orAbove[level] as number) * elements;
        mean[opener] = (mean[opener] as number) + leaves;
        secondMoment[opener] = (secondMoment[opener] as number) + leaves * elements;
      }
      // Levels that are too rare here count into the one below.
      const rarest = NEGLIGIBLE / chance;
      let top = levelCount - 1;
      while (top > 0 && (orAbove[top] as number) < rarest) top--;
      for (let l = 0; l <= top; l++) {
        const at = taken + (pair[l] as number);
        if (at + narrowest >= STATES) break;
        const before = next[at] as number;
        if (before === 0) reachedNext.push(at);
        next[at] = before + ((l === top ? orAbove[l] : probability[l]) as number) * chance;
      }
    }
    reached = reachedNext;
    [here, next] = [next, here];
  }
  // Where a level does not fit, none above it does.
  for (let row = 0; row < leaving.length; row++) {
    if (row % levelCount === 0) continue;
    leaving[row] = (leaving[row] as number) + (leaving[row - 1] as number);
    full[row] = (full[row] as number) + (full[row - 1] as number);
  }
  return { mean, secondMoment, leaving, full };
}

/** The story of a page whose opener has one of several levels. */
export function cycle({ mean, secondMoment, leaving, full }: Stories, drawn: Levels, opener: readonly number[]): Cycle {
  const { probability, pair } = drawn;
  const levelCount = pair.length;
  const story = { mean: 0, secondMoment: 0, opened: 0, opener: new Array<number>(levelCount) };
  for (let l = 0; l < levelCount; l++) {
    const share = opener[l] as number;
    story.mean += share * (mean[l] as number);
    story.secondMoment += share * (secondMoment[l] as number);
    // Whom a page leaves without room for an element tuple takes two pages where its neighbours need one of their own.
    const alone = (pair[l] as number) >= STATES;
    let left = 0;
    let without = 0;
    for (let from = 0; from < levelCount; from++) {
      const row = from * levelCount + l;
      left += (opener[from] as number) * (leaving[row] as number);
      if (alone) without += (opener[from] as number) * (full[row] as number);
    }
    const p = probability[l] as number;
    story.opener[l] = p * left;
    story.opened += p * (left + without);
  }
  return story;
}
