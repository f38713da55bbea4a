/** memplan's main answer: what one workload takes, in which tier, and why. No I/O; the clock comes in. */
import type { Engine } from '../engines/engine.ts';
import type { PriceOverrides } from '../prices/index.ts';
import type { Calibration, EngineCalibration, Workload } from '../workload/index.ts';
import { adviceFor } from './advice.ts';
import { uncalibrated } from './calibration-notes.ts';
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
    advice:
      w.calibration === undefined
        ? adviceFor(choice, w, prices)
        : // First: whoever named a file has to hear that it changed nothing, before the screen runs out of lines.
          [
            ...uncalibrated(w.calibration, [engine]).map((message) => ({ id: 'calibration', message })),
            ...adviceFor(choice, w, prices),
          ],
    comparison: comparisonsFor(plan, w),
    notes: w.calibration === undefined ? plan.notes : [...plan.notes, ...calibratedBy(w.calibration, engine)],
    ...(options.observed === undefined ? {} : { observed: options.observed }),
  };
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
