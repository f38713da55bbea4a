/** A plot for a terminal: in braille dots (two by four a cell) where there is Unicode, in letters where there is not. */
import { width } from './columns.ts';

export interface PlotLine {
  readonly points: readonly (readonly [x: number, y: number])[];
  /** `curve` is joined up, `edge` is dotted, `marks` are single points. */
  readonly style: 'curve' | 'edge' | 'marks';
}

/** A horizontal line with its name on it. */
export interface PlotLevel {
  readonly y: number;
  readonly label: string;
}

export interface PlotOptions {
  /** Terminal cells of a line, labels included. */
  readonly columns: number;
  /** Lines of the plot itself, without the axis. */
  readonly rows: number;
  readonly unicode: boolean;
  /** How a value of the y axis is told. */
  readonly tell: (y: number) => string;
  /** Texts under the left end, the middle and the right end. */
  readonly under: readonly [string, string, string];
  /** Largest y shown; what is above it is left out. */
  readonly top: number;
}

/** Braille dots by column and row of a cell: Unicode 15, block U+2800, dots 1-8. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BRAILLE = 0x2800;
const LETTERS = { curve: '*', edge: '.', marks: 'o' } as const;

/** One string a line: the plot, its axis, the texts under it. The y axis begins at 0. */
export function plot(lines: readonly PlotLine[], levels: readonly PlotLevel[], options: PlotOptions): string[] {
  const { rows, unicode, tell, top } = options;
  const labels = Array.from({ length: rows }, (_, i) => labelAt(i, rows, top, tell));
  const gutter = Math.max(...labels.map(width)) + 1;
  const cells = Math.max(16, options.columns - gutter - 1);
  const field = unicode ? dotted(lines, cells, options) : lettered(lines, cells, options);
  drawLevels(field, levels, options);
  const bar = unicode ? '│' : '|';
  const drawn = field.map((row, i) => {
    const label = labels[i] ?? '';
    return `${' '.repeat(gutter - 1 - width(label))}${label} ${bar}${row.join('')}`.trimEnd();
  });
  const axis = `${' '.repeat(gutter)}${unicode ? '└' : '+'}${(unicode ? '─' : '-').repeat(cells)}`;
  return [...drawn, axis, `${' '.repeat(gutter + 1)}${underneath(options.under, cells)}`.trimEnd()];
}

/** The value at the upper edge of every third line, and 0 at the last. */
function labelAt(i: number, rows: number, top: number, tell: (y: number) => string): string {
  if (i === rows - 1) return tell(0);
  return i % 3 === 0 ? tell((top * (rows - i)) / rows) : '';
}

function extent(lines: readonly PlotLine[]): [number, number] {
  const xs = lines.flatMap((l) => l.points.map(([x]) => x));
  return [Math.min(...xs), Math.max(...xs)];
}

/** Which grid cell a point falls in; undefined above the top. */
function placed(
  lines: readonly PlotLine[],
  wide: number,
  high: number,
  top: number,
): (x: number, y: number) => readonly [number, number] | undefined {
  const [from, to] = extent(lines);
  return (x, y) => {
    if (y > top || y < 0) return undefined;
    const column = to === from ? 0 : Math.round(((x - from) / (to - from)) * (wide - 1));
    return [column, Math.min(high - 1, Math.floor((1 - y / top) * high))];
  };
}

/** The points of a line as grid cells: a curve has one for every column between its points. */
function traced(line: PlotLine, wide: number): (readonly [number, number])[] {
  if (line.style === 'marks') return [...line.points];
  const out: (readonly [number, number])[] = [];
  line.points.slice(1).forEach(([x1, y1], i) => {
    const [x0, y0] = line.points[i] as readonly [number, number];
    const steps = Math.max(1, Math.ceil((2 * wide) / Math.max(1, line.points.length - 1)));
    for (let s = 0; s <= steps; s++) out.push([x0 + ((x1 - x0) * s) / steps, y0 + ((y1 - y0) * s) / steps]);
  });
  return out;
}

function lettered(lines: readonly PlotLine[], cells: number, options: PlotOptions): string[][] {
  const field = Array.from({ length: options.rows }, () => Array.from({ length: cells }, () => ' '));
  const at = placed(lines, cells, options.rows, options.top);
  // Edges first: where they meet the curve, the curve is seen.
  for (const style of ['edge', 'curve', 'marks'] as const) {
    for (const line of lines.filter((l) => l.style === style)) {
      for (const [x, y] of traced(line, cells)) {
        const cell = at(x, y);
        if (cell !== undefined) (field[cell[1]] as string[])[cell[0]] = LETTERS[style];
      }
    }
  }
  return field;
}

function dotted(lines: readonly PlotLine[], cells: number, options: PlotOptions): string[][] {
  const codes = Array.from({ length: options.rows }, () => Array.from({ length: cells }, () => 0));
  const [wide, high] = [cells * 2, options.rows * 4];
  const at = placed(lines, wide, high, options.top);
  for (const line of lines) {
    for (const [x, y] of traced(line, wide)) {
      const cell = at(x, y);
      if (cell === undefined) continue;
      const [column, row] = cell;
      if (line.style === 'edge' && column % 4 !== 0) continue;
      const cellRow = codes[row >> 2] as number[];
      cellRow[column >> 1] = (cellRow[column >> 1] as number) | (DOTS[column & 1]?.[row & 3] as number);
    }
  }
  return codes.map((row) => row.map((code) => (code === 0 ? ' ' : String.fromCodePoint(BRAILLE + code))));
}

/** Levels go behind what is drawn: only empty cells take them, and none is drawn through the name of another. */
function drawLevels(field: string[][], levels: readonly PlotLevel[], options: PlotOptions): void {
  const dash = options.unicode ? '┄' : '-';
  const empty = field.map((row) => row.map((cell) => cell === ' '));
  for (const level of levels) {
    if (level.y > options.top || level.y < 0) continue;
    const at = Math.min(options.rows - 1, Math.floor((1 - level.y / options.top) * options.rows));
    const [row, open] = [field[at], empty[at]];
    if (row === undefined || open === undefined) continue;
    const text = ` ${level.label} `;
    const start = roomFor(text.length, open);
    open.forEach((takes, i) => {
      if (!takes) return;
      const named = start !== undefined && i >= start && i < start + text.length;
      row[i] = named ? (text[i - start] as string) : dash;
      if (named) open[i] = false;
    });
  }
}

/** Where a name of that length covers nothing: near the left end, else near the right one. */
function roomFor(length: number, open: readonly boolean[]): number | undefined {
  const free = (start: number): boolean =>
    start >= 0 && open.slice(start, start + length).every((takes) => takes) && start + length <= open.length;
  return [2, open.length - length - 2].find(free);
}

function underneath(under: readonly [string, string, string], cells: number): string {
  const [left, middle, right] = under;
  const from = Math.floor((cells - width(middle)) / 2);
  const fits = width(left) + width(middle) + width(right) + 4 <= cells;
  const start = fits ? `${left}${' '.repeat(Math.max(1, from - width(left)))}${middle}` : left;
  return `${start}${' '.repeat(Math.max(1, cells - width(start) - width(right)))}${right}`;
}
