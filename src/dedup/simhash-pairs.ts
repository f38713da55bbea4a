/**
 * Rows whose 64-bit SimHashes differ in a few bits (M. Charikar, STOC 2002). Ten bits fall on four bands of sixteen, so one band
 * differs in two bits at the most (G. S. Manku, A. Jain, A. Das Sarma, WWW 2007): rows are looked up by each band, as it is and
 * with up to two of its bits turned.
 */
import type { PairList } from './number-lists.ts';

const BANDS = 4;
const BAND_BITS = 16;
const BAND_MASK = 0xffff;

/** Hashes as the store writes them: a signed 64-bit whole number, or 16 hexadecimal digits. Null for anything else. */
export function simhashWords(hash: string): readonly [high: number, low: number] | null {
  let value: bigint;
  if (/^[0-9a-f]{16}$/i.test(hash) && !/^\d+$/.test(hash)) value = BigInt(`0x${hash}`);
  else if (/^-?\d{1,20}$/.test(hash)) value = BigInt.asUintN(64, BigInt(hash));
  else return null;
  // Zero is what a text without words hashes to.
  return value === 0n ? null : [Number(value >> 32n), Number(value & 0xffffffffn)];
}

export function bitsBetween(a: readonly [number, number], b: readonly [number, number]): number {
  return ones(a[0] ^ b[0]) + ones(a[1] ^ b[1]);
}

function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export interface HashedRow {
  readonly row: number;
  readonly group: number;
  readonly words: readonly [number, number];
}

/**
 * Pairs of one group within `bits` bits, different hashes only, into `out` with the bits between them as value; stops at
 * `most` pairs.
 * @param bits 0 to 11
 * @returns false when it stopped early
 */
export function simhashPairs(rows: readonly HashedRow[], bits: number, out: PairList, most: number): boolean {
  const byGroup = new Map<number, HashedRow[]>();
  for (const row of rows) {
    const list = byGroup.get(row.group);
    if (list === undefined) byGroup.set(row.group, [row]);
    else list.push(row);
  }
  const turns = turnsWithin(Math.floor(bits / BANDS));
  for (const list of byGroup.values()) if (!pairsOfGroup(list, bits, turns, out, most)) return false;
  return true;
}

/** Everything that a band may be exclusive-ored with. */
function turnsWithin(radius: number): readonly number[] {
  const turns: number[] = [];
  for (let turn = 0; turn <= BAND_MASK; turn++) if (ones(turn) <= radius) turns.push(turn);
  return turns;
}

function pairsOfGroup(
  rows: readonly HashedRow[],
  bits: number,
  turns: readonly number[],
  out: PairList,
  most: number,
): boolean {
  const radius = Math.floor(bits / BANDS);
  const bandOf = ({ words }: HashedRow, band: number): number =>
    ((words[band >> 1] as number) >>> ((band & 1) * BAND_BITS)) & BAND_MASK;
  /** The first band that is near enough: each pair is reported from there alone. */
  const firstBand = (a: HashedRow, b: HashedRow): number => {
    for (let band = 0; band < BANDS; band++) if (ones(bandOf(a, band) ^ bandOf(b, band)) <= radius) return band;
    return BANDS;
  };
  for (let band = 0; band < BANDS; band++) {
    const buckets = new Map<number, HashedRow[]>();
    for (const row of rows) {
      const own = bandOf(row, band);
      for (const turn of turns) {
        for (const other of buckets.get(own ^ turn) ?? []) {
          const apart = bitsBetween(row.words, other.words);
          if (apart === 0 || apart > bits || firstBand(row, other) !== band) continue;
          out.push(other.row, row.row, apart);
          if (out.length >= most) return false;
        }
      }
      const bucket = buckets.get(own);
      if (bucket === undefined) buckets.set(own, [row]);
      else bucket.push(row);
    }
  }
  return true;
}
