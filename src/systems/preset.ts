/** A memory system known by name, as data: what it sets in a workload, and the engine that plans its own tables. */
import type { SystemEngine } from '../engines/index.ts';
import type { Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

/** A value that the system sets or measurably has, where nobody says otherwise. */
export interface SystemInput {
  readonly value: number | string;
  readonly low?: number;
  readonly high?: number;
}

export interface SystemPreset {
  /** `mneme-redis`. */
  readonly id: string;
  /** `mneme`: the name alone means the first preset of that family. */
  readonly family: string;
  /** `redis`; the value of --store. */
  readonly store: string;
  readonly title: string;
  /** The release and the files its schema was read from. */
  readonly source: string;
  /** By workload parameter. */
  readonly inputs: Readonly<Record<string, SystemInput>>;
  /** Components of the usual memory table that it has besides the default ones; for systems without tables of their own. */
  readonly with?: readonly 'outbox'[];
  /** Whether a language model says what is stored; for systems without tables of their own. */
  readonly extracts?: boolean;
  /** Absent for a system whose schema is not published: it is planned with the usual tables. */
  readonly engine?: SystemEngine;
}

/** Rows of a table that has `perMemory` rows for each memory. */
export type RowsOf = (w: Workload) => Quantity<'rows'>;
