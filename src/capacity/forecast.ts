/** memplan forecast: growth over time, the day and row count at which each limit falls, and what each lever buys. */
import { LADDER } from '../engines/index.ts';
import type { PriceOverrides } from '../prices/index.ts';
import type { Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { type Assessment, assessHere } from './assess.ts';
import { type CapacityJson, workloadJson } from './capacity-json.ts';
import { type PriceBook, priceBook } from './cost.ts';
import { firstFlip, withRows } from './flips.ts';
import { dayOf, type GrowthModel } from './forecast-growth.ts';
import { type Later, type Lever, laterStore, leversFor } from './forecast-levers.ts';
import { dateOf, type ForecastLimit, limitsOf } from './forecast-limits.ts';
import type { GrowthFit, Look } from './growth-fit.ts';
import { chooseTier } from './tier.ts';
import { total } from './totals.ts';

export interface SeriesPoint {
  readonly day: number;
  readonly date: string;
  readonly rows: Quantity<'rows'>;
}

/** What the store takes on one day. */
export interface Milestone extends SeriesPoint {
  readonly disk: Quantity<'B'>;
  readonly resident: Quantity<'B'>;
  readonly machines: Quantity<'count'>;
  readonly build: Quantity<'s'> | undefined;
  readonly p99: Quantity<'s'> | undefined;
  readonly monthly: Quantity | undefined;
  readonly fits: boolean;
}

export interface ForecastReport {
  readonly kind: 'forecast-report';
  readonly workload: CapacityJson['workload'];
  readonly engine: string;
  readonly engineTitle: string;
  readonly tier: number | undefined;
  /** The day from which days are counted, and how many the forecast goes on. */
  readonly startsOn: string;
  readonly days: number;
  readonly growth: {
    readonly how: GrowthModel['how'];
    readonly says: string;
    readonly perDay: Quantity<'rows/day'>;
    /** Both fits, the one that is used first; empty where growth was given. */
    readonly fits: readonly Omit<GrowthFit, 'rows'>[];
  };
  /** What was seen of the store, oldest first. */
  readonly looks: readonly { readonly day: number; readonly date: string; readonly rows: number }[];
  readonly series: readonly SeriesPoint[];
  readonly milestones: readonly Milestone[];
  readonly limits: readonly ForecastLimit[];
  /** Where the tier of today gives way, and what is recommended from there on. */
  readonly ceiling:
    | {
        readonly rows: number;
        readonly day: number | undefined;
        readonly date: string | undefined;
        readonly constraint: string;
        readonly next: string | undefined;
      }
    | undefined;
  readonly levers: readonly Lever[];
  readonly notes: readonly string[];
}

export interface ForecastOptions {
  readonly now: Date;
  readonly days: number;
  readonly growth: GrowthModel;
  readonly fits?: readonly GrowthFit[];
  readonly looks?: readonly Look[];
  readonly disk?: Quantity<'B'>;
  readonly prices?: PriceOverrides;
  readonly notes?: readonly string[];
}

/** Steps of the series from now to the horizon: a plot of that many columns. */
const STEPS = 60;
/** Days at which the whole store is planned, as shares of the horizon. */
const MILESTONES = [0, 1 / 3, 2 / 3, 1] as const;

/** @throws InputError when no engine can hold the workload as it is today */
export function forecast(w: Workload, options: ForecastOptions): ForecastReport {
  const prices = priceBook(options.prices ?? {});
  const { growth, now, days } = options;
  const a = chooseTier(w, prices).chosen;
  const point = (day: number): SeriesPoint => ({ day, date: dateOf(now, day), rows: growth.rows(day) });
  const atEnd = laterStore(a, w, growth.rows(days), prices);
  return {
    kind: 'forecast-report',
    workload: workloadJson(w),
    engine: a.engine.id,
    engineTitle: a.engine.title,
    tier: a.engine.level,
    startsOn: dateOf(now, 0),
    days,
    growth: {
      how: growth.how,
      says: growth.says,
      perDay: growth.perDay,
      fits: (options.fits ?? []).map(({ rows: _, ...fit }) => fit),
    },
    looks: (options.looks ?? []).map((l) => ({ ...l, date: dateOf(now, l.day) })),
    series: Array.from({ length: STEPS + 1 }, (_, i) => point((i * days) / STEPS)),
    milestones: MILESTONES.flatMap((share) => {
      const day = Math.round(share * days);
      return milestone(point(day), a, w, prices, day === days ? atEnd : undefined);
    }),
    limits: limitsOf(a, w, growth, { prices, now, ...(options.disk === undefined ? {} : { disk: options.disk }) }),
    ceiling: ceilingOf(a, w, growth, prices, now),
    levers: leversFor(a, w, growth, { prices, now, days, atEnd }),
    notes: options.notes ?? [],
  };
}

/** The store planned for that day's rows, with their band; nothing where the engine cannot be planned for so many. */
function milestone(
  p: SeriesPoint,
  a: Assessment,
  w: Workload,
  prices: PriceBook,
  known: Later | undefined,
): Milestone[] {
  const there = planned(p.rows, a, w, prices, known);
  if (there === undefined) return [];
  const { plan, cost, fits } = there;
  const disk = total(plan, 'disk');
  const resident = total(plan, 'resident');
  const { machines, build, query } = plan;
  return [{ ...p, disk, resident, machines, build: build.seconds, p99: query.p99, monthly: cost.monthlyTotal, fits }];
}

function planned(
  rows: Quantity<'rows'>,
  a: Assessment,
  w: Workload,
  prices: PriceBook,
  known: Later | undefined,
): Pick<Assessment, 'plan' | 'cost' | 'fits'> | undefined {
  // Today's plan is there already.
  if (rows.value === w.memories.value && rows.low === rows.high) return a;
  const { verdict } = known ?? laterStore(a, w, rows, prices);
  return verdict.ok ? verdict.assessment : undefined;
}

function ceilingOf(
  a: Assessment,
  w: Workload,
  growth: GrowthModel,
  prices: PriceBook,
  now: Date,
): ForecastReport['ceiling'] {
  const flip = a.fits ? firstFlip(a.checks) : undefined;
  if (flip?.flipsAt === undefined) return undefined;
  const day = dayOf(growth, flip.flipsAt, 'value');
  const beyond = { ...withRows(w, Math.ceil(flip.flipsAt * BEYOND)), engine: undefined, largestNamespace: undefined };
  // Tiers below gave way before this one did.
  const next = LADDER.find((e) => {
    if ((e.level ?? 0) <= (a.engine.level ?? LADDER.length)) return false;
    const verdict = assessHere(e, beyond, prices);
    return verdict.ok && verdict.assessment.holds;
  });
  return { rows: flip.flipsAt, day, date: dateOf(now, day), constraint: flip.title, next: next?.title };
}

/** Just past the ceiling: far enough that the figures that are shown have passed it too. */
const BEYOND = 1.01;
