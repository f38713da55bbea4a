/**
 * How many memories there will be on a day: from what is written and what leaves again (expiry, duplicates, supersession,
 * forgetting), from a net growth, or from a fit to what was seen of a live store.
 */
import {
  derive,
  formatCount,
  formatPercent,
  formatShortCount,
  InputError,
  leaf,
  type Quantity,
  stated,
} from '../quantity/index.ts';
import type { GrowthFit } from './growth-fit.ts';

/** A future of one store. Days count from now. */
export interface GrowthModel {
  readonly how: 'writes' | 'net' | 'compound' | 'linear' | 'exponential' | 'ages';
  /** One sentence: what the forecast rests on. */
  readonly says: string;
  /** Growth a day as it is now, after what leaves again. */
  readonly perDay: Quantity<'rows/day'>;
  /** Memories added a day that nothing removes but an expiry, where that is constant: what an expiry can be worked out from. */
  readonly added: Quantity<'rows/day'> | undefined;
  /** Memories on a day, with the band. */
  rows(day: number): Quantity<'rows'>;
}

/** What is written and what leaves again. Times in days. */
export interface WriteRates {
  readonly memories: Quantity<'rows'>;
  readonly writesPerDay: Quantity<'rows/day'>;
  /** Lifetime of a memory, in days. */
  readonly ttlDays?: number;
  /** Share of what is written that is merged into a memory that is there. */
  readonly dedupRate?: number;
  /** Share of what is written that replaces an earlier memory, which is then removed. */
  readonly supersedeRate?: number;
  /** Days in which half of the memories are forgotten. */
  readonly halfLifeDays?: number;
}

/** Asked for each point of a plot and each step towards a date. */
const daysFromNow = (day: number): Quantity<'count'> => stated('days from now', day, 'count', 'exact', undefined);

/** Formulas below end at a trillion memories, the most that can be planned: what compounds would leave the numbers. */

/** Memories kept of a day's writes. */
const KEPT = 'writes * (1 - merged) * (1 - superseding)';
/** The stock leaves evenly over its lifetime: it was written at an even rate. */
const STOCK = { plain: 'n', ttl: 'n * max(0, 1 - t / T)' } as const;
const SPAN = { plain: 't', ttl: 'min(t, T)' } as const;

/** What is written, less what leaves again. The present stock is taken to have been written at an even rate. */
export function growthFromWrites(rates: WriteRates): GrowthModel {
  const merged = leaf('share merged into a memory that is there', rates.dedupRate ?? 0, 'ratio', {
    source: '--dedup-rate',
  });
  const superseding = leaf('share that replaces an earlier memory', rates.supersedeRate ?? 0, 'ratio', {
    source: '--supersede-rate',
  });
  const kept = derive('memories kept of a day', 'rows/day', KEPT, {
    writes: rates.writesPerDay,
    merged,
    superseding,
  });
  const which = rates.ttlDays === undefined ? 'plain' : 'ttl';
  // Forgetting by half-lives: what was added u days ago has shrunk to 2^(-u / H); the sum over the days in closed form.
  const formula =
    rates.halfLifeDays === undefined
      ? `min(1e12, max(1, floor(${STOCK[which]} + A * ${SPAN[which]})))`
      : `min(1e12, max(1, floor(${STOCK[which]} * 2 ^ (-t / H) + A * H / ln(2) * (1 - 2 ^ (-${SPAN[which]} / H)))))`;
  const known = {
    n: rates.memories,
    A: kept,
    ...(rates.ttlDays === undefined
      ? {}
      : { T: leaf('lifetime in days', rates.ttlDays, 'count', { source: '--ttl' }) }),
    ...(rates.halfLifeDays === undefined
      ? {}
      : { H: leaf('half-life in days', rates.halfLifeDays, 'count', { source: '--half-life' }) }),
  };
  const losses = [
    ...(rates.ttlDays === undefined ? [] : ['n / T']),
    ...(rates.halfLifeDays === undefined ? [] : ['n * ln(2) / H']),
  ];
  return {
    how: 'writes',
    says: saysWrites(rates, kept.value),
    perDay: derive('growth a day, now', 'rows/day', ['A', ...losses].join(' - '), known),
    added: rates.halfLifeDays === undefined ? kept : undefined,
    rows: (day) => derive('memories', 'rows', formula, { ...known, t: daysFromNow(day) }),
  };
}

