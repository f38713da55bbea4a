/**
 * Mastra's memory on PostgreSQL: messages, threads, and the vectors of semantic recall in a table of their own under IVFFlat.
 * @mastra/pg 1.27.1, @mastra/memory 1.31.0.
 */
import { keyColumn } from '../layouts/pg-btree.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { column, jsonbStrings, type PgTable } from './pg-tables.ts';
import { LEAVE_PGVECTOR, pgvectorSystem, storedVector } from './pgvector-system.ts';
import type { SystemPreset } from './preset.ts';

const UUID_TEXT = 36;
const word = (name: string, bytes: number): Quantity<'B'> => leaf(name, bytes, 'B');
/** "default", the namespace of every vector. */
const NAMESPACE = 7;
/** "text", "v2" and the like. */
const KIND = 2;
const ROLE = 6;

/** @param w its namespaces are the threads; its text a message as it is stored */
export function mastraTables(w: Workload): PgTable[] {
  const id = (name: string): ReturnType<typeof keyColumn.text> => keyColumn.text(name, UUID_TEXT);
  const given = w.namespaces ?? leaf('threads', 1, 'count', { basis: 'assumed', source: 'default: one' });
  const threads = derive('threads', 'rows', 'min(N, threads)', { N: w.memories, threads: given });
  const times = [column.timestamptz('createdAt'), column.timestamptz('updatedAt')];
  return [
    {
      name: 'memory_messages',
      main: true,
      rows: w.memories,
      columns: [
        column.integer('id'),
        column.word('vector_id', UUID_TEXT),
        column.vector('embedding', storedVector(w)),
        column.word(
          'metadata',
          jsonbStrings('metadata', {
            message_id: word('id', UUID_TEXT),
            thread_id: word('id', UUID_TEXT),
            resource_id: word('id', UUID_TEXT),
          }),
        ),
        column.word('namespace', NAMESPACE),
      ],
      indexes: [
        {
          kind: 'btree',
          name: 'memory_messages_pkey',
          columns: [keyColumn.integer('id')],
          arrival: 'ascending',
          unique: true,
        },
        {
          kind: 'btree',
          name: 'memory_messages_namespace_vector_id_idx',
          columns: [keyColumn.text('namespace', NAMESPACE), id('vector_id')],
          arrival: 'random',
          unique: true,
        },
      ],
    },
    {
      name: 'mastra_messages',
      rows: w.memories,
      columns: [
        column.word('id', UUID_TEXT),
        column.word('thread_id', UUID_TEXT),
        column.text('content', w.textBytes),
        column.word('role', ROLE),
        column.word('type', KIND),
        column.timestamptz('createdAt'),
        column.word('resourceId', UUID_TEXT),
        column.timestamptz('createdAtZ'),
      ],
      indexes: [
        { kind: 'btree', name: 'mastra_messages_pkey', columns: [id('id')], arrival: 'random', unique: true },
        {
          kind: 'btree',
          name: 'mastra_messages_thread_id_createdat_idx',
          columns: [id('thread_id'), keyColumn.timestamptz('createdAt')],
          // The newest comes first: within its thread the key descends.
          arrival: { groups: given },
        },
      ],
    },
    {
      name: 'mastra_threads',
      rows: threads,
      columns: [
        column.word('id', UUID_TEXT),
        column.word('resourceId', UUID_TEXT),
        column.word('title', 30),
        column.word('metadata', 4),
        ...times,
        column.timestamptz('createdAtZ'),
        column.timestamptz('updatedAtZ'),
      ],
      indexes: [
        { kind: 'btree', name: 'mastra_threads_pkey', columns: [id('id')], arrival: 'random', unique: true },
        {
          kind: 'btree',
          name: 'mastra_threads_resourceid_createdat_idx',
          columns: [id('resourceId'), keyColumn.timestamptz('createdAt')],
          arrival: 'random',
        },
      ],
    },
  ];
}

export const mastra: SystemPreset = {
  id: 'mastra-postgres',
  family: 'mastra',
  store: 'postgres',
  title: 'Mastra memory (PostgreSQL with pgvector)',
  source: '@mastra/pg 1.27.1, @mastra/memory 1.31.0',
  inputs: {
    'text-bytes': { value: 400, low: 100, high: 2000 },
    lists: { value: 100 },
    m: { value: 8 },
    'ef-construction': { value: 32 },
  },
  engine: pgvectorSystem({
    system: 'mastra-postgres',
    title: 'Mastra (pgvector)',
    indexes: ['ivfflat', 'hnsw', 'flat'],
    notes: [
      'a memory is a message with its vector; --text-bytes is the message as it is stored, --namespaces the threads',
      'the IVFFlat index has 100 lists that were chosen while the table was empty: rebuild it once there are rows',
      'mastra_ai_spans and mastra_workflow_snapshot, the tables that grow most, are not counted',
    ],
    leaveWhen: LEAVE_PGVECTOR,
    failureModes: ['nothing removes messages, spans or snapshots'],
    tables: mastraTables,
  }),
};
