/** One mneme cache in each engine, filled and looked at by other means than memctl's own. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Room } from './safety-program.ts';

export interface Truth {
  readonly rows: number;
  readonly expired: number;
  /** SHA-256 or MD5 over every row that has not expired, whole. */
  readonly live: string;
}

export interface SafetyStore extends Room, AsyncDisposable {
  readonly engine: 'sqlite' | 'postgres' | 'redis';
  /** Adds rows that have expired, under new keys. */
  addExpired(rows: number): Promise<void>;
  /** Adds rows and removes them again, so that there is room to give back. */
  churn(rows: number): Promise<void>;
  truth(): Promise<Truth>;
  /** What is wrong with the store itself: invalid indexes, a damaged file. Empty: nothing. */
  faults(): Promise<string[]>;
  /** Lets the time go by in which the lock of a run that was killed lapses, by telling the store that it has. */
  lapse(): Promise<void>;
  close(): Promise<void>;
}

const fixture = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../fixtures/stores/${name}`, import.meta.url)), 'utf8');
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'memctl-safety-'));
const now = (): number => Math.floor(Date.now() / 1000);

const SQLITE_ROWS = `WITH RECURSIVE i(n) AS (SELECT @from UNION ALL SELECT n + 1 FROM i WHERE n + 1 < @from + @rows)
  INSERT INTO entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl)
  SELECT 'ns' || n % 7, printf('h%d', n), 'question ' || n, printf('%.150c', 'r'), randomblob(256), '{}',
    @created, @created + n % 1000, @ttl FROM i`;

export function sqliteStore(live: number): SafetyStore {
  const folder = newFolder();
  const path = join(folder, 'brain.db');
  let next = 1;
  const write = (work: (db: Database.Database) => void): void => {
    const db = new Database(path, { timeout: 10_000 });
    try {
      work(db);
      db.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      db.close();
    }
  };
  const add = (db: Database.Database, rows: number, ttl: number | null): void => {
    db.prepare(SQLITE_ROWS).run({ from: next, rows, created: now() - 86_400, ttl });
    next += rows;
  };
  const made = new Database(path);
  made.pragma('journal_mode = WAL');
  made.exec(`CREATE TABLE schema_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO schema_meta VALUES ('schema_version', '1');
    CREATE TABLE multi_process_state (key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO multi_process_state VALUES ('version_counter', '1');
    CREATE TABLE namespace_quotas (namespace TEXT PRIMARY KEY, max_entries INTEGER NOT NULL);
    CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL DEFAULT 'default', query_hash TEXT NOT NULL, query TEXT NOT NULL,
      response TEXT NOT NULL, embedding BLOB NOT NULL, metadata TEXT NOT NULL, created_at INTEGER NOT NULL, last_accessed_at INTEGER NOT NULL,
      ttl INTEGER, access_count INTEGER NOT NULL DEFAULT 0, UNIQUE(namespace, query_hash));
    CREATE INDEX idx_entries_ns_lru ON entries(namespace, last_accessed_at); CREATE INDEX idx_entries_created_at ON entries(created_at);`);
  add(made, live / 2, null);
  add(made, live / 2, 10_000_000);
  made.close();
  const close = async (): Promise<void> => rmSync(folder, { recursive: true, force: true });
  return {
    engine: 'sqlite',
    url: `sqlite:${path}`,
    folder,
    addExpired: async (rows) => write((db) => add(db, rows, 60)),
    churn: async (rows) =>
      write((db) => {
        const from = next;
        add(db, rows, null);
        db.prepare(`DELETE FROM entries WHERE CAST(substr(query_hash, 2) AS INTEGER) >= ?`).run(from);
      }),
    truth: async () => {
      const db = new Database(path, { readonly: true });
      try {
        const due = 'ttl IS NOT NULL AND created_at + ttl <= unixepoch()';
        const count = (where: string): number =>
          db.prepare(`SELECT count(*) FROM entries WHERE ${where}`).pluck().get() as number;
        const hash = createHash('sha256');
        for (const row of db
          .prepare(`SELECT * FROM entries WHERE NOT (${due}) OR ttl IS NULL ORDER BY id`)
          .raw()
          .iterate())
          for (const v of row as unknown[]) hash.update(Buffer.isBuffer(v) ? v : `${typeof v}:${String(v)};`);
        return { rows: count('true'), expired: count(due), live: hash.digest('hex') };
      } finally {
        db.close();
      }
    },
    faults: async () => {
      const db = new Database(path);
      try {
        const said = db.prepare('PRAGMA integrity_check').pluck().all() as string[];
        return said.filter((s) => s !== 'ok');
      } finally {
        db.close();
      }
    },
    lapse: async () => undefined,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const DUE = 'ttl IS NOT NULL AND created_at + ttl <= extract(epoch FROM now())';

/** @param url of an empty database */
export async function postgresStore(url: string, live: number): Promise<SafetyStore> {
  const folder = newFolder();
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  // A server that is restarted under it: the next query connects anew.
  pool.on('error', () => undefined);
  const fill = fixture('mneme-v1-postgres.sql').split('INSERT INTO "mneme".entries')[0] as string;
  await pool.query(fill);
  await pool.query('DELETE FROM mneme.namespace_quotas');
  let next = 1;
  const add = async (rows: number, ttl: number | null): Promise<void> => {
    await pool.query(
      `INSERT INTO mneme.entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl)
       SELECT 'ns' || i % 7, 'h' || i, 'question ' || i, repeat('answer ', 20), sha256(i::text::bytea), '{}',
         extract(epoch FROM now())::bigint - 86400, i, $3::bigint FROM generate_series($1::bigint, $1::bigint + $2::bigint - 1) i`,
      [next, rows, ttl],
    );
    next += rows;
  };
  await add(live / 2, null);
  await add(live / 2, 10_000_000);
  await pool.query('VACUUM ANALYZE mneme.entries');
  const close = async (): Promise<void> => {
    await pool.end();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    engine: 'postgres',
    url,
    folder,
    addExpired: async (rows) => {
      await add(rows, 60);
      await pool.query('ANALYZE mneme.entries');
      // Else the counters of this session come up to a minute late.
      await pool.query('SELECT pg_stat_force_next_flush()');
    },
    churn: async (rows) => {
      const from = next;
      await add(rows, null);
      const gone = 'substr(query_hash, 2)::bigint >= $1 AND substr(query_hash, 2)::bigint < $2';
      await pool.query(`DELETE FROM mneme.entries WHERE ${gone}`, [from, from + Math.floor(rows / 2)]);
      await pool.query('VACUUM mneme.entries');
      await pool.query(`DELETE FROM mneme.entries WHERE ${gone}`, [from, from + rows]);
      await pool.query('ANALYZE mneme.entries');
      await pool.query('SELECT pg_stat_force_next_flush()');
    },
    truth: async () => {
      const { rows } = await pool.query<Truth>(
        `SELECT count(*)::int AS rows, (count(*) FILTER (WHERE ${DUE}))::int AS expired,
           coalesce(md5(string_agg(md5(e::text), '' ORDER BY id) FILTER (WHERE (${DUE}) IS NOT TRUE)), '') AS live FROM mneme.entries e`,
      );
      return rows[0] as Truth;
    },
    faults: async () => {
      const { rows } = await pool.query<{ name: string }>(
        'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid OR NOT indisready',
      );
      return rows.map((r) => `invalid index ${r.name}`);
    },
    lapse: async () => undefined,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @param url of an empty Redis */
export async function redisStore(url: string, live: number): Promise<SafetyStore> {
  const folder = newFolder();
  const c = new Redis(url);
  c.on('error', () => undefined);
  let next = 1;
  await c.hset(
    'mneme:meta',
    'embedder_fingerprint',
    'fixture-embedder:v1:64',
    'embedder_dim',
    '64',
    'schema_version',
    '1',
  );
  await c.set('mneme:version', '1');
  const add = async (rows: number, ttl: number | null): Promise<void> => {
    const created = now() - 86_400;
    for (let i = next; i < next + rows; ) {
      const pipeline = c.pipeline();
      for (const end = Math.min(next + rows, i + 1000); i < end; i++) {
        const [id, ns] = [String(i), `ns${i % 7}`];
        const fields = {
          namespace: ns,
          query_hash: `h${i}`,
          query: `question ${i}`,
          response: `answer ${i}`,
          embedding: 'eeee'.repeat(16),
        };
        const times = {
          metadata: '{}',
          created_at: created,
          last_accessed_at: created + (i % 1000),
          ttl: ttl ?? '',
          access_count: 0,
        };
        pipeline.hset(`mneme:entry:${id}`, { ...fields, ...times });
        pipeline.set(`mneme:hash:${ns}:h${i}`, id);
        pipeline.zadd(`mneme:lru:${ns}`, created + (i % 1000), id);
        pipeline.zadd('mneme:by_id', i, id);
        if (ttl !== null) pipeline.zadd('mneme:by_ttl', created + ttl, `${ns}|${id}`);
        pipeline.sadd('mneme:namespaces', ns);
      }
      await pipeline.exec();
    }
    next += rows;
    await c.set('mneme:next_id', String(next - 1));
  };
  await add(live / 2, null);
  await add(live / 2, 10_000_000);
  const entries = async (): Promise<Map<string, Record<string, string>>> => {
    const ids = await c.zrange('mneme:by_id', '0', '-1');
    const found = new Map<string, Record<string, string>>();
    for (let i = 0; i < ids.length; i += 2000) {
      const part = ids.slice(i, i + 2000);
      const pipeline = c.pipeline();
      for (const id of part) pipeline.hgetall(`mneme:entry:${id}`);
      const replies = (await pipeline.exec()) ?? [];
      for (const [k, id] of part.entries()) found.set(id, (replies[k]?.[1] ?? {}) as Record<string, string>);
    }
    return found;
  };
  const close = async (): Promise<void> => {
    c.disconnect();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    engine: 'redis',
    url,
    folder,
    addExpired: (rows) => add(rows, 60),
    churn: async () => undefined,
    truth: async () => {
      const hash = createHash('sha256');
      let expired = 0;
      const all = await entries();
      const moment = now();
      for (const [id, e] of all) {
        if (e['ttl'] !== '' && Number(e['created_at']) + Number(e['ttl']) <= moment) expired++;
        else hash.update(`${id} ${JSON.stringify(Object.entries(e).sort())}\n`);
      }
      return { rows: all.size, expired, live: hash.digest('hex') };
    },
    faults: async () => {
      // An entry, its hash: key and its places in the lists stand or fall together.
      const rows = await c.zcard('mneme:by_id');
      const hashes = (await c.keys('mneme:hash:*')).length;
      const kept = (await c.keys('mneme:entry:*')).length;
      const lru = await c.keys('mneme:lru:*');
      let places = 0;
      for (const k of lru) places += await c.zcard(k);
      const same = rows === hashes && rows === kept && rows === places;
      return same ? [] : [`by_id ${rows}, hash: ${hashes}, entry: ${kept}, lru: ${places}`];
    },
    lapse: async () => void (await c.pexpire('memctl:lock', 1)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
