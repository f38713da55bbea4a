/** What one structure would take if it were rebuilt, how that was found, and how far it can be trusted. */
import { leaf, type Quantity, type Unit } from '../quantity/index.ts';
import type { Structure } from '../store/index.ts';

/**
 * `exact`: the pages themselves were read. `high`: the layout follows from counted rows and settled sizes. `medium`: from
 * statistics or a sample. `low`: from statistics that are known to be old, or only one side of it is known.
 */
export type Confidence = 'exact' | 'high' | 'medium' | 'low';

export interface Unmeasured {
  readonly why: string;
  /** The grant that would settle it. */
  readonly grant?: string;
  /** What else would settle it: "ANALYZE public.memories". */
  readonly settle?: string;
}

export interface Expectation {
  /** Bytes after a rebuild: the point estimate, and an interval whose high end is what a rebuild takes at the most. */
  readonly expected: Quantity<'B'> | null;
  /** How it was found, in a few words. */
  readonly method: string;
  readonly confidence: Confidence;
  /** Set exactly where nothing is expected. */
  readonly unmeasured?: Unmeasured;
  /** What else stands out, one sentence each. */
  readonly notes: readonly string[];
  /** Share of the rows (or vectors, chunks) that are dead and still there; null where nobody can say. */
  readonly deadShare?: number | null;
  /** HNSW: at least this share of the vectors equals another one. */
  readonly duplicateShare?: number;
}

export interface ExpectationOptions {
  /** Bytes and rows of a structure right after it was last rebuilt, by id: the best measure of a GIN index. */
  readonly baselines?: Readonly<Record<string, Baseline>>;
}

export interface Baseline {
  readonly bytes: number;
  readonly rows: number;
}

const MEASURED = { basis: 'measured', source: 'read from the store' } as const;

/** A figure read from the store, with its interval where it has one. */
export function seen<U extends Unit>(name: string, value: number, unit: U, low?: number, high?: number): Quantity<U> {
  return leaf(name, value, unit, {
    ...MEASURED,
    low: Math.min(low ?? value, value),
    high: Math.max(high ?? value, value),
  });
}

export function unknown(method: string, why: string, more: Partial<Unmeasured> = {}): Expectation {
  return { expected: null, method, confidence: 'low', unmeasured: { why, ...more }, notes: [] };
}

/** Why a figure is missing, as the store said it; the first thing withheld that fits. */
export function withheld(s: Structure, method: string, otherwise: string, settle?: string): Expectation {
  const w = s.withheld?.[0];
  return unknown(method, w?.why ?? otherwise, {
    ...(w?.grant === undefined ? {} : { grant: w.grant }),
    ...(settle === undefined ? {} : { settle }),
  });
}
