/**
 * One PostgreSQL row: the bytes of its heap tuple and what of it moves to TOAST.
 *
 * Source: PostgreSQL src/include/access/htup_details.h (23-byte header), src/backend/access/common/heaptuple.c
 * (heap_compute_data_size: alignment, 1-byte headers up to 126 bytes of payload), src/backend/access/heap/heaptoast.c and
 * table/toast_helper.c (what is compressed and moved out, in which order); 13 to 18.
 */
import { align8, HEAP_PAGE_USABLE, LINE_POINTER_BYTES } from './pg-page.ts';

/** pg_attribute.attstorage of a variable-length column. pgvector's types are `external`, text and jsonb `extended`. */
export type Storage = 'plain' | 'external' | 'extended' | 'main';

/** A column as this module counts with it: plain numbers, its bytes apart, which are others in every row. */
export interface SizedColumn {
  readonly kind: 'fixed' | 'varlena';
  readonly align: number;
  readonly storage: Storage;
  /** Rows that are NULL here. */
  readonly nullShare: number;
  /** Compressed bytes per byte, where the value is worth trying; 1 for data that does not compress. */
  readonly compression: number;
  /** The payload varies from row to row (so the bytes behind it lie at any offset). */
  readonly varies: boolean;
}

/** A value in TOAST: which column's, its payload, and whether that differs from row to row. */
export interface ExternalValue {
  readonly column: number;
  readonly bytes: number;
  readonly varies: boolean;
}

export interface RowImage {
  /** Heap tuple with its line pointer. */
  readonly tuple: number;
  /** Payloads stored in TOAST, in the order in which they are moved out. */
  readonly external: readonly ExternalValue[];
}

/** SizeofHeapTupleHeader. */
const TUPLE_HEADER_BYTES = 23;
/** TOAST_TUPLE_THRESHOLD and TOAST_TUPLE_TARGET: four tuples per page. */
export const TOAST_THRESHOLD = 2032;
/** TOAST_TUPLE_TARGET_MAIN: `main` columns leave only a row that fits no page. */
const MAIN_TARGET: number = HEAP_PAGE_USABLE - LINE_POINTER_BYTES - 4;
/** TOAST_POINTER_SIZE: a varatt_external behind its 2-byte header, never aligned. */
const POINTER_BYTES = 18;
/** Most payload bytes behind a 1-byte header. */
const SHORT_PAYLOAD = 126;
/** pglz and lz4 seldom reach the required saving of a quarter on shorter text. */
const COMPRESSIBLE_FROM = 1000;
/** Length word and compression header of a compressed value. */
const COMPRESSED_HEADER_BYTES = 8;

type State = 'inline' | 'compressed' | 'external';

/** Bytes of a value where it stands. */
function inlineBytes(c: SizedColumn, bytes: number, state: State): number {
  if (state === 'external') return POINTER_BYTES;
  if (c.kind === 'fixed') return bytes;
  if (state === 'compressed') return COMPRESSED_HEADER_BYTES + bytes * c.compression;
  return bytes + (isShort(c, bytes) ? 1 : 4);
}

/** The alignment it needs there. */
function inlineAlign(c: SizedColumn, bytes: number, state: State): number {
  if (state === 'external') return 1;
  if (c.kind === 'fixed') return c.align;
  if (state === 'compressed') return 4;
  return isShort(c, bytes) ? 1 : Math.max(4, c.align);
}

const isShort = (c: SizedColumn, bytes: number): boolean => c.storage !== 'plain' && bytes <= SHORT_PAYLOAD;

/**
 * An offset in expectation: behind a value whose length varies it is known only modulo the last alignment, and the
 * padding is the mean over what is left open.
 */
class Offset {
  bytes = 0;
  private residue = 0;
  private modulus = 8;

  align(to: number): void {
    if (this.modulus >= to) {
      const padding = (to - (this.residue % to)) % to;
      this.bytes += padding;
      this.residue = (this.residue + padding) % this.modulus;
      return;
    }
    let padding = 0;
    for (let at = this.residue; at < to; at += this.modulus) padding += (to - at) % to;
    this.bytes += padding / (to / this.modulus);
    this.modulus = to;
    this.residue = 0;
  }

  add(bytes: number): void {
    this.bytes += bytes;
    this.residue = (this.residue + bytes) % this.modulus;
  }

  /** A length that differs from row to row: nothing is known of the alignment behind it. */
  addVarying(bytes: number): void {
    this.bytes += bytes;
    this.modulus = 1;
    this.residue = 0;
  }
}

