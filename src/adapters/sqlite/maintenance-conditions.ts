/** What the guard must know of a SQLite store before it is changed; read only, also where the store is open for writing. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Action, Blocker, Conditions, VersionRule } from '../../store/index.ts';
import { type Db, one } from './driver.ts';
import { goesAlong } from './hanging.ts';
import { whyLinked, whyReadOnly } from './open-for-writing.ts';
import { isSqliteError } from './sqlite-errors.ts';
import { lockHolders } from './who-holds.ts';
import type { Asked } from './writer.ts';

export interface ConditionsSource {
  readonly db: Db;
  readonly path: string;
  readonly wal: boolean;
  /** True when the connection may take the write lock for a moment, to see whether it is free. */
  readonly mayWrite: boolean;
  /** Looked up in the catalog: what a purge takes along. */
  readonly asked: Asked;
}

export function sqliteConditions(source: ConditionsSource, actions: readonly Action[]): Conditions {
  const { path } = source;
  const disk = freeDisk(path);
  const along = goesAlong(source.asked, actions);
  return {
    readOnly: whyReadOnly(path) ?? whyLinked(path),
    pooled: null,
    ...disk,
    blockers: blockers(source),
    invalidIndexes: [],
    versionRules: versionRules(String(one(source.db, 'SELECT sqlite_version() AS v')['v']), source.wal),
    // A file has no roles: who can read it sees every row.
    visibility: [...new Set(actions.map((a) => ('set' in a ? a.set : a.structure)))].map((subject) => ({
      subject,
      complete: true,
    })),
    replicaLagSeconds: null,
    hanging: along.hanging,
    ...(along.warnings.length === 0 ? {} : { warnings: along.warnings }),
  };
}

function freeDisk(path: string): Pick<Conditions, 'freeDisk' | 'freeDiskWhy'> {
  try {
    const s = statfsSync(dirname(path));
    return { freeDisk: s.bavail * s.bsize };
  } catch (e) {
    return {
      freeDisk: null,
      freeDiskWhy: `the file system does not tell (${(e as NodeJS.ErrnoException).code ?? String(e)})`,
    };
  }
}

function blockers(source: ConditionsSource): Blocker[] {
  const seen = lockHolders(source.path);
  const blocker = (kind: 'open-writer' | 'open-reader', message: string): Blocker => ({
    kind,
    subject: null,
    seconds: null,
    message,
  });
  const found: Blocker[] = [];
  const writers = seen?.writers ?? [];
  if (writers.length > 0 || (source.mayWrite && writing(source.db))) {
    const who = writers.length > 0 ? `process ${writers.join(', ')}` : 'another process';
    found.push(blocker('open-writer', `${who} is in the middle of a write transaction`));
  }
  if (seen !== undefined && seen.readers.length > 0) {
    const effect = source.wal
      ? 'the log cannot be truncated, and the file not shrink, until it ends'
      : 'a commit waits until it ends';
    found.push(blocker('open-reader', `process ${seen.readers.join(', ')} is reading: ${effect}`));
  }
  return found;
}

/** Whether somebody else has the write lock, by asking for it and giving it back. */
function writing(db: Db): boolean {
  if (db.inTransaction) return false;
  const before = db.pragma('busy_timeout', { simple: true });
  db.pragma('busy_timeout = 250');
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch (e) {
    if (isSqliteError(e) && e.code.startsWith('SQLITE_BUSY')) return true;
    throw e;
  } finally {
    db.pragma(`busy_timeout = ${Number(before)}`);
  }
}

/** The WAL-reset bug, 3.7.0 to 3.51.2; mended in 3.51.3 and in the branches 3.44.6 and 3.50.7: https://sqlite.org/wal.html#walresetbug */
export function versionRules(version: string, wal: boolean): VersionRule[] {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const at = major * 1e6 + minor * 1e3 + patch;
  const mended = at >= 3_051_003 || (minor === 50 && patch >= 7) || (minor === 44 && patch >= 6);
  if (!wal || mended) return [];
  return [
    {
      actions: ['purge', 'supersede', 'incremental-vacuum', 'full-vacuum', 'wal-truncate', 'vec0-rebuild'],
      effect: 'warn',
      message: `SQLite ${version} can damage a write-ahead-log store when two connections write and checkpoint at the same moment (WAL-reset bug, https://sqlite.org/wal.html#walresetbug, mended in 3.51.3); run while nobody else writes`,
    },
  ];
}
