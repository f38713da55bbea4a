/**
 * Growth from looks at a live store: a line and an exponential by least squares, and the band in which the next looks will
 * lie if it goes on like that (95 % prediction interval of simple linear regression; for the exponential, on the logarithm).
 */
import { derive, leaf, type Quantity } from '../quantity/index.ts';

/** Rows at one look; days before now are negative. */
export interface Look {
  readonly day: number;
  readonly rows: number;
}

export interface GrowthFit {
  readonly kind: 'linear' | 'exponential';
  /** Fitted memories a day from now; an exponential's as it is today. */
  readonly perDay: Quantity<'rows/day'>;
  /** Typical distance of a look from the fit; undefined where two looks leave none. */
  readonly residual: Quantity<'rows'> | undefined;
  readonly looks: number;
  /** Days from the first look to the last. */
  readonly spanDays: number;
  /** Memories on a day from now, with the band. */
  rows(day: number): Quantity<'rows'>;
}

/** A look that finds so much less than the one before follows a purge: growth is told from there on. */
const PURGED = 0.2;
/** Looks closer together than this say nothing about a day. */
const LEAST_SPAN_DAYS = 1;
/** An exponential runs away: it is believed only where enough looks follow it clearly better than a line. */
const LOOKS_FOR_EXPONENTIAL = 6;
const CLEARLY_BETTER = 0.8;

/** The looks after the last purge, oldest first. */
export function sinceLastPurge(looks: readonly Look[]): Look[] {
  const sorted = [...looks].sort((a, b) => a.day - b.day);
  let from = 0;
  for (let i = 1; i < sorted.length; i++) {
    if ((sorted[i] as Look).rows < (1 - PURGED) * (sorted[i - 1] as Look).rows) from = i;
  }
  return sorted.slice(from);
}

/**
 * Both fits, the one to go by first.
 * @returns nothing where fewer than two looks, or less than a day, leave no rate
 */
export function fitGrowth(looks: readonly Look[]): GrowthFit[] {
  const used = sinceLastPurge(looks);
  const span = (used.at(-1)?.day ?? 0) - (used[0]?.day ?? 0);
  if (used.length < 2 || span < LEAST_SPAN_DAYS) return [];
  const line = linear(used, span);
  const curve = used.every((l) => l.rows > 0) && used.length > 2 ? exponential(used, span) : undefined;
  if (curve === undefined) return [line.fit];
  const runsAway = used.length >= LOOKS_FOR_EXPONENTIAL && curve.squares < CLEARLY_BETTER * line.squares;
  return runsAway ? [curve.fit, line.fit] : [line.fit, curve.fit];
}

interface Regression {
  readonly at0: number;
  readonly slope: number;
  readonly mean: number;
  readonly spread: number;
  /** Residual standard deviation; 0 for two points. */
  readonly s: number;
  readonly n: number;
}

/** Least squares of y over x. */
function regress(points: readonly (readonly [x: number, y: number])[]): Regression {
  const n = points.length;
  const mean = points.reduce((a, [x]) => a + x, 0) / n;
  const meanY = points.reduce((a, [, y]) => a + y, 0) / n;
  const spread = points.reduce((a, [x]) => a + (x - mean) ** 2, 0);
  const slope = points.reduce((a, [x, y]) => a + (x - mean) * (y - meanY), 0) / spread;
  const at0 = meanY - slope * mean;
  const squares = points.reduce((a, [x, y]) => a + (y - at0 - slope * x) ** 2, 0);
  return { at0, slope, mean, spread, s: n > 2 ? Math.sqrt(squares / (n - 2)) : 0, n };
}

/** Half the width of the 95 % prediction interval at x. */
function halfBand(r: Regression, x: number): number {
  if (r.n < 3) return 0;
  return student975(r.n - 2) * r.s * Math.sqrt(1 + 1 / r.n + (x - r.mean) ** 2 / r.spread);
}

/** 97.5 % points of Student's t distribution (any table of it), by degrees of freedom from 1. */
const STUDENT: readonly number[] = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Beyond the table by the first two terms of its expansion in 1/df (z + (z³ + z) / 4 df), within 0.001. */
export function student975(df: number): number {
  const z = 1.959964;
  return STUDENT[df - 1] ?? z + (z ** 3 + z) / (4 * df);
}

interface Fitted {
  readonly fit: GrowthFit;
  /** Squared distances in rows, to compare the two by. */
  readonly squares: number;
}

const squaresOf = (looks: readonly Look[], at: (day: number) => number): number =>
  looks.reduce((a, l) => a + (l.rows - at(l.day)) ** 2, 0);

const sourceOf = (r: Regression, span: number): string =>
  `least squares over ${r.n} looks in ${Math.round(span * 10) / 10} days`;

function linear(looks: readonly Look[], span: number): Fitted {
  const r = regress(looks.map((l) => [l.day, l.rows]));
  const source = sourceOf(r, span);
  const a = leaf('fitted memories today', r.at0, 'rows', { basis: 'measured', source });
  const b = leaf('fitted growth a day', r.slope, 'rows/day', { basis: 'measured', source });
  return {
    squares: squaresOf(looks, (day) => r.at0 + r.slope * day),
    fit: {
      kind: 'linear',
      perDay: withSlopeBand(r, b),
      residual: residualOf(r, r.s),
      looks: r.n,
      spanDays: span,
      rows(day) {
        const half = halfBand(r, day);
        return derive('memories', 'rows', 'min(1e12, max(1, floor(a + b * t + e)))', {
          a,
          b,
          t: leaf('days from now', day, 'count'),
          e: leaf('band of the fit', 0, 'rows', { low: -half, high: half, basis: 'measured', source: BAND }),
        });
      },
    },
  };
}

const BAND = '95 % prediction interval of the fit';

function exponential(looks: readonly Look[], span: number): Fitted {
  const r = regress(looks.map((l) => [l.day, Math.log(l.rows)]));
  const source = `${sourceOf(r, span)}, on the logarithm`;
  const now = Math.exp(r.at0);
  const a = leaf('fitted memories today', now, 'rows', { basis: 'measured', source });
  const g = leaf('fitted factor a day', Math.exp(r.slope), 'ratio', { basis: 'measured', source });
  return {
    squares: squaresOf(looks, (day) => now * Math.exp(r.slope * day)),
    fit: {
      kind: 'exponential',
      perDay: derive('fitted growth a day', 'rows/day', 'a * (g - 1)', { a, g }),
      residual: residualOf(r, now * (Math.exp(r.s) - 1)),
      looks: r.n,
      spanDays: span,
      rows(day) {
        const factor = Math.exp(halfBand(r, day));
        return derive('memories', 'rows', 'min(1e12, max(1, floor(a * g ^ t * e)))', {
          a,
          g,
          t: leaf('days from now', day, 'count'),
          e: leaf('band of the fit', 1, 'ratio', { low: 1 / factor, high: factor, basis: 'measured', source: BAND }),
        });
      },
    },
  };
}

/** The slope with its 95 % confidence interval. */
function withSlopeBand(r: Regression, b: Quantity<'rows/day'>): Quantity<'rows/day'> {
  if (r.n < 3) return b;
  const half = (student975(r.n - 2) * r.s) / Math.sqrt(r.spread);
  return leaf(b.name, b.value, b.unit, { low: b.value - half, high: b.value + half, basis: b.basis, source: b.source });
}

function residualOf(r: Regression, rows: number): Quantity<'rows'> | undefined {
  return r.n < 3 ? undefined : leaf('typical distance of a look from the fit', rows, 'rows', { basis: 'measured' });
}
