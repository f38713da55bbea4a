/** What SQLite's result codes mean to the person who asked. Codes: https://sqlite.org/rescode.html */
import { InputError } from '../../quantity/index.ts';
import { StoreError, type Target } from '../../store/index.ts';
import { driverMissing } from './driver.ts';

/** True for an error that SQLite raised, whatever copy of the driver. */
export function isSqliteError(e: unknown): e is Error & { code: string } {
  return (
    e instanceof Error &&
    typeof (e as { code?: unknown }).code === 'string' &&
    /^SQLITE_/.test((e as { code: string } & Error).code)
  );
}

/** True when the pages themselves are damaged: the rest of the store may still be readable. */
export function isCorruption(e: unknown): boolean {
  return isSqliteError(e) && (e.code.startsWith('SQLITE_CORRUPT') || e.code.startsWith('SQLITE_IOERR'));
}

/** The error to throw in the place of the driver's own. Anything that is not SQLite's passes unchanged. */
export function translated(e: unknown, target: Target, waitedMs: number): unknown {
  if (!isSqliteError(e)) {
    const message = e instanceof Error ? e.message : '';
    return /bindings file|NODE_MODULE_VERSION|better_sqlite3\.node|invalid ELF/.test(message) ? driverMissing(e) : e;
  }
  const code = e.code;
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new StoreError(
      'store-locked',
      `${target}: another process holds the file exclusively; waited ${waitedMs / 1000} s`,
      'try again when it is done, or stop the process that holds it',
    );
  }
  if (code === 'SQLITE_NOTADB') {
    return new InputError('store-not-sqlite', `${target}: this is not a plain SQLite database, or it is encrypted`);
  }
  if (code === 'SQLITE_READONLY_ROLLBACK') {
    return new StoreError(
      'store-needs-recovery',
      `${target}: a writer was interrupted and left a hot journal; only a writer may roll it back`,
      'let the application that owns the store open it once',
    );
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) {
    return new StoreError(
      'store-wal-unreadable',
      `${target}: the file has a write-ahead log, and this role may not create or use the -shm file that reading it takes`,
      'run as the owner of the store, or copy the file together with its -wal to a directory of your own',
    );
  }
  if (isCorruption(e)) {
    return new StoreError(
      'store-corrupt',
      `${target}: the database is damaged (${e.message})`,
      'restore a backup, or salvage what is left with: sqlite3 FILE .recover',
    );
  }
  if (code.startsWith('SQLITE_PERM') || code.startsWith('SQLITE_AUTH')) {
    return new StoreError('store-permission', `${target}: this role may not read the file`);
  }
  return new StoreError('store-failed', `${target}: SQLite refused: ${e.message} (${code})`);
}
