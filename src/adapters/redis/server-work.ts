/** What the server does by itself and is only asked to do now: expiring keys that are due, defragmenting its memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type PerformContext, type StepEvent, StoreError } from '../../store/index.ts';
import { pause, usedMemory } from './batches.ts';
import { numberIn } from './info.ts';
import { OWN_PREFIX } from './key-names.ts';
import type { RedisSession } from './session.ts';

const SWEEP_COUNT = 500;

/**
 * Looks at every key of the database once, so that those whose time is over go. The server does the same at its own pace;
 * `rows` is how far expired_keys moved, which counts what it did meanwhile as well.
 */
export async function* sweepExpired(session: RedisSession, context: PerformContext): AsyncGenerator<StepEvent> {
  await session.refresh();
  const count = (): number => session.nodes.reduce((n, node) => n + (numberIn(node.info, 'expired_keys') ?? 0), 0);
  const keys = session.nodes.reduce((n, node) => n + node.info.keys, 0);
  if (session.nodes.every((n) => n.info.expires === 0)) {
    yield { state: 'skipped', why: 'no key carries a TTL' };
    return;
  }
  const [before, bytesBefore] = [count(), await usedMemory(session)];
  let [looked, reported, stopped] = [0, 0, false];
  for (const node of session.nodes) {
    let cursor = '0';
    do {
      if (context.signal.aborted) {
        stopped = true;
        break;
      }
      const began = performance.now();
      const [next, names] = (await node.call('SCAN', cursor, 'COUNT', SWEEP_COUNT)) as [string, string[]];
      cursor = next;
      looked += names.filter((n) => !n.startsWith(OWN_PREFIX)).length;
      if (looked - reported >= 10_000) {
        reported = looked;
        yield { state: 'progress', message: 'looking at keys', done: looked, total: keys };
      }
      await pause(session, context, (performance.now() - began) / 1000);
    } while (cursor !== '0');
  }
  const bytesAfter = await usedMemory(session);
  const rows = Math.max(0, count() - before);
  const verified = `expired_keys moved by ${rows}; ${looked} live keys were seen`;
  yield { state: 'finished', rows, bytesBefore, bytesAfter, verified, stopped };
}

/** Looks a second at a time whether the allocator still gives memory back. */
const LOOK_MS = 1_000;
/** Seconds without progress after which it has settled. */
const SETTLED_AFTER = 10;

/** Only as an action of a plan: the setting is switched on, and put back as it was however this ends. */
export async function* activeDefrag(session: RedisSession, context: PerformContext): AsyncGenerator<StepEvent> {
  const was = await Promise.all(
    session.nodes.map(async (n) => (await n.call('CONFIG', 'GET', 'activedefrag')) as string[]),
  );
  const rss = (): number => session.nodes.reduce((n, node) => n + (numberIn(node.info, 'used_memory_rss') ?? 0), 0);
  await session.refresh();
  const bytesBefore = rss();
  let stopped = false;
  try {
    for (const [i, node] of session.nodes.entries()) {
      if (was[i]?.[1] === 'yes') continue;
      const refused = (e: Error): boolean => /DISABLED|cannot be enabled|unsupported/i.test(e.message);
      if ((await node.attempt(refused, 'CONFIG', 'SET', 'activedefrag', 'yes')) === undefined) {
        yield {
          state: 'skipped',
          why: 'this server was built without the allocator that can defragment; a restart gives the memory back',
        };
        return;
      }
    }
    let [best, quiet] = [bytesBefore, 0];
    while (quiet < SETTLED_AFTER) {
      await sleep(LOOK_MS, undefined, { signal: context.signal }).catch(() => undefined);
      if (context.signal.aborted) {
        stopped = true;
        break;
      }
      await session.refresh();
      const running = session.nodes.some((n) => (numberIn(n.info, 'active_defrag_running') ?? 0) > 0);
      quiet = running && rss() < best ? 0 : quiet + 1;
      best = Math.min(best, rss());
      yield {
        state: 'progress',
        message: 'the server defragments',
        done: Math.max(0, bytesBefore - best),
        total: null,
      };
    }
  } finally {
    for (const [i, node] of session.nodes.entries()) {
      const value = was[i]?.[1];
      if (value !== undefined && value !== 'yes')
        await node.attempt(() => true, 'CONFIG', 'SET', 'activedefrag', value);
    }
  }
  await session.refresh();
  yield { state: 'finished', rows: 0, bytesBefore, bytesAfter: rss(), verified: 'activedefrag is as it was', stopped };
}

/** @throws StoreError where one step would have to change keys that live in different slots */
export function refuseAcrossSlots(session: RedisSession, prefix: string): void {
  if (!session.address.cluster || /\{[^}]+\}/.test(prefix)) return;
  throw new StoreError(
    'store-cross-slot',
    `${session.target}: the keys of one entry lie in different slots of the cluster, where no step can remove them together`,
    'a prefix in braces, {mneme}, keeps them in one slot; without it, let the application remove them',
    5,
  );
}
