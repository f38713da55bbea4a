/**
 * How many pages rows of varying size fill: PostgreSQL puts a row on the page it last used, else on one that the free
 * space map knows to have room, else on a new one.
 *
 * Source: PostgreSQL src/backend/access/heap/hio.c RelationGetBufferForTuple, src/backend/storage/freespace/freespace.c
 * (free space is kept in classes of 32 bytes, rounded down; the need is rounded up).
 */
import { normalCdf, normalDensity } from './length-spread.ts';
import { HEAP_PAGE_USABLE } from './pg-page.ts';

/** FSM_CAT_STEP. */
const SPACE_CLASS = 32;
/** Rows placed one by one, where the order of sizes matters: enough for the rate to settle. */
const ROWS_PLACED = 4000;
/** Rows of one kind repeat; two dozen hold every short period of the packing, two dozen more let it settle. */
const ROWS_OF_ONE_KIND = 24;
/** Pages with room that are kept in view; beyond these the oldest are the fullest. */
const OPEN_PAGES = 48;
/** Above this ratio of longest to shortest, short rows fill what long ones leave, and rows are placed one by one. */
const SIMILAR_SIZES = 2.2;

/** x -> 48271 x mod 2^31 - 1, the modulus divided by the factor, and what remains. */
const LEHMER_FACTOR = 48_271;
const LEHMER_MODULUS = 2_147_483_647;
const LEHMER_QUOTIENT = 44_488;
const LEHMER_REST = 3399;

const memo = new Map<string, number>();
const MEMO_SIZE = 1024;

/**
 * Pages per row in the long run, for rows drawn evenly from `kinds`. A kind is a list of tuple sizes (line pointers
 * included) that are placed one after the other: one heap tuple, or the chunks of one row's TOASTed values.
 */
export function pagesPerRow(kinds: readonly (readonly number[])[]): number {
  const first = kinds[0] as readonly number[];
  // One pass with plain loops: a forecast asks more than a hundred times.
  let oneTuple = true;
  let alike = true;
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i] as readonly number[];
    if (wholePages(kind) > 0) return pagesOfLongValues(kinds);
    oneTuple &&= kind.length === 1;
    alike &&= kind.length === first.length;
    for (let k = 0; k < kind.length; k++) {
      const size = kind[k] as number;
      alike &&= size === first[k];
      if (size < smallest) smallest = size;
      if (size > largest) largest = size;
    }
  }
  if (alike && first.length === 0) return 0;
  if (oneTuple) {
    const most = Math.floor(HEAP_PAGE_USABLE / smallest);
    // No order and no remainder can change how many fit.
    if (Math.floor(HEAP_PAGE_USABLE / largest) === most) return 1 / most;
    if (largest <= SIMILAR_SIZES * smallest) {
      return remembered(`${smallest} to ${largest}`, () => pagesOfSimilarRows(smallest, largest, kinds.length));
    }
  }
  const key = (alike ? [first] : kinds).map((k) => k.join(' ')).join();
  return remembered(key, () =>
    alike ? place([first], smallest, ROWS_OF_ONE_KIND) : place(kinds, smallest, ROWS_PLACED / 2),
  );
}

function pagesOfLongValues(kinds: readonly (readonly number[])[]): number {
  const whole = kinds.map(wholePages);
  const rest = kinds.map((k, i) => withoutFullChunks(k, FULL_CHUNKS_A_PAGE * (whole[i] as number)));
  return whole.reduce((a, b) => a + b, 0) / kinds.length + pagesPerRow(rest);
}

function remembered(key: string, compute: () => number): number {
  let pages = memo.get(key);
  if (pages === undefined) {
    if (memo.size >= MEMO_SIZE) memo.clear();
    // The counting itself errs in the last digits; half a page is half a page.
    pages = Number(compute().toPrecision(10));
    memo.set(key, pages);
  }
  return pages;
}

/** A full TOAST chunk with its line pointer; four of them fill a page but for 24 bytes that nothing fits into. */
const FULL_CHUNK_TUPLE = 2036;
const FULL_CHUNKS_A_PAGE = 4;
/** Full chunks of a row that are still placed one by one, among the tuples they compete with. */
const CHUNKS_PLACED = 8;

/** Pages that a long value fills with full chunks alone. */
function wholePages(kind: readonly number[]): number {
  let full = 0;
  for (let k = 0; k < kind.length; k++) if (kind[k] === FULL_CHUNK_TUPLE) full++;
  return Math.max(0, Math.floor((full - CHUNKS_PLACED) / FULL_CHUNKS_A_PAGE));
}

function withoutFullChunks(kind: readonly number[], count: number): number[] {
  let left = count;
  return kind.filter((size) => size !== FULL_CHUNK_TUPLE || left-- <= 0);
}

