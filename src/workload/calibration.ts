/** Constants of one host, as `memplan calibrate` fitted them from its own builds and searches. They take the place of assumed ones. */

/** What can be fitted. Units are those of the leaves they replace in engines/. */
export type CalibratedId =
  /** us: time per visited tuple while building, at 1,536 float32 dimensions and m 16, at `referenceRows` */
  | 'build-tuple'
  /** ratio: how the time of a visited tuple grows with the rows while building: (N / referenceRows) ^ growth */
  | 'build-growth'
  /** ratio: what a visited tuple costs more when nothing of it is in the processor's caches, while building */
  | 'build-memory'
  /** us: time per visited tuple while searching, of float32 vectors of the dimensions measured, at `referenceRows` */
  | 'search-tuple'
  | 'search-growth'
  /** ratio: the same while searching */
  | 'search-memory'
  /** rows, of the dimensions measured: as many of them as are in the index, half of the visits miss the caches */
  | 'cache-rows'
  /** us: cost of a statement that visits nothing */
  | 'search-fixed'
  /** ratio: share of a parallel build that stays serial */
  | 'serial-share'
  /** ratio: speed of this machine against ours, of IVFFlat's build and scan, of exact scans */
  | 'ivfflat-build'
  | 'ivfflat-scan'
  | 'flat-scan'
  /** ratio: p99 over p50 */
  | 'p99-factor';

export interface CalibratedConstant {
  readonly value: number;
  /** From the residuals of the fit; never narrower than what they show. */
  readonly low: number;
  readonly high: number;
}

export interface EngineCalibration {
  readonly engine: 'pgvector' | 'sqlite-vec';
  /** «PostgreSQL 17.6, pgvector 0.8.0» */
  readonly server: string;
  /** «2 × Intel Xeon …, 16 GiB», or null where the server is elsewhere. */
  readonly host: string | null;
  /** ISO 8601 */
  readonly measuredAt: string;
  readonly dimensions: number;
  /** Rows of the largest sample, to which `*-growth` refers. */
  readonly referenceRows: number;
  readonly constants: Readonly<Partial<Record<CalibratedId, CalibratedConstant>>>;
}

/** A profile in use: what a workload carries. */
export interface Calibration {
  /** As the user named it, for the sentence that says where a figure comes from. */
  readonly file: string;
  readonly engines: readonly EngineCalibration[];
}
