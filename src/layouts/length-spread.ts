/**
 * Lengths that vary from row to row. Allocation classes and pages round each row on its own, so a mean length alone
 * gives the wrong size; lengths are taken as normal around their mean, cut off at zero, and averaged over quantiles.
 */

/** Relative standard deviation of memory texts around their mean length when nothing is known about them. */
export const DEFAULT_TEXT_SPREAD = 0.15;

/** Quantiles for cheap steps (pages) and for fine ones (allocation classes). */
const COARSE = 15;
const FINE = 101;

/** Standard deviations beyond which the tail of the normal distribution is less than the last digit of 1. */
const NOTHING_LEFT = 8.3;

/** Standard normal density. */
export function normalDensity(z: number): number {
  return 0.3989422804014327 * Math.exp((-z * z) / 2);
}

/** Standard normal distribution function; Abramowitz & Stegun 26.2.17, error below 1e-7. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * (z < 0 ? -z : z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = normalDensity(z) * poly;
  return z >= 0 ? 1 - upper : upper;
}

/**
 * Mid-points of `count` equally likely slices of the standard normal distribution, each by Newton's method from the
 * logistic approximation z = 0.5513 ln(p / (1 - p)); four steps reach the accuracy of normalCdf itself.
 */
function quantiles(count: number): readonly number[] {
  const points: number[] = [];
  for (let i = 0; i < count; i++) {
    // The distribution is symmetric: the lower half is the upper one mirrored.
    if (2 * i >= count) {
      const p = (i + 0.5) / count;
      let z = 0.5513 * Math.log(p / (1 - p));
      for (let step = 0; step < 4; step++) z -= (normalCdf(z) - p) / normalDensity(z);
      points.push(z);
    } else points.push(0);
  }
  for (let i = 0; 2 * i + 1 < count; i++) points[i] = -(points[count - 1 - i] as number);
  if (count % 2 === 1) points[(count - 1) / 2] = 0;
  return points;
}

let coarse: readonly number[] | undefined;
let fine: readonly number[] | undefined;

/** Mean of `f(length)` over lengths of the given mean and standard deviation; `f(mean)` when there is no deviation. */
export function meanOver(mean: number, deviation: number, f: (length: number) => number, precise = false): number {
  if (deviation <= 0) return f(mean);
  if (precise) fine ??= quantiles(FINE);
  else coarse ??= quantiles(COARSE);
  const points = (precise ? fine : coarse) as readonly number[];
  let total = 0;
  for (const z of points) total += f(Math.max(0, Math.round(mean + z * deviation)));
  return total / points.length;
}

/**
 * How many items of the given mean size and deviation fit into `room`, filled one after another: the sum over k of
 * P(the first k items fit). Without deviation it is the plain whole number; at least 1, a page always holds one.
 */
export function itemsPerRoom(room: number, mean: number, deviation: number): number {
  if (deviation <= 0) return Math.max(1, Math.floor(room / mean));
  const about = room / mean;
  // Outside these bounds every term is 1 (below) or 0 (above).
  const width = (6 * deviation * Math.sqrt(about + 1)) / mean + 2;
  const from = Math.max(0, Math.floor(about - width));
  const to = Math.ceil(about + width);
  let items = from;
  for (let k = from + 1; k <= to; k++) {
    const z = (room - k * mean) / (deviation * Math.sqrt(k));
    if (z < -NOTHING_LEFT) break;
    items += z > NOTHING_LEFT ? 1 : normalCdf(z);
  }
  return Math.max(1, items);
}
