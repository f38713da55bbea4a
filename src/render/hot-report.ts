/** A hot report as text: the answer, the namespaces, what a shared index does to them, and what to do. */
import type { HotNamespace, HotReport, HotSet } from '../checks/hot.ts';
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatSeconds,
  formatShortCount,
  printable,
  UNKNOWN,
} from '../quantity/index.ts';
import type { Counted } from '../store/index.ts';
import { renderColumns, wrap } from './columns.ts';
import { csvLine } from './csv.ts';
import type { Paint } from './paint.ts';

export interface HotView {
  readonly width: number;
  readonly paint: Paint;
  /** Every namespace that was listed. */
  readonly verbose?: boolean;
}

/** Namespaces of a set, unless another number was asked for. */
const TOP = 20;
const TOP_STATEMENTS = 2;

/** @returns lines joined by newlines, with a final one */
export function renderHotReport(report: HotReport, view: HotView): string {
  const lines = [
    '',
    ...answer(report, view),
    '',
    ...report.sets.flatMap((s) => setTable(report, s, view)),
    ...search(report, view),
    ...own(report, view),
    ...noted(report, view),
    ...todo(report, view),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

const nameOf = (n: HotNamespace): string =>
  n.namespace === null
    ? '(none)'
    : `${n.namespace}${n.length === undefined ? '' : `… (${formatCount(n.length)} characters)`}`;

const hot = (report: HotReport): HotNamespace[] =>
  report.namespaces.filter((n) => n.memories.value >= report.threshold);

function answer(report: HotReport, { width, paint }: HotView): string[] {
  const { store, sets, skew, threshold } = report;
  const [first] = sets;
  if (first === undefined) {
    return wrap(`${paint.strong(printable(store.name))}: no memories with a namespace were recognised`, width, 2);
  }
  const above = hot(report);
  const verdict =
    above.length === 0
      ? `no namespace has reached ${formatShortCount(threshold)} rows`
      : `${above.length} ${above.length === 1 ? 'namespace has' : 'namespaces have'} reached ${formatShortCount(threshold)} rows`;
  const top = skew[0]?.topShares.find((t) => t.k === 1);
  const gini = skew[0]?.gini;
  const uneven = [
    top === undefined ? '' : `the largest holds ${formatPercent(top.share)}`,
    gini == null ? '' : `Gini ${gini.toFixed(2)}`,
  ].filter((t) => t !== '');
  const spaces = first.distinct === null ? 'an unknown number of' : counted(first.distinct);
  const sentence = `${counted(first.memories)} ${first.title} in ${spaces} ${first.distinct?.value === 1 ? 'namespace' : 'namespaces'}${uneven.length === 0 ? '' : `; ${uneven.join(', ')}`}.`;
  return [
    ...wrap(`${paint.strong(printable(store.name))}: ${verdict}`, width, 2),
    '',
    ...wrap(printable(sentence), width, 2),
  ];
}

/** "12,345", "≈ 12,345" where it is an estimate. */
function counted(c: Counted): string {
  return c.low === c.high ? formatCount(c.value) : `≈ ${formatCount(c.value)}`;
}

function setTable(report: HotReport, set: HotSet, { width, paint, verbose }: HotView): string[] {
  const all = report.namespaces.filter((n) => n.set === set.set);
  const shown = verbose ? all : all.slice(0, report.top ?? TOP);
  const grows = all.some((n) => n.growth !== null);
  const dies = all.some((n) => (n.deadShare?.value ?? 0) > 0);
  const found = all.some((n) => n.recall !== null);
  const rows = shown.map((n) => [
    n.label === undefined ? nameOf(n) : `${nameOf(n)} (${n.label})`,
    counted(n.memories),
    n.bytes === null ? UNKNOWN : formatBytes(n.bytes.value),
    shareText(n.share),
    ...(grows ? [n.growth === null ? UNKNOWN : `${signed(n.growth.rowsPerDay)}/d`] : []),
    ...(dies ? [n.deadShare === null ? UNKNOWN : formatPercent(n.deadShare.value)] : []),
    ...(found ? [foundText(n)] : []),
  ]);
  const head = [
    'NAMESPACE',
    'ROWS',
    'BYTES',
    'SHARE',
    ...(grows ? ['GROWTH'] : []),
    ...(dies ? ['DEAD'] : []),
    ...(found ? ['FOUND'] : []),
  ];
  // Where the terminal is narrow: what the rows tell as well.
  const dropped = ['BYTES', 'DEAD', 'GROWTH'].map((h) => head.indexOf(h)).filter((i) => i > 0);
  const rest = (set.distinct?.value ?? all.length) - shown.length;
  return [
    ...renderColumns(
      rows.map((r) => r.map(printable)),
      {
        head,
        align: head.map((_, i) => (i === 0 ? ('left' as const) : ('right' as const))),
        width,
        drop: dropped,
        indent: 2,
        paintHead: paint.head,
      },
    ),
    ...(rest > 0 ? [paint.faint(`  and ${formatCount(rest)} more`)] : []),
    ...wrap(printable(`${set.table}.${set.column}: ${set.how}`), width, 2, 4).map(paint.faint),
    '',
  ];
}

/** What a search of the shared index keeps of the rows it wants. */
function foundText(n: HotNamespace): string {
  if (n.recall === null) return UNKNOWN;
  return n.recall.risk === 'short' ? `${few(n.recall.expectedRows)} of ${n.recall.wanted}` : 'fine';
}

const few = (n: number): string => (n < 10 ? n.toFixed(1) : formatCount(n));
const signed = (n: number): string => `${n < 0 ? '-' : '+'}${formatShortCount(Math.abs(Math.round(n)))}`;

/** An interval where the share is a guess. */
function shareText(s: Counted): string {
  if (s.high - s.low < 0.01) return formatPercent(s.value);
  return `${formatPercent(s.low).replace(' %', '')}-${formatPercent(s.high)}`;
}

function search(report: HotReport, { width, paint, verbose }: HotView): string[] {
  const short = report.sets
    .flatMap((s) =>
      report.namespaces.filter((n) => n.set === s.set).slice(0, verbose ? undefined : (report.top ?? TOP)),
    )
    .filter((n) => n.recall?.risk === 'short');
  const [first] = short;
  if (first === undefined) return [];
  const text = `${nameOf(first)}: ${first.recall?.note}.${short.length > 1 ? ` The same holds for ${short.length - 1} more of the listed ones.` : ''}`;
  return [paint.head('  SEARCH'), ...wrap(printable(text), width, 2, 4), ''];
}

function own(report: HotReport, { width, paint, verbose }: HotView): string[] {
  const earned = hot(report).filter((n) => n.own !== null);
  if (earned.length === 0) return [];
  const lines = earned.slice(0, verbose ? earned.length : TOP_STATEMENTS).flatMap((n) => {
    const o = n.own as NonNullable<HotNamespace['own']>;
    const memory = o.buildMemory === null ? '' : `, ${formatBytes(o.buildMemory.value)} of memory to build`;
    return [
      ...wrap(
        printable(
          `${nameOf(n)}: ${formatBytes(o.disk.value)} on disk${memory}, about ${formatSeconds(o.seconds)}. ${o.note}.`,
        ),
        width,
        2,
        4,
      ),
      // Whole on a line of its own, to be copied.
      ...(o.statement === null ? [] : [`    ${printable(o.statement)};`]),
    ];
  });
  return [paint.head('  AN INDEX OF ITS OWN'), ...lines, ''];
}

function noted({ notes }: HotReport, { width, paint, verbose }: HotView): string[] {
  const told = notes.filter((n) => verbose || n.level !== 'info' || n.code === 'no-namespace');
  if (told.length === 0) return [];
  return [paint.head('  NOTED'), ...told.flatMap((n) => wrap(printable(n.message), width, 2, 4)), ''];
}

function todo(report: HotReport, { width, paint }: HotView): string[] {
  const earned = hot(report).filter((n) => n.own?.statement != null);
  const short = report.namespaces.some((n) => n.recall?.risk === 'short');
  const text =
    earned.length > 0
      ? `Next: build the index above for ${nameOf(earned[0] as HotNamespace)}, then let its queries filter by exactly that namespace.`
      : hot(report).some((n) => n.own !== null)
        ? 'Next: see the note above on a partition key.'
        : short
          ? "Next: SET hnsw.iterative_scan = 'strict_order' for searches that filter by namespace (pgvector 0.8 and later)."
          : 'Nothing to do.';
  return wrap(printable(text), width, 2, 4).map(paint.strong);
}

const CSV_HEAD = [
  'store',
  'set',
  'namespace',
  'label',
  'memories',
  'memories_low',
  'memories_high',
  'bytes',
  'share',
  'share_low',
  'share_high',
  'rows_per_day',
  'dead_share',
  'selectivity',
  'expected_rows',
  'risk',
  'own_index_bytes',
  'own_index_statement',
] as const;

/** One line per namespace. */
export function hotCsv(report: HotReport): string {
  const line = (n: HotNamespace): string =>
    csvLine([
      report.store.name,
      n.set,
      n.namespace,
      n.label ?? null,
      n.memories.value,
      n.memories.low,
      n.memories.high,
      n.bytes?.value ?? null,
      n.share.value,
      n.share.low,
      n.share.high,
      n.growth?.rowsPerDay ?? null,
      n.deadShare?.value ?? null,
      n.recall?.selectivity ?? null,
      n.recall?.expectedRows ?? null,
      n.recall?.risk ?? null,
      n.own?.disk.value ?? null,
      n.own?.statement ?? null,
    ]);
  return csvLine([...CSV_HEAD]) + report.namespaces.map(line).join('');
}

export function hotMarkdown(report: HotReport): string {
  const cell = (text: string): string => printable(text).replaceAll('|', '\\|');
  const rows = report.namespaces.map((n) =>
    [
      `\`${cell(nameOf(n))}\``,
      cell(n.set),
      counted(n.memories),
      n.bytes === null ? UNKNOWN : formatBytes(n.bytes.value),
      shareText(n.share),
      n.growth === null ? UNKNOWN : `${signed(n.growth.rowsPerDay)}/d`,
      n.recall === null ? UNKNOWN : n.recall.risk,
    ].join(' | '),
  );
  return [
    `## Namespaces of ${cell(report.store.name)}`,
    '',
    '| namespace | set | rows | bytes | share | growth | filtered search |',
    '| --- | --- | ---: | ---: | ---: | ---: | --- |',
    ...rows.map((r) => `| ${r} |`),
    '',
  ].join('\n');
}
