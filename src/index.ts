/**
 * The library: what the programs print, as typed values, without I/O and without a clock.
 *
 * ```ts
 * import { estimate, explain, workload } from 'memplan';
 *
 * const report = estimate(workload({ n: '10M', dims: '1536' }), { now: new Date() });
 * report.totals.resident.value; // bytes
 * explain(report.totals.resident); // how they were computed, line by line
 * ```
 */
export { type CacheReport, type CacheWishes, cacheReport } from './capacity/cache.ts';
export { type CalibrationReport, calibrationReport } from './capacity/calibration-report.ts';
export { type CapacityJson, capacityJson } from './capacity/capacity-json.ts';
export { type CompareOptions, type CompareReport, compare } from './capacity/compare.ts';
export { type Axis, readAxes } from './capacity/compare-axes.ts';
export { type DiffReport, diff } from './capacity/diff.ts';
export { type EstimateOptions, estimate } from './capacity/estimate.ts';
export { figuresOf } from './capacity/figures.ts';
export { type ForecastOptions, type ForecastReport, forecast } from './capacity/forecast.ts';
export {
  compoundGrowth,
  dayOf,
  fittedGrowth,
  type GrowthModel,
  growthFromWrites,
  netGrowth,
  type WriteRates,
} from './capacity/forecast-growth.ts';
export { type MeasuredWorkload, workloadFromSnapshot } from './capacity/from-snapshot.ts';
export { type GateOptions, type GateReport, gate } from './capacity/gate.ts';
export type { Budget } from './capacity/gate-budget.ts';
export { fitGrowth, type GrowthFit, type Look } from './capacity/growth-fit.ts';
export { observedOf } from './capacity/observed.ts';
export { type PlaceReport, type PlaceWishes, placeReport } from './capacity/place.ts';
export { type PricesReport, pricesReport } from './capacity/prices.ts';
export { type ReembedOptions, type ReembedReport, type ReembedWishes, reembed } from './capacity/reembed.ts';
export type { CapacityReport, ConstraintCheck, RejectedTier, TierAnswer } from './capacity/report.ts';
export { type ShardOptions, type ShardReport, type ShardWishes, shardReport } from './capacity/shard.ts';
export { type SizeResidual, type SizeResiduals, sizeResiduals } from './capacity/size-residuals.ts';
export { writeReportOfAny as writeReport } from './capacity/write-report.ts';
export type { WriteReport } from './capacity/writes.ts';
export type { WriteWishes } from './capacity/writes-settings.ts';
export {
  type BloatReport,
  bloatReport,
  type Compaction,
  compaction,
  type HotReport,
  hotReport,
} from './checks/index.ts';
export type { Component, Engine, EnginePlan } from './engines/engine.ts';
export { ENGINES, LADDER } from './engines/index.ts';
export { type Expectation, expectedActual, type StructureComparison } from './expectation/index.ts';
export { type Cliff, LAYOUTS, type Layout, type LayoutSize } from './layouts/index.ts';
export {
  CATALOGUE,
  embeddingTime,
  importLiteLlm,
  limitsFor,
  overriddenBy,
  type Price,
  type PriceOverrides,
  priceFileText,
  readPriceFile,
  withOverrides,
} from './prices/index.ts';
export * from './quantity/index.ts';
export { capacityMarkdown } from './render/capacity/markdown.ts';
export type { Snapshot } from './store/index.ts';
export { SYSTEMS, systemDraft } from './systems/index.ts';
export { calibrationProfileText, readCalibrationProfile } from './workload/calibration-profile.ts';
export { workload } from './workload/from-text.ts';
export {
  type Calibration,
  completeWorkload,
  type Draft,
  draftFrom,
  draftFromStore,
  type EngineCalibration,
  type From,
  mergeDrafts,
  PARAMETERS,
  type Workload,
} from './workload/index.ts';
