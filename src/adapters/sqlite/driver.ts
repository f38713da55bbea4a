/** The one place that loads better-sqlite3. It is an optional dependency: planning works without it. */
import type BetterSqlite3 from 'better-sqlite3';
import { isStoreError, StoreError } from '../../store/index.ts';

export type Db = BetterSqlite3.Database;
export type Row = Readonly<Record<string, unknown>>;
export type Driver = typeof BetterSqlite3;

/**
 * From Node 24.19 on better-sqlite3 12 takes the whole process down when a statement is collected (nodejs/node#65446); a
 * report that is lost to an abort is worse than a sentence. Version 13 mends it and needs Node 22.
 */
const ABORTS_FROM = [24, 19] as const;

function refuseAbortingNode(driverVersion: string | undefined): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const late = major > ABORTS_FROM[0] || (major === ABORTS_FROM[0] && minor >= ABORTS_FROM[1]);
  if (!late || Number((driverVersion ?? '12').split('.')[0]) >= 13) return;
  throw new StoreError(
    'driver-aborts',
    `sqlite: better-sqlite3 ${driverVersion ?? 12} aborts under Node ${process.versions.node}, and the report would be lost`,
    'run it with Node 20, 22 or 24 before 24.19, or install better-sqlite3 13 beside it',
  );
}

/** @throws StoreError when the driver is not installed, was built for another Node, or would abort under this one */
export async function loadDriver(): Promise<Driver> {
  try {
    const driver = (await import('better-sqlite3')).default;
    refuseAbortingNode(await driverVersion());
    return driver;
  } catch (e) {
    if (isStoreError(e)) throw e;
    throw driverMissing(e);
  }
}

async function driverVersion(): Promise<string | undefined> {
  try {
    const { default: manifest } = (await import('better-sqlite3/package.json', { with: { type: 'json' } })) as {
      default: { version?: string };
    };
    return manifest.version;
  } catch {
    return undefined;
  }
}

/** The driver finds its native part only when it first opens a database; both failures read the same to the user. */
export function driverMissing(e: unknown): StoreError {
  // The loader puts the cause ("compiled against a different Node.js version") on the lines after the first.
  const reason = e instanceof Error ? e.message.split('\n').slice(0, 3).join(' ') : String(e);
  const absent = /Cannot find (package|module)/.test(reason);
  return new StoreError(
    'driver-missing',
    absent
      ? 'sqlite: the driver better-sqlite3 is not installed'
      : `sqlite: the driver better-sqlite3 cannot be loaded (${reason})`,
    absent ? 'npm install better-sqlite3' : 'npm rebuild better-sqlite3',
  );
}

/** All rows of a statement. Values go in as parameters, identifiers through `quoted`. */
export function all(
  db: Db,
  sql: string,
  parameters: Readonly<Record<string, unknown>> | readonly unknown[] = [],
): Row[] {
  return db.prepare(sql).all(parameters) as Row[];
}

/** The first row, or an empty one. */
export function one(db: Db, sql: string, parameters: Readonly<Record<string, unknown>> | readonly unknown[] = []): Row {
  return (db.prepare(sql).get(parameters) as Row | undefined) ?? {};
}

/** An identifier as SQL takes it, whatever it contains. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** A text literal, for places that take no parameter. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function numberOr<T>(value: unknown, otherwise: T): number | T {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
