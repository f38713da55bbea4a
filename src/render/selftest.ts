/** The self-test's report as text: one line per kind of structure, what failed, what was left out; or every row. */
import type { SelftestGroup, SelftestReport, SelftestRow } from '../capacity/selftest.ts';
import { formatCount, formatQuantity } from '../quantity/index.ts';
import { renderColumns, wrap } from './columns.ts';
import { csvLine } from './csv.ts';
import type { Paint } from './paint.ts';

export interface SelftestView {
  readonly width: number;
  readonly paint: Paint;
  /** Every row instead of the table of kinds. */
  readonly rows: boolean;
}

/** An error as a share: two decimals, so that 0.1 % and 0.04 % are told apart. */
function percent(ratio: number, sign = false): string {
  const text = `${Math.abs(ratio * 100).toFixed(2)} %`;
  if (!sign || text === '0.00 %') return text;
  return `${ratio < 0 ? '−' : '+'}${text}`;
}

const barText = (bar: number | null): string => (bar === null ? '' : `${Number((bar * 100).toFixed(3))} %`);

function headline(r: SelftestReport): string {
  const failed = r.groups.filter((g) => !g.passed).length;
  const predictions = r.groups.reduce((sum, g) => sum + g.rows, 0);
  const what = `${predictions} predictions of ${r.predictedMeasurements} measurements`;
  return r.passed
    ? `${what}: all ${r.groups.length} kinds are within their bars.`
    : `${what}: ${failed} of ${r.groups.length} kinds ${failed === 1 ? 'is' : 'are'} outside the bar.`;
}

/** @returns lines joined by newlines, with a final one */
export function selftestScreen(r: SelftestReport, view: SelftestView): string {
  const lines = ['', ...wrap(view.paint.strong(headline(r)), view.width, 2), ''];
  lines.push(...(view.rows ? rowTables(r, view) : [...groupTable(r, view), '']));
  for (const text of failureTexts(r)) lines.push(...wrap(view.paint.bad(text), view.width, 2, 4));
  if (!r.passed) lines.push('');
  for (const text of notes(r)) lines.push(...wrap(text, view.width, 2, 4));
  return `${lines.join('\n')}\n`;
}

const GROUP_HEAD = ['PREDICTED', 'ROWS', 'MEDIAN', 'BAR', 'LARGEST', 'BAR', ''] as const;

const groupCells = (g: SelftestGroup): string[] => [
  g.title,
  String(g.rows),
  percent(g.medianError),
  barText(g.bar.median),
  percent(g.maxError),
  barText(g.bar.each),
];

function groupTable(r: SelftestReport, { width, paint }: SelftestView): string[] {
  return renderColumns(
    r.groups.map((g) => [...groupCells(g), g.passed ? paint.good('ok') : paint.bad('FAILED')]),
    {
      head: GROUP_HEAD,
      align: ['left', 'right', 'right', 'right', 'right', 'right'],
      width,
      indent: 2,
      paintHead: paint.head,
    },
  );
}

function rowTables(r: SelftestReport, { width, paint }: SelftestView): string[] {
  return r.groups.flatMap((g) => [
    ...renderColumns(
      r.rows
        .filter((row) => row.group === g.id)
        .map((row) => [
          row.label,
          formatQuantity(row.predicted),
          formatQuantity(row.actual),
          percent(row.error, true),
          row.passed ? '' : paint.bad('FAILED'),
        ]),
      {
        head: [g.title.toUpperCase(), 'PREDICTED', 'MEASURED', 'ERROR', ''],
        align: ['left', 'right', 'right', 'right'],
        width,
        indent: 2,
        paintHead: paint.head,
      },
    ),
    '',
  ]);
}

/** What is wrong, row by row, and the medians that are too large. */
function failureTexts(r: SelftestReport): string[] {
  return [
    ...r.failures.map((row) => failureText(row, r.groups.find((g) => g.id === row.group)?.title ?? row.group)),
    ...r.groups
      .filter((g) => g.bar.median !== null && g.medianError > g.bar.median)
      .map((g) => `${g.title}: the median error is ${percent(g.medianError)}, the bar ${barText(g.bar.median)}.`),
  ];
}

function failureText(row: SelftestRow, title: string): string {
  const figures = `predicted ${exact(row.predicted)}, measured ${exact(row.actual)}`;
  return `${title}, ${row.label} (${row.file}, line ${row.line}): ${figures}: ${percent(row.error, true)}, the bar is ${barText(row.bar)}.`;
}

/** All digits: three of them would not show what is off. */
function exact(q: SelftestRow['predicted']): string {
  return q.unit === 'B' ? `${formatCount(q.value)} B` : formatQuantity(q);
}

function notes(r: SelftestReport): string[] {
  const out: string[] = [];
  const small = r.groups.find((g) => g.bar.eachSmall !== null)?.bar.eachSmall;
  if (small !== undefined && small !== null) {
    out.push(
      `Where the largest error is held to 1 %, rows of fewer than 10,000 have ${barText(small)} and no part in the median.`,
    );
  }
  if (r.buildTuple !== null) {
    out.push(
      `Build time: one constant fitted to these builds, ${r.buildTuple.value.toFixed(2)} µs a visited tuple; the bar is on the median.`,
    );
  }
  for (const l of r.leftOut) out.push(`Left out, ${l.rows}: ${l.reason}.`);
  return out;
}

/** The report as Markdown, with its final newline. */
export function selftestMarkdown(r: SelftestReport, rows: boolean): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const table = rows
    ? [
        '| measurement | predicted | measured | error | |',
        '|---|---:|---:|---:|---|',
        ...r.rows.map(
          (x) =>
            `| ${cell(x.label)} | ${formatQuantity(x.predicted)} | ${formatQuantity(x.actual)} | ${percent(x.error, true)} | ${x.passed ? 'ok' : '**failed**'} |`,
        ),
      ]
    : [
        '| predicted | rows | median error | bar | largest | bar | |',
        '|---|---:|---:|---:|---:|---:|---|',
        ...r.groups.map((g) => `| ${groupCells(g).join(' | ')} | ${g.passed ? 'ok' : '**failed**'} |`),
      ];
  const failures = failureTexts(r).map((text) => `- ${text}`);
  return `${[headline(r), '', ...table, '', ...(failures.length > 0 ? [...failures, ''] : []), ...notes(r).map((n) => `- ${n}`)].join('\n')}\n`;
}

/** One record per kind of structure, or per row; errors are shares, 0.01 being 1 %. */
export function selftestCsv(r: SelftestReport, rows: boolean): string {
  if (rows) {
    return [
      csvLine([
        'group',
        'measurement',
        'file',
        'line',
        'unit',
        'predicted',
        'low',
        'high',
        'measured',
        'error',
        'bar',
        'passed',
      ]),
      ...r.rows.map(({ predicted: p, ...x }) =>
        csvLine([
          x.group,
          x.label,
          x.file,
          x.line,
          p.unit,
          p.value,
          p.low,
          p.high,
          x.actual.value,
          x.error,
          x.bar,
          String(x.passed),
        ]),
      ),
    ].join('');
  }
  return [
    csvLine(['group', 'title', 'rows', 'median_error', 'max_error', 'bar', 'bar_small', 'bar_median', 'passed']),
    ...r.groups.map((g) =>
      csvLine([
        g.id,
        g.title,
        g.rows,
        g.medianError,
        g.maxError,
        g.bar.each,
        g.bar.eachSmall,
        g.bar.median,
        String(g.passed),
      ]),
    ),
  ].join('');
}
