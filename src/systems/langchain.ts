/**
 * LangChain's PGVector: documents with their embedding in one table, a GIN index on the metadata, no vector index.
 * langchain-postgres 0.0.17, langchain_postgres/vectorstores.py.
 */
import { keyColumn } from '../layouts/pg-btree.ts';
import { jsonbPayload } from '../layouts/pg-memory-table.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { column, type PgTable } from './pg-tables.ts';
import { pgvectorSystem, storedVector } from './pgvector-system.ts';
import type { SystemPreset } from './preset.ts';

const UUID_TEXT = 36;
/** A key and its value in JSON text: `"author": "author_42", `. */
const VALUE_BYTES: Quantity<'B'> = leaf('JSON text of one value', 19, 'B', {
  basis: 'assumed',
  low: 12,
  high: 40,
  source: 'default: four keys in 75 B',
});
/** Sources, pages and authors that occur, all together. */
const VALUES: Quantity<'count'> = leaf('distinct metadata values', 600, 'count', {
  basis: 'assumed',
  low: 100,
  high: 100_000,
  source: 'default: some hundred files, pages and authors',
});

export function langchainTables(w: Workload): PgTable[] {
  return [
    {
      name: 'langchain_pg_embedding',
      main: true,
      rows: w.memories,
      // Its collection.
      references: 1,
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
          keys: {
            kind: 'zipf',
            // jsonb_path_ops keeps a hash of 4 bytes a value, as trigrams are kept.
            opclass: 'trgm',
            vocabulary: VALUES,
            exponent: leaf('Zipf exponent', 1, 'ratio', { basis: 'assumed', source: "Zipf's law" }),
            keysPerRow: derive('values a row', 'count', 'max(1, metadata / value)', {
              metadata: w.metadataBytes,
              value: VALUE_BYTES,
            }),
          },
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
