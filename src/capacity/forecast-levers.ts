/** What each lever buys: fewer memories, smaller vectors, fewer dimensions, an expiry; in whole machines and days. */
import { formatBytes, formatCount, formatPercent, named, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { type Assessment, assess, assessHere, type Verdict } from './assess.ts';
import type { PriceBook } from './cost.ts';
import { firstFlip } from './flips.ts';
import { consolidated, dayOf, expiring, type GrowthModel } from './forecast-growth.ts';
import { dateOf } from './forecast-limits.ts';
import { total } from './totals.ts';

export interface LeverState {
  readonly rows: Quantity<'rows'>;
  readonly resident: Quantity<'B'>;
  readonly disk: Quantity<'B'>;
  readonly machines: Quantity<'count'>;
  /** The machine that is priced, by name; undefined for an engine that lives in a process of yours. */
  readonly machine: string | undefined;
  readonly monthly: Quantity | undefined;
}

export interface Lever {
  readonly id: string;
  readonly title: string;
  /** At the end of the forecast; undefined where the engine cannot do it. */
  readonly atEnd: LeverState | undefined;
  /** The first limit of the tier to fall, and its day. */
  readonly firstLimit: { readonly id: string; readonly title: string } | undefined;
  readonly firstDay: number | undefined;
  readonly firstDate: string | undefined;
  /** Days gained against no lever; undefined where either never falls. */
  readonly daysGained: number | undefined;
  readonly says: string;
}

export interface LeverOptions {
  readonly prices: PriceBook;
  readonly now: Date;
  readonly days: number;
  /** The store at the end with no lever pulled: the last milestone is the same plan. */
  readonly atEnd: Later;
}

/** The store with so many memories, in the engine of today. */
export interface Later {
  readonly rows: Quantity<'rows'>;
  /** The same as the workload's input. */
  readonly memories: Quantity<'rows'>;
  readonly verdict: Verdict;
}

export function laterStore(a: Assessment, w: Workload, rows: Quantity<'rows'>, prices: PriceBook): Later {
  return withMemories(a, w, rows, named(w.memories.name, rows), prices);
}

function withMemories(
  a: Assessment,
  w: Workload,
  rows: Quantity<'rows'>,
  memories: Quantity<'rows'>,
  prices: PriceBook,
): Later {
  return { rows, memories, verdict: assessHere(a.engine, { ...w, memories, largestNamespace: undefined }, prices) };
}

/** The store at the end with a lever pulled. Where it leaves the growth as it is, so are the tables: the very same memories. */
function pulledAtEnd(p: Pulled, a: Assessment, { atEnd, days, prices }: LeverOptions, growth: GrowthModel): Later {
  if (p.growth !== growth) return laterStore(a, p.w, p.growth.rows(days), prices);
  return withMemories(a, p.w, atEnd.rows, atEnd.memories, prices);
}

/** What an ordinary and an aggressive consolidation reach, by the seed article. */
const CONSOLIDATION = [0.2, 0.4] as const;
/** An expiry that a memory of an assistant survives: half a year. */
const EXPIRY_DAYS = 180;

interface Pulled {
  readonly id: string;
  readonly title: string;
  readonly w: Workload;
  readonly growth: GrowthModel;
  /** A row takes what it took: the limits stand at the row counts at which they stood. */
  readonly sameRow: boolean;
}

/** The store as it is going first, then every lever that applies to it. */
export function leversFor(a: Assessment, w: Workload, growth: GrowthModel, options: LeverOptions): Lever[] {
  const none = measured(
    { id: 'none', title: 'as it is', w, growth, sameRow: true },
    a,
    options,
    options.atEnd,
    undefined,
  );
  return [none, ...pulled(a, w, growth).map((p) => measured(p, a, options, pulledAtEnd(p, a, options, growth), none))];
}

function pulled(a: Assessment, w: Workload, growth: GrowthModel): Pulled[] {
  const levers: Pulled[] = CONSOLIDATION.map((share) => ({
    id: `consolidate-${share * 100}`,
    title: `consolidate ${formatPercent(share)}`,
    w,
    growth: consolidated(growth, share),
    sameRow: true,
  }));
  const expiry = expiring(growth, EXPIRY_DAYS);
  if (expiry !== undefined)
    levers.push({ id: `ttl-${EXPIRY_DAYS}`, title: `keep ${EXPIRY_DAYS} days`, w, growth: expiry, sameRow: true });
  if (w.indexScalar === 'float32') {
    const expression = a.engine.level === 2 || a.engine.level === 3;
    const half: Workload = expression
      ? { ...w, indexScalar: 'halfvec' }
      : { ...w, scalar: 'halfvec', indexScalar: 'halfvec' };
    levers.push({ id: 'halfvec', title: expression ? 'halfvec index' : 'halfvec', w: half, growth, sameRow: false });
  }
  const step = a.plan.cliffs().find((c) => c.parameter === 'dims' && c.at <= w.dimensions.value && c.after > c.before);
  const dims = step === undefined ? Math.floor(w.dimensions.value / 2) : step.at - 1;
  if (dims >= 1) {
    const to = { ...w.dimensions, value: dims, low: dims, high: dims };
    levers.push({
      id: `dims-${dims}`,
      title: `${formatCount(dims)} dimensions`,
      w: { ...w, dimensions: to },
      growth,
      sameRow: false,
    });
  }
  return levers;
}

function measured(p: Pulled, a: Assessment, options: LeverOptions, then: Later, none: Lever | undefined): Lever {
  const head = { id: p.id, title: p.title };
  const { rows, verdict } = then;
  if (!verdict.ok) return { ...head, ...NOTHING, says: verdict.because };
  const atEnd = stateOf(verdict.assessment, rows);
  const first = firstLimit(p, a, options);
  const known = { ...head, atEnd, ...first };
  if (none?.atEnd === undefined) return { ...known, daysGained: undefined, says: 'no lever pulled' };
  const gained =
    first.firstDay === undefined || none.firstDay === undefined ? undefined : first.firstDay - none.firstDay;
  return { ...known, daysGained: gained, says: saysWhat(atEnd, none.atEnd, gained, first.firstDay, none) };
}

const NOTHING = {
  atEnd: undefined,
  firstLimit: undefined,
  firstDay: undefined,
  firstDate: undefined,
  daysGained: undefined,
} as const;

function stateOf(a: Assessment, rows: Quantity<'rows'>): LeverState {
  const disk = total(a.plan, 'disk');
  const resident = total(a.plan, 'resident');
  const machine = a.cost.monthly.find((l) => l.id === 'compute')?.title;
  return { rows, resident, disk, machines: a.plan.machines, machine, monthly: a.cost.monthlyTotal };
}

const checksOf = (a: Assessment, w: Workload, options: LeverOptions): Assessment['checks'] => {
  const verdict = assess(a.engine, w, options.prices);
  return verdict.ok ? verdict.assessment.checks : [];
};

/** The first check of the tier to change its mind as the store grows, and the day it does. */
function firstLimit(
  p: Pulled,
  a: Assessment,
  options: LeverOptions,
): Pick<Lever, 'firstLimit' | 'firstDay' | 'firstDate'> {
  const flip = firstFlip(p.sameRow ? a.checks : checksOf(a, p.w, options));
  if (flip?.flipsAt === undefined) return { firstLimit: undefined, firstDay: undefined, firstDate: undefined };
  const day = dayOf(p.growth, flip.flipsAt, 'value');
  return { firstLimit: { id: flip.id, title: flip.title }, firstDay: day, firstDate: dateOf(options.now, day) };
}

/** Machines come whole: a lever that saves bytes may save no machine. */
function saysWhat(
  atEnd: LeverState,
  none: LeverState,
  gained: number | undefined,
  day: number | undefined,
  without: Lever,
): string {
  const bytes = none.resident.value - atEnd.resident.value;
  const machines = none.machines.value - atEnd.machines.value;
  if (Math.abs(bytes) < none.resident.value * SAME_PAGES && machines === 0) return 'buys nothing: the same pages';
  const parts = [`${formatBytes(Math.abs(bytes))} of RAM ${bytes >= 0 ? 'less' : 'more'}`];
  if (machines > 0) parts.push(`${formatCount(machines)} ${machines === 1 ? 'machine' : 'machines'} fewer`);
  else if (atEnd.machine !== none.machine && atEnd.machine !== undefined) parts.push(`${atEnd.machine} is enough`);
  else if (atEnd.machine !== undefined) parts.push(machines === 0 ? 'no machine fewer' : 'more machines');
  if (gained !== undefined && Math.abs(gained) >= 1) parts.push(`${formatCount(gained)} days gained`);
  else if (without.firstDay !== undefined && day === undefined) parts.push('the limit is not met within ten years');
  return parts.join(', ');
}

/** Less than this of the resident bytes is another fill of the same pages. */
const SAME_PAGES = 0.005;
