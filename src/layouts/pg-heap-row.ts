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

/** A column as this module counts with it: plain numbers. */
export interface SizedColumn {
  readonly kind: 'fixed' | 'varlena';
  /** Fixed: the type's bytes. Varlena: payload without header. */
  readonly bytes: number;
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
function inlineBytes(c: SizedColumn, state: State): number {
  if (state === 'external') return POINTER_BYTES;
  if (c.kind === 'fixed') return c.bytes;
  if (state === 'compressed') return COMPRESSED_HEADER_BYTES + c.bytes * c.compression;
  return c.bytes + (isShort(c) ? 1 : 4);
}

/** The alignment it needs there. */
function inlineAlign(c: SizedColumn, state: State): number {
  if (state === 'external') return 1;
  if (c.kind === 'fixed') return c.align;
  if (state === 'compressed') return 4;
  return isShort(c) ? 1 : Math.max(4, c.align);
}

const isShort = (c: SizedColumn): boolean => c.storage !== 'plain' && c.bytes <= SHORT_PAYLOAD;

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

/** heap_compute_data_size in expectation, and the same rounded up to where the tuple ends. */
function dataBytes(columns: readonly SizedColumn[], states: readonly State[]): { data: number; aligned: number } {
  const offset = new Offset();
  for (let i = 0; i < columns.length; i++) {
    const c = columns[i] as SizedColumn;
    const state = states[i] as State;
    if (c.nullShare === 1) continue;
    const bytes = inlineBytes(c, state);
    const align = inlineAlign(c, state);
    if (c.nullShare > 0) {
      offset.addVarying((1 - c.nullShare) * (bytes + (align - 1) / 2));
      continue;
    }
    offset.align(align);
    if ((c.varies && state !== 'external') || !Number.isInteger(bytes)) offset.addVarying(bytes);
    else offset.add(bytes);
  }
  const data = offset.bytes;
  offset.align(8);
  return { data, aligned: offset.bytes };
}

/** The tuple of a row and what leaves it. */
export function rowImage(columns: readonly SizedColumn[]): RowImage {
  const bitmap = columns.some((c) => c.nullShare > 0) ? Math.ceil(columns.length / 8) : 0;
  const header = align8(TUPLE_HEADER_BYTES + bitmap);
  const states: State[] = columns.map(() => 'inline');
  const external: ExternalValue[] = [];
  let { data, aligned } = dataBytes(columns, states);
  if (header + data > TOAST_THRESHOLD) {
    const tried = new Set<number>();
    const biggest = (storages: readonly Storage[], open: (i: number) => boolean): number => {
      let found = -1;
      let most = align8(POINTER_BYTES);
      columns.forEach((c, i) => {
        if (c.kind !== 'varlena' || states[i] === 'external' || !storages.includes(c.storage) || !open(i)) return;
        const bytes = inlineBytes(c, states[i] as State);
        if (c.nullShare < 1 && bytes > most) {
          most = bytes;
          found = i;
        }
      });
      return found;
    };
    const move = (i: number): void => {
      const c = columns[i] as SizedColumn;
      external.push({
        column: i,
        bytes: states[i] === 'compressed' ? 4 + c.bytes * c.compression : c.bytes,
        varies: c.varies,
      });
      states[i] = 'external';
      ({ data, aligned } = dataBytes(columns, states));
    };
    const compress = (i: number): void => {
      const c = columns[i] as SizedColumn;
      tried.add(i);
      if (c.bytes < COMPRESSIBLE_FROM || c.compression > 0.75) return;
      states[i] = 'compressed';
      ({ data, aligned } = dataBytes(columns, states));
    };
    const target = TOAST_THRESHOLD - header;
    // 1. Compress the widest extended value; one that alone exceeds the target leaves at once.
    while (data > target) {
      const i = biggest(['extended', 'external'], (at) => !tried.has(at));
      if (i < 0) break;
      if (columns[i]?.storage === 'extended') compress(i);
      else tried.add(i);
      if (inlineBytes(columns[i] as SizedColumn, states[i] as State) > target) move(i);
    }
    // 2. Move out extended and external values, widest first.
    while (data > target) {
      const i = biggest(['extended', 'external'], () => true);
      if (i < 0) break;
      move(i);
    }
    // 3. and 4. Compress `main` values; move them out only from a row that fits no page.
    while (data > target) {
      const i = biggest(['main'], (at) => !tried.has(at));
      if (i < 0) break;
      compress(i);
    }
    while (data > MAIN_TARGET - header) {
      const i = biggest(['main'], () => true);
      if (i < 0) break;
      move(i);
    }
  }
  return { tuple: header + aligned + LINE_POINTER_BYTES, external };
}

/** A heap tuple must fit a page: MaxHeapTupleSize plus its line pointer. */
export const LARGEST_TUPLE: number = HEAP_PAGE_USABLE;
