/** CSV as RFC 4180 has it: quoted fields may hold commas, line ends and doubled quotes. */
import { InputError } from '../quantity/index.ts';

export interface CsvRecord {
  /** Line of the file on which the record begins, the header being line 1. */
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * @param text the whole file; the first record names the columns
 * @param file its name, for the message
 * @param required columns that must be there
 * @throws InputError (`damaged-measurements`) on a missing column, a record of another length or an open quote
 */
export function parseCsv(text: string, file: string, required: readonly string[]): CsvRecord[] {
  const [head, ...records] = split(text, file);
  const names = head?.cells ?? [];
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) throw damaged(file, 1, `the header lacks ${missing.join(', ')}`);
  return records.map(({ line, cells }) => {
    if (cells.length !== names.length) {
      throw damaged(file, line, `${cells.length} fields instead of ${names.length}`);
    }
    const fields: Record<string, string> = {};
    for (let i = 0; i < names.length; i++) fields[names[i] as string] = cells[i] as string;
    return { line, fields };
  });
}

/** The one way in which a file of measurements is refused. */
export function damaged(file: string, line: number, what: string): InputError {
  return new InputError(
    'damaged-measurements',
    `${file}, line ${line}: ${what}`,
    'the file came with the package; install it again',
  );
}

interface RawRecord {
  readonly line: number;
  readonly cells: string[];
}

/** Searches for the next separator cost less than a regular expression for each of two thousand fields. */
function split(text: string, file: string): RawRecord[] {
  const records: RawRecord[] = [];
  let line = 1;
  let cells: string[] = [];
  let began = line;
  let lineEnd = -1;
  for (let at = 0; at < text.length; ) {
    const quoted = text.charCodeAt(at) === QUOTE;
    if (lineEnd < at) lineEnd = endOfLine(text, at);
    const end = quoted ? closingQuote(text, at) + 1 : endOfBare(text, at, lineEnd);
    const cell = quoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end);
    const past = end === 0 ? -1 : pastSeparator(text, end);
    if (past < 0 || (!quoted && (cell.includes('"') || cell.includes('\r')))) {
      throw damaged(file, line, 'a quote is open or stands inside a field');
    }
    cells.push(cell);
    if (quoted) line += lineEnds(cell);
    at = past;
    const more = text.charCodeAt(end) === COMMA;
    if (more && at < text.length) continue;
    if (more) cells.push('');
    else if (past > end) line++;
    if (cells.length > 1 || cells[0] !== '') records.push({ line: began, cells });
    cells = [];
    began = line;
  }
  return records;
}

const QUOTE = 34;
const COMMA = 44;
const LINE_FEED = 10;
const RETURN = 13;

/** Where the quote that opens at `at` is closed; -1 where it is not. */
function closingQuote(text: string, at: number): number {
  let close = text.indexOf('"', at + 1);
  while (close >= 0 && text.charCodeAt(close + 1) === QUOTE) close = text.indexOf('"', close + 2);
  return close;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** End of a field without quotes: the next comma, or that of the line before its line end. */
function endOfBare(text: string, at: number, lineEnd: number): number {
  const comma = text.indexOf(',', at);
  if (comma >= 0 && comma < lineEnd) return comma;
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
