/**
 * One thing memctl may do to a store, as data: what it is, what it costs and how it is undone can be printed, saved,
 * hashed and judged before anything happens. Built from findings; carried out by the adapter's `Maintenance.perform`.
 */

/** Why rows are removed. */
export type PurgeReason = 'expired' | 'orphans' | 'over-quota' | 'over-cap' | 'retention';

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
  /** Lower first: purge 10, reindex 20, vacuum 30, pending list 40, rebuild 50, checkpoint 90. */
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

export type Action = PurgeAction | ReclaimAction;
export type ActionKind = Action['kind'];
