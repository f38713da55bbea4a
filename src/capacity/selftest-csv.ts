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
    return { line, fields: Object.fromEntries(names.map((name, i) => [name, cells[i] as string])) };
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

/** A field, quoted or bare, and what ends it. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

function split(text: string, file: string): RawRecord[] {
  const records: RawRecord[] = [];
  let line = 1;
  let cells: string[] = [];
  let began = line;
  for (let at = 0; at < text.length; ) {
    FIELD.lastIndex = at;
    const match = FIELD.exec(text);
    if (match === null) throw damaged(file, line, 'a quote is open or stands inside a field');
    const [whole, quoted, bare, end] = match;
    cells.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    at += whole.length;
    line += whole.split('\n').length - 1;
    const last = at >= text.length;
    if (end === ',' && !last) continue;
    if (end === ',') cells.push('');
    if (cells.length > 1 || cells[0] !== '') records.push({ line: began, cells });
    cells = [];
    began = line;
  }
  return records;
}
