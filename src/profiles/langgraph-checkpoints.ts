/** LangGraph's conversation state and its node cache. */
import { defineProfile, type Profile } from './profile.ts';

const CHAIN =
  'checkpoints of a thread build on each other and their blobs are shared: whole threads go, by the application';
const NONE = 'none: every step of a run adds a checkpoint, and nothing is ever removed';
const HAZARD = {
  text: 'rows of one thread build on each other by parent_checkpoint_id: remove whole threads',
} as const;

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
  hazards: [HAZARD],
  ownMaintenance: NONE,
  readOnly: CHAIN,
});

export const langgraphCheckpointsPostgres: Profile = defineProfile({
  id: 'langgraph-checkpoints',
  title: 'LangGraph checkpoints (PostgreSQL)',
  schemes: ['postgres'],
  source:
    'langgraph-checkpoint-postgres 3.1.2, langgraph/checkpoint/postgres/base.py; the JavaScript tables are the same',
  signature: {
    tables: {
      checkpoints: ['thread_id', 'checkpoint_ns', 'checkpoint_id', 'parent_checkpoint_id', 'checkpoint'],
      checkpoint_writes: ['thread_id', 'checkpoint_id', 'task_id', 'channel'],
    },
    markers: [{ table: 'checkpoint_migrations(v)', says: 'is there', confidence: 0.97 }],
    confidence: 0.95,
  },
  version: { table: 'checkpoint_migrations', column: 'v' },
  sets: [
    {
      table: 'checkpoints',
      role: 'session',
      title: 'checkpoints',
      id: ['thread_id', 'checkpoint_ns', 'checkpoint_id'],
      namespace: { column: 'thread_id' },
      metadata: 'metadata',
      // There is no time column; the state itself says when it was taken.
      created: { column: { json: 'checkpoint', path: 'ts' }, format: 'utc-text' },
    },
    {
      table: 'checkpoint_blobs',
      role: 'session',
      title: 'channel values',
      id: ['thread_id', 'checkpoint_ns', 'channel', 'version'],
      namespace: { column: 'thread_id' },
    },
    {
      table: 'checkpoint_writes',
      role: 'session',
      title: 'pending writes',
      id: ['thread_id', 'checkpoint_ns', 'checkpoint_id', 'task_id', 'idx'],
      namespace: { column: 'thread_id' },
    },
  ],
  alsoOwns: ['checkpoint_migrations'],
  hazards: [HAZARD],
  ownMaintenance: NONE,
  readOnly: CHAIN,
});

export const langgraphCache: Profile = defineProfile({
  id: 'langgraph-cache',
  title: 'LangGraph node cache (SQLite)',
  schemes: ['sqlite'],
  source: 'langgraph-checkpoint-sqlite 3.1.1, langgraph/cache/sqlite',
  signature: { tables: { cache: ['ns', 'key', 'expiry', 'encoding', 'val'] }, exact: true, confidence: 0.9 },
  sets: [
    {
      table: 'cache',
      role: 'cache',
      title: 'cached node results',
      id: ['ns', 'key'],
      namespace: { column: 'ns' },
      ttl: { kind: 'at', at: { column: { column: 'expiry' }, format: 'epoch-s' } },
    },
  ],
  alsoOwns: [],
  hazards: [],
  ownMaintenance: 'an expired result is removed when it is asked for again; others stay',
});
