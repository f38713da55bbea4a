/** SQLite stores, by better-sqlite3. In read mode, the driver's read-only open, not a byte of the store changes. */
import type { Match } from '../../profiles/index.ts';
import type {
  Action,
  Census,
  CensusRequest,
  Conditions,
  Note,
  OpenOptions,
  ScanRequest,
  ScanRow,
  Snapshot,
  SnapshotOptions,
  Store,
  StoreAdapter,
  Target,
} from '../../store/index.ts';
import { sqliteCapabilities } from './capabilities.ts';
import { sqliteCensus } from './census.ts';
import { chainDepth } from './chain-depth.ts';
import { all, type Db, loadDriver } from './driver.ts';
import { sqliteMaintenance } from './maintenance.ts';
import { sqliteConditions } from './maintenance-conditions.ts';
import { BUSY_TIMEOUT_MS, guarded, openFile } from './open-file.ts';
import { openForWriting } from './open-for-writing.ts';
import { readCatalog } from './read-catalog.ts';
import { scannedSet } from './row-reader.ts';
import { scanSet } from './scan.ts';
import { translated } from './sqlite-errors.ts';
import type { Reader } from './structures.ts';
import { readIdentity, readProfiles, takeSnapshot } from './take-snapshot.ts';

export const sqliteAdapter: StoreAdapter = { schemes: ['sqlite'], open };

async function open(target: Target, options: OpenOptions): Promise<Store> {
  const { signal } = options;
  signal?.throwIfAborted();
  const busyMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  const Database = await loadDriver();
  const writing = options.mode === 'write';
  const file = writing ? openForWriting(Database, target, busyMs) : openFile(Database, target, busyMs);
  const { db, state } = file;
  const translate = (e: unknown): unknown => translated(e, target, busyMs);
  const close = (): void => {
    if (db.inTransaction) db.exec('ROLLBACK');
    db.close();
  };
  try {
    const dbstat = hasDbstat(db);
    const identity = guarded(target, busyMs, () => readIdentity(db, target, state));
    const capabilities = sqliteCapabilities({ dbstat, consistent: file.consistent, writing });
    const reader = (notes: Note[], onProgress?: (step: string) => void): Reader => ({
      db,
      dbstat,
      catalog: guarded(target, busyMs, () => readCatalog(db)),
      note: (n) => {
        if (!notes.some((m) => m.code === n.code && m.subject === n.subject)) notes.push(n);
      },
      step: async (what) => {
        onProgress?.(what);
        // A turn of the event loop, so that a signal can arrive between two statements.
        await new Promise((done) => setImmediate(done));
        signal?.throwIfAborted();
      },
    });
    const matches = (): readonly Match[] =>
      readProfiles(db, readCatalog(db), options.profile, options.map).detection.matches;
    return {
      identity,
      capabilities: new Set(capabilities),
      snapshot: async (o: SnapshotOptions): Promise<Snapshot> => {
        const notes: Note[] = [...file.notes, ...(dbstat ? [] : [NO_DBSTAT])];
        const before = dataVersion(db);
        try {
          if (file.consistent) db.exec('BEGIN');
          const snapshot = await takeSnapshot(
            { reader: reader(notes, o.onProgress), state, identity, capabilities, notes },
            {
              ...(options.profile === undefined ? {} : { profile: options.profile }),
              ...(options.map === undefined ? {} : { map: options.map }),
              ...o,
            },
          );
          return !file.consistent && dataVersion(db) !== before
            ? { ...snapshot, notes: [...notes, CHANGED] }
            : snapshot;
        } catch (e) {
          throw translate(e);
        } finally {
          if (db.inTransaction) db.exec('ROLLBACK');
        }
      },
      scan: async function* (request: ScanRequest): AsyncGenerator<ScanRow> {
        const r = reader([]);
        try {
          yield* scanSet(r, matches(), request);
        } catch (e) {
          throw translate(e);
        }
      },
      chainDepth: async (set: string): Promise<number | null> => {
        try {
          return chainDepth(db, scannedSet({ db, catalog: readCatalog(db) }, matches(), set));
        } catch (e) {
          throw translate(e);
        }
      },
      census: async (request: CensusRequest): Promise<Census> => {
        const r = reader([], request.onProgress);
        try {
          return await sqliteCensus(r, matches(), request);
        } catch (e) {
          throw translate(e);
        }
      },
      conditions: async (actions: readonly Action[]): Promise<Conditions> => {
        try {
          return sqliteConditions(
            {
              db,
              path: state.path,
              wal: state.wal,
              mayWrite: writing,
              asked: { db, target, catalog: () => readCatalog(db), matches },
            },
            actions,
          );
        } catch (e) {
          throw translate(e);
        }
      },
      ...(writing
        ? {
            maintenance: sqliteMaintenance({
              Database,
              db,
              target,
              state,
              busyMs,
              catalog: () => readCatalog(db),
              matches,
            }),
          }
        : {}),
      [Symbol.asyncDispose]: async () => close(),
    };
  } catch (e) {
    close();
    throw translate(e);
  }
}

const NO_DBSTAT: Note = {
  code: 'dbstat-missing',
  level: 'unmeasured',
  message: 'this build of SQLite lacks the dbstat table, so bytes per structure are not known',
};

const CHANGED: Note = {
  code: 'changed-while-read',
  level: 'info',
  message: 'the store was written to while it was read; counts of different tables may differ by those writes',
};

/** Moves when another connection commits. */
function dataVersion(db: Db): unknown {
  return db.pragma('data_version', { simple: true });
}

function hasDbstat(db: Db): boolean {
  return all(db, 'SELECT name FROM pragma_module_list').some((m) => m['name'] === 'dbstat');
}
