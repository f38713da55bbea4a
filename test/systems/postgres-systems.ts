/** Memory systems on PostgreSQL: their own DDL, rows of random vectors and Zipf-like words. */
import { readFileSync } from 'node:fs';
import type { Flags } from '../capacity/plan-from-flags.ts';
import { memoriesOf } from './brain-rows.ts';
import { neuralFill } from './neural-postgres-rows.ts';

const fixture = (path: string): string => readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');

export interface PostgresSystem {
  readonly system: string;
  readonly tables: readonly string[];
  readonly dims: number;
  readonly ddl: string;
  /** Memories that make so many rows; the rows themselves where absent. */
  memories?(rows: number): number;
  /** Inserts `n` memories. */
  fill(n: number): string;
  /** One row: text bytes, metadata bytes, namespace bytes, namespaces. */
  readonly means: string;
  /** The terms of its lexical index: how many different ones, and how many postings. */
  readonly terms?: string;
  /** More rows than this would show nothing more. */
  readonly most?: number;
  /** Further flags. */
  readonly flags?: Flags;
}

const DIMS = 64;
export const NAMESPACES = 20;
const vector = (g: string): string =>
  `(SELECT array_agg((random() - 0.5)::real) FROM generate_series(1, ${DIMS}) WHERE ${g} IS NOT NULL)::vector`;
/** Words of 3 to 11 letters, as lemmas have, the k-th about as frequent as 1/k; texts of 16 to 36 of them. */
const words = (g: string): string =>
  `(SELECT string_agg(translate(substr(md5(k::text), 1, 3 + (k % 5)::int + (k / 5 % 5)::int), '0123456789', 'ghijklmnop'), ' ')
     FROM (SELECT floor(power(10000, random()))::bigint AS k FROM generate_series(1, 16 + ${g} % 21)) w)`;
/** Four words in five, as lemmatising leaves them. */
const lemmas = (text: string): string =>
  `(SELECT string_agg(w, ' ') FROM regexp_split_to_table(${text}, ' ') WITH ORDINALITY AS p(w, i) WHERE i % 5 <> 0)`;
/** Ordered by time, as uuid6 is. */
const uuid6 = (g: string): string =>
  `overlay(md5(random()::text)::uuid::text placing lpad(to_hex(${g}), 8, '0') from 1 for 8)`;
const namespace = (g: string): string => `'tenant_' || lpad((${g} % ${NAMESPACES})::text, 2, '0')`;
const sized = (sql: string): string => sql.replaceAll(/vector\(1536\)/g, `vector(${DIMS})`);

/** The part of a file of DDL before the line that starts with `end`. */
const upTo = (sql: string, end: string): string => sql.slice(0, sql.indexOf(end));

