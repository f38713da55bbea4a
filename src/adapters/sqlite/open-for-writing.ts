/** Opening a file to change it: with the owner's journal mode, foreign keys enforced, and nothing changed by opening. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError, type Target } from '../../store/index.ts';
import type { Db, Driver } from './driver.ts';
import { fileState } from './file-state.ts';
import { guarded, type OpenFile } from './open-file.ts';

/**
 * Page cache of the connection, and the size at which its commits checkpoint the log. Twice the cache was measured to take a
 * little less work and that much more memory; what falls out of it is in the system's.
 */
const CACHE_BYTES = 32 * 2 ** 20;
const LOG_BYTES = 64 * 2 ** 20;

export function openForWriting(Database: Driver, target: Target, busyMs: number): OpenFile {
  const state = fileState(target);
  const readOnly = whyReadOnly(state.path);
  if (readOnly !== null) {
    throw new StoreError(
      'store-read-only',
      `${target}: nothing can be written here: ${readOnly}`,
      'run as the owner of the store, or on the machine that has it mounted for writing',
    );
  }
  refuseLinked(state.path, target);
  const db = guarded(target, busyMs, () =>
    prepared(new Database(state.path, { fileMustExist: true, timeout: busyMs }), busyMs, state.pageSize),
  );
  return { db, state, consistent: state.wal, notes: [] };
}

/** In one clause; null where file and directory can be written. The directory must take the journal or the log. */
export function whyReadOnly(path: string): string | null {
  for (const [what, place] of [
    ['the file', path],
    ['its directory, which must take the journal,', dirname(realpathSync(path))],
  ] as const) {
    try {
      accessSync(place, constants.W_OK);
    } catch (e) {
      const code = (e as NodeJS.ErrnoException).code;
      return code === 'EROFS' ? `${what} is on a read-only file system` : `${what} is read-only for this role`;
    }
  }
  return null;
}

/**
 * In one clause; null for a file with one name. Journal, log and our lock stand beside the name that was used, so two processes
 * that use two names do not see each other's: https://sqlite.org/howtocorrupt.html#multiple_links_to_same_file
 */
export function whyLinked(path: string): string | null {
  const names = statSync(path).nlink;
  if (names < 2) return null;
  return `the file has ${names} names (hard links), and a lock or journal beside one of them is not seen through the others`;
}

/** @throws StoreError exit 5 */
export function refuseLinked(path: string, target: Target): void {
  const linked = whyLinked(path);
  if (linked === null) return;
  throw new StoreError(
    'store-linked',
    `${target}: ${linked}; nothing was changed`,
    'remove the other names, or make copies of them',
    5,
  );
}

/** Triggers may call functions of the application, so the schema is trusted; functions that nobody gave are refused by name. */
function prepared(db: Db, busyMs: number, pageSize: number): Db {
  try {
    db.pragma(`busy_timeout = ${Math.round(busyMs)}`);
    db.pragma('foreign_keys = ON');
    // A batch touches index pages all over the file: checkpointed together, each is written into it once.
    db.pragma(`cache_size = -${CACHE_BYTES / 1024}`);
    db.pragma(`wal_autocheckpoint = ${Math.max(1000, Math.round(LOG_BYTES / pageSize))}`);
    // The driver compiles it on; an application's SQLite has it off, and triggers must do here what they do there.
    db.pragma('recursive_triggers = OFF');
    db.prepare('SELECT count(*) FROM sqlite_master').get();
    return db;
  } catch (e) {
    db.close();
    throw e;
  }
}
