/** Pairs of near vectors, kept within a bound: what a threshold far too low finds would otherwise be the square of the rows. */
import { PairList } from './number-lists.ts';
import { NONE, type RowTable } from './row-table.ts';
import type { PairBatch } from './vector-pairs.ts';

/** 20 bytes each. Twins come in a few pairs a row; a million and a half is a template or a broken model. */
export const MOST_PAIRS = 1_500_000;
/** Of the similarities held, so many are looked at to find the middle one. */
const MEDIAN_SAMPLE = 10_001;

export interface NearPairs {
  /** By numbers of vectors. */
  readonly pairs: PairList;
  /** Least similarity that is complete; above the one asked for where pairs had to be let go. */
  readonly floor: number;
}

/** Takes pairs in; when they are too many, the less similar half is let go and the floor is raised. */
export class PairIntake {
  readonly pairs: PairList = new PairList();
  readonly #table: RowTable;
  readonly #most: number;
  floor: number;

  constructor(table: RowTable, floor: number, most: number | undefined = MOST_PAIRS) {
    this.#table = table;
    this.#most = most;
    this.floor = floor;
  }

  take(batch: PairBatch): void {
    for (let i = 0; i < batch.a.length; i++) {
      const value = batch.similarity[i] as number;
      const a = batch.a[i] as number;
      const b = batch.b[i] as number;
      if (value < this.floor || this.#sameText(a, b)) continue;
      this.pairs.push(a, b, Math.min(1, value));
      if (this.pairs.length >= this.#most) this.#halve();
    }
  }

  async takeAll(batches: AsyncIterable<PairBatch>): Promise<void> {
    for await (const batch of batches) this.take(batch);
  }

  /** Vectors of one text and no other: their rows are tied by the text. */
  #sameText(a: number, b: number): boolean {
    const { textFirst, vectorRow, mixedVectors } = this.#table;
    const text = textFirst.get(vectorRow.get(a));
    return text !== NONE && text === textFirst.get(vectorRow.get(b)) && !mixedVectors.has(a) && !mixedVectors.has(b);
  }

  #halve(): void {
    const { value, length } = this.pairs;
    const step = Math.max(1, Math.floor(length / MEDIAN_SAMPLE));
    const seen: number[] = [];
    for (let i = 0; i < length; i += step) seen.push(value[i] as number);
    seen.sort((a, b) => a - b);
    const middle = seen[Math.floor(seen.length / 2)] as number;
    const least = seen[0] as number;
    // All the same: the next number above lets all of them go.
    this.floor = middle > least ? middle : Math.min(1, middle + 1e-9);
    this.pairs.keepFrom(this.floor);
    if (this.pairs.length >= this.#most) this.pairs.keepFrom(Number.POSITIVE_INFINITY);
  }
}
