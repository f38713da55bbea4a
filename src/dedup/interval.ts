/**
 * Intervals for a share told from a sample. A value between 0 and 1 (1 − 1/c for a row in a cluster of c; 0 or 1 for a row
 * without or with a twin) has at most the variance of a coin, so its mean is treated as a share of an effective number of
 * coins, and the exact binomial interval is taken for that number (C. J. Clopper, E. S. Pearson, Biometrika 26, 1934;
 * E. L. Korn, B. I. Graubard, Survey Methodology 24, 1998, for clusters and few degrees of freedom). Wilson's interval is
 * shorter and holds less often than it says where hits are rare, which is what a tidy store looks like.
 * Strata are added by the squares of their distances (G. Y. Zou, A. Donner, Statistics in Medicine 27, 2008).
 */
import type { Counted } from '../store/index.ts';
import { betaQuantile, studentQuantile } from './beta.ts';

/**
 * Share of samples in which the truth lies outside, aimed at. The spread is itself told from the sample, and an interval that
 * is said to hold 95 times of 100 should do so for every store, not on average over them: hence 1 and not 5.
 */
const ALPHA = 0.01;

/** One draw. Within a stratum every draw falls on any of its rows with the same chance, so a mean over draws is a mean over rows. */
export interface Draw {
  /** Mean of the value over the rows of the draw, 0 to 1. */
  readonly mean: number;
  /** Rows that it stands for: 1 for a row, all rows of the namespace where that was read whole. */
  readonly rows: number;
  /** Name of what was read whole, where it may be drawn again: its rows count once towards the population. */
  readonly cluster?: string;
}

export interface Stratum {
  /** Share of all rows that lie in the stratum; the weights of all strata add up to 1. */
  readonly weight: number;
  readonly draws: readonly Draw[];
  /** Rows in the stratum. */
  readonly population: number;
}

/**
 * The mean over all rows with its 95 % interval, values between 0 and 1. A stratum whose rows were all read is exact.
 * Single rows are taken as drawn without putting back, namespaces as drawn with putting back (twice drawn, given twice).
 * A namespace with as many rows as a draw stands for or more belongs in a stratum of its own, read whole.
 * @throws RangeError for a stratum without draws, a mean outside 0 to 1, weights that do not add up to 1
 */
export function shareInterval(strata: readonly Stratum[]): Counted {
  const held = strata.filter((s) => s.weight > 0);
  const weight = held.reduce((sum, s) => sum + s.weight, 0);
  if (Math.abs(weight - 1) > 1e-6)
    throw new RangeError(`the weights of the strata add up to ${weight}; they must add up to 1`);
  let value = 0;
  let below = 0;
  let above = 0;
  for (const stratum of held) {
    const one = stratumShare(stratum);
    value += stratum.weight * one.value;
    below += (stratum.weight * (one.value - one.low)) ** 2;
    above += (stratum.weight * (one.high - one.value)) ** 2;
  }
  return { value, low: Math.max(0, value - Math.sqrt(below)), high: Math.min(1, value + Math.sqrt(above)) };
}

function stratumShare({ draws, population }: Stratum): Counted {
  const n = draws.length;
  if (n === 0) throw new RangeError('a stratum has no draws: nothing can be said about it');
  const wrong = draws.find((d) => !(d.mean >= 0 && d.mean <= 1));
  if (wrong !== undefined) throw new RangeError(`a draw has the mean ${wrong.mean}; a share lies between 0 and 1`);
  const whole = censused(draws, population);
  if (whole !== null) return { value: whole, low: whole, high: whole };

  const value = draws.reduce((sum, d) => sum + d.mean, 0) / n;
  if (n === 1) return { value, low: 0, high: 1 };
  const spread = draws.reduce((sum, d) => sum + (d.mean - value) ** 2, 0) / (n - 1);
  const single = draws.every((d) => d.rows <= 1);
  const unread = single ? 1 - Math.min(1, n / population) : 1;
  const coins = (spread > 0 ? (value * (1 - value)) / (spread / n) : n) / unread;
  // Few draws tell their own spread badly: fewer coins, as Student's t is wider than the normal.
  const effective = coins * (NORMAL / studentQuantile(ALPHA, n - 1)) ** 2;
  const hits = value * effective;
  return {
    value,
    low: value === 0 ? 0 : Math.min(value, betaQuantile(ALPHA / 2, hits, effective - hits + 1)),
    high: value === 1 ? 1 : Math.max(value, betaQuantile(1 - ALPHA / 2, hits + 1, effective - hits)),
  };
}

/** Normal quantile of 99 %, two-sided. */
const NORMAL = 2.5758293035489;

/** The mean over all rows where the draws hold all of them; else null. */
function censused(draws: readonly Draw[], population: number): number | null {
  const seen = new Set<string>();
  let rows = 0;
  let sum = 0;
  for (const d of draws) {
    if (d.cluster !== undefined) {
      if (seen.has(d.cluster)) continue;
      seen.add(d.cluster);
    }
    rows += d.rows;
    sum += d.rows * d.mean;
  }
  // Draws put back may name the same rows twice: without names only single rows, never put back, can be known to be all.
  const known = draws.length === 1 || draws.every((d) => d.rows <= 1 || d.cluster !== undefined);
  return known && rows >= population && rows > 0 ? sum / rows : null;
}
