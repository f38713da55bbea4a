/**
 * One run at a time: a key that only its owner extends and deletes, and that goes by itself when the owner dies.
 * https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/
 */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type RunLock, StoreError } from '../../store/index.ts';
import { EXTEND, RELEASE } from './scripts.ts';
import type { RedisSession } from './session.ts';

export const LOCK_KEY = 'memctl:lock';
/** How long a dead owner's lock stands, and how often a living one extends it. */
const HELD_MS = 30_000;
const HEARTBEAT_MS = 10_000;

export interface HeldLock extends RunLock {
  /** The key's value while it is ours. */
  readonly token: string;
}

export async function takeLock(session: RedisSession, run: string): Promise<HeldLock | null> {
  const token = JSON.stringify({
    run,
    host: hostname(),
    pid: process.pid,
    since: await session.time(),
    id: randomUUID(),
  });
  if ((await session.call('SET', LOCK_KEY, token, 'NX', 'PX', HELD_MS)) !== 'OK') return null;
  const lost = new AbortController();
  const lose = (why: string): void => {
    clearInterval(timer);
    lost.abort(
      new StoreError('store-lock-lost', `${session.target}: ${why}`, 'run it again; what was done is in the ledger', 5),
    );
  };
  let answered = Date.now();
  const timer = setInterval(() => {
    if (Date.now() - answered > HELD_MS) {
      lose('the server did not answer for so long that the lock of the run has ended');
      return;
    }
    session.call('EVAL', EXTEND, 1, LOCK_KEY, token, HELD_MS).then(
      (extended) => {
        answered = Date.now();
        if (Number(extended) !== 1) lose('another run took over the lock');
      },
      () => lose('the connection was lost, and with it the lock of the run'),
    );
  }, HEARTBEAT_MS);
  timer.unref();
  session.lost.addEventListener('abort', () => lose('the connection was lost, and with it the lock of the run'), {
    once: true,
  });
  return {
    token,
    lost: lost.signal,
    release: async () => {
      clearInterval(timer);
      if (session.lost.aborted) return;
      try {
        await session.call('EVAL', RELEASE, 1, LOCK_KEY, token);
      } catch (e) {
        // Without the connection the key goes by itself.
        if (!session.lost.aborted) throw e;
      }
    },
  };
}

/** "run r-1 on host (pid 12) since …; if it was killed, its lock ends by itself in 21 s"; null when nobody holds it. */
export async function lockHolder(session: RedisSession): Promise<string | null> {
  const text = await session.call('GET', LOCK_KEY);
  const left = Number(await session.call('PTTL', LOCK_KEY));
  if (typeof text !== 'string') return null;
  try {
    const { run, host, pid, since } = JSON.parse(text) as Record<string, unknown>;
    const ends = left < 0 ? '' : `; if it was killed, its lock ends by itself in ${Math.ceil(left / 1000)} s`;
    return `run ${String(run)} on ${String(host)} (pid ${String(pid)}) since ${new Date(Number(since)).toISOString()}${ends}`;
  } catch {
    return `whoever set the key ${LOCK_KEY}`;
  }
}
