/** Every way a path can be wrong ends in one sentence that says so. */

import { execFileSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { Target } from '../../../src/store/index.ts';
import { connect, copied, directory, failure, made, snapshot } from './temporary-store.ts';

const ROWS =
  'CREATE TABLE t(a, b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, hex(randomblob(40)) FROM n;';

async function wrong(
  path: string,
  options: { busyTimeoutMs?: number } = {},
): Promise<{ kind: string; code: string; message: string }> {
  const e = await failure(() => snapshot(path, options));
  expect(e.message.startsWith('sqlite:') || e.message.startsWith('STORE')).toBe(true);
  expect(e.message).not.toMatch(/\n|undefined|SqliteError/);
  return e;
}

describe('what is not a SQLite file', () => {
  it('is missing', async () => {
    const e = await wrong('/no/such/place/brain.db');
    expect([e.kind, e.code]).toEqual(['input-error', 'store-not-found']);
    expect(e.message).toBe('sqlite:/no/such/place/brain.db: there is no such file');
  });

  it('is a directory, or lies under a file', async () => {
    expect((await wrong(directory())).code).toBe('store-is-directory');
    const file = made('CREATE TABLE t(a)');
    expect((await wrong(`${file}/inner.db`)).message).toContain('a part of the path is a file');
  });

  it('is empty', async () => {
    const path = join(directory(), 'empty.db');
    writeFileSync(path, '');
    const e = await wrong(path);
    expect([e.kind, e.code]).toEqual(['input-error', 'store-empty']);
  });

  it('is text, also when shorter than a header', async () => {
    const path = join(directory(), 'notes.db');
    writeFileSync(path, 'hello\n');
    expect((await wrong(path)).message).toContain('it does not begin with "SQLite format 3"');
    writeFileSync(path, `${'just some notes\n'.repeat(500)}`);
    expect((await wrong(path)).code).toBe('store-not-sqlite');
  });

  it('is encrypted', async () => {
    const plain = readFileSync(made(ROWS));
    const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update('k').digest(), Buffer.alloc(16, 7));
    const path = join(directory(), 'secret.db');
    writeFileSync(path, Buffer.concat([cipher.update(plain), cipher.final()]));
    const e = await wrong(path);
    expect([e.kind, e.code]).toEqual(['input-error', 'store-not-sqlite']);
    expect(e.message).toContain('encrypted');
  });

  it('is a pipe or a link to itself', async () => {
    const dir = directory();
    execFileSync('mkfifo', [join(dir, 'pipe.db')]);
    expect((await wrong(join(dir, 'pipe.db'))).code).toBe('store-not-a-file');
    symlinkSync(join(dir, 'loop.db'), join(dir, 'loop.db'));
    expect((await wrong(join(dir, 'loop.db'))).message).toContain('a symbolic link to itself');
  });

  it('has a path longer than a file system takes', async () => {
    expect((await wrong(`/${'a'.repeat(5000)}.db`)).message).toContain('longer than the file system allows');
  });
});

describe('a damaged SQLite file', () => {
  it('is cut off inside its pages', async () => {
    const path = made(ROWS);
    truncateSync(path, 50_000);
    const e = await wrong(path);
    expect([e.kind, e.code]).toEqual(['store-error', 'store-truncated']);
    expect(e.message).toContain('the file is cut off');
  });

  it('is cut off inside its header', async () => {
    const path = made(ROWS);
    truncateSync(path, 60);
    expect((await wrong(path)).message).toContain('ends inside its header, after 60 bytes');
  });

  it('states a page size that does not exist', async () => {
    const path = made(ROWS);
    const bytes = readFileSync(path);
    bytes.writeUInt16BE(1000, 16);
    writeFileSync(path, bytes);
    expect((await wrong(path)).message).toContain('a page size of 1000 does not exist');
  });

  it('has a schema that cannot be read', async () => {
    const path = made(ROWS);
    const bytes = readFileSync(path);
    bytes.fill(0xab, 100, 4096);
    writeFileSync(path, bytes);
    const e = await wrong(path);
    expect([e.kind, e.code]).toEqual(['store-error', 'store-corrupt']);
  });

  it('has one damaged table: the rest is reported, and the table is named as unmeasured', async () => {
    const path = made(`${ROWS} CREATE TABLE fine(x); INSERT INTO fine VALUES (1), (2);`);
    const db = connect(path);
    const page = (db.prepare("SELECT rootpage AS p FROM sqlite_master WHERE name = 't'").get() as { p: number }).p;
    db.close();
    const bytes = readFileSync(path);
    bytes.fill(0xab, (page - 1) * 4096, page * 4096);
    writeFileSync(path, bytes);
    const s = await snapshot(path);
    expect(s.structures.find((x) => x.id === 'table:fine')?.rows).toBe(2);
    expect(s.structures.find((x) => x.id === 'table:t')).toMatchObject({ rows: null, bytes: null });
    expect(s.notes).toContainEqual(
      expect.objectContaining({ code: 'structure-damaged', level: 'unmeasured', subject: 't' }),
    );
  });
});