function saysWrites(r: WriteRates, kept: number): string {
  const parts = [
    r.dedupRate ? `${formatPercent(r.dedupRate)} merged` : '',
    r.supersedeRate ? `${formatPercent(r.supersedeRate)} replacing an earlier one` : '',
    r.ttlDays === undefined ? '' : `each kept ${formatCount(r.ttlDays)} days`,
    r.halfLifeDays === undefined ? '' : `half forgotten in ${formatCount(r.halfLifeDays)} days`,
  ].filter((p) => p !== '');
  const less = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
  const stays =
    r.ttlDays !== undefined && r.halfLifeDays === undefined
      ? `; it levels off at ${formatShortCount(kept * r.ttlDays)}`
      : r.halfLifeDays !== undefined && r.ttlDays === undefined
        ? `; it levels off at ${formatShortCount((kept * r.halfLifeDays) / Math.LN2)}`
        : '';
  return `${formatShortCount(r.writesPerDay.value)} memories written a day${less}${stays}`;
}

/** A net growth, everything that leaves already counted: so many memories a day. */
export function netGrowth(memories: Quantity<'rows'>, perDay: Quantity<'rows/day'>): GrowthModel {
  return {
    how: 'net',
    says: `${formatShortCount(perDay.value)} memories more every day`,
    perDay,
    added: perDay,
    rows: (day) =>
      derive('memories', 'rows', 'min(1e12, max(1, floor(n + g * t)))', {
        n: memories,
        g: perDay,
        t: daysFromNow(day),
      }),
  };
}

/** A net growth in proportion to the store: a share a day, compounding. */
export function compoundGrowth(memories: Quantity<'rows'>, share: Quantity<'ratio'>): GrowthModel {
  const doubles = Math.LN2 / Math.log1p(share.value);
  return {
    how: 'compound',
    says: `${formatPercent(share.value)} more every day, compounding: it doubles every ${formatCount(doubles)} days`,
    perDay: derive('growth a day, now', 'rows/day', 'n * g', { n: memories, g: share }),
    added: undefined,
    rows: (day) =>
      derive('memories', 'rows', 'min(1e12, max(1, floor(n * (1 + g) ^ t)))', {
        n: memories,
        g: share,
        t: daysFromNow(day),
      }),
  };
}

/** As the looks at a live store went, so it goes on. */
export function fittedGrowth(fit: GrowthFit): GrowthModel {
  const shape = fit.kind === 'linear' ? 'a line' : 'an exponential';
  const band = fit.residual === undefined ? '; two looks give a rate and no band' : '';
  return {
    how: fit.kind,
    says: `${shape} through ${fit.looks} looks over ${formatCount(fit.spanDays)} days, ${formatShortCount(fit.perDay.value)} memories more a day now${band}`,
    perDay: fit.perDay,
    added: fit.kind === 'linear' && fit.perDay.value > 0 ? fit.perDay : undefined,
    rows: (day) => fit.rows(day),
  };
}

/** The same future with a share of the memories merged away: those that are there and those that come. */
export function consolidated(growth: GrowthModel, share: number): GrowthModel {
  const merged = leaf('share merged away', share, 'ratio');
  return {
    ...growth,
    perDay: derive('growth a day, now', 'rows/day', 'g * (1 - c)', { g: growth.perDay, c: merged }),
    added:
      growth.added === undefined
        ? undefined
        : derive('memories kept of a day', 'rows/day', 'A * (1 - c)', { A: growth.added, c: merged }),
    rows: (day) =>
      derive('memories', 'rows', 'min(1e12, max(1, floor(rows * (1 - c))))', { rows: growth.rows(day), c: merged }),
  };
}

