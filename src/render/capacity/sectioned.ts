/** A report as an answer, tables and labelled paragraphs: on a screen, as Markdown, as CSV. */
import {
  currencyNote,
  currencySign,
  formatQuantity,
  type QuantityJson,
  shownCurrency,
  UNKNOWN,
} from '../../quantity/index.ts';
import { renderColumns, width, wrap } from '../columns.ts';
import { csvLine } from '../csv.ts';
import type { Paint } from '../paint.ts';

/** A figure that a screen shows in words of its own; CSV has the number. */
export interface Shown {
  readonly shown: string;
  readonly value: number;
}

/** A cell: text, or a figure that is printed for people on a screen and in full in CSV. */
export type Cell = string | QuantityJson | Shown | null;

/** A figure shown in a way of its own; unknown stays unknown. */
export function shownAs(q: QuantityJson | null, show: (value: number) => string): Cell {
  return q === null ? null : { shown: show(q.value), value: q.value };
}

export interface Table {
  readonly id: string;
  /** A sentence over the table; absent where the head of the table says it. */
  readonly title?: string;
  readonly head: readonly string[];
  readonly align: readonly ('left' | 'right')[];
  readonly rows: readonly (readonly Cell[])[];
  /** Index of the column that is cut where the screen is narrow. */
  readonly shrink?: number;
  /** What of a text in that column is cut: its end, unless names differ in their ends. */
  readonly cut?: 'end' | 'middle';
  /** Columns to leave out on a narrow screen, the first one first. */
  readonly drop?: readonly number[];
  /** Rows, by index, that have nothing to say: one line stands for them on a screen, unless --verbose. */
  readonly quiet?: { readonly rows: ReadonlySet<number>; readonly said: string } | undefined;
}

export interface Paragraph {
  readonly label: string;
  readonly lines: readonly string[];
  /** Shown only with --verbose. */
  readonly verbose?: boolean;
}

/** Lines that are printed as they are: a plot. CSV leaves them out. */
export interface Drawing {
  readonly id: string;
  readonly drawing: readonly string[];
}

export type Section = Table | Paragraph | Drawing;

export interface Page {
  readonly title: string;
  /** The answer, in one or a few sentences. */
  readonly headline: readonly string[];
  readonly sections: readonly Section[];
  readonly legend: string;
}

export interface PageOptions {
  readonly columns: number;
  readonly paint: Paint;
  readonly verbose: boolean;
}

const isTable = (s: Section): s is Table => 'rows' in s;
const isDrawing = (s: Section): s is Drawing => 'drawing' in s;
const text = (cell: Cell): string =>
  cell === null ? UNKNOWN : typeof cell === 'string' ? cell : 'shown' in cell ? cell.shown : formatQuantity(cell);

/** The page as text, with its final newline. */
export function pageScreen(page: Page, options: PageOptions): string {
  const { paint: p, columns } = options;
  const blocks: string[][] = [wrap(page.title, columns, 2), page.headline.flatMap((s) => wrap(s, columns, 2))];
  for (const s of page.sections) {
    if (isTable(s)) blocks.push(tableLines(s, options));
    else if (isDrawing(s)) blocks.push([...s.drawing]);
    else if (s.verbose !== true || options.verbose) blocks.push(labelled(s, options));
  }
  blocks.push(wrap(withRate(page.legend, blocks.flat()), columns, 2).map(p.faint));
  return `\n${blocks
    .filter((b) => b.length > 0)
    .map((b) => b.join('\n'))
    .join('\n\n')}\n`;
}

/** Where money is shown in another currency than its price lists, the rate stands under it. */
function withRate(legend: string, shown: readonly string[]): string {
  const currency = shownCurrency();
  const note = currencyNote(currency);
  if (note === undefined || !shown.some((line) => line.includes(currencySign(currency)))) return legend;
  return legend === '' ? note : `${legend} · ${note}`;
}

function tableLines(t: Table, options: PageOptions): string[] {
  if (t.rows.length === 0) return [];
  const title = t.title === undefined ? [] : wrap(t.title, options.columns, 2);
  const quiet = options.verbose ? undefined : t.quiet;
  return [
    ...title,
    ...renderColumns(
      t.rows.filter((_, i) => quiet?.rows.has(i) !== true).map((r) => r.map(text)),
      {
        head: t.head,
        align: t.align,
        width: options.columns,
        indent: 2,
        shrink: t.shrink ?? 0,
        ...(t.cut === undefined ? {} : { cut: t.cut }),
        ...(t.drop === undefined ? {} : { drop: t.drop }),
        paintHead: options.paint.head,
      },
    ),
    ...(quiet === undefined ? [] : wrap(quiet.said, options.columns, 2)),
  ];
}

const LABEL = 12;

function labelled(s: Paragraph, options: PageOptions): string[] {
  return s.lines.flatMap((line, i) => {
    const wrapped = wrap(line, options.columns, LABEL, LABEL);
    if (i > 0) return wrapped;
    const [first = '', ...rest] = wrapped;
    const head = `  ${s.label}`;
    return [`${options.paint.head(head)}${' '.repeat(Math.max(1, LABEL - width(head)))}${first.trimStart()}`, ...rest];
  });
}

const escaped = (s: string): string => s.replaceAll('|', '\\|');

/** The page as Markdown, with its final newline. */
export function pageMarkdown(page: Page): string {
  const lines = [`## ${page.title}`, '', page.headline.join(' '), ''];
  for (const s of page.sections) {
    if (isTable(s)) {
      if (s.rows.length === 0) continue;
      if (s.title !== undefined) lines.push(s.title, '');
      lines.push(
        `| ${s.head.map((h) => h.toLowerCase()).join(' | ')} |`,
        `|${s.align.map((a) => (a === 'right' ? '---:' : '---')).join('|')}|`,
        ...s.rows.map((r) => `| ${r.map((c) => escaped(text(c))).join(' | ')} |`),
        '',
      );
    } else if (isDrawing(s)) lines.push('```', ...s.drawing, '```', '');
    else if (s.lines.length > 0)
      lines.push(...s.lines.map((line, i) => (i === 0 ? `- **${s.label}**: ${line}` : `  - ${line}`)), '');
  }
  lines.push(withRate(page.legend, lines));
  return `${lines.join('\n')}\n`;
}

/** Every table, one after another, an empty line between them; figures in full. */
export function pageCsv(page: Page): string {
  return page.sections
    .filter(isTable)
    .filter((t) => t.rows.length > 0)
    .map((t) =>
      [
        csvLine(['table', ...t.head.map((h) => h.toLowerCase())]),
        ...t.rows.map((r) => csvLine([t.id, ...r.map((c) => (typeof c === 'string' || c === null ? c : c.value))])),
      ].join(''),
    )
    .join('\r\n');
}
