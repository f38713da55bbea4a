/** A graph memory: fibers are the memories, neurons and synapses what they are made of. */
import { type Dependent, defineProfile, type Profile, type SetProfile, type TimeColumn } from './profile.ts';

const BRAIN = { column: 'brain_id' } as const;
const LABEL = { table: 'brains', id: 'id', name: 'name' } as const;
/** Triggers of neurons and fibers keep the full-text index by it (schema 42 and later). */
const SPACED = ['cjk_spaced'] as const;

/** Text in both engines, although created_at is a timestamptz in PostgreSQL. */
const UPDATED: TimeColumn = { column: { column: 'updated_at' }, format: 'utc-text' };

const GRAPH_NAMES =
  'fibers name their neurons and synapses in lists without a foreign key: only consolidation prunes them';

const hang = (table: string, how: Dependent['how']): Dependent => ({
  table,
  on: { brain_id: 'brain_id', fiber_id: 'fiber_id' },
  how,
});
const ofFiber = (table: string, how: Dependent['how']): Dependent => ({
  table,
  on: { brain_id: 'brain_id', fiber_id: 'id' },
  how,
});

/**
 * What `nmem cleanup --expired` removes: the type and its fiber; neurons stay. The type refers to the fiber, so the fiber
 * goes last, and the engine's cascade takes what refers to it. Review dates and the uncompressed copy have no foreign key.
 */
const TYPE_DEPENDENTS: readonly Dependent[] = [
  hang('fiber_neurons', 'engine'),
  hang('memory_maturations', 'engine'),
  hang('review_schedules', 'delete'),
  hang('compression_backups', 'delete'),
  { table: 'fibers', on: { brain_id: 'brain_id', id: 'fiber_id' }, how: 'delete', after: true },
];

const FIBER_DEPENDENTS: readonly Dependent[] = [
  ofFiber('typed_memories', 'engine'),
  ofFiber('fiber_neurons', 'engine'),
  ofFiber('memory_maturations', 'engine'),
  ofFiber('review_schedules', 'delete'),
  ofFiber('compression_backups', 'delete'),
];

/** @param format how times are stored: naive UTC ISO-8601 text in SQLite, timestamptz in PostgreSQL */
function sets(format: 'utc-text' | 'native', vectors: SetProfile['vectors']): SetProfile[] {
  const created: TimeColumn = { column: { column: 'created_at' }, format };
  return [
    {
      table: 'fibers',
      role: 'memory',
      title: 'memories (fibers)',
      id: ['brain_id', 'id'],
      namespace: BRAIN,
      namespaceLabel: LABEL,
      text: [{ column: 'summary' }],
      metadata: 'metadata',
      created,
      breakdowns: [{ column: 'compression_tier' }, { column: 'pinned' }],
      rank: {
        pinned: { column: 'pinned' },
        confidence: { column: 'salience' },
        accesses: { column: 'frequency' },
        updated: UPDATED,
      },
      dependents: FIBER_DEPENDENTS,
      functions: SPACED,
    },
    {
      table: 'neurons',
      role: 'node',
      title: 'neurons',
      primary: true,
      id: ['brain_id', 'id'],
      namespace: BRAIN,
      namespaceLabel: LABEL,
      text: [{ column: 'content' }],
      metadata: 'metadata',
      hash: { column: 'content_hash' },
      created,
      breakdowns: [{ column: 'type' }, { json: 'metadata', path: '_status' }, { column: 'lifecycle_state' }],
      kind: [{ column: 'type' }],
      rank: {
        pinned: { column: 'frozen' },
        updated: UPDATED,
        edges: {
          table: 'synapses',
          on: [
            { brain_id: 'brain_id', source_id: 'id' },
            { brain_id: 'brain_id', target_id: 'id' },
          ],
        },
      },
      // Recall is gated by it and by nothing else (storage/sqlite_schema.py, comment on lifecycle_state). It is no way to
      // supersede one neuron by another from outside: a fiber reaches its memory through the neurons it names, so what hides
      // a neuron cuts the memory off. The system's own consolidation joins twins by alias synapses and hides neither.
      hidden: [
        { ref: { json: 'metadata', path: '_status' }, value: 'superseded', says: 'superseded' },
        { ref: { json: 'metadata', path: '_status' }, value: 'expired', says: 'expired' },
      ],
      ...(vectors === undefined ? {} : { vectors }),
      functions: SPACED,
      readOnly: GRAPH_NAMES,
    },
    {
      table: 'synapses',
      role: 'edge',
      title: 'synapses',
      id: ['brain_id', 'id'],
      namespace: BRAIN,
      namespaceLabel: LABEL,
      metadata: 'metadata',
      created,
      breakdowns: [{ column: 'type' }],
      readOnly: GRAPH_NAMES,
    },
    {
      table: 'typed_memories',
      role: 'type',
      title: 'typed memories',
      id: ['brain_id', 'fiber_id'],
      namespace: BRAIN,
      namespaceLabel: LABEL,
      metadata: 'metadata',
      created,
      ttl: { kind: 'at', at: { column: { column: 'expires_at' }, format } },
      breakdowns: [{ column: 'memory_type' }, { column: 'tier' }],
      dependents: TYPE_DEPENDENTS,
      functions: SPACED,
    },
    {
      table: 'change_log',
      role: 'log',
      title: 'change log entries',
      namespace: BRAIN,
      namespaceLabel: LABEL,
      breakdowns: [{ column: 'synced' }],
      readOnly: 'entries that are not synced yet are what other devices are told',
    },
    { table: 'tool_events', role: 'log', title: 'tool events', namespace: BRAIN, created },
    {
      table: 'enrichment_jobs',
      role: 'queue',
      title: 'enrichment jobs',
      namespace: BRAIN,
      created,
      breakdowns: [{ column: 'status' }],
      readOnly: 'jobs are leased and retired by the application',
    },
  ];
}