/** The same future where a memory is kept so many days: at an even rate no more than those days' memories are there. */
export function expiring(growth: GrowthModel, days: number): GrowthModel | undefined {
  const { added } = growth;
  if (added === undefined) return undefined;
  const lifetime = leaf('lifetime in days', days, 'count');
  return {
    ...growth,
    rows: (day) =>
      derive('memories', 'rows', 'min(1e12, max(1, floor(min(rows, A * T))))', {
        rows: growth.rows(day),
        A: added,
        T: lifetime,
      }),
  };
}

/** Days after which no date is told any more: ten years. */
export const FAR_DAYS = 3652;
/** A quarter of an hour: finer than any date that is printed. */
const CLOSE_DAYS = 0.01;

/** Memories on the days that a search steps over, by the growth: limits and levers search the same one again and again. */
const steppedOver = new WeakMap<GrowthModel, Map<number, Quantity<'rows'>>>();

function rowsOn(growth: GrowthModel, day: number): Quantity<'rows'> {
  let known = steppedOver.get(growth);
  if (known === undefined) {
    known = new Map();
    steppedOver.set(growth, known);
  }
  let rows = known.get(day);
  if (rows === undefined) {
    rows = growth.rows(day);
    known.set(day, rows);
  }
  return rows;
}

/**
 * The first day on which the store holds so many memories.
 * @param bound which end of the band to look at
 * @returns 0 when it does today, undefined when it does not within ten years
 */
export function dayOf(growth: GrowthModel, rows: number, bound: 'low' | 'value' | 'high'): number | undefined {
  if (rowsOn(growth, 0)[bound] >= rows) return 0;
  let low = 0;
  let high = 1;
  while (rowsOn(growth, high)[bound] < rows) {
    low = high;
    high *= 2;
    if (low >= FAR_DAYS) return undefined;
  }
  while (high - low > CLOSE_DAYS) {
    const middle = (low + high) / 2;
    if (growth.rows(middle)[bound] >= rows) high = middle;
    else low = middle;
  }
  return high > FAR_DAYS ? undefined : high;
}

/** @throws InputError: nothing says how fast the store grows */
export function growthMissing(why: string): InputError {
  return new InputError(
    'growth-missing',
    why,
    'give --growth-per-day 20k (net) or --writes-per-day 20k with --ttl and the rates',
  );
}

/** Rows no older than so many days and older than the bucket before; the last one has null. */
export interface AgeBucket {
  readonly days: number | null;
  readonly rows: number;
}

/** Bounds that a rate a day is told from: a week is past the rhythm of one, three months are not yet history. */
const AGE_BOUNDS = [7, 30, 90] as const;

/**
 * Growth from the ages of the rows that are there: what came within a month, a day. What has left since is not seen, and
 * what leaves from here on is not known, so that it is a guess between the rates of the last week and of three months.
 * @returns undefined where the rows carry no time, or none of them is younger than three months
 */
export function growthFromAges(memories: Quantity<'rows'>, buckets: readonly AgeBucket[]): GrowthModel | undefined {
  const younger = (days: number): number =>
    buckets.reduce((sum, b) => (b.days !== null && b.days <= days ? sum + b.rows : sum), 0);
  const rates = AGE_BOUNDS.filter((days) => buckets.some((b) => b.days === days)).map((days) => younger(days) / days);
  const value = rates[Math.floor((rates.length - 1) / 2)];
  if (value === undefined || Math.max(...rates) === 0) return undefined;
  const perDay = leaf('memories of the last month, a day', value, 'rows/day', {
    low: Math.min(...rates),
    high: Math.max(...rates),
    basis: 'assumed',
    source: 'ages of the rows: a week, a month and three months, each by its days',
  });
  const { rows } = netGrowth(memories, perDay);
  return {
    how: 'ages',
    says: `${formatShortCount(value)} memories more a day, by the ages of the rows that are there; what was removed is not seen`,
    perDay,
    added: value > 0 ? perDay : undefined,
    rows,
  };
}
