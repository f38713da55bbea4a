import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { type ScanRequest, type ScanRow, Target } from '../../../src/store/index.ts';
import { connect, directory, failure, fixture, made } from './temporary-store.ts';

async function scan(path: string, request: ScanRequest): Promise<ScanRow[]> {
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
  const rows: ScanRow[] = [];
  for await (const row of store.scan(request)) rows.push(row);
  return rows;
}

it('streams every row once, in batches, with the fields asked for', async () => {
  const rows = await scan(fixture('stores/mneme-v1-sqlite.db'), {
    set: 'mneme:entries',
    fields: ['namespace', 'text', 'metadata', 'hash', 'vector', 'created'],
    batch: 50,
  });
  expect(rows).toHaveLength(447);
  expect(new Set(rows.map((r) => r.id)).size).toBe(447);
  const [first] = rows;
  expect(first?.text).toMatch(/^How do I handle password reset case 0\?\nAnswer about/);
  expect(first?.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(first?.created).toBeGreaterThan(1.7e12);
  // mneme stores unit vectors.
  for (const r of rows) expect(Math.hypot(...(r.vector as Float32Array))).toBeCloseTo(1, 4);
});

it('leaves out what was not asked for', async () => {
  const [row] = await scan(fixture('stores/mneme-v1-sqlite.db'), { set: 'mneme:entries', fields: ['namespace'] });
  expect(Object.keys(row ?? {}).sort()).toEqual(['id', 'namespace']);
});

it('joins composite keys, and takes tables without INTEGER PRIMARY KEY', async () => {
  const rows = await scan(fixture('stores/neural-memory-4.62-multibrain.db'), {
    set: 'neural-memory:neurons',
    fields: ['text', 'created'],
  });
  expect(rows).toHaveLength(1178);
  expect(rows[0]?.id).toMatch(/^hot-team\/[0-9a-f-]{36}$/);
});

it('finds vectors in a side table, or none', async () => {
  const path = made(`CREATE TABLE store_migrations (v INTEGER PRIMARY KEY);
    CREATE TABLE store (prefix text, key text, value text, created_at TIMESTAMP, updated_at TIMESTAMP, expires_at TIMESTAMP, ttl_minutes REAL, PRIMARY KEY (prefix, key));
    CREATE TABLE store_vectors (prefix text, key text, field_name text, embedding BLOB, created_at TIMESTAMP, updated_at TIMESTAMP, PRIMARY KEY (prefix, key, field_name));
    INSERT INTO store VALUES ('u1', 'a', '{}', '2026-01-01 00:00:00', NULL, NULL, NULL), ('u1', 'b', '{}', '2026-01-01 00:00:00', NULL, NULL, NULL);
    INSERT INTO store_vectors VALUES ('u1', 'b', '$', x'0000803f00000040', NULL, NULL);`);
  const rows = await scan(path, { set: 'langgraph-store:store', fields: ['vector', 'created'] });
  expect(rows).toEqual([
    { id: 'u1/a', key: '["u1","a"]', created: Date.UTC(2026, 0, 1) },
    { id: 'u1/b', key: '["u1","b"]', created: Date.UTC(2026, 0, 1), vector: new Float32Array([1, 2]) },
  ]);
});

it('reads vectors out of vec0 chunks without the extension', async () => {
  const path = join(directory(), 'mcp.db');
  const db = connect(path);
  sqliteVec.load(db);
  db.exec(`CREATE TABLE memories (id INTEGER PRIMARY KEY AUTOINCREMENT, content_hash TEXT, content TEXT, memory_type TEXT, metadata TEXT, created_at REAL, created_at_iso TEXT, deleted_at REAL);
    CREATE VIRTUAL TABLE memory_embeddings USING vec0(content_embedding FLOAT[4], chunk_size=8)`);
  for (let i = 1; i <= 30; i++) {
    db.prepare('INSERT INTO memories(content_hash, content, created_at) VALUES (?, ?, ?)').run(
      `h${i}`,
      `memory ${i}`,
      1.79e9 + i,
    );
    if (i % 5 !== 0)
      db.prepare('INSERT INTO memory_embeddings(rowid, content_embedding) VALUES (?, ?)').run(
        BigInt(i),
        new Float32Array([i, 0, 0, -i]),
      );
  }
  db.close();
  const rows = await scan(path, { set: 'mcp-memory-service:memories', fields: ['vector'], batch: 7 });
  expect(rows).toHaveLength(30);
  for (const r of rows) {
    const i = Number(r.id);
    expect(r.vector).toEqual(i % 5 === 0 ? undefined : new Float32Array([i, 0, 0, -i]));
  }
});

it('refuses a set the store does not have', async () => {
  const e = await failure(() => scan(fixture('stores/mneme-v1-sqlite.db'), { set: 'mneme:nothing', fields: [] }));
  expect([e.kind, e.code]).toEqual(['input-error', 'unknown-set']);
});