/**
 * Rows whose sizes lie evenly between two bounds. The space left when a page is given up follows from the sums of the
 * sizes (normal around j times the mean); where a short row still fits, one is put there later.
 *
 * Over the space left, the chance of a row that is too large for it is 1 up to the shortest row and falls to 0 in a straight
 * line; what is then lost is a straight line too, another one from where the map knows of room for the shortest row. Both
 * are integrated against the normal density piece by piece, exactly.
 */
function pagesOfSimilarRows(smallest: number, largest: number, classes: number): number {
  const half = (largest - smallest) / (classes - 1) / 2;
  const a = smallest - half;
  const b = largest + half;
  const mean = (a + b) / 2;
  const deviation = (b - a) / Math.sqrt(12);
  // The map knows a class of the free space: half a class is lost on each side of the comparison.
  const known = Math.min(b, a + SPACE_CLASS);
  const edges = [0, a, known, b];
  let weight = 0;
  let wasted = 0;
  const least = Math.max(1, Math.floor(HEAP_PAGE_USABLE / b));
  const most = Math.ceil(HEAP_PAGE_USABLE / a);
  for (let j = least; j <= most; j++) {
    const sigma = deviation * Math.sqrt(j);
    const rest = HEAP_PAGE_USABLE - j * mean;
    if (rest < -4 * sigma || rest > b + 4 * sigma) continue;
    let below = normalCdf(-rest / sigma);
    let densityBelow = sigma * normalDensity(-rest / sigma);
    for (let piece = 1; piece < edges.length; piece++) {
      const from = edges[piece - 1] as number;
      const to = edges[piece] as number;
      const z = (to - rest) / sigma;
      const up = normalCdf(z);
      const density = sigma * normalDensity(z);
      // Moments of the space left, as far as it lies on this piece: integrals of 1, x and x^2 times the density.
      const m0 = up - below;
      const m1 = rest * m0 + densityBelow - density;
      const m2 = rest * m1 + sigma * sigma * m0 + from * densityBelow - to * density;
      below = up;
      densityBelow = density;
      if (piece === 1) {
        weight += m0;
        wasted += m1;
        continue;
      }
      weight += (b * m0 - m1) / (b - a);
      if (piece === 2) wasted += (b * m1 - m2) / (b - a);
      else wasted += (b * (SPACE_CLASS - a) * m0 + (b - SPACE_CLASS + a) * m1 - m2) / (2 * (b - a));
    }
  }
  return mean / (HEAP_PAGE_USABLE - wasted / weight);
}

function place(kinds: readonly (readonly number[])[], smallest: number, counted: number): number {
  // Most rows find room for all their tuples on the page that is being filled.
  const wholes = kinds.map((kind) => kind.reduce((a, b) => a + b, 0));
  const open: number[] = [];
  // No open page is known to have more room than this: most searches for one need not be made.
  let mostRoom = 0;
  let current = 0;
  let pages = 0;
  let before = 0;
  // Lehmer generator (Park and Miller, 1988): the order of sizes only has to look unordered, and be the same each time. In two
  // steps that stay below 2^31 (L. Schrage, 1979): whole numbers are counted faster than fractions.
  let state = 20_011;
  for (let row = 0; row < 2 * counted; row++) {
    if (row === counted) before = pages - current / HEAP_PAGE_USABLE;
    const high = (state / LEHMER_QUOTIENT) | 0;
    state = LEHMER_FACTOR * (state - LEHMER_QUOTIENT * high) - LEHMER_REST * high;
    if (state < 0) state += LEHMER_MODULUS;
    const drawn = state % kinds.length;
    const whole = wholes[drawn] as number;
    if (current >= whole) {
      current -= whole;
      continue;
    }
    const kind = kinds[drawn] as readonly number[];
    for (let k = 0; k < kind.length; k++) {
      const size = kind[k] as number;
      if (current < size) {
        if (current >= smallest) {
          open.push(current);
          mostRoom = Math.max(mostRoom, current - (current % SPACE_CLASS));
        }
        if (open.length > OPEN_PAGES) open.shift();
        const need = Math.ceil(size / SPACE_CLASS) * SPACE_CLASS;
        let found = -1;
        if (need <= mostRoom) {
          let most = 0;
          for (let i = 0; i < open.length && found < 0; i++) {
            const free = open[i] as number;
            const known = free - (free % SPACE_CLASS);
            if (known >= need) found = i;
            else if (known > most) most = known;
          }
          if (found < 0) mostRoom = most;
        }
        if (found < 0) {
          current = HEAP_PAGE_USABLE;
          pages++;
        } else current = open.splice(found, 1)[0] as number;
      }
      current -= size;
    }
  }
  return (pages - current / HEAP_PAGE_USABLE - before) / counted;
}
