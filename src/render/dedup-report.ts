/** A dedup report as text: how much could go and what needs a look first, then where, then the clusters themselves. */
import type { Calibration, DedupReport, DedupSet, Dividend, Level } from '../dedup/dedup-report.ts';
import { formatBytes, formatCount, formatMoney, formatPercent, printable } from '../quantity/index.ts';
import type { Counted } from '../store/index.ts';
import { renderColumns, wrap } from './columns.ts';
import { clusterLines, leastLines } from './dedup-clusters.ts';
import type { Paint } from './paint.ts';
import { oneLine } from './text-block.ts';

export interface DedupView {
  readonly width: number;
  readonly paint: Paint;
  /** Every member of a cluster, and every note. */
  readonly verbose?: boolean;
  /** Clusters shown of each set. */
  readonly top?: number;
}

export const DEFAULT_TOP = 5;
/** Namespaces, days, repeated texts: enough to see where it comes from. */
const LISTED = 5;
const LEAST_SHOWN = 3;

export const LEVEL_TEXT: Readonly<Record<Level, string>> = {
  identical: 'text equal byte by byte',
  normalised: 'text equal but for case, blanks and Unicode form',
  hash: "equal by the store's own hash",
  vector: 'same vector under another text',
  near: 'vectors as near as the threshold',
};

