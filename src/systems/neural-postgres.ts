/** neural-memory in PostgreSQL: the tables of a brain; storage/postgres/postgres_schema.py, schema 1. */
import { type KeyColumn, keyColumn } from '../layouts/pg-btree.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { brainOf, ID_BYTES, JSON_BYTES } from './neural-brain.ts';
import { type BtreeIndex, column, type PgTable } from './pg-tables.ts';
import { storedVector } from './pgvector-system.ts';

const measured = (name: string, value: number, low: number, high: number): Quantity<'ratio'> =>
  leaf(name, value, 'ratio', {
    basis: 'measured',
    low,
    high,
    source: 'the JSON of the same store, as PostgreSQL keeps it',
  });
/** Objects whose values are text: an entry of 4 bytes in place of quotes, colon and comma, a header for what is nested. */
const OBJECT: Quantity<'ratio'> = measured('jsonb per byte of a JSON object', 1.14, 1.1, 1.2);
const ARRAY: Quantity<'ratio'> = measured('jsonb per byte of a JSON array', 1.04, 1.03, 1.1);
/** Six keys, half of them with NULL or false. */
const PROVENANCE: Quantity<'ratio'> = measured('jsonb per byte of provenance', 0.98, 0.95, 1.05);
/** Lexemes of English by its stemmer, and what one takes in a tsvector: an entry, its letters, a count, a position. */
const LEXEMES: Quantity<'ratio'> = measured('lexemes per byte of text', 0.148, 0.09, 0.16);
const LEXEME_BYTES: Quantity<'B'> = leaf('bytes of a lexeme in a tsvector', 13.8, 'B', {
  basis: 'measured',
  low: 12,
  high: 17,
  source: 'PostgreSQL src/include/tsearch/ts_type.h: 4 + letters + 2 + 2 a position, aligned to 2',
});

