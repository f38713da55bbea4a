export {
  type Action,
  type ActionKind,
  isReclaim,
  type LockLevel,
  type PurgeAction,
  type PurgeReason,
  type ReclaimAction,
  type RowAction,
  type SupersedeAction,
} from './action.ts';
export {
  type BuildSample,
  type CalibrationRequest,
  type CalibrationSeries,
  type QuerySample,
  SCRATCH_SCHEMA_PREFIX,
} from './calibrator.ts';
export { CAPABILITIES, type Capability } from './capability.ts';
export {
  type Catalog,
  type CatalogColumn,
  type CatalogTable,
  type CatalogTrigger,
  catalogTable,
  hasColumn,
} from './catalog.ts';
export type { Census, CensusRequest, Counted, NamespaceLoad } from './census.ts';
export type { Blocker, Conditions, HangingRows, InvalidIndex, VersionRule, Visibility } from './conditions.ts';
export type { ColumnMapping, DetectedProfile, Evidence } from './detected-profile.ts';
export { contentDigest, DIGEST_FIELDS, type Duplicate, outlives, sameGroup, standing } from './duplicate.ts';
export {
  type ArchivedValue,
  type Conflict,
  DEFAULT_PACE,
  type Maintenance,
  type Pace,
  type PerformContext,
  type RemovedRow,
  type RunLock,
  type Settled,
  type StepEvent,
} from './maintenance.ts';
export type {
  AgeFacts,
  Breakdown,
  MemorySet,
  NamespaceCount,
  NamespaceCounts,
  Orphans,
  SetRole,
  TimeFormat,
  TtlFacts,
  VectorFacts,
} from './memory-set.ts';
export { type SetHead, uncountedSet } from './memory-set.ts';
export type { NeighbourPair, NeighbourRequest } from './neighbours.ts';
export type {
  BtreeFacts,
  GinFacts,
  HeapFacts,
  HnswFacts,
  IvfflatFacts,
  OtherIndexFacts,
  PgColumnFacts,
  PgIndexBase,
  PgStatistics,
} from './pg-structure.ts';
export type { MappedTable, ProfileMap } from './profile-map.ts';
export type { AllocatorFacts, KeyspaceFacts } from './redis-structure.ts';
export { type RedundantIndex, redundantIndexes } from './redundant-indexes.ts';
export { keyOf, type RowRank, type ScanField, type ScanRequest, type ScanRow } from './scan.ts';
export {
  type Note,
  readSnapshot,
  SECTIONS,
  type Section,
  SNAPSHOT_VERSION,
  type Snapshot,
  type StorageFacts,
  type StoreIdentity,
} from './snapshot.ts';
export type { OpenOptions, SnapshotOptions, Store, StoreAdapter } from './store.ts';
export { isStoreError, StoreError } from './store-error.ts';
export {
  type ColumnFacts,
  type Fts5Facts,
  type IndexFacts,
  type RecordFacts,
  type SidecarFacts,
  type Structure,
  type StructureFacts,
  type StructureKind,
  type StructurePiece,
  structureId,
  type TableFacts,
  type Vec0Column,
  type Vec0Facts,
  type Withheld,
} from './structure.ts';
export { REDACTED, Target } from './target.ts';
