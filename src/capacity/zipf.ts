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

/** Sum of i^-s for i from a + 1 to b, a ≥ 1, by Euler and Maclaurin; the error is below 1e-5 of it from a = 8 on. */
function between(a: number, b: number, s: number): number {
  const integral = Math.abs(s - 1) < 1e-9 ? Math.log(b / a) : (b ** (1 - s) - a ** (1 - s)) / (1 - s);
  return integral + (b ** -s - a ** -s) / 2 + (s * (a ** (-s - 1) - b ** (-s - 1))) / 12;
}

/** Ranks counted one by one where classes do for the others, and by how much each class is longer. */
const SINGLE = 16;
const CLASS_RATIO = 1.15;

/**
 * Different items among so many draws from n of them, n ≥ 1, each by its share; ranks in classes, alike in one class.
 */
export function distinctItems(draws: number, n: number, s: number): number {
  const most = Math.floor(n);
  const classes: (readonly [count: number, weight: number])[] = [];
  let total = 0;
  for (let first = 1; first <= most; ) {
    const last = first < SINGLE ? first : Math.min(most, Math.max(first, Math.floor(first * CLASS_RATIO)));
    const weight = last === first ? first ** -s : between(first - 1, last, s);
    classes.push([last - first + 1, weight]);
    total += weight;
    first = last + 1;
  }
  let distinct = 0;
  for (const [count, weight] of classes) distinct += count * -Math.expm1((-draws * weight) / total / count);
  return distinct;
}
