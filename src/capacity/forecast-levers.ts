/** What each lever buys: fewer memories, smaller vectors, fewer dimensions, an expiry; in whole machines and days. */
import { formatBytes, formatCount, formatPercent, named, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { type Assessment, assess, assessHere } from './assess.ts';
import type { PriceBook } from './cost.ts';
import { firstFlip } from './flips.ts';
import { consolidated, dayOf, expiring, type GrowthModel } from './forecast-growth.ts';
import { dateOf } from './forecast-limits.ts';
import { totalsOf } from './totals.ts';

export interface LeverState {
  readonly rows: Quantity<'rows'>;
  readonly resident: Quantity<'B'>;
  readonly disk: Quantity<'B'>;
  readonly machines: Quantity<'count'>;
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
  readonly why?: string;
}

/** The store as it is going first, then every lever that applies to it. */
export function leversFor(a: Assessment, w: Workload, growth: GrowthModel, options: LeverOptions): Lever[] {
  const none = measured({ id: 'none', title: 'as it is', w, growth }, a, options, undefined);
  return [none, ...pulled(a, w, growth).map((p) => measured(p, a, options, none))];
}

function pulled(a: Assessment, w: Workload, growth: GrowthModel): Pulled[] {
  const levers: Pulled[] = CONSOLIDATION.map((share) => ({
    id: `consolidate-${share * 100}`,
    title: `consolidate ${formatPercent(share)}`,
    w: fewer(w, share),
    growth: consolidated(growth, share),
  }));
  const expiry = expiring(growth, EXPIRY_DAYS);
  if (expiry !== undefined)
    levers.push({ id: `ttl-${EXPIRY_DAYS}`, title: `keep ${EXPIRY_DAYS} days`, w, growth: expiry });
  if (w.indexScalar === 'float32') {
    const expression = a.engine.level === 2 || a.engine.level === 3;
    const half: Workload = expression
      ? { ...w, indexScalar: 'halfvec' }
      : { ...w, scalar: 'halfvec', indexScalar: 'halfvec' };
    levers.push({ id: 'halfvec', title: expression ? 'halfvec index' : 'halfvec', w: half, growth });
  }
  const step = a.plan.cliffs().find((c) => c.parameter === 'dims' && c.at <= w.dimensions.value && c.after > c.before);
  const dims = step === undefined ? Math.floor(w.dimensions.value / 2) : step.at - 1;
  if (dims >= 1) {
    const to = { ...w.dimensions, value: dims, low: dims, high: dims };
    levers.push({ id: `dims-${dims}`, title: `${formatCount(dims)} dimensions`, w: { ...w, dimensions: to }, growth });
  }
  return levers;
}

function fewer(w: Workload, share: number): Workload {
  const n = Math.max(1, Math.round(w.memories.value * (1 - share)));
  return { ...w, memories: { ...w.memories, value: n, low: n, high: n }, largestNamespace: undefined };
}

function measured(p: Pulled, a: Assessment, options: LeverOptions, none: Lever | undefined): Lever {
  const head = { id: p.id, title: p.title };
  const rows = p.growth.rows(options.days);
  const later: Workload = { ...p.w, memories: named(p.w.memories.name, rows), largestNamespace: undefined };
  const verdict = assessHere(a.engine, later, options.prices);
  if (!verdict.ok) return { ...head, ...NOTHING, says: verdict.because };
  const atEnd = stateOf(verdict.assessment, rows);
  const first = firstLimit(p, a, options);
  const known = { ...head, atEnd, ...first };
  if (none?.atEnd === undefined) return { ...known, daysGained: undefined, says: 'nothing changed' };
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
  const { disk, resident } = totalsOf(a.plan);
  return { rows, resident, disk, machines: a.plan.machines, monthly: a.cost.monthlyTotal };
}

/** The first check of the tier to change its mind as the store grows, and the day it does. */
function firstLimit(
  p: Pulled,
  a: Assessment,
  options: LeverOptions,
): Pick<Lever, 'firstLimit' | 'firstDay' | 'firstDate'> {
  const verdict = assess(a.engine, p.w, options.prices);
  const flip = verdict.ok ? firstFlip(verdict.assessment.checks) : undefined;
  if (flip?.flipsAt === undefined) return { firstLimit: undefined, firstDay: undefined, firstDate: undefined };
  const day = dayOf(p.growth, flip.flipsAt, 'value');
  return { firstLimit: { id: flip.id, title: flip.title }, firstDay: day, firstDate: dateOf(options.now, day) };
}

/** Machines and money come in steps: a lever that saves bytes may save no machine. */
function saysWhat(
  atEnd: LeverState,
  none: LeverState,
  gained: number | undefined,
  day: number | undefined,
  without: Lever,
): string {
  const bytes = none.resident.value - atEnd.resident.value;
  const machines = none.machines.value - atEnd.machines.value;
  const money = (none.monthly?.value ?? 0) - (atEnd.monthly?.value ?? 0);
  if (bytes < none.resident.value * 0.005 && machines === 0) return 'buys nothing: the same pages';
  const parts = [
    `${formatBytes(Math.abs(bytes))} of RAM ${bytes >= 0 ? 'less' : 'more'}`,
    machines > 0
      ? `${formatCount(machines)} ${machines === 1 ? 'machine' : 'machines'} fewer`
      : money < 1
        ? 'the same machines'
        : 'a smaller machine',
  ];
  if (gained !== undefined && Math.abs(gained) >= 1) parts.push(`${formatCount(gained)} days gained`);
  else if (without.firstDay !== undefined && day === undefined) parts.push('the limit is not met any more');
  return parts.join(', ');
}
