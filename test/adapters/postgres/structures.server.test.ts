import { beforeAll, describe, expect, it } from 'vitest';
import type {
  BtreeFacts,
  GinFacts,
  HeapFacts,
  HnswFacts,
  IvfflatFacts,
  Snapshot,
  StructureFacts,
} from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { count, snapshot, sql, structure } from './pg-store.ts';

let url = '';
let plain: Snapshot;
let exact: Snapshot;

/** A vector that depends on two numbers, the same on every machine. */
const VECTOR = `CREATE FUNCTION vec(dims int, seed int) RETURNS vector LANGUAGE sql IMMUTABLE AS
  $$ SELECT array_agg(sin(seed * 7919.0 + i * 104729.0))::vector FROM generate_series(1, dims) AS i $$`;

beforeAll(async () => {
  url = await freshDatabase();
  await sql(
    url,
    ...['vector', 'pgstattuple', 'pageinspect', 'pg_freespacemap', 'pg_trgm'].map((e) => `CREATE EXTENSION ${e}`),
    VECTOR,
    `CREATE TABLE memories (id bigserial PRIMARY KEY, user_id text, content text, embedding vector(128), half halfvec(64),
       created_at timestamptz, tsv tsvector) WITH (autovacuum_enabled = off, fillfactor = 80)`,
    `INSERT INTO memories (user_id, content, embedding, half, created_at, tsv)
       SELECT 'u' || i % 37, repeat('word' || i || ' ', 10), CASE WHEN i % 50 > 0 THEN vec(128, i) END, vec(64, i)::halfvec,
         now(), to_tsvector('simple', 'alpha w' || i % 500 || ' z' || i) FROM generate_series(1, 3000) AS i`,
    'CREATE INDEX m_hnsw ON memories USING hnsw (embedding vector_cosine_ops) WITH (m = 12, ef_construction = 40)',
    'CREATE INDEX m_half ON memories USING hnsw (half halfvec_l2_ops) WHERE id > 1000',
    'CREATE INDEX m_bits ON memories USING hnsw ((binary_quantize(embedding)::bit(128)) bit_hamming_ops)',
    'CREATE INDEX m_ivf ON memories USING ivfflat (embedding vector_l2_ops) WITH (lists = 20)',
    'CREATE INDEX m_gin ON memories USING gin (tsv) WITH (gin_pending_list_limit = 512)',
    'CREATE INDEX m_trgm ON memories USING gin (content gin_trgm_ops) WITH (fastupdate = off)',
    'CREATE INDEX m_user ON memories (user_id)',
    'CREATE INDEX m_user_off ON memories (user_id) WITH (deduplicate_items = off, fillfactor = 70)',
    'CREATE INDEX m_expr ON memories (lower(content), created_at)',
    'CREATE INDEX m_incl ON memories (user_id) INCLUDE (created_at)',
    'CREATE UNIQUE INDEX m_unique ON memories (user_id, id)',
    'CREATE INDEX m_brin ON memories USING brin (created_at)',
    `CREATE COLLATION loose (provider = icu, locale = 'und', deterministic = false)`,
    'CREATE TABLE odd (id int PRIMARY KEY, name text COLLATE loose, amount numeric)',
    'CREATE INDEX odd_name ON odd (name)',
    'CREATE INDEX odd_amount ON odd (amount)',
    'CREATE TABLE wide (id int PRIMARY KEY, embedding vector(768)) WITH (autovacuum_enabled = off)',
    'INSERT INTO wide SELECT i, vec(768, i) FROM generate_series(1, 200) AS i',
    'CREATE TABLE never (id int PRIMARY KEY, embedding vector(3)) WITH (autovacuum_enabled = off)',
    `INSERT INTO never VALUES (1, '[1,2,3]')`,
    'DELETE FROM memories WHERE id % 5 = 0',
  );
  // In statements of their own: no transaction may hold one of them.
  await sql(url, 'VACUUM (ANALYZE) memories');
  await sql(url, 'VACUUM (ANALYZE) wide');
  await sql(
    url,
    `INSERT INTO memories (user_id, tsv) SELECT 'new', to_tsvector('simple', 'n' || i) FROM generate_series(1, 120) AS i`,
  );
  plain = await snapshot(url);
  exact = await snapshot(url, { exact: true });
});