const SIGNATURE: Profile['signature'] = {
  tables: {
    brains: ['id', 'name'],
    neurons: ['id', 'brain_id', 'type', 'content'],
    synapses: ['brain_id', 'source_id', 'target_id', 'weight'],
    fibers: ['brain_id', 'neuron_ids', 'anchor_neuron_id'],
  },
  confidence: 0.95,
};

export const neuralMemory: Profile = defineProfile({
  id: 'neural-memory',
  title: 'neural-memory brain',
  schemes: ['sqlite'],
  source: 'nhadaututtheky/neural-memory 0.4.0 (schema 1) and 4.62.0 (schema 42), storage/sqlite_schema.py',
  signature: SIGNATURE,
  version: { table: 'schema_version', column: 'version' },
  newestKnown: 42,
  sets: sets('utc-text', { where: 'sidecar', file: '{namespace}.hnsw', format: 'hnswlib' }),
  alsoOwns: [
    'schema_version',
    'brains',
    'neuron_states',
    'fiber_neurons',
    'projects(brain_id)',
    'neurons_fts',
    'fibers_fts',
    'memory_maturations',
    'co_activation_events',
    'action_events',
    'brain_versions',
    'sync_states',
    'alerts(brain_id)',
    'review_schedules',
    'depth_priors',
    'compression_backups',
    'neuron_snapshots',
    'devices(brain_id)',
    'retrieval_calibration',
    'retriever_calibration',
    'training_files',
    'cognitive_state',
    'hot_index',
    'knowledge_gaps',
    'sources(brain_id)',
    'session_summaries(brain_id)',
    'tag_cooccurrence',
    'drift_clusters',
    'merkle_hashes',
    'consolidation_checkpoints',
    'entity_refs',
    'keyword_document_frequency',
  ],
  hazards: [
    {
      text: "triggers call the application's own function cjk_spaced(): without it every insert, update and delete on neurons and fibers fails, and with a wrong one the full-text index is left with dangling rows",
      triggerCalls: 'cjk_spaced',
    },
    {
      text: 'never run FTS5 rebuild: it indexes text that was not spaced, and Chinese, Japanese and Korean phrases are no longer found',
      hasTable: 'neurons_fts',
    },
    {
      text: 'there is no embedding column: vectors live beside the file, one {brain}.hnsw (hnswlib, 384 dimensions by default) per brain, and know nothing of rows deleted here',
    },
    {
      text: 'neurons and fibers have no INTEGER PRIMARY KEY: check that rowids survived a VACUUM, the full-text indexes refer to them',
      hasTable: 'neurons_fts',
    },
    {
      text: 'fibers.neuron_ids and synapse_ids are JSON lists without a foreign key: a deleted neuron leaves dangling ids',
    },
    {
      text: 'a sync partner is not told of rows deleted here: change_log and merkle_hashes are kept by the application alone',
      hasTable: 'change_log',
    },
    { text: 'recall is gated by metadata._status, not by lifecycle_state' },
    { text: 'pinned fibers are spared by consolidation; a retention rule of yours does not spare them' },
  ],
  ownMaintenance:
    'consolidation runs when called; `nmem cleanup --expired` removes at most 100 expired memories a run; neither VACUUM nor a WAL checkpoint is ever run, and change_log and tool_events are never pruned',
});

export const neuralMemoryPostgres: Profile = defineProfile({
  id: 'neural-memory',
  title: 'neural-memory brain (PostgreSQL)',
  schemes: ['postgres'],
  source: 'nhadaututtheky/neural-memory 4.62.0, storage/postgres/postgres_schema.py (schema 1)',
  signature: SIGNATURE,
  sets: sets('native', { where: 'column', column: 'embedding', scalar: 'float32' }).filter(
    (s) => !['change_log', 'tool_events', 'enrichment_jobs'].includes(s.table),
  ),
  alsoOwns: [
    'brains',
    'neuron_states',
    'fiber_neurons',
    'projects(brain_id)',
    'cognitive_state(brain_id, neuron_id)',
    'hot_index(brain_id, slot)',
    'knowledge_gaps(brain_id, topic)',
  ],
  hazards: [
    { text: 'the embedding column has no vector index: every similarity search reads all neurons of a brain' },
    {
      text: 'fibers.neuron_ids and synapse_ids are JSON lists without a foreign key: a deleted neuron leaves dangling ids',
    },
    { text: 'updated_at is text and created_at a timestamptz, in the same table' },
    { text: 'pinned fibers are spared by consolidation; a retention rule of yours does not spare them' },
  ],
  ownMaintenance:
    'consolidation runs when called; `nmem cleanup --expired` removes at most 100 expired memories a run; no VACUUM is ever issued',
});
