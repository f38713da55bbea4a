/** memplan's main answer: what one workload takes, in which tier, and why. No I/O; the clock comes in. */
import type { Engine } from '../engines/engine.ts';
import type { Cliff } from '../layouts/layout.ts';
import type { PriceOverrides } from '../prices/index.ts';
import type { Calibration, EngineCalibration, Workload } from '../workload/index.ts';
import { adviceFor } from './advice.ts';
import { uncalibrated } from './calibration-notes.ts';
import { comparisonsFor } from './comparison.ts';
import { type CostAnswer, type PriceBook, priceBook, priceDates } from './cost.ts';
import { headlineFor } from './headline.ts';
import type { Observed } from './observed.ts';
import { recallNote } from './recall.ts';
import type { Advice, CapacityReport } from './report.ts';
import { type Choice, chooseTier } from './tier.ts';
import { totalsOf } from './totals.ts';
import { whenAsked } from './when-asked.ts';

export interface EstimateOptions {
  /** What lies over the price catalogue, by id: a number in its entry's unit, or a whole price. */
  readonly prices?: PriceOverrides;
  /** The clock: only the age of prices depends on it. */
  readonly now: Date;
  /** What a live store really takes, to set beside what it should. */
  readonly observed?: Observed;
}

/**
 * The capacity report of a workload. What is told beside the figures is worked out when it is asked for.
 * @throws InputError when the workload cannot be held: the engine asked for, its type, its dimensions
 */
export function estimate(w: Workload, options: EstimateOptions): CapacityReport {
  const prices = priceBook(options.prices ?? {});
  const choice = chooseTier(w, prices);
  const { engine, plan } = choice.chosen;
  const cost = whenAsked(() => costOf(choice.chosen.cost, prices, w, options.now));
  const headline = whenAsked(() => headlineFor(choice, w));
  const cliffs = whenAsked(() => plan.cliffs());
  const advice = whenAsked(() => adviceWith(choice, w, prices, cliffs));
  return {
    kind: 'capacity-report',
    workload: w,
    engine: identify(engine),
    index: plan.index,
    ...(plan.lists === undefined ? {} : { lists: plan.lists }),
    ...(plan.probes === undefined ? {} : { probes: plan.probes }),
    machines: plan.machines,
    get headline() {
      return headline();
    },
    components: plan.components,
    totals: totalsOf(plan),
    build: plan.build,
    query: { ...plan.query, recallNote: recallNote(engine, plan, w) },
    get cost() {
      return cost();
    },
    get tier() {
      return choice.tier;
    },
    get cliffs() {
      return cliffs();
    },
    get advice() {
      return advice();
    },
    get comparison() {
      return comparisonsFor(plan, w);
    },
    notes: w.calibration === undefined ? plan.notes : [...plan.notes, ...calibratedBy(w.calibration, engine)],
    ...(options.observed === undefined ? {} : { observed: options.observed }),
  };
}

/** The lines, and the dates of the prices that they rest on. */
function costOf(cost: CostAnswer, prices: PriceBook, w: Workload, now: Date): CapacityReport['cost'] {
  const dates = whenAsked(() => priceDates(prices, cost.monthly, w, now));
  return {
    get oneOff() {
      return cost.oneOff;
    },
    monthly: cost.monthly,
    get pricesAsOf() {
      return dates().asOf;
    },
    get priceWarnings() {
      return dates().warnings;
    },
  };
}

function adviceWith(choice: Choice, w: Workload, prices: PriceBook, cliffs: () => readonly Cliff[]): Advice[] {
  const advice = adviceFor(choice, w, prices, cliffs);
  if (w.calibration === undefined) return advice;
  // First: whoever named a file has to hear that it changed nothing, before the screen runs out of lines.
  return [
    ...uncalibrated(w.calibration, [choice.chosen.engine]).map((message) => ({ id: 'calibration', message })),
    ...advice,
  ];
}

const seriesOf = (c: Calibration, engine: Engine): EngineCalibration | undefined =>
  c.engines.find((e) => e.engine === (engine.id === 'sharded-pgvector' ? 'pgvector' : engine.id));

function calibratedBy(c: Calibration, engine: Engine): string[] {
  const series = seriesOf(c, engine);
  if (series === undefined) return [];
  return [`times rest on ${c.file}: ${series.server}, ${series.measuredAt.slice(0, 10)}`];
}

const identify = (engine: Engine): CapacityReport['engine'] => ({
  id: engine.id,
  title: engine.title,
  docs: engine.docs,
});
