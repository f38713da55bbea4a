/** The structures of a store report: as a table of the screen, for a spreadsheet and for a page. */
import type { ReportedStructure, StoreReport } from '../capacity/store-report.ts';
import { formatBytes, formatCount, formatPercent, printable, UNKNOWN } from '../quantity/index.ts';
import { renderColumns } from './columns.ts';
import { csvLine } from './csv.ts';
import type { StoreView } from './store-report.ts';
import { shortNames } from './structure-names.ts';

/** Structures shown unless asked for all. */
const TOP_STRUCTURES = 12;

/** Every structure beside what it would take rebuilt; what none accounts for last, so that the shares add up. */
export function structureLines(report: StoreReport, { width, paint, verbose }: StoreView): string[] {
  const { sections } = report;
  const present = sections.structures.filter((s) => verbose || (s.actual?.value ?? 1) > 0);
  if (present.length === 0) return [];
  const short = shortNames(sections.structures.map((s) => s.name));
  const shown = present.slice(0, verbose ? present.length : TOP_STRUCTURES);
  const rest = present.slice(shown.length);
  const rows = shown.map((s) => [
    short(s.name),
    s.kind,
    s.rows === null ? UNKNOWN : formatCount(s.rows),
    s.actual === null ? UNKNOWN : formatBytes(s.actual.value),
    s.expected === null ? UNKNOWN : formatBytes(s.expected.value),
    overText(s),
    s.share === null ? UNKNOWN : formatPercent(s.share),
  ]);
  if (rest.length > 0) {
    const actual = rest.reduce((a, s) => a + (s.actual?.value ?? 0), 0);
    const share = rest.reduce((a, s) => a + (s.share ?? 0), 0);
    rows.push([`${rest.length} more (--verbose)`, '', '', formatBytes(actual), '', '', formatPercent(share)]);
  }
  const total = sections.storage.totalBytes ?? 0;
  const other = total - sections.structures.reduce((a, s) => a + (s.actual?.value ?? 0), 0);
  if (other > LEAST_OTHER * total)
    rows.push([
      report.store.scheme === 'postgres' ? 'system catalogs' : 'other',
      '',
      '',
      formatBytes(other),
      '',
      '',
      formatPercent(other / total),
    ]);
  return [
    ...renderColumns(
      rows.map((r) => r.map(printable)),
      {
        head: ['STRUCTURE', 'KIND', 'ROWS', 'ACTUAL', 'REBUILT', 'OVER', 'SHARE'],
        align: ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
        width,
        cut: 'middle',
        drop: [1, 2],
        indent: 2,
        paintHead: paint.head,
      },
    ),
    '',
  ];
}

/** Share of the store from which on bytes of no structure are shown. */
const LEAST_OTHER = 0.0005;

/** "+40 %" beyond what a rebuild would leave; within a page's worth of it, nothing. */
function overText(s: ReportedStructure): string {
  if (s.difference === null) return UNKNOWN;
  if (Math.abs(s.difference) < 0.005) return '0 %';
  return `${s.difference > 0 ? '+' : '-'}${formatPercent(Math.abs(s.difference))}`;
}

const CSV_HEAD = ['store', 'id', 'kind', 'name', 'table', 'rows', 'actual_bytes', 'expected_bytes', 'share'] as const;

/** One line per structure, sizes in bytes. */
export function storeCsv({ store, sections }: StoreReport): string {
  const lines = sections.structures.map((s) =>
    csvLine([
      store.name,
      s.id,
      s.kind,
      s.name,
      s.table,
      s.rows,
      s.actual?.value ?? null,
      s.expected?.value ?? null,
      s.share,
    ]),
  );
  return csvLine([...CSV_HEAD]) + lines.join('');
}

export function storeMarkdown({ store, sections }: StoreReport): string {
  const cell = (text: string): string => printable(text).replaceAll('|', '\\|');
  const rows = sections.structures
    .filter((s) => (s.actual?.value ?? 1) > 0)
    .map((s) =>
      [
        `\`${cell(s.name)}\``,
        s.kind,
        s.rows === null ? UNKNOWN : formatCount(s.rows),
        s.actual === null ? UNKNOWN : formatBytes(s.actual.value),
        s.expected === null ? UNKNOWN : formatBytes(s.expected.value),
        s.share === null ? UNKNOWN : formatPercent(s.share),
      ].join(' | '),
    );
  const total = sections.storage.totalBytes;
  return [
    `## What ${cell(store.name)} takes`,
    '',
    `${total === null ? 'An unknown size' : formatBytes(total)} in ${formatCount(rows.length)} structures.`,
    '',
    '| structure | kind | rows | actual | rebuilt | share |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...rows.map((r) => `| ${r} |`),
    '',
  ].join('\n');
}
