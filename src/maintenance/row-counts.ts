/** How many rows the purges of a plan take together: rules meet the same rows, and a row goes once. Superseded ones count as well. */
import type { RowAction } from '../store/index.ts';

/** What the rules of one set take of it, orphans of its dependents aside: those are rows of another table. */
export interface TakenRows {
  readonly set: string;
  /** Rows of the set. */
  readonly of: number;
  /**
   * Rows that the caps are judged by. What exceeds a quota may have expired as well, and how much of it has is not known before
   * the store counts again: it counts here only where it exceeds everything that goes before it.
   */
  readonly judged: number;
  /** The most that can go: never more than the rows there are. */
  readonly most: number;
  /** True where `judged` is exactly what goes: one rule, and one that counts its rows. */
  readonly exact: boolean;
}

/** One entry for each set of which rows go, in the order of the plan. */
export function takenRows(purges: readonly RowAction[]): TakenRows[] {
  const own = purges.filter((a) => reasonOf(a) !== 'orphans');
  return [...new Set(own.map((a) => a.set))].map((set) =>
    ofSet(
      set,
      own.filter((a) => a.set === set),
    ),
  );
}

type Reason = ReturnType<typeof reasonOf>;

function ofSet(set: string, purges: readonly RowAction[]): TakenRows {
  const of = Math.max(0, ...purges.map((a) => a.of));
  const sum = (...reasons: Reason[]): number =>
    purges.reduce((n, a) => n + (reasons.includes(reasonOf(a)) ? a.rows : 0), 0);
  // What has expired is no duplicate of anything: those are looked for among the active rows.
  const before = Math.min(of, sum('expired', 'retention', 'duplicates', 'superseded'));
  const quota = sum('over-quota');
  let judged = Math.max(before, Math.min(of, quota));
  let most = Math.min(of, before + quota);
  for (const a of purges) {
    if (a.kind !== 'purge' || a.reason !== 'over-cap') continue;
    // Whatever went before, the cap's rule ends with so many rows.
    const keep = a.excess?.[0]?.keep;
    const gone = (sofar: number): number => (keep === undefined ? sofar + a.rows : Math.max(sofar, of - keep));
    judged = Math.min(of, gone(judged));
    most = Math.min(of, gone(most));
  }
  return { set, of, judged, most, exact: purges.length === 1 && purges.every((a) => reasonOf(a) !== 'retention') };
}

const reasonOf = (a: RowAction) => (a.kind === 'purge' ? a.reason : ('superseded' as const));

const orphanRows = (purges: readonly RowAction[]): number =>
  purges.reduce((n, a) => n + (reasonOf(a) === 'orphans' ? a.rows : 0), 0);

/** Rows that `--max-delete` is judged by. */
export function judgedRows(purges: readonly RowAction[]): number {
  return takenRows(purges).reduce((n, t) => n + t.judged, orphanRows(purges));
}

/** The most that these take. */
export function mostRows(purges: readonly RowAction[]): number {
  return takenRows(purges).reduce((n, t) => n + t.most, orphanRows(purges));
}
