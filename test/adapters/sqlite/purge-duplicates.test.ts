/** Rows removed because another one says the same: with all that hangs on them alone, and taken back as they were. */
import { readFileSync } from 'node:fs';
import type Database from 'better-sqlite3';
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { type Action, type ProfileMap, Target } from '../../../src/store/index.ts';
import { duplicatesOf, putBack } from './duplicates.ts';
import { contents, context, count, performed, purgeOf, supersedeOf, withMaintenance } from './maintained.ts';
import { connect, copied, failure, fixture, made } from './temporary-store.ts';

const MCP = 'mcp-memory-service:memories';

function mcpStore(): { path: string; db: Database.Database } {
  const path = made('PRAGMA journal_mode = WAL');
  const db = connect(path);
  sqliteVec.load(db);
  db.exec(readFileSync(fixture('ddl/mcp_memory_service_sqlite.sql'), 'utf8'));
  for (let i = 1; i <= 12; i++) {
    db.prepare(
      "INSERT INTO memories (content_hash, content, memory_type, created_at, updated_at) VALUES (?, ?, 'note', 1767225600.5, 1767225600.5)",
    ).run(`h${i}`, `fact ${i % 6}`);
    const floats = Float32Array.from({ length: 384 }, (_, d) => Math.sin(d * ((i % 6) + 1)));
    db.prepare('INSERT INTO memory_embeddings (rowid, content_embedding) VALUES (?, ?)').run(
      BigInt(i),
      Buffer.from(floats.buffer),
    );
    db.prepare("INSERT INTO memory_graph VALUES (?, ?, 0.9, '[]', NULL, 1767225600.5, 'related')").run(
      `h${i}`,
      `h${(i % 12) + 1}`,
    );
  }
  db.exec('INSERT INTO memory_content_fts (rowid, content) SELECT id, content FROM memories');
  return { path, db };
}

const embeddings = (db: Database.Database): unknown =>
  db
    .prepare(
      "SELECT group_concat(rowid || ':' || hex(content_embedding)) FROM (SELECT * FROM memory_embeddings ORDER BY rowid)",
    )
    .pluck()
    .get();

