/**
 * Systems that keep their documents in one PostgreSQL table of id, text, metadata and vector, each in its own columns: n8n,
 * Open WebUI, LlamaIndex, agno's knowledge.
 */
import { type KeyColumn, keyColumn } from '../layouts/pg-btree.ts';
import { jsonbPayload } from '../layouts/pg-memory-table.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { type BtreeIndex, column, type PgTable } from './pg-tables.ts';
import { LEAVE_PGVECTOR, pgvectorSystem, storedVector } from './pgvector-system.ts';
import type { SystemPreset } from './preset.ts';

const UUID_TEXT = 36;
const MD5 = 32;
/** Chunks of a document, about 250 tokens. */
const CHUNK: SystemPreset['inputs'] = { 'text-bytes': { value: 1000, low: 300, high: 4000 } };
const SCAN = ['a scan of every vector no longer keeps the p99'];
const NO_INDEX = 'search time grows with every document, until an index is made by hand';

const key = (name: string, keyed: KeyColumn): BtreeIndex => ({
  kind: 'btree',
  name,
  columns: [keyed],
  arrival: 'random',
  unique: true,
});
/** Documents, or whatever the rows of a table are grouped by. */
function groups(w: Workload, name: string): Quantity<'count'> {
  const namespaces = w.namespaces ?? leaf(name, 1, 'count', { basis: 'assumed', source: 'default: one' });
  return derive(name, 'count', 'min(N, groups)', { N: w.memories, groups: namespaces });
}

export function n8nTables(w: Workload): PgTable[] {
  return [
    {
      name: 'n8n_vectors',
      main: true,
      rows: w.memories,
      columns: [
        column.uuid('id'),
        column.text('text', w.textBytes),
        column.word('metadata', jsonbPayload(w.metadataBytes)),
        column.vector('embedding', storedVector(w)),
      ],
      indexes: [key('n8n_vectors_pkey', keyColumn.uuid('id'))],
    },
  ];
}

export const n8n: SystemPreset = {
  id: 'n8n-postgres',
  family: 'n8n',
  store: 'postgres',
  title: 'n8n PGVector store (PostgreSQL)',
  source: '@n8n/n8n-nodes-langchain 2.41.1, VectorStorePGVector',
  inputs: CHUNK,
  engine: pgvectorSystem({
    system: 'n8n-postgres',
    title: 'n8n (pgvector)',
    indexes: ['flat'],
    notes: [
      'the vector column has no dimensions, so that pgvector builds no index over it before it is altered',
      'n8n_chat_histories, a row for every message, is not counted',
    ],
    leaveWhen: SCAN,
    failureModes: [NO_INDEX, 'no row has a time: nothing can be expired by its age'],
    tables: n8nTables,
  }),
};

/** PGVECTOR_INITIALIZE_MAX_VECTOR_LENGTH. */
const PADDED = 1536;

export function openWebuiTables(w: Workload): PgTable[] {
  return [
    {
      name: 'document_chunk',
      main: true,
      rows: w.memories,
      columns: [
        column.word('id', UUID_TEXT),
        column.vector('vector', storedVector(w)),
        column.word('collection_name', w.namespaceBytes),
        column.text('text', w.textBytes),
        column.word('vmetadata', jsonbPayload(w.metadataBytes)),
      ],
      indexes: [
        key('document_chunk_pkey', keyColumn.text('id', UUID_TEXT)),
        {
          kind: 'btree',
          name: 'idx_document_chunk_collection_name',
          columns: [keyColumn.text('collection_name', w.namespaceBytes)],
          arrival: 'random',
          distinctKeys: groups(w, 'collections'),
        },
      ],
    },
  ];
}

export const openWebui: SystemPreset = {
  id: 'open-webui-postgres',
  family: 'open-webui',
  store: 'postgres',
  title: 'Open WebUI (PostgreSQL with pgvector)',
  source: 'open_webui/retrieval/vector/dbs/pgvector.py',
  inputs: { ...CHUNK, 'namespace-bytes': { value: 41, low: 36, high: 70 }, lists: { value: 100 } },
  engine: pgvectorSystem({
    system: 'open-webui-postgres',
    title: 'Open WebUI (pgvector)',
    indexes: ['ivfflat', 'hnsw', 'flat'],
    notes: [
      'every embedding is padded with zeros to 1,536 dimensions (PGVECTOR_INITIALIZE_MAX_VECTOR_LENGTH), whatever the model gives',
      'the IVFFlat index has 100 lists that were chosen while the table was empty: rebuild it once there are rows',
      'a file is stored in a collection of its own and again in each knowledge base that has it',
    ],
    leaveWhen: LEAVE_PGVECTOR,
    failureModes: ['one index over all collections: a search in a small one finds too few neighbours'],
    asStored: (w) => ({
      ...w,
      dimensions: leaf('padded dimensions', PADDED, 'dimensions', {
        source: 'open_webui/env.py PGVECTOR_INITIALIZE_MAX_VECTOR_LENGTH',
      }),
    }),
    tables: openWebuiTables,
  }),
};

