/** The one place that loads better-sqlite3. It is an optional dependency: planning works without it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { isStoreError, StoreError } from '../../store/index.ts';

export type Db = BetterSqlite3.Database;
export type Row = Readonly<Record<string, unknown>>;
export type Driver = typeof BetterSqlite3;

/**
 * Node 24.19 and later put this call into what is compiled against them (node_object_wrap.h, nodejs/node#65446), and it takes the
 * process down when a statement is collected: under any Node that loads such a driver, before 24.19 too. One that was
 * compiled against the headers of an earlier one runs under later ones. Version 13 is made another way (Node-API).
 */
const ABORTING_CALL = 'RemoveEnvironmentCleanupHook';
/** The first Node whose drivers can have it: the file need not be read under an earlier one. */
const ABORTS_FROM_MAJOR = 22;

function refuseAborting(): void {
  if (Number.parseInt(process.versions.node, 10) < ABORTS_FROM_MAJOR || !nativePart()?.includes(ABORTING_CALL)) return;
  throw new StoreError(
    'driver-aborts',
    'sqlite: better-sqlite3 was compiled against Node 24.19 or later and would abort in the middle of a run (nodejs/node#65446)',
    'npm install --no-save better-sqlite3@13 in the folder of memplan, or npm rebuild better-sqlite3 under Node 20 or 22 and run it there',
  );
}

/** The compiled file of versions up to 12, or undefined where there is none: 13 keeps its own elsewhere. */
function nativePart(): Buffer | undefined {
  try {
    const { resolve } = createRequire(join(import.meta.dirname, 'driver.js'));
    return readFileSync(join(dirname(resolve('better-sqlite3/package.json')), 'build/Release/better_sqlite3.node'));
  } catch {
    return undefined;
  }
}

/** @throws StoreError when the driver is not installed, was built for another Node, or would abort */
export async function loadDriver(): Promise<Driver> {
  try {
    const driver = (await import('better-sqlite3')).default;
    refuseAborting();
    // The driver finds its native part only when it opens a database: it does here, so that every caller is told the same.
    new driver(':memory:').close();
    return driver;
  } catch (e) {
    if (isStoreError(e)) throw e;
    throw driverMissing(e);
  }
}

/** What is said of a driver that is not there, or whose native part is not. */
export function driverMissing(e: unknown): StoreError {
  // Node wraps its sentence over several lines.
  const reason = (e instanceof Error ? e.message : String(e)).split('\n').slice(0, 3).join(' ');
  const absent = /Cannot find (package|module)/.test(reason);
  const [, built, needed] = /NODE_MODULE_VERSION (\d+)[\s\S]*NODE_MODULE_VERSION (\d+)/.exec(String(e)) ?? [];
  const why =
    built === undefined
      ? `cannot be loaded (${reason})`
      : `was built for another Node (modules ${built}); this one, ${process.version}, takes modules ${needed}`;
  return new StoreError(
    'driver-missing',
    `sqlite: the driver better-sqlite3 ${absent ? 'is not installed' : why}`,
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
