/** What the guard must know of a live store before anything is changed: read just before, by the adapter. */

export interface Blocker {
  readonly kind:
    | 'long-transaction'
    | 'idle-in-transaction'
    | 'prepared-transaction'
    | 'replication-slot'
    | 'standby-feedback'
    | 'running-vacuum'
    | 'running-index-build'
    | 'open-writer'
    | 'open-reader'
    // Redis: a fork that saves or rewrites; pages written meanwhile are copied.
    | 'background-save';
  /** Structure or table it is about; null for the whole store. */
  readonly subject: string | null;
  /** How long it has lasted; null where the store does not tell. */
  readonly seconds: number | null;
  /** Names who and what, without any statement text. */
  readonly message: string;
}

export interface InvalidIndex {
  /** Structure id of its own. */
  readonly structure: string;
  readonly name: string;
  /** Of a leftover: structure id of the index that was being rebuilt. Absent where that is not there any more. */
  readonly of?: string;
  /** True when it is what an interrupted REINDEX CONCURRENTLY left (`_ccnew`, `_ccold`) and nobody is building it now. */
  readonly leftover: boolean;
}

/** A version known to corrupt or to misbehave in an action. */
export interface VersionRule {
  readonly actions: readonly string[];
  readonly effect: 'refuse' | 'warn';
  /** What is wrong with which version, and where that is documented. */
  readonly message: string;
}

/** Whether all rows of a set are visible to this role: without it, "nothing to do" proves nothing. */
export interface Visibility {
  /** Memory set or structure id. */
  readonly subject: string;
  readonly complete: boolean;
  /** Why not, and what settles it. */
  readonly why?: string;
  readonly grant?: string;
}

/** Rows that go along with an action's: of the profile's dependents, and of the store's own cascades. */
export interface HangingRows {
  /** Id of the action. */
  readonly action: string;
  /** Table (or kind of keys) they are in, as `RemovedRow.place` has it. */
  readonly place: string;
  /** How many, counted or estimated; null where it could not be told. */
  readonly rows: number | null;
  /** Rows of that table; null where it could not be told. */
  readonly of: number | null;
}

export interface Conditions {
  /** Why nothing can be written here (standby, replica, read-only file or mount); null when it can. */
  readonly readOnly: string | null;
  /** Why one connection cannot be relied on to stay the same (a transaction pooler); null when it can. */
  readonly pooled: string | null;
  /** Free bytes where the store keeps its files; null with the reason where it cannot be seen from here. */
  readonly freeDisk: number | null;
  readonly freeDiskWhy?: string;
  readonly blockers: readonly Blocker[];
  readonly invalidIndexes: readonly InvalidIndex[];
  readonly versionRules: readonly VersionRule[];
  readonly visibility: readonly Visibility[];
  /** Seconds the slowest replica lags behind; null where there is none or it cannot be seen. */
  readonly replicaLagSeconds: number | null;
  /** What hangs on the rows that the actions remove; absent where the adapter does not look. */
  readonly hanging?: readonly HangingRows[];
  /** What should be known before anything is done: each a sentence, printed with the plan. */
  readonly warnings?: readonly string[];
}
