/** memplan gate: every budget judged against the plan of today, of a baseline, or of a day to come. */
import type { PriceOverrides } from '../prices/index.ts';
import { derive, formatCount, isInputError, named, nearest, type Quantity, revised } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { CapacityJson } from './capacity-json.ts';
import { estimate } from './estimate.ts';
import type { GrowthModel } from './forecast-growth.ts';
import { dateOf } from './forecast-limits.ts';
import { type Budget, type BudgetLevel, isRelative, limitOf } from './gate-budget.ts';
import { budgetFigures, MAYBE_UNKNOWN, type NamedFigures, savedFigures } from './gate-figures.ts';

/** One budget with its verdict. */
export interface JudgedBudget {
  readonly metric: string;
  /** What the metric is, in words. */
  readonly title: string;
  readonly level: BudgetLevel;
  /** The limit as it was written: "+10%". */
  readonly asked: string;
  readonly line: number;
  /** Days from now on which it must hold; undefined: today only. */
  readonly days: number | undefined;
  /** Undefined where the budget is off, as all figures below. */
  readonly limit: Quantity | undefined;
  /** Today's figure, or the largest one up to the last of the days. */
  readonly actual: Quantity | undefined;
  /** Memories that the figure stands for. */
  readonly rows: Quantity<'rows'> | undefined;
  /** The same figure of the baseline, where there is one. */
  readonly baseline: Quantity | undefined;
  /** Of today's figure against the baseline. */
  readonly change: Quantity<'ratio'> | undefined;
  /** Undefined where the budget is off. */
  readonly passed: boolean | undefined;
  /** The verdict would be another one at the lower or the upper bound. */
  readonly straddles: boolean;
  /** The first day on which the limit is exceeded; undefined where that is not within the days. */
  readonly exceededOn: { readonly day: number; readonly date: string } | undefined;
}

export interface GateReport {
  readonly kind: 'gate-report';
  /** The file in which the budgets stand. */
  readonly file: string;
  readonly engine: string;
  readonly engineTitle: string;
  readonly memories: Quantity<'rows'>;
  readonly baseline: { readonly name: string; readonly generatedAt: string; readonly engine: string } | undefined;
  /** Judged by the upper bound, and not by the value. */
  readonly strict: boolean;
  /** How the store grows, in a sentence; undefined where no budget looks ahead. */
  readonly growth: string | undefined;
  /** No budget of level error is exceeded. */
  readonly passed: boolean;
  /** A figure that is judged is not what it was in the baseline, by TOLD_CHANGE or more. */
  readonly changed: boolean;
  readonly budgets: readonly JudgedBudget[];
}

/** Below it a change is the growth of a day, as in memplan diff. */
const TOLD_CHANGE = 0.01;

/** A budget that cannot be judged, and why: wrong evidence, not a pass. */
export interface GateProblem {
  readonly line: number;
  readonly message: string;
}

export interface GateOptions {
  readonly now: Date;
  readonly file: string;
  readonly strict: boolean;
  readonly prices?: PriceOverrides;
  readonly baseline?: { readonly name: string; readonly report: CapacityJson };
  /** Needed where a budget looks ahead. */
  readonly growth?: GrowthModel;
}

/**
 * @returns the report, or every budget that cannot be judged; then nothing is judged
 * @throws InputError when the workload of today cannot be planned
 */
export function gate(
  w: Workload,
  budgets: readonly Budget[],
  options: GateOptions,
): { readonly report: GateReport } | { readonly problems: readonly GateProblem[] } {
  const report = estimate(w, pricing(options));
  const judge = new Judge(w, report.engine.id, budgetFigures(report), options);
  const judged: JudgedBudget[] = [];
  const problems: GateProblem[] = [];
  for (const budget of budgets) {
    try {
      judged.push(budget.level === 'off' ? off(budget) : judge.judged(budget));
    } catch (e) {
      if (!(e instanceof Unjudged) && !isInputError(e)) throw e;
      problems.push({ line: budget.line, message: e.message });
    }
  }
  if (problems.length > 0) return { problems };
  const { baseline, growth } = options;
  const ahead = judged.some((b) => b.days !== undefined && b.level !== 'off');
  return {
    report: {
      kind: 'gate-report',
      file: options.file,
      engine: report.engine.id,
      engineTitle: report.engine.title,
      memories: w.memories,
      baseline:
        baseline === undefined
          ? undefined
          : { name: baseline.name, generatedAt: baseline.report.generatedAt, engine: baseline.report.engineTitle },
      strict: options.strict,
      growth: ahead ? growth?.says : undefined,
      passed: judged.every((b) => b.level !== 'error' || b.passed === true),
      changed: judged.some((b) => b.change !== undefined && Math.abs(b.change.value) >= TOLD_CHANGE),
      budgets: judged,
    },
  };
}

const pricing = (o: GateOptions): Parameters<typeof estimate>[1] => ({
  now: o.now,
  ...(o.prices === undefined ? {} : { prices: o.prices }),
});

/** What a limit loses as it is read: twelve digits of a number, and a byte is whole. */
const LIMIT_DIGITS = 1e-11;
const HALF_BYTE = 0.5;

/** Above by more than what writing a figure down and reading it again takes away: a figure keeps a limit of its own value. */
const isAbove = (figure: number, limit: number, unit: Quantity['unit']): boolean =>
  figure - limit > Math.max(unit === 'B' ? HALF_BYTE : 0, Math.abs(limit) * LIMIT_DIGITS);

class Unjudged extends Error {}

