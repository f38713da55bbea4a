/** The audit of one memory set before thresholds and survivors: what a report, or a saved file of pairs, is made of. */
import type { DedupNote, DedupSet, Threshold } from './dedup-report.ts';
import type { Evidence } from './evidence.ts';
import type { SetFacts } from './set-facts.ts';
import type { Keep } from './survivor.ts';

export interface SetAudit {
  readonly head: Pick<
    DedupSet,
    'set' | 'profile' | 'title' | 'table' | 'rows' | 'of' | 'skipped' | 'groups' | 'method' | 'how' | 'sampled'
  >;
  readonly facts: SetFacts;
  readonly evidence: Evidence;
  /** As chosen when the store was read. */
  readonly threshold: Threshold;
  /** Least threshold that the pairs at hand can answer; null without vectors. */
  readonly floor: number | null;
  readonly keep: Keep;
  /** What the rate is told from, where not all rows were compared. */
  readonly strata: readonly FoundStratum[] | null;
  readonly across: DedupSet['across'];
  readonly notes: readonly DedupNote[];
}

export interface FoundStratum {
  /** Rows that it stands for. */
  readonly population: number;
  readonly by: 'rows' | 'namespaces';
  /** Row of the evidence, -1 for a row without a twin; and its namespace. */
  readonly draws: readonly { readonly row: number; readonly namespace: string | null }[];
}
