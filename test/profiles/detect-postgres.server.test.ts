import { describe, expect, it } from 'vitest';
import { database, detected, made, only, owners } from './postgres-detection.ts';
import { SCHEMAS, type Schema } from './postgres-schemas.ts';

const expected = (schema: Schema, into: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(schema.tables).map(([t, profile]) => [t.includes('.') ? t : `${into}.${t}`, profile]),
  );

describe('each known schema, alone in a database', () => {
  it.each(SCHEMAS.map((s) => [s.name, s] as const))('%s', async (_name, schema) => {
    const found = await made(schema.sql);
    expect(owners(found)).toEqual(expected(schema, 'public'));
    expect(found.unrecognised).toEqual([]);
    for (const m of found.matches) {
      expect(m.evidence.length, m.profile.id).toBeGreaterThan(0);
      expect(m.confidence, m.profile.id).toBeLessThan(1);
      for (const s of m.sets) expect(s.schema).toBe(m.schema);
    }
  });
});

describe('all of them in one database', () => {
  it('one schema each', async () => {
    const url = await database(async (run) => {
      await run('CREATE EXTENSION vector');
      for (const s of SCHEMAS) await run(`CREATE SCHEMA s_${s.name}; SET search_path = s_${s.name}, public; ${s.sql}`);
    });
    const found = await detected(url);
    expect(owners(found)).toEqual(Object.assign({}, ...SCHEMAS.map((s) => expected(s, `s_${s.name}`))));
    expect(found.unrecognised).toEqual([]);
  });

  it('as many as fit in one schema, and tables of an ordinary application among them', async () => {
    // Both LangGraph stores call their tables store and store_vectors.
    const here = SCHEMAS.filter((s) => s.name !== 'langgraph_js');
    const url = await database(async (run) => {
      await run('CREATE TABLE invoices (id serial PRIMARY KEY, total numeric, metadata jsonb)');
      for (const s of here) await run(s.sql);
    });
    const found = await detected(url);
    expect(owners(found)).toEqual(Object.assign({}, ...here.map((s) => expected(s, 'public'))));
    expect(found.unrecognised).toEqual(['public.invoices']);
  });

  it('a schema for each tenant: each is a store of its own, with sets of its own', async () => {
    const mastra = SCHEMAS.find((s) => s.name === 'mastra') as Schema;
    const url = await database(async (run) => {
      await run('CREATE EXTENSION vector');
      for (const t of ['tenant_a', 'tenant_b'])
        await run(`CREATE SCHEMA ${t}; SET search_path = ${t}, public; ${mastra.sql}`);
    });
    const { matches } = await detected(url);
    expect(matches.map((m) => `${m.schema} ${m.profile.id}`).sort()).toEqual([
      'tenant_a mastra',
      'tenant_a mastra-vectors',
      'tenant_b mastra',
      'tenant_b mastra-vectors',
    ]);
  });

  it('collections under names of their own: each is a store of its own', async () => {
    const collection = (n: string): string =>
      `CREATE TABLE ${n} (id uuid PRIMARY KEY, vector vector(8), payload jsonb); CREATE TABLE ${n}_entities (id uuid PRIMARY KEY, vector vector(8), payload jsonb);`;
    const found = await made(`CREATE EXTENSION vector; ${collection('support')} ${collection('sales')}
      CREATE TABLE mem0migrations (id uuid PRIMARY KEY, vector vector(8), payload jsonb)`);
    const sets = found.matches.map((m) => m.sets.map((s) => `${s.table} ${s.role}`));
    expect(sets.sort()).toEqual([
      ['sales memory', 'sales_entities metadata'],
      ['support memory', 'support_entities metadata'],
    ]);
    expect(found.unrecognised).toEqual([]);
  });
});

