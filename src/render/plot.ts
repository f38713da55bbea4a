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

/** Least and largest x of all points. */
function extent(lines: readonly PlotLine[]): [number, number] {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { points } of lines) {
    for (let i = 0; i < points.length; i++) {
      const x = (points[i] as PlotLine['points'][number])[0];
      if (x < from) from = x;
      if (x > to) to = x;
    }
  }
  return [from, to];
}

/** Puts a point into the grid cell it falls in. */
type Put = (column: number, row: number) => void;

/** Hands out the cells of a line, in its order: a curve has one for every column between its points; none lies above the top. */
function trace(line: PlotLine, grid: Grid, put: Put): void {
  const { points, style } = line;
  const first = points[0];
  if (first === undefined) return;
  if (style === 'marks') {
    for (const [x, y] of points) place(x, y, grid, put);
    return;
  }
  const steps = Math.max(1, Math.ceil((2 * grid.wide) / Math.max(1, points.length - 1)));
  let x0 = first[0];
  let y0 = first[1];
  for (let i = 1; i < points.length; i++) {
    const point = points[i] as PlotLine['points'][number];
    const x1 = point[0];
    const y1 = point[1];
    for (let s = 0; s <= steps; s++) place(x0 + ((x1 - x0) * s) / steps, y0 + ((y1 - y0) * s) / steps, grid, put);
    x0 = x1;
    y0 = y1;
  }
}

/** A field of cells and what it shows: x from `from` to `to`, y from 0 to `top`. */
interface Grid {
  readonly wide: number;
  readonly high: number;
  readonly from: number;
  readonly to: number;
  readonly top: number;
}

function gridOf(lines: readonly PlotLine[], wide: number, high: number, top: number): Grid {
  const [from, to] = extent(lines);
  return { wide, high, from, to, top };
}

function place(x: number, y: number, { wide, high, from, to, top }: Grid, put: Put): void {
  if (y > top || y < 0) return;
  const column = to === from ? 0 : Math.round(((x - from) / (to - from)) * (wide - 1));
  put(column, Math.min(high - 1, Math.floor((1 - y / top) * high)));
}

function lettered(lines: readonly PlotLine[], cells: number, options: PlotOptions): string[][] {
  const field = Array.from({ length: options.rows }, () => new Array<string>(cells).fill(' '));
  const grid = gridOf(lines, cells, options.rows, options.top);
  // Edges first: where they meet the curve, the curve is seen.
  for (const style of ['edge', 'curve', 'marks'] as const) {
    const letter = LETTERS[style];
    const put: Put = (column, row) => {
      (field[row] as string[])[column] = letter;
    };
    for (const line of lines) if (line.style === style) trace(line, grid, put);
  }
  return field;
}

function dotted(lines: readonly PlotLine[], cells: number, options: PlotOptions): string[][] {
  const codes = Array.from({ length: options.rows }, () => new Array<number>(cells).fill(0));
  const grid = gridOf(lines, cells * 2, options.rows * 4, options.top);
  for (const line of lines) {
    trace(line, grid, (column, row) => {
      if (line.style === 'edge' && column % 4 !== 0) return;
      const cellRow = codes[row >> 2] as number[];
      cellRow[column >> 1] = (cellRow[column >> 1] as number) | (DOTS[column & 1]?.[row & 3] as number);
    });
  }
  return codes.map((row) => row.map((code) => (code === 0 ? ' ' : String.fromCodePoint(BRAILLE + code))));
}

/** Levels go behind what is drawn: only empty cells take them, and none is drawn through the name of another. */
function drawLevels(field: string[][], levels: readonly PlotLevel[], options: PlotOptions): void {
  if (levels.length === 0) return;
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
