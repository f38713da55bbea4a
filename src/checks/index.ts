/** What a snapshot says about a store: waste, what to do about it, and where the memories crowd. */
export {
  type BloatOptions,
  type BloatReport,
  type BloatState,
  type BloatStructure,
  type BloatTotals,
  bloatReport,
  mightBeBloated,
  WORTH_SETTLING_BYTES,
} from './bloat.ts';
export { type BloatThreshold, type ThresholdOptions, thresholdOf } from './bloat-thresholds.ts';
export type { CheckedStore } from './checked-store.ts';
export { type Compaction, compaction } from './compaction.ts';
export type { CompactionOptions, LeftAlone } from './decisions.ts';
export {
  DEFAULT_THRESHOLD,
  type EarlierLook,
  type Growth,
  type HotNamespace,
  type HotOptions,
  type HotReport,
  type HotSet,
  hotReport,
} from './hot.ts';
export type { OwnIndex, Recall } from './hot-index.ts';
export { gini, type Skew } from './hot-skew.ts';
