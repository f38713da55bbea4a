/** The row count at which each limit of one engine is met, and the day on which the store has grown to it. */
import type { EnginePlan } from '../engines/engine.ts';
import { rowsWithin } from '../engines/row-limit.ts';
import { derive, formatCount, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { type Assessment, assessHere } from './assess.ts';
import { type PriceBook, priceOf } from './cost.ts';
import { grownPlan } from './flips.ts';
import { dayOf, type GrowthModel } from './forecast-growth.ts';
import { diskToProvision } from './totals.ts';

/** One limit, and when it falls. */
export interface ForecastLimit {
  readonly id: string;
  readonly title: string;
  /** The figure today, and what it may not exceed. */
  readonly actual: Quantity | undefined;
  readonly limit: Quantity | undefined;
  /** Memories at which it is met: the value, and the range that the intervals of both sides leave. Undefined: no count does. */
  readonly rows: Quantity<'rows'> | undefined;
  /** `reached`: today; `dated`: on `date`; `beyond`: not within ten years; `never`: no row count does; `broken`: at any. */
  readonly state: 'reached' | 'dated' | 'beyond' | 'never' | 'broken';
  readonly day: number | undefined;
  readonly date: string | undefined;
  /** The dates between which it falls; undefined where that is later than ten years. */
  readonly earliest: string | undefined;
  readonly latest: string | undefined;
  readonly because: string;
}

export interface LimitOptions {
  readonly prices: PriceBook;
  readonly now: Date;
  /** Disk of one machine, where somebody said. */
  readonly disk?: Quantity<'B'>;
}

/** A figure that grows with the rows and the most it may be. */
interface Rising {
  readonly id: string;
  readonly title: string;
  readonly actual: Quantity;
  readonly limit: Quantity;
  /** The figure at another row count, from its value in this plan. */
  figure(value: number, rows: number): number;
}

/** Row counts beyond this are nobody's: the limit does not bind. */
const FAR_ROWS = 1e13;
/** Each plan at the row count found so far brings it closer: one or two from nearby, more from a store of a few rows. */
const PLANS = 5;
/** A row count found this close to where it was planned needs no further plan. */
const NEAR = 0.02;

/** Every limit of the engine that the rows can meet, the earliest first; then those that no row count meets. */
export function limitsOf(a: Assessment, w: Workload, growth: GrowthModel, options: LimitOptions): ForecastLimit[] {
  const rising = risingOf(a, w, options);
  const limits = rising.map((r) => dated(r, rowsAt(a, r, w, options), growth, options.now));
  const told = new Set(rising.map((r) => r.id));
  for (const c of a.checks) {
    // What grows is told above; what is left is kept or broken whatever the rows.
    if (told.has(c.id) || c.verdict === 'unknown') continue;
    limits.push({
      ...NO_DATE,
      id: c.id,
      title: c.title,
      actual: c.actual,
      limit: c.limit,
      state: c.verdict === 'breaks' ? 'broken' : 'never',
      because: c.because,
    });
  }
  const order = (l: ForecastLimit): number => (l.state === 'broken' ? -1 : (l.rows?.value ?? Number.POSITIVE_INFINITY));
  return limits.sort((x, y) => (order(x) < order(y) ? -1 : order(x) > order(y) ? 1 : 0));
}

const NO_DATE = { rows: undefined, day: undefined, date: undefined, earliest: undefined, latest: undefined } as const;

/** The figures that grow, as they are in one plan. */
function risingOf(a: Assessment, w: Workload, options: LimitOptions): Rising[] {
  const { plan } = a;
  const n = w.memories.value;
  const straight = (value: number, rows: number): number => (value * rows) / n;
  const out: Rising[] = [];
  for (const c of a.checks) {
    const figure = GROWTH[c.id]?.(plan);
    if (figure === undefined || c.limit === undefined) continue;
    const actual = c.id === 'p99' ? plan.p99InRam : c.id === 'shards' ? demandOf(plan) : c.actual;
    if (actual !== undefined) out.push({ id: c.id, title: c.title, actual, limit: c.limit, figure });
  }
  const monthly = a.checks.find((c) => c.id === 'money');
  if (monthly?.actual !== undefined && monthly.limit !== undefined) out.push(budget(a, w, monthly.limit, options));
  if (options.disk !== undefined) {
    const each = derive('disk to provision, a machine', 'B', 'disk / machines', {
      disk: diskToProvision(plan),
      machines: plan.machines,
    });
    out.push({ id: 'disk', title: 'disk of a machine', actual: each, limit: options.disk, figure: straight });
  }
  return [...out, ...ceilings(a, w, straight)];
}

/** How a check's figure grows in a plan; undefined where machines are added before it can bind. */
const GROWTH: Readonly<Record<string, (plan: EnginePlan) => Rising['figure'] | undefined>> = {
  ram: (p) => (p.demand === undefined ? (v, n) => v * p.growth.resident(n) : undefined),
  'build-window': (p) => (p.demand === undefined ? (v, n) => v * p.growth.build(n) : undefined),
  p99: (p) => (p.demand === undefined ? (v, n) => v * p.growth.p99(n) : undefined),
  shards: (p) => (p.demand === undefined ? undefined : (v, n) => v * p.growth.demand(n)),
};

/** Machines' worth of load before rounding up; machines are whole. */
const demandOf = (plan: EnginePlan): Quantity | undefined =>
  plan.demand === undefined ? undefined : leaf("machines' worth of load", plan.demand, 'count', { basis: 'assumed' });

/** Money goes up in steps, a machine at a time: the whole plan is priced at each row count that is tried. */
function budget(a: Assessment, w: Workload, limit: Quantity, options: LimitOptions): Rising {
  const actual = a.cost.monthlyTotal as Quantity;
  const scale = (rows: number): number =>
    (priceOf(a.engine, grownPlan(a.engine, a.plan, w, rows), w, options.prices).monthlyTotal?.value ?? 0) /
    actual.value;
  return { id: 'money', title: 'money a month', actual, limit, figure: (value, rows) => value * scale(rows) };
}

/** Largest relation of PostgreSQL with pages of 8,192 B: PostgreSQL documentation, appendix K, "relation size 32 TB". */
const PG_RELATION: Quantity<'B'> = leaf('largest table or index of PostgreSQL', 2 ** 45, 'B', {
  basis: 'documented',
  source: 'PostgreSQL 18 documentation, appendix K: 32 TB with pages of 8,192 B',
});
/** SQLite: 4,294,967,294 pages a file (sqlite.org/limits.html), of 4,096 B, its default page. */
const SQLITE_FILE: Quantity<'B'> = leaf('largest file of SQLite', 4_294_967_294 * 4096, 'B', {
  basis: 'documented',
  source: 'sqlite.org/limits.html: 4,294,967,294 pages, of 4,096 B by default',
});

/** What the engine itself cannot exceed on one machine. */
function ceilings(a: Assessment, w: Workload, straight: Rising['figure']): Rising[] {
  const { engine, plan } = a;
  if (engine.id === 'pgvector' || engine.id === 'sharded-pgvector') {
    const [first, ...rest] = plan.components.map((c) => c.disk);
    if (first === undefined || plan.demand !== undefined) return [];
    const largest = rest.reduce((x, y) => (y.value > x.value ? y : x), first);
    return [{ id: 'relation-size', title: 'largest relation', actual: largest, limit: PG_RELATION, figure: straight }];
  }
  if (engine.id === 'sqlite-vec') {
    const disk = derive('file', 'B', 'disk', { disk: sumOf(plan) });
    return [{ id: 'file-size', title: 'largest file', actual: disk, limit: SQLITE_FILE, figure: straight }];
  }
  if (engine.id === 'hnswlib') {
    const limit = leaf('elements of one index', 2 ** 32 - 1, 'rows', {
      basis: 'documented',
      source: 'hnswlib/hnswalg.h: element numbers are unsigned 32-bit (tableint)',
    });
    return [{ id: 'elements', title: 'elements of an index', actual: w.memories, limit, figure: straight }];
  }
  return [];
}

function sumOf(plan: EnginePlan): Quantity<'B'> {
  const inputs = Object.fromEntries(plan.components.map((c, i) => [`c${i}`, c.disk]));
  return derive('bytes on disk', 'B', Object.keys(inputs).join(' + '), inputs);
}

/** The row count, planned again where it is found: growth is nearly straight, but not quite. */
function rowsAt(a: Assessment, first: Rising, w: Workload, options: LimitOptions): Quantity<'rows'> | undefined {
  let here = a;
  let rising = first;
  let at = w;
  let found = reach(rising, at);
  for (let i = 0; i < PLANS; i++) {
    if (found.value >= FAR_ROWS || found.value < 1) break;
    if (Math.abs(found.value / at.memories.value - 1) <= NEAR) break;
    at = { ...w, memories: leaf(w.memories.name, found.value, 'rows'), largestNamespace: undefined };
    const verdict = assessHere(here.engine, at, options.prices);
    const again = verdict.ok ? risingOf(verdict.assessment, at, options).find((r) => r.id === first.id) : undefined;
    if (!verdict.ok || again === undefined) break;
    here = verdict.assessment;
    rising = again;
    found = reach(rising, at);
  }
  return found.value >= FAR_ROWS ? undefined : found;
}

/** Memories at which the figure meets its limit; the range comes from the intervals of both. */
function reach(r: Rising, w: Workload): Quantity<'rows'> {
  const within = (actual: number, limit: number): number => {
    if (actual <= 0) return FAR_ROWS;
    const beyond = r.figure(actual, FAR_ROWS) <= limit;
    return beyond ? FAR_ROWS : (rowsWithin((n) => r.figure(actual, n), limit, w.memories.value) ?? 0);
  };
  return derive(
    `memories at which it is met: ${r.title}`,
    'rows',
    'reached(figure, limit)',
    { figure: r.actual, limit: r.limit },
    { using: { reached: within }, moves: { figure: 'falling', limit: 'rising' } },
  );
}

function dated(r: Rising, rows: Quantity<'rows'> | undefined, growth: GrowthModel, now: Date): ForecastLimit {
  const head = { id: r.id, title: r.title, actual: r.actual, limit: r.limit };
  if (rows === undefined) {
    return { ...NO_DATE, ...head, state: 'never', because: 'no row count that anybody stores meets it' };
  }
  if (rows.value < 1) return { ...NO_DATE, ...head, state: 'broken', because: 'it is exceeded whatever the row count' };
  const day = dayOf(growth, rows.value, 'value');
  const from = dayOf(growth, rows.low, 'high');
  const to = dayOf(growth, rows.high, 'low');
  const state = day === undefined ? 'beyond' : day === 0 ? 'reached' : 'dated';
  return {
    ...head,
    rows,
    state,
    day,
    date: dateOf(now, day),
    earliest: dateOf(now, from),
    latest: dateOf(now, to),
    because: `met at ${formatCount(rows.value)} memories`,
  };
}

const DAY_MS = 86_400_000;
/** The calendar day, UTC. */
export function dateOf(now: Date, day: number): string;
export function dateOf(now: Date, day: number | undefined): string | undefined;
export function dateOf(now: Date, day: number | undefined): string | undefined {
  return day === undefined ? undefined : new Date(now.getTime() + day * DAY_MS).toISOString().slice(0, 10);
}
