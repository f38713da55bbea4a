/**
 * How many rows each index key of a text column occurs in, without the text: Zipf's law for the frequency of keys,
 * Heaps' law for their number, both integrated over a few dozen classes of ranks instead of every key.
 *
 * Source: G. K. Zipf, Human Behavior and the Principle of Least Effort, 1949; H. S. Heaps, Information Retrieval, 1978.
 * The constants of `textKeys` lie between two corpora that were indexed for it: English technical prose and a
 * synthetic Zipf vocabulary of 20,000 words, each in rows of about 200 and 1,000 bytes.
 */

/** Keys that occur in about as many rows. */
export interface KeyClass {
  /** How many keys. */
  readonly keys: number;
  /** Rows that each of them occurs in, at least 1. */
  readonly rows: number;
}

/** A Zipf vocabulary: the key of rank r is drawn in proportion to r^-exponent. */
export interface ZipfKeys {
  readonly vocabulary: number;
  readonly exponent: number;
  /** Keys drawn for a row of mean length, repeats included. */
  readonly drawsPerRow: number;
}

/** Ranks counted one by one; the most frequent keys carry most of the postings. */
const SINGLE_RANKS = 24;
/** Each later class of ranks is this much longer than the one before. */
const RANK_RATIO = 1.35;
/** Texts lie evenly within mean * (1 ± spread). */
const LENGTH_SPREAD = 0.4;

export interface RankClass {
  readonly keys: number;
  /** Probability of one draw to be one particular key of the class. */
  readonly probability: number;
}

/** Ranks of one vocabulary: so many classes of the grid, and one that the vocabulary's end cuts off. */
interface Ranks {
  readonly vocabulary: number;
  readonly exponent: number;
  readonly grid: RankGrid;
  /** Classes of the grid that the vocabulary has whole. */
  readonly whole: number;
  /** Keys of the class that is cut off, 0 where none is, and their mean weight. */
  readonly cutKeys: number;
  readonly cutWeight: number;
  /** Weight of the whole vocabulary. */
  readonly all: number;
}

/** The last ranks that were made: a figure and the ends of its interval often share a vocabulary. */
let latest: Ranks | undefined;

function ranksOf(vocabulary: number, exponent: number): Ranks {
  if (latest === undefined || latest.vocabulary !== vocabulary || latest.exponent !== exponent)
    latest = newRanks(vocabulary, exponent);
  return latest;
}

/** Ranks of the vocabulary in classes: single ones, then ever wider. */
export function rankClasses(vocabulary: number, exponent: number): readonly RankClass[] {
  const { grid, whole, cutKeys, cutWeight, all } = ranksOf(vocabulary, exponent);
  // Of their full length at once: a list that grows is copied on its way.
  const classes = new Array<RankClass>(cutKeys > 0 ? whole + 1 : whole);
  for (let i = 0; i < whole; i++) {
    classes[i] = { keys: grid.keys[i] as number, probability: (grid.weight[i] as number) / all };
  }
  if (cutKeys > 0) classes[whole] = { keys: cutKeys, probability: cutWeight / all };
  return classes;
}

/**
 * The classes of an exponent as far as they were needed yet. Only the last class of a vocabulary is cut off by its end;
 * all others, with their weights before they are set to 1 together, are those of every other vocabulary.
 */
interface RankGrid {
  readonly last: number[];
  readonly keys: number[];
  /** The mean of rank^-exponent over the class. */
  readonly weight: number[];
  /** Weight of all keys up to the end of the class. */
  readonly total: number[];
}

/** By exponent, of which words and trigrams have each their own; who looks for an exponent comes by many. */
const grids = new Map<number, RankGrid>();
const GRIDS_KEPT = 8;

function gridOf(exponent: number): RankGrid {
  let grid = grids.get(exponent);
  if (grid === undefined) {
    if (grids.size >= GRIDS_KEPT) grids.clear();
    grid = { last: [], keys: [], weight: [], total: [] };
    grids.set(exponent, grid);
  }
  return grid;
}

function newRanks(vocabulary: number, exponent: number): Ranks {
  const grid = gridOf(exponent);
  const { last, keys, weight, total } = grid;
  for (let i = last.length; i === 0 || (last[i - 1] as number) <= vocabulary; i++) {
    const first = i === 0 ? 1 : (last[i - 1] as number) + 1;
    const end = first <= SINGLE_RANKS ? first : Math.ceil(first * RANK_RATIO);
    const mean = meanWeight(first, end, exponent);
    last.push(end);
    keys.push(end - first + 1);
    weight.push(mean);
    total.push((i === 0 ? 0 : (total[i - 1] as number)) + (end - first + 1) * mean);
  }
  // From the end: vocabularies of one command lie close to each other.
  let whole = last.length - 1;
  while (whole > 0 && (last[whole - 1] as number) > vocabulary) whole--;
  const first = whole === 0 ? 1 : (last[whole - 1] as number) + 1;
  const cutKeys = first <= vocabulary ? vocabulary - first + 1 : 0;
  const cutWeight = cutKeys > 0 ? meanWeight(first, vocabulary, exponent) : 0;
  const all = (whole === 0 ? 0 : (total[whole - 1] as number)) + cutKeys * cutWeight;
  return { vocabulary, exponent, grid, whole, cutKeys, cutWeight, all };
}