/** A row as far as it has been worked out: where its values stand, and what of it has left. */
interface Forming {
  readonly columns: readonly SizedColumn[];
  /** Fixed: the type's bytes. Varlena: payload without header. */
  readonly bytes: readonly number[];
  readonly states: State[];
  readonly external: ExternalValue[];
  /** heap_compute_data_size in expectation, and the same rounded up to where the tuple ends. */
  data: number;
  aligned: number;
}

function measure(row: Forming): void {
  const { columns, bytes, states } = row;
  const offset = new Offset();
  for (let i = 0; i < columns.length; i++) {
    const c = columns[i] as SizedColumn;
    if (c.nullShare === 1) continue;
    const state = states[i] as State;
    const payload = bytes[i] as number;
    const taken = inlineBytes(c, payload, state);
    const align = inlineAlign(c, payload, state);
    if (c.nullShare > 0) {
      offset.addVarying((1 - c.nullShare) * (taken + (align - 1) / 2));
      continue;
    }
    if (align > 1) offset.align(align);
    if ((c.varies && state !== 'external') || !Number.isInteger(taken)) offset.addVarying(taken);
    else offset.add(taken);
  }
  row.data = offset.bytes;
  offset.align(8);
  row.aligned = offset.bytes;
}

/** The widest value of two storages that may leave the row, or has not been tried yet; -1 where there is none. */
function widest(row: Forming, one: Storage, other: Storage, tried: readonly boolean[] | undefined): number {
  const { columns, bytes, states } = row;
  let found = -1;
  let most = align8(POINTER_BYTES);
  for (let i = 0; i < columns.length; i++) {
    const c = columns[i] as SizedColumn;
    if (c.kind !== 'varlena' || states[i] === 'external' || (c.storage !== one && c.storage !== other)) continue;
    if (tried?.[i] === true) continue;
    const taken = inlineBytes(c, bytes[i] as number, states[i] as State);
    if (c.nullShare < 1 && taken > most) {
      most = taken;
      found = i;
    }
  }
  return found;
}

function moveOut(row: Forming, i: number): void {
  const c = row.columns[i] as SizedColumn;
  const bytes = row.bytes[i] as number;
  row.external.push({
    column: i,
    bytes: row.states[i] === 'compressed' ? 4 + bytes * c.compression : bytes,
    varies: c.varies,
  });
  row.states[i] = 'external';
  measure(row);
}

function compress(row: Forming, i: number): void {
  const c = row.columns[i] as SizedColumn;
  if ((row.bytes[i] as number) < COMPRESSIBLE_FROM || c.compression > 0.75) return;
  row.states[i] = 'compressed';
  measure(row);
}

/** @param target most bytes of data that toast_tuple leaves */
function toast(row: Forming, target: number, mainTarget: number): void {
  const { columns, bytes, states } = row;
  const tried = columns.map(() => false);
  // 1. Compress the widest extended value; one that alone exceeds the target leaves at once.
  while (row.data > target) {
    const i = widest(row, 'extended', 'external', tried);
    if (i < 0) break;
    tried[i] = true;
    const c = columns[i] as SizedColumn;
    if (c.storage === 'extended') compress(row, i);
    if (inlineBytes(c, bytes[i] as number, states[i] as State) > target) moveOut(row, i);
  }
  // 2. Move out extended and external values, widest first.
  while (row.data > target) {
    const i = widest(row, 'extended', 'external', undefined);
    if (i < 0) break;
    moveOut(row, i);
  }
  // 3. and 4. Compress `main` values; move them out only from a row that fits no page.
  while (row.data > target) {
    const i = widest(row, 'main', 'main', tried);
    if (i < 0) break;
    tried[i] = true;
    compress(row, i);
  }
  while (row.data > mainTarget) {
    const i = widest(row, 'main', 'main', undefined);
    if (i < 0) break;
    moveOut(row, i);
  }
}

/**
 * The tuple of a row and what leaves it.
 * @param bytes of each column: a type's own, or the payload without header
 */
export function rowImage(columns: readonly SizedColumn[], bytes: readonly number[]): RowImage {
  let nullable = false;
  const states = new Array<State>(columns.length);
  for (let i = 0; i < columns.length; i++) {
    states[i] = 'inline';
    if ((columns[i] as SizedColumn).nullShare > 0) nullable = true;
  }
  const header = align8(TUPLE_HEADER_BYTES + (nullable ? Math.ceil(columns.length / 8) : 0));
  const row: Forming = { columns, bytes, states, external: [], data: 0, aligned: 0 };
  measure(row);
  if (header + row.data > TOAST_THRESHOLD) toast(row, TOAST_THRESHOLD - header, MAIN_TARGET - header);
  return { tuple: header + row.aligned + LINE_POINTER_BYTES, external: row.external };
}

/** A heap tuple must fit a page: MaxHeapTupleSize plus its line pointer. */
export const LARGEST_TUPLE: number = HEAP_PAGE_USABLE;
