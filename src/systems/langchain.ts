/**
 * LangChain's PGVector: documents with their embedding in one table, a GIN index on the metadata, no vector index.
 * langchain-postgres 0.0.17, langchain_postgres/vectorstores.py.
 */
import { keyColumn } from '../layouts/pg-btree.ts';
import { jsonbPayload } from '../layouts/pg-memory-table.ts';
import type { Workload } from '../workload/index.ts';
import { column, type PgTable } from './pg-tables.ts';
import { pgvectorSystem, storedVector } from './pgvector-system.ts';
import type { SystemPreset } from './preset.ts';

const UUID_TEXT = 36;

export function langchainTables(w: Workload): PgTable[] {
  return [
    {
      name: 'langchain_pg_embedding',
      main: true,
      rows: w.memories,
      columns: [
        column.word('id', UUID_TEXT),
        column.uuid('collection_id'),
        column.vector('embedding', storedVector(w)),
        column.text('document', w.textBytes),
        column.word('cmetadata', jsonbPayload(w.metadataBytes)),
      ],
      indexes: [
        {
          kind: 'btree',
          name: 'langchain_pg_embedding_pkey',
          columns: [keyColumn.text('id', UUID_TEXT)],
          arrival: 'random',
          unique: true,
        },
        {
          kind: 'gin',
          name: 'ix_cmetadata_gin',
          keys: { kind: 'jsonb', opclass: 'jsonb_path_ops', metadataBytes: w.metadataBytes },
        },
      ],
    },
  ];
}

export const langchain: SystemPreset = {
  id: 'langchain-postgres',
  family: 'langchain',
  store: 'postgres',
  title: 'LangChain PGVector (PostgreSQL)',
  source: 'langchain-postgres 0.0.17, langchain_postgres/vectorstores.py',
  inputs: { 'text-bytes': { value: 1000, low: 300, high: 4000 } },
  engine: pgvectorSystem({
    system: 'langchain-postgres',
    title: 'LangChain PGVector (pgvector)',
    indexes: ['flat', 'hnsw', 'ivfflat'],
    notes: [
      'LangChain creates no vector index: every search reads every vector, until one is made by hand (--index hnsw plans it)',
      'collection_id has no index either: a search in one collection reads all of them',
    ],
    leaveWhen: ['a scan of every vector no longer keeps the p99'],
    failureModes: ['search time grows with every document of every collection'],
    tables: langchainTables,
  }),
};
