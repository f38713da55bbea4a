/** SQLite files full of twins: mcp-memory-service marks a row and takes its vector away, of mneme a row is removed. */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { load } from 'sqlite-vec';
import { bytesOf, type Memory, newFolder, saidBy, type TwinStore, twins } from './safety-twins.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

interface Made {
  readonly what: string;
  readonly flags: readonly string[];
  /** Statements that give whole rows. */
  readonly whole: readonly string[];
  readonly memories: (db: Database.Database) => Memory[];
}

function opened<T>(path: string, work: (db: Database.Database) => T): T {
  const db = new Database(path, { timeout: 10_000 });
  try {
    load(db);
    return work(db);
  } finally {
    db.close();
  }
}

function storeOf(folder: string, path: string, remove: () => void, made: Made): TwinStore {
  const close = async (): Promise<void> => remove();
  return {
    what: made.what,
    url: `sqlite:${path}`,
    folder,
    flags: made.flags,
    reading: [],
    memories: async () => opened(path, made.memories),
    dump: async () =>
      opened(path, (db) => {
        const rows: string[] = [];
        for (const [i, sql] of made.whole.entries())
          for (const row of db.prepare(sql).raw(true).safeIntegers(true).iterate())
            rows.push(`${i} ${(row as unknown[]).map(exactly).join(' ')}`);
        return rows.sort();
      }),
    faults: async () =>
      opened(path, (db) => (db.prepare('PRAGMA integrity_check').pluck().all() as string[]).filter((s) => s !== 'ok')),
    lapse: async () => undefined,
    rest: async () => opened(path, (db) => void db.pragma('wal_checkpoint(TRUNCATE)')),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Its type, and every bit of it. */
function exactly(v: unknown): string {
  if (Buffer.isBuffer(v)) return `blob:${createHash('sha256').update(v).digest('hex')}`;
  return `${typeof v}:${typeof v === 'string' ? JSON.stringify(v) : String(v)}`;
}

/** Rows that were deleted before: in no search, and no business of a merge. */
const DELETED_BEFORE = 60;

export function mcpTwins(texts: number): TwinStore {
  const { folder, remove } = newFolder();
  const path = join(folder, 'memories.db');
  const now = Math.floor(Date.now() / 1000);
  opened(path, (db) => {
    db.pragma('journal_mode = WAL');
    db.exec(readFileSync(fixture('ddl/mcp_memory_service_sqlite.sql'), 'utf8'));
    const row = db.prepare(
      `INSERT INTO memories(id, content_hash, content, tags, memory_type, metadata, created_at, updated_at, deleted_at)
       VALUES (?, ?, ?, 'proj:x', ?, '{}', ?, ?, ?)`,
    );
    const vector = db.prepare('INSERT INTO memory_embeddings(rowid, content_embedding) VALUES (?, ?)');
    const edge = db.prepare(`INSERT INTO memory_graph VALUES (?, ?, 0.5, '["semantic"]', '{}', ?, 'related')`);
    const all = twins(texts, 384);
    db.transaction(() => {
      for (const t of all) {
        row.run(BigInt(t.n), `hash ${t.n}`, t.text, `type ${t.group}`, now - t.n, now - t.n + 0.25, null);
        vector.run(BigInt(t.n), bytesOf(t.vector));
        if (t.n % 3 === 0) edge.run(`hash ${t.n}`, `hash ${(t.n * 31) % all.length}`, now);
      }
      for (let i = 1; i <= DELETED_BEFORE; i++)
        row.run(BigInt(all.length + i), `gone ${i}`, `deleted earlier, number ${i}`, 'type 0', now, now, now - i);
    })();
    db.exec(`INSERT INTO memory_content_fts(memory_content_fts) VALUES ('rebuild')`);
  });
  return storeOf(folder, path, remove, {
    what: 'SQLite mcp-memory-service, superseded',
    flags: [],
    whole: [
      'SELECT rowid, * FROM memories',
      'SELECT rowid, content_embedding FROM memory_embeddings',
      'SELECT rowid, * FROM memory_graph',
      `SELECT rowid FROM memory_content_fts WHERE memory_content_fts MATCH '"opens with key"'`,
    ],
    memories: (db) => {
      // Found is what is not deleted and has its vector.
      const rows = db
        .prepare(
          `SELECT m.id, m.memory_type, m.content, m.deleted_at IS NULL AND e.rowid IS NOT NULL AS active
           FROM memories AS m LEFT JOIN (SELECT rowid FROM memory_embeddings) AS e ON e.rowid = m.id`,
        )
        .raw(true)
        .all() as [number, string, string, number][];
      return rows.map(([id, kind, text, active]) => ({
        id: String(id),
        said: saidBy(kind, text),
        active: active === 1,
        stays: null,
      }));
    },
  });
}

export function mnemeTwins(texts: number): TwinStore {
  const { folder, remove } = newFolder();
  const path = join(folder, 'brain.db');
  copyFileSync(fixture('stores/mneme-v1-sqlite.db'), path);
  const now = Math.floor(Date.now() / 1000);
  opened(path, (db) => {
    db.pragma('journal_mode = WAL');
    db.exec('DELETE FROM entries; DELETE FROM namespace_quotas');
    const row = db.prepare(
      `INSERT INTO entries(id, namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl)
       VALUES (?, ?, ?, ?, 'as it was asked', ?, '{}', ?, ?, ?)`,
    );
    db.transaction(() => {
      for (const t of twins(texts, 64)) {
        const ttl = t.n % 2 === 0 ? null : 10_000_000;
        row.run(t.n, `ns${t.group}`, `h${t.n}`, t.text, bytesOf(t.vector), now - 86_400, now - t.n, ttl);
      }
    })();
  });
  return storeOf(folder, path, remove, {
    what: 'SQLite mneme, removed',
    flags: ['--delete'],
    whole: ['SELECT rowid, * FROM entries', 'SELECT * FROM namespace_quotas', 'SELECT * FROM schema_meta'],
    memories: (db) => {
      const rows = db.prepare('SELECT id, namespace, query FROM entries').raw(true).all() as [number, string, string][];
      return rows.map(([id, ns, text]) => ({ id: String(id), said: saidBy(ns, text), active: true, stays: null }));
    },
  });
}
