/**
 * A PostgreSQL GIN index, freshly built: full text (tsvector), trigrams (pg_trgm), jsonb.
 *
 * Source: PostgreSQL src/backend/access/gin/ (README, ginentrypage.c, gindatapage.c, ginpostinglist.c, ginfast.c);
 * contrib/pg_trgm/trgm_gin.c (keys are integers). The pages are computed in gin-pages.ts, the frequencies of keys, where
 * only the length of the text is known, in text-statistics.ts.
 */
import { derive, InputError, leaf, type Quantity } from '../quantity/index.ts';
import { ginPages } from './gin-pages.ts';
import { defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { PAGE_BYTES } from './pg-page.ts';
import { documentFrequencies, drawsForDistinct, frequencyClasses, type KeyClass, textKeys } from './text-statistics.ts';

export type GinTextClass = 'tsvector' | 'trgm';

/** What is known of the keys, best first. */
export type GinKeys =
  /** How many rows each key occurs in, e.g. from ts_stat or a sample. */
  | { readonly kind: 'frequencies'; readonly opclass: GinTextClass; readonly rowsPerKey: readonly number[] }
  /** A vocabulary and how many distinct keys a row has. */
  | {
      readonly kind: 'zipf';
      readonly opclass: GinTextClass;
      readonly vocabulary: Quantity<'count'>;
      readonly exponent?: Quantity<'ratio'>;
      readonly keysPerRow: Quantity<'count'>;
    }
  /** Running text of a mean length and nothing else. */
  | { readonly kind: 'text'; readonly opclass: GinTextClass; readonly textBytes: Quantity<'B'> }
  /** Metadata of a mean length as JSON text. */
  | { readonly kind: 'jsonb'; readonly opclass: 'jsonb_ops' | 'jsonb_path_ops'; readonly metadataBytes: Quantity<'B'> };

export interface GinParameters {
  readonly rows: Quantity<'rows'>;
  readonly keys: GinKeys;
  /** Rows on a page of the table: postings of one page cost a byte each, of distant pages up to five. See pg-heap. */
  readonly rowsPerHeapPage: Quantity<'ratio'>;
  /** gin_pending_list_limit with fastupdate on (the default); only the part `pendingList` depends on it. */
  readonly pendingListLimit?: Quantity<'B'>;
}

const SOURCE = 'PostgreSQL src/backend/access/gin/ginentrypage.c, gindatapage.c, ginpostinglist.c';
const PAGE: Quantity<'B'> = leaf('page', PAGE_BYTES, 'B', { source: 'PostgreSQL BLCKSZ' });
/** Mean lexeme of English or synthetic words, with its 1-byte header; a trigram is an int4. */
const KEY_BYTES: Readonly<Record<GinTextClass, Quantity<'B'>>> = {
  tsvector: leaf('mean lexeme with header', 7.6, 'B', { basis: 'assumed', source: 'default: words of 6 to 7 letters' }),
  trgm: leaf('trigram key', 4, 'B', { source: 'contrib/pg_trgm/trgm_gin.c' }),
};
/** Exponents that fit measured vocabularies: words follow Zipf's law, trigrams fall off faster. */
const DEFAULT_EXPONENT: Readonly<Record<GinTextClass, Quantity<'ratio'>>> = {
  tsvector: leaf('Zipf exponent', 1, 'ratio', { basis: 'assumed', source: "Zipf's law" }),
  trgm: leaf('Zipf exponent', 1.32, 'ratio', {
    basis: 'assumed',
    source: 'default: fitted to the trigrams of 20,000 words',
  }),
};
/** Error of the page model over known frequencies. */
const PAGE_MODEL_ERROR = 0.07;
/** Error where only the length of the text is known. */
const TEXT_MODEL_ERROR = 0.25;
/** Bytes of index per byte of JSON text, measured on metadata of four keys (68 bytes a row, 100,000 rows). */
const JSONB_RATIO: Readonly<Record<'jsonb_ops' | 'jsonb_path_ops', Quantity<'ratio'>>> = {
  jsonb_ops: leaf('index bytes per metadata byte', 0.3, 'ratio', {
    basis: 'assumed',
    low: 0.15,
    high: 0.9,
    source: 'rule of thumb',
  }),
  jsonb_path_ops: leaf('index bytes per metadata byte', 0.225, 'ratio', {
    basis: 'assumed',
    low: 0.1,
    high: 0.7,
    source: 'rule of thumb',
  }),
};
const DEFAULT_PENDING_LIMIT: Quantity<'B'> = leaf('gin_pending_list_limit', 4 * 1024 * 1024, 'B', {
  source: 'PostgreSQL default',
});
/** A metapage and an empty root. */
const EMPTY_PAGES = 2;

function size(p: GinParameters): LayoutSize {
  if (!(p.rows.value >= 0)) throw new InputError('bad-count', `rows: must be 0 or more, not ${p.rows.value}.`);
  if (!(p.rowsPerHeapPage.low > 0)) {
    throw new InputError('bad-rows-per-page', `rows per heap page: must be above 0, not ${p.rowsPerHeapPage.value}.`);
  }
  // Between two cleanups the list holds anything from nothing to its limit.
  const limit = p.pendingListLimit ?? DEFAULT_PENDING_LIMIT;
  const fill = leaf('fill of the pending list', 0.5, 'ratio', {
    basis: 'assumed',
    low: 0,
    high: 1,
    source: 'between cleanups',
  });
  const pendingList = derive(
    'GIN pending list',
    'B',
    'limit * fill',
    { limit, fill },
    { source: 'PostgreSQL src/backend/access/gin/ginfast.c' },
  );
  const keys = p.keys;
  if (keys.kind === 'jsonb') {
    const disk = derive(
      'GIN index on jsonb',
      'B',
      'max(2, ceil(N * metadata * ratio / page)) * page',
      { N: p.rows, metadata: keys.metadataBytes, ratio: JSONB_RATIO[keys.opclass], page: PAGE },
      { basis: 'assumed' },
    );
    return { disk, resident: disk, parts: { pendingList } };
  }
  const { inputs, call, classesAt, error, basis } = keyModel(keys);
  const keyBytes = KEY_BYTES[keys.opclass];
  const symbols = Object.keys(inputs);
  const pagesAt = (n: number, perPage: number, key: number, known: readonly number[]): number =>
    n < 1 ? EMPTY_PAGES : Math.max(EMPTY_PAGES, ginPages(classesAt(n, known), n, perPage, key).pages);
  const pages = derive(
    'GIN pages',
    'pages',
    `${call}(${['N', 'perPage', 'key', ...symbols].join(', ')})`,
    { N: p.rows, perPage: p.rowsPerHeapPage, key: keyBytes, ...inputs },
    {
      source: SOURCE,
      basis,
      error,
      moves: {
        N: 'rising',
        perPage: 'falling',
        key: 'rising',
        ...Object.fromEntries(symbols.map((s) => [s, 'rising'])),
      },
      using: { [call]: (n, perPage, key, ...known) => pagesAt(n, perPage, key, known) },
    },
  );
  const disk = derive('GIN index', 'B', 'ceil(pages) * page', { pages, page: PAGE });
  return {
    disk,
    resident: disk,
    // Worked out when asked for: a plan wants the size, an explanation of the index wants these too.
    get parts() {
      return { pages, pendingList, ...details() };
    },
  };

  function details(): Record<string, Quantity> {
    if (p.rows.value < 1) return {};
    const known = Object.values(inputs).map((q) => q.value);
    const detail = ginPages(classesAt(p.rows.value, known), p.rows.value, p.rowsPerHeapPage.value, keyBytes.value);
    const count = (name: string, value: number): Quantity =>
      leaf(name, Math.round(value), 'count', { basis: pages.basis });
    return {
      distinctKeys: count('distinct keys', detail.keys),
      postings: count('postings', detail.postings),
      entryPages: count('entry pages', detail.entryPages),
      postingTreePages: count('posting tree pages', detail.postingTreePages),
    };
  }
}

interface KeyModel {
  /** Quantities that the model takes beyond rows, rows per page and key bytes, in the order of `known`. */
  readonly inputs: Readonly<Record<string, Quantity>>;
  readonly call: string;
  readonly error: number;
  readonly basis: 'exact' | 'assumed';
  classesAt(rows: number, known: readonly number[]): KeyClass[];
}

function keyModel(keys: Exclude<GinKeys, { kind: 'jsonb' }>): KeyModel {
  switch (keys.kind) {
    case 'frequencies': {
      if (keys.rowsPerKey.some((f) => !(f >= 0)))
        throw new InputError('bad-frequencies', 'frequencies: must be 0 or more.');
      const classes = frequencyClasses(keys.rowsPerKey);
      return { inputs: {}, call: 'ginPages', error: PAGE_MODEL_ERROR, basis: 'exact', classesAt: () => classes };
    }
    case 'zipf': {
      if (
        !(keys.vocabulary.value >= 1) ||
        !(keys.keysPerRow.value >= 0) ||
        keys.keysPerRow.value > keys.vocabulary.value
      ) {
        throw new InputError(
          'bad-vocabulary',
          'vocabulary: must be 1 or more, and at least the distinct keys of a row.',
        );
      }
      const exponent = keys.exponent ?? DEFAULT_EXPONENT[keys.opclass];
      return {
        inputs: { vocabulary: keys.vocabulary, exponent, keysPerRow: keys.keysPerRow },
        call: 'zipfGinPages',
        error: PAGE_MODEL_ERROR,
        basis: 'exact',
        classesAt: (rows, [vocabulary = 1, s = 1, perRow = 0]) =>
          documentFrequencies({ vocabulary, exponent: s, drawsPerRow: drawsForDistinct(vocabulary, s, perRow) }, rows),
      };
    }
    case 'text': {
      if (!(keys.textBytes.low >= 0))
        throw new InputError('bad-bytes', `text: its bytes must be 0 or more, not ${keys.textBytes.value}.`);
      return {
        inputs: { text: keys.textBytes },
        call: 'textGinPages',
        error: TEXT_MODEL_ERROR,
        basis: 'assumed',
        classesAt: (rows, [bytes = 0]) => documentFrequencies(textKeys(keys.opclass, bytes, rows), rows),
      };
    }
  }
}

export const pgGin: Layout<GinParameters> = defineLayout<GinParameters>({
  id: 'pg-gin',
  title: 'PostgreSQL GIN index',
  source: SOURCE,
  size,
  cliffs: () => [],
});
