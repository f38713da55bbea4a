/** One run at a time: raced by processes, released by the system on a kill, and nothing left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { lockPath } from '../../../src/adapters/sqlite/run-lock.ts';
import { withMaintenance } from './maintained.ts';
import { directory, failure, made } from './temporary-store.ts';

const script = fileURLToPath(new URL('./lock-contender.ts', import.meta.url));

function contender(...args: string[]): { process: ChildProcess; line: () => Promise<string> } {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = '';
  child.stdout.on('data', (d: Buffer) => {
    const parts = `${rest}${d.toString()}`.split('\n');
    rest = parts.pop() as string;
    for (const p of parts) {
      const next = waiting.shift();
      if (next === undefined) lines.push(p);
      else next(p);
    }
  });
  const line = (): Promise<string> =>
    lines.length > 0 ? Promise.resolve(lines.shift() as string) : new Promise((done) => waiting.push(done));
  return { process: child, line };
}

it('two processes race 20 times: never both, and each time one', async () => {
  const path = made('CREATE TABLE t(x)');
  const two = [contender(path, 'a'), contender(path, 'b')];
  for (const c of two) expect(await c.line()).toBe('ready');
  for (let round = 0; round < 20; round++) {
    for (const c of two) c.process.stdin?.write('take\n');
    const outcomes = await Promise.all(two.map((c) => c.line()));
    expect(
      outcomes.filter((o) => o === 'mine'),
      `round ${round}: ${outcomes.join(', ')}`,
    ).toHaveLength(1);
    for (const c of two) c.process.stdin?.write('release\n');
    await Promise.all(two.map((c) => c.line()));
    expect(existsSync(lockPath(path))).toBe(false);
  }
  const ended = two.map((c) => once(c.process, 'exit'));
  for (const c of two) c.process.stdin?.end();
  await Promise.all(ended);
  expect(readdirSync(dirname(path))).toEqual(['store.db']);
});

it('takers and releasers at full speed never hold it together', async () => {
  const path = made('CREATE TABLE t(x)');
  const three = ['a', 'b', 'c'].map((n) => contender(path, n, 'storm'));
  const ended = three.map((c) => once(c.process, 'exit'));
  const results = await Promise.all(three.map((c) => c.line()));
  await Promise.all(ended);
  const parsed = results.map((r) => JSON.parse(r) as { taken: number; clashes: number });
  expect(parsed.reduce((a, r) => a + r.clashes, 0)).toBe(0);
  expect(parsed.reduce((a, r) => a + r.taken, 0)).toBeGreaterThan(20);
  expect(existsSync(lockPath(path))).toBe(false);
});

it('who holds it can be read; a kill releases it; the next run cleans up', async () => {
  const path = made('PRAGMA journal_mode = WAL; CREATE TABLE t(x)');
  const c = contender(path, 'night-7');
  await c.line();
  c.process.stdin?.write('take\n');
  expect(await c.line()).toBe('mine');
  await withMaintenance(path, async (m) => {
    expect(await m.lock('mine')).toBe(null);
    expect(await m.lockHolder()).toMatch(new RegExp(`^run night-7, process ${c.process.pid} on \\S+, since 20`));
  });
  const ended = once(c.process, 'exit');
  c.process.kill('SIGKILL');
  await ended;
  await withMaintenance(path, async (m) => {
    expect(await m.lockHolder()).toBe(null);
    const lock = await m.lock('next');
    expect(lock?.lost.aborted).toBe(false);
    expect(await m.lock('again')).toBe(null);
    await lock?.release();
    await lock?.release();
    expect(await m.lockHolder()).toBe(null);
  });
  expect(readdirSync(dirname(path))).toEqual(['store.db']);
});

it('a store reached through a symbolic link has the same lock', async () => {
  const path = made('CREATE TABLE t(x)');
  const link = join(directory(), 'link.db');
  symlinkSync(path, link);
  const [held, none] = await withMaintenance(path, async (m) => {
    const lock = await m.lock('one');
    const other = await withMaintenance(link, (n) => n.lock('two'));
    await lock?.release();
    return [lock, other];
  });
  expect(held).not.toBe(null);
  expect(none).toBe(null);
});

it('a lock file that a crash left torn is made anew', async () => {
  const path = made('CREATE TABLE t(x)');
  writeFileSync(lockPath(path), 'no database at all, and longer than a header has to be '.repeat(20));
  const taken = await withMaintenance(path, async (m) => {
    const lock = await m.lock('r');
    await lock?.release();
    return lock !== null;
  });
  expect(taken).toBe(true);
});

it('a file or directory that is read-only is refused when it is opened', async () => {
  const path = made('CREATE TABLE t(x)');
  if (process.getuid?.() === 0) {
    // Root may write everything: the script drops its rights first.
    chmodSync(dirname(path), 0o755);
    chmodSync(path, 0o444);
    const c = contender(path, 'x', 'stranger');
    const ended = once(c.process, 'exit');
    expect(await c.line()).toBe('store-read-only');
    await ended;
    return;
  }
  chmodSync(path, 0o444);
  expect(await failure(() => withMaintenance(path, async () => undefined))).toMatchObject({
    code: 'store-read-only',
    exit: 4,
  });
});
