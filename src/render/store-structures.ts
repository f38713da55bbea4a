/** The structures of a store report for a spreadsheet or a page: the other sections are in its JSON. */
import type { StoreReport } from '../capacity/store-report.ts';
import { formatBytes, formatCount, formatPercent, printable, UNKNOWN } from '../quantity/index.ts';
import { csvLine } from './csv.ts';

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
