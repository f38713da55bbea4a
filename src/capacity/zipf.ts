/**
 * Zipf's law: the item of rank i is asked for, or holds, in proportion to 1 / i^s. Sums over ranks by Euler and Maclaurin
 * beyond the first thousand, so that a billion ranks cost as much as a thousand.
 */

/** Ranks summed one by one; the remainder's error is then below 1e-9 of the sum. */
const EXACT = 1000;

/** Sum of i^-s for i from 1 to n, n ≥ 0. */
export function harmonic(n: number, s: number): number {
  const whole = Math.floor(n);
  let sum = 0;
  for (let i = Math.min(whole, EXACT); i >= 1; i--) sum += i ** -s;
  return whole <= EXACT ? sum : sum + beyondExact(whole, s);
}

/** Sum of i^-s from EXACT + 1 to b. */
function beyondExact(b: number, s: number): number {
  const a = EXACT;
  const integral = Math.abs(s - 1) < 1e-9 ? Math.log(b / a) : (b ** (1 - s) - a ** (1 - s)) / (1 - s);
  return integral + (b ** -s - a ** -s) / 2 + (s * (a ** (-s - 1) - b ** (-s - 1))) / 12;
}

/** The exponent at which the first of n ranks has this share of the whole; undefined where none from 0 to 60 does. */
export function exponentOf(largestShare: number, n: number): number | undefined {
  const share = (s: number): number => 1 / harmonic(n, s);
  let low = 0;
  let high = 60;
  if (largestShare < share(low) || largestShare > share(high)) return undefined;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (share(middle) < largestShare) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Ranks counted one by one where classes do for the others, and by how much each class is longer. */
const SINGLE = 16;
const CLASS_RATIO = 1.15;

/** Ranks in classes, alike in one class: how many each has, and what it weighs. */
interface RankClasses {
  readonly counts: readonly number[];
  readonly weights: readonly number[];
  readonly total: number;
}

/**
 * Weights are sums of i^-s over a class, by Euler and Maclaurin; the error is below 1e-5 of them from rank 8 on. Where one class
 * ends the next begins, so that its powers are taken over.
 */
function rankClasses(most: number, s: number): RankClasses {
  const logarithmic = Math.abs(s - 1) < 1e-9;
  const counts: number[] = [];
  const weights: number[] = [];
  let total = 0;
  let [a, aRising, aWeight, aSlope] = [0, 0, 0, 0];
  while (a < most) {
    const first = a + 1;
    const b = first < SINGLE ? first : Math.min(most, Math.max(first, Math.floor(first * CLASS_RATIO)));
    const bRising = logarithmic ? 0 : b ** (1 - s);
    const bWeight = b ** -s;
    const bSlope = b ** (-s - 1);
    const integral = logarithmic ? Math.log(b / a) : (bRising - aRising) / (1 - s);
    const weight = b === first ? bWeight : integral + (bWeight - aWeight) / 2 + (s * (aSlope - bSlope)) / 12;
    counts.push(b - a);
    weights.push(weight);
    total += weight;
    a = b;
    aRising = bRising;
    aWeight = bWeight;
    aSlope = bSlope;
  }
  return { counts, weights, total };
}

/** A plan asks about the same ranks time and again, with other numbers of draws. */
const ranked = new Map<string, RankClasses>();
const MOST_RANKED = 16;

function ranksOf(most: number, s: number): RankClasses {
  const key = `${most} ${s}`;
  let classes = ranked.get(key);
  if (classes === undefined) {
    classes = rankClasses(most, s);
    if (ranked.size >= MOST_RANKED) ranked.clear();
    ranked.set(key, classes);
  }
  return classes;
}

/**
 * Different items among so many draws from n of them, n ≥ 1, each by its share; ranks in classes, alike in one class.
 */
export function distinctItems(draws: number, n: number, s: number): number {
  const { counts, weights, total } = ranksOf(Math.floor(n), s);
  let distinct = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    distinct += count * -Math.expm1((-draws * (weights[i] as number)) / total / count);
  }
  return distinct;
}