const off = (b: Budget): JudgedBudget => ({
  metric: b.metric,
  title: '',
  level: b.level,
  asked: b.limit,
  line: b.line,
  days: b.days,
  limit: undefined,
  actual: undefined,
  rows: undefined,
  baseline: undefined,
  change: undefined,
  passed: undefined,
  straddles: false,
  exceededOn: undefined,
});

interface Planned {
  readonly rows: Quantity<'rows'>;
  readonly figures: NamedFigures;
}

class Judge {
  readonly #w: Workload;
  readonly #engine: Workload['engine'];
  readonly #today: Planned;
  readonly #base: NamedFigures | undefined;
  readonly #options: GateOptions;
  /** Plans by day: several budgets look at the same ones. */
  readonly #days = new Map<number, Planned>();

  constructor(w: Workload, engine: Workload['engine'], figures: NamedFigures, options: GateOptions) {
    this.#w = w;
    this.#engine = engine;
    this.#today = { rows: w.memories, figures };
    this.#options = options;
    const { baseline } = options;
    this.#base = baseline === undefined ? undefined : savedFigures(baseline.report);
  }

  judged(b: Budget): JudgedBudget {
    const now = this.#figure(b, this.#today, '');
    const baseline = this.#baseline(b, now);
    const limit = limitOf(b, now.unit, baseline);
    const { strict } = this.#options;
    const exceeds = (q: Quantity): boolean =>
      strict ? isAbove(q.high, limit.high, q.unit) : isAbove(q.value, limit.value, q.unit);
    let [actual, rows] = [now, this.#today.rows];
    let exceeded: number | undefined = exceeds(now) ? 0 : undefined;
    if (b.days !== undefined) {
      const at = (day: number): Quantity => this.#figure(b, this.#on(day, b), ` on day ${formatCount(day)}`);
      const last = at(b.days);
      // A store may shrink as well: the larger of both ends is the one that must fit.
      if (last.value >= now.value) [actual, rows] = [last, this.#on(b.days, b).rows];
      if (exceeded === undefined && exceeds(last)) exceeded = firstDay(b.days, (day) => exceeds(at(day)));
    }
    const bounds = (['low', 'value', 'high'] as const).map((b) => !isAbove(actual[b], limit[b], actual.unit));
    return {
      metric: b.metric,
      title: now.name,
      level: b.level,
      asked: b.limit,
      line: b.line,
      days: b.days,
      limit,
      actual,
      rows,
      baseline,
      change: baseline === undefined || baseline.value === 0 ? undefined : changeOf(now, baseline),
      passed: exceeded === undefined,
      straddles: bounds.some((fits) => fits !== bounds[0]),
      exceededOn: exceeded === undefined ? undefined : { day: exceeded, date: dateOf(this.#options.now, exceeded) },
    };
  }

  #figure(b: Budget, plan: Planned, when: string): Quantity {
    const found = plan.figures.get(b.metric);
    if (found !== undefined) return found;
    if (this.#today.figures.has(b.metric) || MAYBE_UNKNOWN.includes(b.metric)) {
      throw new Unjudged(
        `${b.where}: ${b.metric} is not known for this workload on ${this.#engine}${when}; what is unknown is neither kept nor exceeded`,
      );
    }
    const near = nearest(b.metric, this.#today.figures.keys());
    throw new Unjudged(
      `${b.where}: ${b.metric} is no figure of this report${near === undefined ? '' : `; did you mean ${near}?`} (memplan explain lists them)`,
    );
  }

  #baseline(b: Budget, now: Quantity): Quantity | undefined {
    const { baseline } = this.#options;
    const found = this.#base?.get(b.metric);
    if (!isRelative(b.limit)) return found?.unit === now.unit ? found : undefined;
    if (baseline === undefined) {
      throw new Unjudged(
        `${b.where}: the limit ${b.limit} is relative and there is no baseline: name one with --baseline, saved by memplan estimate --json`,
      );
    }
    if (found === undefined) {
      throw new Unjudged(`${b.where}: the baseline ${baseline.name} does not know ${b.metric}; save it again`);
    }
    if (found.unit !== now.unit) {
      throw new Unjudged(
        `${b.where}: ${b.metric} is in ${found.unit} in the baseline ${baseline.name} and in ${now.unit} now; save it again`,
      );
    }
    return found;
  }

  /** The plan for the memories of that day, on the engine of today: a budget is for the store that stands. */
  #on(day: number, b: Budget): Planned {
    const known = this.#days.get(day);
    if (known !== undefined) return known;
    const { growth } = this.#options;
    if (growth === undefined) throw new Unjudged(`${b.where}: how fast the store grows is not known`);
    const rows = named(this.#w.memories.name, growth.rows(day));
    const then: Workload = { ...this.#w, memories: rows, engine: this.#engine, largestNamespace: undefined };
    try {
      const planned = { rows, figures: budgetFigures(estimate(then, pricing(this.#options))) };
      this.#days.set(day, planned);
      return planned;
    } catch (e) {
      if (!isInputError(e)) throw e;
      throw new Unjudged(
        `${b.where}: the ${formatCount(rows.value)} memories of day ${day} have no plan: ${e.message}`,
      );
    }
  }
}

/** The first of the days that exceeds, where the last one does and today does not; figures grow with the store. */
function firstDay(last: number, exceeds: (day: number) => boolean): number {
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (exceeds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Of the values: one model stands behind both and errs on the same side in both. */
function changeOf(now: Quantity, baseline: Quantity): Quantity<'ratio'> {
  const point = (q: Quantity): Quantity => revised(q, { low: q.value, high: q.value });
  return derive('change against the baseline', 'ratio', '(now - before) / before', {
    now: point(now),
    before: point(baseline),
  });
}
