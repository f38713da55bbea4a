/** Batches of a run: prepared, written down by the caller, carried out by one script, then a pause in proportion. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type PerformContext, type RemovedRow, type StepEvent, StoreError } from '../../store/index.ts';
import { numberIn, replicasOf, storeMemory } from './info.ts';
import { LOCK_KEY } from './run-lock.ts';
import { LOST } from './scripts.ts';
import type { RedisSession } from './session.ts';

/** Entries of a batch: the script that removes them holds the server up for about 2 ms. */
export const BATCH_ROWS = 100;

export interface Batch {
  readonly rows: number;
  readonly dependents: number;
  readonly token: string;
  readonly removed?: readonly RemovedRow[];
  /** Carries it out; returns the rows that really went. */
  readonly commit: () => Promise<number>;
}

export interface Work {
  readonly session: RedisSession;
  readonly context: PerformContext;
  /** What is worked on, for the progress line. */
  readonly title: string;
  readonly total: number | null;
  /** The next batch of at most so many rows; null when there is nothing left. */
  readonly next: (limit: number) => Promise<Batch | null>;
}

export interface Tally {
  rows: number;
  batch: number;
  stopped: boolean;
}

/** @throws StoreError when the server refuses, or the lock was lost */
export async function* carriedOut(work: Work, tally: Tally): AsyncGenerator<StepEvent> {
  const { session, context } = work;
  // Rows that change under our hands are left alone; twice nothing in a row means that nothing is left to do.
  let idle = 0;
  while (idle < 2) {
    if (context.signal.aborted) {
      tally.stopped = true;
      return;
    }
    const left = context.maxRows - tally.rows;
    if (left <= 0) return;
    const began = performance.now();
    const batch = await work.next(Math.min(context.batchRows ?? BATCH_ROWS, left));
    if (batch === null) return;
    tally.batch++;
    const { rows, dependents, token, removed } = batch;
    yield {
      state: 'prepared',
      batch: tally.batch,
      rows,
      dependents,
      token,
      ...(removed === undefined ? {} : { removed }),
    };
    const went = await batch.commit();
    idle = went === 0 ? idle + 1 : 0;
    tally.rows += went;
    const seconds = (performance.now() - began) / 1000;
    yield { state: 'committed', batch: tally.batch, rows: went, seconds };
    yield { state: 'progress', message: work.title, done: tally.rows, total: work.total };
    await pause(session, context, seconds);
  }
}

/** Waits in proportion to the batch, and as long as a replica lags too far behind. */
export async function pause(session: RedisSession, context: PerformContext, seconds: number): Promise<void> {
  const { pace, signal } = context;
  const quietly = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  };
  await quietly(1000 * seconds * pace.pauseRatio);
  while (!signal.aborted) {
    if (session.nodes.every((n) => replicasOf(n.info).length === 0)) return;
    await session.refresh();
    const lags = session.nodes.flatMap((n) => replicasOf(n.info).map((r) => r.lag ?? 0));
    if (Math.max(0, ...lags) <= pace.maxReplicaLagSeconds) return;
    await quietly(1000);
  }
}

/** Runs one of the scripts behind the fence of the lock. @param keys without the lock's */
export async function scripted(
  session: RedisSession,
  lock: string | undefined,
  script: string,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  // In a cluster the lock lives in a slot of its own, where no script of another slot can look.
  const fenced = lock !== undefined && !session.address.cluster;
  const first = fenced ? LOCK_KEY : (keys[0] as string);
  try {
    return await session.call('EVAL', script, keys.length + 1, first, ...keys, fenced ? lock : '', ...args);
  } catch (e) {
    if (e instanceof Error && e.message.includes(LOST)) {
      throw new StoreError(
        'store-lock-lost',
        `${session.target}: the lock of the run is gone; nothing was removed since`,
        'run it again; what was done before is in the ledger',
        5,
      );
    }
    throw e;
  }
}

/** How long memory that UNLINK gave to the background may take to come free. */
const FREEING_MS = 2_000;

/** Bytes of the store, once what was unlinked is free; null where the server does not tell. */
export async function usedMemory(session: RedisSession): Promise<number | null> {
  const until = performance.now() + FREEING_MS;
  do {
    await session.refresh();
    if (session.nodes.every((n) => (numberIn(n.info, 'lazyfree_pending_objects') ?? 0) === 0)) break;
    await sleep(20);
  } while (performance.now() < until);
  return session.nodes.reduce<number | null>((a, n) => {
    const used = storeMemory(n.info);
    return a === null || used === null ? null : a + used;
  }, 0);
}
