/** Space given back, and each trap of SQLite on the way: the silent no-op, one page a call, the reader, the rowids. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { cjkSpaced } from '../../../src/adapters/sqlite/application-functions.ts';
import { fileState } from '../../../src/adapters/sqlite/file-state.ts';
import { refuseWithoutDisk } from '../../../src/adapters/sqlite/maintenance-reclaim.ts';
import type { Writer } from '../../../src/adapters/sqlite/writer.ts';
import { Target } from '../../../src/store/index.ts';
import { contents, context, count, performed, reclaimOf, withMaintenance } from './maintained.ts';
import { connect, copied, directory, failure, made, snapshot } from './temporary-store.ts';

const FREE = 'freelist:free pages';
const filled = (pragmas: string): string =>
  made(`${pragmas} CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB);
    WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 3000) INSERT INTO t SELECT n, randomblob(2000) FROM i;
    DELETE FROM t WHERE id > 300;`);

describe('incremental vacuum', () => {
  it('does what its name says, page after page, and the file shrinks', async () => {
    const path = filled('PRAGMA auto_vacuum = INCREMENTAL;');
    const before = statSync(path).size;
    const free = connect(path).pragma('freelist_count', { simple: true }) as number;
    const done = await performed(path, reclaimOf('incremental-vacuum', FREE));
    expect(free).toBeGreaterThan(1000);
    expect(done.events.filter((e) => e.state === 'progress').length).toBeGreaterThan(3);
    expect(connect(path).pragma('freelist_count', { simple: true })).toBe(0);
    expect(statSync(path).size).toBeLessThan(before / 4);
    expect(done.last).toMatchObject({ bytesBefore: before, bytesAfter: statSync(path).size });
  });

  it('without auto_vacuum is said to be nothing, and changes nothing', async () => {
    const path = filled('');
    const before = statSync(path);
    const done = await performed(path, reclaimOf('incremental-vacuum', FREE));
    expect(done.events).toEqual([
      { state: 'skipped', why: expect.stringContaining('not in auto_vacuum = incremental') },
    ]);
    expect(statSync(path).mtimeMs).toBe(before.mtimeMs);
  });

  it('in a write-ahead-log file with a reader: the pages go, the log stays, and that is said', async () => {
    const path = filled('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;');
    const reader = connect(path);
    reader.exec('BEGIN; SELECT count(*) FROM t');
    reader.prepare('SELECT count(*) FROM t').get();
    const done = await performed(path, reclaimOf('incremental-vacuum', FREE));
    expect(done.last).toMatchObject({ verified: expect.stringContaining('the log stays at') });
    reader.exec('COMMIT');
  });
});

describe('VACUUM', () => {
  it('gives everything back, checks the file, and leaves auto_vacuum and the rows as they were', async () => {
    const path = filled('PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = WAL;');
    const other = filled('');
    for (const p of [path, other]) {
      const db = connect(p);
      const rows = contents(db);
      const auto = db.pragma('auto_vacuum', { simple: true });
      db.close();
      const done = await performed(p, reclaimOf('full-vacuum', FREE));
      expect(done.last).toMatchObject({ state: 'finished', verified: expect.stringContaining('quick_check ok') });
      const after = connect(p);
      expect(contents(after)).toEqual(rows);
      expect(after.pragma('auto_vacuum', { simple: true })).toBe(auto);
      expect(after.pragma('freelist_count', { simple: true })).toBe(0);
    }
    expect(statSync(other).size).toBeLessThan(1_000_000);
  });

  it('counts what came off the file, and not the log that came before it', async () => {
    const path = filled('PRAGMA journal_mode = WAL;');
    const owner = connect(path);
    owner.pragma('wal_autocheckpoint = 0');
    owner.exec('INSERT INTO t VALUES (100000, randomblob(500000)); DELETE FROM t WHERE id = 100000');
    const pages = owner.pragma('page_count', { simple: true }) as number;
    const done = await performed(path, reclaimOf('full-vacuum', FREE));
    const pageSize = owner.pragma('page_size', { simple: true }) as number;
    expect(done.last).toMatchObject({ bytesBefore: pages * pageSize, bytesAfter: statSync(path).size });
  });

  it('with an open reader: done, but the file shrinks only after it, and that is said', async () => {
    const path = filled('PRAGMA journal_mode = WAL;');
    const reader = connect(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM t').get();
    const size = statSync(path).size;
    const done = await performed(path, reclaimOf('full-vacuum', FREE));
    expect(done.last).toMatchObject({
      verified: expect.stringContaining('a reader or writer of the store kept it busy'),
    });
    expect(statSync(path).size).toBe(size);
    reader.exec('COMMIT');
    const after = await performed(path, reclaimOf('wal-truncate', 'wal:-wal'));
    expect(after.last).toMatchObject({ bytesAfter: 0 });
    expect(statSync(path).size).toBeLessThan(size / 4);
  });

  it('with an open writer: refused as locked, nothing changed', async () => {
    const path = filled('PRAGMA journal_mode = WAL;');
    const writer = connect(path);
    writer.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (9999, NULL)');
    const e = await failure(() => performed(path, reclaimOf('full-vacuum', FREE)));
    expect(e).toMatchObject({ kind: 'store-error', code: 'store-locked', exit: 4 });
    writer.exec('COMMIT');
  });

  it('keeps the rowids that full-text indexes of neural-memory refer to, and says so', async () => {
    const path = copied('neural-memory-4.62-multibrain.db');
    const db = connect(path);
    db.function('cjk_spaced', { deterministic: true }, cjkSpaced);
    db.exec('DELETE FROM fibers WHERE rowid % 3 = 0');
    const rows = contents(db);
    const hits = db.prepare("SELECT group_concat(rowid) FROM fibers_fts WHERE fibers_fts MATCH 'rust'").pluck();
    const before = hits.get();
    const done = await performed(path, reclaimOf('full-vacuum', FREE));
    expect(done.last).toMatchObject({
      verified: expect.stringContaining('rowids of fibers, neurons are what they were'),
    });
    expect(contents(db)).toEqual(rows);
    expect(hits.get()).toBe(before);
  });

  it('is refused where twice the live bytes are more than the disk has', async () => {
    const path = filled('');
    const target = Target.parse(`sqlite:${path}`);
    const writer = { target, state: fileState(target) } as Writer;
    expect(() => refuseWithoutDisk(writer, 1e6)).not.toThrow();
    const e = await failure(async () => refuseWithoutDisk(writer, 1e18));
    expect(e).toMatchObject({ kind: 'store-error', code: 'disk-full', exit: 5 });
  });

  it('is refused where it would number rows afresh that others find by number', async () => {
    const sql = `CREATE TABLE notes(text TEXT); CREATE VIRTUAL TABLE notes_fts USING fts5(text, content='notes');
      INSERT INTO notes VALUES ('one'), ('two'), ('three'); INSERT INTO notes_fts(rowid, text) SELECT rowid, text FROM notes; DELETE FROM notes WHERE text = 'one';`;
    const path = made(sql);
    const e = await failure(() => performed(path, reclaimOf('full-vacuum', FREE)));
    expect(e).toMatchObject({ kind: 'store-error', code: 'rowids-joined', exit: 5 });
    expect(e.message).toContain('notes_fts');
    // The rule that is relied on, shown on the engine itself: without an index renumbered, with one kept.
    const bare = connect(made(sql));
    bare.exec('VACUUM');
    expect(bare.prepare('SELECT group_concat(rowid) FROM notes').pluck().get()).toBe('1,2');
    const indexed = made(`${sql} CREATE INDEX i ON notes(text);`);
    const done = await performed(indexed, reclaimOf('full-vacuum', FREE));
    expect(done.last).toMatchObject({ verified: expect.stringContaining('rowids of notes are what they were') });
    expect(connect(indexed).prepare('SELECT group_concat(rowid) FROM notes').pluck().get()).toBe('2,3');
  });
});

describe('the write-ahead log', () => {
  it('is truncated', async () => {
    const path = made('PRAGMA journal_mode = WAL; CREATE TABLE t(x);');
    const owner = connect(path);
    owner.pragma('wal_autocheckpoint = 0');
    owner.exec('INSERT INTO t VALUES (randomblob(500000))');
    const done = await performed(path, reclaimOf('wal-truncate', 'wal:-wal'));
    expect(done.last).toMatchObject({ bytesAfter: 0, verified: expect.stringContaining('the log is empty') });
    expect(statSync(`${path}-wal`).size).toBe(0);
  });

  it('that a reader holds is left, and that is said', async () => {
    const path = made('PRAGMA journal_mode = WAL; CREATE TABLE t(x);');
    const owner = connect(path);
    const reader = connect(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM t').get();
    owner.exec('INSERT INTO t VALUES (randomblob(500000))');
    const done = await performed(path, reclaimOf('wal-truncate', 'wal:-wal'));
    expect(done.last).toMatchObject({ state: 'finished', verified: expect.stringContaining('the log stays at') });
    reader.exec('COMMIT');
  });

  it('of a rollback-journal store is not there', async () => {
    const done = await performed(made('CREATE TABLE t(x)'), reclaimOf('wal-truncate', 'wal:-wal'));
    expect(done.events).toEqual([{ state: 'skipped', why: 'the store has no write-ahead log' }]);
  });
});

describe('a vec0 table', () => {
  const store = (declaration: string, columns: string, value: (i: number) => unknown[], n = 400): string => {
    const path = join(directory(), 'vec.db');
    const db = connect(path);
    sqliteVec.load(db);
    db.exec(`CREATE VIRTUAL TABLE v USING vec0(${declaration})`);
    const marks = columns
      .split(', ')
      .map((c) => (c === 'q' ? 'vec_int8(?)' : c === 'b' ? 'vec_bit(?)' : '?'))
      .join(', ');
    const insert = db.prepare(`INSERT INTO v(${columns}) VALUES (${marks})`);
    db.transaction(() => {
      for (let i = 1; i <= n; i++) insert.run(...value(i));
    })();
    db.close();
    return path;
  };
  const rowsOf = (path: string): unknown[] => {
    const db = connect(path);
    sqliteVec.load(db);
    const key = (db.pragma('table_info(v)') as { name: string; pk: number }[]).find((c) => c.pk > 0)?.name ?? 'rowid';
    const rows = db.prepare(`SELECT "${key}", * FROM v ORDER BY "${key}"`).safeIntegers(true).all();
    db.close();
    return rows;
  };
  const thin = (path: string, where: string): void => {
    const db = connect(path);
    sqliteVec.load(db);
    db.exec(`DELETE FROM v WHERE ${where}`);
    db.close();
  };

  it.each([
    [
      'e float[128], chunk_size=64',
      'rowid, e',
      (i: number) => [BigInt(i), new Float32Array(128).fill(i)],
      'rowid % 4 <> 0',
    ],
    [
      'user text partition key, e float[64] distance_metric=cosine, +note text, chunk_size=8',
      'rowid, user, e, note',
      (i: number) => [BigInt(i * 3), `u${i % 5}`, new Float32Array(64).fill(1 / i), i % 3 ? `note ${i}` : null],
      'rowid % 4 <> 0',
    ],
    [
      'id text primary key, e float[32], q int8[32], b bit[32], n integer, f float, flag boolean, s text, +raw blob, chunk_size=16',
      'id, e, q, b, n, f, flag, s, raw',
      (i: number) => [
        `id-${i}`,
        new Float32Array(32).fill(i),
        Buffer.alloc(32, i % 128),
        Buffer.alloc(4, i % 256),
        BigInt(i) * 4_000_000_000_000n,
        i + 0.25,
        BigInt(i % 2),
        i % 2 ? 'short' : `a text longer than twelve bytes ${i}`,
        Buffer.from([i % 256, 0]),
      ],
      "n % 4 <> 0 AND id <> 'id-3'",
    ],
    [
      'id integer primary key, e float[16], chunk_size=8',
      'id, e',
      (i: number) => [BigInt(i), new Float32Array(16).fill(i)],
      'id % 4 <> 0',
    ],
  ] as const)(
    '%s: rebuilt in one transaction, every row the same, and VACUUM makes the file smaller',
    async (declaration, columns, value, where) => {
      const path = store(declaration, columns, value as (i: number) => unknown[], 2000);
      // Metadata conditions are no condition for DELETE on every build, so ids are collected first.
      const keep = connect(path);
      sqliteVec.load(keep);
      const key = declaration.startsWith('id') ? 'id' : 'rowid';
      const ids = keep.prepare(`SELECT ${key} AS k FROM v`).safeIntegers(true).pluck().all();
      const gone = keep.prepare(`DELETE FROM v WHERE ${key} = ?`);
      keep.transaction(() => {
        for (const [i, k] of ids.entries()) if (i % 4 !== 0) gone.run(k);
      })();
      keep.close();
      expect(where).not.toBe('');
      const before = rowsOf(path);
      await performed(path, reclaimOf('full-vacuum', FREE));
      const size = statSync(path).size;
      const done = await performed(path, reclaimOf('vec0-rebuild', 'vec0:v'));
      expect(done.last).toMatchObject({
        state: 'finished',
        verified: expect.stringMatching(/have the same hash.*became free pages/),
      });
      if (done.last?.state === 'finished')
        expect(done.last.bytesAfter).toBeLessThan((done.last.bytesBefore ?? 0) * 0.7);
      expect(rowsOf(path)).toEqual(before);
      await performed(path, reclaimOf('full-vacuum', FREE));
      expect(statSync(path).size).toBeLessThan(size * 0.7);
      expect(rowsOf(path)).toEqual(before);
    },
  );

  it('broken off before the commit, it is what it was', async () => {
    const path = store('e float[16], chunk_size=8', 'rowid, e', (i) => [BigInt(i), new Float32Array(16).fill(i)]);
    thin(path, 'rowid % 2 = 0');
    const before = contents(connect(path));
    const action = reclaimOf('vec0-rebuild', 'vec0:v');
    const [inside, settled] = await withMaintenance(path, async (m) => {
      let token = '';
      for await (const e of m.perform(action, context())) {
        if (e.state !== 'prepared') continue;
        token = e.token;
        break;
      }
      return [token, await m.settle(action, token)];
    });
    expect(JSON.parse(inside as string)).toMatchObject({ before: { chunks: 50 }, after: { chunks: 25 } });
    expect(settled).toBe('rolled-back');
    expect(contents(connect(path))).toEqual(before);
    const done = await performed(path, action);
    const last = done.events.find((e) => e.state === 'prepared');
    expect(await withMaintenance(path, (m) => m.settle(action, last?.state === 'prepared' ? last.token : ''))).toBe(
      'committed',
    );
  });

  it('a declaration of a newer extension is refused by the extension at hand, and nothing is lost', async () => {
    const path = store('e float[16], chunk_size=8', 'rowid, e', (i) => [BigInt(i), new Float32Array(16).fill(i)], 20);
    const db = connect(path);
    db.unsafeMode(true);
    db.pragma('writable_schema = 1');
    db.exec(
      "UPDATE sqlite_master SET sql = replace(sql, 'chunk_size=8', 'chunk_size=8, quantum=yes') WHERE name = 'v'",
    );
    db.close();
    const before = contents(connect(path));
    await failure(() => performed(path, reclaimOf('vec0-rebuild', 'vec0:v')));
    expect(contents(connect(path))).toEqual(before);
    expect(count(connect(path), 'SELECT count(*) FROM v_rowids')).toBe(20);
  });

  it('that is gone is skipped', async () => {
    const done = await performed(made('CREATE TABLE t(x)'), reclaimOf('vec0-rebuild', 'vec0:v'));
    expect(done.events).toEqual([{ state: 'skipped', why: 'there is no vec0 table v any more' }]);
  });
});

it('an action of another engine is refused by name', async () => {
  const e = await failure(() => performed(made('CREATE TABLE t(x)'), reclaimOf('reindex', 'index:x')));
  expect(e).toMatchObject({ code: 'action-unknown' });
});

it('a snapshot of a store opened to write says the same as one opened to read', async () => {
  const path = copied('mneme-v1-sqlite.db');
  const read = await snapshot(path);
  const write = await withMaintenance(path, async () => undefined).then(() => snapshot(path));
  expect(write.identity.fingerprint).toBe(read.identity.fingerprint);
  await performed(path, reclaimOf('full-vacuum', FREE));
  expect((await snapshot(path)).identity.fingerprint).toBe(read.identity.fingerprint);
});
