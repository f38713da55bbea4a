/** Reading a store changes not one byte of it, whoever is using it at the time. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { openFile } from '../../../src/adapters/sqlite/open-file.ts';
import { Target } from '../../../src/store/index.ts';
import { connect, copied, exists, made, snapshot, traces } from './temporary-store.ts';

const rowsOf = (s: Awaited<ReturnType<typeof snapshot>>, table: string): number | null | undefined =>
  s.structures.find((x) => x.id === `table:${table}`)?.rows;

describe('a write-ahead-log file at rest', () => {
  it.each(['mneme-v1-sqlite.db', 'neural-memory-4.62-multibrain.db'])(
    '%s: no side file appears, no byte changes',
    async (name) => {
      const path = copied(name);
      const before = traces(path);
      const changed = statSync(path).mtimeMs;
      const s = await snapshot(path);
      expect(s.capabilities).toContain('consistent-snapshot');
      expect(s.identity.settings['journal mode']).toBe('wal');
      expect(traces(path)).toEqual(before);
      expect(Object.keys(before)).toEqual([name]);
      expect(statSync(path).mtimeMs).toBe(changed);
    },
  );

  it('above the limit of a private copy, SQLite makes its empty side files, and that is said', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const file = openFile(Database, Target.parse(`sqlite:${path}`), 100, 1000);
    expect(file.notes.map((n) => n.code)).toEqual(['side-files-created']);
    expect((file.db.prepare('SELECT count(*) AS n FROM entries').get() as { n: number }).n).toBe(447);
    file.db.close();
    expect(statSync(`${path}-wal`).size).toBe(0);
    expect(traces(path)['mneme-v1-sqlite.db']).toBe(traces(copied('mneme-v1-sqlite.db'))['mneme-v1-sqlite.db']);
  });
});

describe('a file with a live writer', () => {
  it('sees what was committed to the log and not what was not, and leaves file and log alone', async () => {
    const path = made('PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1);');
    const owner = connect(path);
    owner.pragma('wal_autocheckpoint = 0');
    owner.exec('INSERT INTO t VALUES (2), (3)');
    owner.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (4)');
    const before = traces(path);
    const s = await snapshot(path);
    const after = traces(path);
    expect(rowsOf(s, 't')).toBe(3);
    expect(s.storage.logBytes).toBeGreaterThan(0);
    expect(after['store.db']).toBe(before['store.db']);
    expect(after['store.db-wal']).toBe(before['store.db-wal']);
    // The -shm is SQLite's lock table, rebuilt from the log at any time: readers mark their place in it.
    expect(Object.keys(after)).toEqual(Object.keys(before));
    owner.exec('COMMIT');
    expect((owner.prepare('SELECT count(*) AS n FROM t').get() as { n: number }).n).toBe(4);
    expect(owner.pragma('wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
  });

  it('is one moment, however the writer goes on', async () => {
    const path = made(
      'PRAGMA journal_mode = WAL; CREATE TABLE a(x); CREATE TABLE b(x); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1);',
    );
    const owner = connect(path);
    owner.exec('INSERT INTO a VALUES (2); INSERT INTO b VALUES (2)');
    const s = await snapshot(path, {
      onProgress: () => owner.exec('INSERT INTO a VALUES (0); INSERT INTO b VALUES (0)'),
    });
    expect([rowsOf(s, 'a'), rowsOf(s, 'b')]).toEqual([2, 2]);
  });

  it('with a rollback journal: a writer may commit between two statements, and the report says so', async () => {
    const path = made('CREATE TABLE a(x); CREATE TABLE b(x);');
    const owner = connect(path);
    const s = await snapshot(path, { onProgress: () => owner.exec('INSERT INTO a VALUES (0)') });
    expect(s.capabilities).not.toContain('consistent-snapshot');
    expect(s.notes.map((n) => n.code)).toContain('changed-while-read');
  });
});

describe('a rollback-journal file', () => {
  it('is read as it lies', async () => {
    const path = copied('neural-memory-0.4.0-schema1.db');
    const before = traces(path);
    const s = await snapshot(path);
    expect(s.identity.settings['journal mode']).toBe('rollback');
    expect(rowsOf(s, 'neurons')).toBe(320);
    expect(traces(path)).toEqual(before);
  });
});

it('a store refuses writes by itself', async () => {
  const path = made('CREATE TABLE t(a)');
  const file = openFile(Database, Target.parse(`sqlite:${path}`), 100);
  expect(() => file.db.exec('INSERT INTO t VALUES (1)')).toThrow(/readonly/);
  file.db.close();
});

it('lets go of the file when disposed, also after a failure', async () => {
  const path = made('PRAGMA journal_mode = WAL; CREATE TABLE t(a)');
  const owner = connect(path);
  owner.exec('INSERT INTO t VALUES (1)');
  const store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
  await expect(store.snapshot({ now: new Date(0), profile: 'nonsense' })).rejects.toThrow('nonsense');
  expect((await store.snapshot({ now: new Date(0) })).takenAt).toBe('1970-01-01T00:00:00.000Z');
  await store[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  owner.close();
  expect(exists(`${path}-wal`)).toBe(false);
});

describe('a role without rights', () => {
  /** Runs the reader as a user who owns nothing here; where the tests are not run by root, as ourselves. */
  const asStranger = (path: string): Record<string, string> => {
    const script = fileURLToPath(new URL('./read-as-stranger.ts', import.meta.url));
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const out = execFileSync(process.execPath, ['--import', 'tsx', script, path], {
      ...user,
      env: { PATH: process.env['PATH'] },
    });
    return JSON.parse(out.toString()) as Record<string, string>;
  };

  it('may not read the file', () => {
    const path = made('CREATE TABLE t(a)');
    chmodSync(dirname(path), 0o755);
    chmodSync(path, 0o000);
    expect(asStranger(path)).toMatchObject({ kind: 'store-error', code: 'store-permission' });
    chmodSync(path, 0o600);
  });

  it('reads a WAL file at rest in a directory it may not write to', () => {
    const path = copied('mneme-v1-sqlite.db');
    chmodSync(path, 0o444);
    chmodSync(dirname(path), 0o555);
    expect(asStranger(path)).toEqual({ rows: 447 });
    chmodSync(dirname(path), 0o755);
    expect(Object.keys(traces(path))).toEqual(['mneme-v1-sqlite.db']);
  });

  it('is told when there is a log it cannot read without writing', () => {
    const live = made('PRAGMA journal_mode = WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1);');
    const owner = connect(live);
    owner.exec('INSERT INTO t VALUES (2)');
    const path = made('CREATE TABLE x(a)', 'copy.db');
    writeFileSync(path, readFileSync(live));
    writeFileSync(`${path}-wal`, readFileSync(`${live}-wal`));
    chmodSync(path, 0o444);
    chmodSync(`${path}-wal`, 0o444);
    chmodSync(dirname(path), 0o555);
    const e = asStranger(path);
    chmodSync(dirname(path), 0o755);
    expect(e).toMatchObject({ kind: 'store-error', code: 'store-wal-unreadable' });
  });
});
