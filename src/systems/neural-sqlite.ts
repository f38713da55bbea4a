/** neural-memory in SQLite: the tables of a brain; storage/sqlite_schema.py, schema 42. */
import type { Component } from '../engines/engine.ts';
import { sqliteFts5 } from '../layouts/sqlite-fts5.ts';
import type { SqliteColumn } from '../layouts/sqlite-records.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { type Brain, brainOf, ID_BYTES, ISO_BYTES, JSON_BYTES, NEURAL_SOURCE } from './neural-brain.ts';
import { cell, type SqliteIndexOf, type SqliteTableOf, sqliteComponents } from './sqlite-tables.ts';

/**
 * Pages of what a fresh brain has besides: 87 tables and indexes without a row, 10 pages of sqlite_schema, the brain's own, and
 * those of versions and sequences.
 */
const OTHER_PAGES: Quantity<'pages'> = leaf('pages of the other tables and of the schema', 102, 'pages', {
  basis: 'measured',
  low: 98,
  high: 120,
  source: `${NEURAL_SOURCE}, schema 42: 148 tables, indexes and triggers`,
});
/** SQLite's default. */
const PAGE: Quantity<'B'> = leaf('page size', 4096, 'B', { source: 'SQLite default' });
const SIMHASH = 2 ** 60;

const id = (name: string): SqliteColumn => cell.word(name, ID_BYTES);
const time = (name: string): SqliteColumn => cell.word(name, ISO_BYTES);
const empty = (name: string): SqliteColumn => cell.word(name, 0);
const zero = (name: string): SqliteColumn => cell.integer(name, 0);

export function neuralSqliteTables(w: Workload): SqliteTableOf[] {
  const b = brainOf(w);
  const brain = cell.word('brain_id', w.namespaceBytes);
  // Several brains in one file come in turn, so that nothing ascends.
  const order = (w.namespaces?.value ?? 1) > 1 ? 'random' : 'ascending';
  const keyed = (name: string, ...columns: SqliteColumn[]): SqliteIndexOf => ({
    name,
    columns: [brain, ...columns],
    order: 'random',
  });
  const ascending = (name: string, ...columns: SqliteColumn[]): SqliteIndexOf => ({
    name,
    columns: [brain, ...columns],
    order,
  });
  const devices = [empty('device_id'), empty('device_origin'), empty('updated_at')];
  return [
    {
      name: 'neurons',
      rows: b.neurons,
      columns: [
        id('id'),
        brain,
        cell.word('type', 6),
        cell.text('content', b.content),
        cell.text('metadata', JSON_BYTES.neuronMetadata),
        cell.integer('content_hash', SIMHASH),
        ...devices,
        time('created_at'),
        cell.none('last_accessed_at'),
        cell.word('lifecycle_state', 6),
        zero('frozen'),
        zero('ephemeral'),
      ],
      indexes: [
        keyed('PRIMARY KEY', id('id')),
        keyed('idx_neurons_type', cell.word('type', 6)),
        ascending('idx_neurons_created', time('created_at')),
        keyed('idx_neurons_hash', cell.integer('content_hash', SIMHASH)),
        ascending('idx_neurons_updated', empty('updated_at')),
        keyed('idx_neurons_content', cell.text('content', b.content)),
        ascending('idx_neurons_lifecycle', cell.word('lifecycle_state', 6)),
        ascending('idx_neurons_last_accessed', cell.none('last_accessed_at')),
      ],
    },
    {
      name: 'neuron_states',
      rows: b.neurons,
      columns: [
        id('neuron_id'),
        brain,
        zero('activation_level'),
        zero('access_frequency'),
        cell.none('last_activated'),
        cell.real('decay_rate'),
        cell.real('firing_threshold'),
        cell.none('refractory_until'),
        // 500.0 is stored as an integer.
        cell.integer('refractory_period_ms', 500),
        cell.real('homeostatic_target'),
        time('created_at'),
      ],
      indexes: [keyed('PRIMARY KEY', id('neuron_id')), ascending('idx_neuron_states_freq', zero('access_frequency'))],
    },
    {
      name: 'synapses',
      rows: b.synapses,
      columns: [
        id('id'),
        brain,
        id('source_id'),
        id('target_id'),
        cell.word('type', 7),
        cell.real('weight'),
        cell.word('direction', 3),
        cell.text('metadata', JSON_BYTES.synapseMetadata),
        zero('reinforced_count'),
        cell.none('last_activated'),
        ...devices,
        time('created_at'),
      ],
      indexes: [
        keyed('PRIMARY KEY', id('id')),
        keyed('idx_synapses_source', id('source_id')),
        keyed('idx_synapses_target', id('target_id')),
        keyed('idx_synapses_pair', id('source_id'), id('target_id')),
        ascending('idx_synapses_updated', empty('updated_at')),
      ],
    },
    fibers(b, brain, devices, keyed, ascending),
    {
      name: 'fiber_neurons',
      rows: b.members,
      columns: [brain, id('fiber_id'), id('neuron_id')],
      indexes: [
        keyed('PRIMARY KEY', id('fiber_id'), id('neuron_id')),
        keyed('idx_fiber_neurons_neuron', id('neuron_id')),
      ],
    },
    {
      name: 'typed_memories',
      rows: w.memories,
      columns: [
        id('fiber_id'),
        brain,
        cell.word('memory_type', 6),
        cell.integer('priority', 5),
        cell.word('provenance', JSON_BYTES.provenance),
        cell.none('expires_at'),
        cell.none('project_id'),
        cell.word('tags', 2),
        cell.word('metadata', 2),
        time('created_at'),
        cell.none('trust_score'),
        cell.word('source', 7),
        cell.word('tier', 4),
      ],
      indexes: [
        keyed('PRIMARY KEY', id('fiber_id')),
        keyed('idx_typed_memories_type', cell.word('memory_type', 6)),
        ascending('idx_typed_memories_project', cell.none('project_id')),
        ascending('idx_typed_memories_expires', cell.none('expires_at')),
        ascending('idx_typed_memories_trust', cell.none('trust_score')),
        ascending('idx_typed_memories_tier', cell.word('tier', 4)),
      ],
    },
    {
      name: 'memory_maturations',
      rows: w.memories,
      columns: [
        id('fiber_id'),
        brain,
        cell.word('stage', 3),
        time('stage_entered_at'),
        zero('rehearsal_count'),
        cell.word('reinforcement_timestamps', 2),
      ],
      indexes: [keyed('PRIMARY KEY', id('fiber_id')), ascending('idx_maturations_stage', cell.word('stage', 3))],
    },
    {
      name: 'tag_cooccurrence',
      rows: b.tagPairs,
      columns: [brain, cell.word('tag_a', 11), cell.word('tag_b', 16), cell.integer('count', 1), time('last_seen')],
      indexes: [
        keyed('PRIMARY KEY', cell.text('tag_a', leaf('tag', 11, 'B')), cell.text('tag_b', leaf('tag', 16, 'B'))),
        ascending('idx_tag_cooccurrence_brain', cell.integer('count', 1)),
      ],
    },
  ];
}