describe('look-alikes', () => {
  const SHAPE = 'CREATE EXTENSION vector; CREATE TABLE things (id uuid PRIMARY KEY, vector vector(4), payload jsonb);';

  it('the columns of mem0 under no name of its own: a guess, which nothing is removed by', async () => {
    const m = only(await made(SHAPE), 'mem0');
    expect(m.confidence).toBeLessThan(0.6);
    expect(m.sets[0]?.readOnly).toContain('--profile mem0');
  });

  it('the keys of a few rows settle it', async () => {
    const found = await made(
      `${SHAPE} INSERT INTO things VALUES (gen_random_uuid(), '[1,2,3,4]', '{"data":"likes tea","hash":"x","user_id":"ann"}')`,
    );
    const m = only(found, 'mem0');
    expect(m.confidence).toBe(0.9);
    expect(m.sets[0]?.readOnly).toBeUndefined();
    expect(m.evidence.at(-1)?.message).toBe('has rows whose payload holds data and hash');
  });

  it('--profile settles it', async () => {
    const m = only(await made(SHAPE, { profile: 'mem0' }), 'mem0');
    expect(m).toMatchObject({ confidence: 1, sets: [{ table: 'things', schema: 'public' }] });
    expect(m.sets[0]?.readOnly).toBeUndefined();
  });

  it('--profile takes a table with a column of its own beside those of the shape; a guess does not', async () => {
    const sql = `${SHAPE} ALTER TABLE things ADD COLUMN tenant text`;
    expect(only(await made(sql), 'generic').sets[0]?.table).toBe('things');
    const m = only(await made(sql, { profile: 'mem0' }), 'mem0');
    expect(m).toMatchObject({ confidence: 1, sets: [{ table: 'things', ttl: { kind: 'at' } }] });
  });

  it("json instead of jsonb is Cognee's, and mem0 beside it keeps its own", async () => {
    const found =
      await made(`${SHAPE} CREATE INDEX things_text_lemmatized_idx ON things USING gin (to_tsvector('simple', payload->>'text_lemmatized'));
      CREATE TABLE "Entity_name" (id uuid PRIMARY KEY, payload json, vector vector(4)); CREATE TABLE "Chunk_text" (id uuid PRIMARY KEY, payload json, vector vector(4))`);
    expect(owners(found)).toEqual({
      'public.things': 'mem0',
      'public.Entity_name': 'cognee',
      'public.Chunk_text': 'cognee',
    });
    expect(only(found, 'mem0')).toMatchObject({ confidence: 0.95, variant: 'Python' });
    expect(only(found, 'cognee').confidence).toBe(0.9);
    expect(only(found, 'cognee').sets.every((s) => s.readOnly !== undefined)).toBe(true);
  });

  it('one table with json under a plain name is a guess', async () => {
    const found = await made(
      'CREATE EXTENSION vector; CREATE TABLE vecs (id uuid PRIMARY KEY, payload json, vector vector(4))',
    );
    expect(only(found, 'cognee').confidence).toBeLessThan(0.6);
  });

  it.each([
    [
      'documents with a title',
      'CREATE TABLE documents (id bigserial, title text, content text, metadata jsonb, embedding vector(3))',
      'generic',
    ],
    [
      'memories of another program',
      'CREATE TABLE memories (id uuid, content text, embedding vector(3), expired_at timestamptz)',
      'generic',
    ],
    [
      'embeddings of a template',
      'CREATE TABLE embeddings (id varchar(191) PRIMARY KEY, resource_id varchar(191), content text NOT NULL, embedding vector(1536) NOT NULL)',
      'generic',
    ],
    ['half precision', 'CREATE TABLE faces (id bigint PRIMARY KEY, face halfvec(4000))', 'generic'],
    ['a quantised one', 'CREATE TABLE hashes (id bigint PRIMARY KEY, fingerprint bit(1024))', 'generic'],
    ['a sparse one', 'CREATE TABLE terms (id bigint PRIMARY KEY, weights sparsevec(30000))', 'generic'],
    ['bytes called embedding', 'CREATE TABLE notes (id bigint PRIMARY KEY, body text, embedding bytea)', 'generic'],
  ])('%s: a table with vectors that nobody knows', async (_what, sql, profile) => {
    const found = await made(`CREATE EXTENSION vector; ${sql}`);
    const m = only(found, profile);
    expect(m.confidence).toBeLessThan(0.6);
    expect(m.profile.readOnly).toContain('--map');
    expect(m.sets[0]).toMatchObject({ vectors: { where: 'column' }, readOnly: expect.stringContaining('--map') });
    expect(m.sets[0]?.ttl).toBeUndefined();
  });

  it('the real type of a vector is told', async () => {
    const found =
      await made(`CREATE EXTENSION vector; CREATE TABLE a (id int, v halfvec(8)); CREATE TABLE b (id int, v bit(256));
      CREATE TABLE c (id int, v sparsevec(9)); CREATE TABLE d (id int, v vector)`);
    const scalars = only(found, 'generic').sets.map((s) => (s.vectors?.where === 'column' ? s.vectors.scalar : null));
    expect(scalars).toEqual(['halfvec', 'bit', 'sparsevec', 'float32']);
  });

  it('an ordinary application has no memory system', async () => {
    const found = await made(`
      CREATE TABLE users (id uuid PRIMARY KEY, email text, created_at timestamptz, deleted_at timestamptz);
      CREATE TABLE sessions (id text PRIMARY KEY, user_id uuid, expires_at timestamptz, payload jsonb);
      CREATE TABLE orders (id bigserial PRIMARY KEY, user_id uuid, status text, expired_at timestamptz, flags bit(8));
      CREATE TABLE documents (id bigserial PRIMARY KEY, content text, metadata jsonb);
      CREATE TABLE messages (id bigserial PRIMARY KEY, thread_id bigint, content text, created_at timestamptz);
      CREATE TABLE store (id bigserial PRIMARY KEY, name text, address text);
      CREATE TABLE entries (id bigserial PRIMARY KEY, namespace text, query text); CREATE TABLE schema_meta (key text, value text);
      CREATE TABLE memory (id text, host text, used bigint); CREATE TABLE checkpoints (id bigint, at timestamptz);
      CREATE TABLE block (id bigint, hash bytea, height bigint); CREATE TABLE archives (id bigint, path text);
      CREATE TABLE alembic_version (version_num varchar(32)); CREATE TABLE data (id uuid, blob bytea); CREATE TABLE banks (bank_id text);
      CREATE VIEW embeddings AS SELECT id, content FROM documents`);
    expect(found.matches).toEqual([]);
    expect(found.unrecognised).toHaveLength(15);
  });
});

