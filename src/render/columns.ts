/**
 * Aligned columns without borders: what a terminal, a file and a design review all take. string-width measures (wide and
 * combining characters, colour codes); padding and cutting need no more than that.
 */
import stringWidth from 'string-width';

export type Align = 'left' | 'right';

export interface ColumnsOptions {
  readonly head?: readonly string[];
  readonly align?: readonly Align[];
  /** Columns of the terminal. Where the table is wider, the `shrink` column is cut with "…". Default: unlimited. */
  readonly width?: number;
  /** Index of the column that gives way, default the first. */
  readonly shrink?: number;
  /** What of a text in that column is cut: its end (the default), or its middle, for names that differ in their ends. */
  readonly cut?: 'end' | 'middle';
  /** Columns to leave out where shrinking is not enough, the first one first. */
  readonly drop?: readonly number[];
  /** Spaces before each line. */
  readonly indent?: number;
  /** Applied to whole finished head cells, e.g. bold. Colour in body cells is the caller's. */
  readonly paintHead?: (text: string) => string;
}

const GAP = 2;

/** Narrower than this a cut column says nothing. */
const MIN_SHRUNK = 8;
/** Before the shrunk column gets narrower than this, others are left out. */
const LEGIBLE = 20;

/** One string per line, no trailing blanks. An empty body yields the head alone. */
export function renderColumns(rows: readonly (readonly string[])[], options: ColumnsOptions = {}): string[] {
  const head = options.head;
  const indent = ' '.repeat(options.indent ?? 0);
  const all = head === undefined ? rows : [head, ...rows];
  const count = Math.max(0, ...all.map((r) => r.length));
  if (count === 0) return [];
  const widths = Array.from({ length: count }, (_, i) => Math.max(1, ...all.map((r) => width(r[i] ?? ''))));
  const shrink = Math.min(options.shrink ?? 0, count - 1);
  const shown = fitted(widths, shrink, (options.width ?? Number.POSITIVE_INFINITY) - indent.length, options.drop ?? []);
  const lines = all.map((row) => {
    const cells = shown.map((i) =>
      aligned(
        row[i] ?? '',
        widths[i] as number,
        options.align?.[i] ?? 'left',
        i === shrink ? (options.cut ?? 'end') : 'end',
      ),
    );
    return `${indent}${cells.join(' '.repeat(GAP))}`.trimEnd();
  });
  if (head !== undefined && options.paintHead !== undefined) lines[0] = options.paintHead(lines[0] as string);
  return lines;
}

/** Narrows the column that gives way; the columns that are shown at all. */
function fitted(widths: number[], shrink: number, room: number, drop: readonly number[]): number[] {
  let shown = widths.map((_, i) => i);
  const over = (): number => shown.reduce((a, i) => a + (widths[i] as number) + GAP, -GAP) - room;
  const narrow = (least: number): void => {
    const current = widths[shrink] as number;
    if (over() > 0) widths[shrink] = Math.max(Math.min(least, current), current - over());
  };
  narrow(drop.length === 0 ? MIN_SHRUNK : LEGIBLE);
  for (const i of drop) if (over() > 0) shown = shown.filter((c) => c !== i);
  narrow(MIN_SHRUNK);
  return shown;
}

/** A cell of exactly so many terminal cells; a longer text is cut, with "…" where it was. */
function aligned(text: string, cells: number, align: Align, where: 'end' | 'middle'): string {
  const shown = width(text) <= cells ? text : where === 'end' ? cut(text, cells) : cutMiddle(text, cells);
  const pad = ' '.repeat(Math.max(0, cells - width(shown)));
  return align === 'right' ? pad + shown : shown + pad;
}

function cut(text: string, cells: number): string {
  let shown = '';
  for (const character of text) {
    if (width(shown + character) > cells - 1) break;
    shown += character;
  }
  return `${shown}…`;
}

/** A third of what is left is the beginning (a schema, a table), the rest the end. */
function cutMiddle(text: string, cells: number): string {
  const start = cut(text, Math.max(1, Math.floor(cells / 3)));
  let end = '';
  for (const character of [...text].reverse()) {
    if (width(start + character + end) > cells) break;
    end = character + end;
  }
  return `${start}${end}`;
}

/** Terminal cells of a text: colour codes take none, wide characters two. */
export function width(text: string): number {
  return /^[\u0020-\u007e\u00b5\u00b7\u00d7\u2013\u2026\u2192\u2248]*$/.test(text) ? text.length : stringWidth(text);
}

/** Words of a sentence on lines of at most `width` cells, each after `indent` spaces, later ones after `hang`. */
export function wrap(text: string, columns: number, indent = 0, hang: number = indent): string[] {
  const lines: string[] = [];
  let line = ' '.repeat(indent);
  let empty = true;
  for (const word of text.split(/ +/)) {
    if (!empty && width(line) + 1 + width(word) > columns) {
      lines.push(line);
      line = ' '.repeat(hang);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  if (!empty) lines.push(line);
  return lines;
}