function meanWeight(first: number, last: number, exponent: number): number {
  if (first === last) return first ** -exponent;
  // By the integral between the half ranks around the class.
  return powerIntegral(first - 0.5, last + 0.5, exponent) / (last - first + 1);
}

function powerIntegral(from: number, to: number, exponent: number): number {
  if (Math.abs(exponent - 1) < 1e-9) return Math.log(to / from);
  return (to ** (1 - exponent) - from ** (1 - exponent)) / (1 - exponent);
}

/** Share of the rows that hold a key at least once, over rows of unequal length. */
export function rowShare(probability: number, draws: number): number {
  const mean = probability * draws;
  const half = mean * LENGTH_SPREAD;
  // The mean of e^-x over mean ± half.
  const absent = half < 1e-4 ? Math.exp(-mean) : (Math.exp(half - mean) - Math.exp(-half - mean)) / (2 * half);
  return 1 - absent;
}

/** Keys present in so many rows, by how many rows they occur in. */
export function documentFrequencies(z: ZipfKeys, rows: number): KeyClass[] {
  const { grid: of, whole, cutKeys, cutWeight, all } = ranksOf(z.vocabulary, z.exponent);
  const draws = z.drawsPerRow;
  const count = cutKeys > 0 ? whole + 1 : whole;
  const classes = new Array<KeyClass>(count);
  let found = 0;
  for (let i = 0; i < count; i++) {
    const cut = i === whole;
    const keys = cut ? cutKeys : (of.keys[i] as number);
    const share = rowShare((cut ? cutWeight : (of.weight[i] as number)) / all, draws);
    if (share <= 0) continue;
    const expected = share < 1 ? rows * share : rows;
    if (expected > 30) classes[found++] = { keys, rows: expected };
    else if (expected > 0) {
      const present = 1 - Math.exp(-expected);
      classes[found++] = { keys: keys * present, rows: Math.max(1, expected / present) };
    }
  }
  classes.length = found;
  return classes;
}

/** Keys of all classes together. */
export function distinctKeys(classes: readonly KeyClass[]): number {
  return classes.reduce((sum, c) => sum + c.keys, 0);
}

/** Rows of all keys, each key's counted. */
export function postings(classes: readonly KeyClass[]): number {
  return classes.reduce((sum, c) => sum + c.keys * c.rows, 0);
}

/** Steps towards the draws; the secant doubles its digits in about one and a half. */
const MOST_STEPS = 60;
/** Shares of the wanted number: what may be missing of it, and what a step may gain by rounding alone. */
const SETTLED = 1e-12;
const ROUNDING = 1e-9;

/**
 * The draws per row that give a row so many distinct keys on average. Every further draw brings less that is new, so secants
 * from below never overshoot: they lead there in half a dozen steps.
 */
export function drawsForDistinct(vocabulary: number, exponent: number, distinctPerRow: number): number {
  const classes = rankClasses(vocabulary, exponent);
  let before = 0;
  let distinctBefore = 0;
  let draws = distinctPerRow;
  for (let i = 0; i < MOST_STEPS; i++) {
    let distinct = 0;
    for (let c = 0; c < classes.length; c++) {
      const { keys, probability } = classes[c] as RankClass;
      distinct += keys * rowShare(probability, draws);
    }
    const missing = distinctPerRow - distinct;
    const gained = distinct - distinctBefore;
    if (missing <= distinctPerRow * SETTLED || gained <= distinctPerRow * ROUNDING) break;
    // Of a vocabulary that a row has nearly whole, the last keys take ever more draws: at most twice as many a step.
    const step = Math.min(draws, (missing * (draws - before)) / gained);
    before = draws;
    distinctBefore = distinct;
    draws += step;
  }
  return draws;
}

/** Known document frequencies as classes: equal ones share a class. */
export function frequencyClasses(frequencies: readonly number[]): KeyClass[] {
  const counts = new Map<number, number>();
  for (const f of frequencies) if (f > 0) counts.set(f, (counts.get(f) ?? 0) + 1);
  return Array.from(counts, ([rows, keys]) => ({ keys, rows }));
}

/** What text yields as index keys, by operator class. */
interface TextModel {
  readonly exponent: number;
  /** Draws per byte of text. */
  readonly drawsPerByte: number;
  vocabulary(draws: number): number;
}

const TEXT_MODELS: Readonly<Record<'tsvector' | 'trgm', TextModel>> = {
  // Lexemes left after stop words: 0.09 per byte in prose, 0.13 where every word counts.
  tsvector: { exponent: 1, drawsPerByte: 0.115, vocabulary: (draws) => 90 * draws ** 0.415 },
  // Trigrams of letters are soon all seen; what grows are those of names, digits and typing errors.
  trgm: { exponent: 1.05, drawsPerByte: 1, vocabulary: (draws) => 620 * draws ** 0.125 },
};

/** The Zipf vocabulary of so many rows of running text, known by its length alone. */
export function textKeys(kind: 'tsvector' | 'trgm', textBytes: number, rows: number): ZipfKeys {
  const model = TEXT_MODELS[kind];
  const drawsPerRow = model.drawsPerByte * textBytes;
  const vocabulary = Math.max(8, Math.round(model.vocabulary(Math.max(1, rows * drawsPerRow))));
  return { vocabulary, exponent: model.exponent, drawsPerRow };
}
