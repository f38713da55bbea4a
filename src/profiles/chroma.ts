import { defineProfile, type Profile } from './profile.ts';

/** Read-only for content: vectors live in files beside it, and its queue is a log that other files depend on. */
export const chroma: Profile = defineProfile({
  id: 'chroma',
  title: 'Chroma local store',
  schemes: ['sqlite'],
  source: 'chroma 1.5.9, rust/sqlite/migrations (embeddings_queue 2, metadb 6, sysdb 10)',
  signature: {
    tables: {
      collections: ['id', 'name', 'dimension'],
      segments: ['id', 'type', 'scope', 'collection'],
      embeddings: ['segment_id', 'embedding_id', 'seq_id'],
      embedding_metadata: ['id', 'key', 'string_value'],
      embeddings_queue: ['seq_id', 'topic', 'vector'],
      max_seq_id: ['segment_id', 'seq_id'],
    },
    confidence: 0.97,
  },
  sets: [
    {
      table: 'embeddings',
      role: 'memory',
      title: 'records',
      primary: true,
      id: ['id'],
      namespace: { column: 'segment_id' },
      created: { column: { column: 'created_at' }, format: 'utc-text' },
      vectors: { where: 'elsewhere', name: 'HNSW files in a directory per segment beside the file' },
    },
    {
      table: 'embeddings_queue',
      role: 'queue',
      title: 'queued operations',
      namespace: { column: 'topic' },
      metadata: 'metadata',
      created: { column: { column: 'created_at' }, format: 'utc-text' },
      breakdowns: [{ column: 'operation' }],
    },
    {
      table: 'embedding_metadata',
      role: 'metadata',
      title: 'metadata values',
      namespace: { column: 'key' },
      text: [{ column: 'string_value' }],
    },
  ],
  alsoOwns: [
    'migrations(dir, filename)',
    'tenants(id)',
    'databases(tenant_id)',
    'collections',
    'collection_metadata',
    'segments',
    'segment_metadata',
    'embedding_metadata_array',
    'embedding_fulltext_search',
    'max_seq_id',
    'embeddings_queue_config',
    'maintenance_log(operation)',
  ],
  hazards: [
    {
      text: 'embeddings_queue is a write-ahead log, not garbage: rows at or above the least max_seq_id of their collection are the only copy of their vectors',
    },
    {
      text: 'rows must be deleted through Chroma: deleting them here leaves the HNSW files and the full-text table untouched',
    },
    { text: 'VACUUM needs the server stopped and about the size of the file free' },
  ],
  ownMaintenance:
    '`chroma utils vacuum` purges the queue as far as it is safe and then runs VACUUM; nothing else shrinks the file',
  readOnly:
    'records are also in HNSW files beside the database, and the queue is their log: only Chroma may delete them',
});
