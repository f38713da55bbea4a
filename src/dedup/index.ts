export { auditSet, LEAST_SAVED, SAVED_BELOW } from './audit.ts';
export type { AuditOptions, AuditProgress } from './audit-options.ts';
export { type CalibrationPairs, calibrate, DEFAULT_THRESHOLD } from './calibrate.ts';
export { LINK_SLACK, MOST_NEAR_ROWS } from './cluster.ts';
export {
  type Calibration,
  DEDUP_REPORT_VERSION,
  type DedupCluster,
  type DedupMember,
  type DedupNote,
  type DedupReport,
  type DedupSet,
  type Dividend,
  LEVELS,
  type Level,
  type PairExample,
  type Threshold,
} from './dedup-report.ts';
export { differingWords } from './differing-words.ts';
export { SNIPPET } from './gather-rows.ts';
export { factsOf, type Guard, type GuardCode, guardsBetween } from './guards.ts';
export { type Draw, type Stratum, shareInterval } from './interval.ts';
export { type ClusterDecision, mergeList } from './merge-list.ts';
export { normaliseText } from './normalise.ts';
export { dedupFromPairs, dedupReport, type PairsFile, pairsFile } from './pairs-file.ts';
export { storePairs } from './push-down.ts';
export { readPairsFile } from './read-pairs-file.ts';
export { SAMPLE_BUDGET } from './sample.ts';
export type { SetAudit } from './set-audit.ts';
export { MOST_MEMBERS, type ReportOptions, type SetReport, setReport } from './set-report.ts';
export { KEEPS, type Keep } from './survivor.ts';
export type { Near, PairBatch, PairsOptions, VectorPairs } from './vector-pairs.ts';
export { mergeVerdict } from './verdict.ts';
export { wordOverlap } from './words.ts';
