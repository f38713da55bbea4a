/**
 * What an audit keeps of every row while the set streams by: names, group, hashes, and which earlier row says the same.
 * About 200 bytes a row; neither text nor vector.
 */
import { keyOf, type ScanRow } from '../store/index.ts';
import { type Column, int32Column, uint32Column } from './columns.ts';
import { HashIndex, mixed } from './hash-index.ts';
import { isBroken, normaliseText } from './normalise.ts';
import { TextArena } from './text-arena.ts';

const DAY_MS = 86_400_000;
/** Of rows without a time, no vector, no entry. */
export const NONE = -1;
const NO_DAY = -(2 ** 31);
/** SHA-256, cut to 128 bits: four words. */
const HASH_WORDS = 4;
const WORD_DIGITS = 8;

export type Sha256 = (bytes: Uint8Array) => string;

/** Rows that may be compared with each other: one namespace, one kind. */
export interface Group {
  readonly namespace: string | null;
  readonly kind: string | null;
}

type Words = readonly [Column<Uint32Array>, Column<Uint32Array>, Column<Uint32Array>, Column<Uint32Array>];
const words = (): Words => [uint32Column(), uint32Column(), uint32Column(), uint32Column()];

export class RowTable {
  readonly groups: Group[] = [];
  readonly groupRows: number[] = [];
  /** Row → group, row → number of its vector (NONE), vector → first row that has it. */
  readonly group: Column<Uint32Array> = uint32Column();
  readonly vector: Column<Int32Array> = int32Column();
  readonly vectorRow: Column<Uint32Array> = uint32Column();
  /** First row of the group with the same text, normalised text, hash of the store; NONE without. */
  readonly textFirst: Column<Int32Array> = int32Column();
  readonly normFirst: Column<Int32Array> = int32Column();
  readonly hashFirst: Column<Int32Array> = int32Column();
  /** Vectors that stand under different texts. */
  readonly mixedVectors: Set<number> = new Set<number>();
  readonly #names = new TextArena();
  readonly #key: Column<Int32Array> = int32Column();
  readonly #day: Column<Int32Array> = int32Column();
  #text: Words = words();
  #vectorHash: readonly [Column<Uint32Array>, Column<Uint32Array>] = [uint32Column(), uint32Column()];
  #norm: Words | null = words();
  #hash: Words | null = words();
  readonly #groupOf = new Map<string, number>();
  readonly #keys = new TextArena();
  readonly #sha256: Sha256;
  readonly #encoder = new TextEncoder();
  #scratch = new Uint8Array(1 << 12);
  #byText: HashIndex | null;
  #byNorm: HashIndex | null;
  #byHash: HashIndex | null;
  #byVector: HashIndex | null;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
    this.#byText = this.#index(this.#text);
    this.#byNorm = this.#index(this.#norm as Words);
    this.#byHash = this.#index(this.#hash as Words);
    const [v0, v1] = this.#vectorHash;
    const same = (a: number, b: number): boolean =>
      v0.get(a) === v0.get(b) && v1.get(a) === v1.get(b) && this.group.get(a) === this.group.get(b);
    this.#byVector = new HashIndex((row) => mixed(v0.get(row), this.group.get(row)), same);
  }

  get rows(): number {
    return this.group.length;
  }

  get vectors(): number {
    return this.vectorRow.length;
  }

  /**
   * @param pushDown vectors stay in the store: every row counts as having one of its own
   * @returns true when the row brings a vector that its group does not have yet: it has the number `vectors - 1`
   */
  add(row: ScanRow, pushDown = false): boolean {
    const at = this.rows;
    this.#names.add(row.id);
    const key = keyOf(row);
    this.#key.push(key === row.id ? NONE : this.#keys.add(key));
    this.group.push(this.#group(row));
    this.#day.push(row.created === undefined ? NO_DAY : Math.floor(row.created / DAY_MS));
    this.#addTexts(at, row);
    return this.#addVector(at, row.vector, pushDown);
  }

  /** After the last row: the indexes are given back, and what was only needed to build them. */
  seal(): void {
    this.#byText = this.#byNorm = this.#byHash = this.#byVector = null;
    this.#norm = this.#hash = null;
    this.#groupOf.clear();
  }

  /** After the second reading: what rows were compared by is given back; names, groups, days and classes stay. */
  dropHashes(): void {
    this.#text = words();
    this.#vectorHash = [uint32Column(), uint32Column()];
  }

  id(row: number): string {
    return this.#names.get(row);
  }

  key(row: number): string {
    const at = this.#key.get(row);
    return at === NONE ? this.id(row) : this.#keys.get(at);
  }

  hasText(row: number): boolean {
    return this.textFirst.get(row) !== NONE;
  }

  /** Days since the epoch, UTC; null without a time. */
  day(row: number): number | null {
    const day = this.#day.get(row);
    return day === NO_DAY ? null : day;
  }

  /** First rows by normalised text over all groups, for rows that have one: row → first. Before `seal`. */
  acrossGroups(): Int32Array {
    const norm = this.#norm as Words;
    const first = new Int32Array(this.rows).fill(NONE);
    const index = new HashIndex(
      (row) => norm[0].get(row),
      (a, b) => norm.every((w) => w.get(a) === w.get(b)),
    );
    for (let row = 0; row < this.rows; row++) if (this.hasText(row)) first[row] = index.firstOf(row);
    return first;
  }

  /** Whether a row read again says what it said when it was read first. */
  unchanged(row: number, again: ScanRow): boolean {
    if (again.inactive !== undefined) return false;
    const group = this.groups[this.group.get(row)] as Group;
    if (group.namespace !== (again.namespace ?? null) || group.kind !== (again.kind ?? null)) return false;
    const text = again.text ?? '';
    if (this.hasText(row)) {
      const hash = this.#words(text);
      if (!hash.every((w, i) => w === this.#text[i]?.get(row))) return false;
    } else if (normaliseText(text) !== '') return false;
    return this.sameVector(row, again.vector);
  }

  /** Of a row whose vector was not read the first time, the first one seen is what it is held to. */
  sameVector(row: number, vector: Float32Array | undefined): boolean {
    if (this.vector.get(row) === NONE) return vector === undefined || vector.length === 0;
    if (vector === undefined || vector.length === 0) return this.#unread(row);
    const [h0, h1] = vectorHash(vector);
    const [v0, v1] = this.#vectorHash;
    if (this.#unread(row)) {
      v0.set(row, h0);
      v1.set(row, h1);
      return true;
    }
    return v0.get(row) === h0 && v1.get(row) === h1;
  }

  #unread(row: number): boolean {
    return this.#vectorHash[0].get(row) === 0 && this.#vectorHash[1].get(row) === 0;
  }

  #group(row: ScanRow): number {
    const namespace = row.namespace ?? null;
    const kind = row.kind ?? null;
    // With the length before it no character inside a name can pass for the end of it.
    const name = `${namespace === null ? '' : namespace.length}:${namespace ?? ''}${kind === null ? '' : `k${kind}`}`;
    let group = this.#groupOf.get(name);
    if (group === undefined) {
      group = this.groups.length;
      this.#groupOf.set(name, group);
      this.groups.push({ namespace, kind });
      this.groupRows.push(0);
    }
    this.groupRows[group] = (this.groupRows[group] as number) + 1;
    return group;
  }

  #addTexts(at: number, row: ScanRow): void {
    const text = row.text ?? '';
    const normal = text === '' ? '' : normaliseText(text);
    const said = normal !== '';
    const exact = said ? this.#words(text) : NO_WORDS;
    push(this.#text, exact);
    push(this.#norm as Words, !said ? NO_WORDS : normal === text ? exact : this.#words(normal));
    const broken = said && isBroken(text);
    const first = (index: HashIndex): number => (!said ? NONE : broken ? at : index.firstOf(at));
    this.textFirst.push(first(this.#byText as HashIndex));
    this.normFirst.push(first(this.#byNorm as HashIndex));
    const hashed = row.hash !== undefined && row.hash !== '';
    push(this.#hash as Words, hashed ? this.#words(row.hash as string) : NO_WORDS);
    this.hashFirst.push(hashed ? (this.#byHash as HashIndex).firstOf(at) : NONE);
  }

  #addVector(at: number, vector: Float32Array | undefined, pushDown: boolean): boolean {
    const has = pushDown || (vector !== undefined && vector.length > 0);
    const [h0, h1] = vector === undefined || !has ? [0, 0] : vectorHash(vector);
    this.#vectorHash[0].push(h0);
    this.#vectorHash[1].push(h1);
    if (!has) {
      this.vector.push(NONE);
      return false;
    }
    const first = pushDown ? at : (this.#byVector as HashIndex).firstOf(at);
    if (first !== at) {
      if (this.textFirst.get(first) !== this.textFirst.get(at)) this.mixedVectors.add(this.vector.get(first));
      this.vector.push(this.vector.get(first));
      return false;
    }
    this.vector.push(this.vectors);
    this.vectorRow.push(at);
    return true;
  }

  #index(of: Words): HashIndex {
    const [w0, w1, w2, w3] = of;
    return new HashIndex(
      (row) => mixed(w0.get(row), this.group.get(row)),
      (a, b) =>
        w0.get(a) === w0.get(b) &&
        w1.get(a) === w1.get(b) &&
        w2.get(a) === w2.get(b) &&
        w3.get(a) === w3.get(b) &&
        this.group.get(a) === this.group.get(b),
    );
  }

  #words(text: string): readonly number[] {
    if (text.length * 3 > this.#scratch.length) this.#scratch = new Uint8Array(text.length * 4);
    const { written } = this.#encoder.encodeInto(text, this.#scratch);
    const digits = this.#sha256(this.#scratch.subarray(0, written));
    const out: number[] = [];
    for (let i = 0; i < HASH_WORDS; i++)
      out.push(Number.parseInt(digits.slice(i * WORD_DIGITS, (i + 1) * WORD_DIGITS), 16));
    return out;
  }
}

const NO_WORDS: readonly number[] = [0, 0, 0, 0];

function push(columns: Words, values: readonly number[]): void {
  for (let i = 0; i < HASH_WORDS; i++) (columns[i] as Column<Uint32Array>).push(values[i] as number);
}

/**
 * 64 bits of the bytes of a vector: two lanes of multiply and rotate (as MurmurHash3's body), never both 0. It tells which
 * vectors are the same; rows that stand in a report for it alone are compared by their bytes again (`evaluateTies`).
 */
export function vectorHash(vector: Float32Array): readonly [number, number] {
  const bits = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  let a = vector.length | 0;
  let b = 0x2545f491;
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] as number;
    a = Math.imul(a ^ Math.imul(word, 0xcc9e2d51), 0x1b873593);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b + word, 0x85ebca6b);
    b ^= b >>> 15;
  }
  const low = mixed(a, b);
  return [low === 0 ? 1 : low, mixed(b, a)];
}
