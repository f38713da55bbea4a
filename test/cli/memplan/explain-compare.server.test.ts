/** `memplan explain --compare --from`: published rules against what a real HNSW index of pgvector takes. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { action } from '../../../src/cli/memplan/explain.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { jsonView } from './quiet-runtime.ts';

const ROWS = 2000;
const DIMS = 384;
const now = new Date();
const folder = mkdtempSync(join(tmpdir(), 'memplan-compare-'));
const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
const runtime: Runtime = {
  argv: [],
  env: { MEMCTL_STATE_DIR: folder },
  now,
  stdout: sink,
  stderr: sink,
  cwd: folder,
  signal: new AbortController().signal,
  interrupted: undefined,
};

it('ours is within 1 % of the index, and the article is not', async () => {
  const url = await freshDatabase();
  const client = new pg.Client(url);
  await client.connect();
  let bytes: number;
  try {
    await client.query(`
      CREATE EXTENSION vector;
      CREATE TABLE memories (id bigserial PRIMARY KEY, namespace text NOT NULL, content text NOT NULL, embedding vector(${DIMS}) NOT NULL);
      SELECT setseed(0.5);
      INSERT INTO memories (namespace, content, embedding)
        SELECT 'a', 'memory number ' || i, (SELECT array_agg(random()) FROM generate_series(1, ${DIMS}) WHERE i > 0)::vector
        FROM generate_series(1, ${ROWS}) i;
      CREATE INDEX ON memories USING hnsw (embedding vector_cosine_ops);
      ANALYZE memories;`);
    const found = await client.query(`SELECT pg_relation_size('memories_embedding_idx')::int AS bytes`);
    bytes = (found.rows[0] as { bytes: number }).bytes;
  } finally {
    await client.end();
  }
  const outcome = await action.execute([], { compare: true, from: url, engine: 'pgvector' }, runtime);
  const json = JSON.parse(await outcome.render(jsonView(now)));
  type Row = { id: string; memory: { value: number }; againstStore: { value: number } };
  const row = (id: string): Row => json.rows.find((r: Row) => r.id === id);
  expect(json.vectors.value).toBe(ROWS);
  expect(row('store').memory.value).toBe(bytes);
  expect(Math.abs(row('ours').againstStore.value)).toBeLessThan(0.01);
  expect(row('seed-article').againstStore.value).toBeGreaterThan(0.3);
  expect(row('pgvector-readme').againstStore.value).toBeLessThan(-0.2);
});
