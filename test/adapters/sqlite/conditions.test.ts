/** What the guard is told: writers and readers of other processes, the disk, and versions known to do harm. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { versionRules } from '../../../src/adapters/sqlite/maintenance-conditions.ts';
import { type Conditions, Target } from '../../../src/store/index.ts';
import { purgeOf, reclaimOf, withMaintenance } from './maintained.ts';
import { copied, made, traces } from './temporary-store.ts';

const ACTIONS = [purgeOf('expired', 'mneme:entries'), reclaimOf('full-vacuum', 'freelist:free pages')];

/** Another process in a transaction, as long as the callback runs. */
async function beside<T>(path: string, sql: string, use: (pid: number) => Promise<T>): Promise<T> {
  const code = `const db = new (require('better-sqlite3'))(process.argv[1]); db.exec('BEGIN'); db.exec(process.argv[2]);
    if (/SELECT/.test(process.argv[2])) db.prepare(process.argv[2]).all(); console.log('ready'); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', code, path, sql], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  try {
    return await use(child.pid as number);
  } finally {
    child.kill();
    await ended;
  }
}

const asked = (path: string): Promise<Conditions> => withMaintenance(path, (m) => m.conditions(ACTIONS));

it('a store that nobody uses: nothing in the way', async () => {
  const c = await asked(copied('mneme-v1-sqlite.db'));
  expect(c).toMatchObject({
    readOnly: null,
    pooled: null,
    blockers: [],
    invalidIndexes: [],
    versionRules: [],
    replicaLagSeconds: null,
  });
  expect(c.freeDisk).toBeGreaterThan(0);
  expect(c.visibility).toEqual([
    { subject: 'mneme:entries', complete: true },
    { subject: 'freelist:free pages', complete: true },
  ]);
});

it.each(['DELETE', 'WAL'])('journal mode %s: a writer is named', async (mode) => {
  const path = made(`PRAGMA journal_mode = ${mode}; CREATE TABLE t(x)`);
  await beside(path, 'INSERT INTO t VALUES (1)', async (pid) => {
    const c = await asked(path);
    expect(c.blockers).toMatchObject([{ kind: 'open-writer', subject: null }]);
    if (existsSync('/proc/locks')) expect(c.blockers[0]?.message).toContain(`process ${pid} `);
  });
  expect((await asked(path)).blockers).toEqual([]);
});

it.runIf(existsSync('/proc/locks'))('a reader that keeps the log is named', async () => {
  const path = made('PRAGMA journal_mode = WAL; CREATE TABLE t(x); INSERT INTO t VALUES (1)');
  await beside(path, 'SELECT * FROM t', async (pid) => {
    const c = await asked(path);
    expect(c.blockers).toMatchObject([
      { kind: 'open-reader', message: expect.stringContaining(`process ${pid} is reading`) },
    ]);
  });
});

it('can be asked of a store opened to read, and changes nothing', async () => {
  const path = copied('neural-memory-4.62-multibrain.db');
  const before = traces(path);
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
  const c = await store.conditions?.(ACTIONS);
  expect(c).toMatchObject({ readOnly: null, blockers: [] });
  expect(store.maintenance).toBeUndefined();
  expect(traces(path)).toEqual(before);
});

it('the WAL-reset bug is warned of in the versions that have it, and only for write-ahead logs', () => {
  const warned = (version: string): boolean => versionRules(version, true).length > 0;
  expect(['3.7.0', '3.40.1', '3.44.5', '3.50.6', '3.51.2'].map(warned)).toEqual([true, true, true, true, true]);
  expect(['3.44.6', '3.50.7', '3.51.3', '3.53.2', '4.0.0'].map(warned)).toEqual([false, false, false, false, false]);
  expect(versionRules('3.40.1', false)).toEqual([]);
});