/** @returns lines joined by newlines, with a final one */
export function renderDedupReport(report: DedupReport, view: DedupView): string {
  const lines = [
    '',
    ...report.sets.flatMap((s) => answer(report, s, view)),
    ...(report.sets.length === 0 ? nothingToCompare(report, view) : []),
    ...dividendLines(report.dividend, view),
    ...report.sets.flatMap((s) => setLines(s, report.sets.length > 1, view)),
    ...noted(report, view),
    ...todo(report, view),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function nothingToCompare(report: DedupReport, { width, paint }: DedupView): string[] {
  const text = `${paint.strong(printable(report.store.name))}: no memories with a text or a vector were recognised`;
  return [...wrap(text, width, 2), ''];
}

const redundantRows = (s: DedupSet): number => Object.values(s.levels).reduce((a, b) => a + b, 0);
const plural = (n: number, one: string, many: string): string => `${formatCount(n)} ${n === 1 ? one : many}`;

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

function answer(report: DedupReport, s: DedupSet, { width, paint }: DedupView): string[] {
  const { redundancy, withTwin } = s.rate;
  const rows = redundantRows(s);
  const sampled = s.sampled !== null;
  const head =
    redundancy.high === 0
      ? `no duplicates among ${plural(s.rows, 'row', 'rows')} of ${s.title}`
      : `${rateText(redundancy)} of ${activeText(s)} ${s.title} could go${sampled ? '' : `: ${plural(rows, 'row', 'rows')}`}`;
  const found = sampled ? `In the ${formatCount(s.rows)} rows compared: ` : '';
  const sentence =
    rows === 0
      ? ''
      : `${found}${formatCount(s.mergeable)} without a review, ${formatCount(s.review)} after one, in ${plural(s.clusterCount, 'cluster', 'clusters')}. ${rateText(withTwin)} of the rows have a twin.`;
  return [
    ...wrap(`${paint.strong(printable(report.store.name))}: ${printable(head)}`, width, 2),
    ...(sentence === '' ? [] : wrap(printable(sentence), width, 2)),
    '',
  ];
}

function dividendLines(d: Dividend | null, { width, paint, verbose }: DedupView): string[] {
  if (d === null) return [];
  const saved = (a: { now: number; then: number }, format: (n: number) => string): string =>
    `${format(a.now)} -> ${format(a.then)}`;
  const money =
    d.moneyPerMonth === null || d.moneyPerMonth.now === 0 ? '' : ` · ${saved(d.moneyPerMonth, formatMoney)} a month`;
  const tier = d.tier.now === d.tier.then ? `tier stays ${d.tier.now}` : `tier ${d.tier.now} -> ${d.tier.then}`;
  const facts = `planned without them: ${saved(d.bytes, formatBytes)} on disk · ${saved(d.ram, formatBytes)} of RAM${money} · ${tier}`;
  return [
    `  ${paint.head('DIVIDEND')}`,
    ...wrap(printable(facts), width, 2, 4),
    ...(verbose === true ? wrap(printable(d.how), width, 2, 4).map(paint.faint) : []),
    '',
  ];
}

function setLines(s: DedupSet, several: boolean, view: DedupView): string[] {
  const { width, paint } = view;
  const top = view.top ?? DEFAULT_TOP;
  return [
    ...(several ? [`  ${paint.strong(printable(s.set))}`] : []),
    ...levelTable(s, view),
    ...thresholdLines(s, view),
    ...wherefrom(s, view),
    ...repeatedLines(s, view),
    ...acrossLines(s, view),
    ...clusterLines(s.clusters, top, s.clusterCount, view),
    ...leastLines(s.least, LEAST_SHOWN, view),
    ...wrap(printable(`${s.table}: ${s.how}`), width, 2, 4).map(paint.faint),
    ...skippedLines(s, view),
    '',
  ];
}

function skippedLines(s: DedupSet, { width, paint }: DedupView): string[] {
  const { inactive, empty, vectorless } = s.skipped;
  const parts = [
    ...(inactive > 0 ? [`${formatCount(inactive)} that no search finds any more`] : []),
    ...(empty > 0 ? [`${formatCount(empty)} without text and vector`] : []),
  ];
  const text = [
    ...(parts.length > 0 ? [`Not compared: ${parts.join(', ')}.`] : []),
    ...(vectorless > 0 ? [`By text alone, for want of a vector like the others': ${formatCount(vectorless)}.`] : []),
  ].join(' ');
  return text === '' ? [] : wrap(text, width, 2, 4).map(paint.faint);
}

function levelTable(s: DedupSet, { width, paint }: DedupView): string[] {
  if (redundantRows(s) === 0) return [];
  const rows = (Object.keys(LEVEL_TEXT) as Level[])
    .filter((l) => s.levels[l] > 0)
    .map((l) => [l, formatCount(s.levels[l]), LEVEL_TEXT[l]]);
  return [
    ...renderColumns(rows, {
      head: ['LEVEL', 'ROWS', 'TIED BY'],
      align: ['left', 'right', 'left'],
      width,
      shrink: 2,
      drop: [2],
      indent: 2,
      paintHead: paint.head,
    }),
    '',
  ];
}

function thresholdLines(s: DedupSet, view: DedupView): string[] {
  const { width, paint } = view;
  const { value, from, calibration } = s.threshold;
  if (value === null) return [];
  const named: Readonly<Record<typeof from, string>> = {
    given: 'as given',
    calibrated: "calibrated on the store's own pairs",
    default: 'the default',
    none: '',
  };
  const lead = `  ${paint.head('THRESHOLD')} ${value.toFixed(3)}, ${named[from]}`;
  if (calibration === null) return [...wrap(lead.trimStart(), width, 2, 4), ''];
  return [
    ...wrap(lead.trimStart(), width, 2, 4),
    ...wrap(calibrationText(calibration, value), width, 4),
    ...(calibration.how === '' ? [] : wrap(printable(calibration.how), width, 4).map(paint.faint)),
    ...histogram(calibration, value, view),
    '',
  ];
}

function calibrationText(c: Calibration, threshold: number): string {
  const { falsePairs: f, random } = c;
  const few = (n: number): string => (n < 10 ? String(Math.round(n * 10) / 10) : formatCount(n));
  const [value, low, high] = [few(f.value), few(f.low), few(f.high)];
  const interval = low === high ? value : `${value} (${low}-${high})`;
  const suggested =
    Math.abs(c.suggested - threshold) < 5e-4 ? 'It' : `The suggestion is ${c.suggested.toFixed(3)}, which`;
  return `${suggested} is expected to flag ${interval} pairs that say different things. Random pairs: mean ${random.mean.toFixed(3)}, 99.9 % below ${random.p999.toFixed(3)}.`;
}

/** Lines of the histogram: wide enough steps for the eye, few enough for a screen. */
const BINS = 8;
const BAR = 30;
/** "0.30-0.40"; a cosine may be negative. */
const LABEL = 9;

/** Nearest neighbours by similarity: twins above the valley, strangers below. */
function histogram(c: Calibration, threshold: number, { width, paint }: DedupView): string[] {
  const { from, shares, rows } = c.nearest;
  if (shares.length === 0 || rows === 0) return [];
  const step = Math.max(1, Math.ceil(shares.length / BINS));
  const bins: { low: number; high: number; share: number }[] = [];
  for (let i = 0; i < shares.length; i += step) {
    const part = shares.slice(i, i + step);
    bins.push({
      low: from + i * 0.01,
      high: from + (i + part.length) * 0.01,
      share: part.reduce((a, b) => a + b, 0),
    });
  }
  const most = Math.max(...bins.map((b) => b.share));
  if (most <= 0) return [];
  const bar = Math.max(8, Math.min(BAR, width - 30));
  return [
    ...wrap(`Nearest other row of ${formatCount(rows)} random rows, by cosine:`, width, 4),
    ...bins.map((b) => {
      const cells = Math.round((b.share / most) * bar);
      const filled = '#'.repeat(b.share > 0 ? Math.max(1, cells) : 0).padEnd(bar);
      const mark = threshold >= b.low && threshold < b.high ? ' <' : '';
      return paint.faint(
        `    ${`${b.low.toFixed(2)}-${Math.min(1, b.high).toFixed(2)}`.padStart(LABEL)}  ${filled} ${formatPercent(b.share)}${mark}`,
      );
    }),
  ];
}

function wherefrom(s: DedupSet, { width, paint }: DedupView): string[] {
  const table = (head: string, rows: readonly (readonly string[])[], more: number): string[] =>
    rows.length === 0
      ? []
      : [
          ...renderColumns(rows, {
            head: [head, 'ROWS', 'REDUNDANT', 'SHARE'],
            align: ['left', 'right', 'right', 'right'],
            width,
            indent: 2,
            paintHead: paint.head,
          }),
          ...(more > 0 ? [paint.faint(`  and ${formatCount(more)} more`)] : []),
          '',
        ];
  const row = (name: string, x: { rows: number; redundant: number }): string[] => [
    printable(name),
    formatCount(x.rows),
    formatCount(x.redundant),
    formatPercent(x.rows === 0 ? 0 : x.redundant / x.rows),
  ];
  const spaces = s.namespaces.filter((n) => n.redundant > 0).sort((a, b) => b.redundant - a.redundant);
  const days = s.days.filter((d) => d.redundant > 0).sort((a, b) => b.redundant - a.redundant);
  const one = s.namespaces.length <= 1;
  return [
    ...(one
      ? []
      : table(
          'NAMESPACE',
          spaces.slice(0, LISTED).map((n) => row(n.namespace ?? '(none)', n)),
          spaces.length - LISTED,
        )),
    ...(days.length < 2
      ? []
      : table(
          'CREATED',
          days.slice(0, LISTED).map((d) => row(d.day, d)),
          days.length - LISTED,
        )),
  ];
}

function repeatedLines(s: DedupSet, { width, paint }: DedupView): string[] {
  if (s.repeated.length === 0) return [];
  const rows = s.repeated
    .slice(0, LISTED)
    .map((r) => [formatCount(r.times), printable(r.namespace ?? '(none)'), oneLine(r.text ?? r.id)]);
  return [
    ...renderColumns(rows, {
      head: ['TIMES', 'NAMESPACE', 'REPEATED TEXT'],
      align: ['right', 'left', 'left'],
      width,
      shrink: 2,
      drop: [1],
      indent: 2,
      paintHead: paint.head,
    }),
    '',
  ];
}

function acrossLines(s: DedupSet, { width, paint }: DedupView): string[] {
  if (s.across === null) return [];
  if (s.across.length === 0) return [...wrap('No text stands in more than one namespace.', width, 2, 4), ''];
  const rows = s.across
    .slice(0, LISTED)
    .map((a) => [formatCount(a.namespaces), formatCount(a.rows), oneLine(a.text ?? a.id)]);
  return [
    ...renderColumns(rows, {
      head: ['NAMESPACES', 'ROWS', 'ACROSS NAMESPACES (never merged)'],
      align: ['right', 'right', 'left'],
      width,
      shrink: 2,
      indent: 2,
      paintHead: paint.head,
    }),
    ...(s.across.length > LISTED ? [paint.faint(`  and ${formatCount(s.across.length - LISTED)} more`)] : []),
    '',
  ];
}

function noted({ notes }: DedupReport, { width, paint, verbose }: DedupView): string[] {
  const told = notes.filter((n) => verbose === true || n.level !== 'info');
  if (told.length === 0) return [];
  return [
    `  ${paint.head('NOTED')}`,
    ...told.flatMap((n) =>
      wrap(n.level === 'alarm' ? `${paint.bad('alarm')}: ${printable(n.message)}` : printable(n.message), width, 2, 4),
    ),
    '',
  ];
}

function todo({ store, sets }: DedupReport, { width, paint }: DedupView): string[] {
  const address = printable(store.address);
  const review = sets.reduce((n, s) => n + s.review, 0);
  const mergeable = sets.reduce((n, s) => n + s.mergeable, 0);
  const sampled = sets.some((s) => s.sampled !== null);
  const text =
    mergeable + review === 0
      ? 'Nothing to do.'
      : sampled
        ? `Next: memctl dedup ${address} compares all rows`
        : mergeable > 0
          ? `Next: memctl dedup ${address} --apply --dry-run${review > 0 ? ', and --review for the rest' : ''}`
          : `Next: memctl dedup ${address} --review`;
  return wrap(text, width, 2, 4).map(paint.strong);
}
