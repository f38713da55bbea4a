/** A dedup report as text: how much could go and what needs a look first, then where, then the clusters themselves. */
import type { DedupReport, DedupSet, Dividend, Level } from '../dedup/dedup-report.ts';
import { formatBytes, formatCount, formatMoney, formatPercent, printable } from '../quantity/index.ts';
import { renderColumns, wrap } from './columns.ts';
import { answer, nothingToCompare, plural, redundantRows, todo } from './dedup-answer.ts';
import { clusterLines, leastLines } from './dedup-clusters.ts';
import { thresholdLines } from './dedup-threshold.ts';
import type { Paint } from './paint.ts';
import { oneLine } from './text-block.ts';

export interface DedupView {
  readonly width: number;
  readonly paint: Paint;
  /** Every member of a cluster, and every note. */
  readonly verbose?: boolean;
  /** Clusters shown of each set. */
  readonly top?: number;
  /** How the next command names the store, where its address is not enough: "postgres://db/x --map map.yaml". */
  readonly again?: string;
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
    ...dividendLines(report.dividend, report.sets, view),
    ...report.sets.flatMap((s) => setLines(s, report.sets.length > 1, view)),
    ...noted(report, view),
    ...todo(report, view),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Of a plan: the live store also holds what is waste, and may be on another engine than the cheapest that is enough. */
function dividendLines(d: Dividend | null, sets: readonly DedupSet[], { width, paint, verbose }: DedupView): string[] {
  if (d === null) return [];
  const saved = (a: { now: number; then: number }, format: (n: number) => string): string =>
    `${format(a.now)} -> ${format(a.then)}`;
  const money =
    d.moneyPerMonth === null || d.moneyPerMonth.now === 0 ? '' : ` · ${saved(d.moneyPerMonth, formatMoney)} a month`;
  const tier = d.tier.now === d.tier.then ? `on ${d.tier.now} either way` : `tier ${d.tier.now} -> ${d.tier.then}`;
  const about = d.rows.low === d.rows.high ? '' : '≈ ';
  const of = sets.length > 1 ? sets.find((s) => s.rate.redundancy.value > 0 && s.set === d.set)?.title : undefined;
  const which = `${about}${plural(d.rows.value, 'row', 'rows')}${of === undefined ? '' : ` of ${of}`}`;
  const facts = `${which} less, planned as a fresh store: ${about}${saved(d.bytes, formatBytes)} on disk · ${saved(d.ram, formatBytes)} of RAM${money} · ${tier}`;
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
    ...clusterLines(s, top, view),
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

function wherefrom(s: DedupSet, { width, paint }: DedupView): string[] {
  // What was found with a sample is no share of all rows of a place.
  const cells = s.sampled === null ? 4 : 2;
  const head = (name: string): string[] =>
    s.sampled === null ? [name, 'ROWS', 'REDUNDANT', 'SHARE'] : [name, 'FOUND WITH THE SAMPLE'];
  const table = (name: string, rows: readonly (readonly string[])[], more: number): string[] =>
    rows.length === 0
      ? []
      : [
          ...renderColumns(rows, {
            head: head(name),
            align: (['left', 'right', 'right', 'right'] as const).slice(0, cells),
            width,
            indent: 2,
            paintHead: paint.head,
          }),
          ...(more > 0 ? [paint.faint(`  and ${formatCount(more)} more`)] : []),
          '',
        ];
  const row = (name: string, x: { rows: number; redundant: number }): string[] =>
    s.sampled === null
      ? [
          printable(name),
          formatCount(x.rows),
          formatCount(x.redundant),
          formatPercent(x.rows === 0 ? 0 : x.redundant / x.rows),
        ]
      : [printable(name), formatCount(x.redundant)];
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
