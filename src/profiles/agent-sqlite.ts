/** Databases of coding agents that keep memories among sessions: read for size, never pruned row by row. */
import { defineProfile, type Profile, type TimeColumn } from './profile.ts';

const EPOCH_MS: TimeColumn = { column: { column: 'created_at_epoch' }, format: 'epoch-ms' };

export const claudeMem: Profile = defineProfile({
  id: 'claude-mem',
  title: 'claude-mem',
  schemes: ['sqlite'],
  source: 'npm claude-mem 13.25.3, plugin/sqlite/SessionStore.js',
  signature: {
    tables: {
      sdk_sessions: ['memory_session_id', 'project'],
      observations: ['memory_session_id', 'project', 'narrative'],
      session_summaries: ['memory_session_id', 'learned'],
      user_prompts: ['prompt_text'],
    },
    confidence: 0.95,
  },
  version: { table: 'schema_versions', column: 'version' },
  sets: [
    {
      table: 'observations',
      role: 'memory',
      title: 'observations',
      primary: true,
      id: ['id'],
      namespace: { column: 'project' },
      text: [{ column: 'text' }, { column: 'title' }, { column: 'narrative' }, { column: 'facts' }],
      metadata: 'metadata',
      hash: { column: 'content_hash' },
      created: EPOCH_MS,
      breakdowns: [{ column: 'type' }],
      kind: [{ column: 'type' }, { column: 'agent_id' }],
      rank: { accesses: { column: 'relevance_count' } },
      vectors: { where: 'elsewhere', name: 'a Chroma store, collection cm__claude-mem' },
    },
    {
      table: 'session_summaries',
      role: 'memory',
      title: 'session summaries',
      id: ['id'],
      namespace: { column: 'project' },
      text: [{ column: 'learned' }],
      created: EPOCH_MS,
    },
    {
      table: 'user_prompts',
      role: 'log',
      title: 'user prompts',
      id: ['id'],
      text: [{ column: 'prompt_text' }],
      created: EPOCH_MS,
    },
    {
      table: 'pending_messages',
      role: 'queue',
      title: 'pending messages',
      created: EPOCH_MS,
      breakdowns: [{ column: 'status' }],
    },
    { table: 'tool_uses', role: 'log', title: 'tool uses', namespace: { column: 'project' }, created: EPOCH_MS },
  ],
  alsoOwns: ['schema_versions', 'sdk_sessions', 'observations_fts', 'user_prompts_fts'],
  hazards: [
    { text: 'the full-text tables keep no text of their own: delete through the triggers only' },
    { text: 'vectors are in a separate Chroma store under ids made from these rows' },
  ],
  ownMaintenance: 'no retention and no VACUUM; migrations leave free pages behind',
  readOnly: 'vectors of every row are in a separate Chroma store under ids made from it: claude-mem deletes both',
});

export const openclaw: Profile = defineProfile({
  id: 'openclaw',
  title: 'OpenClaw memory index',
  schemes: ['sqlite'],
  source: 'npm openclaw 2026.9.6, per-agent database',
  signature: {
    tables: {},
    anyOf: [
      {
        memory_index_chunks: ['path', 'source', 'hash', 'text', 'embedding'],
        memory_embedding_cache: ['provider', 'embedding'],
      },
      {
        chunks: ['path', 'source', 'hash', 'text', 'embedding'],
        embedding_cache: ['provider', 'embedding'],
        files: ['path', 'hash'],
      },
    ],
    confidence: 0.9,
  },
  variants: [{ name: 'current', hasTable: 'memory_index_chunks' }, { name: 'older, one file per agent' }],
  sets: [
    {
      table: 'memory_index_chunks',
      role: 'memory',
      title: 'indexed chunks',
      primary: true,
      id: ['id'],
      namespace: { column: 'source' },
      text: [{ column: 'text' }],
      hash: { column: 'hash' },
      created: { column: { column: 'updated_at' }, format: 'epoch-ms' },
      breakdowns: [{ column: 'model' }],
      kind: [{ column: 'model' }],
      readOnly: 'chunks are an index over files: they come back when the files are read again',
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
    },
    {
      table: 'chunks',
      role: 'memory',
      title: 'indexed chunks',
      primary: true,
      id: ['id'],
      namespace: { column: 'source' },
      text: [{ column: 'text' }],
      hash: { column: 'hash' },
      created: { column: { column: 'updated_at' }, format: 'epoch-ms' },
      breakdowns: [{ column: 'model' }],
      kind: [{ column: 'model' }],
      readOnly: 'chunks are an index over files: they come back when the files are read again',
    },
    {
      table: 'memory_embedding_cache',
      role: 'cache',
      title: 'cached embeddings',
      id: ['provider', 'model', 'provider_key', 'hash'],
      evictionOrder: ['updated_at'],
      namespace: { column: 'model' },
      created: { column: { column: 'updated_at' }, format: 'epoch-ms' },
      vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
    },
    {
      table: 'embedding_cache',
      role: 'cache',
      title: 'cached embeddings',
      id: ['provider', 'model', 'provider_key', 'hash'],
      evictionOrder: ['updated_at'],
      namespace: { column: 'model' },
      created: { column: { column: 'updated_at' }, format: 'epoch-ms' },
    },
  ],
  alsoOwns: ['memory_index_*', 'files(path, hash, mtime)', 'chunks_fts', 'chunks_vec', 'meta(key, value)'],
  hazards: [
    { text: 'the database is shared with the sessions of the agent: never delete the file to get rid of the index' },
    {
      text: 'older releases keep embeddings as JSON text; they are counted and not measured as vectors',
      hasTable: 'embedding_cache',
    },
  ],
  ownMaintenance:
    'the embedding cache is capped at 50,000 entries; the index is compacted offline by its doctor command',
});
