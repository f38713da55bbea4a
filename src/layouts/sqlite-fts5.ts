/**
 * An SQLite FTS5 index; ext/fts5/fts5_index.c, 3.53 (doclists of rowid deltas, position list sizes and positions, in
 * leaves of 4,050 bytes). How often words occur is a model, Zipf with exponent 1, so the size is an estimate; texts
 * that repeat words more take less.
 */
import { derive, InputError, leaf, type Quantity } from '../quantity/index.ts';
import { defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { checkPageSize, DEFAULT_PAGE_SIZE, lengthTypeBytes, varintBytes } from './sqlite-pages.ts';
import { recordOf } from './sqlite-records.ts';
import { checkRows } from './sqlite-table.ts';
import { tablePages } from './vec0-tables.ts';

export interface SqliteFts5Parameters {
  readonly rows: Quantity;
  readonly textBytes: Quantity<'B'>;
  /** Tokens per row; default: a token per 6.2 bytes of text. */
  readonly tokens?: Quantity;
  /** Distinct words of the language the texts use; default 20,000. */
  readonly vocabulary?: Quantity;
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
const PAGE_SIZE: Quantity<'B'> = leaf('page size', DEFAULT_PAGE_SIZE, 'B', { source: 'SQLite default' });
const TOKEN_BYTES: Quantity<'B'> = leaf('bytes of text per token', 6.2, 'B', {
  basis: 'assumed',
  low: 5.5,
  high: 7,
  source: 'English, word and separator',
});
const VOCABULARY: Quantity = leaf('vocabulary', 20_000, 'count', {
  basis: 'assumed',
  low: 5000,
  high: 100_000,
  source: 'default',
});
/** Unmerged segments repeat terms and break doclists. */
const SEGMENTS: Quantity<'ratio'> = leaf('segments not merged', 1.11, 'ratio', {
  basis: 'measured',
  low: 1.02,
  high: 1.45,
  source: 'SQLite 3.53, 1,000 to 50,000 rows in one or many transactions',
});
const MERGED: Quantity<'ratio'> = leaf('one segment', 1, 'ratio');
/** Left over by the frequency model. */
const MODEL_ERROR = 0.1;
/** FTS5's default leaf, `pgsz`, less its header of 4. */
const LEAF = 4046;
/** A term beside its doclist: prefix and suffix lengths, the suffix that differs from its neighbour, its page index entry. */
const TERM = 6;
/** Positions below this take one byte; their deltas start at 2. */
const ONE_BYTE_POSITION = 126;
const EULER = 0.5772;

/** Ranks of the vocabulary in classes that each reach 1.4 times as far: a word's frequency changes little within one. */
function overRanks(vocabulary: number, visit: (share: number, words: number) => void): void {
  const harmonic = Math.log(vocabulary) + EULER;
  for (let from = 1; from <= vocabulary; ) {
    const to = Math.min(vocabulary, Math.max(from, Math.floor(from * 1.4)));
    visit(1 / (Math.sqrt(from * to) * harmonic), to - from + 1);
    from = to + 1;
  }
}

/** Bytes of all doclists and terms for n rows of `tokens` tokens. */
function indexBytes(n: number, tokens: number, vocabulary: number): number {
  if (n <= 0 || tokens <= 0) return 0;
  let postings = 0;
  let rowids = 0;
  let terms = 0;
  overRanks(Math.max(1, vocabulary), (p, words) => {
    const share = 1 - (1 - Math.min(1, p)) ** tokens;
    const absent = 1 - share;
    postings += words * share;
    // The gap to the next row with the word takes 1 byte below 128, 2 below 16,384.
    rowids += words * share * (1 + absent ** 127 + absent ** 16_383 + absent ** 2_097_151);
    terms += words * (1 - absent ** n);
  });
  const late = Math.max(0, 1 - ONE_BYTE_POSITION / tokens);
  const perRow = rowids + postings * (1 + late) + tokens;
  return n * perRow + terms * TERM;
}

const USING: { using: Readonly<Record<string, (...n: number[]) => number>> } = {
  using: {
    postings: indexBytes,
    // A leaf of pgsz bytes is one row of _data; with pages of 4,096 it fills its own page.
    data: (bytes = 0, U = 0) => {
      const leaves = Math.max(1, Math.ceil(bytes / LEAF));
      return tablePages(leaves, LEAF + 8, U) * U;
    },
    docsize: (n = 0, tokens = 0, U = 0) => tablePages(n, 3 + varintBytes(tokens), U) * U,
    content: (n = 0, bytes = 0, U = 0) => tablePages(n, 3 + lengthTypeBytes(bytes) + bytes, U) * U,
  },
};

function size(p: SqliteFts5Parameters): LayoutSize {
  const U = p.pageSize ?? PAGE_SIZE;
  const n = p.rows;
  checkPageSize(U);
  checkRows(n, 'rows');
  // Refuses lengths that SQLite does not store.
  recordOf('text', [{ kind: 'text', name: 'text', bytes: p.textBytes }]);
  const vocabulary = p.vocabulary ?? VOCABULARY;
  if (!(vocabulary.low >= 1)) {
    throw new InputError('vocabulary', `vocabulary: ${vocabulary.value} is not a count of words; it must be 1 or more`);
  }
  const tokens = p.tokens ?? derive('tokens per row', 'count', 'b / t', { b: p.textBytes, t: TOKEN_BYTES });
  const bytes = derive(
    'doclists and terms',
    'B',
    'postings(n, t, V) * s',
    { n, t: tokens, V: vocabulary, s: p.state === 'merged' ? MERGED : SEGMENTS },
    { ...USING, basis: 'measured', error: MODEL_ERROR, source: SOURCE },
  );
  const data = derive('_data', 'B', 'data(b, U)', { b: bytes, U }, USING);
  const docsize = derive('_docsize', 'B', 'docsize(n, t, U)', { n, t: tokens, U }, USING);
  // _config is a page; _idx has one short entry per leaf that starts a term.
  const rest = derive('_idx and _config', 'B', 'U * (2 + ceil(b / 4046 / 200))', { U, b: bytes }, USING);
  const parts: Record<string, Quantity> = { tokens, postings: bytes, data, docsize, idx: rest };
  const inputs: Record<string, Quantity> = { d: data, s: docsize, r: rest };
  if (p.content === 'own') {
    const content = derive('_content', 'B', 'content(n, b, U)', { n, b: p.textBytes, U }, USING);
    parts['content'] = content;
    inputs['c'] = content;
  }
  return {
    disk: derive('FTS5 index', 'B', Object.keys(inputs).join(' + '), inputs, { source: SOURCE }),
    resident: rest,
    parts,
  };
}

export const sqliteFts5: Layout<SqliteFts5Parameters> = defineLayout({
  id: 'sqlite-fts5',
  title: 'SQLite FTS5 index',
  source: SOURCE,
  size,
  cliffs: () => [],
});
