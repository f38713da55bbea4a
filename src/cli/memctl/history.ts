/**
 * What was seen of each store before, in a local SQLite file: growth is told from it, and the size of an index right after
 * memctl itself rebuilt it. Losing the file loses nothing but that; a file that cannot be used is a note, not a failure.
 */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { all, type Db, loadDriver, one } from '../../adapters/sqlite/driver.ts';
import { stateFolder } from './state-folder.ts';

/** `stats`: rows and bytes; `hot`: rows by namespace; `rebuilt`: bytes per row of a structure just rebuilt. */
export type ObservationKind = 'stats' | 'hot' | 'rebuilt';

export interface Observation {
  readonly at: Date;
  readonly document: unknown;
}

export interface History {
  /** The latest one before `before` (default: any). */
  last(store: string, kind: ObservationKind, subject: string, before?: Date): Observation | undefined;
  /** Every one that is kept, oldest first. */
  series(store: string, kind: ObservationKind, subject: string): readonly Observation[];
  /** Every subject's latest one. */
  latest(store: string, kind: ObservationKind): ReadonlyMap<string, Observation>;
  record(store: string, kind: ObservationKind, subject: string, at: Date, document: unknown): void;
  close(): void;
}

/** Observations kept for each subject: three years of nightly runs; of namespaces, which are many, two months. */
const KEPT: Readonly<Record<ObservationKind, number>> = { stats: 1_100, hot: 60, rebuilt: 1_100 };

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS observations (
    store TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, at INTEGER NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (store, kind, subject, at)
  ) WITHOUT ROWID;
`;

export interface HistoryRuntime {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * @returns the history, or the reason why there is none: no home, no driver, a file that cannot be written
 */
export async function openHistory(runtime: HistoryRuntime): Promise<History | string> {
  const folder = stateFolder(runtime.env);
  if (folder === undefined) return 'there is no home folder to keep a history in; set MEMCTL_STATE_DIR';
  const file = join(folder, 'history.db');
  try {
    const Driver = await loadDriver();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const db = new Driver(file, { timeout: 2_000 });
    chmodSync(file, 0o600);
    db.pragma('journal_mode = WAL');
    db.exec(SCHEMA);
    return historyOf(db);
  } catch (e) {
    return `the history in ${file} cannot be used: ${e instanceof Error ? e.message : String(e)}`;
  }
}

/**
 * The history for reading alone: nothing is created where there is none yet.
 * @returns the history, or the reason why there is none
 */
export async function readHistory(runtime: HistoryRuntime): Promise<History | string> {
  const folder = stateFolder(runtime.env);
  if (folder === undefined || existsSync(join(folder, 'history.db'))) return await openHistory(runtime);
  return `nothing has been kept in ${folder} yet`;
}

function historyOf(db: Db): History {
  return {
    last(store, kind, subject, before) {
      const r = one(
        db,
        'SELECT at, document FROM observations WHERE store = ? AND kind = ? AND subject = ? AND at < ? ORDER BY at DESC LIMIT 1',
        [store, kind, subject, before?.getTime() ?? Number.MAX_SAFE_INTEGER],
      );
      return observation(r);
    },
    series(store, kind, subject) {
      const rows = all(
        db,
        'SELECT at, document FROM observations WHERE store = ? AND kind = ? AND subject = ? ORDER BY at',
        [store, kind, subject],
      );
      return rows.flatMap((r) => observation(r) ?? []);
    },
    latest(store, kind) {
      const rows = all(
        db,
        `SELECT subject, max(at) AS at, document FROM observations WHERE store = ? AND kind = ? GROUP BY subject`,
        [store, kind],
      );
      return new Map(
        rows.flatMap((r) => {
          const seen = observation(r);
          return seen === undefined ? [] : [[String(r['subject']), seen] as const];
        }),
      );
    },
    record(store, kind, subject, at, document) {
      db.prepare('INSERT OR REPLACE INTO observations VALUES (?, ?, ?, ?, ?)').run(
        store,
        kind,
        subject,
        at.getTime(),
        JSON.stringify(document),
      );
      db.prepare(
        `DELETE FROM observations WHERE store = :store AND kind = :kind AND subject = :subject AND at < (
           SELECT at FROM observations WHERE store = :store AND kind = :kind AND subject = :subject
           ORDER BY at DESC LIMIT 1 OFFSET ${KEPT[kind]})`,
      ).run({ store, kind, subject });
    },
    close: () => void db.close(),
  };
}

function observation(row: Readonly<Record<string, unknown>>): Observation | undefined {
  const { at, document } = row;
  if (typeof at !== 'number' || typeof document !== 'string') return undefined;
  try {
    return { at: new Date(at), document: JSON.parse(document) as unknown };
  } catch {
    return undefined;
  }
}
