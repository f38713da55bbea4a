/** The closed sets a workload chooses from. */

/** How one component of a vector is stored. `float32` is pgvector's `vector`. */
export const SCALARS = ['float32', 'halfvec', 'int8', 'bit', 'sparsevec'] as const;
export type Scalar = (typeof SCALARS)[number];

/** Other names people use for the same thing. */
export const SCALAR_ALIASES: Readonly<Record<string, Scalar>> = {
  vector: 'float32',
  float: 'float32',
  f32: 'float32',
  fp32: 'float32',
  half: 'halfvec',
  float16: 'halfvec',
  f16: 'halfvec',
  fp16: 'halfvec',
  i8: 'int8',
  binary: 'bit',
};

export const ENGINE_IDS = [
  'sqlite-vec',
  'pgvector',
  'sharded-pgvector',
  'qdrant',
  'milvus',
  'hnswlib',
  'faiss',
  'redis',
] as const;
/** Stores that are planned as part of a named system only: they search nothing by themselves. */
export const SYSTEM_STORE_IDS = ['sqlite', 'postgres', 'dynamodb', 'duckdb', 'process'] as const;
export type EngineId = (typeof ENGINE_IDS)[number] | (typeof SYSTEM_STORE_IDS)[number];

export const INDEX_KINDS = ['hnsw', 'ivfflat', 'flat', 'ivf-sq8', 'ivf-pq', 'diskann', 'vector-set'] as const;
export type IndexKind = (typeof INDEX_KINDS)[number];

export const STORAGES = ['external', 'plain', 'extended'] as const;
/** PostgreSQL's storage of the vector column; pgvector's default is external. */
export type Storage = (typeof STORAGES)[number];

export const LEXICALS = ['tsvector', 'trigram'] as const;
export type Lexical = (typeof LEXICALS)[number];

/**
 * The parts of a memory store that can be switched with --with and --without. Table, its TOAST and the vector index
 * cannot: without them there is no memory store.
 */
export const OPTIONAL_COMPONENTS = [
  'primary-key',
  'lexical-index',
  'edge-table',
  'temporal-index',
  'metadata-index',
  'audit-ledger',
  'outbox',
] as const;
export type OptionalComponent = (typeof OPTIONAL_COMPONENTS)[number];

/** What is planned unless --with or --without says otherwise: the five indexes of the seed article and its ledger. */
export const DEFAULT_COMPONENTS: readonly OptionalComponent[] = [
  'primary-key',
  'lexical-index',
  'edge-table',
  'temporal-index',
  'metadata-index',
  'audit-ledger',
];
