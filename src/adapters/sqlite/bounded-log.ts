/**
 * The write-ahead log while rows are removed: written into the file between batches, when nobody has to wait for it, and
 * once it has grown to a size at which a page that many batches touched is written only once.
 */
import { statSync } from 'node:fs';
import type { Writer } from './writer.ts';

const LOG_BYTES = 64 * 2 ** 20;

/** Commits of this connection no longer checkpoint; `boundLog` does. @returns what sets it back */
export function withoutAutocheckpoint(w: Writer): () => void {
  const before = Number(w.db.pragma('wal_autocheckpoint', { simple: true }));
  w.db.pragma('wal_autocheckpoint = 0');
  return () => w.db.pragma(`wal_autocheckpoint = ${before}`);
}

/** @param always also a small log: another writer would find it at its next commit, and write all of it */
export function boundLog(w: Writer, always = false): void {
  if (!w.state.wal || w.db.inTransaction) return;
  const size = statSync(`${w.state.path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (size < (always ? 1 : LOG_BYTES)) return;
  w.db.pragma('wal_checkpoint(PASSIVE)');
  if (size < LOG_BYTES) return;
  // Cut off, so that its size tells next time what is in it; not where that would wait for anybody.
  w.db.pragma('busy_timeout = 0');
  try {
    w.db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    w.db.pragma(`busy_timeout = ${Math.round(w.busyMs)}`);
  }
}
