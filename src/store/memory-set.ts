/** One kind of rows an agent's memory consists of, counted: what a profile calls memories, nodes, edges, logs. */

export type SetRole =
  | 'memory'
  | 'node'
  | 'edge'
  | 'vectors'
  | 'type'
  | 'cache'
  | 'log'
  | 'queue'
  | 'session'
  | 'metadata';

/** How a column stores a point in time. `utc-text` is any ISO-8601 form, naive ones meaning UTC. */
export type TimeFormat =
  | 'epoch-s'
  | 'epoch-ms'
  | 'epoch-us'
  | 'utc-text'
  // A calendar day as text, YYYY-MM-DD: expired once the UTC day is over.
  | 'date-text'
  // A column of the engine's own time type (timestamptz, or timestamp taken as UTC).
  | 'native';

export interface NamespaceCount {
  /** The first characters of the namespace; null for rows that have none. */
  readonly namespace: string | null;
  readonly rows: number;
  /** Length in characters where the name was cut for the report. */
  readonly length?: number;
  /** What people call it, where the store has a name for its id. */
  readonly label?: string;
}

export interface NamespaceCounts {
  /** How the namespace is found: a column, or a path into a JSON column. */
  readonly column: string;
  readonly distinct: number;
  /** The largest ones, most rows first. */
  readonly top: readonly NamespaceCount[];
  /** All namespaces by size class, smallest class first. */
  readonly classes: readonly { readonly from: number; readonly namespaces: number; readonly rows: number }[];
}

export interface Breakdown {
  readonly column: string;
  readonly values: readonly { readonly value: string | null; readonly rows: number }[];
  /** Rows under values beyond the ones listed. */
  readonly otherRows: number;
}

export interface VectorFacts {
  /** `column`: a BLOB in the row; `vec0`: a sqlite-vec table; `sidecar`: files beside the store; `elsewhere`: another store. */
  readonly where: 'column' | 'vec0' | 'sidecar' | 'elsewhere';
  /** Where exactly, in words: column or table name, file pattern. */
  readonly name: string;
  readonly rows: number | null;
  readonly dims: number | null;
  readonly scalar: 'float32' | 'halfvec' | 'int8' | 'bit' | null;
  readonly chunkSize?: number;
  /** Vector lengths found, most frequent first, when there is more than one. */
  readonly mixed?: readonly { readonly bytes: number; readonly rows: number }[];
}

export interface TtlFacts {
  /** The rule as applied, e.g. "created_at + ttl (s) <= now". */
  readonly rule: string;
  readonly expired: number;
  readonly live: number;
  readonly never: number;
  /** Rows whose expiry is not NULL and cannot be read as a time; they are treated as never expiring. */
  readonly unreadable: number;
  /** Rows that expire within a day and within a week of the snapshot. */
  readonly withinDay: number;
  readonly withinWeek: number;
  /** ISO time of the next expiry; null when nothing will expire. */
  readonly next: string | null;
  /** ISO time of the longest overdue one; null when nothing is expired. */
  readonly oldestExpired: string | null;
}

export interface AgeFacts {
  readonly column: string;
  readonly oldest: string | null;
  readonly newest: string | null;
  /** Rows by age at the time of the snapshot: younger than that many days. The last one has `days` null. */
  readonly buckets: readonly { readonly days: number | null; readonly rows: number }[];
  /** Rows dated after the snapshot, and rows whose time cannot be read. */
  readonly future: number;
  readonly unreadable: number;
}

export interface MemorySet {
  /** `profile:table`, unique in a snapshot. */
  readonly id: string;
  readonly profile: string;
  readonly role: SetRole;
  /** What the rows are, plural: "cached answers", "fibers". */
  readonly title: string;
  readonly table: string;
  /** Schema of the table in PostgreSQL; absent elsewhere. */
  readonly schema?: string;
  /** True for the set whose rows memplan plans with: the ones that carry text and vectors. */
  readonly primary: boolean;
  readonly rows: number;
  /** Absent where the rows were counted; else what the estimate is, in words: "the planner's estimate". */
  readonly rowsFrom?: string;
  /** Rows marked deleted but still there; null where the profile knows no such mark. */
  readonly softDeleted: number | null;
  readonly namespaces: NamespaceCounts | null;
  readonly breakdowns: readonly Breakdown[];
  readonly vectors: VectorFacts | null;
  /** Mean bytes a row, over the sampled rows; null where the profile names no such column or there are no rows. */
  readonly textBytes: number | null;
  readonly metadataBytes: number | null;
  readonly namespaceBytes: number | null;
  /** Null when the profile knows no expiry; a column that merely looks like one does not count. */
  readonly ttl: TtlFacts | null;
  /** Null when the rows carry no time: ages are not available, and are not guessed. */
  readonly ages: AgeFacts | null;
  /** Namespaces that hold more than the store's own quota table allows. */
  readonly overQuota: readonly { readonly namespace: string; readonly rows: number; readonly quota: number }[];
  /** Rows of dependent tables that have lost their parent, where the profile says which tables hang on this one. */
  readonly orphans?: readonly Orphans[];
  /** Set when some rows are hidden from this role (row-level security, a missing grant): no count above is then whole. */
  readonly hidden?: { readonly why: string; readonly grant?: string };
  /** Why no verb may remove rows of this set; absent when they may. */
  readonly readOnly?: string;
  /**
   * How the store's own software marks a row as superseded, in words ("deleted_at = now; vector and graph edges go"), and the
   * short name of the set's reading with that convention. Absent where it has none, or where a mark would cut something off.
   */
  readonly supersede?: { readonly rule: string; readonly digest: string };
}

/** What has lost what it hangs on, of one dependent table. */
export interface Orphans {
  readonly table: string;
  readonly rows: number;
  /** What is done about them, in words, where that is not "remove rows whose parent is gone": keys, places in lists. */
  readonly repair?: {
    /** With its count: "unlink 3 keys mneme:hash:* without an entry behind". */
    readonly title: string;
    readonly rule: string;
    /** Said when there is none. */
    readonly clean: string;
  };
}

/** What a set is called, before anything of it was counted. */
export type SetHead = Pick<
  MemorySet,
  'id' | 'profile' | 'role' | 'title' | 'table' | 'schema' | 'primary' | 'readOnly'
>;

/** A set of which only the rows are known: every other figure is null or empty until it is read. */
export function uncountedSet(head: SetHead, rows: number): MemorySet {
  return {
    ...head,
    rows,
    softDeleted: null,
    namespaces: null,
    breakdowns: [],
    vectors: null,
    textBytes: null,
    metadataBytes: null,
    namespaceBytes: null,
    ttl: null,
    ages: null,
    overQuota: [],
  };
}