describe("a file in someone else's hands", () => {
  it('is locked exclusively', async () => {
    const path = made(ROWS);
    const owner = connect(path);
    owner.exec('BEGIN EXCLUSIVE');
    const e = await wrong(path, { busyTimeoutMs: 50 });
    expect([e.kind, e.code]).toEqual(['store-error', 'store-locked']);
    expect(e.message).toContain('another process holds the file exclusively; waited 0.05 s');
  });

  it('is in WAL mode with locking_mode=EXCLUSIVE', async () => {
    const path = made(`PRAGMA journal_mode = WAL; ${ROWS}`);
    const owner = connect(path);
    owner.pragma('locking_mode = EXCLUSIVE');
    owner.exec('INSERT INTO t VALUES (1, 2)');
    expect((await wrong(path, { busyTimeoutMs: 50 })).code).toBe('store-locked');
  });

  it('was left with a hot journal by a crashed writer', async () => {
    const path = made(ROWS);
    const owner = connect(path);
    owner.pragma('cache_size = 1');
    owner.exec('BEGIN; UPDATE t SET b = hex(randomblob(40))');
    const crashed = join(directory(), 'crashed.db');
    writeFileSync(`${crashed}-journal`, readFileSync(`${path}-journal`));
    writeFileSync(crashed, readFileSync(path));
    owner.exec('ROLLBACK');
    const e = await wrong(crashed);
    expect([e.kind, e.code]).toEqual(['store-error', 'store-needs-recovery']);
  });
});

describe('the request', () => {
  it('names a scheme that no adapter reads', async () => {
    const e = await failure(() => openStore(Target.parse('postgrez://u:secret@h/db'), { mode: 'read' }));
    expect([e.kind, e.code]).toEqual(['input-error', 'unknown-scheme']);
    expect(e.message).not.toContain('secret');
  });

  it('names an unknown profile, or one whose tables are not there', async () => {
    const path = copied('mneme-v1-sqlite.db');
    const unknown = await failure(() => snapshot(path, { profile: 'mnemee' }));
    expect([unknown.kind, unknown.code]).toEqual(['input-error', 'unknown-profile']);
    expect(unknown.message).toContain('did you mean mneme?');
    const other = await failure(() => snapshot(path, { profile: 'chroma' }));
    expect([other.kind, other.code]).toEqual(['input-error', 'profile-mismatch']);
  });

  it('is called off', async () => {
    const path = copied('neural-memory-4.62-multibrain.db');
    const stop = new AbortController();
    let steps = 0;
    const e = await failure(() =>
      snapshot(path, {
        signal: stop.signal,
        onProgress: () => {
          if (++steps === 3) stop.abort(new Error('enough'));
        },
      }),
    );
    expect(e.message).toBe('enough');
    expect(steps).toBeLessThan(6);
  });
});

it('makes no directory or file on the way', async () => {
  const dir = directory();
  mkdirSync(join(dir, 'd'));
  await wrong(join(dir, 'd', 'absent.db'));
  expect(execFileSync('find', [dir, '-type', 'f']).toString()).toBe('');
});
