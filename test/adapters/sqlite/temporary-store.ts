/** Stores for one test, in a directory that goes with it. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { type OpenOptions, type Snapshot, type SnapshotOptions, Target } from '../../../src/store/index.ts';

export const NOW: Date = new Date('2026-11-21T00:00:00Z');
export const fixture = (path: string): string => fileURLToPath(new URL(`../../../fixtures/${path}`, import.meta.url));

const directories: string[] = [];
const connections: Database.Database[] = [];

afterEach(() => {
  for (const db of connections.splice(0)) if (db.open) db.close();
  for (const d of directories.splice(0)) rmSync(d, { recursive: true, force: true });
});

export function directory(): string {
  const d = mkdtempSync(join(tmpdir(), 'memctl-test-'));
  directories.push(d);
  return d;
}

/** A connection that is closed after the test, if the test has not done so. */
export function connect(path: string): Database.Database {
  const db = new Database(path);
  connections.push(db);
  return db;
}

/** A closed database made by the given statements. */
export function made(sql: string, name = 'store.db'): string {
  const path = join(directory(), name);
  const db = connect(path);
  db.exec(sql);
  db.close();
  return path;
}

export function copied(name: string): string {
  const path = join(directory(), name);
  copyFileSync(fixture(`stores/${name}`), path);
  return path;
}

export async function snapshot(
  path: string,
  options: Partial<SnapshotOptions & Omit<OpenOptions, 'mode'>> = {},
): Promise<Snapshot> {
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read', ...options });
  return await store.snapshot({ now: NOW, ...options });
}

/** Name → SHA-256 of every file in the store's directory. */
export function traces(path: string): Record<string, string> {
  const dir = path.slice(0, -basename(path).length);
  return Object.fromEntries(
    readdirSync(dir)
      .sort()
      .map((f) => [
        f,
        createHash('sha256')
          .update(readFileSync(join(dir, f)))
          .digest('hex'),
      ]),
  );
}

export const exists = (path: string): boolean => existsSync(path);

/** The error an action ends with, as the command line would see it. */
export async function failure(
  action: () => Promise<unknown>,
): Promise<{ kind: string; code: string; message: string; hint?: string }> {
  try {
    await action();
  } catch (e) {
    return e as { kind: string; code: string; message: string };
  }
  throw new Error('nothing failed');
}
