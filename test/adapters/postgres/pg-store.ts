import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { postgresAdapter } from '../../../src/adapters/postgres/index.ts';
import {
  type OpenOptions,
  type ScanRequest,
  type ScanRow,
  type Snapshot,
  type SnapshotOptions,
  type Structure,
  Target,
} from '../../../src/store/index.ts';

export type Rows = Record<string, unknown>[];

/** Rows of the last statement, on a connection of its own. */
export async function sql(url: string, ...statements: string[]): Promise<Rows> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let last: Rows = [];
    for (const text of statements) last = (await client.query(text)).rows as Rows;
    return last;
  } finally {
    await client.end();
  }
}

/** One number by SQL of the test's own: what the adapter's figures are held against. */
export async function count(url: string, text: string): Promise<number> {
  return Number(Object.values((await sql(url, text))[0] ?? {})[0]);
}

export const fixture = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/${path}`, import.meta.url)), 'utf8');

export async function snapshot(
  url: string,
  options: Partial<SnapshotOptions> & Pick<OpenOptions, 'map'> = {},
): Promise<Snapshot> {
  await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read' });
  return await store.snapshot({ now: new Date(), ...options });
}

export async function scanned(
  url: string,
  request: ScanRequest,
  options: Partial<OpenOptions> = {},
): Promise<ScanRow[]> {
  await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', ...options });
  const rows: ScanRow[] = [];
  for await (const row of store.scan(request)) rows.push(row);
  return rows;
}

export function structure(s: Snapshot, id: string): Structure {
  const found = s.structures.find((x) => x.id === id);
  if (found === undefined) throw new Error(`no structure ${id} among ${s.structures.map((x) => x.id).join(', ')}`);
  return found;
}

/** The URL with another role, and a password where one is given. */
export function asRole(url: string, role: string, password = ''): string {
  const other = new URL(url);
  other.username = role;
  other.password = password;
  return other.href;
}

/** The message of the error that a promise is rejected with. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (e) {
    return (e as Error).message;
  }
  throw new Error('nothing was refused');
}
