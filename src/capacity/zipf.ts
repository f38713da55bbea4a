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
  if (whole <= EXACT) return sum;
  const a = EXACT;
  const b = whole;
  const integral = Math.abs(s - 1) < 1e-9 ? Math.log(b / a) : (b ** (1 - s) - a ** (1 - s)) / (1 - s);
  return sum + integral + (b ** -s - a ** -s) / 2 + (s * (a ** (-s - 1) - b ** (-s - 1))) / 12;
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
