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
  /** The vector that an exact scan reads: whether it lies in the row or in TOAST is told. */
  readonly vector?: boolean;
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

/** A row at some payloads, over the lengths that occur. */
export interface RowImages {
  /** The shortest and the longest row where all between them have their shape, else all rows. */
  readonly ends: readonly RowImage[];
  /** All rows, evenly over their lengths. */
  readonly all: readonly RowImage[];
}

class BetweenEnds implements RowImages {
  readonly ends: readonly RowImage[];
  private known: readonly RowImage[] | undefined;

  constructor(shortest: RowImage, longest: RowImage) {
    this.ends = [shortest, longest];
  }

  /** Made when they are first asked for: how much values move, only the ends tell. */
  get all(): readonly RowImage[] {
    this.known ??= between(this.ends[0] as RowImage, this.ends[1] as RowImage);
    return this.known;
  }
}

/** The columns as rowImage takes them. */
export function sizedColumns(columns: readonly HeapColumn[]): SizedColumn[] {
  return columns.map((c) => {
    const fixed = c.kind === 'fixed';
    return {
      kind: c.kind,
      align: fixed ? c.align : 4,
      storage: fixed ? 'plain' : c.storage,
      nullShare: c.nullShare ?? 0,
      compression: fixed ? 1 : (c.compression ?? 1),
      varies: !fixed && (c.spread ?? 0) > 0,
    };
  });
}

/**
 * The images of a row over the lengths that occur.
 * @param sized the same columns, see `sizedColumns`
 * @param payloads of its columns of variable width
 */
export function images(
  columns: readonly HeapColumn[],
  sized: readonly SizedColumn[],
  payloads: readonly number[],
): RowImages {
  let varying = -1;
  let range = 0;
  let absent = -1;
  let mostAbsent = 0;
  let next = 0;
  const bytes = new Array<number>(columns.length);
  for (let i = 0; i < columns.length; i++) {
    const c = columns[i] as HeapColumn;
    if (c.kind === 'fixed') {
      bytes[i] = c.bytes;
      continue;
    }
    const payload = payloads[next++] as number;
    bytes[i] = payload;
    const its = payload * (c.spread ?? 0);
    if (its > range) {
      range = its;
      varying = i;
    }
    const nullShare = c.nullShare ?? 0;
    if (nullShare > 0 && nullShare < 1 && payload > mostAbsent) {
      mostAbsent = payload;
      absent = i;
    }
  }
  const at = (share: number, nullDraw: number): RowImage => {
    if (varying < 0 && absent < 0) return rowImage(sized, bytes);
    const lengths = bytes.slice();
    if (varying >= 0) lengths[varying] = (bytes[varying] as number) + range * (2 * share - 1);
    if (absent < 0) return rowImage(sized, lengths);
    const row = sized.slice();
    const c = row[absent] as SizedColumn;
    row[absent] = { ...c, nullShare: nullDraw < c.nullShare ? 1 : 0 };
    return rowImage(row, lengths);
  };
  if (absent < 0) {
    const shortest = at(0.5 / LENGTH_CLASSES, 0);
    if (varying < 0) return { ends: [shortest], all: [shortest] };
    const longest = at(1 - 0.5 / LENGTH_CLASSES, 0);
    if (sameShape(shortest, longest)) return new BetweenEnds(shortest, longest);
  }
  // Short rows and long ones differ in what they move out: look closer.
  const draw = (k: number): RowImage =>
    // NULLs are spread over the lengths by the golden ratio, so that they do not fall on the short rows only.
    at((k + 0.5) / STRADDLING_CLASSES, ((k + 0.5) * 0.618_033_988_75) % 1);
  const all = new Array<RowImage>(STRADDLING_CLASSES);
  const last = STRADDLING_CLASSES - 1;
  if (absent < 0) {
    all[0] = draw(0);
    all[last] = draw(last);
    straddle(all, 0, last, draw);
  } else for (let k = 0; k <= last; k++) all[k] = draw(k);
  return { ends: all, all };
}

/** The rows between two by their lengths: in a straight line where the two have one shape, else half and half. */
function straddle(all: RowImage[], from: number, to: number, draw: (k: number) => RowImage): void {
  if (to - from < 2) return;
  const first = all[from] as RowImage;
  const last = all[to] as RowImage;
  if (sameShape(first, last)) {
    for (let k = from + 1; k < to; k++) all[k] = mixed(first, last, (k - from) / (to - from));
    return;
  }
  const middle = Math.floor((from + to) / 2);
  all[middle] = draw(middle);
  straddle(all, from, middle, draw);
  straddle(all, middle, to, draw);
}

/** Images by the shape of the row and the payloads: plans of one store at other row counts share them. */
const shapes = new Map<string, Map<string, RowImages>>();
const SHAPES_KEPT = 64;

/** The images of a row at payloads that are given later; each is worked out once. */
export function imagesOf(columns: readonly HeapColumn[]): (payloads: readonly number[]) => RowImages {
  let shape = '';
  for (let i = 0; i < columns.length; i++) {
    const c = columns[i] as HeapColumn;
    shape +=
      c.kind === 'fixed'
        ? `${c.bytes} ${c.align} ${c.nullShare},`
        : `${c.storage} ${c.spread} ${c.compression} ${c.nullShare},`;
  }
  let known = shapes.get(shape);
  if (known === undefined) {
    if (shapes.size >= SHAPES_KEPT) shapes.clear();
    known = new Map();
    shapes.set(shape, known);
  }
  const kept = known;
  let sized: readonly SizedColumn[] | undefined;
  return (payloads) => {
    const key = payloads.join(' ');
    let rows = kept.get(key);
    if (rows === undefined) {
      sized ??= sizedColumns(columns);
      rows = images(columns, sized, payloads);
      kept.set(key, rows);
    }
    return rows;
  };
}

export function sameShape(a: RowImage, b: RowImage): boolean {
  if (a.external.length !== b.external.length) return false;
  for (let i = 0; i < a.external.length; i++) if (a.external[i]?.column !== b.external[i]?.column) return false;
  return true;
}

/** Sizes grow with the length in a straight line as long as nothing more is moved out. */
function between(shortest: RowImage, longest: RowImage): RowImage[] {
  const rows = new Array<RowImage>(LENGTH_CLASSES);
  for (let k = 0; k < LENGTH_CLASSES; k++) rows[k] = mixed(shortest, longest, k / (LENGTH_CLASSES - 1));
  return rows;
}

/** A row between two of its shape. */
function mixed(shortest: RowImage, longest: RowImage, share: number): RowImage {
  const least = shortest.external;
  const external = new Array<ExternalValue>(least.length);
  for (let i = 0; i < least.length; i++) {
    const { column, bytes, varies } = least[i] as ExternalValue;
    external[i] = { column, bytes: mix(bytes, (longest.external[i] as ExternalValue).bytes, share), varies };
  }
  return { tuple: mix(shortest.tuple, longest.tuple, share), external };
}

const mix = (a: number, b: number, share: number): number => (a === b ? a : a + (b - a) * share);

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
