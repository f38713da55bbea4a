/**
 * What the safety of `memctl vacuum` costs on SQLite: 1M expired of 2M entries of a mneme cache, removed in batches that
 * are read back and signalled, against one bare DELETE of the same rows, with and without the archive for undo.
 *
 *     npx tsx bench/vacuum-sqlite.ts [ROWS]
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { openStore } from '../src/adapters/index.ts';
import { DEFAULT_PACE, type PurgeAction, Target } from '../src/store/index.ts';

const EXPIRED = "ttl IS NOT NULL AND created_at + ttl <= unixepoch('now')";

function made(path: string, rows: number): void {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  db.exec(`CREATE TABLE schema_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO schema_meta VALUES ('schema_version', '1');
    CREATE TABLE multi_process_state (key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO multi_process_state VALUES ('version_counter', '1');
    CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL DEFAULT 'default', query_hash TEXT NOT NULL, query TEXT NOT NULL,
      response TEXT NOT NULL, embedding BLOB NOT NULL, metadata TEXT NOT NULL, created_at INTEGER NOT NULL, last_accessed_at INTEGER NOT NULL,
      ttl INTEGER, access_count INTEGER NOT NULL DEFAULT 0, UNIQUE(namespace, query_hash));
    CREATE INDEX idx_entries_ns_lru ON entries(namespace, last_accessed_at); CREATE INDEX idx_entries_created_at ON entries(created_at);
    WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${rows})
    INSERT INTO entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl)
    SELECT 'tenant-' || (n % 200), printf('%016x', n * 2654435761), 'query ' || n, printf('%.120c', 'r'), randomblob(64), '{}',
      unixepoch('now') - 100000 - n % 5000, unixepoch('now'), CASE n % 2 WHEN 0 THEN 3600 END FROM i;`);
  db.close();
}

/** Run in a process of its own, for its peak memory. */
async function child(how: string, path: string): Promise<void> {
  const started = performance.now();
  const cpu = process.cpuUsage();
  let rows = 0;
  let batches = 0;
  let slowest = 0;
  let paused = 0;
  if (how === 'bare') {
    const db = new Database(path);
    rows = db.prepare(`DELETE FROM entries WHERE ${EXPIRED}`).run().changes;
    batches = 1;
    slowest = (performance.now() - started) / 1000;
    db.close();
  } else {
    const pace = DEFAULT_PACE;
    const archive = how === 'archived';
    const action: PurgeAction = {
      id: 'purge:expired:mneme:entries',
      kind: 'purge',
      reason: 'expired',
      set: 'mneme:entries',
      rule: '',
      rows: 0,
      of: 0,
      title: '',
      order: 10,
      lock: 'rows',
      seconds: null,
      diskNeeded: null,
      reclaims: null,
      statement: null,
    };
    const kept = `${path}.archive`;
    if (archive) writeFileSync(kept, '');
    await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'write' });
    const context = { signal: new AbortController().signal, maxRows: Number.MAX_SAFE_INTEGER, archive, pace };
    for await (const e of store.maintenance?.perform(action, context) ?? []) {
      if (e.state === 'prepared' && e.removed !== undefined) {
        // In pieces, as the program writes its archive.
        for (let i = 0; i < e.removed.length; i += 200) {
          appendFileSync(
            kept,
            e.removed
              .slice(i, i + 200)
              .map((r) => `${JSON.stringify(r)}\n`)
              .join(''),
          );
        }
      }
      if (e.state === 'committed') {
        batches++;
        slowest = Math.max(slowest, e.seconds);
        paused += e.seconds * pace.pauseRatio;
      }
      if (e.state === 'finished') rows = e.rows;
    }
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    JSON.stringify({
      rows,
      batches,
      seconds,
      cpu: process.cpuUsage(cpu),
      slowest,
      paused,
      rss: process.resourceUsage().maxRSS * 1024,
    }),
  );
}

function measured(rows: number): void {
  const directory = mkdtempSync(join(tmpdir(), 'memctl-bench-'));
  try {
    const base = join(directory, 'base.db');
    made(base, rows);
    console.log(
      `${rows.toLocaleString('en')} entries, half of them expired, file ${(statSync(base).size / 1e6).toFixed(0)} MB, SQLite ${new Database(':memory:').prepare('SELECT sqlite_version()').pluck().get()}`,
    );
    console.log(
      '                        seconds   ratio   CPU (s)   batches   longest write lock (s)   log after (MB)   peak RSS (MB)',
    );
    let bare = 0;
    // Interleaved, so that another use of the machine meets both.
    for (const how of ['bare', 'paced', 'bare', 'paced', 'bare', 'archived']) {
      const path = join(directory, `${how}.db`);
      copyFileSync(base, path);
      const run = spawnSync(
        process.execPath,
        ['--import', 'tsx', fileURLToPath(import.meta.url), '--child', how, path],
        { encoding: 'utf8' },
      );
      if (run.status !== 0) throw new Error(run.stderr);
      const r = JSON.parse(run.stdout) as {
        rows: number;
        batches: number;
        seconds: number;
        cpu: { user: number; system: number };
        slowest: number;
        rss: number;
      };
      if (r.rows !== Math.floor(rows / 2)) throw new Error(`${how}: removed ${r.rows}`);
      if (how === 'bare') bare = r.seconds;
      const log = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
      const title = {
        bare: 'one bare DELETE',
        paced: 'memctl, in batches',
        archived: 'and rows archived',
      }[how] as string;
      console.log(
        `${title.padEnd(24)}${r.seconds.toFixed(1).padStart(7)}${(r.seconds / bare).toFixed(2).padStart(8)}${((r.cpu.user + r.cpu.system) / 1e6).toFixed(1).padStart(10)}${String(r.batches).padStart(10)}${r.slowest.toFixed(2).padStart(25)}${(log / 1e6).toFixed(1).padStart(17)}${(r.rss / 1e6).toFixed(0).padStart(16)}`,
      );
      rmSync(path, { force: true });
      rmSync(`${path}.archive`, { force: true });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const [first, how = '', path = ''] = process.argv.slice(2);
if (first === '--child') await child(how, path);
else measured(Number(first ?? 2_000_000));
