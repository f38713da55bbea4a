/**
 * How fast a scan hands out vectors, beside what SQLite itself needs to read them: `npx tsx bench/dedup-scan.ts [rows] [dims]`.
 * CPU time of this process, best of three; the file is in the page cache after the first pass.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openStore } from '../src/adapters/index.ts';
import { type ScanRequest, type Store, Target } from '../src/store/index.ts';

const ROWS = Number(process.argv[2] ?? 100_000);
const DIMS = Number(process.argv[3] ?? 384);
const FLOAT32 = 4;
const TIMES = 3;
const SET = 'mneme:entries';

function make(path: string): void {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.exec(`CREATE TABLE schema_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, query_hash TEXT NOT NULL,
      query TEXT NOT NULL, response TEXT NOT NULL, embedding BLOB NOT NULL, metadata TEXT NOT NULL,
      created_at INTEGER NOT NULL, last_accessed_at INTEGER NOT NULL, ttl INTEGER, access_count INTEGER NOT NULL DEFAULT 0,
      UNIQUE(namespace, query_hash))`);
  const insert = db.prepare(
    "INSERT INTO entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at) VALUES (?, ?, ?, ?, ?, '{}', 1, 1)",
  );
  const vector = new Float32Array(DIMS);
  db.transaction(() => {
    for (let i = 0; i < ROWS; i++) {
      for (let d = 0; d < DIMS; d++) vector[d] = Math.sin(i * 31 + d);
      const bytes = new Uint8Array(vector.buffer);
      insert.run(`ns${i % 50}`, String(i), `How do I reset password ${i}?`, `Answer about case ${i}`, bytes);
    }
  })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

/** @returns megabytes of vectors for each second of CPU time, and of wall time */
async function speed(work: () => number | Promise<number>): Promise<{ cpu: number; wall: number }> {
  let [cpu, wall] = [0, 0];
  for (let i = 0; i < TIMES; i++) {
    const [before, start] = [process.cpuUsage(), performance.now()];
    const bytes = await work();
    const used = process.cpuUsage(before);
    cpu = Math.max(cpu, bytes / (used.user + used.system));
    wall = Math.max(wall, bytes / ((performance.now() - start) * 1e3));
  }
  return { cpu, wall };
}

const folder = mkdtempSync(join(tmpdir(), 'dedup-scan-'));
try {
  const path = join(folder, 'mneme.db');
  make(path);
  console.log(
    `${ROWS} rows of ${DIMS} float32, ${(statSync(path).size / 1e6).toFixed(0)} MB; MB/s of vectors, CPU (wall)`,
  );
  const db = new Database(path, { readonly: true });
  const show = async (what: string, work: () => number | Promise<number>): Promise<number> => {
    const s = await speed(work);
    console.log(`${what.padEnd(58)} ${s.cpu.toFixed(0).padStart(6)} (${s.wall.toFixed(0)})`);
    return s.cpu;
  };
  const bare = await show('bare SELECT with iterate(): id, embedding', () => {
    let bytes = 0;
    for (const row of db.prepare('SELECT id, embedding FROM entries').raw(true).iterate() as Iterable<[number, Buffer]>)
      bytes += row[1].length;
    return bytes;
  });
  await show('bare SELECT by key, pages of 1,000', () => {
    const page = db.prepare('SELECT id, embedding FROM entries WHERE id > ? ORDER BY id LIMIT 1000').raw(true);
    let [bytes, after] = [0, 0];
    for (;;) {
      const rows = page.all(after) as [number, Buffer][];
      for (const row of rows) bytes += row[1].length;
      if (rows.length < 1000) return bytes;
      after = rows.at(-1)?.[0] ?? 0;
    }
  });
  db.close();
  await using store: Store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
  const scanned = async (request: Omit<ScanRequest, 'set'>): Promise<number> => {
    let bytes = 0;
    for await (const row of store.scan({ set: SET, ...request })) bytes += (row.vector?.length ?? 0) * FLOAT32;
    return bytes;
  };
  const vectors = await show('scan: vector', () => scanned({ fields: ['vector'] }));
  await show('scan: namespace, text, vector, kind, inactive, rank', () =>
    scanned({ fields: ['namespace', 'text', 'vector', 'kind', 'inactive', 'rank'] }),
  );
  await show('scan of one namespace in 50: vector', () => scanned({ fields: ['vector'], namespaces: ['ns7'] }));
  await show('scan of a sample of 2,000: vector', () =>
    scanned({ fields: ['vector'], sample: { rows: 2000, seed: 1 } }),
  );
  console.log(`scan of vectors: ${(100 * (vectors / bare)).toFixed(0)} % of a bare SELECT`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
