/** The one place that loads better-sqlite3. It is an optional dependency: planning works without it. */
import type BetterSqlite3 from 'better-sqlite3';
import { StoreError } from '../../store/index.ts';

export type Db = BetterSqlite3.Database;
export type Row = Readonly<Record<string, unknown>>;
export type Driver = typeof BetterSqlite3;

/** @throws StoreError when the driver is not installed or was built for another Node */
export async function loadDriver(): Promise<Driver> {
  try {
    return (await import('better-sqlite3')).default;
  } catch (e) {
    throw driverMissing(e);
  }
}

/** The driver finds its native part only when it first opens a database; both failures read the same to the user. */
export function driverMissing(e: unknown): StoreError {
  const reason = e instanceof Error ? (e.message.split('\n')[0] as string) : String(e);
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
