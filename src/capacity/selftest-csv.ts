/** CSV as RFC 4180 has it: quoted fields may hold commas, line ends and doubled quotes. */
import { InputError } from '../quantity/index.ts';

export interface CsvRecord {
  /** Line of the file on which the record begins, the header being line 1. */
  readonly line: number;
  /** The fields of the columns that were asked for, in their order. */
  readonly cells: readonly string[];
}

/**
 * @param text the whole file; the first record names the columns
 * @param file its name, for the message
 * @param columns what is read of it; all of them must be there
 * @throws InputError (`damaged-measurements`) on a missing column, a record of another length or an open quote
 */
export function parseCsv(text: string, file: string, columns: readonly string[]): CsvRecord[] {
  const read = split(text, file);
  const names = read[0]?.cells ?? [];
  const missing = columns.filter((name) => !names.includes(name));
  if (missing.length > 0) throw damaged(file, 1, `the header lacks ${missing.join(', ')}`);
  const places = columns.map((name) => names.indexOf(name));
  const records: CsvRecord[] = [];
  for (let r = 1; r < read.length; r++) {
    const { line, cells } = read[r] as CsvRecord;
    if (cells.length !== names.length) {
      throw damaged(file, line, `${cells.length} fields instead of ${names.length}`);
    }
    const wanted = new Array<string>(places.length);
    for (let i = 0; i < places.length; i++) wanted[i] = cells[places[i] as number] as string;
    records.push({ line, cells: wanted });
  }
  return records;
}

/** The one way in which a file of measurements is refused. */
export function damaged(file: string, line: number, what: string): InputError {
  return new InputError(
    'damaged-measurements',
    `${file}, line ${line}: ${what}`,
    'the file came with the package; install it again',
  );
}

const QUOTE = 34;
const COMMA = 44;
const LINE_FEED = 10;
const RETURN = 13;

/** All fields of all records. What stands between two quotes is cut at its commas in one go: that is most of a file. */
function split(text: string, file: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let line = 1;
  let cells: string[] = [];
  let began = line;
  let quote = -1;
  let lineEnd = -1;
  for (let at = 0; at < text.length; ) {
    if (quote < at) quote = found(text, '"', at);
    if (lineEnd < at) lineEnd = found(text, '\n', at);
    const close = quote < lineEnd ? closingQuote(text, quote) : lineEnd;
    if (quote > at) {
      // Up to the comma before a quoted field, or to the end of the line.
      const to = quote < lineEnd ? quote - 1 : endOfBare(text, at, lineEnd);
      const bare = text.slice(at, to);
      if (bare.includes('\r') || (quote < lineEnd && text.charCodeAt(to) !== COMMA)) throw misquoted(file, line);
      const fields = bare.split(',');
      if (cells.length === 0) cells = fields;
      else for (let i = 0; i < fields.length; i++) cells.push(fields[i] as string);
    }
    if (quote < lineEnd) {
      if (close < 0) throw misquoted(file, line);
      const cell = text.slice(quote + 1, close).replaceAll('""', '"');
      cells.push(cell);
      line += lineEnds(cell);
      at = pastSeparator(text, close + 1);
      if (at < 0) throw misquoted(file, line);
      if (text.charCodeAt(close + 1) === COMMA) {
        if (at < text.length) continue;
        cells.push('');
      } else if (at > close + 1) line++;
    } else {
      at = lineEnd + 1;
      if (lineEnd < text.length) line++;
    }
    if (cells.length > 1 || cells[0] !== '') records.push({ line: began, cells });
    cells = [];
    began = line;
  }
  return records;
}

function misquoted(file: string, line: number): InputError {
  return damaged(file, line, 'a quote is open or stands inside a field');
}

/** Where the next one stands from `at` on; the text's length where there is none. */
function found(text: string, what: string, at: number): number {
  const place = text.indexOf(what, at);
  return place < 0 ? text.length : place;
}

/** Where the quote that opens at `at` is closed; -1 where it is not. */
function closingQuote(text: string, at: number): number {
  let close = text.indexOf('"', at + 1);
  while (close >= 0 && text.charCodeAt(close + 1) === QUOTE) close = text.indexOf('"', close + 2);
  return close;
}

/** End of the fields that reach to the end of the line: before its line end, of which a last line has none. */
function endOfBare(text: string, at: number, lineEnd: number): number {
  return lineEnd > at && text.charCodeAt(lineEnd - 1) === RETURN && lineEnd < text.length ? lineEnd - 1 : lineEnd;
}

/** Behind the comma or line end at `end`; -1 where neither stands there, and the text goes on. */
function pastSeparator(text: string, end: number): number {
  if (end === text.length) return end;
  const c = text.charCodeAt(end);
  if (c === COMMA || c === LINE_FEED) return end + 1;
  return c === RETURN && text.charCodeAt(end + 1) === LINE_FEED ? end + 2 : -1;
}

function lineEnds(cell: string): number {
  let count = 0;
  for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) count++;
  return count;
}
