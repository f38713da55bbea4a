/**
 * One thing memctl may do to a store, as data: what it is, what it costs and how it is undone can be printed, saved,
 * hashed and judged before anything happens. Built from findings; carried out by the adapter's `Maintenance.perform`.
 */
import type { Duplicate } from './duplicate.ts';

/** Why rows are removed. */
export type PurgeReason = 'expired' | 'orphans' | 'over-quota' | 'over-cap' | 'retention' | 'duplicates';

/** How long what is blocked while the action runs, weakest first. */
export type LockLevel =
  /** Readers and writers go on. */
  | 'none'
  /** Rows are locked in short batches. */
  | 'rows'
  /** Schema changes wait; readers and writers go on. */
  | 'schema'
  /** Writers wait. */
  | 'writers'
  /** Everybody waits. */
  | 'everyone';

interface ActionBase {
  /** `kind:subject`, unique in a plan and the same from run to run. */
  readonly id: string;
  /** One sentence: what is done and why. */
  readonly title: string;
  /** Lower first: supersede 5, purge 10, reindex 20, vacuum 30, pending list 40, rebuild 50, checkpoint 90. */
  readonly order: number;
  readonly lock: LockLevel;
  /** Expected seconds; null where nobody can say. */
  readonly seconds: number | null;
  /** Bytes of disk needed while it runs, beside what the store takes now. */
  readonly diskNeeded: number | null;
  /** Bytes expected to come back to the disk (or to the store's free space, where the title says so). */
  readonly reclaims: number | null;
  /** What would be run, for people; null where it is no single statement. */
  readonly statement: string | null;
}

/** Rows of one memory set, and everything that hangs on them. */
export interface PurgeAction extends ActionBase {
  readonly kind: 'purge';
  readonly reason: PurgeReason;
  /** Id of the memory set, as the snapshot calls it. */
  readonly set: string;
  /** The condition as applied: "created_at + ttl (s) <= now". */
  readonly rule: string;
  /** Short name of the reading of the set (columns, units, dependents) by which rows go: a plan holds for no other. */
  readonly digest?: string;
  /** Rows that met the condition when the plan was made, and rows of the set then: caps are judged by both. */
  readonly rows: number;
  readonly of: number;
  /** `expired`: ISO time of the longest overdue expiry. */
  readonly oldestExpired?: string;
  /** `retention`: rows whose creation is older than this many seconds go. */
  readonly olderThanSeconds?: number;
  /** `over-quota`: rows to remove per namespace; `over-cap`: under the key "" for the whole set. In the set's `evictionOrder`. */
  readonly excess?: readonly {
    readonly namespace: string | null;
    readonly rows: number;
    /** Rows that stay: what is counted just before decides, and no more than `count - keep` go. */
    readonly keep?: number;
  }[];
  /** `orphans`: the dependent table whose rows have lost their parent. */
  readonly dependent?: string;
  /** `duplicates`: the rows that go, each with the one that stays. A ledger keeps their number alone (`rows`). */
  readonly duplicates?: readonly Duplicate[];
}

/** Rows marked as superseded by another row, in the way the store's own software does it; nothing of them is lost. */
export interface SupersedeAction extends ActionBase {
  readonly kind: 'supersede';
  /** Id of the memory set, as the snapshot calls it. */
  readonly set: string;
  /** What is written, in words: "status = superseded, superseded_by = the row that stays". */
  readonly rule: string;
  /** Short name of the reading of the set and of its convention: a plan holds for no other. */
  readonly digest?: string;
  /** Rows that are marked, and rows of the set when the plan was made: caps are judged by both. */
  readonly rows: number;
  readonly of: number;
  /** A ledger keeps their number alone (`rows`). */
  readonly duplicates: readonly Duplicate[];
}

/** Space given back without removing a live row. */
export interface ReclaimAction extends ActionBase {
  readonly kind:
    | 'vacuum' // PostgreSQL: VACUUM (ANALYZE) of a table
    | 'analyze'
    | 'reindex' // PostgreSQL: REINDEX INDEX CONCURRENTLY
    | 'drop-invalid-index' // PostgreSQL: what an interrupted REINDEX CONCURRENTLY left
    | 'gin-clean-pending'
    | 'incremental-vacuum' // SQLite, auto_vacuum = incremental
    | 'full-vacuum' // SQLite: VACUUM
    | 'wal-truncate' // SQLite: checkpoint and truncate the log
    | 'vec0-rebuild' // sqlite-vec: table rebuilt in one transaction
    | 'side-keys' // Redis: index members and side keys whose entry is gone
    | 'active-defrag'; // Redis: what the server can do by itself
  /** Id of the structure, as the snapshot calls it. */
  readonly structure: string;
}

/** What is about rows of a memory set. */
export type RowAction = PurgeAction | SupersedeAction;
export type Action = RowAction | ReclaimAction;
export type ActionKind = Action['kind'];

/** Whether it is about rows of a memory set (`set`), or about a structure (`structure`). */
export const isReclaim = (action: Action): action is ReclaimAction =>
  action.kind !== 'purge' && action.kind !== 'supersede';
