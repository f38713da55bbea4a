/** A process that takes and releases the lock of a store as it is told; run by run-lock.test.ts. */
import { mkdirSync, rmdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../../src/adapters/index.ts';
import { type RunLock, Target } from '../../../src/store/index.ts';

const [path = '', run = '', mode] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function storm(): Promise<void> {
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'write' });
  const until = performance.now() + 4000;
  let taken = 0;
  let clashes = 0;
  while (performance.now() < until) {
    const lock = await store.maintenance?.lock(run);
    if (lock == null) continue;
    taken++;
    try {
      // Only one can make the directory: a second holder would be seen here.
      mkdirSync(`${path}-held`);
      await sleep(2);
      rmdirSync(`${path}-held`);
    } catch {
      clashes++;
    }
    await lock.release();
  }
  say(JSON.stringify({ taken, clashes }));
}

async function obedient(): Promise<void> {
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'write' });
  let lock: RunLock | null = null;
  say('ready');
  for await (const command of createInterface({ input: process.stdin })) {
    if (command === 'take') {
      lock = (await store.maintenance?.lock(run)) ?? null;
      say(lock === null ? 'taken' : 'mine');
    } else {
      await lock?.release();
      lock = null;
      say('free');
    }
  }
}

async function stranger(): Promise<void> {
  process.setgid?.(65_534);
  process.setuid?.(65_534);
  try {
    await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'write' });
    say(store.identity.name);
  } catch (e) {
    say((e as { code: string }).code);
  }
}

await (mode === 'storm' ? storm() : mode === 'stranger' ? stranger() : obedient());
