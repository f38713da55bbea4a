/** Which table belongs to which system, by hand: what detection has to find out from the catalog alone. */
import { readFileSync } from 'node:fs';

const fixture = (path: string): string => readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');

export interface Schema {
  readonly name: string;
  readonly sql: string;
  /** Table → profile. A table of another schema than the one it is loaded into is written "schema.table". */
  readonly tables: Readonly<Record<string, string>>;
  readonly nobody?: readonly string[];
}

const of = (profile: string, ...tables: string[]): Record<string, string> =>
  Object.fromEntries(tables.map((t) => [t, profile]));

const VECTOR = 'CREATE EXTENSION IF NOT EXISTS vector;';

export const SCHEMAS: readonly Schema[] = [
  {
    name: 'mem0',
    sql: fixture('ddl/mem0_pgvector.sql'),
    tables: of('mem0', 'mem0', 'mem0_entities', 'mem0migrations'),
  },
  {
    name: 'langgraph_py',
    sql: fixture('ddl/langgraph_postgres_py.sql'),
    tables: {
      ...of('langgraph-store', 'store', 'store_vectors', 'store_migrations', 'vector_migrations'),
      ...of('langgraph-checkpoints', 'checkpoints', 'checkpoint_blobs', 'checkpoint_writes', 'checkpoint_migrations'),
    },
  },
  {
    name: 'langgraph_js',
    sql: fixture('ddl/langgraph_postgres_js.sql'),
    tables: of('langgraph-store-js', 'store', 'store_vectors', 'store_migrations'),
  },
  {
    name: 'langchain',
    sql: fixture('ddl/langchain_pgvector.sql'),
    tables: {
      ...of('langchain', 'langchain_pg_collection', 'langchain_pg_embedding'),
      ...of('langchain', 'legacy.langchain_pg_collection', 'legacy.langchain_pg_embedding'),
      ...of('langchain-v2', 'lc_v2_example'),
      ...of('langchain-js', 'testlangchainjs'),
    },
  },
  {
    name: 'n8n',
    sql: fixture('ddl/n8n_supabase.sql'),
    tables: {
      ...of('n8n', 'n8n_vectors', 'n8n_vector_collections', 'n8n_chat_histories'),
      ...of('langchain-js', 'documents'),
    },
  },
  {
    name: 'letta',
    sql: fixture('ddl/letta_postgres.sql'),
    tables: of(
      'letta',
      'organizations',
      'agents',
      'archives',
      'archives_agents',
      'archival_passages',
      'passage_tags',
      'sources',
      'files',
      'source_passages',
      'messages',
      'block',
      'provider_traces',
      'alembic_version',
    ),
  },
  {
    name: 'mastra',
    sql: fixture('ddl/mastra_pg.sql'),
    tables: {
      ...of('mastra', 'mastra_threads', 'mastra_messages', 'mastra_resources', 'mastra_workflow_snapshot'),
      ...of('mastra-vectors', 'memory_messages'),
    },
  },
  {
    name: 'open_webui',
    sql: fixture('ddl/open_webui_postgres.sql'),
    tables: { document_chunk: 'open-webui-chunks', memory: 'open-webui' },
  },
  {
    name: 'cognee',
    sql: fixture('ddl/cognee_pgvector.sql'),
    tables: of('cognee', 'DocumentChunk_text', 'Entity_name', 'EntityType_name', 'TextSummary_text', 'data'),
  },
  {
    name: 'mneme',
    // The schema and its rows stand in one file; rows are not needed here.
    sql: fixture('stores/mneme-v1-postgres.sql')
      .split('\n')
      .filter((line) => !line.startsWith('INSERT'))
      .join('\n'),
    tables: of(
      'mneme',
      'mneme.schema_meta',
      'mneme.entries',
      'mneme.cache_counters',
      'mneme.namespace_quotas',
      'mneme.multi_process_state',
    ),
  },
  {
    name: 'neural_memory',
    sql: `${VECTOR}
      CREATE TABLE brains (id text PRIMARY KEY, name text NOT NULL, config jsonb NOT NULL, created_at timestamptz NOT NULL);
      CREATE TABLE neurons (id text, brain_id text REFERENCES brains ON DELETE CASCADE, type text NOT NULL, content text NOT NULL,
        metadata jsonb, content_hash bigint, content_tsv tsvector, embedding vector(384), updated_at text, created_at timestamptz NOT NULL, PRIMARY KEY (brain_id, id));
      CREATE TABLE neuron_states (neuron_id text, brain_id text, activation_level float8, PRIMARY KEY (brain_id, neuron_id));
      CREATE TABLE synapses (id text, brain_id text, source_id text, target_id text, type text, weight float8, metadata jsonb, created_at timestamptz, PRIMARY KEY (brain_id, id));
      CREATE TABLE fibers (id text, brain_id text, neuron_ids jsonb, synapse_ids jsonb, anchor_neuron_id text, summary text, metadata jsonb,
        compression_tier int, pinned int, created_at timestamptz, PRIMARY KEY (brain_id, id));
      CREATE TABLE fiber_neurons (brain_id text, fiber_id text, neuron_id text, PRIMARY KEY (brain_id, fiber_id, neuron_id),
        FOREIGN KEY (brain_id, fiber_id) REFERENCES fibers(brain_id, id) ON DELETE CASCADE);
      CREATE TABLE typed_memories (fiber_id text, brain_id text, memory_type text, expires_at timestamptz, metadata jsonb, created_at timestamptz, tier text,
        PRIMARY KEY (brain_id, fiber_id), FOREIGN KEY (brain_id, fiber_id) REFERENCES fibers(brain_id, id) ON DELETE CASCADE);
      CREATE TABLE projects (id text, brain_id text, name text, PRIMARY KEY (brain_id, id));
      CREATE TABLE cognitive_state (neuron_id text, brain_id text, confidence float8, PRIMARY KEY (brain_id, neuron_id));
      CREATE TABLE hot_index (brain_id text, slot int, neuron_id text, PRIMARY KEY (brain_id, slot));
      CREATE TABLE knowledge_gaps (id text PRIMARY KEY, brain_id text, topic text);`,
    tables: of(
      'neural-memory',
      'brains',
      'neurons',
      'neuron_states',
      'synapses',
      'fibers',
      'fiber_neurons',
      'typed_memories',
      'projects',
      'cognitive_state',
      'hot_index',
      'knowledge_gaps',
    ),
  },
  {
    name: 'llama_index',
    sql: `${VECTOR}
      CREATE TABLE data_essays (id bigserial PRIMARY KEY, text varchar NOT NULL, metadata_ json, node_id varchar, embedding vector(1536));
      CREATE TABLE data_hybrid (id bigserial PRIMARY KEY, index_id varchar NOT NULL, text varchar NOT NULL, metadata_ jsonb, node_id varchar,
        embedding vector(1536), text_search_tsv tsvector GENERATED ALWAYS AS (to_tsvector('english', text)) STORED);`,
    tables: of('llama-index', 'data_essays', 'data_hybrid'),
  },
  {
    name: 'dify',
    sql: `${VECTOR} CREATE TABLE embedding_vector_index_0b5_node (id uuid PRIMARY KEY, text text NOT NULL, meta jsonb NOT NULL, embedding vector(1536) NOT NULL);`,
    tables: of('dify', 'embedding_vector_index_0b5_node'),
  },
  {
    name: 'agno',
    sql: `${VECTOR}
      CREATE TABLE recipes (id varchar PRIMARY KEY, name varchar, meta_data jsonb, filters jsonb, content text, embedding vector(1536), usage jsonb,
        created_at timestamptz DEFAULT now(), updated_at timestamptz, content_hash varchar, content_id varchar);
      CREATE TABLE agno_memories (memory_id varchar PRIMARY KEY, memory jsonb NOT NULL, input text, agent_id varchar, team_id varchar, user_id varchar,
        topics jsonb, created_at bigint NOT NULL, updated_at bigint);
      CREATE TABLE agno_sessions (session_id varchar PRIMARY KEY, session_type varchar NOT NULL, user_id varchar, runs jsonb, metadata jsonb, created_at bigint NOT NULL);`,
    tables: { ...of('agno', 'agno_memories', 'agno_sessions'), recipes: 'agno-knowledge' },
  },
  {
    name: 'hindsight',
    sql: `${VECTOR}
      CREATE TABLE banks (bank_id text PRIMARY KEY, background text);
      CREATE TABLE entities (id uuid PRIMARY KEY, canonical_name text NOT NULL, bank_id text NOT NULL);
      CREATE TABLE memory_units (id uuid PRIMARY KEY, bank_id text NOT NULL, document_id text, text text NOT NULL, embedding vector(384), context text,
        event_date timestamptz, occurred_end timestamptz, fact_type text, metadata jsonb, invalidated_at timestamptz, created_at timestamptz DEFAULT now());
      CREATE TABLE unit_entities (unit_id uuid REFERENCES memory_units ON DELETE CASCADE, entity_id uuid REFERENCES entities ON DELETE CASCADE, PRIMARY KEY (unit_id, entity_id));
      CREATE TABLE memory_links (from_unit_id uuid REFERENCES memory_units ON DELETE CASCADE, to_unit_id uuid REFERENCES memory_units ON DELETE CASCADE,
        link_type text, weight float8, created_at timestamptz, PRIMARY KEY (from_unit_id, to_unit_id, link_type));`,
    tables: of('hindsight', 'banks', 'entities', 'memory_units', 'unit_entities', 'memory_links'),
  },
  {
    name: 'openmemory',
    sql: `CREATE TABLE openmemory_memories (id uuid PRIMARY KEY, user_id text, segment int, content text NOT NULL, simhash text, primary_sector text NOT NULL,
        tags text, meta text, created_at bigint, updated_at bigint, last_seen_at bigint, salience float8, decay_lambda float8, mean_vec bytea);
      CREATE TABLE openmemory_vectors (id uuid, sector text, user_id text, v bytea, dim int NOT NULL, PRIMARY KEY (id, sector));
      CREATE TABLE openmemory_waypoints (src_id text, dst_id text NOT NULL, user_id text, weight float8, created_at bigint, updated_at bigint, PRIMARY KEY (src_id, user_id));
      CREATE TABLE stats (id serial PRIMARY KEY, type text, count int, ts bigint);`,
    tables: of('openmemory', 'openmemory_memories', 'openmemory_vectors', 'openmemory_waypoints', 'stats'),
  },
];
