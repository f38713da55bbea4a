/** Real stores of memory systems on PostgreSQL: their own DDL, rows of random vectors and Zipf-like words, indexes kept. */
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import type { Flags } from '../capacity/plan-from-flags.ts';

const fixture = (path: string): string => readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');

export interface FilledStore {
  readonly system: string;
  /** Vector length of the rows; not the padded one. */
  readonly dims: number;
  /** Tables that the preset plans. */
  readonly tables: readonly string[];
  /** Means of what was written, as the flags that say them. */
  readonly flags: Flags;
}

export interface PostgresSystem {
  readonly system: string;
  readonly tables: readonly string[];
  readonly dims: number;
  readonly ddl: string;
  /** Inserts `n` rows. */
  fill(n: number): string;
  /** One row: text bytes, metadata bytes, namespace bytes, namespaces. */
  readonly means: string;
  /** The index over words: at 1,000 rows its size is that of the vocabulary, which nobody can know. */
  readonly lexical?: string;
  /** Further flags. */
  readonly flags?: Flags;
}

const DIMS = 64;
const NAMESPACES = 20;
const vector = (g: string): string =>
  `(SELECT array_agg((random() - 0.5)::real) FROM generate_series(1, ${DIMS}) WHERE ${g} IS NOT NULL)::vector`;
/** Words of eight letters, as lemmas without stop words have, the k-th about as frequent as 1/k; texts of 16 to 36 of them. */
const words = (g: string): string =>
  `(SELECT string_agg(translate(substr(md5(floor(power(10000, random()))::text), 1, 8), '0123456789', 'ghijklmnop'), ' ')
     FROM generate_series(1, 16 + ${g} % 21))`;
/** Ordered by time, as uuid6 is. */
const uuid6 = (g: string): string => `overlay(gen_random_uuid()::text placing lpad(to_hex(${g}), 8, '0') from 1 for 8)`;
const namespace = (g: string): string => `'tenant_' || lpad((${g} % ${NAMESPACES})::text, 2, '0')`;
const sized = (sql: string): string => sql.replaceAll(/vector\(1536\)/g, `vector(${DIMS})`);

/** The part of a file of DDL before the line that starts with `end`. */
const upTo = (sql: string, end: string): string => sql.slice(0, sql.indexOf(end));

