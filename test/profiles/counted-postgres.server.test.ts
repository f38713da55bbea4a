/** What the profiles say of rows, held against rows in the real tables. */
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/index.ts';
import { mapProfile, setId } from '../../src/profiles/index.ts';
import { Target } from '../../src/store/index.ts';
import { database, detected, made, only } from './postgres-detection.ts';
import { SCHEMAS } from './postgres-schemas.ts';

const DAY = 86_400_000;

it('every set of every profile can be counted in the real tables, empty as they are', async () => {
  const url = await database(async (run) => {
    await run('CREATE EXTENSION vector');
    for (const s of SCHEMAS) await run(`CREATE SCHEMA s_${s.name}; SET search_path = s_${s.name}, public; ${s.sql}`);
  });
  await using store = await openStore(Target.parse(url), { mode: 'read' });
  const s = await store.snapshot({ now: new Date('2026-11-21T00:00:00Z') });
  expect(s.notes.filter((n) => n.level === 'warning')).toEqual([]);
  const { matches } = await detected(url);
  const sets = matches.flatMap((m) => m.sets.map((x) => setId(m.profile.id, x)));
  expect(s.memorySets.map((m) => m.id).sort()).toEqual(sets.sort());
  expect(s.memorySets.every((m) => m.rows === 0)).toBe(true);
  const ttl = s.memorySets.filter((m) => m.ttl !== null).map((m) => `${m.id} ${m.ttl?.rule}`);
  expect(ttl.sort()).toEqual([
    'langgraph-store-js:s_langgraph_js.store expires_at <= now',
    'langgraph-store:s_langgraph_py.store expires_at <= now',
    'mem0:s_mem0.mem0 payload->expiration_date (UTC day) is over',
    'mneme:mneme.entries created_at + ttl (s) <= now',
    'neural-memory:s_neural_memory.typed_memories expires_at <= now',
  ]);
  const stays = s.memorySets.filter((m) => m.readOnly !== undefined).map((m) => m.profile);
  expect(new Set(stays)).toEqual(
    new Set([
      'cognee',
      'dify',
      'hindsight',
      'langchain-js',
      'langgraph-checkpoints',
      'langgraph-store',
      'langgraph-store-js',
      'letta',
      'llama-index',
      'mastra',
      'mastra-vectors',
      'mem0',
      'neural-memory',
      'open-webui',
      'open-webui-chunks',
      'openmemory',
    ]),
  );
});

it('names, hashes and times come out of rows as the profiles say', async () => {
  const sql = (name: string): string => SCHEMAS.find((s) => s.name === name)?.sql as string;
  const url = await database(async (run) => {
    for (const name of ['langchain', 'mem0', 'langgraph_py', 'open_webui', 'letta']) await run(sql(name));
    await run(`INSERT INTO langchain_pg_collection(uuid, name) VALUES ('00000000-0000-0000-0000-000000000001', 'handbook');
      INSERT INTO langchain_pg_embedding(id, collection_id, embedding, document) VALUES ('a', '00000000-0000-0000-0000-000000000001', '[1,2,3]', 'text');
      INSERT INTO mem0 VALUES (gen_random_uuid(), NULL, '{"data":"likes tea","user_id":"ann","created_at":"2026-11-01T02:00:00+02:00","expiration_date":"2020-02-29"}'),
        (gen_random_uuid(), NULL, jsonb_build_object('data', 'today', 'user_id', 'ann', 'expiration_date', (now() AT TIME ZONE 'UTC')::date::text)), (gen_random_uuid(), NULL, '{"data":"never"}');
      INSERT INTO checkpoints(thread_id, checkpoint_id, checkpoint) VALUES ('t', 'c', '{"ts":"2026-10-01T00:00:00+00:00"}');
      INSERT INTO memory VALUES ('m', 'ann', 'likes tea', 1790000000, 1790000000);
      INSERT INTO block(id, label, value, is_deleted) VALUES ('b', 'human', 'x', true), ('c', 'human', 'y', false)`);
  });
  await using store = await openStore(Target.parse(url), { mode: 'read' });
  const now = new Date();
  const s = await store.snapshot({ now });
  const tomorrow = new Date(Math.floor(now.getTime() / DAY + 1) * DAY).toISOString();
  const set = (id: string): unknown => s.memorySets.find((m) => m.id === id);
  expect(set('langchain:public.langchain_pg_embedding')).toMatchObject({
    namespaces: { top: [{ rows: 1, label: 'handbook' }] },
    ages: null,
  });
  // A day holds until it is over: what expires today is still there.
  expect(set('mem0:public.mem0')).toMatchObject({
    ttl: { expired: 1, live: 1, never: 1, next: tomorrow },
    ages: { oldest: '2026-11-01T00:00:00.000Z' },
  });
  expect(set('langgraph-checkpoints:public.checkpoints')).toMatchObject({
    ages: { oldest: '2026-10-01T00:00:00.000Z' },
  });
  expect(set('open-webui:public.memory')).toMatchObject({ ages: { oldest: '2026-09-21T14:13:20.000Z' } });
  expect(set('letta:public.block')).toMatchObject({ rows: 2, softDeleted: 1 });
});

