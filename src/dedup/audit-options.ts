/** What an audit is told. */
import type { Sha256 } from './row-table.ts';
import type { Keep } from './survivor.ts';
import type { VectorPairs } from './vector-pairs.ts';

export interface AuditOptions {
  /**
   * Opens what finds near vectors; it is closed when the audit is done.
   * @param rows rows expected, for its plans
   */
  readonly openVectors: (o: {
    readonly rows: number;
    readonly dims: number | null;
  }) => VectorPairs | Promise<VectorPairs>;
  readonly sha256: Sha256;
  /** Of samples and of the rows that a calibration looks at. */
  readonly seed: number;
  /** Least cosine, 0 to 1; calibrated where left out. */
  readonly threshold?: number;
  readonly keep?: Keep;
  /** So many rows stand for all; `budget`: rows that may be read for them, 250,000 where left out. */
  readonly sample?: { readonly rows: number; readonly budget?: number };
  /** Near rows by the store's own index (`Store.neighbours`); vectors are read for verification alone. */
  readonly pushDown?: boolean;
  /** Same texts in different namespaces are listed. */
  readonly across?: boolean;
  /** False: no text in the report. */
  readonly content?: boolean;
  /** Gather pairs below the threshold, too, so that the pairs file can be asked again at another one. */
  readonly save?: boolean;
  /** Near pairs kept, 1,500,000 where left out: beyond, the threshold is raised and the report says so. */
  readonly mostPairs?: number;
  /** Expiry is judged against it. */
  readonly now?: Date;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: AuditProgress) => void;
}

export interface AuditProgress {
  /** `reading` every row once; `comparing` vectors; `texts` of the rows that have a twin. */
  readonly phase: 'reading' | 'comparing' | 'texts';
  /** Rows, or of `comparing` shares of 1; `total` null where unknown. */
  readonly done: number;
  readonly total: number | null;
}
