import { defineProfile, type Profile } from './profile.ts';

/** The side databases of mem0: its memories proper live in the vector store it is configured with. */
export const mem0History: Profile = defineProfile({
  id: 'mem0-history',
  title: 'mem0 history (Python)',
  schemes: ['sqlite'],
  source: 'mem0ai 2.0.18, mem0/memory/storage.py',
  signature: { tables: { history: ['memory_id', 'old_memory', 'new_memory', 'event'] }, confidence: 0.9 },
  sets: [
    {
      table: 'history',
      role: 'log',
      title: 'history events',
      id: ['id'],
      namespace: { column: 'memory_id' },
      text: [{ column: 'new_memory' }],
      created: { column: { column: 'created_at' }, format: 'utc-text' },
      breakdowns: [{ column: 'event' }],
      vectors: { where: 'elsewhere', name: 'the vector store mem0 was configured with' },
    },
    {
      table: 'messages',
      role: 'session',
      title: 'recent messages',
      id: ['id'],
      namespace: { column: 'session_scope' },
      text: [{ column: 'content' }],
      created: { column: { column: 'created_at' }, format: 'utc-text' },
    },
  ],
  alsoOwns: [],
  hazards: [
    { text: 'this is the log of the memories, not the memories: is_deleted marks an event, not a row to remove' },
  ],
  ownMaintenance: 'messages keeps the last 10 of each session; history is never pruned and has no index on memory_id',
});

export const mem0Vectors: Profile = defineProfile({
  id: 'mem0-vectors',
  title: 'mem0 local vector store (TypeScript)',
  schemes: ['sqlite'],
  source: 'npm mem0ai 3.3.1, oss/src/vector_stores/memory.ts and storage/SQLiteManager.ts',
  signature: {
    tables: {},
    anyOf: [
      { vectors: ['id', 'vector', 'payload'] },
      { memory_history: ['memory_id', 'previous_value', 'new_value', 'action'] },
    ],
    confidence: 0.85,
  },
  sets: [
    {
      table: 'vectors',
      role: 'memory',
      title: 'memories',
      primary: true,
      id: ['id'],
      namespace: { json: 'payload', path: 'user_id' },
      text: [{ json: 'payload', path: 'data' }],
      metadata: 'payload',
      hash: { json: 'payload', path: 'hash' },
      kind: [
        { json: 'payload', path: 'agent_id' },
        { json: 'payload', path: 'run_id' },
      ],
      created: { column: { json: 'payload', path: 'createdAt' }, format: 'utc-text' },
      vectors: { where: 'column', column: 'vector', scalar: 'float32' },
    },
    {
      table: 'memory_history',
      role: 'log',
      title: 'history events',
      namespace: { column: 'memory_id' },
      text: [{ column: 'new_value' }],
      created: { column: { column: 'created_at' }, format: 'utc-text' },
      breakdowns: [{ column: 'action' }],
    },
  ],
  alsoOwns: ['memory_migrations(id, user_id)'],
  hazards: [{ text: 'a search reads every vector: there is no index' }],
  ownMaintenance: 'none',
});
