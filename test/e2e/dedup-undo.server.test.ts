/** Every known schema of PostgreSQL, a mapped table, and mneme in Redis: after a merge and its undo every row is as it was. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { redisTwins } from '../../bench/safety-twins-servers.ts';
import { detected } from '../profiles/postgres-detection.ts';
import { SCHEMAS } from '../profiles/postgres-schemas.ts';
import { freshDatabase } from '../servers/fresh-database.ts';
import { startRedis } from '../servers/redis.ts';
import { appliedAndUndone, type Mended } from './applied-and-undone.ts';
import { fillPostgres, wholePostgres, worded } from './twin-tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'memctl-undo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of twelve rows in each table six say what another one says: sets whose rows were removed; of those left alone, why. */
const EXPECTED: Readonly<
  Record<string, { readonly removed: readonly string[]; readonly left: readonly [string, string][] }>
> = {
  mem0: { removed: ['mem0:public.mem0'], left: [] },
  langgraph_py: { removed: ['langgraph-store:public.store'], left: [] },
  langgraph_js: { removed: ['langgraph-store-js:public.store'], left: [] },
  langchain: {
    removed: [
      'langchain-js:public.testlangchainjs',
      'langchain-v2:public.lc_v2_example',
      'langchain:legacy.langchain_pg_embedding',
      'langchain:public.langchain_pg_embedding',
    ],
    left: [],
  },
  n8n: {
    removed: ['n8n:public.n8n_vectors'],
    left: [['langchain-js:public.documents', 'it is not certain that this is']],
  },
  letta: {
    removed: ['letta:public.archival_passages'],
    left: [
      ['letta:public.source_passages', 'passages belong to an uploaded file and go with it'],
      ['letta:public.block', 'edited in place by their agents'],
    ],
  },
  mastra: { removed: ['mastra:public.mastra_messages'], left: [['mastra:public.mastra_resources', 'edited in place']] },
  open_webui: {
    removed: [],
    left: [
      ['open-webui:public.memory', 'in another store under the same id'],
      ['open-webui-chunks:public.document_chunk', 'webui.db lists'],
    ],
  },
  cognee: {
    removed: [],
    left: ['DocumentChunk_text', 'EntityType_name', 'Entity_name', 'TextSummary_text'].map((t) => [
      `cognee:public.${t}`,
      'tied to a graph and a relational store by id',
    ]),
  },
  mneme: { removed: ['mneme:mneme.entries'], left: [] },
  neural_memory: {
    removed: ['neural-memory:public.fibers'],
    left: [['neural-memory:public.neurons', 'without a foreign key']],
  },
  llama_index: {
    removed: [],
    left: ['data_essays', 'data_hybrid'].map((t) => [
      `llama-index:public.${t}`,
      'nodes of a document refer to each other',
    ]),
  },
  dify: { removed: [], left: [['dify:public.embedding_vector_index_0b5_node', "listed in Dify's own database"]] },
  agno: { removed: ['agno-knowledge:public.recipes', 'agno:public.agno_memories'], left: [] },
  hindsight: {
    removed: ['hindsight:public.memory_units'],
    left: [['hindsight:public.entities', 'merged by the application']],
  },
  openmemory: { removed: ['openmemory:public.openmemory_memories'], left: [] },
};

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function expectSix(mended: Mended['purge'], sets: readonly string[]): void {
  expect(mended).toEqual(Object.fromEntries(sets.map((s) => [s, 6])));
}

describe('each known schema of PostgreSQL', () => {
  it('is looked at', () => expect(SCHEMAS.map((s) => s.name).sort()).toEqual(Object.keys(EXPECTED).sort()));

  it.each(SCHEMAS.map((s) => [s.name, s] as const))('%s', async (name, schema) => {
    const url = await freshDatabase();
    await connected(url, async (client) => {
      await client.query(schema.sql);
      const { matches } = await detected(url);
      for (const m of matches) for (const set of worded(m.sets)) await fillPostgres(client, m.schema ?? 'public', set);
      const { supersede, purge, left } = await appliedAndUndone({
        url,
        delete: true,
        whole: async () => await wholePostgres(client),
      });
      expect(supersede).toEqual({});
      expectSix(purge, EXPECTED[name]?.removed ?? []);
      expect(left).toEqual(
        Object.fromEntries((EXPECTED[name]?.left ?? []).map(([s, why]) => [s, expect.stringContaining(why)])),
      );
    });
  });
});

describe('a table of a map', () => {
  const NOTES = `CREATE EXTENSION vector; CREATE TABLE notes (id bigint PRIMARY KEY, agent text, body text, state text DEFAULT 'active', heir bigint,
      gone boolean DEFAULT false, gone_at timestamptz, emb vector(4));
    INSERT INTO notes SELECT i, 'a', 'the lock of door ' || (i % 6) || ' opens', 'active', NULL, false, NULL, ARRAY[i % 6, 1, 2, 0.1]::vector FROM generate_series(1, 12) i;`;
  const BASE = { table: 'notes', id: ['id'], namespace: 'agent', text: 'body', embedding: 'emb' };
  it.each([
    [
      'status, the row that stays and the time',
      { status: 'state', superseded: 'old', supersededBy: 'heir', supersededAt: 'gone_at' },
    ],
    ['the row that stays alone', { supersededBy: 'heir' }],
    ['a flag', { deleted: 'gone' }],
    ['a time', { deleted: 'gone_at' }],
  ])('that says: %s', async (_what, convention) => {
    const url = await freshDatabase();
    const map = join(folder, 'map.json');
    writeFileSync(map, JSON.stringify({ tables: [{ ...BASE, ...convention }] }));
    await connected(url, async (client) => {
      await client.query(NOTES);
      const whole = async (): Promise<string[]> => await wholePostgres(client);
      const mended = await appliedAndUndone({ url, delete: false, reading: ['--map', map], whole });
      expect(mended).toEqual({ supersede: { 'map:public.notes': 6 }, purge: {}, left: {} });
    });
  });
});

it('mneme in Redis: keys, lists, vectors and the moments of expiry', async () => {
  await using server = await startRedis();
  await using store = await redisTwins(server.url, 60);
  const mended = await appliedAndUndone({ url: server.url, delete: true, whole: store.dump });
  expect(Object.values(mended.purge)).toEqual([120]);
});