const VECTOR_SYSTEMS: readonly PostgresSystem[] = [
  {
    system: 'mneme-postgres',
    tables: ['mneme.entries'],
    dims: DIMS,
    ddl: fixture('stores/mneme-v1-postgres.sql')
      .split('\n')
      .filter((line) => line.startsWith('CREATE'))
      .join('\n'),
    fill: (
      n,
    ) => `INSERT INTO mneme.entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl, access_count)
      SELECT ${namespace('g')}, encode(sha256(g::text::bytea), 'hex'), rpad('question ' || g, 40, '?'), ${words('g')},
        decode((SELECT string_agg(md5(random()::text), '') FROM generate_series(1, ${DIMS / 4}) WHERE g IS NOT NULL), 'hex'),
        '{}', 1790000000 + g, 1790000000 + g, 86400, 1 FROM generate_series(1, ${n}) g`,
    means: `SELECT avg(length(query) + octet_length(response)) AS text, 2 AS metadata, avg(length(namespace)) AS namespace FROM mneme.entries`,
  },
  {
    system: 'mem0-postgres',
    tables: ['mem0', 'mem0_entities'],
    dims: DIMS,
    ddl: sized(upTo(fixture('ddl/mem0_pgvector.sql'), 'CREATE TABLE mem0migrations')),
    fill: (
      n,
    ) => `INSERT INTO mem0 SELECT md5(random()::text)::uuid, v, jsonb_build_object('data', t, 'hash', md5(t), 'user_id', u, 'created_at', at, 'updated_at', at,
        'text_lemmatized', ${lemmas('t')})
        FROM (SELECT ${vector('g')} AS v, ${words('g')} AS t, ${namespace('g')} AS u, '2026-07-23T10:21:06.662489+00:00' AS at FROM generate_series(1, ${n}) g) r;
      INSERT INTO mem0_entities SELECT md5(random()::text)::uuid, v, jsonb_build_object('data', e, 'entity_type', 'PERSON', 'user_id', u, 'text_lemmatized', e,
        'linked_memory_ids', (SELECT jsonb_agg(md5(random()::text)::uuid) FROM generate_series(1, 5) WHERE e IS NOT NULL))
        FROM (SELECT ${vector('g')} AS v, substr(translate(md5(g::text), '0123456789', 'ghijklmnop'), 1, 16) AS e, ${namespace('g')} AS u FROM generate_series(1, ${Math.ceil(n / 5)}) g) r`,
    means: `SELECT avg(octet_length(payload->>'data')) AS text, 0 AS metadata, avg(length(payload->>'user_id')) AS namespace FROM mem0`,
    terms: `SELECT count(*) AS distinct, sum(ndoc) AS postings FROM ts_stat($$SELECT to_tsvector('simple', payload->>'text_lemmatized') FROM mem0$$)`,
  },
  {
    system: 'langgraph-postgres',
    tables: ['store', 'store_vectors'],
    dims: DIMS,
    ddl: sized(upTo(fixture('ddl/langgraph_postgres_py.sql'), '-- checkpointer')),
    fill: (
      n,
    ) => `INSERT INTO store(prefix, key, value) SELECT ${namespace('g')}, md5(random()::text)::uuid::text, jsonb_build_object('content', ${words('g')}) FROM generate_series(1, ${n}) g;
      INSERT INTO store_vectors(prefix, key, field_name, embedding) SELECT prefix, key, '$', ${vector('key')} FROM store`,
    means: `SELECT avg(octet_length(value->>'content')) AS text, 0 AS metadata, avg(length(prefix)) AS namespace FROM store`,
  },
  {
    system: 'langgraph-checkpoints',
    tables: ['checkpoints', 'checkpoint_blobs', 'checkpoint_writes'],
    dims: DIMS,
    ddl: `CREATE EXTENSION IF NOT EXISTS vector;${fixture('ddl/langgraph_postgres_py.sql').slice(
      fixture('ddl/langgraph_postgres_py.sql').indexOf('CREATE TABLE checkpoint_migrations'),
    )}`,
    fill: (
      n,
    ) => `CREATE TEMP TABLE thread AS SELECT t, md5(random()::text)::uuid::text AS id FROM generate_series(0, ${NAMESPACES - 1}) t;
      INSERT INTO checkpoints(thread_id, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
        SELECT id, ${uuid6('g')}, ${uuid6('(g - 1)')}, jsonb_build_object('v', rpad('', 580, md5(g::text))), jsonb_build_object('k', rpad('', 107, md5(g::text)))
        FROM generate_series(1, ${n}) g JOIN thread ON t = g % ${NAMESPACES} ORDER BY g;
      INSERT INTO checkpoint_blobs SELECT id, '', 'messages', lpad(g::text, 50, '0'), 'msgpack', decode(repeat(md5(g::text), 20), 'hex')
        FROM generate_series(1, ${n}) g JOIN thread ON t = g % ${NAMESPACES} ORDER BY g;
      INSERT INTO checkpoint_writes SELECT id, '', ${uuid6('g / 2')}, md5(random()::text)::uuid::text, 0, 'messages', 'msgpack', decode(repeat(md5(g::text), 20), 'hex'), '~__pregel_pull, agent'
        FROM generate_series(1, ${2 * n}) g JOIN thread ON t = g % ${NAMESPACES} ORDER BY g`,
    means: `SELECT (SELECT avg(length(blob)) FROM checkpoint_blobs) AS text, avg(pg_column_size(metadata)) - 1 AS metadata, 36 AS namespace FROM checkpoints`,
  },
  {
    system: 'letta-postgres',
    // 16 KB a passage.
    most: 5000,
    tables: ['archival_passages', 'passage_tags'],
    dims: DIMS,
    ddl: fixture('ddl/letta_postgres.sql'),
    fill: (n) => `INSERT INTO organizations(id) VALUES ('org-' || md5(random()::text)::uuid);
      INSERT INTO archives(id, name, organization_id) SELECT 'archive-' || md5(random()::text)::uuid, g::text, id FROM organizations, generate_series(1, ${NAMESPACES}) g;
      INSERT INTO archival_passages(id, text, embedding_config, metadata_, tags, embedding, organization_id, archive_id, created_at, updated_at, _created_by_id, _last_updated_by_id)
        SELECT 'passage-' || md5(random()::text)::uuid, ${words('g')}, to_json(rpad('', 328, md5(g::text))), '{}', '[]', array_fill((g % 97)::real, ARRAY[4096])::vector,
          a.organization_id, a.id, now() + g * interval '1 s', now(), 'user-' || md5(random()::text)::uuid, 'user-' || md5(random()::text)::uuid
        FROM generate_series(1, ${n}) g JOIN archives a ON a.name = (1 + g % ${NAMESPACES})::text ORDER BY g`,
    means: `SELECT avg(octet_length(text)) AS text, 2 AS metadata, 44 AS namespace FROM archival_passages`,
  },
  {
    system: 'langchain-postgres',
    tables: ['langchain_pg_embedding'],
    dims: DIMS,
    ddl: upTo(fixture('ddl/langchain_pgvector.sql'), '-- (a-legacy)'),
    fill: (n) => `INSERT INTO langchain_pg_collection VALUES (md5(random()::text)::uuid, 'c');
      INSERT INTO langchain_pg_embedding SELECT md5(random()::text)::uuid::text, uuid, ${vector('g')}, ${words('g')},
        jsonb_build_object('source', 'file_' || g % 500, 'page', g % 40, 'total_pages', 40, 'author', 'author_' || g % 100) FROM langchain_pg_collection, generate_series(1, ${n}) g`,
    means: `SELECT avg(octet_length(document)) AS text, avg(octet_length(cmetadata::text)) AS metadata, 1 AS namespace FROM langchain_pg_embedding`,
  },
];

