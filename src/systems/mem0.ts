/**
 * mem0 on PostgreSQL: one table of id, vector and payload for the memories and one for the entities, each with its HNSW and GIN
 * index. mem0ai 2.0.18, mem0/vector_stores/pgvector.py.
 */
import { keyColumn } from '../layouts/pg-btree.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { column, jsonbStrings, type PgTable } from './pg-tables.ts';
import { LEAVE_PGVECTOR, pgvectorSystem, storedVector } from './pgvector-system.ts';
import type { SystemPreset } from './preset.ts';

const word = (name: string, bytes: number): Quantity<'B'> => leaf(name, bytes, 'B');
/** ISO 8601 with microseconds and offset. */
const ISO = 32;
const MD5 = 32;
/** Lemmas without stop words, of the memory's text. */
const LEMMATISED: Quantity<'ratio'> = leaf('lemmatised text per byte of text', 0.8, 'ratio', {
  basis: 'assumed',
  low: 0.6,
  high: 1,
  source: 'default: lemmas without stop words',
});
/** Entities a memory names that no earlier one did. */
const NEW_ENTITIES: Quantity<'ratio'> = leaf('new entities per memory', 0.2, 'ratio', {
  basis: 'assumed',
  low: 0.05,
  high: 1,
  source: 'default: a fifth of the memories name somebody new',
});
const ENTITY = 16;
/** Memories that an entity links to, a UUID and 4 bytes each. */
const LINKS = 5;

/** @param w its namespace is the user id; its metadata the application's own keys */
export function mem0Tables(w: Workload): PgTable[] {
  const lemmas = derive('text_lemmatized', 'B', 'text * share', { text: w.textBytes, share: LEMMATISED });
  const entities = derive('entities', 'rows', 'ceil(N * share)', { N: w.memories, share: NEW_ENTITIES });
  const vector = storedVector(w);
  return [
    {
      name: 'mem0',
      main: true,
      rows: w.memories,
      columns: [
        column.uuid('id'),
        column.vector('vector', vector),
        column.text(
          'payload',
          jsonbStrings(
            'payload',
            {
              data: w.textBytes,
              hash: word('md5', MD5),
              user_id: w.namespaceBytes,
              created_at: word('created_at', ISO),
              updated_at: word('updated_at', ISO),
              text_lemmatized: lemmas,
            },
            w.metadataBytes,
          ),
        ),
      ],
      indexes: [
        { kind: 'btree', name: 'mem0_pkey', columns: [keyColumn.uuid('id')], arrival: 'random', unique: true },
        {
          kind: 'gin',
          name: 'mem0_text_lemmatized_idx',
          keys: {
            kind: 'text',
            opclass: 'tsvector',
            textBytes: lemmas,
            distinctTerms: w.distinctTerms,
            termsPerRow: w.termsPerMemory,
          },
        },
      ],
    },
    {
      name: 'mem0_entities',
      rows: entities,
      columns: [
        column.uuid('id'),
        column.vector('vector', vector),
        column.text(
          'payload',
          jsonbStrings('payload', {
            data: word('entity', ENTITY),
            entity_type: word('entity type', 6),
            linked_memory_ids: word('ids of memories', LINKS * 40),
            user_id: w.namespaceBytes,
            text_lemmatized: word('entity', ENTITY),
          }),
        ),
      ],
      indexes: [
        { kind: 'btree', name: 'mem0_entities_pkey', columns: [keyColumn.uuid('id')], arrival: 'random', unique: true },
        {
          kind: 'gin',
          name: 'mem0_entities_text_lemmatized_idx',
          // A name is an entity's own: a second one would have been linked to the first.
          keys: { kind: 'own', opclass: 'tsvector', keyBytes: word('entity', ENTITY) },
        },
        { kind: 'hnsw', name: 'mem0_entities_hnsw_idx', vector },
      ],
    },
  ];
}

export const mem0: SystemPreset = {
  id: 'mem0-postgres',
  family: 'mem0',
  store: 'postgres',
  title: 'mem0 (PostgreSQL with pgvector)',
  source: 'mem0ai 2.0.18, mem0/vector_stores/pgvector.py',
  inputs: {
    'text-bytes': { value: 80, low: 40, high: 200 },
    'metadata-bytes': { value: 0, low: 0, high: 200 },
    m: { value: 16 },
    'ef-construction': { value: 64 },
  },
  engine: pgvectorSystem({
    system: 'mem0-postgres',
    title: 'mem0 (pgvector)',
    indexes: ['hnsw', 'flat'],
    notes: [
      'the memories are one table, their entities another with vectors of its own; the history of changes is an SQLite file beside it and not counted',
      'mem0 creates HNSW and the GIN index on the lemmas by itself; the TypeScript version builds neither unless asked',
    ],
    extracts: true,
    updates: 'an entity that is named again gets the memory into its linked_memory_ids',
    leaveWhen: LEAVE_PGVECTOR,
    failureModes: [
      'there is no index on user_id: a filter on it is applied after the walk through the graph',
      'near-duplicates are kept unless the extraction model merges them',
    ],
    tables: mem0Tables,
  }),
};
