import { type Dependent, defineProfile, type Profile } from './profile.ts';

/** A row in either direction is an edge of the memory. */
const EDGES: readonly Dependent[] = [
  { table: 'memory_graph', on: { source_hash: 'content_hash' }, how: 'delete' },
  { table: 'memory_graph', on: { target_hash: 'content_hash' }, how: 'delete' },
];

/** Rows in one table, vectors in a vec0 table under the same rowid; deletes are soft. */
export const mcpMemoryService: Profile = defineProfile({
  id: 'mcp-memory-service',
  title: 'mcp-memory-service',
  schemes: ['sqlite'],
  source: 'doobidoo/mcp-memory-service 10.59.0, storage/sqlite_vec.py and migrations 008-011',
  signature: {
    tables: { memories: ['content_hash', 'content', 'memory_type', 'created_at', 'created_at_iso'] },
    anyOf: [{ memory_embeddings: [] }, { memories: ['deleted_at'] }],
    confidence: 0.95,
  },
  variants: [
    { name: 'without soft delete', lacksColumn: { table: 'memories', column: 'deleted_at' } },
    { name: 'with soft delete' },
  ],
  sets: [
    {
      table: 'memories',
      role: 'memory',
      title: 'memories',
      primary: true,
      id: ['id'],
      text: [{ column: 'content' }],
      metadata: 'metadata',
      hash: { column: 'content_hash' },
      created: { column: { column: 'created_at' }, format: 'epoch-s' },
      softDeleted: 'deleted_at',
      breakdowns: [{ column: 'memory_type' }],
      kind: [{ column: 'memory_type' }],
      rank: {
        confidence: { column: 'confidence' },
        accesses: { json: 'metadata', path: 'access_count' },
        updated: { column: { column: 'updated_at' }, format: 'epoch-s' },
        edges: { table: 'memory_graph', on: [{ source_hash: 'content_hash' }, { target_hash: 'content_hash' }] },
      },
      supersede: {
        set: [{ column: { column: 'deleted_at' }, to: { now: 'epoch-s' } }],
        dependents: [{ table: 'memory_embeddings', on: { rowid: 'id' }, how: 'vec0' }, ...EDGES],
        source:
          'storage/sqlite_vec.py, delete(): vector row and graph edges go, deleted_at is set; every search asks for deleted_at IS NULL',
      },
      vectors: { where: 'vec0', table: 'memory_embeddings' },
      dependents: [
        { table: 'memory_embeddings', on: { rowid: 'id' }, how: 'vec0', orphans: true },
        ...EDGES,
        { table: 'memory_content_fts', on: { rowid: 'id' }, how: 'fts5' },
      ],
    },
    {
      table: 'memory_graph',
      role: 'edge',
      title: 'graph edges',
      id: ['source_hash', 'target_hash'],
      created: { column: { column: 'created_at' }, format: 'epoch-s' },
      breakdowns: [{ column: 'relationship_type' }],
      readOnly: 'an edge goes with its memories',
    },
  ],
  alsoOwns: ['metadata(key, value)', 'memory_embeddings', 'memory_content_fts'],
  hazards: [
    { text: 'there is no namespace column: tenants, where there are any, are words in the comma-separated tags' },
    {
      text: 'in older releases the delete trigger of the full-text index runs too late and leaves the words of deleted memories',
      hasTable: 'memory_content_fts',
    },
    {
      text: 'memory_embeddings does not shrink on delete or VACUUM: only a rebuild gives its space back',
      hasTable: 'memory_embeddings',
    },
  ],
  ownMaintenance: 'soft-deleted rows are purged after 30 days by the hybrid backend alone; otherwise by hand',
});