/** A third of a language's words as metadata: what `jsonbPayload` was measured on. */
const METADATA = (g: string): string =>
  `jsonb_build_object('source', 'file_' || ${g} % 500, 'page', ${g} % 40, 'total_pages', 40, 'author', 'author_' || ${g} % 100)`;
const rows = (n: number): string => `generate_series(1, ${n}) g`;

const DOCUMENT_SYSTEMS: readonly PostgresSystem[] = [
  {
    system: 'langgraph-js-postgres',
    tables: ['store', 'store_vectors'],
    dims: DIMS,
    ddl: sized(fixture('ddl/langgraph_postgres_js.sql')),
    fill: (
      n,
    ) => `INSERT INTO store(namespace_path, key, value) SELECT ${namespace('g')}, md5(random()::text)::uuid::text, jsonb_build_object('content', ${words('g')}) FROM ${rows(n)};
      INSERT INTO store_vectors(namespace_path, key, field_path, text_content, embedding) SELECT namespace_path, key, '$', value->>'content', ${vector('key')} FROM store`,
    means: `SELECT avg(octet_length(value->>'content')) AS text, 0 AS metadata, avg(length(namespace_path)) AS namespace FROM store`,
  },
  {
    system: 'mastra-postgres',
    tables: ['memory_messages', 'mastra_messages', 'mastra_threads'],
    dims: DIMS,
    ddl: sized(fixture('ddl/mastra_pg.sql')),
    fill: (
      n,
    ) => `CREATE TEMP TABLE thread AS SELECT t, md5(random()::text)::uuid::text AS id FROM generate_series(0, ${NAMESPACES - 1}) t;
      INSERT INTO mastra_threads(id, "resourceId", title, metadata, "createdAt", "updatedAt") SELECT id, md5(random()::text)::uuid, rpad('thread ', 30, 'x'), '{}', now(), now() FROM thread;
      INSERT INTO mastra_messages(id, thread_id, content, role, type, "createdAt", "resourceId")
        SELECT md5(random()::text)::uuid, id, ${words('g')}, 'assist', 'v2', now() + g * interval '1 s', id FROM ${rows(n)} JOIN thread ON t = g % ${NAMESPACES} ORDER BY g;
      INSERT INTO memory_messages(vector_id, embedding, metadata) SELECT id, ${vector('id')}, jsonb_build_object('message_id', id, 'thread_id', thread_id, 'resource_id', "resourceId") FROM mastra_messages`,
    means: 'SELECT avg(octet_length(content)) AS text, 0 AS metadata, 36 AS namespace FROM mastra_messages',
  },
  {
    system: 'n8n-postgres',
    tables: ['n8n_vectors'],
    dims: DIMS,
    ddl: upTo(fixture('ddl/n8n_supabase.sql'), 'CREATE TABLE n8n_vector_collections'),
    fill: (n) =>
      `INSERT INTO n8n_vectors(text, metadata, embedding) SELECT ${words('g')}, ${METADATA('g')}, ${vector('g')} FROM ${rows(n)}`,
    means:
      'SELECT avg(octet_length(text)) AS text, avg(octet_length(metadata::text)) AS metadata, 1 AS namespace FROM n8n_vectors',
  },
  {
    system: 'open-webui-postgres',
    tables: ['document_chunk'],
    dims: DIMS,
    // 6 KB a chunk, whatever the model gives.
    most: 10_000,
    ddl: upTo(fixture('ddl/open_webui_postgres.sql'), 'CREATE TABLE memory'),
    fill: (
      n,
    ) => `CREATE TEMP TABLE collection AS SELECT t, 'file-' || md5(random()::text)::uuid AS name FROM generate_series(0, ${NAMESPACES - 1}) t;
      INSERT INTO document_chunk SELECT md5(random()::text)::uuid, (ARRAY(SELECT (random() - 0.5)::real FROM generate_series(1, ${DIMS}) WHERE g IS NOT NULL) || array_fill(0::real, ARRAY[${1536 - DIMS}]))::vector,
        name, ${words('g')}, ${METADATA('g')} FROM ${rows(n)} JOIN collection ON t = g % ${NAMESPACES} ORDER BY g`,
    means:
      'SELECT avg(octet_length(text)) AS text, avg(octet_length(vmetadata::text)) AS metadata, avg(length(collection_name)) AS namespace FROM document_chunk',
  },
  {
    system: 'llama-index-postgres',
    tables: ['data_llamaindex'],
    dims: DIMS,
    ddl: sized(fixture('ddl/llama_index_postgres.sql')),
    fill: (n) => `INSERT INTO data_llamaindex(text, metadata_, node_id, embedding) SELECT ${words('g')},
        json_build_object('ref_doc_id', 'd0c00000-0000-4000-8000-' || lpad((g % ${NAMESPACES})::text, 12, '0'), '_node_content', rpad(${words('20')}, 900 + g * 37 % 160, ${words('17')})),
        md5(random()::text)::uuid, ${vector('g')} FROM ${rows(n)}`,
    means:
      'SELECT avg(octet_length(text)) AS text, (avg(octet_length(metadata_::text)) - 900) / 2 AS metadata, 36 AS namespace FROM data_llamaindex',
  },
  {
    system: 'agno-postgres',
    tables: ['knowledge'],
    dims: DIMS,
    ddl: sized(fixture('ddl/agno_postgres.sql')),
    fill: (n) => `INSERT INTO knowledge(id, name, meta_data, content, embedding, usage, content_hash, content_id)
        SELECT md5(g::text), 'document of number ' || chr(97 + g % ${NAMESPACES}), ${METADATA('g')}, ${words('g')}, ${vector('g')}, '{"total_tokens": 250, "prompt_tokens": 250}', md5((-(g % ${NAMESPACES}))::text), 'd0c00000-0000-4000-8000-' || lpad((g % ${NAMESPACES})::text, 12, '0')
        FROM ${rows(n)}`,
    means:
      'SELECT avg(octet_length(content)) AS text, avg(octet_length(meta_data::text)) AS metadata, 36 AS namespace FROM knowledge',
  },
  {
    system: 'cognee-postgres',
    tables: ['"DocumentChunk_text"', '"TextSummary_text"', '"Entity_name"', '"EntityType_name"'],
    dims: DIMS,
    ddl: upTo(fixture('ddl/cognee_pgvector.sql'), 'CREATE TABLE data').replaceAll('vector(3072)', `vector(${DIMS})`),
    // A chunk, its summary, four entities, a type now and then.
    memories: (count) => Math.round(count / 6.05),
    fill: (n) => {
      const table = (name: string, count: number, text: string): string =>
        `INSERT INTO "${name}" SELECT md5(random()::text)::uuid, json_build_object('text', t, 'beside', rpad('', 212 + g * 37 % 121, md5(g::text))), ${vector('g')}
         FROM (SELECT g, ${text} AS t FROM ${rows(count)}) r`;
      return [
        table('DocumentChunk_text', n, words('g')),
        table('TextSummary_text', n, `substr(${words('g')}, 1, 50 + g % 18)`),
        table('Entity_name', 4 * n, `substr(md5(g::text), 1, 16)`),
        table('EntityType_name', Math.ceil(n / 20), `substr(md5(g::text), 1, 16)`),
      ].join(';');
    },
    means: `SELECT avg(octet_length(payload->>'text')) AS text, 0 AS metadata, 1 AS namespace FROM "DocumentChunk_text"`,
  },
  {
    system: 'neural-memory-postgres',
    tables: ['neurons', 'neuron_states', 'synapses', 'fibers', 'fiber_neurons', 'typed_memories'],
    dims: DIMS,
    ddl: fixture('ddl/neural_memory_postgres.sql').replace('vector(384)', `vector(${DIMS})`),
    memories: memoriesOf,
    fill: neuralFill,
    means: `SELECT avg(octet_length(content)) AS text, 0 AS metadata, 7 AS namespace FROM neurons WHERE metadata ? 'is_anchor'`,
    flags: { namespaces: 1 },
  },
];

/** Every system that is kept in PostgreSQL. */
export const POSTGRES_SYSTEMS: readonly PostgresSystem[] = [...VECTOR_SYSTEMS, ...DOCUMENT_SYSTEMS];