function fibers(
  b: Brain,
  brain: SqliteColumn,
  devices: readonly SqliteColumn[],
  keyed: (name: string, ...columns: SqliteColumn[]) => SqliteIndexOf,
  ascending: (name: string, ...columns: SqliteColumn[]) => SqliteIndexOf,
): SqliteTableOf {
  return {
    name: 'fibers',
    rows: b.fibers,
    columns: [
      id('id'),
      brain,
      cell.text('neuron_ids', b.neuronIds),
      cell.text('synapse_ids', b.synapseIds),
      id('anchor_neuron_id'),
      cell.text('pathway', JSON_BYTES.pathway),
      cell.integer('conductivity', 1),
      cell.none('last_conducted'),
      time('time_start'),
      time('time_end'),
      zero('coherence'),
      cell.real('salience'),
      zero('frequency'),
      cell.text('summary', b.summary),
      cell.none('essence'),
      cell.none('last_ghost_shown_at'),
      cell.text('tags', JSON_BYTES.tags),
      cell.text('auto_tags', JSON_BYTES.autoTags),
      cell.word('agent_tags', JSON_BYTES.agentTags),
      cell.text('metadata', JSON_BYTES.fiberMetadata),
      zero('compression_tier'),
      zero('pinned'),
      ...devices,
      time('created_at'),
    ],
    indexes: [
      keyed('PRIMARY KEY', id('id')),
      ascending('idx_fibers_created', time('created_at')),
      keyed('idx_fibers_salience', cell.real('salience')),
      ascending('idx_fibers_conductivity', cell.integer('conductivity', 1)),
      ascending('idx_fibers_updated', empty('updated_at')),
      ascending('idx_fibers_pinned', zero('pinned')),
      ascending('idx_fibers_time_range', time('created_at'), time('time_start')),
    ],
  };
}

/** Components of the file: a row for each table with its indexes, its full text, and all the tables that stay empty. */
export function neuralSqliteComponents(w: Workload): Component[] {
  const b = brainOf(w);
  const hot = (disk: Quantity<'B'>): Quantity<'B'> => derive('in use', 'B', 'disk * hot', { disk, hot: w.hotShare });
  const words = (title: string, rows: Quantity, textBytes: Quantity<'B'>): Component => {
    const { disk } = sqliteFts5.size({ rows, textBytes });
    return { id: title, title: `${title} (FTS5)`, disk, resident: hot(disk), docs: 'layouts/sqlite-fts5' };
  };
  const others = derive('the other tables', 'B', 'pages * page', { pages: OTHER_PAGES, page: PAGE });
  return [
    ...sqliteComponents(neuralSqliteTables(w), w),
    words('neurons_fts', b.neurons, b.content),
    words('fibers_fts', b.summaries, w.textBytes),
    { id: 'other-tables', title: 'the other tables, empty', disk: others, resident: hot(others), docs: 'presets' },
  ];
}
