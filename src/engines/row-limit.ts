/** How many rows keep a rising figure within its limit. */

/** More rows than anybody stores: beyond it a limit never binds. */
const FAR = 1e13;
/** The answer is this close to the true one: finer than any figure it is made from. */
const CLOSE = 1.0002;

/**
 * The largest row count at which a rising figure stays within its limit, by bisection on the logarithm.
 * @returns undefined when the figure never reaches the limit below 10^13 rows, or exceeds it at one row
 */
export function rowsWithin(figure: (rows: number) => number, limit: number, around: number): number | undefined {
  let low = 1;
  let high = Math.max(around, 2);
  if (figure(low) > limit) return undefined;
  while (figure(high) <= limit) {
    low = high;
    high *= 16;
    if (high > FAR) return undefined;
  }
  while (high / low > CLOSE) {
    const middle = Math.round(Math.sqrt(low * high));
    if (middle <= low || middle >= high) break;
    if (figure(middle) <= limit) low = middle;
    else high = middle;
  }
  return Math.floor(low);
}
