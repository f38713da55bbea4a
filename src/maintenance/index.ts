export { reclaimAfterPurge } from './after-purge.ts';
export { type ArchivedRow, type ArchiveHead, archiveLine, readArchiveHead, readArchiveLine } from './archive.ts';
export { canonicalJson } from './canonical-json.ts';
export {
  type DedupActions,
  dedupActions,
  dedupActionsNow,
  isOfDuplicates,
  type SetDuplicates,
} from './dedup-actions.ts';
export type { EarlierOptions } from './earlier-runs.ts';
export type { EngineEvent } from './engine-event.ts';
export { evictionAmount } from './excess.ts';
export {
  allowedRows,
  type Caps,
  DEFAULT_CAPS,
  type Dropped,
  type GuardOptions,
  judge,
  type Refusal,
  refusal,
  SMALL_PURGE_ROWS,
  type Verdict,
} from './guard.ts';
export {
  type ActionState,
  type ArchivedBatch,
  type BatchState,
  type LedgerEvent,
  type LookedAfter,
  ledgerDamage,
  needsSettling,
  type RunProcess,
  type RunStarted,
  type RunState,
  type RunSummary,
  readLedger,
  summarise,
} from './ledger.ts';
export {
  type Drift,
  drift,
  type Hash,
  type MaintenancePlan,
  maintenancePlan,
  ordered,
  PLAN_MAX_AGE_DAYS,
  type PlanOptions,
  type PlanSettings,
  type PlanStore,
  type PlanTotals,
  type PlanVerdict,
  planHash,
  planStore,
  planText,
  planTotals,
  readPlan,
} from './maintenance-plan.ts';
export { type Left, type PurgeRules, type Purges, purgeActions, unknownRules } from './purge-actions.ts';
export { type RunOptions, run } from './run.ts';
export {
  type ReportedAction,
  type ReportedEvent,
  type ReportInputs,
  type RunReport,
  runReport,
  type SettledRun,
  type Verification,
} from './run-report.ts';
export { type ListedRun, type RunsReport, runsReport } from './runs-report.ts';
export { hangingTotal } from './sanity.ts';
export { type UndoOptions, undo, undoRefusal } from './undo.ts';
export { setsAfterwards, verifyPurge } from './verify.ts';
export { verifyDuplicates } from './verify-duplicates.ts';