/** The node as JSON in metadata_, without its text: ids, relationships, hashes, and the metadata a second time. */
const NODE_JSON: Quantity<'B'> = leaf('the node as JSON', 900, 'B', {
  basis: 'assumed',
  low: 600,
  high: 1500,
  source: 'default: _node_content with one source and two neighbours',
});

export function llamaIndexTables(w: Workload): PgTable[] {
  return [
    {
      name: 'data_llamaindex',
      main: true,
      rows: w.memories,
      columns: [
        column.bigint('id'),
        column.text('text', w.textBytes),
        {
          ...column.text(
            'metadata_',
            derive('metadata_ (json)', 'B', 'node + 2 * metadata', { node: NODE_JSON, metadata: w.metadataBytes }),
          ),
          spread: 0.1,
        },
        column.word('node_id', UUID_TEXT),
        column.vector('embedding', storedVector(w)),
      ],
      indexes: [
        {
          kind: 'btree',
          name: 'data_llamaindex_pkey',
          columns: [keyColumn.bigint('id')],
          arrival: 'ascending',
          unique: true,
        },
        {
          kind: 'btree',
          name: 'llamaindex_idx_1',
          columns: [keyColumn.text('ref_doc_id', UUID_TEXT)],
          arrival: 'random',
          distinctKeys: groups(w, 'documents'),
        },
      ],
    },
  ];
}

export const llamaIndex: SystemPreset = {
  id: 'llama-index-postgres',
  family: 'llama-index',
  store: 'postgres',
  title: 'LlamaIndex PGVectorStore (PostgreSQL)',
  source: 'llama-index-vector-stores-postgres, base.py',
  inputs: CHUNK,
  engine: pgvectorSystem({
    system: 'llama-index-postgres',
    title: 'LlamaIndex (pgvector)',
    indexes: ['flat', 'hnsw'],
    notes: [
      'metadata_ holds the whole node as JSON beside its text: ≈ 900 B a row before any metadata, which are in it twice',
      'no vector index is created unless hnsw_kwargs are given; hybrid_search adds a tsvector and its GIN index, which are not counted',
    ],
    leaveWhen: SCAN,
    failureModes: [NO_INDEX],
    tables: llamaIndexTables,
  }),
};

/** What an embedding model says about a call, as jsonb. */
const USAGE: Quantity<'B'> = leaf('usage (jsonb)', 60, 'B', {
  basis: 'assumed',
  low: 0,
  high: 90,
  source: 'default: prompt_tokens and total_tokens',
});
const NAME_BYTES = 20;

export function agnoTables(w: Workload): PgTable[] {
  const again = (name: string, indexed: string, bytes: number): BtreeIndex => ({
    kind: 'btree',
    name,
    columns: [keyColumn.text(indexed, bytes)],
    arrival: 'random',
    distinctKeys: groups(w, 'documents'),
  });
  return [
    {
      name: 'knowledge',
      main: true,
      rows: w.memories,
      columns: [
        column.word('id', MD5),
        column.word('name', NAME_BYTES),
        column.word('meta_data', jsonbPayload(w.metadataBytes)),
        column.word('filters', 4),
        column.text('content', w.textBytes),
        column.vector('embedding', storedVector(w)),
        column.word('usage', USAGE),
        column.timestamptz('created_at'),
        column.timestamptz('updated_at', 1),
        column.word('content_hash', MD5),
        column.word('content_id', UUID_TEXT),
      ],
      indexes: [
        key('knowledge_pkey', keyColumn.text('id', MD5)),
        { kind: 'btree', name: 'idx_knowledge_id', columns: [keyColumn.text('id', MD5)], arrival: 'random' },
        again('idx_knowledge_name', 'name', NAME_BYTES),
        again('idx_knowledge_content_hash', 'content_hash', MD5),
        again('idx_knowledge_content_id', 'content_id', UUID_TEXT),
      ],
    },
  ];
}

export const agno: SystemPreset = {
  id: 'agno-postgres',
  family: 'agno',
  store: 'postgres',
  title: 'agno knowledge (PostgreSQL with pgvector)',
  source: 'agno-agi/agno, agno/vectordb/pgvector/pgvector.py, schema 1',
  inputs: CHUNK,
  engine: pgvectorSystem({
    system: 'agno-postgres',
    title: 'agno (pgvector)',
    indexes: ['flat', 'hnsw', 'ivfflat'],
    notes: [
      'the vector index is made by optimize(), which nothing calls by itself (--index hnsw plans it)',
      'idx_…_id repeats the primary key: it can be dropped',
      'agno_memories and agno_sessions have no vectors and are not counted; the runs of a session are written again with every run',
    ],
    leaveWhen: SCAN,
    failureModes: [NO_INDEX],
    tables: agnoTables,
  }),
};
