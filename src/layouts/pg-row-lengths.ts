/**
 * The rows of a table whose texts differ in length: images of a row at evenly spread lengths, and the chunks that their
 * TOASTed values are cut into.
 *
 * Source: PostgreSQL src/include/access/heaptoast.h (TOAST_MAX_CHUNK_SIZE), src/backend/access/common/toast_internals.c
 * (toast_save_datum); 13 to 18.
 */
import type { Quantity } from '../quantity/index.ts';
import { type ExternalValue, type RowImage, rowImage, type SizedColumn, type Storage } from './pg-heap-row.ts';
import { align8, LINE_POINTER_BYTES } from './pg-page.ts';

/** A column of fixed width. */
export interface FixedColumn {
  readonly name: string;
  readonly kind: 'fixed';
  readonly bytes: 1 | 2 | 4 | 8 | 16;
  readonly align: 1 | 2 | 4 | 8;
  readonly nullShare?: number;
}

/** A column of variable width. */
export interface VarlenaColumn {
  readonly name: string;
  readonly kind: 'varlena';
  /** Mean payload without the varlena header: the text's bytes, a vector's value less 4. */
  readonly bytes: Quantity<'B'>;
  readonly storage: Storage;
  /** Lengths lie evenly within `bytes * (1 ± spread)`; 0 when every row has the same. */
  readonly spread?: number;
  /** Compressed bytes per byte for values of a kilobyte and more; 1 (the default) for what does not compress. */
  readonly compression?: number;
  readonly nullShare?: number;
}

export type HeapColumn = FixedColumn | VarlenaColumn;

/** TOAST_MAX_CHUNK_SIZE: four chunks with their tuple headers fill a page. */
const CHUNK_BYTES = 1996;
/** Header of a chunk's tuple (24), chunk_id (4), chunk_seq (4), varlena header (4). */
const CHUNK_HEADER_BYTES = 36;
/** Row lengths are taken at the middles of so many equal shares of their range. */
const LENGTH_CLASSES = 16;
/** The same where some lengths move a value out and others do not. */
const STRADDLING_CLASSES = 64;
/** The images of a row over the lengths that occur. */
export function images(columns: readonly HeapColumn[], payloads: readonly number[]): RowImage[] {
  let varying = -1;
  let widest = 0;
  let absent = -1;
  let mostAbsent = 0;
  let next = 0;
  const sized = columns.map((c, i): SizedColumn => {
    const nullShare = c.nullShare ?? 0;
    const bytes = c.kind === 'fixed' ? c.bytes : (payloads[next++] as number);
    if (c.kind === 'varlena') {
      const range = bytes * (c.spread ?? 0);
      if (range > widest) {
        widest = range;
        varying = i;
      }
      if (nullShare > 0 && nullShare < 1 && bytes > mostAbsent) {
        mostAbsent = bytes;
        absent = i;
      }
    }
    return {
      kind: c.kind,
      bytes,
      align: c.kind === 'fixed' ? c.align : 4,
      storage: c.kind === 'fixed' ? 'plain' : c.storage,
      nullShare,
      compression: c.kind === 'fixed' ? 1 : (c.compression ?? 1),
      varies: c.kind === 'varlena' && (c.spread ?? 0) > 0,
    };
  });
  const at = (share: number, nullDraw: number): RowImage => {
    if (varying < 0 && absent < 0) return rowImage(sized);
    const row = sized.slice();
    if (varying >= 0) {
      const c = row[varying] as SizedColumn;
      row[varying] = { ...c, bytes: c.bytes + widest * (2 * share - 1) };
    }
    if (absent >= 0) {
      const c = row[absent] as SizedColumn;
      row[absent] = { ...c, nullShare: nullDraw < c.nullShare ? 1 : 0 };
    }
    return rowImage(row);
  };
  if (absent < 0) {
    const shortest = at(0.5 / LENGTH_CLASSES, 0);
    if (varying < 0) return [shortest];
    const longest = at(1 - 0.5 / LENGTH_CLASSES, 0);
    if (sameShape(shortest, longest)) return between(shortest, longest);
  }
  // Short rows and long ones differ in what they move out: look closer.
  return Array.from({ length: STRADDLING_CLASSES }, (_, k) =>
    // NULLs are spread over the lengths by the golden ratio, so that they do not fall on the short rows only.
    at((k + 0.5) / STRADDLING_CLASSES, ((k + 0.5) * 0.618_033_988_75) % 1),
  );
}

export function sameShape(a: RowImage, b: RowImage): boolean {
  return a.external.length === b.external.length && a.external.every((v, i) => v.column === b.external[i]?.column);
}

/** Sizes grow with the length in a straight line as long as nothing more is moved out. */
function between(shortest: RowImage, longest: RowImage): RowImage[] {
  return Array.from({ length: LENGTH_CLASSES }, (_, k) => {
    const share = k / (LENGTH_CLASSES - 1);
    const mix = (a: number, b: number): number => (a === b ? a : a + (b - a) * share);
    return {
      tuple: mix(shortest.tuple, longest.tuple),
      external: shortest.external.map((v, i) => ({ ...v, bytes: mix(v.bytes, longest.external[i]?.bytes ?? v.bytes) })),
    };
  });
}

/** Chunk tuples of the values that a row stores outside, line pointers included. */
export function chunkTuples(external: readonly ExternalValue[]): number[] {
  const tuples: number[] = [];
  for (const value of external) {
    for (let left = value.bytes; left > 0.5; left -= CHUNK_BYTES) {
      const bytes = CHUNK_HEADER_BYTES + Math.min(left, CHUNK_BYTES);
      // The end of a value that varies lies anywhere: alignment costs 3.5 bytes on average.
      const aligned = value.varies && left < CHUNK_BYTES - 8 ? bytes + 3.5 : align8(bytes);
      tuples.push(aligned + LINE_POINTER_BYTES);
    }
  }
  return tuples;
}
