/** What a live store takes, beside what it should: plain figures, so that a report can carry them. */
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