export function neuralPostgresTables(w: Workload): PgTable[] {
  const b = brainOf(w);
  const brains = w.namespaces ?? leaf('brains', 1, 'count', { basis: 'assumed', source: 'default: one' });
  /** Neurons that so many links lead to, whichever they are: some have several, some none. */
  const linked = (links: Quantity<'rows'>): Quantity<'count'> =>
    derive(
      'neurons with links',
      'count',
      'max(1, seen(neurons, links))',
      { neurons: b.neurons, links },
      {
        using: { seen: (neurons = 1, n = 0) => neurons * (1 - Math.exp(-n / neurons)) },
        moves: { neurons: 'rising', links: 'rising' },
      },
    );
  const brain = keyColumn.text('brain_id', w.namespaceBytes);
  const id = (name: string): KeyColumn => keyColumn.text(name, ID_BYTES);
  const time = keyColumn.timestamptz('created_at');
  const json = (text: Quantity<'B'>, ratio: Quantity<'ratio'> = OBJECT): Quantity<'B'> =>
    derive('as jsonb', 'B', 'text * ratio', { text, ratio });
  const ids = (each: Quantity<'ratio'>): Quantity<'B'> => derive('ids as jsonb', 'B', '4 + each * 40', { each });
  const unique = (name: string, ...columns: KeyColumn[]): BtreeIndex => ({
    kind: 'btree',
    name,
    columns: [brain, ...columns],
    arrival: 'random',
    unique: true,
  });
  const plain = (name: string, ...columns: KeyColumn[]): BtreeIndex => ({
    kind: 'btree',
    name,
    columns: [brain, ...columns],
    arrival: 'random',
  });
  /** Keys of few values: a type, a tier, a level that is still 0. */
  const few = (name: string, values: number, ...columns: KeyColumn[]): BtreeIndex => ({
    ...plain(name, ...columns),
    distinctKeys: derive('different keys', 'count', 'brains * values', {
      brains,
      values: leaf('values', values, 'count'),
    }),
  });
  const lexemes = derive('tsvector', 'B', '4 + content * each * bytes', {
    content: b.content,
    each: LEXEMES,
    bytes: LEXEME_BYTES,
  });
  const word = column.word;
  return [
    {
      name: 'neurons',
      main: true,
      rows: b.neurons,
      // Its brain.
      references: 1,
      columns: [
        word('id', ID_BYTES),
        word('brain_id', w.namespaceBytes),
        word('type', 6),
        column.text('content', b.content),
        column.text('metadata', json(JSON_BYTES.neuronMetadata)),
        column.bigint('content_hash'),
        column.text('content_tsv', lexemes),
        column.vector('embedding', storedVector(w)),
        word('device_id', 0),
        word('device_origin', 0),
        word('updated_at', 0),
        column.timestamptz('created_at'),
      ],
      indexes: [
        unique('neurons_pkey', id('id')),
        few('idx_neurons_type', 4, keyColumn.text('type', 6)),
        { ...plain('idx_neurons_created', time), arrival: { groups: brains } },
        plain('idx_neurons_hash', keyColumn.bigint('content_hash')),
        {
          kind: 'gin',
          name: 'idx_neurons_fts',
          keys: { kind: 'text', opclass: 'tsvector', textBytes: b.content, distinctTerms: w.distinctTerms },
        },
      ],
    },
    {
      name: 'neuron_states',
      rows: b.neurons,
      columns: [
        word('neuron_id', ID_BYTES),
        word('brain_id', w.namespaceBytes),
        column.bigint('activation_level'),
        column.integer('access_frequency'),
        column.timestamptz('last_activated', 1),
        column.bigint('decay_rate'),
        column.bigint('firing_threshold'),
        column.timestamptz('refractory_until', 1),
        column.bigint('refractory_period_ms'),
        column.bigint('homeostatic_target'),
        column.timestamptz('created_at'),
      ],
      indexes: [
        unique('neuron_states_pkey', id('neuron_id')),
        few('idx_neuron_states_freq', 1, keyColumn.integer('access_frequency')),
      ],
    },
    {
      name: 'synapses',
      rows: b.synapses,
      columns: [
        word('id', ID_BYTES),
        word('brain_id', w.namespaceBytes),
        word('source_id', ID_BYTES),
        word('target_id', ID_BYTES),
        word('type', 7),
        column.bigint('weight'),
        word('direction', 3),
        word('metadata', json(JSON_BYTES.synapseMetadata)),
        column.integer('reinforced_count'),
        column.timestamptz('last_activated', 1),
        word('device_id', 0),
        word('device_origin', 0),
        word('updated_at', 0),
        column.timestamptz('created_at'),
      ],
      indexes: [
        unique('synapses_pkey', id('id')),
        { ...plain('idx_synapses_source', id('source_id')), distinctKeys: linked(b.synapses) },
        { ...plain('idx_synapses_target', id('target_id')), distinctKeys: linked(b.synapses) },
        plain('idx_synapses_pair', id('source_id'), id('target_id')),
      ],
    },
    {
      name: 'fibers',
      rows: b.fibers,
      columns: [
        word('id', ID_BYTES),
        word('brain_id', w.namespaceBytes),
        word('neuron_ids', ids(b.perFiber.neurons)),
        word('synapse_ids', ids(b.perFiber.synapses)),
        word('anchor_neuron_id', ID_BYTES),
        word('pathway', json(JSON_BYTES.pathway, ARRAY)),
        column.bigint('conductivity'),
        column.timestamptz('last_conducted', 1),
        column.timestamptz('time_start'),
        column.timestamptz('time_end'),
        column.bigint('coherence'),
        column.bigint('salience'),
        column.integer('frequency'),
        { ...column.text('summary', w.textBytes), nullShare: 1 - b.summarised.value },
        word('tags', json(JSON_BYTES.tags, ARRAY)),
        word('auto_tags', json(JSON_BYTES.autoTags, ARRAY)),
        word('agent_tags', 10),
        column.text('metadata', json(JSON_BYTES.fiberMetadata)),
        column.integer('compression_tier'),
        column.integer('pinned'),
        word('device_id', 0),
        word('device_origin', 0),
        word('updated_at', 0),
        column.timestamptz('created_at'),
      ],
      indexes: [
        unique('fibers_pkey', id('id')),
        { ...plain('idx_fibers_created', time), arrival: { groups: brains } },
        plain('idx_fibers_salience', keyColumn.bigint('salience')),
        few('idx_fibers_conductivity', 1, keyColumn.bigint('conductivity')),
      ],
    },
    {
      name: 'fiber_neurons',
      rows: b.members,
      columns: [word('brain_id', w.namespaceBytes), word('fiber_id', ID_BYTES), word('neuron_id', ID_BYTES)],
      indexes: [
        unique('fiber_neurons_pkey', id('fiber_id'), id('neuron_id')),
        { ...plain('idx_fiber_neurons_neuron', id('neuron_id')), distinctKeys: linked(b.members) },
      ],
    },
    {
      name: 'typed_memories',
      rows: w.memories,
      columns: [
        word('fiber_id', ID_BYTES),
        word('brain_id', w.namespaceBytes),
        word('memory_type', 6),
        column.integer('priority'),
        word('provenance', json(JSON_BYTES.provenance, PROVENANCE)),
        column.timestamptz('expires_at', 1),
        word('project_id', 0, 1),
        word('tags', 4),
        word('metadata', 4),
        column.timestamptz('created_at'),
        column.bigint('trust_score', 1),
        word('source', 7),
        word('tier', 4),
      ],
      indexes: [
        unique('typed_memories_pkey', id('fiber_id')),
        few('idx_typed_memories_type', 5, keyColumn.text('memory_type', 6)),
        few('idx_typed_memories_project', 1),
        few('idx_typed_memories_expires', 1),
        few('idx_typed_memories_trust', 1),
        few('idx_typed_memories_tier', 1, keyColumn.text('tier', 4)),
      ],
    },
  ];
}
