/** Real SQLite files with sqlite-vec: how many pages one memory puts into the write-ahead log, structure by structure. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { load } from 'sqlite-vec';
import { Rows, seeded } from './writes-store.ts';

export const SQLITE_PARTS = ['table', 'vector-index', 'lexical-index', 'metadata-index', 'temporal-index'] as const;
export type SqlitePart = (typeof SQLITE_PARTS)[number];

/** SQLite's header of the log, and of each frame in it. */
const LOG_HEADER = 32;
const FRAME_HEADER = 24;

export interface SqliteFilled {
  readonly rows: number;
  readonly dims: number;
  readonly textBytes: number;
}

/**
 * Fills a file, then writes `more` memories, one transaction each.
 * @returns pages of the log a memory, and seconds a memory
 */
export function framesPerMemory(
  filled: SqliteFilled,
  parts: readonly SqlitePart[],
  more: number,
): { readonly frames: number; readonly seconds: number } {
  const folder = mkdtempSync(join(tmpdir(), 'writes-'));
  const file = join(folder, 'memories.db');
  const db = new Database(file);
  try {
    load(db);
    db.exec('PRAGMA journal_mode = wal; PRAGMA synchronous = normal; PRAGMA wal_autocheckpoint = 0');
    db.exec(
      'CREATE TABLE memories (id INTEGER PRIMARY KEY, namespace TEXT, text TEXT, metadata TEXT, status TEXT, confidence REAL, event_at INTEGER)',
    );
    const has = (part: SqlitePart): boolean => parts.includes(part);
    if (has('metadata-index')) db.exec('CREATE INDEX filter ON memories (namespace, status, confidence)');
    if (has('temporal-index')) db.exec('CREATE INDEX event ON memories (event_at)');
    if (has('lexical-index'))
      db.exec(`CREATE VIRTUAL TABLE words USING fts5(text, content='memories', content_rowid='id')`);
    if (has('vector-index')) db.exec(`CREATE VIRTUAL TABLE vectors USING vec0(embedding float[${filled.dims}])`);
    const rows = new Rows({ dims: 1, m: 1, textBytes: filled.textBytes, metadataBytes: 100 }, 5);
    const random = seeded(6);
    const insert = db.prepare(
      'INSERT INTO memories (namespace, text, metadata, status, confidence, event_at) VALUES (?, ?, ?, ?, ?, ?)',
    );
    const words = has('lexical-index') ? db.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)') : undefined;
    const vectors = has('vector-index')
      ? db.prepare('INSERT INTO vectors (rowid, embedding) VALUES (?, ?)')
      : undefined;
    let at = 1_700_000_000;
    const write = (): void => {
      const [namespace, text, metadata, status, confidence] = rows.row();
      const id = BigInt(insert.run(namespace, text, metadata, status, confidence, at++).lastInsertRowid);
      words?.run(id, text);
      vectors?.run(id, Buffer.from(Float32Array.from({ length: filled.dims }, () => random() - 0.5).buffer));
    };
    const one = db.transaction(write);
    db.transaction(() => {
      for (let i = 0; i < filled.rows; i++) write();
    })();
    db.pragma('wal_checkpoint(TRUNCATE)');
    const pageSize = Number(db.pragma('page_size', { simple: true }));
    const started = process.hrtime.bigint();
    for (let i = 0; i < more; i++) one();
    const seconds = Number(process.hrtime.bigint() - started) / 1e9 / more;
    const log = `${file}-wal`;
    const bytes = existsSync(log) ? statSync(log).size - LOG_HEADER : 0;
    return { frames: bytes / (pageSize + FRAME_HEADER) / more, seconds };
  } finally {
    db.close();
    rmSync(folder, { recursive: true });
  }
}
