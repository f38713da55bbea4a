/**
 * A PostgreSQL btree index, freshly built: CREATE INDEX or REINDEX.
 *
 * Source: PostgreSQL src/backend/access/nbtree/nbtsort.c, nbtdedup.c; key bytes as heap_compute_data_size counts them
 * (index_form_tuple). Equal keys share posting tuples from 13 on, unless the index is unique, has INCLUDE columns
 * or a type without equal images.
 */
import { derive, InputError, oncePer, type Quantity, stated } from '../quantity/index.ts';
import { deduplicatedLeaves, entryBytes, mostPostings, treePages, tuplesPerPage, unevenLeaves } from './btree-pages.ts';
import { defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { PAGE_BYTES } from './pg-page.ts';

/** A column of the key. Variable lengths are payload bytes without header, as shares of the rows. */
export interface KeyColumn {
  readonly name: string;
  readonly kind: 'fixed' | 'text';
  /** Alignment of a fixed type: 8 for timestamptz and bigint, 4 for real and integer, 1 for uuid and boolean. */
  readonly align: 1 | 2 | 4 | 8;
  /** The lengths that occur and how often; shares sum to 1. */
  readonly lengths: Lengths;
  /** Where they come from a mean that is not certain: that, and the lengths at any other. */
  readonly mean?: Quantity<'B'>;
  readonly lengthsAt?: (mean: number) => Lengths;
}

type Lengths = readonly { readonly bytes: number; readonly share: number }[];

export interface BtreeParameters {
  readonly rows: Quantity<'rows'>;
  readonly columns: readonly KeyColumn[];
  /** Distinct keys, when equal keys are frequent; absent means every key is (nearly) its own. */
  readonly distinctKeys?: Quantity<'count'>;
  /** Shares of the rows that the most frequent keys have; `distinctKeys` counts the keys beside them. */
  readonly commonKeys?: readonly number[];
  /** Share of the rows whose key is NULL: one run of equal entries without key bytes. */
  readonly nullShare?: Quantity<'ratio'>;
  /** PostgreSQL's default is true; false for unique indexes and those that cannot deduplicate. */
  readonly deduplicates?: boolean;
  /** 10 to 100; PostgreSQL's default is 90. */
  readonly fillfactor?: Quantity<'count'>;
}

const SOURCE = 'PostgreSQL src/backend/access/nbtree/nbtsort.c _bt_buildadd';
const PAGE: Quantity<'B'> = stated('page', PAGE_BYTES, 'B', 'exact', 'PostgreSQL BLCKSZ');
const DEFAULT_FILLFACTOR: Quantity<'count'> = stated(
  'fillfactor',
  90,
  'count',
  'exact',
  'PostgreSQL BTREE_DEFAULT_FILLFACTOR',
);
/** How far lengths of running text lie from their mean, evenly, where only the mean is known. */
const TEXT_SPREAD = 0.4;
const SHORT_PAYLOAD = 126;
/** Header 8, null bitmap 4, aligned to 16, and the line pointer. */
const NULL_ENTRY_BYTES = 20;

/** Words of a schema are ASCII nearly always, and the first encoder of a process is dear. */
function utf8Bytes(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return new TextEncoder().encode(text).length;
  return text.length;
}

const fixed = (name: string, bytes: number, align: 1 | 2 | 4 | 8): KeyColumn => ({
  name,
  kind: 'fixed',
  align,
  lengths: [{ bytes, share: 1 }],
});

const oneLength = (bytes: number): Lengths => [{ bytes: Math.round(bytes), share: 1 }];

const evenly = (mean: number): Lengths =>
  [-3, -2, -1, 0, 1, 2, 3].map((k) => ({ bytes: Math.round(mean * (1 + (k / 3.5) * TEXT_SPREAD)), share: 1 / 7 }));

function ofMean(name: string, mean: number | Quantity<'B'>, lengthsAt: (mean: number) => Lengths): KeyColumn {
  if (typeof mean === 'number') return { name, kind: 'text', align: 4, lengths: lengthsAt(mean) };
  const lengths = lengthsAt(mean.value);
  if (mean.basis === 'exact' && mean.low === mean.high) return { name, kind: 'text', align: 4, lengths };
  return { name, kind: 'text', align: 4, lengths, mean, lengthsAt };
}

/** Key columns by type. */
export const keyColumn = {
  uuid: (name: string): KeyColumn => fixed(name, 16, 1),
  bigint: (name: string): KeyColumn => fixed(name, 8, 8),
  timestamptz: (name: string): KeyColumn => fixed(name, 8, 8),
  integer: (name: string): KeyColumn => fixed(name, 4, 4),
  real: (name: string): KeyColumn => fixed(name, 4, 4),
  boolean: (name: string): KeyColumn => fixed(name, 1, 1),
  /** Text of one length: identifiers. */
  text: (name: string, bytes: number | Quantity<'B'>): KeyColumn => ofMean(name, bytes, oneLength),
  /** Text of a few known values, e.g. a status. */
  oneOf: (name: string, values: Readonly<Record<string, number>>): KeyColumn => ({
    name,
    kind: 'text',
    align: 4,
    lengths: Object.entries(values).map(([value, share]) => ({ bytes: utf8Bytes(value), share })),
  }),
  /** Text of which only the mean length is known. */
  runningText: (name: string, meanBytes: number | Quantity<'B'>): KeyColumn => ofMean(name, meanBytes, evenly),
} as const;

interface KeyWidth {
  /** Mean bytes of a leaf tuple, line pointer included. */
  readonly entry: number;
  readonly varies: boolean;
  /** Mean key bytes. */
  readonly key: number;
}

/** Of columns that were seen: plans of one store at other row counts ask about the very same columns. */
const keyWidth: (columns: readonly KeyColumn[]) => KeyWidth = oncePer(widthOf, new WeakMap());

/** Bytes of the key and of its tuple over all combinations of lengths. */
function widthOf(columns: readonly KeyColumn[]): KeyWidth {
  let ends = new Map<number, number>([[0, 1]]);
  for (const column of columns) {
    const next = new Map<number, number>();
    for (const [at, share] of ends) {
      for (const length of column.lengths) {
        const short = column.kind === 'text' && length.bytes <= SHORT_PAYLOAD;
        const align = short ? 1 : column.align;
        const bytes = column.kind === 'text' ? length.bytes + (short ? 1 : 4) : length.bytes;
        const end = Math.ceil(at / align) * align + bytes;
        next.set(end, (next.get(end) ?? 0) + share * length.share);
      }
    }
    ends = next;
  }
  let entry = 0;
  let key = 0;
  let widest = 0;
  let narrowest = Number.POSITIVE_INFINITY;
  for (const [end, share] of ends) {
    const bytes = entryBytes(end);
    entry += share * bytes;
    key += share * end;
    widest = Math.max(widest, bytes);
    narrowest = Math.min(narrowest, bytes);
  }
  return { entry, key, varies: widest !== narrowest };
}

/** What the rows have no part in. */
interface KeyFigures {
  readonly key: Quantity<'B'>;
  readonly entry: Quantity<'B'>;
  /** Of an index whose keys differ, and of one whose keys repeat. */
  readonly pivot: { readonly unique: Quantity<'B'>; readonly shared: Quantity<'B'> };
  /** At PostgreSQL's own fillfactor. */
  readonly perLeaf: Quantity<'ratio'>;
}

const ENTRY_SOURCE = 'align8(8 + key) + 4 over the lengths of the key';
const KEY_SOURCE = 'PostgreSQL index_form_tuple';
const PIVOT_SOURCE = 'nbtree.h: key, and a heap TID where keys are equal';
/** What a pivot carries beside its key where keys are equal. */
const PIVOT_TID_BYTES = 8;

function figuresOf(columns: readonly KeyColumn[], nulls: number): KeyFigures {
  const keyName = `key (${columns.map((c) => c.name).join(', ')})`;
  const entryOf = (w: KeyWidth): number => (1 - nulls) * w.entry + nulls * NULL_ENTRY_BYTES;
  const here = keyWidth(columns);
  if (columns.some((c) => c.mean !== undefined)) return uncertainFigures(columns, keyName, entryOf);
  const pivot = (tid: number): Quantity<'B'> =>
    stated('pivot with line pointer', entryBytes(here.key) + tid, 'B', 'exact', PIVOT_SOURCE);
  const entry = stated('btree entry with line pointer', entryOf(here), 'B', 'exact', ENTRY_SOURCE);
  return {
    key: stated(keyName, here.key, 'B', 'exact', KEY_SOURCE),
    entry,
    pivot: { unique: pivot(0), shared: pivot(PIVOT_TID_BYTES) },
    perLeaf: entriesPerLeaf(entry, DEFAULT_FILLFACTOR, here.varies),
  };
}

function entriesPerLeaf(entry: Quantity<'B'>, fillfactor: Quantity<'count'>, varies: boolean): Quantity<'ratio'> {
  return derive(
    'entries per leaf',
    'ratio',
    'perLeaf(entry, fillfactor)',
    { entry, fillfactor },
    { source: SOURCE, using: { perLeaf: (e, f) => tuplesPerPage(e, varies, f) } },
  );
}

/** The same as functions of the lengths that nobody knows for sure. */
function uncertainFigures(
  columns: readonly KeyColumn[],
  keyName: string,
  entryOf: (w: KeyWidth) => number,
): KeyFigures {
  const means: Record<string, Quantity> = {};
  const symbols: string[] = [];
  for (const c of columns) {
    if (c.mean === undefined) continue;
    symbols.push(c.name);
    means[c.name] = c.mean;
  }
  // Key and entry ask for the same two ends.
  const known = new Map<string, KeyWidth>();
  const widthAt = (lengths: readonly number[]): KeyWidth => {
    const at = lengths.join();
    let width = known.get(at);
    if (width === undefined) {
      let next = 0;
      const there = (c: KeyColumn): KeyColumn =>
        c.lengthsAt === undefined ? c : { ...c, lengths: c.lengthsAt(lengths[next++] as number) };
      width = widthOf(columns.map(there));
      known.set(at, width);
    }
    return width;
  };
  const of = symbols.join(', ');
  const key = derive(keyName, 'B', `key(${of})`, means, {
    source: KEY_SOURCE,
    aligned: true,
    using: { key: (...lengths) => widthAt(lengths).key },
  });
  const entry = derive('btree entry with line pointer', 'B', `entry(${of})`, means, {
    source: ENTRY_SOURCE,
    aligned: true,
    using: { entry: (...lengths) => entryOf(widthAt(lengths)) },
  });
  const pivot = (tid: number): Quantity<'B'> =>
    derive(
      'pivot with line pointer',
      'B',
      'pivot(key)',
      { key },
      { source: PIVOT_SOURCE, using: { pivot: (k) => entryBytes(k) + tid } },
    );
  const perLeaf = entriesPerLeaf(entry, DEFAULT_FILLFACTOR, keyWidth(columns).varies);
  return { key, entry, pivot: { unique: pivot(0), shared: pivot(PIVOT_TID_BYTES) }, perLeaf };
}

/** Of keys that are never null. */
const plainFigures: (columns: readonly KeyColumn[]) => KeyFigures = oncePer(
  (columns) => figuresOf(columns, 0),
  new WeakMap(),
);

function size(p: BtreeParameters): LayoutSize {
  check(p);
  const { entry: keyed, varies } = keyWidth(p.columns);
  const nulls = p.nullShare?.value ?? 0;
  const fillfactor = p.fillfactor ?? DEFAULT_FILLFACTOR;
  const { key, entry, pivot, perLeaf: usual } = nulls === 0 ? plainFigures(p.columns) : figuresOf(p.columns, nulls);
  const distinct = p.distinctKeys;
  const common = p.commonKeys ?? [];
  const equal = distinct !== undefined && p.rows.value > distinct.value * 1.05;
  const shared = p.deduplicates !== false && (equal || common.length > 0 || nulls > 0);
  let leaves: Quantity<'pages'>;
  const parts: Record<string, Quantity> = { key, entry };
  if (shared) {
    parts['postingsPerTuple'] = derive(
      'row pointers per posting tuple, at most',
      'count',
      'mostPostings(key)',
      { key },
      { using: { mostPostings } },
    );
    leaves = derive(
      'btree leaf pages',
      'pages',
      'ceil(deduplicated(N, distinct, key, fillfactor))',
      { N: p.rows, distinct: distinct ?? p.rows, key, fillfactor },
      {
        source: `${SOURCE}; nbtdedup.c`,
        moves: { N: 'rising', distinct: 'rising' },
        using: {
          deduplicated: (n, d, k, f) => {
            if (n === 0) return 0;
            if (p.commonKeys === undefined && nulls === 0)
              return deduplicatedLeaves(n, Math.max(1, Math.min(n, d)), k, f);
            return unevenLeaves({ rows: n, distinct: d, key: k, fillfactor: f, common, nulls, entry: keyed, varies });
          },
        },
      },
    );
  } else {
    const perLeaf = fillfactor === DEFAULT_FILLFACTOR ? usual : entriesPerLeaf(entry, fillfactor, varies);
    parts['entriesPerLeaf'] = perLeaf;
    leaves = derive('btree leaf pages', 'pages', 'ceil(N / perLeaf)', { N: p.rows, perLeaf }, { source: SOURCE });
  }
  const pages = derive(
    'btree pages',
    'pages',
    'tree(leaves, pivot)',
    { leaves, pivot: shared ? pivot.shared : pivot.unique },
    { source: SOURCE, aligned: true, using: { tree: (l, pv) => treePages(Math.ceil(l), pv) } },
  );
  const disk = derive('btree index', 'B', 'pages * page', { pages, page: PAGE });
  return { disk, resident: disk, parts: { ...parts, leaves, pages } };
}

function check(p: BtreeParameters): void {
  if (!(p.rows.value >= 0)) throw new InputError('bad-count', `rows: must be 0 or more, not ${p.rows.value}.`);
  if (p.columns.length === 0) throw new InputError('bad-key', 'key: a btree index needs at least one column.');
  const fillfactor = p.fillfactor?.value ?? DEFAULT_FILLFACTOR.value;
  if (!(fillfactor >= 10 && fillfactor <= 100)) {
    throw new InputError('bad-fillfactor', `fillfactor: PostgreSQL takes 10 to 100, not ${fillfactor}.`);
  }
  if (p.distinctKeys !== undefined && !(p.distinctKeys.value >= 1)) {
    throw new InputError('bad-distinct', `distinct keys: must be 1 or more, not ${p.distinctKeys.value}.`);
  }
}

export const pgBtree: Layout<BtreeParameters> = defineLayout<BtreeParameters>({
  id: 'pg-btree',
  title: 'PostgreSQL btree index',
  source: SOURCE,
  size,
  cliffs: () => [],
});
