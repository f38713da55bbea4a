/** What stands out in an audit beside its figures: alarms of consolidation, and what could not be looked at. */
import type { DedupNote, DedupSet } from '../../dedup/dedup-report.ts';
import { formatCount, formatPercent } from '../../quantity/index.ts';
import type { MemorySet } from '../../store/index.ts';

/**
 * The seed article's alarm: "below 20 % at 1M memories, the extraction and supersession pipeline has a problem". It does not
 * define its rate; taken is the share that consolidation has found (superseded) or could still find (redundant).
 */
export const LOW_RATE = 0.2;
export const LOW_RATE_FROM = 1_000_000;
/** A chain this long says that each merge leaves the rows of the ones before it behind: two and three come of two runs that meet. */
const DEEP_CHAIN = 3;

export interface EarlierMerges {
  readonly set: string;
  /** Active rows that say what a superseded row said, the one that stayed for it not counted. */
  readonly recreated: number;
  /** Steps from a superseded row to the one that stands for it now, at most; absent where rows do not name it. */
  readonly chainDepth?: number;
}

export function dedupNotes(
  sets: readonly DedupSet[],
  known: readonly MemorySet[],
  merges: readonly EarlierMerges[] = [],
): DedupNote[] {
  return [
    ...sets.flatMap(lowRate),
    ...merges.flatMap((m) => mergeNotes(m, titleOf(m.set, known))),
    ...sets.flatMap((s) => readOnlyNote(s, known)),
  ];
}

const titleOf = (id: string, known: readonly MemorySet[]): string => known.find((m) => m.id === id)?.title ?? id;

function lowRate(s: DedupSet): DedupNote[] {
  const inactive = s.skipped.inactive;
  const memories = s.sampled === null ? s.rows : s.of;
  // Of a sample, rows that were set aside stand for as many more.
  const factor = s.sampled === null ? 1 : s.of / Math.max(1, s.rows + inactive);
  const gone = inactive * factor;
  const high = (gone + s.rate.redundancy.high * memories) / Math.max(1, gone + memories);
  if (memories < LOW_RATE_FROM || high >= LOW_RATE) return [];
  return [
    {
      code: 'low-rate',
      level: 'alarm',
      message: `${s.set}: of ${formatCount(memories)} ${s.title} at most ${formatPercent(high)} say something twice, those already superseded included; from a million on, ${formatPercent(LOW_RATE)} is what consolidation usually finds. Either it runs before rows are stored, or it finds nothing because what is extracted is worded anew each time: look at the least similar pairs, and try a lower --threshold`,
    },
  ];
}

function mergeNotes({ set, recreated, chainDepth = 0 }: EarlierMerges, title: string): DedupNote[] {
  const notes: DedupNote[] = [];
  if (recreated > 0)
    notes.push({
      code: 'recreated',
      level: 'alarm',
      message: `${set}: ${formatCount(recreated)} ${title} say again what was merged before: the writer does not look before it writes`,
    });
  if (chainDepth > DEEP_CHAIN)
    notes.push({
      code: 'chains',
      level: 'alarm',
      message: `${set}: superseded ${title} are up to ${formatCount(chainDepth)} steps from the one that stands for them: rows name others that were superseded in their turn, and whoever follows them reads each on the way`,
    });
  return notes;
}

/** A pair found there is for people to look at. */
function readOnlyNote(s: DedupSet, known: readonly MemorySet[]): DedupNote[] {
  const why = known.find((m) => m.id === s.set)?.readOnly;
  if (why === undefined || s.mergeable + s.review === 0) return [];
  return [
    {
      code: 'review-only',
      level: 'warn',
      message: `${s.set}: ${s.title} are compared and never changed: ${why}`,
    },
  ];
}
