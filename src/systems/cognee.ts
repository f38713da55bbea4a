/**
 * Cognee on PostgreSQL: a table of id, payload and vector for every kind of thing that is searched, none of them indexed.
 * cognee 1.5.2, cognee/infrastructure/databases/vector/pgvector/PGVectorAdapter.py.
 */
import { keyColumn } from '../layouts/pg-btree.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { column, type PgTable } from './pg-tables.ts';
import { pgvectorSystem, storedVector } from './pgvector-system.ts';
import type { SystemPreset } from './preset.ts';

const assumed = (name: string, value: number, low: number, high: number, source: string): Quantity<'ratio'> =>
  leaf(name, value, 'ratio', { basis: 'assumed', low, high, source });
const ENTITIES: Quantity<'ratio'> = assumed(
  'entities per chunk',
  4,
  1,
  12,
  'default: four names that no earlier chunk had',
);
const TYPES: Quantity<'ratio'> = assumed('entity types per chunk', 0.05, 0, 0.5, 'default: the same few types recur');
const SUMMARY: Quantity<'ratio'> = assumed('summary per byte of chunk', 0.3, 0.1, 0.6, 'default: a third of the chunk');
/** id, document_id, document_name, chunk_index, source_chunk_id, importance_weight, belongs_to_set as JSON text. */
const PAYLOAD: Quantity<'B'> = leaf('payload beside the text (JSON)', 300, 'B', {
  basis: 'assumed',
  low: 150,
  high: 500,
  source: 'default: eight keys, four of them with a UUID or a name',
});
const NAME: Quantity<'B'> = leaf('name', 16, 'B');

export function cogneeTables(w: Workload): PgTable[] {
  const vector = storedVector(w);
  const table = (name: string, rows: Quantity<'rows'>, text: Quantity<'B'>, main = false): PgTable => ({
    name,
    main,
    rows,
    columns: [
      column.uuid('id'),
      { ...column.text('payload', derive('payload', 'B', 'beside + text', { beside: PAYLOAD, text })), spread: 0.25 },
      column.vector('vector', vector),
    ],
    indexes: [
      { kind: 'btree', name: `${name}_pkey`, columns: [keyColumn.uuid('id')], arrival: 'random', unique: true },
    ],
  });
  const per = (name: string, each: Quantity<'ratio'>): Quantity<'rows'> =>
    derive(name, 'rows', 'ceil(N * each)', { N: w.memories, each });
  return [
    table('DocumentChunk_text', w.memories, w.textBytes, true),
    table(
      'TextSummary_text',
      w.memories,
      derive('summary', 'B', 'text * share', { text: w.textBytes, share: SUMMARY }),
    ),
    table('Entity_name', per('entities', ENTITIES), NAME),
    table('EntityType_name', per('entity types', TYPES), NAME),
  ];
}

export const cognee: SystemPreset = {
  id: 'cognee-postgres',
  family: 'cognee',
  store: 'postgres',
  title: 'Cognee (PostgreSQL with pgvector)',
  source: 'cognee 1.5.2, PGVectorAdapter.py',
  inputs: { dims: { value: 3072 }, 'text-bytes': { value: 1000, low: 300, high: 4000 } },
  engine: pgvectorSystem({
    system: 'cognee-postgres',
    title: 'Cognee (pgvector)',
    indexes: ['flat'],
    notes: [
      'a memory is a chunk of a document; its summary and its entities have vectors as long, so that one chunk is six vectors',
      'there is no vector index, and at 3,072 dimensions pgvector makes none over its vector type',
      'the graph, and the relational tables of users and data sets, are not counted',
    ],
    extracts: true,
    leaveWhen: ['a scan of every vector no longer keeps the p99'],
    failureModes: ['search time grows with every chunk, summary and entity'],
    tables: cogneeTables,
  }),
};
