/** Every known schema whose rows expire: what the rule names goes, with everything that hangs on it, and comes back exactly. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PurgeAction, RemovedRow, StepEvent } from '../../../src/store/index.ts';
import { SCHEMAS } from '../../profiles/postgres-schemas.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { context, finished, type Maintained, maintained, purgeOf, type Ran, ran } from './maintained.ts';
import { count, fixture, sql } from './pg-store.ts';

const ddl = (name: string): string => SCHEMAS.find((s) => s.name === name)?.sql ?? '';
const UUID = 'md5(i::text)::uuid';
const NARROW = '(SELECT array_agg((i + k) / 1000.0)::vector FROM generate_series(1, 1536) AS k)';

let url = '';
const open: Maintained[] = [];
beforeEach(async () => {
  url = await freshDatabase();
});
afterEach(async () => {
  for (const m of open.splice(0)) await m[Symbol.asyncDispose]();
});

async function purged(table: string, o: Partial<PurgeAction> = {}, batchRows?: number): Promise<Ran> {
  const m = await maintained(url);
  open.push(m);
  const fixed = batchRows === undefined ? {} : { batchRows };
  return await ran(m.maintenance.perform(purgeOf(m, table, o), context({ archive: true, ...fixed })));
}

/** By way of the JSON that an archive is. */
async function* archived(rows: readonly RemovedRow[]): AsyncGenerator<RemovedRow> {
  for (const row of rows) yield JSON.parse(JSON.stringify(row)) as RemovedRow;
}

type Put = StepEvent | { readonly state: 'conflict'; readonly row: RemovedRow; readonly why: string };
async function undone(removed: readonly RemovedRow[], batchRows?: number): Promise<readonly Put[]> {
  const events: Put[] = [];
  const fixed = batchRows === undefined ? {} : { batchRows };
  for await (const e of (open.at(-1) as Maintained).maintenance.restore(archived(removed), context(fixed)))
    events.push(e);
  return events;
}

/** Every row of the tables, in an order of its own. */
async function contents(...tables: string[]): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const t of tables)
    all.push(...(await sql(url, `SELECT '${t}' AS t, x::text AS x FROM ${t} x ORDER BY x::text COLLATE "C"`)));
  return all;
}

const places = (rows: readonly RemovedRow[]): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const r of rows) found[r.place] = (found[r.place] ?? 0) + 1;
  return found;
};

