/**
 * A PostgreSQL GIN index, freshly built: full text (tsvector), trigrams (pg_trgm), jsonb.
 *
 * Source: PostgreSQL src/backend/access/gin/ (README, ginentrypage.c, gindatapage.c, ginpostinglist.c, ginfast.c);
 * contrib/pg_trgm/trgm_gin.c (keys are integers). The pages are computed in gin-pages.ts, the frequencies of keys, where
 * only the length of the text is known, in text-statistics.ts.
 */
import { derive, InputError, leaf, type Quantity, stated } from '../quantity/index.ts';
import { zipfOfTerms } from './counted-terms.ts';
import { ginPages, type PagesAt, rememberedPages } from './gin-pages.ts';
import { defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { align8, LINE_POINTER_BYTES, PAGE_BYTES, usableBytes } from './pg-page.ts';
import {
  distinctKeys,
  documentFrequencies,
  drawsForDistinct,
  frequencyClasses,
  type KeyClass,
  postings,
  textKeys,
} from './text-statistics.ts';

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
  /** Running text of a mean length, and the counts of its terms where somebody made them. */
  | {
      readonly kind: 'text';
      readonly opclass: GinTextClass;
      readonly textBytes: Quantity<'B'>;
      /** Different keys of all rows together. */
      readonly distinctTerms?: Quantity | undefined;
      /** Different keys of one row. */
      readonly termsPerRow?: Quantity | undefined;
    }
  /** Keys that no other row has: names, identifiers. */
  | {
      readonly kind: 'own';
      readonly opclass: GinTextClass;
      /** Bytes of a key, without its header. */
      readonly keyBytes: Quantity<'B'>;
      /** Keys that every row has besides: names of fields. */
      readonly inEveryRow?: number;
    }
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
const PAGE: Quantity<'B'> = stated('page', PAGE_BYTES, 'B', 'exact', 'PostgreSQL BLCKSZ');
/** Mean lexeme of English or synthetic words, with its 1-byte header; a trigram is an int4. */
export const GIN_KEY_BYTES: Readonly<Record<GinTextClass, Quantity<'B'>>> = {
  tsvector: stated('mean lexeme with header', 7.6, 'B', 'assumed', 'default: words of 6 to 7 letters'),
  trgm: stated('trigram key', 4, 'B', 'exact', 'contrib/pg_trgm/trgm_gin.c'),
};
const KEY_HEADER: Quantity<'B'> = stated('header of a short text', 1, 'B', 'exact', 'PostgreSQL varlena');
/** Exponents that fit measured vocabularies: words follow Zipf's law, trigrams fall off faster. */
const DEFAULT_EXPONENT: Readonly<Record<GinTextClass, Quantity<'ratio'>>> = {
  tsvector: stated('Zipf exponent', 1, 'ratio', 'assumed', "Zipf's law"),
  trgm: stated('Zipf exponent', 1.32, 'ratio', 'assumed', 'default: fitted to the trigrams of 20,000 words'),
};
/** Error of the page model over known frequencies. */
const PAGE_MODEL_ERROR = 0.07;
/** Error where only the length of the text is known. */
const TEXT_MODEL_ERROR = 0.25;
/** Bytes of index per byte of JSON text, measured on metadata of four keys (68 bytes a row, 100,000 rows). */
const JSONB_RATIO: Readonly<Record<'jsonb_ops' | 'jsonb_path_ops', Quantity<'ratio'>>> = {
  jsonb_ops: stated('index bytes per metadata byte', 0.3, 'ratio', 'assumed', 'rule of thumb', 0.15, 0.9),
  jsonb_path_ops: stated('index bytes per metadata byte', 0.225, 'ratio', 'assumed', 'rule of thumb', 0.1, 0.7),
};
const DEFAULT_PENDING_LIMIT: Quantity<'B'> = stated(
  'gin_pending_list_limit',
  4 * 1024 * 1024,
  'B',
  'exact',
  'PostgreSQL default',
);
/**
 * Rows that come one by one wait in the pending list, a plain tuple for each of their keys; its pages stay in the file when it
 * is emptied, for the next list. Nothing of them is left right after REINDEX.
 */
const KEPT: Quantity<'ratio'> = stated(
  'share of the list that the file keeps',
  1,
  'ratio',
  'documented',
  'PostgreSQL src/backend/access/gin/ginfast.c (shiftList); low: after REINDEX',
  0,
  1,
);
const PENDING_PAGE: Quantity<'B'> = stated(
  'room of a list page',
  usableBytes(8),
  'B',
  'exact',
  'PostgreSQL src/include/access/ginblock.h, GIN_PAGE_FREESIZE',
);
/** Three levels of a page each, for up to 4,069 pages; a larger index has more of them, one in 4,069. */
const FREE_SPACE_MAP: Quantity<'pages'> = stated(
  'free space map',
  3,
  'pages',
  'exact',
  'PostgreSQL src/backend/storage/freespace/README',
);
/** Parts that only an index with rows has. */
const DETAILS = ['distinctKeys', 'postings', 'entryPages', 'postingTreePages'] as const;
/** A metapage and an empty root. */
const EMPTY_PAGES = 2;

function size(p: GinParameters): LayoutSize {
  if (!(p.rows.value >= 0)) throw new InputError('bad-count', `rows: must be 0 or more, not ${p.rows.value}.`);
  if (!(p.rowsPerHeapPage.low > 0)) {
    throw new InputError('bad-rows-per-page', `rows per heap page: must be above 0, not ${p.rowsPerHeapPage.value}.`);
  }
  const keys = p.keys;
  const limit = p.pendingListLimit ?? DEFAULT_PENDING_LIMIT;
  if (keys.kind === 'jsonb') {
    const disk = derive(
      'GIN index on jsonb',
      'B',
      'max(2, ceil(N * metadata * ratio / page)) * page',
      { N: p.rows, metadata: keys.metadataBytes, ratio: JSONB_RATIO[keys.opclass], page: PAGE },
      { basis: 'assumed' },
    );
    const pendingList = pendingListOf(limit);
    return { disk, resident: disk, parts: { pendingList, heldList: pendingList } };
  }
  const { inputs, call, classesAt, error, basis } = keyModel(keys);
  const keyBytes =
    keys.kind === 'own'
      ? derive('key with header', 'B', 'key + header', { key: keys.keyBytes, header: KEY_HEADER })
      : GIN_KEY_BYTES[keys.opclass];
  const symbols = Object.keys(inputs);
  const counted: PagesAt = (n, perPage, key, known) =>
    n < 1 ? EMPTY_PAGES : Math.max(EMPTY_PAGES, ginPages(classesAt(n, known), n, perPage, key).pages);
  const pagesAt = keys.kind === 'text' ? rememberedPages(`${keys.opclass} ${symbols.join(' ')}`, counted) : counted;
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
  let parts: LayoutSize['parts'] | undefined;
  return {
    disk,
    resident: disk,
    get parts() {
      parts ??= named();
      return parts;
    },
  };

  /** Each worked out when it is asked for: a plan wants the size, a write path the pages, an explanation of the index the rest too. */
  function named(): LayoutSize['parts'] {
    let held: Quantity<'B'> | undefined;
    let detail: Record<string, Quantity> | undefined;
    const told = {
      pages,
      pendingList: pendingListOf(limit),
      get heldList() {
        held ??= heldList();
        return held;
      },
    };
    const names = p.rows.value < 1 ? [] : DETAILS;
    const get = (name: string) => (): Quantity => {
      detail ??= details();
      return detail[name] as Quantity;
    };
    for (const name of names) Object.defineProperty(told, name, { enumerable: true, get: get(name) });
    return told;
  }

  function heldList(): Quantity<'B'> {
    const name = 'pendingTuples';
    const tuples = derive(
      'tuples of the pending list',
      'B',
      `${name}(${['N', 'key', ...symbols].join(', ')})`,
      { N: p.rows, key: keyBytes, ...inputs },
      {
        basis,
        error,
        moves: { N: 'rising', key: 'rising', ...Object.fromEntries(symbols.map((s) => [s, 'rising'])) },
        using: {
          [name]: (n = 0, key = 0, ...known) => (n < 1 ? 0 : pendingTuple(key) * postings(classesAt(n, known))),
        },
      },
    );
    return derive(
      'pages that the pending list has had, and the map of the free ones',
      'B',
      '(ceil(min(limit, tuples) / room) + map) * page * kept',
      { limit, tuples, room: PENDING_PAGE, map: FREE_SPACE_MAP, page: PAGE, kept: KEPT },
      { source: 'PostgreSQL src/backend/access/gin/ginfast.c' },
    );
  }

  function details(): Record<string, Quantity> {
    const known = Object.values(inputs).map((q) => q.value);
    const classes = classesAt(p.rows.value, known);
    const detail = ginPages(classes, p.rows.value, p.rowsPerHeapPage.value, keyBytes.value);
    const count = (name: string, value: number): Quantity =>
      leaf(name, Math.round(value), 'count', { basis: pages.basis });
    return {
      distinctKeys: count('distinct keys', distinctKeys(classes)),
      postings: count('postings', postings(classes)),
      entryPages: count('entry pages', detail.entryPages),
      postingTreePages: count('posting tree pages', detail.postingTreePages),
    };
  }
}

/** Between two cleanups the list holds anything from nothing to its limit. */
function pendingListOf(limit: Quantity<'B'>): Quantity<'B'> {
  const fill = stated('fill of the pending list', 0.5, 'ratio', 'assumed', 'between cleanups', 0, 1);
  return derive(
    'GIN pending list',
    'B',
    'limit * fill',
    { limit, fill },
    { source: 'PostgreSQL src/backend/access/gin/ginfast.c' },
  );
}

/** An index tuple of one key and its heap TID, with its line pointer. */
function pendingTuple(key: number): number {
  return (Number.isInteger(key) ? align8(8 + key) : 8 + key + 3.5) + LINE_POINTER_BYTES;
}

export interface KeyModel {
  /** Quantities that the model takes beyond rows, rows per page and key bytes, in the order of `known`. */
  readonly inputs: Readonly<Record<string, Quantity>>;
  readonly call: string;
  readonly error: number;
  readonly basis: 'exact' | 'assumed';
  classesAt(rows: number, known: readonly number[]): KeyClass[];
}

export function keyModel(keys: Exclude<GinKeys, { kind: 'jsonb' }>): KeyModel {
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
      const { distinctTerms: distinct, termsPerRow: perRow } = keys;
      const counted: Record<string, Quantity> = {};
      if (distinct !== undefined) counted['distinct'] = distinct;
      if (perRow !== undefined) counted['perRow'] = perRow;
      return {
        inputs: { text: keys.textBytes, ...counted },
        call: 'textGinPages',
        error: distinct !== undefined && perRow !== undefined ? PAGE_MODEL_ERROR : TEXT_MODEL_ERROR,
        basis: 'assumed',
        classesAt: (rows, [bytes = 0, a, b]) =>
          documentFrequencies(
            zipfOfTerms(rows, textKeys(keys.opclass, bytes, rows), {
              distinct: distinct === undefined ? undefined : a,
              perRow: distinct === undefined ? a : b,
            }),
            rows,
          ),
      };
    }
    case 'own':
      return {
        inputs: {},
        call: 'ownKeyPages',
        error: PAGE_MODEL_ERROR,
        basis: 'exact',
        classesAt: (rows) => [
          { keys: rows, rows: 1 },
          { keys: keys.inEveryRow ?? 0, rows },
        ],
      };
  }
}

export const pgGin: Layout<GinParameters> = defineLayout<GinParameters>({
  id: 'pg-gin',
  title: 'PostgreSQL GIN index',
  source: SOURCE,
  size,
  cliffs: () => [],
});
