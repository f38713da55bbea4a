/**
 * Opening a file that belongs to someone else without leaving a trace on it. Three ways, told apart beforehand:
 *
 * - rollback journal: opened read-only; nothing is created, and locks are held for one statement at a time, so that
 *   a writer waits at most that long;
 * - write-ahead log in use (its -wal is there): opened read-only; SQLite itself keeps read marks in the -shm, which
 *   is its lock table and holds no data, and writes neither the file nor the -wal;
 * - write-ahead log at rest (no -wal): even a read-only open would create -wal and -shm and leave them behind, owned by
 *   whoever read. So the file is read into memory and opened there. Above `PRIVATE_COPY_LIMIT` that takes too much
 *   memory, and the ordinary way is taken and said.
 */
import { readFileSync, statSync } from 'node:fs';
import type { Note, Target } from '../../store/index.ts';
import type { Db, Driver } from './driver.ts';
import { type FileState, fileState, ioError } from './file-state.ts';
import { translated } from './sqlite-errors.ts';

/** A quarter GiB in memory is nothing to a machine that holds such a store; more would surprise. */
export const PRIVATE_COPY_LIMIT: number = 256 * 2 ** 20;

/** How long an owner's commit or checkpoint may reasonably take. */
export const BUSY_TIMEOUT_MS = 5_000;

export interface OpenFile {
  readonly db: Db;
  readonly state: FileState;
  /** True when one transaction may span the whole snapshot without holding up a writer. */
  readonly consistent: boolean;
  readonly notes: readonly Note[];
}

export function openFile(
  Database: Driver,
  target: Target,
  busyMs: number,
  limit: number = PRIVATE_COPY_LIMIT,
): OpenFile {
  const state = fileState(target);
  const atRest = state.wal && (state.walBytes === null || (state.walBytes === 0 && !state.shm));
  if (atRest && state.bytes <= limit) {
    const copy = privateCopy(state, target);
    if (copy !== undefined) {
      const db = guarded(target, busyMs, () => prepared(new Database(copy, { readonly: true })));
      return { db, state, consistent: true, notes: [] };
    }
  }
  const db = guarded(target, busyMs, () =>
    prepared(new Database(state.path, { readonly: true, fileMustExist: true, timeout: busyMs })),
  );
  const notes: Note[] =
    atRest && state.bytes > limit
      ? [
          {
            code: 'side-files-created',
            level: 'info',
            message:
              'SQLite created empty -wal and -shm files beside the store, as any reader of a write-ahead-log file does',
          },
        ]
      : [];
  return { db, state, consistent: state.wal, notes };
}

/** The bytes of a file at rest, marked as rollback-journal so that they open in memory; undefined if it woke up meanwhile. */
function privateCopy(state: FileState, target: Target): Buffer | undefined {
  try {
    const copy = readFileSync(state.path);
    const after = statSync(state.path);
    const woke = (statSync(`${state.path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
    if (woke || copy.length !== after.size || after.mtimeMs !== state.modifiedMs) return undefined;
    copy[18] = 1;
    copy[19] = 1;
    return copy;
  } catch (e) {
    throw ioError(e, target);
  }
}

/** Nothing of the schema may run code of its own, and a slip of ours must not write. The first read shows any trouble. */
function prepared(db: Db): Db {
  try {
    db.pragma('query_only = 1');
    db.pragma('trusted_schema = 0');
    db.prepare('SELECT count(*) FROM sqlite_master').get();
    return db;
  } catch (e) {
    db.close();
    throw e;
  }
}

/** Runs what touches the database; SQLite's errors leave as sentences. */
export function guarded<T>(target: Target, busyMs: number, run: () => T): T {
  try {
    return run();
  } catch (e) {
    throw translated(e, target, busyMs);
  }
}
