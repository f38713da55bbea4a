/** Mastra's agent memory: threads, messages, working memory, and vector tables that point at messages. */
import { defineProfile, type Profile, type SetProfile, type TimeColumn } from './profile.ts';

const RESOURCE = { column: 'resourceId' } as const;

function sets(created: TimeColumn, messages: Partial<SetProfile>): SetProfile[] {
  return [
    {
      table: 'mastra_messages',
      role: 'memory',
      title: 'messages',
      primary: true,
      id: ['id'],
      namespace: RESOURCE,
      text: [{ column: 'content' }],
      created,
      breakdowns: [{ column: 'role' }],
      // A message is part of a conversation: what was said again elsewhere is not said twice.
      kind: [{ column: 'thread_id' }, { column: 'role' }, { column: 'type' }],
      ...messages,
    },
    {
      table: 'mastra_threads',
      role: 'session',
      title: 'threads',
      id: ['id'],
      namespace: RESOURCE,
      metadata: 'metadata',
      created,
      readOnly: 'messages refer to their thread without a foreign key',
    },
    {
      table: 'mastra_resources',
      role: 'memory',
      title: 'working memory',
      id: ['id'],
      text: [{ column: 'workingMemory' }],
      metadata: 'metadata',
      created,
      readOnly: 'working memory is edited in place: one row for each user',
    },
    {
      table: 'mastra_workflow_snapshot',
      role: 'log',
      title: 'workflow snapshots',
      namespace: RESOURCE,
      created,
      readOnly: 'a suspended run is resumed from its snapshot',
    },
    { table: 'mastra_ai_spans', role: 'log', title: 'trace spans', created },
  ];
}

const SIGNATURE: Profile['signature'] = {
  tables: { mastra_threads: ['id', 'resourceId'], mastra_messages: ['thread_id', 'content', 'createdAt'] },
  confidence: 0.95,
};

export const mastraPostgres: Profile = defineProfile({
  id: 'mastra',
  title: 'Mastra memory (PostgreSQL)',
  schemes: ['postgres'],
  source: '@mastra/pg 1.27.1, @mastra/core 1.71.0, @mastra/memory 1.31.0',
  signature: SIGNATURE,
  sets: sets(
    { column: { column: 'createdAtZ' }, format: 'native' },
    {
      id: ['id'],
      // Semantic recall finds a message by the id in the metadata of its vectors.
      dependents: [{ table: 'memory_messages*', on: { 'metadata->message_id': 'id' }, how: 'delete' }],
    },
  ),
  alsoOwns: ['mastra_*'],
  hazards: [
    {
      text: 'createdAt carries no time zone; its twin createdAtZ is read, and rows from before it have none and so no age',
    },
    { text: 'mastra_ai_spans and mastra_workflow_snapshot are what grows; snapshots reach tens of megabytes a row' },
  ],
  ownMaintenance: 'storage.prune() where the application calls it; the space stays with the tables',
});

export const mastraVectors: Profile = defineProfile({
  id: 'mastra-vectors',
  title: 'Mastra vector index',
  schemes: ['postgres'],
  source: '@mastra/pg 1.27.1, PgVector',
  signature: {
    tables: {},
    shape: {
      columns: [
        'id:integer|bigint',
        'vector_id:text|varchar',
        'embedding:vector|halfvec|bit|sparsevec',
        'metadata:jsonb',
      ],
      optional: ['namespace'],
    },
    markers: [
      { table: 'mastra_threads(id, resourceId)', says: 'is there', confidence: 0.95 },
      { name: '^memory_(messages|observations)', says: 'is named as Mastra names it', confidence: 0.95 },
    ],
    confidence: 0.8,
  },
  variants: [
    { name: 'without namespaces (0.x)', lacksColumn: { table: '*', column: 'namespace' } },
    { name: 'with namespaces' },
  ],
  sets: [
    {
      table: '*',
      role: 'vectors',
      title: 'vectors of *',
      id: ['id'],
      namespace: { json: 'metadata', path: 'resource_id' },
      metadata: 'metadata',
      breakdowns: [{ column: 'namespace' }],
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
      readOnly: 'a vector goes with its message',
    },
  ],
  alsoOwns: [],
  hazards: [
    {
      text: 'the default index is IVFFlat with 100 lists, built while the table was empty: recall stays poor until it is rebuilt',
    },
  ],
  ownMaintenance: 'none',
});

const ONLY_LIBSQL = 'vectors of messages are in tables whose index only libSQL maintains: Mastra removes both';

export const mastraLibsql: Profile = defineProfile({
  id: 'mastra',
  title: 'Mastra memory (libSQL)',
  schemes: ['sqlite'],
  source: '@mastra/libsql 1.23.1',
  signature: SIGNATURE,
  sets: [
    ...sets(
      { column: { column: 'createdAt' }, format: 'utc-text' },
      {
        readOnly: ONLY_LIBSQL,
        vectors: { where: 'elsewhere', name: 'libSQL vector tables, whose index only libSQL reads' },
      },
    ),
    {
      table: 'memory_messages',
      role: 'vectors',
      title: 'vectors of messages',
      id: ['vector_id'],
      namespace: { json: 'metadata', path: 'resource_id' },
      metadata: 'metadata',
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
      readOnly: ONLY_LIBSQL,
    },
  ],
  alsoOwns: ['mastra_*', 'memory_messages*'],
  hazards: [{ text: 'large files: write a compacted copy with VACUUM INTO and swap, never VACUUM in place' }],
  ownMaintenance: 'storage.prune() where the application calls it',
});
