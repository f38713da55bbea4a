/** The first and the last lines of a dedup report: how much could go, and what to run next. */
import type { DedupReport, DedupSet } from '../dedup/dedup-report.ts';
import { formatCount, formatPercent, printable } from '../quantity/index.ts';
import type { Counted } from '../store/index.ts';
import { wrap } from './columns.ts';
import type { DedupView } from './dedup-report.ts';

export const redundantRows = (s: DedupSet): number => Object.values(s.levels).reduce((a, b) => a + b, 0);
export const plural = (n: number, one: string, many: string): string => `${formatCount(n)} ${n === 1 ? one : many}`;

/** "14.7 %", "≈ 14.7 % (13.1-16.4 %)" where it is an estimate. */
export function rateText(c: Counted): string {
  if (c.low === c.high) return formatPercent(c.value);
  return `≈ ${formatPercent(c.value)} (${formatPercent(c.low).replace(' %', '')}-${formatPercent(c.high)})`;
}

/** Rows that a search finds: of a sample, as many as the share of active ones among those that were read lets expect. */
export function activeText(s: DedupSet): string {
  const read = s.rows + s.skipped.inactive + s.skipped.empty;
  if (s.sampled === null || s.rows === s.of || read === 0) return formatCount(s.rows);
  return `≈ ${formatCount(s.of * (s.rows / read))}`;
}

/** "67 without a review, 81 after one"; of rows that no verb changes, how many say the same and how many may. */
export function decisionText(s: DedupSet): string {
  const { mergeable, review } = s;
  if (s.remedy === 'none') return `${formatCount(mergeable)} for certain, ${formatCount(review)} to be looked at`;
  const all = mergeable + review === 1 ? '' : 'all ';
  if (review === 0) return `${all}without a review`;
  if (mergeable === 0) return `${all}after a review`;
  return `${formatCount(mergeable)} without a review, ${formatCount(review)} after one`;
}

export function answer(report: DedupReport, s: DedupSet, { width, paint }: DedupView): string[] {
  const { redundancy, withTwin } = s.rate;
  const rows = redundantRows(s);
  const going = plural(rows, 'row', 'rows');
  const says = s.remedy === 'none' ? 'say what another one says' : 'could go';
  const head =
    redundancy.high === 0
      ? `no duplicates among ${activeText(s)} ${s.rows === 1 ? s.title.replace(/^rows of /, 'row of ') : s.title}`
      : `${rateText(redundancy)} of ${activeText(s)} ${s.title} ${says}${s.sampled === null ? `: ${going}` : ''}`;
  const found = s.sampled === null ? '' : `The sample of ${plural(s.sampled, 'row', 'rows')} led to ${going}: `;
  const clusters = plural(s.clusterCount, 'cluster', 'clusters');
  const review = decisionText(s);
  const lead = s.sampled === null ? `${review.charAt(0).toUpperCase()}${review.slice(1)}` : `${found}${review}`;
  const sentence = rows === 0 ? '' : `${lead}, in ${clusters}. ${rateText(withTwin)} of the rows have a twin.`;
  return [
    ...wrap(`${paint.strong(printable(report.store.name))}: ${printable(head)}`, width, 2),
    ...(sentence === '' ? [] : wrap(printable(sentence), width, 2)),
    '',
  ];
}

/** Where no kind of rows was compared: why, as far as the notes know. */
export function nothingToCompare({ store, notes }: DedupReport, { width, paint }: DedupView): string[] {
  const empty = notes.find((n) => n.code === 'empty');
  const why = notes.some((n) => n.code === 'hidden')
    ? 'nothing could be compared'
    : (empty?.message ?? 'no memories with a text or a vector were recognised');
  return [...wrap(`${paint.strong(printable(store.name))}: ${printable(why)}`, width, 2), ''];
}

export function todo({ store, sets, notes }: DedupReport, { width, paint, again }: DedupView): string[] {
  const address = printable(again ?? store.address);
  const sum = (of: readonly DedupSet[], count: (s: DedupSet) => number): number => of.reduce((n, s) => n + count(s), 0);
  // Saved pairs do not say what can be done with their rows.
  const marked = sets.filter((s) => s.remedy === undefined || s.remedy === 'supersede');
  const removed = sets.filter((s) => s.remedy === 'delete');
  const changed = [...marked, ...removed];
  const review = sum(changed, (s) => s.review);
  const rest = review > 0 ? ', and --review for the rest' : '';
  const lines = (): string[] => {
    if (sum(sets, redundantRows) === 0)
      return notes.some((n) => n.level === 'unmeasured') && sets.length === 0 ? [] : ['Nothing to do.'];
    if (sets.some((s) => s.sampled !== null)) return [`Next: memctl dedup ${address} compares all rows`];
    if (sum(changed, redundantRows) === 0) return ['Nothing to do here: none of these rows is ever changed.'];
    const gone = sum(removed, (s) => s.mergeable);
    if (sum(marked, (s) => s.mergeable) > 0)
      return [
        `Next: memctl dedup ${address} --apply --dry-run${rest}`,
        ...(gone > 0 ? [`${titles(removed)} ${NO_MARK}: with --delete they are removed`] : []),
      ];
    if (gone > 0)
      return [`Next: memctl dedup ${address} --apply --delete --dry-run${rest}`, `${titles(removed)} ${NO_MARK}`];
    return [`Next: memctl dedup ${address} --review`];
  };
  return lines().flatMap((l, i) => wrap(l, width, i === 0 ? 2 : 4, 4).map(i === 0 ? paint.strong : (x) => x));
}

const NO_MARK = 'cannot be marked as superseded in any way that is known of their software';
const titles = (sets: readonly DedupSet[]): string => sets.map((s) => s.title).join(' and ');