describe('a map', () => {
  const RECALL = `CREATE EXTENSION vector; CREATE SCHEMA recall; CREATE TABLE recall.memories (id text PRIMARY KEY, namespace_id text, content text,
    status text, confidence real, event_at timestamptz, valid_to timestamptz, expires_ms bigint, embedding vector(1536));
    CREATE TABLE recall.edges (from_id text, to_id text); CREATE TABLE notes (id int, memories text)`;
  const map = mapProfile(
    {
      title: 'Recall',
      tables: [
        {
          table: 'recall.memories',
          namespace: 'namespace_id',
          text: 'content',
          embedding: 'embedding',
          created: 'event_at',
          status: 'status',
          superseded: 'superseded',
          evictionOrder: ['confidence', 'event_at'],
          dependents: [
            { table: 'recall.edges', on: { from_id: 'id' } },
            { table: 'edges', on: { to_id: 'id' } },
          ],
        },
      ],
    },
    '--map recall.yaml',
  );

  it('describes a table, and expires nothing that the user did not name', async () => {
    const found = await made(RECALL, { map });
    const m = only(found, 'map');
    expect(m).toMatchObject({ confidence: 1, schema: 'recall', tables: ['memories', 'edges'] });
    expect(m.sets).toEqual([
      {
        table: 'memories',
        schema: 'recall',
        role: 'memory',
        title: 'rows of memories',
        primary: true,
        id: ['id'],
        namespace: { column: 'namespace_id' },
        text: [{ column: 'content' }],
        created: { column: { column: 'event_at' }, format: 'native' },
        softDeleted: 'status',
        deletedValue: 'superseded',
        markSays: 'superseded',
        supersede: {
          set: [{ column: { column: 'status' }, to: { value: 'superseded' } }],
          source: 'the map',
        },
        breakdowns: [{ column: 'status' }],
        vectors: { where: 'column', column: 'embedding', scalar: 'float32' },
        dependents: [
          { table: 'edges', on: { from_id: 'id' }, how: 'delete' },
          { table: 'edges', on: { to_id: 'id' }, how: 'delete' },
        ],
        evictionOrder: ['confidence', 'event_at'],
      },
    ]);
    expect(found.unrecognised).toEqual(['public.notes']);
  });

  it.each([
    [
      'a table that is not there',
      { table: 'recall.memory' },
      'map: the store has no table recall.memory; did you mean recall.memories?',
    ],
    [
      'a column that is not there',
      { table: 'memories', namespace: 'namespace' },
      'map: memories: the table has no column namespace; did you mean namespace_id?',
    ],
    [
      'a number without its unit',
      { table: 'memories', expires: 'expires_ms' },
      'map: memories: expiresUnit is needed: expires_ms is bigint, which says no unit',
    ],
    [
      'a dependent in another schema',
      { table: 'memories', dependents: [{ table: 'public.notes', on: { id: 'id' } }] },
      'map: memories: dependents: the store has no table public.notes',
    ],
  ])('%s is refused', async (_what, table, message) => {
    await expect(made(RECALL, { map: mapProfile({ tables: [table] }, '--map m') })).rejects.toMatchObject({
      kind: 'input-error',
      message,
    });
  });

  it('a table of one name in two schemas must be named with its schema', async () => {
    const sql = 'CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (id int); CREATE TABLE b.t (id int)';
    await expect(made(sql, { map: mapProfile({ table: 't' }, '--map m') })).rejects.toThrow(
      'map: table t is there more than once, as a.t and b.t: say which',
    );
  });
});
