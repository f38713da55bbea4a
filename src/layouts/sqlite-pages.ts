/**
 * How SQLite stores records in pages; SQLite file format (sqlite.org/fileformat2.html) and src/btree.c, 3.53:
 * varints, serial types, the rule that moves the tail of a payload to overflow pages, and how full balance_quick
 * and balance_nonroot leave the pages of a b-tree. Not a layout: the arithmetic that the SQLite layouts share.
 */
import { InputError, type Quantity } from '../quantity/index.ts';
import { itemsPerRoom, meanOver } from './length-spread.ts';

/** Bytes of a page header (leaf, interior), of a cell pointer, of a child page number, and of a spilled-payload link. */
export const LEAF_HEADER = 8;
export const INTERIOR_HEADER = 12;
export const CELL_POINTER = 2;
const CHILD_POINTER = 4;
const OVERFLOW_LINK = 4;
/** A cell never takes less, so that a freed one can hold a freeblock header. */
const MIN_CELL = 4;

export const DEFAULT_PAGE_SIZE = 4096;

/** Share of a leaf's capacity in use after inserts in random key order; measured 0.86 to 0.95 (it oscillates as pages split in waves). */
export const RANDOM_FILL = 0.89;
export const RANDOM_FILL_LOW = 0.85;
export const RANDOM_FILL_HIGH = 0.95;

/** @throws InputError unless the page size is a power of two from 512 to 65,536 */
export function checkPageSize(pageSize: Quantity<'B'>): void {
  const U = pageSize.value;
  if (U < 512 || U > 65_536 || !Number.isInteger(Math.log2(U))) {
    throw new InputError(
      'page-size',
      `page size: ${U} is not one SQLite can use; it must be a power of two from 512 to 65,536 (default ${DEFAULT_PAGE_SIZE})`,
    );
  }
}

