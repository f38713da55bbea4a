/**
 * The binary form of COPY (PostgreSQL 17, sql-copy, "Binary Format"): "PGCOPY\n\377\r\n\0", int32 flags, int32 length of an
 * extension; of each row int16 fields and of each field int32 length (-1: NULL) and its bytes; at the end int16 -1.
 */
import type { CopySink } from './copy-stream.ts';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const NOTHING = Buffer.alloc(0);
const HEADER = SIGNATURE.length + 8;

/** Reads one field out of the bytes `from` to `to`, which are overwritten afterwards. */
export type FieldReader = (bytes: Buffer, from: number, to: number) => unknown;

/**
 * Bytes in whatever pieces they come → rows. A row that crosses two pieces is put together; nothing else is copied but by
 * the readers.
 */
export class CopyRows<R> implements CopySink<R> {
  readonly #readers: readonly FieldReader[];
  readonly #row: (values: readonly unknown[]) => R;
  readonly #values: unknown[];
  #whole: R[] = [];
  #kept: Buffer[] = [];
  #size = 0;
  /** Bytes without which the row at the start cannot be read. */
  #needed: number = HEADER;
  #begun = false;
  /** The end mark was there: nothing is missing. */
  ended = false;

  /** @param row makes one of the values of its fields; NULL is null. The array is the same each time. */
  constructor(readers: readonly FieldReader[], row: (values: readonly unknown[]) => R) {
    this.#readers = readers;
    this.#row = row;
    this.#values = new Array(readers.length).fill(null);
  }

  take(): readonly R[] {
    const whole = this.#whole;
    if (whole.length > 0) this.#whole = [];
    return whole;
  }

  push(piece: Buffer): void {
    this.#size += piece.length;
    if (this.#size < this.#needed) {
      this.#kept.push(Buffer.from(piece));
      return;
    }
    const bytes = this.#kept.length === 0 ? piece : Buffer.concat([...this.#kept, piece]);
    const read = this.#rows(bytes);
    // What is kept outlives the piece.
    const rest = read === bytes.length ? NOTHING : Buffer.from(bytes.subarray(read));
    this.#kept = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
  }

  /** @returns where the first row begins that is not whole; what it needs, counted from there, is in `#needed` */
  #rows(bytes: Buffer): number {
    let start = 0;
    if (!this.#begun) {
      const extension = bytes.readInt32BE(HEADER - 4);
      if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE) || extension !== 0)
        throw new Error('the server sent no binary COPY of a form that is known here');
      start = HEADER;
      this.#begun = true;
    }
    const end = bytes.length;
    const fields = this.#readers.length;
    const values = this.#values;
    this.#needed = 2;
    next: while (!this.ended && start + 2 <= end) {
      const count = bytes.readInt16BE(start);
      if (count === -1) {
        this.ended = true;
        return end;
      }
      if (count !== fields) throw new Error(`the server sent ${count} fields and not ${fields}`);
      let at = start + 2;
      for (let i = 0; i < fields; i++) {
        if (at + 4 > end) {
          this.#needed = at + 4 - start;
          break next;
        }
        const length = bytes.readInt32BE(at);
        at += 4;
        if (length >= 0) at += length;
        if (at > end) {
          this.#needed = at - start;
          break next;
        }
      }
      // Only a row that is whole is read: nothing is decoded twice.
      at = start + 2;
      for (let i = 0; i < fields; i++) {
        const length = bytes.readInt32BE(at);
        at += 4;
        if (length < 0) {
          values[i] = null;
          continue;
        }
        values[i] = (this.#readers[i] as FieldReader)(bytes, at, at + length);
        at += length;
      }
      this.#whole.push(this.#row(values));
      start = at;
    }
    return start;
  }
}
