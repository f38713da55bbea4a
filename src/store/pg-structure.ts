/** Facts of PostgreSQL structures: what their expected size is computed from. Every figure that needs a grant may be null. */

export interface PgColumnFacts {
  readonly name: string;
  /** format_type, e.g. "vector(1536)". */
  readonly type: string;
  /** pg_type.typlen: bytes, or -1 for variable length. */
  readonly length: number;
  /** pg_type.typalign in bytes: 1, 2, 4 or 8. */
  readonly align: 1 | 2 | 4 | 8;
  /** pg_stats.avg_width of non-null values (18 for one that is stored out of line); null without visible statistics. */
  readonly meanBytes: number | null;
  readonly nullShare: number | null;
  /** pg_stats.n_distinct: a count, or a negative share of the rows. */
  readonly distinct: number | null;
  /** Shares of the most common values. */
  readonly commonShares: readonly number[];
  /** Out-of-line storage of values: plain, main, external, extended. */
  readonly storage: 'p' | 'm' | 'e' | 'x';
}

/** How far the statistics can be trusted. */
export interface PgStatistics {
  /** `invisible`: pg_stats shows this role nothing of the table; `never`: never analysed. */
  readonly state: 'present' | 'never' | 'invisible';
  /** ISO time of the last (auto)analyze; null when unknown. */
  readonly analyzedAt: string | null;
  /** Rows changed since then. */
  readonly modifiedSince: number | null;
}

export interface HeapFacts {
  readonly kind: 'heap';
  readonly schema: string;
  readonly fillfactor: number;
  readonly columns: readonly PgColumnFacts[];
  readonly statistics: PgStatistics;
  readonly heapBytes: number;
  /** Dead tuples by the counters (pg_stat_all_tables); null when the counters were reset or are not visible. */
  readonly deadRows: number | null;
  readonly toast: {
    readonly bytes: number;
    readonly pages: number;
    /** Live and dead chunks by the counters. */
    readonly chunks: number | null;
    readonly deadChunks: number | null;
    /** Bytes of stored chunk data, from a page or row sample; null when not measured. */
    readonly dataBytes: number | null;
  } | null;
  /** pg_freespace totals (pg_freespacemap), heap and TOAST; null without the extension or the grant. */
  readonly freeSpaceMapBytes: { readonly heap: number; readonly toast: number | null } | null;
  /** pgstattuple or pgstattuple_approx; null when not run. */
  readonly tuples: {
    readonly method: 'pgstattuple' | 'pgstattuple_approx';
    readonly liveRows: number;
    readonly liveBytes: number;
    readonly deadRows: number;
    readonly deadBytes: number;
    readonly freeBytes: number;
    readonly scannedShare: number;
  } | null;
  /** Share of updates that were HOT since the counters were reset. */
  readonly hotUpdateShare: number | null;
  readonly lastVacuum: string | null;
}

export interface PgIndexBase {
  readonly schema: string;
  readonly columns: readonly (string | null)[];
  readonly unique: boolean;
  readonly origin: 'created' | 'unique' | 'primary-key' | 'exclusion';
  readonly predicate: string | null;
  /** The whole definition, as pg_get_indexdef writes it. */
  readonly definition: string;
  readonly valid: boolean;
  /** Scans since the counters were reset. */
  readonly scans: number | null;
  /** pg_class.reltuples of the index; null when -1 (never vacuumed or analysed). */
  readonly indexTuples: number | null;
  readonly statistics: PgStatistics;
}

export interface BtreeFacts extends PgIndexBase {
  readonly kind: 'btree';
  readonly fillfactor: number;
  /** Key columns, then INCLUDE columns; null where statistics are not visible (an expression index needs ANALYZE). */
  readonly keys: readonly PgColumnFacts[] | null;
  readonly keyCount: number;
  /**
   * Whether nbtree stores duplicates as posting lists here: PG >= 13, deduplicate_items on, not unique, no INCLUDE, every
   * opclass has support function 4, no nondeterministic collation.
   */
  readonly deduplicates: boolean;
  /** pgstatindex; null when not run. */
  readonly pages: {
    readonly leaf: number;
    readonly internal: number;
    readonly empty: number;
    readonly deleted: number;
    /** avg_leaf_density as a share of 1. */
    readonly leafDensity: number;
    readonly fragmentation: number;
  } | null;
}

export interface GinFacts extends PgIndexBase {
  readonly kind: 'gin';
  /** Operator class of the first key, e.g. "tsvector_ops". */
  readonly opclass: string;
  readonly fastupdate: boolean;
  readonly pendingPages: number | null;
  readonly pendingTuples: number | null;
  readonly pendingLimitBytes: number;
  /** Whole free pages in the free space map. */
  readonly freePages: number | null;
  /** Page sample with pageinspect (superuser); shares of 1. */
  readonly sample: {
    readonly sampled: number;
    readonly deletedShare: number;
    readonly entryLeafPages: number;
    readonly dataLeafPages: number;
    readonly entryLeafFree: number;
    readonly dataLeafFree: number;
    /** Mean bytes in use of a page of the whole index, and its standard error. */
    readonly usedBytes: number;
    readonly usedBytesError: number;
  } | null;
}

export interface HnswFacts extends PgIndexBase {
  readonly kind: 'hnsw';
  readonly opclass: string;
  readonly dims: number | null;
  readonly scalar: 'float32' | 'halfvec' | 'bit' | 'sparsevec';
  readonly m: number;
  readonly efConstruction: number;
  /** Vectors the index should hold: rows that satisfy the predicate and are not NULL; null when unknown. */
  readonly elements: number | null;
  /** Where that number comes from: "reltuples of the index after VACUUM", "table rows x (1 - null share)", … */
  readonly elementsFrom: string;
  /** Page sample (superuser, pageinspect). */
  readonly sample: {
    readonly sampledPages: number;
    readonly elements: number;
    readonly deleted: number;
    /** Heap tuples that the sampled live elements point to: above `elements` where duplicates share one. */
    readonly heapTuples: number;
    /** Share of elements that are deleted, with its 95 % interval. */
    readonly deletedShare: number;
    readonly low: number;
    readonly high: number;
  } | null;
}

export interface IvfflatFacts extends PgIndexBase {
  readonly kind: 'ivfflat';
  readonly opclass: string;
  readonly dims: number | null;
  readonly scalar: 'float32' | 'halfvec' | 'bit';
  readonly lists: number;
  readonly elements: number | null;
  readonly elementsFrom: string;
}

/** An index of another access method (GiST, BRIN, hash, RUM, DiskANN): its bytes are known, its layout is not ours. */
export interface OtherIndexFacts extends PgIndexBase {
  readonly kind: 'other-index';
  readonly accessMethod: string;
}
