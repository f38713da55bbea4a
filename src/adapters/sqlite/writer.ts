/** What the write side works with, and its transactions. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Match, SetProfile } from '../../profiles/index.ts';
import { StoreError, type Target } from '../../store/index.ts';
import type { Db, Driver } from './driver.ts';
import type { FileState } from './file-state.ts';
import type { SqliteCatalog } from './read-catalog.ts';
import { isSqliteError } from './sqlite-errors.ts';

export interface Writer {
  readonly Database: Driver;
  readonly db: Db;
  readonly target: Target;
  readonly state: FileState;
  readonly busyMs: number;
  /** Read afresh: an action may have changed the schema. */
  catalog(): SqliteCatalog;
  matches(): readonly Match[];
}

/** What the write side is asked before anything is written. */
export type Asked = Pick<Writer, 'db' | 'target' | 'catalog' | 'matches'>;

/** @throws StoreError when the store has no such set any more */
export function setOf(w: Asked, id: string): { readonly match: Match; readonly set: SetProfile } {
  for (const match of w.matches()) {
    const set = match.sets.find((s) => `${match.profile.id}:${s.table}` === id);
    if (set !== undefined) return { match, set };
  }
  throw new StoreError(
    'set-gone',
    `${w.target}: there are no rows "${id}" any more; make the plan again`,
    undefined,
    5,
  );
}

const SLICE_MS = 100;

/**
 * BEGIN IMMEDIATE: the write lock from the start, so that what is selected cannot change before it is removed. Waits in
 * slices, so that a signal is heard.
 * @returns false when the signal came first, and nothing was begun
 * @throws what SQLite says when somebody else writes for longer than the busy timeout
 */
export async function begin(w: Writer, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + w.busyMs;
  w.db.pragma(`busy_timeout = ${Math.min(SLICE_MS, Math.round(w.busyMs))}`);
  try {
    for (;;) {
      try {
        w.db.exec('BEGIN IMMEDIATE');
        return true;
      } catch (e) {
        if (!isSqliteError(e) || !e.code.startsWith('SQLITE_BUSY') || performance.now() > deadline) throw e;
      }
      await sleep(1);
      if (signal.aborted) return false;
    }
  } finally {
    w.db.pragma(`busy_timeout = ${Math.round(w.busyMs)}`);
  }
}

/** Ends quietly what is still open: after a failure, or when the caller went away. */
export function rollback(w: Writer): void {
  if (w.db.inTransaction) w.db.exec('ROLLBACK');
}

/** A pause that ends early when the signal comes. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms < 1 || signal.aborted) return;
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Lets the event loop run, so that a signal can arrive between two statements. */
export async function turn(): Promise<void> {
  await new Promise((done) => setImmediate(done));
}