export const POSTGRES_SYSTEMS: readonly PostgresSystem[] = [
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
    lexical: 'mem0_text_lemmatized_idx',
    dims: DIMS,
    ddl: sized(upTo(fixture('ddl/mem0_pgvector.sql'), 'CREATE TABLE mem0migrations')),
    fill: (
      n,
    ) => `INSERT INTO mem0 SELECT gen_random_uuid(), v, jsonb_build_object('data', t, 'hash', md5(t), 'user_id', u, 'created_at', at, 'updated_at', at,
        'text_lemmatized', left(t, (length(t) * 0.8)::int))
        FROM (SELECT ${vector('g')} AS v, ${words('g')} AS t, ${namespace('g')} AS u, '2026-07-23T10:21:06.662489+00:00' AS at FROM generate_series(1, ${n}) g) r;
      INSERT INTO mem0_entities SELECT gen_random_uuid(), v, jsonb_build_object('data', e, 'entity_type', 'PERSON', 'user_id', u, 'text_lemmatized', e,
        'linked_memory_ids', (SELECT jsonb_agg(gen_random_uuid()) FROM generate_series(1, 5) WHERE e IS NOT NULL))
        FROM (SELECT ${vector('g')} AS v, substr(translate(md5(g::text), '0123456789', 'ghijklmnop'), 1, 16) AS e, ${namespace('g')} AS u FROM generate_series(1, ${Math.ceil(n / 5)}) g) r`,
    means: `SELECT avg(octet_length(payload->>'data')) AS text, 0 AS metadata, avg(length(payload->>'user_id')) AS namespace FROM mem0`,
  },
  {
    system: 'langgraph-postgres',
    tables: ['store', 'store_vectors'],
    dims: DIMS,
    ddl: sized(upTo(fixture('ddl/langgraph_postgres_py.sql'), '-- checkpointer')),
    fill: (
      n,
    ) => `INSERT INTO store(prefix, key, value) SELECT ${namespace('g')}, gen_random_uuid()::text, jsonb_build_object('content', ${words('g')}) FROM generate_series(1, ${n}) g;
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
    ) => `CREATE TEMP TABLE thread AS SELECT t, gen_random_uuid()::text AS id FROM generate_series(0, ${NAMESPACES - 1}) t;
      INSERT INTO checkpoints(thread_id, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
        SELECT id, ${uuid6('g')}, ${uuid6('(g - 1)')}, jsonb_build_object('v', rpad('', 580, md5(g::text))), jsonb_build_object('k', rpad('', 107, md5(g::text)))
        FROM generate_series(1, ${n}) g JOIN thread ON t = g % ${NAMESPACES} ORDER BY g;
      INSERT INTO checkpoint_blobs SELECT id, '', 'messages', lpad(g::text, 50, '0'), 'msgpack', decode(repeat(md5(g::text), 20), 'hex')
        FROM generate_series(1, ${n}) g JOIN thread ON t = g % ${NAMESPACES} ORDER BY g;
      INSERT INTO checkpoint_writes SELECT id, '', ${uuid6('g / 2')}, gen_random_uuid()::text, 0, 'messages', 'msgpack', decode(repeat(md5(g::text), 20), 'hex'), '~__pregel_pull, agent'
        FROM generate_series(1, ${2 * n}) g JOIN thread ON t = g % ${NAMESPACES} ORDER BY g`,
    means: `SELECT (SELECT avg(length(blob)) FROM checkpoint_blobs) AS text, avg(pg_column_size(metadata)) - 1 AS metadata, 36 AS namespace FROM checkpoints`,
  },
  {
    system: 'letta-postgres',
    tables: ['archival_passages', 'passage_tags'],
    dims: DIMS,
    ddl: fixture('ddl/letta_postgres.sql'),
    fill: (n) => `INSERT INTO organizations(id) VALUES ('org-' || gen_random_uuid());
      INSERT INTO archives(id, name, organization_id) SELECT 'archive-' || gen_random_uuid(), g::text, id FROM organizations, generate_series(1, ${NAMESPACES}) g;
      INSERT INTO archival_passages(id, text, embedding_config, metadata_, tags, embedding, organization_id, archive_id, created_at, updated_at, _created_by_id, _last_updated_by_id)
        SELECT 'passage-' || gen_random_uuid(), ${words('g')}, to_json(rpad('', 328, md5(g::text))), '{}', '[]', array_fill((g % 97)::real, ARRAY[4096])::vector,
          a.organization_id, a.id, now() + g * interval '1 s', now(), 'user-' || gen_random_uuid(), 'user-' || gen_random_uuid()
        FROM generate_series(1, ${n}) g JOIN archives a ON a.name = (1 + g % ${NAMESPACES})::text ORDER BY g`,
    means: `SELECT avg(octet_length(text)) AS text, 2 AS metadata, 44 AS namespace FROM archival_passages`,
  },
  {
    system: 'langchain-postgres',
    tables: ['langchain_pg_embedding'],
    dims: DIMS,
    ddl: upTo(fixture('ddl/langchain_pgvector.sql'), '-- (a-legacy)'),
    fill: (n) => `INSERT INTO langchain_pg_collection VALUES (gen_random_uuid(), 'c');
      INSERT INTO langchain_pg_embedding SELECT gen_random_uuid()::text, uuid, ${vector('g')}, ${words('g')},
        jsonb_build_object('source', 'file_' || g % 500, 'page', g % 40, 'total_pages', 40, 'author', 'author_' || g % 100) FROM langchain_pg_collection, generate_series(1, ${n}) g`,
    means: `SELECT avg(octet_length(document)) AS text, avg(octet_length(cmetadata::text)) AS metadata, 1 AS namespace FROM langchain_pg_embedding`,
  },
];

/** Creates and fills the store; the indexes of its DDL are there from the first row on, as in the system itself. */
export async function fillPostgres(client: pg.Client, s: PostgresSystem, n: number): Promise<FilledStore> {
  await client.query('CREATE EXTENSION IF NOT EXISTS vector');
  await client.query(s.ddl);
  await client.query('SELECT setseed(0.42)');
  // Row by row a large graph takes minutes; its size is the same (the small stores are filled that way).
  const later = n > INSERTED_INTO_GRAPH ? await takeGraphs(client, s.tables) : [];
  await client.query(s.fill(n));
  for (const definition of later) await client.query(definition);
  for (const table of s.tables) await client.query(`VACUUM (ANALYZE) ${table}`);
  await rebuildGin(client, s.tables);
  const { rows } = await client.query<Record<'text' | 'metadata' | 'namespace', string>>(s.means);
  const mean = (name: 'text' | 'metadata' | 'namespace'): number => Math.round(Number(rows[0]?.[name]) * 10) / 10;
  return {
    system: s.system,
    dims: s.dims,
    tables: s.tables,
    flags: {
      n,
      dims: s.dims,
      'text-bytes': mean('text'),
      'metadata-bytes': mean('metadata'),
      'namespace-bytes': mean('namespace'),
      namespaces: NAMESPACES,
      ...s.flags,
    },
  };
}

const INSERTED_INTO_GRAPH = 2000;

const INDEXES = `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
  WHERE a.amname = $2 AND i.indrelid = ANY (SELECT t::regclass FROM unnest($1::text[]) t)`;

/** Drops the HNSW indexes. @returns the statements that make them again */
async function takeGraphs(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(INDEXES, [tables, 'hnsw']);
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map((r) => r.definition);
}

/**
 * A GIN index that was filled row by row keeps the pages of its pending list, up to gin_pending_list_limit (4 MB), however small it
 * is; the layout gives the index itself.
 */
async function rebuildGin(client: pg.Client, tables: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(INDEXES, [tables, 'gin']);
  for (const { name } of rows) await client.query(`REINDEX INDEX ${name}`);
}

/** Heap, TOAST, maps and every index of the tables. */
export async function bytesOf(client: pg.Client, tables: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    'SELECT sum(pg_total_relation_size(t::regclass)) AS bytes FROM unnest($1::text[]) t',
    [tables],
  );
  return Number(rows[0]?.bytes);
}

/** Bytes by relation: the tables with their TOAST and maps, and every index. */
export async function partsOf(client: pg.Client, tables: readonly string[]): Promise<Record<string, number>> {
  const { rows } = await client.query<{ name: string; bytes: string }>(
    `SELECT t::text AS name, pg_table_size(t::regclass) AS bytes FROM unnest($1::text[]) t
     UNION ALL SELECT i.indexrelid::regclass::text, pg_relation_size(i.indexrelid) FROM pg_index i WHERE i.indrelid = ANY (SELECT t::regclass FROM unnest($1::text[]) t)`,
    [tables],
  );
  return Object.fromEntries(rows.map((r) => [r.name, Number(r.bytes)]));
}
