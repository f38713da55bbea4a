/** Rows of the seed documents as lines of text, for docs/seeds.md. */
import { formatBytes, formatQuantity, type Quantity } from '../../src/quantity/index.ts';
import { SEED_DOCUMENTS, SEED_TITLES, type SeedDocument, type SeedFigure, type SeedRow } from './seed-row.ts';

const COLUMNS = 110;
const LABEL = 9;
/** A quote is cut here: the row names the passage, the document has the rest. */
const LONGEST_QUOTE = 200;

export function rowLines(rows: readonly SeedRow[], document: SeedDocument): string[] {
  return rows
    .filter((r) => r.document === document)
    .flatMap((r, i) => [
      ...(i === 0 ? [] : ['']),
      `${r.id.slice(document.length + 1)} · ${r.verdict}`,
      ...wrapped('in', r.where),
      ...r.quotes.flatMap((q, j) => wrapped(j === 0 ? 'says' : '', clipped(q))),
      ...wrapped('found', r.found),
      ...r.figures.flatMap((f, j) => wrapped(j === 0 ? 'figure' : '', told(f))),
      ...wrapped('see', r.how),
    ]);
}

export function summaryLines(rows: readonly SeedRow[]): string[] {
  const verdicts = ['reproduced', 'corrected', 'out of scope'] as const;
  const lines = [['DOCUMENT', 'ROWS', ...verdicts.map((v) => v.toUpperCase()), 'FIGURES']];
  for (const d of SEED_DOCUMENTS) {
    const own = rows.filter((r) => r.document === d);
    lines.push([
      SEED_TITLES[d],
      String(own.length),
      ...verdicts.map((v) => String(own.filter((r) => r.verdict === v).length)),
      String(own.flatMap((r) => r.figures).length),
    ]);
  }
  const widths = (lines[0] as string[]).map((_, i) => Math.max(...lines.map((l) => (l[i] as string).length)));
  return lines.map((l) =>
    l.map((c, i) => (i === 0 ? c.padEnd(widths[i] as number) : c.padStart(widths[i] as number))).join('  '),
  );
}

const told = (f: SeedFigure): string => `${f.what}: says ${f.says}, computed ${shown(f.ours)}`;

/** Decimal units, too: the documents count in GB. */
function shown(q: Quantity): string {
  if (q.unit === 'ratio')
    return q.value < 1 ? `${Number((q.value * 100).toPrecision(4))} %` : `× ${q.value.toFixed(2)}`;
  if (q.unit !== 'B' || q.value < 1e6) return formatQuantity(q);
  const gb = q.value / 1e9;
  const decimal =
    gb >= 1000 ? `${(gb / 1000).toFixed(2)} TB` : gb >= 1 ? `${gb.toFixed(2)} GB` : `${(gb * 1000).toFixed(0)} MB`;
  return `${decimal} (${formatBytes(q.value)})`;
}

const clipped = (quote: string): string =>
  `"${quote.length > LONGEST_QUOTE ? `${quote.slice(0, LONGEST_QUOTE).trimEnd()} …` : quote}"`;

function wrapped(label: string, text: string): string[] {
  const lines: string[] = [];
  let line = `  ${label.padEnd(LABEL)}`;
  const indent = ' '.repeat(LABEL + 2);
  let bare = true;
  for (const word of text.split(/\s+/)) {
    if (!bare && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = indent;
      bare = true;
    }
    line += bare ? word : ` ${word}`;
    bare = false;
  }
  return [...lines, line];
}
