/**
 * LangGraph's store on PostgreSQL: an item in `store`, its vector in `store_vectors` under the same three-part key.
 * langgraph-checkpoint-postgres 3.1.2, langgraph/store/postgres/base.py; the JavaScript version has other columns.
 */
import { keyColumn } from '../layouts/pg-btree.ts';
import { derive, leaf } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { column, jsonbStrings, type PgTable } from './pg-tables.ts';
import { LEAVE_PGVECTOR, pgvectorSystem, storedVector } from './pgvector-system.ts';
import type { SystemPreset } from './preset.ts';

/** Keys are UUIDs as text. */
const UUID_TEXT = 36;
/** The one indexed field, `$` for the whole value. */
const FIELD = 1;
const EMPTY = 0;
/** jsonb_ops: a flag and eight hexadecimal digits (JGIN_MAXLENGTH 125). */
const HASHED = 9;

export function langgraphTables(w: Workload): PgTable[] {
  const prefix = keyColumn.text('prefix', w.namespaceBytes);
  const key = keyColumn.text('key', UUID_TEXT);
  const namespaces = w.namespaces ?? leaf('namespaces', 1, 'count', { basis: 'assumed', source: 'default: one' });
  const distinctKeys = derive('distinct prefixes', 'count', 'min(N, namespaces)', { N: w.memories, namespaces });
  return [
    {
      name: 'store',
      main: true,
      rows: w.memories,
      upserts: true,
      columns: [
        column.word('prefix', w.namespaceBytes),
        column.word('key', UUID_TEXT),
        column.text('value', jsonbStrings('value', { content: w.textBytes }, w.metadataBytes)),
        column.timestamptz('created_at'),
        column.timestamptz('updated_at'),
        column.timestamptz('expires_at', 1),
        column.integer('ttl_minutes', 1),
      ],
      indexes: [
        { kind: 'btree', name: 'store_pkey', columns: [prefix, key], arrival: 'random', unique: true },
        { kind: 'btree', name: 'store_prefix_idx', columns: [prefix], arrival: 'ascending', distinctKeys },
        {
          kind: 'btree',
          name: 'idx_store_expires_at',
          columns: [keyColumn.timestamptz('expires_at')],
          arrival: 'ascending',
          share: EMPTY,
        },
      ],
    },
    {
      name: 'store_vectors',
      rows: w.memories,
      upserts: true,
      // The item it belongs to.
      references: 1,
      columns: [
        column.word('prefix', w.namespaceBytes),
        column.word('key', UUID_TEXT),
        column.word('field_name', FIELD),
        column.vector('embedding', storedVector(w)),
        column.timestamptz('created_at'),
        column.timestamptz('updated_at'),
      ],
      indexes: [
        {
          kind: 'btree',
          name: 'store_vectors_pkey',
          columns: [prefix, key, keyColumn.text('field_name', FIELD)],
          arrival: 'random',
          unique: true,
        },
      ],
    },
  ];
}

const INPUTS: SystemPreset['inputs'] = {
  'namespace-bytes': { value: 20, low: 8, high: 60 },
  'metadata-bytes': { value: 40, low: 0, high: 300 },
};

export const langgraph: SystemPreset = {
  id: 'langgraph-postgres',
  family: 'langgraph',
  store: 'postgres',
  title: 'LangGraph store (PostgreSQL)',
  source: 'langgraph-checkpoint-postgres 3.1.2, langgraph/store/postgres/base.py',
  inputs: { ...INPUTS, m: { value: 16 }, 'ef-construction': { value: 64 } },
  engine: pgvectorSystem({
    system: 'langgraph-postgres',
    title: 'LangGraph store (pgvector)',
    indexes: ['hnsw', 'ivfflat', 'flat'],
    scalars: ['float32', 'halfvec'],
    notes: [
      'one vector an item, over the whole value; a store that indexes several fields has a row in store_vectors for each',
      'the checkpointer keeps its tables in the same database: plan them with --system langgraph-checkpoints',
    ],
    updates: 'an item that is put again, and one with a time to live that is read, is written anew',
    leaveWhen: LEAVE_PGVECTOR,
    failureModes: [
      'items without a time to live are never removed',
      'every read of an item with a time to live writes it anew, unless refresh_on_read is off',
    ],
    tables: langgraphTables,
  }),
};

/** The JavaScript version has other columns, the text a second time, and a GIN index over the value. */
export function langgraphJsTables(w: Workload): PgTable[] {
  const [store, vectors] = langgraphTables(w) as [PgTable, PgTable];
  const name = (index: PgTable['indexes'][number], is: string): PgTable['indexes'][number] => ({ ...index, name: is });
  const [primary, byPrefix, expiring] = store.indexes as [
    PgTable['indexes'][number],
    PgTable['indexes'][number],
    PgTable['indexes'][number],
  ];
  return [
    {
      ...store,
      columns: store.columns.filter((c) => c.name !== 'ttl_minutes'),
      indexes: [
        primary,
        name(byPrefix, 'idx_store_namespace_path'),
        {
          kind: 'gin',
          name: 'idx_store_value_gin',
          // Every value is its own key; beyond 125 bytes a hash of it.
          keys: { kind: 'own', opclass: 'tsvector', keyBytes: leaf('hashed value', HASHED, 'B'), inEveryRow: 1 },
        },
        expiring,
      ],
    },
    {
      ...vectors,
      columns: [
        ...vectors.columns.filter((c) => c.name !== 'embedding' && c.name !== 'updated_at' && c.name !== 'created_at'),
        column.text('text_content', w.textBytes),
        column.vector('embedding', storedVector(w)),
        column.timestamptz('created_at'),
      ],
    },
  ];
}

export const langgraphJs: SystemPreset = {
  id: 'langgraph-js-postgres',
  family: 'langgraph-js',
  store: 'postgres',
  title: 'LangGraph.js store (PostgreSQL)',
  source: '@langchain/langgraph-checkpoint-postgres 1.0.5, dist/store/store-migrations.js',
  inputs: { ...INPUTS, m: { value: 16 }, 'ef-construction': { value: 200 } },
  engine: pgvectorSystem({
    system: 'langgraph-js-postgres',
    title: 'LangGraph.js store (pgvector)',
    indexes: ['hnsw', 'ivfflat', 'flat'],
    notes: [
      'the text is stored twice, in the value and in store_vectors.text_content; the GIN index is over the whole value',
      'createAllMetricIndexes makes two more HNSW indexes over the same column, which are not counted',
    ],
    updates: 'an item that is put again is written anew',
    leaveWhen: LEAVE_PGVECTOR,
    failureModes: ['items without a time to live are never removed'],
    tables: langgraphJsTables,
  }),
};
