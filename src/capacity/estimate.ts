/** memplan's main answer: what one workload takes, in which tier, and why. No I/O; the clock comes in. */
import type { Engine } from '../engines/engine.ts';
import type { PriceOverrides } from '../prices/index.ts';
import type { Workload } from '../workload/index.ts';
import { adviceFor } from './advice.ts';
import { comparisonsFor } from './comparison.ts';
import { priceBook, priceDates } from './cost.ts';
import { headlineFor } from './headline.ts';
import type { Observed } from './observed.ts';
import { recallNote } from './recall.ts';
import type { CapacityReport } from './report.ts';
import { chooseTier } from './tier.ts';
import { totalsOf } from './totals.ts';

export interface EstimateOptions {
  /** What lies over the price catalogue, by id: a number in its entry's unit, or a whole price. */
  readonly prices?: PriceOverrides;
  /** The clock: only the age of prices depends on it. */
  readonly now: Date;
  /** What a live store really takes, to set beside what it should. */
  readonly observed?: Observed;
}

/**
 * The capacity report of a workload.
 * @throws InputError when the workload cannot be held: the engine asked for, its type, its dimensions
 */
export function estimate(w: Workload, options: EstimateOptions): CapacityReport {
  const prices = priceBook(options.prices ?? {});
  const choice = chooseTier(w, prices);
  const { engine, plan, cost } = choice.chosen;
  const dates = priceDates(prices, cost.monthly, w, options.now);
  return {
    kind: 'capacity-report',
    workload: w,
    engine: identify(engine),
    index: plan.index,
    ...(plan.lists === undefined ? {} : { lists: plan.lists }),
    ...(plan.probes === undefined ? {} : { probes: plan.probes }),
    machines: plan.machines,
    headline: headlineFor(choice, w),
    components: plan.components,
    totals: totalsOf(plan),
    build: plan.build,
    query: { ...plan.query, recallNote: recallNote(engine, plan, w) },
    cost: { oneOff: cost.oneOff, monthly: cost.monthly, pricesAsOf: dates.asOf, priceWarnings: dates.warnings },
    tier: choice.tier,
    cliffs: plan.cliffs(),
    advice: adviceFor(choice, w, prices),
    comparison: comparisonsFor(plan, w),
    notes: plan.notes,
    ...(options.observed === undefined ? {} : { observed: options.observed }),
  };
}

const identify = (engine: Engine): CapacityReport['engine'] => ({
  id: engine.id,
  title: engine.title,
  docs: engine.docs,
});