describe('variants', () => {
  const variantOf = async (sql: string, id: string): Promise<string | null> =>
    only(await made(`CREATE EXTENSION vector; ${sql}`), id).variant;

  it.each([
    [
      'langgraph-store',
      'CREATE TABLE store_migrations (v int); CREATE TABLE store (prefix text, key text, value jsonb, created_at timestamptz, updated_at timestamptz)',
      'without ttl columns',
    ],
    [
      'langchain',
      'CREATE TABLE langchain_pg_collection (name varchar, cmetadata json, uuid uuid PRIMARY KEY); CREATE TABLE langchain_pg_embedding (collection_id uuid, embedding vector, document varchar, cmetadata json, custom_id varchar, uuid uuid PRIMARY KEY)',
      'legacy (custom_id)',
    ],
    [
      'mastra-vectors',
      'CREATE TABLE memory_messages_768 (id serial PRIMARY KEY, vector_id text UNIQUE NOT NULL, embedding vector(768), metadata jsonb)',
      'without namespaces (0.x)',
    ],
    [
      'letta',
      'CREATE TABLE block (id varchar, label varchar, value varchar, organization_id varchar); CREATE TABLE agent_passages (id varchar PRIMARY KEY, text varchar, embedding_config json, metadata_ json, embedding vector(4096), agent_id varchar, organization_id varchar, is_deleted boolean, created_at timestamptz)',
      'agent_passages (2024-2025)',
    ],
  ])('%s: %s', async (id, sql, variant) => {
    expect(await variantOf(sql, id)).toBe(variant);
  });

  it('an old LangGraph store expires nothing, and the key of a legacy LangChain row is its uuid', async () => {
    const old = await made(
      'CREATE TABLE store_migrations (v int); CREATE TABLE store (prefix text, key text, value jsonb, created_at timestamptz)',
    );
    expect(only(old, 'langgraph-store').sets[0]?.ttl).toBeUndefined();
    const legacy = await made(
      'CREATE EXTENSION vector; CREATE TABLE langchain_pg_collection (name varchar, uuid uuid PRIMARY KEY); CREATE TABLE langchain_pg_embedding (collection_id uuid, embedding vector, document varchar, cmetadata json, uuid uuid PRIMARY KEY)',
    );
    expect(only(legacy, 'langchain').sets[0]?.id).toEqual(['uuid']);
  });
});

it('a profile of another engine is refused with a word on where it is known', async () => {
  await expect(made('CREATE TABLE t (id int)', { profile: 'chroma' })).rejects.toThrow(
    '--profile chroma: this system is known in sqlite stores and not in postgres ones',
  );
  await expect(made('CREATE TABLE t (id int)', { profile: 'mem0' })).rejects.toThrow(
    '--profile mem0: the store has none of its tables (one with the columns id:uuid, vector:vector, payload:jsonb)',
  );
});
