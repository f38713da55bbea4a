/** What a live store takes, beside what it should: plain figures, so that a report can carry them. */
import { expectedActual } from '../expectation/index.ts';
import type { Snapshot } from '../store/index.ts';

export interface ObservedStructure {
  readonly id: string;
  readonly name: string;
  readonly actual: number | null;
  readonly expected: number | null;
  /** (actual - expected) / expected; null where either is unknown. */
  readonly difference: number | null;
  readonly note?: string;
}

export interface Observed {
  /** The store as it may be shown: no secrets in it. */
  readonly store: string;
  readonly structures: readonly ObservedStructure[];
}

/** The comparisons as plain figures for a capacity report. */
export function observedOf(snapshot: Snapshot): Observed {
  return {
    store: snapshot.identity.address,
    structures: expectedActual(snapshot).map((c) => ({
      id: c.structure.id,
      name: c.structure.name,
      actual: c.actual?.value ?? null,
      expected: c.expected?.value ?? null,
      difference: c.difference,
      ...(c.note === undefined ? {} : { note: c.note }),
    })),
  };
}
