/**
 * Columns of numbers that grow with the rows read: in pieces, so that growing copies nothing and takes no more than one
 * piece above what is used.
 */

const PIECE_BITS = 15;
const PIECE = 1 << PIECE_BITS;
const WITHIN = PIECE - 1;

type Numbers = Uint32Array | Int32Array | Float64Array;

export class Column<T extends Numbers> {
  readonly #make: new (
    length: number,
  ) => T;
  readonly #pieces: T[] = [];
  length = 0;

  constructor(make: new (length: number) => T) {
    this.#make = make;
  }

  push(value: number): void {
    if (this.length >> PIECE_BITS === this.#pieces.length) this.#pieces.push(new this.#make(PIECE));
    (this.#pieces[this.length >> PIECE_BITS] as T)[this.length & WITHIN] = value;
    this.length++;
  }

  get(at: number): number {
    return (this.#pieces[at >> PIECE_BITS] as T)[at & WITHIN] as number;
  }

  set(at: number, value: number): void {
    (this.#pieces[at >> PIECE_BITS] as T)[at & WITHIN] = value;
  }
}

export const uint32Column = (): Column<Uint32Array> => new Column(Uint32Array);
export const int32Column = (): Column<Int32Array> => new Column(Int32Array);
export const float64Column = (): Column<Float64Array> => new Column(Float64Array);
