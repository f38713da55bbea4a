/** The demo store holds what its own report says, and overwrites nobody's file. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { View } from '../../../src/cli/command.ts';
import { action, type DemoReport } from '../../../src/cli/memctl/demo.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { performed, purgeOf, reclaimOf } from '../../adapters/sqlite/maintained.ts';
import { connect, directory, failure, made, snapshot, traces } from '../../adapters/sqlite/temporary-store.ts';
import { cpuTime } from '../../cpu-time.ts';

// Its expiry is judged by the machine's clock when it is purged, so it is made for now.
const NOW = new Date();

function runtimeIn(cwd: string): Runtime {
  const none = { write: (): void => undefined, isTTY: false, columns: undefined };
  const { signal } = new AbortController();
  return { argv: [], env: {}, now: NOW, stdout: none, stderr: none, cwd, signal, interrupted: undefined };
}

const view = (format: View['format'], columns = 80): View => ({
  format,
  columns,
  color: false,
  explain: false,
  quiet: false,
  verbose: false,
  now: NOW,
});

async function demo(cwd: string, ...args: string[]): Promise<{ report: DemoReport; text: string }> {
  const outcome = await action.execute(
    args.filter((a) => a !== '--force'),
    { force: args.includes('--force') },
    runtimeIn(cwd),
  );
  return {
    report: JSON.parse(await outcome.render(view('json'))) as DemoReport,
    text: await outcome.render(view('table', 120)),
  };
}

it('is small, quick, and what it says', async () => {
  const dir = directory();
  const started = cpuTime();
  const { report, text } = await demo(dir);
  expect(cpuTime() - started).toBeLessThan(5000);
  const path = join(dir, 'memctl-demo.db');
  expect(readdirSync(dir).sort()).toEqual(['memctl-demo.db', 'memctl-demo.db-wal']);
  expect(report.store.bytes).toBeLessThan(25_000_000);
  expect(report.store.logBytes).toBeGreaterThan(100_000);
  const s = await snapshot(path, { now: NOW });
  expect(s.profiles.map((p) => p.id).sort()).toEqual(['mcp-memory-service', 'mneme']);
  const entries = s.memorySets.find((m) => m.id === 'mneme:entries');
  expect(entries).toMatchObject({ rows: report.store.entries, ttl: { expired: report.store.expired } });
  expect(entries?.namespaces?.top[0]).toEqual({ ...report.store.hot });
  expect(entries?.overQuota).toEqual([report.store.overQuota]);
  const memories = s.memorySets.find((m) => m.id === 'mcp-memory-service:memories');
  expect(memories).toMatchObject({
    rows: report.store.memories,
    softDeleted: report.store.softDeleted,
    orphans: [{ rows: report.store.orphans }],
  });
  expect(s.storage.freeBytes).toBe(report.store.freeBytes);
  for (const figure of [
    report.store.expired,
    report.store.exactDuplicates,
    report.store.nearDuplicates,
    report.store.orphans,
  ])
    expect(figure).toBeGreaterThan(50);
  expect(report.store.vectors).toBeLessThan(0.6 * report.store.vectorSlots);
  expect(text).toContain('memctl vacuum sqlite:./memctl-demo.db --dry-run');
});

it('is the same each time but for its dates', async () => {
  const [a, b] = [await demo(directory()), await demo(directory())];
  const { path: _a, ...first } = a.report.store;
  const { path: _b, ...second } = b.report.store;
  expect(second).toEqual(first);
});

it('can be purged and packed', async () => {
  const dir = directory();
  const { report } = await demo(dir, 'x.db');
  const path = join(dir, 'x.db');
  expect((await performed(path, purgeOf('expired', 'mneme:entries'))).rows).toBe(report.store.expired);
  expect(
    (await performed(path, purgeOf('orphans', 'mcp-memory-service:memories', { dependent: 'memory_embeddings' }))).rows,
  ).toBe(report.store.orphans);
  await performed(path, reclaimOf('vec0-rebuild', 'vec0:memory_embeddings'));
  const done = await performed(path, reclaimOf('full-vacuum', 'freelist:free pages'));
  expect(done.last).toMatchObject({ state: 'finished' });
  const s = await snapshot(path);
  expect(s.storage.totalBytes).toBeLessThan((report.store.bytes + report.store.logBytes) * 0.7);
});

it('writes over a demo store, and over nothing else without --force', async () => {
  const dir = directory();
  await demo(dir, 'again.db');
  await demo(dir, 'again.db');
  const own = made('CREATE TABLE mine(x)', 'mine.db');
  const before = traces(own);
  const e = await failure(() => demo(dir, own));
  expect(e).toMatchObject({ kind: 'input-error', code: 'demo-exists' });
  expect(traces(own)).toEqual(before);
  writeFileSync(join(dir, 'notes.txt'), 'mine');
  expect(await failure(() => demo(dir, 'notes.txt'))).toMatchObject({ code: 'demo-exists' });
  expect(await failure(() => demo(dir, '.'))).toMatchObject({ code: 'demo-place' });
  expect(await failure(() => demo(dir, 'absent/x.db'))).toMatchObject({ code: 'demo-place' });
  await demo(dir, own, '--force');
  expect(connect(own).pragma('application_id', { simple: true })).toBe(0x6d63746c);
  expect(existsSync(join(dir, 'absent'))).toBe(false);
});
