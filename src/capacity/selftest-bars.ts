/** What the self-test holds each kind of prediction to. docs/accuracy.md says where the bars come from. */

/** A bar of so much relative error, 0.01 being 1 %. */
export interface Bar {
  /** Largest error of one row. */
  readonly each?: number;
  /** The same where fewer than `SMALL` rows were stored: a page more or less weighs more. Default `each`. */
  readonly eachSmall?: number;
  /** Largest median error. With `eachSmall` the small rows have no part in it. */
  readonly median?: number;
}

/** Below this many stored rows a structure counts as small. */
export const SMALL = 10_000;

export interface GroupDeclaration {
  readonly title: string;
  readonly bar: Bar;
}

/** Packing is computed, not estimated: what remains is the luck of random levels and list lengths. */
const PACKED: Bar = { each: 0.01, eachSmall: 0.02, median: 0.001 };

export type GroupId =
  | 'pgvector-hnsw'
  | 'pglite-hnsw'
  | 'pgvector-ivfflat'
  | 'pg-heap'
  | 'pg-toast'
  | 'pg-table'
  | 'pg-btree'
  | 'gin-frequencies'
  | 'gin-text'
  | 'gin-json'
  | 'hnsw-build-memory'
  | 'hnsw-spill'
  | 'hnsw-build-time'
  | 'vec0'
  | 'hnswlib-file'
  | 'hnswlib-ram'
  | 'usearch-file'
  | 'usearch-ram'
  | 'redis'
  | 'valkey'
  | 'published';

/** In the order they are printed. */
export const GROUPS: Readonly<Record<GroupId, GroupDeclaration>> = {
  'pgvector-hnsw': { title: 'pgvector HNSW index', bar: PACKED },
  'pglite-hnsw': { title: 'PGlite HNSW index', bar: PACKED },
  'pgvector-ivfflat': { title: 'pgvector IVFFlat index', bar: PACKED },
  'pg-heap': { title: 'PostgreSQL heap', bar: { each: 0.03 } },
  'pg-toast': { title: 'PostgreSQL TOAST', bar: PACKED },
  'pg-table': { title: 'heap, TOAST, its index, maps', bar: { each: 0.03 } },
  'pg-btree': { title: 'PostgreSQL B-tree', bar: PACKED },
  'gin-frequencies': { title: 'GIN, document frequencies known', bar: { each: 0.07 } },
  'gin-text': { title: 'GIN, only text length known', bar: { each: 0.25 } },
  'gin-json': { title: 'GIN over JSON (ratio from these)', bar: { each: 0.25 } },
  'hnsw-build-memory': { title: 'HNSW build memory', bar: { each: 0.05 } },
  'hnsw-spill': { title: 'row at which the build spills', bar: { each: 0.02 } },
  'hnsw-build-time': { title: 'HNSW build CPU time, calibrated', bar: { median: 0.25 } },
  vec0: { title: 'sqlite-vec database file', bar: PACKED },
  'hnswlib-file': { title: 'hnswlib file', bar: PACKED },
  'hnswlib-ram': { title: 'hnswlib RAM', bar: { each: 0.1 } },
  'usearch-file': { title: 'usearch file', bar: PACKED },
  'usearch-ram': { title: 'usearch RAM', bar: { each: 0.1 } },
  redis: { title: 'Redis used memory', bar: { each: 0.01 } },
  valkey: { title: 'Valkey used memory', bar: { each: 0.01 } },
  published: { title: 'published pgvector index sizes', bar: { each: 0.021 } },
};

export const GROUP_IDS: readonly GroupId[] = Object.keys(GROUPS) as GroupId[];

/** The bar that one row is held to; undefined where only the median counts. */
export function barOfRow(group: GroupId, n: number): number | undefined {
  const { bar } = GROUPS[group];
  return n < SMALL ? (bar.eachSmall ?? bar.each) : bar.each;
}

export type LeftOut = 'stage' | 'small-ram' | 'no-layout' | 'incomplete' | 'inferred';

/** Why a row is not predicted. */
export const LEFT_OUT: Readonly<Record<LeftOut, string>> = {
  stage: 'bloat stages: what is left after deletes and updates is no prediction of a fresh structure',
  'small-ram': 'RAM of in-process indexes under 10M components: the process weighs more than the index',
  'no-layout': 'structures without a layout here',
  incomplete: 'rows that do not state what the size depends on',
  inferred: 'published sizes whose dimensions were guessed from the size',
};
