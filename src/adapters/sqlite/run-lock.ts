/**
 * One run at a time per store file, across processes. The lock is SQLite's own RESERVED lock on a tiny database beside
 * the store, so the system releases it whatever becomes of the process, and who holds it can still be read. The name of
 * the holder is committed first, then the lock is taken for good; whoever then finds another name inside has lost.
 *
 * The file is removed at the end. Somebody may have opened it just before, and would then hold a lock on a file that
 * nobody else sees: so a lock counts only once the file at the path, opened afresh, shows the holder's own name. What
 * is written is one page (a view in the schema), so a kill in between leaves the old name or the new one.
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunLock, StoreError, type Target } from '../../store/index.ts';
import { type Db, type Driver, literal, one } from './driver.ts';
import { isSqliteError } from './sqlite-errors.ts';

const ATTEMPTS = 40;
const STEP_MS = 10;
/** How often a held lock is checked to be still the one at the path. */
const WATCH_MS = 5_000;

interface Holder {
  readonly run: string;
  readonly pid: number;
  readonly host: string;
  readonly since: string;
  readonly nonce: string;
}

export const lockPath = (store: string): string => `${store}-memctl-lock`;

/** @returns null when another run holds it */
export async function takeLock(Database: Driver, store: string, run: string, target: Target): Promise<RunLock | null> {
  const path = lockPath(store);
  const nonce = randomBytes(12).toString('hex');
  const me: Holder = { run, pid: process.pid, host: hostname(), since: new Date().toISOString(), nonce };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const db = opened(Database, path, target);
    const outcome = db === null ? 'lost' : attempted(db, me, Database, path);
    if (outcome === 'mine') return held(db as Db, Database, path, nonce);
    db?.close();
    if (outcome === 'held') return null;
    // Lost a race: the jitter decides who comes first next time.
    await sleep(STEP_MS * (0.5 + randomBytes(1).readUInt8() / 128));
  }
  return null;
}

/** Opens or makes the lock file; null when it went away meanwhile. One that a crash left half-written is made anew. */
function opened(Database: Driver, path: string, target: Target): Db | null {
  try {
    const db = new Database(path, { timeout: 0 });
    try {
      db.pragma('journal_mode = MEMORY');
      db.pragma('synchronous = OFF');
      db.prepare('SELECT count(*) FROM sqlite_master').get();
      return db;
    } catch (e) {
      db.close();
      if (isSqliteError(e) && (e.code === 'SQLITE_NOTADB' || e.code.startsWith('SQLITE_CORRUPT'))) rmSync(path);
      else if (!busy(e)) throw e;
      return null;
    }
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new StoreError(
      'lock-unavailable',
      `${target}: the lock file ${path} cannot be made (${e instanceof Error ? e.message : String(e)})`,
      'the directory of the store must be writable',
    );
  }
}

/** `held`: someone has it for good. `lost`: someone else is taking it, or the file was replaced. */
function attempted(db: Db, me: Holder, Database: Driver, path: string): 'mine' | 'held' | 'lost' {
  try {
    db.exec('BEGIN IMMEDIATE');
  } catch (e) {
    if (!busy(e)) throw e;
    // Between its two transactions a taker is not yet a holder; a name alone proves nothing, so ask again.
    return holderOf(db)?.nonce === undefined ? 'lost' : lastsLonger(db);
  }
  try {
    const info = JSON.stringify(me);
    db.exec(`DROP VIEW IF EXISTS holder; CREATE VIEW holder AS SELECT ${literal(info)} AS info; COMMIT`);
    db.exec('BEGIN IMMEDIATE');
    if (holderOf(db)?.nonce !== me.nonce) return 'lost';
    return shownAt(Database, path) === me.nonce ? 'mine' : 'lost';
  } catch (e) {
    if (!busy(e)) throw e;
    return 'lost';
  }
}

/** A taker writes its name in well under these milliseconds; whoever is still there after them holds the lock. */
function lastsLonger(db: Db): 'held' | 'lost' {
  const deadline = performance.now() + 60;
  for (;;) {
    try {
      db.exec('BEGIN IMMEDIATE');
      db.exec('ROLLBACK');
      return 'lost';
    } catch (e) {
      if (!busy(e)) throw e;
      if (performance.now() > deadline) return 'held';
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function held(db: Db, Database: Driver, path: string, nonce: string): RunLock {
  const lost = new AbortController();
  const watch = setInterval(() => {
    if (shownAt(Database, path) !== nonce) lost.abort(new Error(`the lock file ${path} was replaced`));
  }, WATCH_MS);
  watch.unref();
  let released = false;
  return {
    lost: lost.signal,
    release: async (): Promise<void> => {
      if (released) return;
      released = true;
      clearInterval(watch);
      // Removed while it is held, and only if it is still ours: nobody can take this file for a lock any more.
      if (shownAt(Database, path) === nonce) rmSync(path, { force: true });
      db.close();
    },
  };
}

/** The nonce that the file at the path shows, read through a connection of its own; undefined without one. */
function shownAt(Database: Driver, path: string): string | undefined {
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 50 });
    try {
      return holderOf(db)?.nonce;
    } finally {
      db.close();
    }
  } catch {
    return undefined;
  }
}

function holderOf(db: Db): Holder | undefined {
  try {
    return JSON.parse(String(one(db, 'SELECT info FROM holder')['info'])) as Holder;
  } catch {
    return undefined;
  }
}

/** Who holds the lock now, in words; null when nobody does. */
export function lockHolder(Database: Driver, store: string): string | null {
  let db: Db;
  try {
    db = new Database(lockPath(store), { fileMustExist: true, timeout: 0 });
  } catch {
    return null;
  }
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
    return null;
  } catch (e) {
    const holder = holderOf(db);
    if (!busy(e)) return null;
    return holder === undefined
      ? 'another run'
      : `run ${holder.run}, process ${holder.pid} on ${holder.host}, since ${holder.since}`;
  } finally {
    db.close();
  }
}

function busy(e: unknown): boolean {
  return (
    isSqliteError(e) &&
    (e.code.startsWith('SQLITE_BUSY') ||
      e.code.startsWith('SQLITE_LOCKED') ||
      e.code.startsWith('SQLITE_READONLY_DBMOVED'))
  );
}
