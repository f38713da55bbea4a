/** Rows of a live store, streamed: what dedup, bench and the tests read of it. */

export interface ScanRequest {
  /** Id of a memory set, as the snapshot calls it. */
  readonly set: string;
  readonly fields: readonly ScanField[];
  /** Rows read at a time; the adapter's own choice where left out. */
  readonly batch?: number;
  /** Only these rows, by `keyOf(row)`; a few thousand at a time. Rows that are gone are left out; the order is the adapter's. */
  readonly keys?: readonly string[];
  /** Only rows of these namespaces; null for rows that have none. */
  readonly namespaces?: readonly (string | null)[];
  /**
   * A random sample of about so many rows, each row of the set equally likely (all of them where there are fewer); the same
   * for the same seed and the same rows.
   */
  readonly sample?: { readonly rows: number; readonly seed: number };
  /** Expiry is judged against it; the clock of the store or of this host where left out. */
  readonly now?: Date;
  /** `stored`: as they lie in the store, the same from run to run while nothing is written; by key where left out. */
  readonly order?: 'key' | 'stored';
  readonly signal?: AbortSignal;
}

export type ScanField =
  | 'namespace'
  | 'text'
  | 'metadata'
  | 'hash'
  | 'vector'
  | 'created'
  /** `kind`: what rows must share to be comparable at all. */
  | 'kind'
  /** `inactive`: why no search finds the row any more. */
  | 'inactive'
  /** `rank`: by what the survivor of a cluster is chosen. */
  | 'rank';

/** One row; a field that was not asked for, or is NULL, is absent. */
export interface ScanRow {
  readonly id: string;
  /** What `keys` and actions call the row, where that is not `id` itself: key columns as a JSON array of texts. */
  readonly key?: string;
  readonly namespace?: string;
  readonly text?: string;
  readonly metadata?: string;
  readonly hash?: string;
  readonly vector?: Float32Array;
  /** Milliseconds since the epoch. */
  readonly created?: number;
  /** Type, embedding model and whatever else the profile names, as one text. */
  readonly kind?: string;
  readonly inactive?: 'deleted' | 'superseded' | 'expired';
  readonly rank?: RowRank;
}

/** What the profile knows of a row's worth; a fact that the store does not keep is absent. */
export interface RowRank {
  readonly pinned?: boolean;
  readonly confidence?: number;
  readonly accesses?: number;
  readonly edges?: number;
  /** Milliseconds since the epoch. */
  readonly updated?: number;
  /**
   * Milliseconds since the epoch; Infinity where the set has a rule of expiry and this row never expires. Absent where the set has
   * none, and where the row's cannot be read.
   */
  readonly expires?: number;
}

/** What identifies a row to the store. */
export const keyOf = (row: Pick<ScanRow, 'id' | 'key'>): string => row.key ?? row.id;
