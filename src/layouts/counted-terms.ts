/**
 * The Zipf vocabulary behind terms that were counted: how many different ones all rows have together, how many one row has.
 * Zipf's law has two unknowns, the size of the vocabulary and the exponent; the two counts determine them. Terms that nobody
 * has written yet belong to the vocabulary, so it is larger than what was counted.
 *
 * Source: G. K. Zipf, Human Behavior and the Principle of Least Effort, 1949; solved by bisection.
 */
import { documentFrequencies, type ZipfKeys } from './text-statistics.ts';

export interface TermCounts {
  /** Different terms of all rows together. */
  readonly distinct?: number | undefined;
  /** Different terms of one row, in the mean. */
  readonly perRow?: number | undefined;
}

/** Exponents between which vocabularies of any language lie; 0 is every term as frequent as any other. */
const LEAST_EXPONENT = 0;
const MOST_EXPONENT = 2;
/** A vocabulary is at most so many times what was seen of it. */
const UNSEEN = 1e4;
/** Halvings of an interval. */
const STEPS = 24;

/** The value between `low` and `high` at which a rising function reaches `aim`; geometric where `ratio`. */
function reached(low: number, high: number, aim: number, rising: (x: number) => number, ratio: boolean): number {
  let [from, to] = [low, high];
  for (let i = 0; i < STEPS; i++) {
    const middle = ratio ? Math.sqrt(from * to) : (from + to) / 2;
    if (rising(middle) < aim) from = middle;
    else to = middle;
  }
  return ratio ? Math.sqrt(from * to) : (from + to) / 2;
}

function seen(z: ZipfKeys, rows: number): { distinct: number; perRow: number } {
  let distinct = 0;
  let postings = 0;
  for (const c of documentFrequencies(z, rows)) {
    distinct += c.keys;
    postings += c.keys * c.rows;
  }
  return { distinct, perRow: postings / Math.max(1, rows) };
}

const solved = new Map<string, ZipfKeys>();
/** A plan asks for the same few fits again and again. */
const REMEMBERED = 256;

function remembered(id: string, solve: () => ZipfKeys): ZipfKeys {
  const known = solved.get(id);
  if (known !== undefined) return known;
  if (solved.size >= REMEMBERED) solved.clear();
  const z = solve();
  solved.set(id, z);
  return z;
}

/** Counts that were made at other sizes of the store: so many rows cannot have more different terms than terms. */
function possible({ distinct, perRow }: TermCounts, rows: number): TermCounts {
  if (distinct === undefined || perRow === undefined) return { distinct, perRow };
  return { distinct: Math.max(1, Math.min(distinct, rows * perRow)), perRow };
}

function vocabularyOf(rows: number, exponent: number, draws: number, distinct: number): number {
  const at = (vocabulary: number): number =>
    seen({ vocabulary: Math.max(1, Math.round(vocabulary)), exponent, drawsPerRow: draws }, rows).distinct;
  return Math.max(1, Math.round(reached(distinct, distinct * UNSEEN, distinct, at, true)));
}

/**
 * Where the terms of a row are known with their repeats (every position of a full-text index): the vocabulary and exponent that
 * give so many different ones. A count that is missing leaves the model's own vocabulary or exponent.
 */
export function zipfOfPositions(rows: number, model: ZipfKeys, counted: TermCounts): ZipfKeys {
  const { distinct, perRow } = possible(counted, rows);
  if (rows < 1 || (distinct === undefined && perRow === undefined)) return model;
  const draws = model.drawsPerRow;
  const at = (exponent: number): ZipfKeys => ({
    vocabulary: distinct === undefined ? model.vocabulary : vocabularyOf(rows, exponent, draws, distinct),
    exponent,
    drawsPerRow: draws,
  });
  return remembered(`positions ${rows} ${model.vocabulary} ${model.exponent} ${draws} ${distinct} ${perRow}`, () => {
    if (perRow === undefined) return at(model.exponent);
    // The steeper the law, the more of a row's terms repeat: fewer different ones.
    return at(-reached(-MOST_EXPONENT, -LEAST_EXPONENT, perRow, (s) => seen(at(-s), rows).perRow, false));
  });
}

/** Where repeats within a row are not known (keys of a GIN index): the draws follow from the terms of a row, at the model's exponent. */
export function zipfOfTerms(rows: number, model: ZipfKeys, counted: TermCounts): ZipfKeys {
  const { distinct, perRow } = possible(counted, rows);
  if (rows < 1 || (distinct === undefined && perRow === undefined)) return model;
  const { exponent } = model;
  const at = (draws: number): ZipfKeys => ({
    vocabulary: distinct === undefined ? model.vocabulary : vocabularyOf(rows, exponent, draws, distinct),
    exponent,
    drawsPerRow: draws,
  });
  return remembered(`terms ${rows} ${model.vocabulary} ${exponent} ${model.drawsPerRow} ${distinct} ${perRow}`, () => {
    if (perRow === undefined) return at(model.drawsPerRow);
    return at(reached(perRow / 2, perRow * UNSEEN, perRow, (draws) => seen(at(draws), rows).perRow, true));
  });
}
