/**
 * The record of one SQLite row or index entry, from a description of its columns: a header of serial types and a body
 * of values (sqlite.org/fileformat2.html, section 2.1). Not a layout: what the SQLite layouts have in common.
 */
import { derive, InputError, leaf, type Quantity, stated } from '../quantity/index.ts';
import { DEFAULT_TEXT_SPREAD } from './length-spread.ts';
import { integerBytes, lengthTypeBytes, meanIntegerBytes, varintBytes } from './sqlite-pages.ts';

export type SqliteColumn =
  /** A whole number of about `value`; with `sequential` the column runs from 1 to `value`. */
  | { readonly kind: 'integer'; readonly name: string; readonly value: Quantity; readonly sequential?: boolean }
  /** A float; SQLite keeps one that is a whole number as an integer, so this is an upper bound for such columns. */
  | { readonly kind: 'real'; readonly name: string }
  /** Mean length in bytes (UTF-8); `spread` is the relative standard deviation, by default 0.15 for text, 0 for blobs. */
  | {
      readonly kind: 'text' | 'blob';
      readonly name: string;
      readonly bytes: Quantity<'B'>;
      readonly spread?: Quantity<'ratio'>;
    }
  /** Always NULL. */
  | { readonly kind: 'null'; readonly name: string }
  /** INTEGER PRIMARY KEY: an alias of the rowid, a NULL in the record. */
  | { readonly kind: 'rowid'; readonly name: string };

export interface SqliteRecord {
  /** Header and body. */
  readonly payload: Quantity<'B'>;
  /** Standard deviation of the payload, bytes. */
  readonly deviation: Quantity<'B'>;
}

/** SQLite's default SQLITE_MAX_LENGTH and SQLITE_MAX_COLUMN. */
const MAX_LENGTH = 1_000_000_000;
const MAX_COLUMNS = 2000;

const DEFAULT_SPREAD: Quantity<'ratio'> = stated(
  'spread of text lengths',
  DEFAULT_TEXT_SPREAD,
  'ratio',
  'assumed',
  'default',
);
const NONE: Quantity<'ratio'> = leaf('spread of lengths', 0, 'ratio');
const NO_BYTES: Quantity<'B'> = leaf('value', 0, 'B');
const REAL: Quantity<'B'> = leaf('real', 8, 'B');

/** Bytes that one column's value takes in the body. */
function bodyBytes(column: SqliteColumn): Quantity<'B'> {
  switch (column.kind) {
    case 'integer':
      return column.sequential === true
        ? derive(column.name, 'B', 'mean_integer(n)', { n: column.value }, { using: MEAN })
        : derive(column.name, 'B', 'integer(v)', { v: column.value }, { using: INTEGER });
    case 'real':
      return REAL;
    case 'text':
    case 'blob':
      return column.bytes;
    default:
      return NO_BYTES;
  }
}

const MEAN: { readonly mean_integer: (n: number) => number } = { mean_integer: (n) => meanIntegerBytes(1, n) };
const INTEGER: { readonly integer: (v: number) => number } = { integer: integerBytes };

/** The spread of a column's length: sigma over mean. */
function spreadOf(column: SqliteColumn): Quantity<'ratio'> {
  if (column.kind !== 'text' && column.kind !== 'blob') return NONE;
  return column.spread ?? (column.kind === 'text' ? DEFAULT_SPREAD : NONE);
}

/** @throws InputError when a column is longer than SQLite's limit, or there are none or too many */
function check(columns: readonly SqliteColumn[]): void {
  if (columns.length === 0 || columns.length > MAX_COLUMNS) {
    throw new InputError('columns', `columns: ${columns.length} given; SQLite takes 1 to ${MAX_COLUMNS}`);
  }
  for (const column of columns) {
    if (
      (column.kind === 'text' || column.kind === 'blob') &&
      !(column.bytes.low >= 0 && column.bytes.high <= MAX_LENGTH)
    ) {
      throw new InputError(
        'column-length',
        `column ${column.name}: ${column.bytes.value} bytes is not a length SQLite stores; it must be from 0 to ${MAX_LENGTH}`,
      );
    }
  }
}

const letter = (i: number): string => `c${i + 1}`;

/** Header and standard deviation of a record, bytes, with each column at that end of its interval. */
function shapeAt(
  columns: readonly SqliteColumn[],
  values: readonly Quantity<'B'>[],
  end: 'low' | 'value' | 'high',
): { readonly header: number; readonly deviation: number } {
  let types = 0;
  let variance = 0;
  columns.forEach((column, i) => {
    types += column.kind === 'text' || column.kind === 'blob' ? lengthTypeBytes(column.bytes[end]) : 1;
    variance += (spreadOf(column).value * (values[i]?.[end] ?? 0)) ** 2;
  });
  // The header's length varint counts itself.
  return { header: types + varintBytes(types + 1), deviation: Math.sqrt(variance) };
}

/** The record that holds these columns. An index entry is the indexed columns followed by the rowid. */
export function recordOf(name: string, columns: readonly SqliteColumn[]): SqliteRecord {
  check(columns);
  const body: Record<string, Quantity> = {};
  const terms: string[] = [];
  let unsure: Quantity<'ratio'> = NONE;
  let sized = false;
  const values = columns.map(bodyBytes);
  columns.forEach((column, i) => {
    const value = values[i] as Quantity<'B'>;
    if (value.high > 0) {
      body[letter(i)] = value;
      terms.push(letter(i));
    }
    if (value.low !== value.high) sized = true;
    const spread = spreadOf(column);
    if (spread.value > 0 && spread.basis !== 'exact') unsure = spread;
  });
  const shape = shapeAt(columns, values, 'value');
  const least = sized ? shapeAt(columns, values, 'low') : shape;
  const most = sized ? shapeAt(columns, values, 'high') : shape;
  body['h'] = leaf('record header', shape.header, 'B', {
    low: least.header,
    high: most.header,
    source: 'one serial type per column',
  });
  const payload = derive(name, 'B', ['h', ...terms].join(' + '), body);
  const deviation = leaf('standard deviation of the record', shape.deviation, 'B', {
    low: least.deviation,
    high: most.deviation,
    basis: unsure.basis,
    ...(unsure.source === undefined ? {} : { source: unsure.source }),
  });
  return { payload, deviation };
}
