/**
 * Intervals for totals told from random blocks. Every block is taken or left with the same chance f, independently, so a
 * total is a weighted sum of (nearly) Poisson counts: rows of one block stand or fall together, whatever order the rows
 * are stored in. The interval is the gamma interval for such sums, which covers at least as often as it says
 * (M. P. Fay, E. J. Feuer, Confidence intervals for directly standardized rates, Statistics in Medicine 16, 1997).
 */
import type { Counted } from '../../store/index.ts';

/** What the blocks that were read hold of something. */
export interface BlockSums {
  /** Rows found, and the sum of the squares of the rows found in each block. */
  readonly sum: number;
  readonly squares: number;
  /** Most rows found in one block. */
  readonly most: number;
}

/**
 * Normal quantile of 99 %, two-sided. The spread between blocks is itself told from the sample, and an interval that is said
 * to hold 95 times of 100 should do so for every order of the rows, not on average over them.
 */
const Z = 2.5758293035489;

/**
 * @param fraction chance of a block to be read, 0 < f <= 1
 * @param fullest most rows of any kind in one block: what a block that was not read may hold at most
 */
export function totalOf(s: BlockSums, fraction: number, fullest: number): Counted {
  const value = s.sum / fraction;
  if (fraction >= 1) return { value, low: value, high: value };
  const variance = (s.squares * (1 - fraction)) / fraction ** 2;
  // One more block might hold half as much again as the fullest that was seen; with nothing seen, it may be full.
  const unseen = (s.sum === 0 ? fullest : Math.min(fullest, 1.5 * s.most)) / fraction;
  const low = s.sum === 0 ? 0 : (variance / (2 * value)) * chiSquare((2 * value ** 2) / variance, -Z);
  const more = value + unseen;
  const spread = variance + unseen ** 2 * (1 - fraction);
  const high = (spread / (2 * more)) * chiSquare((2 * more ** 2) / spread, Z);
  return { value: Math.round(value), low: Math.max(s.sum, Math.floor(low)), high: Math.max(s.sum, Math.ceil(high)) };
}

/** Quantile of the chi-square distribution at the normal quantile z (Wilson and Hilferty, PNAS 17, 1931). */
function chiSquare(degrees: number, z: number): number {
  const c = 2 / (9 * degrees);
  return degrees * Math.max(0, 1 - c + z * Math.sqrt(c)) ** 3;
}
