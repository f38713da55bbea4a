/**
 * Letta's archival memory on PostgreSQL: passages whose embedding is padded with zeros to 4,096 dimensions, and no vector index,
 * because pgvector's HNSW stops at 2,000. Letta 0.16.8, letta/orm/passage.py, passage_tag.py.
 */
import { type KeyColumn, keyColumn } from '../layouts/pg-btree.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { column, type PgTable } from './pg-tables.ts';
import { pgvectorSystem, storedVector } from './pgvector-system.ts';
import type { SystemPreset } from './preset.ts';

/** MAX_EMBEDDING_DIM, letta/constants.py. */
const PADDED = 4096;
/** "passage-" and a UUID; "org-", "archive-" and "user-" likewise. */
const PASSAGE_ID = 44;
const ORGANIZATION_ID = 40;
const ARCHIVE_ID = 44;
const USER_ID = 41;
/** embedding_config as Letta writes it: endpoint, model, dimensions, chunk size, and six more keys. */
const EMBEDDING_CONFIG: Quantity<'B'> = leaf('embedding_config (json)', 330, 'B', {
  basis: 'assumed',
  low: 250,
  high: 420,
  source: 'default: the keys of EmbeddingConfig with an OpenAI endpoint',
});
/** Tags of the passages, as rows of passage_tags. */
const TAGS: Quantity<'ratio'> = leaf('tags per passage', 0, 'ratio', {
  basis: 'assumed',
  low: 0,
  high: 2,
  source: 'default: none',
});

export function lettaTables(w: Workload): PgTable[] {
  const id = (name: string, bytes: number): KeyColumn => keyColumn.text(name, bytes);
  const archives = w.namespaces ?? leaf('archives', 1, 'count', { basis: 'assumed', source: 'default: one' });
  const distinct = derive('archives', 'count', 'min(N, archives)', { N: w.memories, archives });
  const tags = derive('tags', 'rows', 'ceil(N * each)', { N: w.memories, each: TAGS });
  return [
    {
      name: 'archival_passages',
      main: true,
      rows: w.memories,
      // Its organisation and its archive.
      references: 2,
      columns: [
        column.word('id', PASSAGE_ID),
        column.text('text', w.textBytes),
        column.word('embedding_config', EMBEDDING_CONFIG),
        column.word('metadata_', w.metadataBytes),
        column.word('tags', 2),
        column.vector('embedding', storedVector(w)),
        column.word('organization_id', ORGANIZATION_ID),
        column.word('archive_id', ARCHIVE_ID),
        column.timestamptz('created_at'),
        column.timestamptz('updated_at'),
        column.boolean('is_deleted'),
        column.word('_created_by_id', USER_ID),
        column.word('_last_updated_by_id', USER_ID),
      ],
      indexes: [
        {
          kind: 'btree',
          name: 'archival_passages_pkey',
          columns: [id('id', PASSAGE_ID)],
          arrival: 'random',
          unique: true,
        },
        {
          kind: 'btree',
          name: 'ix_archival_passages_org_archive',
          columns: [id('organization_id', ORGANIZATION_ID), id('archive_id', ARCHIVE_ID)],
          arrival: 'random',
          distinctKeys: distinct,
        },
        {
          kind: 'btree',
          name: 'archival_passages_created_at_id_idx',
          columns: [keyColumn.timestamptz('created_at'), id('id', PASSAGE_ID)],
          arrival: 'ascending',
        },
        {
          kind: 'btree',
          name: 'ix_archival_passages_archive_id',
          columns: [id('archive_id', ARCHIVE_ID)],
          arrival: 'random',
          distinctKeys: distinct,
        },
      ],
    },
    {
      name: 'passage_tags',
      rows: tags,
      // The passage, and what it belongs to.
      references: 3,
      columns: [
        column.word('id', 48),
        column.word('tag', 10),
        column.word('passage_id', PASSAGE_ID),
        column.word('archive_id', ARCHIVE_ID),
        column.word('organization_id', ORGANIZATION_ID),
        column.timestamptz('created_at'),
        column.timestamptz('updated_at'),
        column.boolean('is_deleted'),
      ],
      indexes: [
        { kind: 'btree', name: 'passage_tags_pkey', columns: [id('id', 48)], arrival: 'random', unique: true },
        {
          kind: 'btree',
          name: 'uq_passage_tag',
          columns: [id('passage_id', PASSAGE_ID), id('tag', 10)],
          arrival: 'random',
          unique: true,
        },
        { kind: 'btree', name: 'ix_passage_tags_tag', columns: [id('tag', 10)], arrival: 'random' },
      ],
    },
  ];
}

export const letta: SystemPreset = {
  id: 'letta-postgres',
  family: 'letta',
  store: 'postgres',
  title: 'Letta archival memory (PostgreSQL)',
  source: 'Letta 0.16.8, letta/orm/passage.py, letta/constants.py',
  inputs: { 'text-bytes': { value: 300, low: 100, high: 1200 }, 'metadata-bytes': { value: 2, low: 2, high: 100 } },
  engine: pgvectorSystem({
    system: 'letta-postgres',
    title: 'Letta (pgvector)',
    indexes: ['flat'],
    notes: [
      'every embedding is padded with zeros to 4,096 dimensions, 16 KB, whatever the model gives: --dims changes the cost of the embedding, not the size',
      'there is no vector index: pgvector indexes at most 2,000 dimensions of its vector type',
      'messages, blocks and traces of the agents are not counted',
    ],
    leaveWhen: ['a scan of an archive no longer keeps the p99'],
    failureModes: ['search time grows with every passage: the scan reads 16 KB for each'],
    asStored: (w) => ({
      ...w,
      dimensions: leaf('padded dimensions', PADDED, 'dimensions', { source: 'letta/constants.py MAX_EMBEDDING_DIM' }),
    }),
    tables: lettaTables,
  }),
};
