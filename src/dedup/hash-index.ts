/** Finds the first row that equals a row, by open addressing over row numbers: 4 bytes a slot, at most two thirds full. */

const FIRST_SLOTS = 1 << 12;

export class HashIndex {
  /** Row + 1; 0 is free. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #used = 0;
  readonly #hash: (row: number) => number;
  readonly #same: (a: number, b: number) => boolean;

  /** @param hash any 32 bits of what is compared, well mixed */
  constructor(hash: (row: number) => number, same: (a: number, b: number) => boolean) {
    this.#hash = hash;
    this.#same = same;
  }

  /** The first row given that is the same as this one; the row itself when it is the first. */
  firstOf(row: number): number {
    if (this.#used * 3 >= this.#slots.length * 2) this.#grow();
    const at = this.#find(row);
    const found = this.#slots[at] as number;
    if (found !== 0) return found - 1;
    this.#slots[at] = row + 1;
    this.#used++;
    return row;
  }

  #find(row: number): number {
    const mask = this.#slots.length - 1;
    let at = this.#hash(row) & mask;
    for (;;) {
      const held = this.#slots[at] as number;
      if (held === 0 || this.#same(held - 1, row)) return at;
      at = (at + 1) & mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    const mask = this.#slots.length - 1;
    for (const held of old) {
      if (held === 0) continue;
      let at = this.#hash(held - 1) & mask;
      while (this.#slots[at] !== 0) at = (at + 1) & mask;
      this.#slots[at] = held;
    }
  }
}

/** Mixes two 32-bit values into one (finaliser of MurmurHash3, A. Appleby, public domain). */
export function mixed(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ b;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
