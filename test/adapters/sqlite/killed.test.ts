/** A run killed at any moment: what its ledger says and what the store holds agree, and running it again converges. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { count, performed, purgeOf, withMaintenance } from './maintained.ts';
import { connect, made } from './temporary-store.ts';

const script = fileURLToPath(new URL('./purge-until-killed.ts', import.meta.url));
const ROWS = 6000;
const STORE = `CREATE TABLE schema_meta(key TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO schema_meta VALUES ('schema_version', '1');
  CREATE TABLE multi_process_state(key TEXT PRIMARY KEY, value TEXT);
  CREATE TABLE entries(id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL DEFAULT 'default', query_hash TEXT NOT NULL, query TEXT NOT NULL,
    response TEXT NOT NULL, embedding BLOB NOT NULL, metadata TEXT NOT NULL, created_at INTEGER NOT NULL, last_accessed_at INTEGER NOT NULL, ttl INTEGER,
    access_count INTEGER NOT NULL DEFAULT 0, UNIQUE(namespace, query_hash));
  WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${ROWS})
  INSERT INTO entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl)
  SELECT 'n' || (n % 5), n, 'q' || n, printf('%.200c', 'r'), randomblob(256), '{}', unixepoch('now') - 1000, unixepoch('now'), CASE n % 3 WHEN 0 THEN NULL ELSE 60 END FROM i;`;
const EXPIRED = (ROWS / 3) * 2;

interface Line {
  readonly state: 'prepared' | 'committed';
  readonly batch: number;
  readonly rows: number;
  readonly token?: string;
  readonly ids?: readonly number[];
}

it.each(['DELETE', 'WAL'])('journal mode %s: ten kills at random moments', async (mode) => {
  const path = made(`PRAGMA journal_mode = ${mode}; ${STORE}`);
  const ledger = join(dirname(path), 'ledger.ndjson');
  const action = purgeOf('expired', 'mneme:entries');
  let settledRows = 0;
  let open = 0;
  for (let kill = 0; kill < 10; kill++) {
    const child = spawn(process.execPath, ['--import', 'tsx', script, path, ledger], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    await sleep(Math.random() * 60);
    child.kill('SIGKILL');
    await ended;
    const lines = readFileSync(ledger, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((l) => JSON.parse(l) as Line);
    const committed = lines.filter((l) => l.state === 'committed');
    const dangling = lines.filter((l) => l.state === 'prepared' && !committed.some((c) => c.batch === l.batch));
    expect(dangling.length).toBeLessThanOrEqual(1);
    settledRows += committed.reduce((a, l) => a + l.rows, 0);
    for (const d of dangling) {
      open++;
      const outcome = await withMaintenance(path, (m) => m.settle(action, d.token as string));
      expect(outcome).not.toBe('unknown');
      const there = count(
        connect(path),
        `SELECT count(*) FROM entries WHERE id IN (${(d.ids as number[]).join(', ')})`,
      );
      expect(there).toBe(outcome === 'committed' ? 0 : d.rows);
      if (outcome === 'committed') settledRows += d.rows;
    }
    // The sum of the ledger is what is gone, after every kill.
    expect(ROWS - count(connect(path), 'SELECT count(*) FROM entries')).toBe(settledRows);
    expect(connect(path).pragma('quick_check', { simple: true })).toBe('ok');
  }
  const rest = await performed(path, action);
  expect(settledRows).toBeGreaterThan(0);
  expect(settledRows).toBeLessThan(EXPIRED);
  expect(open).toBeGreaterThan(0);
  expect(settledRows + rest.rows).toBe(EXPIRED);
  expect(count(connect(path), 'SELECT count(*) FROM entries WHERE ttl IS NULL')).toBe(ROWS - EXPIRED);
});
