/** What a run removed comes back as it was: row by row, type by type, vectors bit by bit. */
import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { cjkSpaced } from '../../../src/adapters/sqlite/application-functions.ts';
import type { RestoreEvent } from '../../../src/adapters/sqlite/maintenance-restore.ts';
import type { ProfileMap, RemovedRow } from '../../../src/store/index.ts';
import { contents, context, count, performed, purgeOf, throughJson, withMaintenance } from './maintained.ts';
import { connect, copied, directory, made } from './temporary-store.ts';

async function restored(
  path: string,
  rows: readonly RemovedRow[],
  batchRows = 100,
  map?: ProfileMap,
): Promise<{ rows: number; conflicts: readonly string[]; events: readonly RestoreEvent[] }> {
  return await withMaintenance(
    path,
    async (m) => {
      const events: RestoreEvent[] = [];
      for await (const e of m.restore(throughJson(rows), context({ batchRows }))) events.push(e);
      const last = events.at(-1);
      return {
        events,
        rows: last?.state === 'finished' ? last.rows : -1,
        conflicts: events.flatMap((e) => (e.state === 'conflict' ? [e.why] : [])),
      };
    },
    map === undefined ? {} : { map },
  );
}

describe('undo', () => {
  it('mneme: every entry and vector is what it was; the counter is not taken back', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const db = connect(path);
    const before = contents(db, ['entries', 'namespace_quotas', 'schema_meta']);
    const version = count(db, "SELECT value FROM multi_process_state WHERE key = 'version_counter'");
    const done = await performed(path, purgeOf('expired', 'mneme:entries'), { archive: true, batchRows: 64 });
    expect(contents(db, ['entries'])).not.toEqual(before);
    const back = await restored(path, done.removed);
    expect(back).toMatchObject({ rows: done.rows, conflicts: [] });
    expect(contents(db, ['entries', 'namespace_quotas', 'schema_meta'])).toEqual(before);
    expect(count(db, "SELECT value FROM multi_process_state WHERE key = 'version_counter'")).toBeGreaterThanOrEqual(
      version + 200,
    );
  });

  it('neural-memory: rows, rowids and the full-text index', async () => {
    const path = copied('neural-memory-4.62-multibrain.db');
    const db = connect(path);
    db.function('cjk_spaced', { deterministic: true }, cjkSpaced);
    db.exec("UPDATE fibers SET summary = 'rust 起源世界 ' || id WHERE coalesce(summary, '') = ''");
    db.exec("UPDATE typed_memories SET expires_at = CASE WHEN rowid % 5 < 4 THEN '2026-01-01T10:00:00' END");
    const tables = [
      'fibers',
      'fiber_neurons',
      'typed_memories',
      'neurons',
      'memory_maturations',
      'review_schedules',
      'fibers_fts_docsize',
    ];
    const before = contents(db, tables);
    const found = db
      .prepare(`SELECT group_concat(rowid) FROM fibers_fts WHERE fibers_fts MATCH 'rust AND "起 源"'`)
      .pluck();
    const hits = found.get();
    const done = await performed(path, purgeOf('expired', 'neural-memory:typed_memories'), {
      archive: true,
      batchRows: 30,
    });
    expect(done.rows).toBeGreaterThan(100);
    expect(found.get()).not.toBe(hits);
    const back = await restored(path, done.removed, 77);
    expect(back.conflicts).toEqual([]);
    expect(contents(db, tables)).toEqual(before);
    expect(found.get()).toBe(hits);
    expect(db.pragma('foreign_key_check')).toEqual([]);
  });

  it('a row whose key is there again is left as it is, and counted', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const done = await performed(path, purgeOf('expired', 'mneme:entries'), { archive: true });
    const back = await restored(path, done.removed.slice(0, 20));
    const db = connect(path);
    const first = done.removed[0]?.values['id'] as number;
    db.prepare("UPDATE entries SET response = 'newer' WHERE id = ?").run(first);
    const again = await restored(path, done.removed);
    expect(back.rows).toBe(20);
    expect(again.rows).toBe(done.rows - 20);
    expect(again.conflicts).toHaveLength(20);
    expect(again.conflicts.filter((why) => why.endsWith('it is there already, as it was'))).toHaveLength(19);
    expect(db.prepare('SELECT response FROM entries WHERE id = ?').pluck().get(first)).toBe('newer');
  });

  it('values that JSON would change: huge integers, whole REALs, blobs, infinities, generated columns', async () => {
    const path = made(`CREATE TABLE facts (name TEXT, gone REAL, anything, big INTEGER, exact NUMERIC, raw BLOB,
      twice REAL GENERATED ALWAYS AS (big * 2.0) VIRTUAL, kept TEXT GENERATED ALWAYS AS (name || '!') STORED);
      INSERT INTO facts(name, gone, anything, big, exact, raw) VALUES
      ('a', 1.0, 5.0, 9223372036854775807, 9007199254740993, x'00ff10'), ('b', 2.0, 5, -9223372036854775808, 3.25, NULL),
      ('c', 3.0, x'', 0, '12x', 'text in a blob column'), ('d', 4.0, 0.1, 1, -9e999, 7.0), (NULL, 5.0, 'é' || char(0) || 'x', NULL, NULL, 2);`);
    const map: ProfileMap = { tables: [{ table: 'facts', text: 'name', expires: 'gone', expiresUnit: 'epoch-s' }] };
    const db = connect(path);
    const before = contents(db);
    const set = await withMaintenance(path, async () => 'map:facts', { map });
    const removed = await withMaintenance(
      path,
      async (m) => {
        const rows: RemovedRow[] = [];
        for await (const e of m.perform(purgeOf('expired', set), context({ archive: true, batchRows: 2 })))
          if (e.state === 'prepared') rows.push(...(e.removed ?? []));
        return rows;
      },
      { map },
    );
    expect(count(db, 'SELECT count(*) FROM facts')).toBe(0);
    expect((await restored(path, removed, 2, map)).conflicts).toEqual([]);
    expect(contents(db)).toEqual(before);
  });

  it('rows of a vec0 table: floats, int8, bits, partition keys, metadata and auxiliary columns', async () => {
    const path = join(directory(), 'vec.db');
    const db = connect(path);
    sqliteVec.load(db);
    db.exec(`CREATE TABLE memories (id INTEGER PRIMARY KEY, content_hash TEXT, content TEXT, memory_type TEXT, created_at REAL, created_at_iso TEXT, deleted_at REAL);
      CREATE VIRTUAL TABLE memory_embeddings USING vec0(user TEXT partition key, e FLOAT[4], q INT8[4], b BIT[8], n INTEGER, f FLOAT, flag BOOLEAN, s TEXT, +aux TEXT, +raw BLOB, chunk_size=8);`);
    const insert = db.prepare(
      'INSERT INTO memory_embeddings(rowid, user, e, q, b, n, f, flag, s, aux, raw) VALUES (?, ?, ?, vec_int8(?), vec_bit(?), ?, ?, ?, ?, ?, ?)',
    );
    for (let i = 1; i <= 60; i++) {
      db.prepare("INSERT INTO memories VALUES (?, ?, 't', 'x', ?, 'y', NULL)").run(
        i,
        `h${i}`,
        i <= 30 ? 1.0 : Date.now() / 1000,
      );
      insert.run(
        BigInt(i),
        `u${i % 3}`,
        new Float32Array([i, 0.1, -i, 1e-30]),
        Buffer.from([i, 255, 3, 4]),
        Buffer.from([i]),
        BigInt(i),
        i,
        BigInt(i % 2),
        `a text longer than twelve bytes ${i}`,
        i % 2 ? null : 'x',
        Buffer.from([0, i]),
      );
    }
    const rows = () => db.prepare('SELECT rowid, * FROM memory_embeddings ORDER BY rowid').safeIntegers(true).all();
    const before = rows();
    const done = await performed(
      path,
      purgeOf('retention', 'mcp-memory-service:memories', { olderThanSeconds: 86_400 }),
      { archive: true, batchRows: 7 },
    );
    expect(done.rows).toBe(30);
    expect(rows()).toHaveLength(30);
    expect((await restored(path, done.removed, 11)).conflicts).toEqual([]);
    expect(rows()).toEqual(before);
  });

  it('a restore that broke off is settled by its token', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const action = purgeOf('expired', 'mneme:entries');
    const done = await performed(path, action, { archive: true });
    const settled = await withMaintenance(path, async (m) => {
      const tokens: string[] = [];
      for await (const e of m.restore(throughJson(done.removed), context({ batchRows: 50 }))) {
        if (e.state === 'prepared') tokens.push(e.token);
        if (tokens.length === 2) break;
      }
      return await Promise.all(tokens.map((t) => m.settle(action, t)));
    });
    expect(settled).toEqual(['committed', 'rolled-back']);
  });
});