describe('duplicates', () => {
  it('of mcp-memory-service go with vector, edges and words, and come back bit by bit', async () => {
    const { path, db } = mcpStore();
    const before = contents(db, ['memories', 'memory_graph']);
    const bits = embeddings(db);
    const pairs = [1, 2, 3].map((i) => [`${i}`, `${i + 6}`] as const);
    const list = await duplicatesOf(path, MCP, pairs);
    const done = await performed(path, purgeOf('duplicates', MCP, { duplicates: list, rows: 3, of: 12 }), {
      archive: true,
      batchRows: 2,
    });
    expect(done.rows).toBe(3);
    expect(db.prepare('SELECT group_concat(id) FROM memories').pluck().get()).toBe('4,5,6,7,8,9,10,11,12');
    expect(count(db, 'SELECT count(*) FROM memory_embeddings')).toBe(9);
    expect(count(db, 'SELECT count(*) FROM memory_graph')).toBe(8);
    expect(done.last).toMatchObject({ verified: expect.stringContaining('the row that stays for each as active') });
    const back = await putBack(path, done.removed);
    expect(back).toMatchObject({ conflicts: [] });
    expect(contents(db, ['memories', 'memory_graph'])).toEqual(before);
    expect(embeddings(db)).toBe(bits);
    db.exec("INSERT INTO memory_content_fts (memory_content_fts, rank) VALUES ('integrity-check', 1)");
  });

  it('of mneme: other processes are told, and a row that changed stays', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const db = connect(path);
    const version = count(db, "SELECT value FROM multi_process_state WHERE key = 'version_counter'");
    const active = db
      .prepare(
        "SELECT CAST(id AS TEXT) FROM entries WHERE ttl IS NULL OR created_at + ttl > unixepoch('now') ORDER BY id LIMIT 6",
      )
      .pluck()
      .all() as [string, string, string, string, string, string];
    const [a, b, c, d, e, f] = active;
    const list = await duplicatesOf(path, 'mneme:entries', [
      [a, b],
      [c, d],
      [e, f],
    ]);
    const before = contents(db, ['entries']);
    db.prepare("UPDATE entries SET response = response || '.' WHERE id = ?").run(d);
    db.prepare("UPDATE entries SET response = response || '.' WHERE id = ?").run(e);
    const done = await performed(path, purgeOf('duplicates', 'mneme:entries', { duplicates: list, rows: 3, of: 447 }), {
      archive: true,
    });
    expect(done.rows).toBe(1);
    expect(done.last).toMatchObject({
      verified: expect.stringContaining('2 changed since they were compared (of 1 the row that was to stay)'),
    });
    expect(count(db, 'SELECT count(*) FROM entries WHERE id = ?', a)).toBe(0);
    expect(count(db, "SELECT value FROM multi_process_state WHERE key = 'version_counter'")).toBeGreaterThanOrEqual(
      version + 1,
    );
    expect(await putBack(path, done.removed)).toMatchObject({ rows: 1, conflicts: [] });
    db.prepare('UPDATE entries SET response = substr(response, 1, length(response) - 1) WHERE id IN (?, ?)').run(d, e);
    expect(contents(db, ['entries'])).toEqual(before);
  });

  it('what also hangs on the row that stays is left', async () => {
    const path = made(`CREATE TABLE notes (id INTEGER PRIMARY KEY, doc TEXT, body TEXT);
      CREATE TABLE files (name TEXT, doc TEXT);
      INSERT INTO notes VALUES (1, 'd1', 'same'), (2, 'd1', 'same'), (3, 'd2', 'same');
      INSERT INTO files VALUES ('x', 'd1'), ('y', 'd2');`);
    const map: ProfileMap = {
      tables: [{ table: 'notes', id: ['id'], text: 'body', dependents: [{ table: 'files', on: { doc: 'doc' } }] }],
    };
    const db = connect(path);
    const before = contents(db);
    const duplicates = await duplicatesOf(
      path,
      'map:notes',
      [
        ['2', '1'],
        ['3', '1'],
      ],
      { map },
    );
    const action = purgeOf('duplicates', 'map:notes', { duplicates, rows: 2, of: 3 });
    const done = await performed(path, action, { archive: true }, { map });
    expect(db.prepare('SELECT group_concat(id) FROM notes').pluck().get()).toBe('1');
    expect(db.prepare('SELECT group_concat(name) FROM files').pluck().get()).toBe('x');
    await putBack(path, done.removed, { map });
    expect(contents(db)).toEqual(before);
  });

  it('a cascade that would take the row that stays is refused', async () => {
    const path =
      made(`CREATE TABLE notes (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES notes (id) ON DELETE CASCADE, body TEXT);
      INSERT INTO notes VALUES (1, NULL, 'same'), (2, 1, 'same');`);
    const map: ProfileMap = { tables: [{ table: 'notes', id: ['id'], text: 'body' }] };
    const duplicates = await duplicatesOf(path, 'map:notes', [['1', '2']], { map });
    const action = purgeOf('duplicates', 'map:notes', { duplicates, rows: 1, of: 2 });
    const refused = await failure(() => performed(path, action, { archive: true }, { map }));
    expect(refused.code).toBe('self-cascade');
    expect(count(connect(path), 'SELECT count(*) FROM notes')).toBe(2);
  });

  it('what hangs on them is counted beforehand, reading only', async () => {
    const { path } = mcpStore();
    const list = await duplicatesOf(path, MCP, [
      ['1', '7'],
      ['2', '8'],
    ]);
    await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
    const hanging = async (action: Action): Promise<Record<string, number | null>> =>
      Object.fromEntries(((await store.conditions?.([action]))?.hanging ?? []).map((h) => [h.place, h.rows]));
    expect(await hanging(purgeOf('duplicates', MCP, { duplicates: list }))).toEqual({
      memory_graph: 3,
      memory_embeddings: 2,
    });
    expect(await hanging(supersedeOf(MCP, list))).toEqual({ memory_graph: 3, memory_embeddings: 2 });
  });

  it('a batch whose end nobody saw is looked up', async () => {
    const { path } = mcpStore();
    const list = await duplicatesOf(path, MCP, [
      ['1', '7'],
      ['2', '8'],
    ]);
    const action = purgeOf('duplicates', MCP, { duplicates: list });
    const tokens = await withMaintenance(path, async (m) => {
      const seen: string[] = [];
      for await (const e of m.perform(action, context({ batchRows: 1, archive: true }))) {
        if (e.state === 'prepared') seen.push(e.token);
        if (seen.length === 2) break;
      }
      return seen;
    });
    const ends = await withMaintenance(path, async (m) => [
      await m.settle(action, tokens[0] ?? ''),
      await m.settle(action, tokens[1] ?? ''),
    ]);
    expect(ends).toEqual(['committed', 'rolled-back']);
  });
});
