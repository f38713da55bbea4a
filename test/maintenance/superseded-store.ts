/** A real SQLite file of notes that can be superseded, some of which say the same, and the list of those. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openStore } from '../../src/adapters/index.ts';
import {
  contentDigest,
  DIGEST_FIELDS,
  type Duplicate,
  keyOf,
  type OpenOptions,
  type ProfileMap,
  type ScanRow,
  type Store,
  Target,
} from '../../src/store/index.ts';

export const MAP: ProfileMap = {
  tables: [
    {
      table: 'notes',
      id: ['id'],
      text: 'body',
      namespace: 'agent',
      status: 'status',
      superseded: 'superseded',
      supersededBy: 'superseded_by',
    },
  ],
};
export const NOTES = 'map:notes';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `rows` notes; note i says what note i + rows / 2 says. */
export function notesFile(folder: string, rows: number): string {
  const path = join(folder, 'notes.db');
  const db = new Database(path);
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE notes (id INTEGER PRIMARY KEY, agent TEXT, body TEXT, status TEXT DEFAULT 'active', superseded_by INTEGER)`);
  const insert = db.prepare("INSERT INTO notes (id, agent, body) VALUES (?, 'a', ?)");
  for (let i = 1; i <= rows; i++) insert.run(i, `the code of door ${i % (rows / 2)}`);
  db.close();
  return path;
}

export async function openNotes(path: string, mode: OpenOptions['mode']): Promise<Store> {
  return await openStore(Target.parse(`sqlite:${path}`), { mode, map: MAP, busyTimeoutMs: 500 });
}

/** @param pairs key of the row that goes, key of the one that stays */
export async function listOf(store: Store, pairs: readonly (readonly [number, number])[]): Promise<Duplicate[]> {
  const rows = new Map<string, ScanRow>();
  for await (const row of store.scan({ set: NOTES, fields: DIGEST_FIELDS })) rows.set(keyOf(row), row);
  const digest = (key: number): string => contentDigest(rows.get(String(key)) as ScanRow, sha256);
  return pairs.map(([key, survivor]) => ({
    key: String(key),
    survivor: String(survivor),
    digest: digest(key),
    survivorDigest: digest(survivor),
  }));
}

/** Rows that no search finds although none that stays is there for them. */
export function unreachable(path: string): number {
  const db = new Database(path, { readonly: true });
  const n = db
    .prepare(
      `SELECT count(*) FROM notes AS n WHERE n.status = 'superseded'
       AND NOT EXISTS (SELECT 1 FROM notes AS s WHERE s.id = n.superseded_by AND s.status = 'active' AND s.body = n.body)`,
    )
    .pluck()
    .get() as number;
  db.close();
  return n;
}

export function dump(path: string): string {
  const db = new Database(path, { readonly: true });
  const rows = JSON.stringify(db.prepare('SELECT rowid, *, typeof(superseded_by) FROM notes ORDER BY id').all());
  db.close();
  return rows;
}

export function superseded(path: string): number {
  const db = new Database(path, { readonly: true });
  const n = db.prepare("SELECT count(*) FROM notes WHERE status = 'superseded'").pluck().get() as number;
  db.close();
  return n;
}
