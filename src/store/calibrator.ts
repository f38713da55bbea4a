/**
 * A real, small series of builds and searches on one host, in scratch space that is gone afterwards. What an adapter measures, and
 * nothing of what follows from it: constants are fitted in engines/, pure.
 */

/** Schemas of a series begin with it, in PostgreSQL; eight hexadecimal digits follow. */
export const SCRATCH_SCHEMA_PREFIX = 'memplan_calibration_';

/** What was built over which rows, and what that took. */
export interface BuildSample {
  readonly index: 'hnsw' | 'ivfflat';
  readonly rows: number;
  readonly dimensions: number;
  readonly scalar: 'float32' | 'halfvec';
  readonly m: number | null;
  readonly efConstruction: number | null;
  readonly lists: number | null;
  /** Parallel workers beside the leader. */
  readonly workers: number;
  readonly wallSeconds: number;
  /** CPU of the backend and its workers, where this host can see them; null over a network. */
  readonly cpuSeconds: number | null;
  readonly bytes: number;
}

/** Searches of one kind over rows that were already read once: everything they touch is in memory. */
export interface QuerySample {
  readonly index: 'hnsw' | 'ivfflat' | 'flat';
  readonly rows: number;
  readonly dimensions: number;
  readonly scalar: 'float32' | 'halfvec' | 'int8' | 'bit';
  readonly m: number | null;
  readonly efConstruction: number | null;
  readonly efSearch: number | null;
  readonly lists: number | null;
  readonly probes: number | null;
  readonly searches: number;
  /** Seconds inside the engine (PostgreSQL: execution as the server times it), not of the network. */
  readonly p50Seconds: number;
  readonly p99Seconds: number;
  /** The processor's caches were emptied before each search: everything it touches comes from memory. */
  readonly evicted?: true;
}

export interface CalibrationSeries {
  readonly engine: 'pgvector' | 'sqlite-vec';
  /** Program and versions that were measured, e.g. «PostgreSQL 17.6, pgvector 0.8.0». */
  readonly server: string;
  readonly builds: readonly BuildSample[];
  readonly queries: readonly QuerySample[];
  /** Seconds that the series took, and why it ended early, where it did. */
  readonly seconds: number;
  readonly cutShort: string | null;
}

export interface CalibrationRequest {
  /** Never exceeded: what is running then is cancelled, and the scratch space dropped. Seconds. */
  readonly budgetSeconds: number;
  readonly dimensions: number;
  readonly m: number;
  readonly efConstruction: number;
  readonly efSearch: readonly number[];
  /** Largest table of the series. */
  readonly maxRows: number;
  /** Rows are drawn from it, clustered, the same for the same seed. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (step: string, done: number, of: number) => void;
}