describe('mem0', () => {
  /** Every third memory is past its day, every third on its day, the others have none or no day. */
  const MEMORIES = `INSERT INTO mem0 SELECT ${UUID}, ${NARROW}, jsonb_strip_nulls(jsonb_build_object('data', 'text ' || i, 'hash', md5(i::text),
      'user_id', 'u' || i % 5, 'expiration_date', CASE i % 3 WHEN 0 THEN to_char((now() AT TIME ZONE 'UTC') - interval '1 day', 'YYYY-MM-DD')
        WHEN 1 THEN to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD') ELSE CASE WHEN i % 2 = 0 THEN 'soon' END END))
    FROM generate_series(1, 60) i`;
  const listed = (ids: string): string =>
    `(SELECT jsonb_agg(md5(n::text)::uuid ORDER BY o) FROM unnest(ARRAY[${ids}]) WITH ORDINALITY AS u(n, o))`;
  const ENTITIES = [
    // Of three neighbours one has expired: at every place of the list.
    `INSERT INTO mem0_entities SELECT ${UUID}, ${NARROW}, jsonb_build_object('data', 'e' || i, 'user_id', 'u1', 'linked_memory_ids', ${listed('i, i + 1, i + 2')}) FROM generate_series(1, 30) i`,
    // Of expired ones alone, in no order.
    `INSERT INTO mem0_entities SELECT md5('x' || i)::uuid, ${NARROW}, jsonb_build_object('data', 'x' || i, 'linked_memory_ids', ${listed('9, 3, 57, 30')}) FROM generate_series(1, 2) i`,
    // Most of them expired, among others that stay.
    `INSERT INTO mem0_entities SELECT md5('y' || i)::uuid, ${NARROW}, jsonb_build_object('data', 'y' || i, 'linked_memory_ids', ${listed('6, 1, 60, 3, 2, 33, 4, 12')}) FROM generate_series(1, 2) i`,
    `INSERT INTO mem0_entities VALUES (md5('empty')::uuid, NULL, '{"data":"empty","linked_memory_ids":[]}'), (md5('none')::uuid, NULL, '{"data":"none"}'),
      (md5('odd')::uuid, NULL, '{"data":"odd","linked_memory_ids":"text"}'), (md5('null')::uuid, NULL, NULL)`,
  ];
  const DANGLING = `SELECT count(*) FROM mem0_entities e CROSS JOIN LATERAL jsonb_array_elements_text(
      CASE WHEN jsonb_typeof(e.payload -> 'linked_memory_ids') = 'array' THEN e.payload -> 'linked_memory_ids' END) AS l(id)
    WHERE NOT EXISTS (SELECT FROM mem0 m WHERE m.id::text = l.id)`;

  beforeEach(async () => {
    await sql(url, ddl('mem0'), MEMORIES, ...ENTITIES);
  });

  it.each([
    ['one batch', undefined],
    ['many batches', 3],
  ])('loses memories whose day is over in %s, without a dangling id, and gets all of it back', async (_, batchRows) => {
    const before = await contents('mem0', 'mem0_entities');
    const r = await purged('mem0', {}, batchRows);
    expect(finished(r).rows).toBe(20);
    expect(await count(url, 'SELECT count(*) FROM mem0')).toBe(40);
    expect(
      await count(
        url,
        "SELECT count(*) FROM mem0 WHERE payload->>'expiration_date' < to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
      ),
    ).toBe(0);
    expect(await count(url, DANGLING)).toBe(0);
    // Only those go whose last memory went.
    expect(await count(url, "SELECT count(*) FROM mem0_entities WHERE payload->>'data' LIKE 'x%'")).toBe(0);
    expect(await count(url, 'SELECT count(*) FROM mem0_entities')).toBe(36);
    const events = await undone(r.removed, batchRows);
    expect(events.filter((e) => e.state === 'conflict')).toEqual([]);
    expect(await contents('mem0', 'mem0_entities')).toEqual(before);
  });

  it('keeps what the application has done to a list meanwhile, and names an entity that is gone', async () => {
    const r = await purged('mem0', {}, 4);
    const [y1, y2] = ["md5('y1')::uuid", "md5('y2')::uuid"];
    await sql(
      url,
      `UPDATE mem0_entities SET payload = jsonb_set(payload, '{linked_memory_ids}', (payload->'linked_memory_ids') || '["new"]') WHERE id = ${y1}`,
      `DELETE FROM mem0_entities WHERE id = ${y2}`,
    );
    const conflicts = (await undone(r.removed)).flatMap((e) => (e.state === 'conflict' ? [e.why] : []));
    expect(new Set(conflicts)).toEqual(new Set(['the row whose list it was taken from is not there any more']));
    const [row] = await sql(
      url,
      `SELECT (SELECT array_agg(m.n ORDER BY l.o) FROM jsonb_array_elements_text(payload->'linked_memory_ids') WITH ORDINALITY AS l(id, o)
         LEFT JOIN (SELECT n, md5(n::text)::uuid::text AS id FROM generate_series(1, 60) n) m USING (id))::text AS ids
       FROM mem0_entities WHERE id = ${y1}`,
    );
    expect(row).toEqual({ ids: '{6,1,60,3,2,33,4,12,NULL}' });
  });

  it('counts what is changed without an archive too', async () => {
    const m = await maintained(url);
    open.push(m);
    const r = await ran(m.maintenance.perform(purgeOf(m, 'mem0'), context()));
    const dependents = r.events.reduce((n, e) => n + (e.state === 'prepared' ? e.dependents : 0), 0);
    expect(dependents).toBe(30 + 2 + 2);
    expect(await count(url, DANGLING)).toBe(0);
  });

  it('is refused to a role that may not change the lists', async () => {
    await sql(
      url,
      `DO $$ BEGIN CREATE ROLE unlinker LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      'GRANT SELECT, DELETE ON mem0, mem0_entities TO unlinker',
      'GRANT UPDATE ON mem0 TO unlinker',
    );
    const m = await maintained(url.replace('postgres@', 'unlinker@'));
    open.push(m);
    const { visibility } = await m.maintenance.conditions([purgeOf(m, 'mem0')]);
    expect(visibility).toMatchObject([
      { complete: false, grant: 'GRANT UPDATE ON "public"."mem0_entities" TO "unlinker"' },
    ]);
    await sql(url, 'DROP OWNED BY unlinker');
  });

  it('is refused where a list cannot be put back', async () => {
    await sql(url, 'ALTER TABLE mem0_entities DROP CONSTRAINT mem0_entities_pkey');
    await expect(purged('mem0')).rejects.toMatchObject({ code: 'unlink-unsupported', exit: 5 });
    expect(await count(url, 'SELECT count(*) FROM mem0')).toBe(60);
  });
});

describe('neural-memory', () => {
  const ROWS = [
    "INSERT INTO brains VALUES ('b', 'brain', '{}', now()), ('c', 'other', '{}', now())",
    "INSERT INTO neurons (id, brain_id, type, content, created_at) SELECT 'n' || i, b, 'fact', 'c' || i, now() FROM generate_series(1, 10) i, unnest(ARRAY['b', 'c']) b",
    `INSERT INTO fibers SELECT 'f' || i, b, '["n1"]', '[]', 'n1', 'sum ' || i, '{"a": 1.50}', 0, i % 2, now() FROM generate_series(1, 90) i, unnest(ARRAY['b', 'c']) b`,
    "INSERT INTO fiber_neurons SELECT b, 'f' || i, 'n' || i % 10 FROM generate_series(1, 90) i, unnest(ARRAY['b', 'c']) b",
    // Fibers beyond 60 have no type; of the others a third of the first brain has expired.
    `INSERT INTO typed_memories SELECT 'f' || i, b, 'todo', CASE WHEN b = 'b' AND i % 3 = 0 THEN now() - interval '1 s' WHEN i % 3 = 1 THEN now() + interval '1 h' END,
      '{}', now(), 'warm' FROM generate_series(1, 60) i, unnest(ARRAY['b', 'c']) b`,
  ];
  const TABLES = ['brains', 'neurons', 'fibers', 'fiber_neurons', 'typed_memories'];

  it.each([
    ['one batch', undefined],
    ['many batches', 6],
  ])('loses expired types with their fibers in %s, and gets them back', async (_, batchRows) => {
    await sql(url, ddl('neural_memory'), ...ROWS);
    const before = await contents(...TABLES);
    const r = await purged('typed_memories', {}, batchRows);
    expect(finished(r).rows).toBe(20);
    expect(places(r.removed)).toEqual({
      'public.typed_memories': 20,
      'public.fibers': 20,
      'public.fiber_neurons': 20,
    });
    expect(await count(url, "SELECT count(*) FROM fibers WHERE brain_id = 'b'")).toBe(70);
    expect(await count(url, "SELECT count(*) FROM typed_memories WHERE brain_id = 'c'")).toBe(60);
    expect(await count(url, 'SELECT count(*) FROM typed_memories')).toBe(100);
    expect(await count(url, 'SELECT count(*) FROM neurons')).toBe(20);
    const events = await undone(r.removed, batchRows);
    expect(events.filter((e) => e.state === 'conflict')).toEqual([]);
    expect(await contents(...TABLES)).toEqual(before);
  });

  it('archives what else goes with a fiber, and spares a fiber that another row refers to', async () => {
    await sql(
      url,
      ddl('neural_memory'),
      ...ROWS,
      'ALTER TABLE typed_memories DROP CONSTRAINT typed_memories_pkey',
      // The same fiber has a second type that lives on.
      "INSERT INTO typed_memories VALUES ('f3', 'b', 'second', NULL, '{}', now(), 'hot')",
      `CREATE TABLE seen (brain_id text, fiber_id text, FOREIGN KEY (brain_id, fiber_id) REFERENCES fibers (brain_id, id) ON DELETE CASCADE)`,
      "INSERT INTO seen SELECT brain_id, id FROM fibers WHERE id <> 'f3'",
    );
    const before = await contents(...TABLES, 'seen');
    const r = await purged('typed_memories');
    expect(finished(r).rows).toBe(20);
    expect(places(r.removed)).toMatchObject({ 'public.fibers': 19, 'public.seen': 19 });
    expect(await count(url, "SELECT count(*) FROM fibers WHERE id = 'f3' AND brain_id = 'b'")).toBe(1);
    expect(await count(url, "SELECT count(*) FROM typed_memories WHERE memory_type = 'second'")).toBe(1);
    await undone(r.removed);
    expect(await contents(...TABLES, 'seen')).toEqual(before);
  });
});

describe.each([
  ['langgraph_py', 'prefix', 'field_name', ''],
  ['langgraph_js', 'namespace_path', 'field_path', ', text_content'],
])('a LangGraph store (%s)', (name, prefix, field, text) => {
  it('loses expired items with their vectors, and gets them back', async () => {
    const vectors = `INSERT INTO store_vectors (${prefix}, key, ${field}${text}, embedding)
      SELECT ${prefix}, key, f${text === '' ? '' : ", 'text'"}, (SELECT array_agg(k / 1000.0)::vector FROM generate_series(1, 1536) k)
      FROM store, unnest(ARRAY['a', 'b']) f`;
    await sql(
      url,
      ddl(name),
      `INSERT INTO store (${prefix}, key, value, expires_at) SELECT 'memories.u' || i % 4, 'k' || i, '{"text": "x", "n": 1.0}',
         CASE i % 3 WHEN 0 THEN now() - interval '1 minute' WHEN 1 THEN now() + interval '1 minute' END FROM generate_series(1, 60) i`,
      vectors,
    );
    const before = await contents('store', 'store_vectors');
    const r = await purged('store', {}, 7);
    expect(finished(r).rows).toBe(20);
    expect(places(r.removed)).toEqual({ 'public.store': 20, 'public.store_vectors': 40 });
    expect(await count(url, 'SELECT count(*) FROM store WHERE expires_at <= now()')).toBe(0);
    expect(await count(url, 'SELECT count(*) FROM store')).toBe(40);
    expect(await count(url, 'SELECT count(*) FROM store_vectors')).toBe(80);
    await undone(r.removed);
    expect(await contents('store', 'store_vectors')).toEqual(before);
  });
});

describe('mneme', () => {
  it('loses entries past their lifetime, and gets them back', async () => {
    await sql(url, fixture('stores/mneme-v1-postgres.sql'));
    const due = 'FROM mneme.entries WHERE created_at + ttl <= extract(epoch FROM now())';
    const [all, expired] = [
      await count(url, 'SELECT count(*) FROM mneme.entries'),
      await count(url, `SELECT count(*) ${due}`),
    ];
    const version = "SELECT value FROM mneme.multi_process_state WHERE key = 'version_counter'";
    const was = await count(url, version);
    const before = await contents('mneme.entries');
    const r = await purged('entries');
    expect(expired).toBeGreaterThan(0);
    expect(finished(r).rows).toBe(expired);
    expect(await count(url, `SELECT count(*) ${due}`)).toBe(0);
    expect(await count(url, 'SELECT count(*) FROM mneme.entries')).toBe(all - expired);
    expect(await count(url, version)).toBeGreaterThan(was);
    await undone(r.removed);
    expect(await contents('mneme.entries')).toEqual(before);
  });
});

describe('Mastra', () => {
  it('loses old messages with the vectors that name them in their metadata, and gets them back', async () => {
    await sql(
      url,
      ddl('mastra'),
      `INSERT INTO mastra_messages SELECT 'm' || i, 't', 'text', 'user', 'v2', now(), 'r' || i % 3, now() - i * interval '1 day' FROM generate_series(1, 30) i`,
      `INSERT INTO memory_messages (vector_id, embedding, metadata) SELECT 'v' || i || n, ${NARROW}, jsonb_build_object('message_id', 'm' || i, 'resource_id', 'r')
       FROM generate_series(1, 30) i, generate_series(1, 2) n`,
      "INSERT INTO memory_messages (vector_id, metadata) VALUES ('free', '{}'), ('text', NULL)",
    );
    const before = await contents('mastra_messages', 'memory_messages');
    const r = await purged('mastra_messages', { reason: 'retention', olderThanSeconds: 20 * 86_400 });
    expect(finished(r).rows).toBe(11);
    expect(places(r.removed)).toEqual({ 'public.mastra_messages': 11, 'public.memory_messages': 22 });
    expect(await count(url, 'SELECT count(*) FROM memory_messages')).toBe(40);
    await undone(r.removed);
    expect(await contents('mastra_messages', 'memory_messages')).toEqual(before);
  });
});

it('every schema with a rule of expiry is tried here', async () => {
  const tried = ['mem0', 'neural_memory', 'langgraph_py', 'langgraph_js', 'mneme'];
  const found: string[] = [];
  for (const s of SCHEMAS) {
    const at = await freshDatabase();
    await sql(at, s.sql);
    await using m = await maintained(at);
    if (m.reading.sets.some((x) => x.set.ttl !== undefined && x.set.readOnly === undefined)) found.push(s.name);
  }
  expect(found.sort()).toEqual(tried.sort());
});