function facts<T extends StructureFacts>(kind: T['kind'], name: string, from: Snapshot = exact): T {
  const found = structure(from, `${kind}:public.${name}`).facts;
  if (found?.kind !== kind) throw new Error(`${name} has no facts of a ${kind}`);
  return found as T;
}

describe('a table with its TOAST', () => {
  it('has the bytes that the server says, heap and TOAST apart', async () => {
    const wide = structure(plain, 'heap:public.wide');
    const f = facts<HeapFacts>('heap', 'wide', plain);
    expect(wide.bytes).toBe(await count(url, `SELECT pg_table_size('wide')`));
    expect(f.heapBytes).toBe(await count(url, `SELECT pg_relation_size('wide')`));
    expect(f.toast?.bytes).toBe(
      await count(url, `SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'wide'`),
    );
    expect(wide.pages).toBe((f.heapBytes + (f.toast?.bytes ?? 0)) / 8192);
    // A vector that lies outside reads as its pointer.
    expect(f.columns.find((c) => c.name === 'embedding')).toMatchObject({
      type: 'vector(768)',
      meanBytes: 18,
      storage: 'e',
      length: -1,
      align: 4,
    });
    expect(wide.rows).toBe(200);
  });

  it('tells options, statistics and counters', () => {
    const f = facts<HeapFacts>('heap', 'memories');
    expect(f).toMatchObject({ fillfactor: 80, statistics: { state: 'present' } });
    expect(f.statistics.analyzedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const column = (name: string) => f.columns.find((c) => c.name === name);
    expect(column('id')).toMatchObject({
      type: 'bigint',
      length: 8,
      align: 8,
      meanBytes: 8,
      nullShare: 0,
      distinct: -1,
    });
    expect(column('user_id')).toMatchObject({ distinct: 37, storage: 'x' });
    expect(column('user_id')?.commonShares).toHaveLength(37);
    expect(column('embedding')?.nullShare).toBe(0);
    expect(column('half')).toMatchObject({ type: 'halfvec(64)', meanBytes: 136 });
  });

  it('is measured whole only when asked', async () => {
    expect(facts<HeapFacts>('heap', 'memories', plain).tuples).toBeNull();
    const f = facts<HeapFacts>('heap', 'memories');
    expect(f.tuples).toMatchObject({ method: 'pgstattuple', liveRows: 2520, scannedShare: 1 });
    expect(f.freeSpaceMapBytes?.heap).toBe(await count(url, `SELECT sum(avail) FROM pg_freespace('memories')`));
    const wide = facts<HeapFacts>('heap', 'wide');
    // 768 floats and the header of the type, 3,076 bytes: two chunks of at most 1,996.
    expect(wide.toast).toMatchObject({ chunks: 400, deadChunks: 0, dataBytes: 200 * 3076 });
  });

  it('that was never analysed says so, and what would settle it', () => {
    const never = structure(plain, 'heap:public.never');
    expect(never.facts).toMatchObject({ statistics: { state: 'never', analyzedAt: null } });
    expect(never.withheld).toContainEqual({
      what: 'statistics',
      why: 'the table was never analysed',
      grant: 'ANALYZE "public"."never"',
    });
    // Counted, because it holds vectors.
    expect(never.rows).toBe(1);
    expect(structure(plain, 'btree:public.never_pkey').facts).toMatchObject({ indexTuples: null, keys: null });
  });
});

describe('B-trees', () => {
  it.each([
    ['m_user', true],
    ['m_user_off', false],
    ['m_incl', false],
    ['m_unique', false],
    ['memories_pkey', false],
    ['odd_name', false],
    ['odd_amount', false],
  ])('%s stores duplicates once: %s', async (name, deduplicates) => {
    expect(facts<BtreeFacts>('btree', name).deduplicates).toBe(deduplicates);
    if (name.startsWith('odd')) return;
    // The same question to the index itself.
    const posting = await count(
      url,
      `SELECT count(*) FROM bt_page_items('${name}', 1) WHERE tids IS NOT NULL AND array_length(tids, 1) > 1`,
    );
    expect(posting > 0).toBe(deduplicates);
  });

  it('know their keys: columns, expressions, INCLUDE', () => {
    expect(facts<BtreeFacts>('btree', 'm_expr')).toMatchObject({
      columns: [null, 'created_at'],
      keyCount: 2,
      keys: [
        { type: 'text', meanBytes: expect.any(Number) },
        { name: 'created_at', type: 'timestamp with time zone' },
      ],
    });
    expect(facts<BtreeFacts>('btree', 'm_incl')).toMatchObject({ columns: ['user_id', 'created_at'], keyCount: 1 });
    expect(facts<BtreeFacts>('btree', 'm_user_off')).toMatchObject({ fillfactor: 70, origin: 'created', valid: true });
    expect(facts<BtreeFacts>('btree', 'memories_pkey')).toMatchObject({
      fillfactor: 90,
      origin: 'primary-key',
      unique: true,
    });
    expect(facts<BtreeFacts>('btree', 'm_unique')).toMatchObject({ origin: 'created', unique: true });
  });

  it('are measured by pgstatindex when asked', async () => {
    const [truth] = await sql(
      url,
      `SELECT leaf_pages::int AS leaf, internal_pages::int AS internal, avg_leaf_density AS density FROM pgstatindex('m_user')`,
    );
    const { pages } = facts<BtreeFacts>('btree', 'm_user');
    expect(pages).toMatchObject({ leaf: truth?.['leaf'], internal: truth?.['internal'] });
    expect(pages?.leafDensity).toBeCloseTo(Number(truth?.['density']) / 100, 6);
    expect(facts<BtreeFacts>('btree', 'm_user', plain).pages).toBeNull();
  });
});

describe('GIN', () => {
  it('tells the pending list and the free pages without reading the index', async () => {
    const f = facts<GinFacts>('gin', 'm_gin', plain);
    const [truth] = await sql(
      url,
      `SELECT pending_pages AS pages, pending_tuples::int AS tuples FROM pgstatginindex('m_gin')`,
    );
    expect(f).toMatchObject({
      opclass: 'tsvector_ops',
      fastupdate: true,
      pendingPages: truth?.['pages'],
      pendingTuples: 120,
      pendingLimitBytes: 512 * 1024,
      sample: null,
      freePages: await count(url, `SELECT count(*) FROM pg_freespace('m_gin') WHERE avail > 0`),
    });
    expect(facts<GinFacts>('gin', 'm_trgm', plain)).toMatchObject({
      opclass: 'gin_trgm_ops',
      fastupdate: false,
      pendingTuples: 0,
      pendingLimitBytes: 4096 * 1024,
    });
  });

  it('its sampled pages read as pageinspect reads them', async () => {
    const { sample } = facts<GinFacts>('gin', 'm_gin');
    const [truth] = await sql(
      url,
      `SELECT count(*)::int AS pages, count(*) FILTER (WHERE o.flags = '{leaf}')::int AS entry, avg((h.upper - h.lower) / 8160.0) FILTER (WHERE o.flags = '{leaf}') AS free,
         count(*) FILTER (WHERE 'deleted' = ANY (o.flags))::int AS deleted
       FROM generate_series(1, pg_relation_size('m_gin') / 8192 - 1) AS b,
         LATERAL get_raw_page('m_gin', b::int) AS page, LATERAL page_header(page) AS h, LATERAL gin_page_opaque_info(page) AS o`,
    );
    expect(sample).toMatchObject({ sampled: truth?.['pages'], entryLeafPages: truth?.['entry'], usedBytesError: 0 });
    expect(sample?.entryLeafFree).toBeCloseTo(Number(truth?.['free']), 6);
    expect((sample?.deletedShare ?? 0) * (sample?.sampled ?? 0)).toBeCloseTo(Number(truth?.['deleted']), 6);
  });
});

describe('HNSW and IVFFlat', () => {
  it('know type, width and parameters, of expressions too', () => {
    expect(facts<HnswFacts>('hnsw', 'm_hnsw')).toMatchObject({
      dims: 128,
      scalar: 'float32',
      m: 12,
      efConstruction: 40,
      opclass: 'vector_cosine_ops',
    });
    expect(facts<HnswFacts>('hnsw', 'm_half')).toMatchObject({
      dims: 64,
      scalar: 'halfvec',
      m: 16,
      efConstruction: 64,
      predicate: '(id > 1000)',
    });
    expect(facts<HnswFacts>('hnsw', 'm_bits')).toMatchObject({ dims: 128, scalar: 'bit', columns: [null] });
    expect(facts<IvfflatFacts>('ivfflat', 'm_ivf')).toMatchObject({ dims: 128, scalar: 'float32', lists: 20 });
  });

  it('know how many vectors they should hold, and from where', async () => {
    const vectors = await count(url, 'SELECT count(embedding) FROM memories');
    expect(facts<HnswFacts>('hnsw', 'm_hnsw')).toMatchObject({
      elements: vectors,
      elementsFrom: 'counted: rows with embedding',
    });
    expect(facts<IvfflatFacts>('ivfflat', 'm_ivf').elements).toBe(vectors);
    expect(facts<HnswFacts>('hnsw', 'm_half')).toMatchObject({
      elements: await count(url, 'SELECT count(*) FROM memories WHERE id > 1000 AND half IS NOT NULL'),
      elementsFrom: 'reltuples of the index',
    });
  });

  it('the page sample finds the share of deleted elements', () => {
    // Every fifth row was deleted; rows without a vector were among them alone.
    const built = 3000 - 60;
    const deleted = 600 - 60;
    const { sample } = facts<HnswFacts>('hnsw', 'm_hnsw');
    expect(sample?.sampledPages).toBe(200);
    expect(sample?.low).toBeLessThanOrEqual(deleted / built);
    expect(sample?.high).toBeGreaterThanOrEqual(deleted / built);
    expect(Math.abs((sample?.deletedShare ?? 0) - deleted / built)).toBeLessThan(0.02);
    // A small index is read whole, and is then exact: a fifth of 2,000.
    const half = facts<HnswFacts>('hnsw', 'm_half').sample;
    expect(half).toMatchObject({
      elements: 2000,
      deleted: 400,
      heapTuples: 1600,
      deletedShare: 0.2,
      low: 0.2,
      high: 0.2,
    });
  });

  it('duplicates share an element: heap tuples are counted', async () => {
    const { sample } = facts<HnswFacts>('hnsw', 'm_bits');
    expect(sample?.heapTuples).toBe(2400);
    expect((sample?.elements ?? 0) - (sample?.deleted ?? 0)).toBeGreaterThanOrEqual(
      await count(
        url,
        'SELECT count(DISTINCT binary_quantize(embedding)::bit(128)) FROM memories WHERE embedding IS NOT NULL',
      ),
    );
  });

  it('the sample is the same from run to run', async () => {
    const again = await snapshot(url, { exact: true });
    expect(facts<HnswFacts>('hnsw', 'm_hnsw', again).sample).toEqual(facts<HnswFacts>('hnsw', 'm_hnsw').sample);
  });
});

describe('other indexes', () => {
  it('have their bytes and their name', async () => {
    const brin = structure(plain, 'other-index:public.m_brin');
    expect(brin.bytes).toBe(await count(url, `SELECT pg_relation_size('m_brin')`));
    expect(brin.facts).toMatchObject({ accessMethod: 'brin', columns: ['created_at'] });
  });

  it('an invalid one is known as such', async () => {
    await sql(url, `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'm_brin'::regclass`);
    expect(structure(await snapshot(url), 'other-index:public.m_brin').facts).toMatchObject({ valid: false });
  });
});