/** Bytes of an unsigned varint: 7 bits each, nine at most. */
export function varintBytes(n: number): number {
  let bytes = 1;
  for (let rest = Math.floor(n / 128); rest >= 1 && bytes < 9; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** The largest positive value of each integer serial type, and the bytes it takes: 0 and 1 are constants of the header. */
const INTEGER_TYPES: readonly (readonly [largest: number, bytes: number])[] = [
  [1, 0],
  [127, 1],
  [32_767, 2],
  [8_388_607, 3],
  [2_147_483_647, 4],
  [140_737_488_355_327, 6],
  [Number.POSITIVE_INFINITY, 8],
];

/** Bytes that an integer takes in the body of a record. */
export function integerBytes(value: number): number {
  for (const [largest, bytes] of INTEGER_TYPES) if (Math.abs(value) <= largest) return bytes;
  return 8;
}

/** Mean of `integerBytes` over the whole numbers from..to. */
export function meanIntegerBytes(from: number, to: number): number {
  if (to <= from) return integerBytes(to);
  let total = 0;
  let start = from;
  for (const [largest, bytes] of INTEGER_TYPES) {
    const end = Math.min(to, largest);
    if (end >= start) {
      total += (end - start + 1) * bytes;
      start = end + 1;
    }
  }
  return total / (to - from + 1);
}

/** Bytes of the serial type of a text or blob of that length. */
export const lengthTypeBytes = (length: number): number => varintBytes(13 + 2 * Math.round(length));

export type TreeKind = 'table' | 'index';

/** Standard deviations beyond which hardly a row lies. */
const REACH = 3;

/** Payload bytes kept in the cell; the rest goes to a chain of overflow pages. */
export function localPayload(payload: number, U: number, kind: TreeKind): number {
  const most = kind === 'table' ? U - 35 : Math.floor(((U - 12) * 64) / 255) - 23;
  if (payload <= most) return payload;
  const least = Math.floor(((U - 12) * 32) / 255) - 23;
  const surplus = least + ((payload - least) % (U - 4));
  return surplus <= most ? surplus : least;
}

/** Pages of the overflow chain of one payload. */
export function overflowPages(payload: number, U: number, kind: TreeKind): number {
  // A mean payload may be fractional; its remainder must not count as one more page.
  return Math.ceil((payload - localPayload(payload, U, kind)) / (U - OVERFLOW_LINK) - 1e-6);
}

/** Mean overflow pages of payloads that vary. */
export function meanOverflowPages(payload: number, deviation: number, U: number, kind: TreeKind): number {
  const most = payload + REACH * deviation;
  if (deviation > 0 && localPayload(most, U, kind) === most) return 0;
  return meanOver(payload, deviation, (p) => overflowPages(p, U, kind));
}

/** Bytes of a leaf cell with its pointer. A table's cell carries the rowid as a varint, an index's entry has it in the record. */
export function leafCell(payload: number, rowidBytes: number, U: number, kind: TreeKind): number {
  const local = localPayload(payload, U, kind);
  const link = local < payload ? OVERFLOW_LINK : 0;
  return Math.max(MIN_CELL, varintBytes(payload) + rowidBytes + local + link) + CELL_POINTER;
}

/** Mean and standard deviation of the leaf cell of payloads that vary. */
export function leafCellSpread(
  payload: number,
  deviation: number,
  rowidBytes: number,
  U: number,
  kind: TreeKind,
): { mean: number; deviation: number } {
  if (deviation <= 0) return { mean: leafCell(payload, rowidBytes, U, kind), deviation: 0 };
  const cell = (p: number): number => leafCell(p, rowidBytes, U, kind);
  // Where neither the overflow rule nor the length's varint steps within reach, a cell is its payload and a constant.
  const [least, most] = [payload - REACH * deviation, payload + REACH * deviation];
  if (least > MIN_CELL && localPayload(most, U, kind) === most && varintBytes(least) === varintBytes(most)) {
    return { mean: cell(payload), deviation };
  }
  const mean = meanOver(payload, deviation, cell);
  const square = meanOver(payload, deviation, (p) => (cell(p) - mean) ** 2);
  return { mean, deviation: Math.sqrt(square) };
}

/** Rowids at which the varint of the rowid grows by a byte. */
const ROWID_STEPS: readonly number[] = [127, 16_383, 2_097_151, 268_435_455, 34_359_738_367, 4_398_046_511_103];

/**
 * Leaf pages of a table loaded in rowid order from 1: balance_quick opens a new page for each row that does not fit,
 * so every page is as full as its cells allow.
 */
export function tableLeafPages(rows: number, payload: number, deviation: number, U: number): number {
  let pages = 0;
  let start = 1;
  for (let bytes = 1; start <= rows; bytes++) {
    const end = Math.min(rows, ROWID_STEPS[bytes - 1] ?? rows);
    const cell = leafCellSpread(payload, deviation, bytes, U, 'table');
    pages += (end - start + 1) / itemsPerRoom(U - LEAF_HEADER, cell.mean, cell.deviation);
    start = end + 1;
  }
  return Math.max(1, Math.ceil(pages - 1e-9));
}

/**
 * Cells that stay in a page of `capacity` cells when keys arrive in ascending order. balance_nonroot spreads three
 * full siblings and the new cell over four pages, from the right: each pair is evened out, and the leftmost, which
 * then falls out of reach, keeps about 7/8.
 */
export function ascendingFill(capacity: number): number {
  const C = Math.floor(capacity);
  const last = Math.floor(C / 2);
  const third = C - last;
  const second = C - Math.floor((C - third) / 2);
  return Math.max(1, C - Math.floor((C - second) / 2));
}

export type LoadOrder = 'ascending' | 'random' | 'packed';

/** Cells left in a page that could hold `capacity`. */
export function filled(capacity: number, order: LoadOrder, fill: number = RANDOM_FILL): number {
  if (order === 'packed') return capacity;
  if (order === 'ascending') return ascendingFill(capacity);
  return Math.max(1, capacity * fill);
}

/** Interior pages above `leaves` leaf pages when an interior cell (key and child pointer) takes `cell` bytes. */
export function interiorPages(leaves: number, cell: number, U: number, order: LoadOrder, fill?: number): number {
  const capacity = Math.max(2, Math.floor((U - INTERIOR_HEADER) / cell));
  const children = Math.max(2, filled(capacity, order, fill) + 1);
  let total = 0;
  for (let nodes = leaves; nodes > 1; ) {
    nodes = nodes <= capacity + 1 ? 1 : Math.ceil(nodes / children);
    total += nodes;
  }
  return total;
}

/** Interior cell of a table: child page, rowid, pointer. */
export const tableInteriorCell = (rows: number): number => CHILD_POINTER + varintBytes(rows) + CELL_POINTER;

/** Leaf pages of an index of `entries` entries; the separators in interior pages are entries too. */
export function indexLeafPages(
  entries: number,
  cell: { mean: number; deviation: number },
  U: number,
  order: LoadOrder,
  fill?: number,
): number {
  const capacity = itemsPerRoom(U - LEAF_HEADER, cell.mean, cell.deviation);
  if (entries <= capacity) return 1;
  return Math.max(1, Math.ceil((entries + 1) / (filled(capacity, order, fill) + 1) - 1e-9));
}

/** Interior cell of an index whose leaf cell takes that many bytes. */
export const indexInteriorCell = (leafCellBytes: number): number => leafCellBytes + CHILD_POINTER;
