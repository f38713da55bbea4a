/** A mneme store of any size, made by filling the fixture's own schema, in a folder that goes with the test. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll } from 'vitest';
import { root } from './run-program.ts';

const folders: string[] = [];
afterAll(() => {
  for (const f of folders) rmSync(f, { recursive: true, force: true });
});

export interface TestStore {
  readonly folder: string;
  readonly path: string;
  readonly address: string;
  /** Environment that keeps ledgers inside the folder. */
  readonly env: Readonly<Record<string, string>>;
  readonly ledgers: string;
}

/** @param expired of `rows`, spread evenly; every tenth of the others never expires */
export function mnemeStore(rows: number, expired: number): TestStore {
  const folder = mkdtempSync(join(tmpdir(), 'memctl-run-'));
  folders.push(folder);
  const path = join(folder, 'brain.db');
  copyFileSync(join(root, 'fixtures', 'stores', 'mneme-v1-sqlite.db'), path);
  const db = new Database(path);
  db.exec('DELETE FROM entries; DELETE FROM namespace_quotas');
  const insert = db.prepare(
    `INSERT INTO entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl)
     VALUES (?, ?, ?, ?, ?, '{}', ?, ?, ?)`,
  );
  const now = Math.floor(Date.now() / 1000);
  db.transaction(() => {
    for (let i = 0; i < rows; i++) {
      const gone = Math.floor(((i + 1) * expired) / rows) > Math.floor((i * expired) / rows);
      const ttl = gone ? 60 : i % 10 === 0 ? null : 864_000;
      const vector = Buffer.from(createHash('sha256').update(String(i)).digest());
      insert.run(
        `ns${i % 7}`,
        `h${i}`,
        `question ${i}`,
        `answer ${i} ä\u0000`,
        vector,
        now - 86_400,
        now - (i % 1000),
        ttl,
      );
    }
  })();
  db.exec('VACUUM');
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  const state = join(folder, 'state');
  return { folder, path, address: `sqlite:${path}`, env: { MEMCTL_STATE_DIR: state }, ledgers: join(state, 'runs') };
}

/** Every row with its rowid and its bytes, hashed; and how many there are. */
export function contents(path: string): { rows: number; expired: number; hash: string } {
  const db = new Database(path, { readonly: true });
  try {
    const hash = createHash('sha256');
    let rows = 0;
    for (const row of db
      .prepare('SELECT rowid, * FROM entries ORDER BY rowid')
      .raw(true)
      .safeIntegers(true)
      .iterate()) {
      for (const v of row as unknown[]) hash.update(Buffer.isBuffer(v) ? v : `${typeof v}:${String(v)};`);
      rows++;
    }
    const now = Math.floor(Date.now() / 1000);
    const expired = Number(
      db.prepare('SELECT count(*) FROM entries WHERE ttl IS NOT NULL AND created_at + ttl <= ?').pluck().get(now),
    );
    return { rows, expired, hash: hash.digest('hex') };
  } finally {
    db.close();
  }
}

/** Name, size and SHA-256 of every file in a folder, however deep. */
export function traces(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((f) => {
      const path = join(folder, f);
      return statSync(path).isDirectory() ? f : `${f} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
    });
}
