import { defineProfile, type Profile, type SetProfile, type TimeColumn } from './profile.ts';

/** Agents with archival passages (padded to 4,096 dimensions), blocks of core memory and every message they had. */
function sets(format: 'native' | 'utc-text', deleted: 'true' | '1', cascade: 'engine' | 'delete'): SetProfile[] {
  const created: TimeColumn = { column: { column: 'created_at' }, format };
  const updated: TimeColumn = { column: { column: 'updated_at' }, format };
  // is_deleted is no way to supersede a passage: the search of passages does not ask for it (services/helpers/
  // agent_manager_helper.py, build_agent_passage_query), and what is marked would be found as before.
  const common = {
    id: ['id'],
    created,
    softDeleted: 'is_deleted',
    deletedValue: deleted,
    rank: { updated },
  } as const;
  const passages: Omit<SetProfile, 'table' | 'title'> = {
    role: 'memory',
    ...common,
    text: [{ column: 'text' }],
    metadata: 'metadata_',
    kind: [{ json: 'embedding_config', path: 'embedding_model' }],
    vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
  };
  const archival: Omit<SetProfile, 'table'> = { ...passages, title: 'archival passages', primary: true };
  return [
    {
      ...archival,
      table: 'archival_passages',
      namespace: { column: 'archive_id' },
      namespaceLabel: { table: 'archives', id: 'id', name: 'name' },
      dependents: [{ table: 'passage_tags', on: { passage_id: 'id' }, how: cascade }],
    },
    {
      ...archival,
      table: 'agent_passages',
      namespace: { column: 'agent_id' },
      namespaceLabel: { table: 'agents', id: 'id', name: 'name' },
    },
    {
      ...archival,
      table: 'passages',
      namespace: { column: 'agent_id' },
      namespaceLabel: { table: 'agents', id: 'id', name: 'name' },
    },
    {
      ...passages,
      table: 'source_passages',
      title: 'passages of uploaded files',
      namespace: { column: 'source_id' },
      namespaceLabel: { table: 'sources', id: 'id', name: 'name' },
      readOnly: 'passages belong to an uploaded file and go with it',
    },
    {
      ...common,
      table: 'messages',
      role: 'session',
      title: 'messages',
      namespace: { column: 'agent_id' },
      namespaceLabel: { table: 'agents', id: 'id', name: 'name' },
      text: [{ column: 'content|text' }],
      breakdowns: [{ column: 'role' }],
      kind: [{ column: 'role' }],
      readOnly: 'agents.message_ids lists the messages an agent has in its context',
    },
    {
      ...common,
      table: 'block',
      role: 'memory',
      title: 'blocks of core memory',
      namespace: { column: 'organization_id' },
      text: [{ column: 'value' }],
      metadata: 'metadata_',
      breakdowns: [{ column: 'label' }],
      kind: [{ column: 'label' }],
      readOnly: 'blocks are edited in place by their agents and are never superseded',
    },
    {
      ...common,
      table: 'provider_traces',
      role: 'log',
      title: 'provider traces',
      namespace: { column: 'organization_id' },
    },
  ];
}

const SHAPE: Pick<Profile, 'signature' | 'variants' | 'alsoOwns' | 'hazards' | 'ownMaintenance'> = {
  signature: {
    tables: { block: ['label', 'value', 'organization_id'] },
    anyOf: [
      { archival_passages: ['archive_id', 'embedding', 'embedding_config'], archives: ['organization_id'] },
      { agent_passages: ['agent_id', 'embedding', 'embedding_config'] },
      { passages: ['embedding', 'embedding_config', 'organization_id'] },
    ],
    markers: [{ table: 'alembic_version(version_num)', says: 'is there: migrated by Alembic', confidence: 0.97 }],
    confidence: 0.95,
  },
  variants: [
    { name: 'archives', hasTable: 'archival_passages' },
    { name: 'agent_passages (2024-2025)', hasTable: 'agent_passages' },
    { name: 'passages (oldest)' },
  ],
  alsoOwns: [
    'alembic_version(version_num)',
    'organizations(name, is_deleted)',
    'agents(agent_type, message_ids)',
    'archives(vector_db_provider)',
    'archives_agents(agent_id, archive_id)',
    'passage_tags(passage_id, tag)',
    'sources(organization_id, is_deleted)',
    'files(source_id, file_name)',
    'blocks_agents',
    'sources_agents',
    'tools_agents',
  ],
  hazards: [
    {
      text: 'embeddings are padded with zeros to 4,096 dimensions, 16 KB a row, and can have no vector index: the limit is 2,000, for halfvec 4,000',
    },
    { text: 'the true number of dimensions is in embedding_config, not in the column' },
  ],
  ownMaintenance: 'none: messages, steps and provider traces have no retention',
};

export const letta: Profile = defineProfile({
  ...SHAPE,
  id: 'letta',
  title: 'Letta (MemGPT) server',
  schemes: ['postgres'],
  source: 'letta server 0.16.8, letta/orm/*.py',
  sets: sets('native', 'true', 'engine'),
});

export const lettaSqlite: Profile = defineProfile({
  ...SHAPE,
  id: 'letta',
  title: 'Letta (MemGPT) server (SQLite)',
  schemes: ['sqlite'],
  source: 'letta server 0.16.8, letta/orm/*.py: the same tables, embeddings as BLOB',
  sets: sets('utc-text', '1', 'delete'),
});
