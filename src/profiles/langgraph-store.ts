import { defineProfile, type Profile } from './profile.ts';

/** Items and their vectors are plain tables; times are text in UTC. */
export const langgraphStore: Profile = defineProfile({
  id: 'langgraph-store',
  title: 'LangGraph store (Python, SQLite)',
  schemes: ['sqlite'],
  source: 'langgraph-checkpoint-sqlite 3.1.1, langgraph/store/sqlite/base.py',
  signature: {
    tables: { store: ['prefix', 'key', 'value', 'created_at'], store_migrations: ['v'] },
    confidence: 0.95,
  },
  version: { table: 'store_migrations', column: 'v' },
  variants: [
    { name: 'without ttl columns', lacksColumn: { table: 'store', column: 'expires_at' } },
    { name: 'with vectors', hasTable: 'store_vectors' },
    { name: 'without vectors' },
  ],
  sets: [
    {
      table: 'store',
      role: 'memory',
      title: 'stored items',
      primary: true,
      id: ['prefix', 'key'],
      namespace: { column: 'prefix' },
      text: [{ column: 'value' }],
      created: { column: { column: 'created_at' }, format: 'utc-text' },
      ttl: { kind: 'at', at: { column: { column: 'expires_at' }, format: 'utc-text' } },
      vectors: {
        where: 'table',
        table: 'store_vectors',
        column: 'embedding',
        on: ['prefix', 'key'],
        scalar: 'float32',
      },
    },
    {
      table: 'store_vectors',
      role: 'vectors',
      title: 'stored vectors',
      id: ['prefix', 'key', 'field_name'],
      namespace: { column: 'prefix' },
      created: { column: { column: 'created_at' }, format: 'utc-text' },
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
    },
  ],
  alsoOwns: ['store_migrations', 'vector_migrations'],
  hazards: [
    {
      text: 'foreign keys are never switched on, so the declared cascade does not fire: deletes and the TTL sweep leave orphans in store_vectors',
      hasTable: 'store_vectors',
    },
    {
      text: 'expires_at is written in two text forms, with and without fraction and offset; compare it as a time, never as text',
    },
    { text: 'every put resets created_at: ages are ages of the last write' },
  ],
  ownMaintenance: 'the TTL sweeper runs only where the application starts it, and only while its process lives',
});

export const langgraphCheckpoints: Profile = defineProfile({
  id: 'langgraph-checkpoints',
  title: 'LangGraph checkpoints (Python, SQLite)',
  schemes: ['sqlite'],
  source: 'langgraph-checkpoint-sqlite 3.1.1',
  signature: {
    tables: {
      checkpoints: ['thread_id', 'checkpoint_ns', 'checkpoint_id', 'parent_checkpoint_id', 'checkpoint'],
      writes: ['thread_id', 'checkpoint_id', 'task_id', 'channel'],
    },
    confidence: 0.95,
  },
  sets: [
    {
      table: 'checkpoints',
      role: 'session',
      title: 'checkpoints',
      id: ['thread_id', 'checkpoint_ns', 'checkpoint_id'],
      namespace: { column: 'thread_id' },
      metadata: 'metadata',
    },
    { table: 'writes', role: 'session', title: 'pending writes', namespace: { column: 'thread_id' } },
  ],
  alsoOwns: [],
  hazards: [{ text: 'rows of one thread build on each other by parent_checkpoint_id: remove whole threads' }],
  ownMaintenance: 'none: every step of a run adds a checkpoint, and nothing is ever removed',
});
