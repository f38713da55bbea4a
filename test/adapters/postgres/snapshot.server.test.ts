import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { postgresAdapter } from '../../../src/adapters/postgres/index.ts';
import { type MemorySet, type ProfileMap, readSnapshot, type Snapshot, Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { count, fixture, refusal, snapshot, sql } from './pg-store.ts';

const set = (s: Snapshot, id: string): MemorySet => {
  const found = s.memorySets.find((m) => m.id === id);
  if (found === undefined) throw new Error(`no set ${id} among ${s.memorySets.map((m) => m.id).join(', ')}`);
  return found;
};

describe('the mneme store', () => {
  let url = '';
  // A second at which a part of the entries has expired.
  const now = new Date(1_790_000_000_000);
  let s: Snapshot;
  beforeAll(async () => {
    url = await freshDatabase();
    await sql(url, fixture('stores/mneme-v1-postgres.sql'));
    s = await snapshot(url, { now });
  });

  it('is recognised in its schema, with the version it states', () => {
    expect(s.profiles[0]).toMatchObject({ id: 'mneme', version: '1' });
    expect(s.unrecognised).toEqual([]);
    expect(s.identity).toMatchObject({
      scheme: 'postgres',
      engine: 'PostgreSQL',
      name: new URL(url).pathname.slice(1),
    });
  });

  it('is counted as SQL of its own counts it', async () => {
    const of = async (what: string): Promise<number> => await count(url, `SELECT ${what} FROM mneme.entries`);
    const m = set(s, 'mneme:mneme.entries');
    const t = 1_790_000_000;
    expect(m).toMatchObject({
      schema: 'mneme',
      table: 'entries',
      rows: await of('count(*)'),
      primary: true,
      overQuota: [{ namespace: 'tenant_a', rows: 60, quota: 50 }],
      vectors: { where: 'column', name: 'embedding', rows: await of('count(embedding)'), dims: 64, scalar: 'float32' },
    });
    expect(m.ttl).toMatchObject({
      expired: await of(`count(*) FILTER (WHERE created_at + ttl <= ${t})`),
      live: await of(`count(*) FILTER (WHERE created_at + ttl > ${t})`),
      never: await of('count(*) FILTER (WHERE ttl IS NULL)'),
      unreadable: 0,
      withinDay: await of(`count(*) FILTER (WHERE created_at + ttl > ${t} AND created_at + ttl <= ${t} + 86400)`),
      next: new Date((await of(`min(created_at + ttl) FILTER (WHERE created_at + ttl > ${t})`)) * 1000).toISOString(),
    });
    expect(m.ttl?.expired).toBeGreaterThan(0);
    expect(m.ttl?.live).toBeGreaterThan(0);
    expect(m.ages?.buckets.reduce((a, b) => a + b.rows, 0)).toBe(m.rows - (m.ages?.future ?? 0));
    expect(m.ages?.oldest).toBe(new Date((await of('min(created_at)')) * 1000).toISOString());
    expect(m.textBytes).toBeCloseTo(await of('avg(octet_length(query) + octet_length(response))'), 6);
    expect(m.metadataBytes).toBeCloseTo(await of('avg(octet_length(metadata::text))'), 6);
    expect(m.namespaces?.top.map((n) => [n.namespace, n.rows])).toEqual(
      (await sql(url, 'SELECT namespace, count(*)::int AS n FROM mneme.entries GROUP BY 1 ORDER BY 2 DESC, 1')).map(
        (r) => [r['namespace'], r['n']],
      ),
    );
  });

  it('survives being saved and read again', () => {
    expect(readSnapshot(JSON.parse(JSON.stringify(s)), 'snapshot')).toEqual(JSON.parse(JSON.stringify(s)));
  });

  it('keeps its fingerprint when rows and indexes change, and not when a column does', async () => {
    const again = async (): Promise<string> => (await snapshot(url, { sections: ['profiles'] })).identity.fingerprint;
    const before = await again();
    await sql(url, `DELETE FROM mneme.entries WHERE id = 1`, 'DROP INDEX mneme.idx_entries_created_at');
    expect(await again()).toBe(before);
    await sql(url, 'ALTER TABLE mneme.entries ADD COLUMN note text');
    expect(await again()).not.toBe(before);
  });
});

describe('tables that the user maps', () => {
  let url = '';
  const map: ProfileMap = {
    tables: [
      {
        table: 'app.facts',
        namespace: 'meta->user',
        text: ['body'],
        embedding: 'emb',
        created: 'made',
        expires: 'until',
        deleted: 'gone',
        dependents: [{ table: 'links', on: { fact: 'id' } }],
      },
    ],
  };
  beforeAll(async () => {
    url = await freshDatabase();
    await sql(
      url,
      'CREATE EXTENSION vector',
      'CREATE SCHEMA app',
      `CREATE TABLE app.facts (id int PRIMARY KEY, meta jsonb, body text, emb vector, made text, until timestamptz, gone boolean NOT NULL)`,
      'CREATE TABLE app.links (fact int, note text)',
      `INSERT INTO app.facts SELECT i, CASE WHEN i % 5 > 0 THEN jsonb_build_object('user', 'u' || i % 3) ELSE '[]' END, repeat('é', i % 10),
         CASE WHEN i % 10 = 0 THEN NULL WHEN i % 7 = 0 THEN array_fill(0.5, ARRAY[700])::vector ELSE array_fill(0.25, ARRAY[8])::vector END,
         CASE i % 4 WHEN 0 THEN 'yesterday' WHEN 1 THEN '2026-02-30' WHEN 2 THEN NULL ELSE '2026-01-0' || (i % 9 + 1) END,
         CASE i % 3 WHEN 0 THEN '2026-05-01T00:00Z'::timestamptz WHEN 1 THEN 'infinity' END, i % 11 = 0
       FROM generate_series(1, 500) AS i`,
      'INSERT INTO app.links SELECT i, NULL FROM generate_series(491, 510) AS i',
    );
  });

  it('are counted: text times, JSON namespaces, several widths, marks', async () => {
    const s = await snapshot(url, { map, now: new Date('2026-06-01T00:00:00Z') });
    const m = s.memorySets.find((x) => x.table === 'facts');
    const of = async (condition: string): Promise<number> =>
      await count(url, `SELECT count(*) FROM app.facts WHERE ${condition}`);
    expect(m?.rows).toBe(500);
    expect(m?.softDeleted).toBe(await of('gone'));
    expect(m?.namespaces?.top.find((n) => n.namespace === null)?.rows).toBe(await of(`meta ->> 'user' IS NULL`));
    expect(m?.namespaces?.distinct).toBe(4);
    expect(m?.ages).toMatchObject({ unreadable: await of('id % 4 < 3'), newest: '2026-01-09T00:00:00.000Z' });
    // What is dated "infinity" never expires, as what has no date.
    expect(m?.ttl).toMatchObject({
      expired: await of('id % 3 = 0'),
      live: 0,
      never: await of('id % 3 > 0'),
      unreadable: 0,
    });
    expect(m?.vectors).toEqual({
      where: 'column',
      name: 'emb',
      scalar: 'float32',
      rows: await of('emb IS NOT NULL'),
      dims: 8,
      mixed: [
        { bytes: 32, rows: await of('vector_dims(emb) = 8') },
        { bytes: 2800, rows: await of('vector_dims(emb) = 700') },
      ],
    });
    expect(m?.textBytes).toBeCloseTo(await count(url, 'SELECT avg(octet_length(body)) FROM app.facts'), 6);
  });

  it('a partitioned table is one set, its parts are structures', async () => {
    await sql(
      url,
      'CREATE TABLE app.parts (id int, tenant text, embedding vector(3), PRIMARY KEY (id)) PARTITION BY RANGE (id)',
      'CREATE TABLE app.parts_1 PARTITION OF app.parts FOR VALUES FROM (0) TO (100)',
      'CREATE TABLE app.parts_2 PARTITION OF app.parts FOR VALUES FROM (100) TO (200)',
      `INSERT INTO app.parts SELECT i, 't', '[1,2,3]' FROM generate_series(0, 149) AS i`,
    );
    const s = await snapshot(url);
    expect(s.memorySets.filter((m) => m.table.startsWith('parts')).map((m) => [m.table, m.rows])).toEqual([
      ['parts', 150],
    ]);
    expect(s.structures.filter((x) => x.kind === 'heap').map((x) => x.name)).toEqual(
      expect.arrayContaining(['app.parts_1', 'app.parts_2']),
    );
  });
});

describe('odd stores', () => {
  it('an empty database has nothing to tell', async () => {
    const s = await snapshot(await freshDatabase());
    expect(s).toMatchObject({ profiles: [], memorySets: [], structures: [], unrecognised: [], notes: [] });
  });

  it('names that need quoting, in every place', async () => {
    const url = await freshDatabase();
    await sql(
      url,
      'CREATE EXTENSION vector',
      `CREATE SCHEMA "a.b ""c"" 'd'"`,
      `CREATE TABLE "a.b ""c"" 'd'"."T\\x ""y"" $1" ("the id" int PRIMARY KEY, "user_id" text, embedding vector(3), "content" text, "created_at" timestamptz)`,
      `INSERT INTO "a.b ""c"" 'd'"."T\\x ""y"" $1" SELECT i, 'u', '[1,2,3]', 'x', now() FROM generate_series(1, 30) AS i`,
      `CREATE INDEX "odd "" index" ON "a.b ""c"" 'd'"."T\\x ""y"" $1" USING hnsw (embedding vector_l2_ops)`,
      'CREATE EXTENSION pgstattuple',
      'CREATE EXTENSION pageinspect',
      'CREATE EXTENSION pg_freespacemap',
    );
    const s = await snapshot(url, { exact: true });
    expect(s.memorySets.map((m) => m.rows)).toEqual([30]);
    expect(s.structures.map((x) => [x.kind, x.withheld ?? []])).toEqual([
      [
        'heap',
        [{ what: 'statistics', why: 'the table was never analysed', grant: expect.stringContaining('ANALYZE') }],
      ],
      ['btree', [expect.objectContaining({ what: 'statistics' })]],
      ['hnsw', []],
    ]);
  });

  it('thousands of tables are read in seconds and told in few words', async () => {
    const url = await freshDatabase();
    const tables = Array.from({ length: 2000 }, (_, i) => `CREATE TABLE t${i} (id int PRIMARY KEY, a text, b jsonb)`);
    const batches = Array.from({ length: 20 }, (_, i) => tables.slice(100 * i, 100 * (i + 1)).join(';'));
    await sql(
      url,
      ...batches,
      'CREATE EXTENSION vector',
      'CREATE TABLE mem (id uuid PRIMARY KEY, vector vector(3), payload jsonb)',
    );
    const began = Date.now();
    const s = await snapshot(url);
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(s.structures.length).toBeLessThan(2_100);
    expect(s.structures[0]?.name).toBe('public.mem');
    expect(s.structures.at(-1)?.name).toContain('smaller tables');
    // The summed rest is in the sum: every byte of the tables is somewhere.
    const bytes = s.structures.reduce((a, x) => a + (x.bytes ?? 0), 0);
    expect(bytes).toBe(
      await count(
        url,
        `SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
      ),
    );
  });

  it('a table that someone holds exclusively costs its own figures alone', async () => {
    const url = await freshDatabase();
    await sql(
      url,
      'CREATE EXTENSION vector',
      'CREATE TABLE held (id int PRIMARY KEY, embedding vector(3))',
      'CREATE TABLE free (id int PRIMARY KEY, embedding vector(3))',
      `INSERT INTO held SELECT i, '[1,2,3]' FROM generate_series(1, 10) AS i`,
      `INSERT INTO free SELECT i, '[1,2,3]' FROM generate_series(1, 20) AS i`,
      'ANALYZE',
    );
    await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', busyTimeoutMs: 200 });
    const holder = new pg.Client(url);
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
    let s: Snapshot;
    try {
      s = await store.snapshot({ now: new Date() });
    } finally {
      await holder.end();
    }
    expect(s.memorySets.map((m) => [m.table, m.rows, m.hidden?.why])).toEqual(
      expect.arrayContaining([
        ['free', 20, undefined],
        ['held', 0, expect.stringContaining('locked by someone else')],
      ]),
    );
    expect(s.notes.map((n) => n.code)).toContain('sizes-estimated');
  });

  it('a set that is not there is said', async () => {
    await using store = await postgresAdapter.open(Target.parse(await freshDatabase()), { mode: 'read' });
    const rows = store.scan({ set: 'generic:public.nothing', fields: [] })[Symbol.asyncIterator]();
    expect(await refusal(Promise.resolve(rows.next()))).toContain('no rows to scan under "generic:public.nothing"');
  });
});
