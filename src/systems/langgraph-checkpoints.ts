/** LangGraph's checkpointer on PostgreSQL. langgraph-checkpoint-postgres 3.1.2, langgraph/checkpoint/postgres/base.py. */
import type { EnginePlan } from '../engines/engine.ts';
import { type KeyColumn, keyColumn } from '../layouts/pg-btree.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { column, type PgTable, pgComponents } from './pg-tables.ts';
import { plannedStore } from './planned-store.ts';
import type { SystemPreset } from './preset.ts';
import { systemEngine } from './system-engine.ts';

/** uuid6 as text. */
const CHECKPOINT_ID = 36;
/** Channels written a step: messages and the graph's own. */
const BLOBS: Quantity<'ratio'> = leaf('blobs per checkpoint', 1, 'ratio', {
  basis: 'assumed',
  low: 0.5,
  high: 3,
  source: 'default: one channel changes a step; primitive values are kept in the checkpoint itself',
});
const WRITES: Quantity<'ratio'> = leaf('writes per checkpoint', 2, 'ratio', {
  basis: 'assumed',
  low: 1,
  high: 6,
  source: 'default: the messages and a branch each step',
});
/** versions and channel_values as jsonb, beside what a step adds. */
const CHECKPOINT: Quantity<'B'> = leaf('checkpoint (jsonb)', 600, 'B', {
  basis: 'assumed',
  low: 300,
  high: 2000,
  source: 'default: versions of a handful of channels',
});

export function checkpointTables(w: Workload): PgTable[] {
  const id = (name: string): KeyColumn => keyColumn.text(name, CHECKPOINT_ID);
  const none = keyColumn.text('checkpoint_ns', 0);
  const threads = w.namespaces ?? leaf('threads', 1, 'count', { basis: 'assumed', source: 'default: one' });
  const distinct = (rows: Quantity<'rows'>): Quantity<'count'> =>
    derive('threads', 'count', 'min(N, threads)', { N: rows, threads });
  const byThread = (name: string, rows: Quantity<'rows'>): PgTable['indexes'][number] => ({
    kind: 'btree',
    name,
    columns: [id('thread_id')],
    arrival: 'random',
    distinctKeys: distinct(rows),
  });
  const blobs = derive('blobs', 'rows', 'ceil(N * each)', { N: w.memories, each: BLOBS });
  const writes = derive('writes', 'rows', 'ceil(N * each)', { N: w.memories, each: WRITES });
  return [
    {
      name: 'checkpoints',
      main: true,
      rows: w.memories,
      upserts: true,
      columns: [
        column.word('thread_id', CHECKPOINT_ID),
        column.word('checkpoint_ns', 0),
        column.word('checkpoint_id', CHECKPOINT_ID),
        column.word('parent_checkpoint_id', CHECKPOINT_ID),
        column.word('type', 0, 1),
        column.text('checkpoint', CHECKPOINT),
        column.text('metadata', w.metadataBytes),
      ],
      indexes: [
        {
          kind: 'btree',
          name: 'checkpoints_pkey',
          columns: [id('thread_id'), none, id('checkpoint_id')],
          // uuid6 and versions ascend within their thread.
          arrival: { groups: threads },
          unique: true,
        },
        byThread('checkpoints_thread_id_idx', w.memories),
      ],
    },
    {
      name: 'checkpoint_blobs',
      rows: blobs,
      upserts: true,
      columns: [
        column.word('thread_id', CHECKPOINT_ID),
        column.word('checkpoint_ns', 0),
        column.word('channel', 8),
        column.word('version', 50),
        column.word('type', 7),
        column.text('blob', w.textBytes),
      ],
      indexes: [
        {
          kind: 'btree',
          name: 'checkpoint_blobs_pkey',
          columns: [id('thread_id'), none, keyColumn.text('channel', 8), keyColumn.text('version', 50)],
          arrival: { groups: threads },
          unique: true,
        },
        byThread('checkpoint_blobs_thread_id_idx', blobs),
      ],
    },
    {
      name: 'checkpoint_writes',
      rows: writes,
      upserts: true,
      columns: [
        column.word('thread_id', CHECKPOINT_ID),
        column.word('checkpoint_ns', 0),
        column.word('checkpoint_id', CHECKPOINT_ID),
        column.word('task_id', CHECKPOINT_ID),
        column.integer('idx'),
        column.word('channel', 8),
        column.word('type', 7),
        column.text('blob', w.textBytes),
        column.word('task_path', 20),
      ],
      indexes: [
        {
          kind: 'btree',
          name: 'checkpoint_writes_pkey',
          columns: [id('thread_id'), none, id('checkpoint_id'), id('task_id'), keyColumn.integer('idx')],
          arrival: { groups: threads },
          unique: true,
        },
        byThread('checkpoint_writes_thread_id_idx', writes),
      ],
    },
  ];
}

function planCheckpoints(w: Workload): EnginePlan {
  return plannedStore(
    {
      index: 'flat',
      components: pgComponents(checkpointTables(w), w).components,
      refused: 'checkpoints are read by thread: there is no vector search',
      notes: [
        'a memory here is a checkpoint, --text-bytes one serialised channel value, --namespaces the threads',
        'nothing is removed: every step of every thread stays until its thread is deleted',
      ],
    },
    w,
  );
}

export const langgraphCheckpoints: SystemPreset = {
  id: 'langgraph-checkpoints',
  family: 'langgraph-checkpoints',
  store: 'postgres',
  title: 'LangGraph checkpoints (PostgreSQL)',
  source: 'langgraph-checkpoint-postgres 3.1.2, langgraph/checkpoint/postgres/base.py',
  inputs: {
    'text-bytes': { value: 2000, low: 300, high: 20_000 },
    'metadata-bytes': { value: 120, low: 60, high: 400 },
  },
  engine: systemEngine({
    id: 'postgres',
    system: 'langgraph-checkpoints',
    title: 'LangGraph checkpoints (PostgreSQL)',
    level: undefined,
    layouts: ['pg-heap', 'pg-btree'],
    scalars: ['float32'],
    indexes: ['flat'],
    plan: planCheckpoints,
    tables: { of: checkpointTables, asStored: (w) => w, vectorIndex: false, updates: undefined },
    embeds: false,
    leaveWhen: ['checkpoints of finished threads make up most of the database'],
    failureModes: ['checkpoints grow with every step of every thread and have no time stamp to expire by'],
  }),
};
