/**
 * An SQLite FTS5 index; ext/fts5/fts5_index.c, 3.53 (doclists of rowid deltas, position list sizes and positions, in
 * leaves of 4,050 bytes), fts5_tokenize.c (trigrams). How often terms occur is a model, Zipf's law, so the size is an estimate
 * unless the terms were counted.
 */
import { derive, InputError, leaf, type Quantity, stated } from '../quantity/index.ts';
import { zipfOfPositions } from './counted-terms.ts';
import { defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { checkPageSize, DEFAULT_PAGE_SIZE, lengthTypeBytes, varintBytes } from './sqlite-pages.ts';
import { recordOf } from './sqlite-records.ts';
import { checkRows } from './sqlite-table.ts';
import { rankClasses, rowShare, type ZipfKeys } from './text-statistics.ts';
import { tablePages } from './vec0-tables.ts';

export interface SqliteFts5Parameters {
  readonly rows: Quantity;
  readonly textBytes: Quantity<'B'>;
  /** `trigrams`: every three characters in a row are a token (tokenize='trigram'). Default `words`. */
  readonly tokenizer?: 'words' | 'trigrams';
  /** Tokens per row; default: a token per 6.2 bytes of text, or one at every byte but the last two. */
  readonly tokens?: Quantity;
  /** Distinct words of the language the texts use, whether seen yet or not; default 20,000. Trigrams: those that occur. */
  readonly vocabulary?: Quantity;
  /** Different terms that the rows have together, where they were counted; then the vocabulary is not asked for. */
  readonly distinctTerms?: Quantity | undefined;
  /** Different terms of one row, where they were counted. */
  readonly termsPerRow?: Quantity | undefined;
  /**
   * `external` and `none` keep no copy of the text (content='table', content=''), `own` does, which is FTS5's default.
   * Here the default is `external`: the text is in the memory table already.
   */
  readonly content?: 'external' | 'none' | 'own';
  /** `merged` after the `optimize` command; default `loaded`, with the segments that automerge leaves. */
  readonly state?: 'loaded' | 'merged';
  readonly pageSize?: Quantity<'B'>;
}

const SOURCE = 'SQLite ext/fts5/fts5_index.c (3.53)';
const PAGE_SIZE: Quantity<'B'> = stated('page size', DEFAULT_PAGE_SIZE, 'B', 'exact', 'SQLite default');
const TOKEN_BYTES: Quantity<'B'> = stated(
  'bytes of text per token',
  6.2,
  'B',
  'assumed',
  'English, word and separator',
  5.5,
  7,
);
const VOCABULARY: Quantity = stated('vocabulary', 20_000, 'count', 'assumed', 'default', 5000, 100_000);
/** Heaps' law: so many different trigrams are met in one text of English prose of n characters, times n^0.42. */
const TRIGRAMS: Quantity<'ratio'> = stated(
  'different trigrams (Heaps)',
  51,
  'ratio',
  'assumed',
  'English manuals of 23,000 to 300,000 characters, 2,800 to 10,200 trigrams; low: words of a few syllables',
  3,
  80,
);
const TRIGRAM_GROWTH = 0.42;
/** Exponents of Zipf's law: of words, and of the trigrams of the same manuals (147 different ones of 198 in a text of 200 B). */
const EXPONENT: Readonly<Record<'words' | 'trigrams', Quantity<'ratio'>>> = {
  words: stated('Zipf exponent', 1, 'ratio', 'assumed', "Zipf's law"),
  trigrams: stated(
    'Zipf exponent',
    0.9,
    'ratio',
    'assumed',
    'the same manuals; high: words of a few syllables',
    0.7,
    1.1,
  ),
};
/**
 * Segments that a term is in: automerge joins four of a level, crisismerge sixteen; the oldest hold nearly everything. Rows that were
 * written in one transaction of less than a megabyte are one.
 */
const SEGMENTS: Quantity<'ratio'> = stated(
  'segments of like size',
  4,
  'ratio',
  'assumed',
  'SQLite ext/fts5/fts5_index.c, automerge 4, crisismerge 16',
  1,
  16,
);
const MERGED: Quantity<'ratio'> = leaf('one segment', 1, 'ratio');
/** Left over by the frequency model: Zipf's law over an assumed vocabulary, and over counted terms. */
const MODEL_ERROR = 0.1;
const COUNTED_ERROR = 0.03;
/** FTS5's default leaf, `pgsz`, less its header of 4. */
const LEAF = 4046;
/**
 * A term beside its doclist: prefix and suffix lengths, the suffix that differs from its neighbour, its page index entry, a first
 * rowid in full. Neighbouring trigrams share two letters, words more that is not shared.
 */
const TERM = { words: 6, trigrams: 5 } as const;
/** Positions, and gaps between those of one term, below this take one byte: they are stored plus 2. */
const ONE_BYTE_POSITION = 126;
/** Position lists shorter than this have a length of one byte: twice the length is stored. */
const ONE_BYTE_LIST = 64;

/** Bytes of all doclists and terms for n rows of `z.drawsPerRow` tokens in segments of like size. */
function indexBytes(n: number, z: ZipfKeys, segments: number, termBytes: number): number {
  const tokens = z.drawsPerRow;
  if (n <= 0 || tokens <= 0) return 0;
  const parts = Math.max(1, Math.min(segments, n));
  let rowids = 0;
  let lists = 0;
  let far = 0;
  let terms = 0;
  for (const { keys, probability } of rankClasses(z.vocabulary, z.exponent)) {
    const share = rowShare(probability, tokens);
    const absent = 1 - share;
    // The gap to the next row with the term takes 1 byte below 128, 2 below 16,384.
    rowids += keys * share * (1 + absent ** 127 + absent ** 16_383 + absent ** 2_097_151);
    lists += keys * share * (probability * tokens >= ONE_BYTE_LIST * share ? 2 : 1);
    // Of positions spread evenly over a row, those whose gap to the one before, or to the start, exceeds a byte.
    const beyond = Math.max(0, tokens - ONE_BYTE_POSITION);
    far += keys * probability * beyond * Math.exp(-probability * ONE_BYTE_POSITION);
    terms += keys * parts * (1 - absent ** (n / parts));
  }
  return n * (rowids + lists + tokens + far) + terms * termBytes;
}

const postings =
  (kind: 'words' | 'trigrams', counted: { distinct: boolean; perRow: boolean }) =>
  (n = 0, t = 0, V = 1, z = 1, S = 1, a = 0, b = 0): number => {
    const model: ZipfKeys = { vocabulary: Math.max(1, Math.round(V)), exponent: z, drawsPerRow: t };
    const distinct = counted.distinct ? Math.max(1, a) : undefined;
    const perRow = counted.perRow ? (counted.distinct ? b : a) : undefined;
    return indexBytes(n, zipfOfPositions(n, model, { distinct, perRow }), S, TERM[kind]);
  };

const arithmetic = (): Readonly<Record<string, (...n: number[]) => number>> => ({
  trigrams: (h = 0, n = 0, t = 0) => Math.max(1, h * Math.max(1, n * t) ** TRIGRAM_GROWTH),
  // A leaf of pgsz bytes is one row of _data; with pages of 4,096 it fills its own page.
  data: (bytes = 0, U = 0) => {
    const leaves = Math.max(1, Math.ceil(bytes / LEAF));
    return tablePages(leaves, LEAF + 8, U) * U;
  },
  docsize: (n = 0, tokens = 0, U = 0) => tablePages(n, 3 + varintBytes(tokens), U) * U,
  content: (n = 0, bytes = 0, U = 0) => tablePages(n, 3 + lengthTypeBytes(bytes) + bytes, U) * U,
});
type Using = { readonly using: ReturnType<typeof arithmetic> };
let made: Using | undefined;

/** Made for the first full-text table of SQLite: most plans have none. */
function using(): Using {
  made ??= { using: arithmetic() };
  return made;
}

function size(p: SqliteFts5Parameters): LayoutSize {
  const U = p.pageSize ?? PAGE_SIZE;
  const n = p.rows;
  checkPageSize(U);
  checkRows(n, 'rows');
  // Refuses lengths that SQLite does not store.
  recordOf('text', [{ kind: 'text', name: 'text', bytes: p.textBytes }]);
  const kind = p.tokenizer ?? 'words';
  const tokens = p.tokens ?? defaultTokens(kind, p.textBytes);
  const vocabulary = p.vocabulary ?? defaultVocabulary(kind, n, tokens);
  if (!(vocabulary.low >= 1)) {
    throw new InputError('vocabulary', `vocabulary: ${vocabulary.value} is not a count of words; it must be 1 or more`);
  }
  const counted: Record<string, Quantity> = {};
  if (p.distinctTerms !== undefined) counted['distinct'] = p.distinctTerms;
  if (p.termsPerRow !== undefined) counted['perRow'] = p.termsPerRow;
  const known = { distinct: p.distinctTerms !== undefined, perRow: p.termsPerRow !== undefined };
  const S = p.state === 'merged' ? MERGED : SEGMENTS;
  const names = ['n', 't', 'V', 'z', 'S', ...Object.keys(counted)];
  const bytes = derive(
    'doclists and terms',
    'B',
    `postings(${names.join(', ')})`,
    { n, t: tokens, V: vocabulary, z: EXPONENT[kind], S, ...counted },
    {
      using: { postings: postings(kind, known) },
      basis: 'measured',
      error: known.distinct && known.perRow ? COUNTED_ERROR : MODEL_ERROR,
      moves: { ...Object.fromEntries(names.map((name) => [name, 'rising'])), z: 'falling' },
      source: SOURCE,
    },
  );
  const data = derive('_data', 'B', 'data(b, U)', { b: bytes, U }, using());
  const docsize = derive('_docsize', 'B', 'docsize(n, t, U)', { n, t: tokens, U }, using());
  // _config is a page; _idx has one short entry per leaf that starts a term.
  const rest = derive('_idx and _config', 'B', 'U * (2 + ceil(b / 4046 / 200))', { U, b: bytes }, using());
  const parts: Record<string, Quantity> = { tokens, postings: bytes, data, docsize, idx: rest };
  const inputs: Record<string, Quantity> = { d: data, s: docsize, r: rest };
  if (p.content === 'own') {
    const content = derive('_content', 'B', 'content(n, b, U)', { n, b: p.textBytes, U }, using());
    parts['content'] = content;
    inputs['c'] = content;
  }
  return {
    disk: derive('FTS5 index', 'B', Object.keys(inputs).join(' + '), inputs, { source: SOURCE }),
    resident: rest,
    parts,
  };
}

function defaultTokens(kind: 'words' | 'trigrams', text: Quantity<'B'>): Quantity {
  if (kind === 'words') return derive('tokens per row', 'count', 'b / t', { b: text, t: TOKEN_BYTES });
  return derive('trigrams per row', 'count', 'max(0, b - 2)', { b: text });
}

function defaultVocabulary(kind: 'words' | 'trigrams', n: Quantity, tokens: Quantity): Quantity {
  if (kind === 'words') return VOCABULARY;
  return derive('different trigrams', 'count', 'trigrams(h, n, t)', { h: TRIGRAMS, n, t: tokens }, using());
}

export const sqliteFts5: Layout<SqliteFts5Parameters> = defineLayout({
  id: 'sqlite-fts5',
  title: 'SQLite FTS5 index',
  source: SOURCE,
  size,
  cliffs: () => [],
});
