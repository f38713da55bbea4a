/** Space given back by SQLite itself: free pages cut off, the file rebuilt, the log truncated. */
import { statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { formatBytes, formatCount } from '../../quantity/index.ts';
import { type PerformContext, type StepEvent, StoreError } from '../../store/index.ts';
import { all, type Db, numberOr } from './driver.ts';
import { joinedByRowid, rowidHash } from './rowid-guard.ts';
import { pause, turn, type Writer } from './writer.ts';

/** Pages cut off at a time: about this many bytes, so that nobody waits long for the write lock. */
const STEP_BYTES = 2 ** 20;
const CHECKPOINT_EVERY = 16;
const AUTO_VACUUM_INCREMENTAL = 2;

const pragma = (db: Db, name: string): number => numberOr(db.pragma(name, { simple: true }), 0);
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Bytes of the file and its log on disk. */
function onDisk(w: Writer): number {
  return sizeOf(w.state.path) + sizeOf(`${w.state.path}-wal`);
}

/** Bytes of the pages the store consists of: the log that a run itself has filled is not what it gives back. */
function inPages(w: Writer): number {
  return pragma(w.db, 'page_count') * pragma(w.db, 'page_size');
}

/** Checkpoints all of the log and cuts it off. @returns the sentence when somebody keeps it from being done, else null */
function truncateLog(w: Writer): string | null {
  if (!w.state.wal) return null;
  const [r] = w.db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number; log: number; checkpointed: number }[];
  if (r?.busy === 0) return null;
  const left = sizeOf(`${w.state.path}-wal`);
  return `the log stays at ${formatBytes(left)}: a reader or writer of the store kept it busy, and the space comes back with the next checkpoint after it ends`;
}

export async function* incrementalVacuum(w: Writer, context: PerformContext): AsyncGenerator<StepEvent> {
  const { db } = w;
  if (pragma(db, 'auto_vacuum') !== AUTO_VACUUM_INCREMENTAL) {
    yield {
      state: 'skipped',
      why: 'the file is not in auto_vacuum = incremental, where the statement would do nothing; only VACUUM gives its pages back',
    };
    return;
  }
  const total = pragma(db, 'freelist_count');
  if (total === 0) {
    yield { state: 'skipped', why: 'the file has no free pages' };
    return;
  }
  const bytesBefore = inPages(w);
  const step = Math.max(1, Math.floor(STEP_BYTES / w.state.pageSize));
  let steps = 0;
  for (let left = total; left > 0 && !context.signal.aborted; ) {
    const started = performance.now();
    // Every page is a row of the statement's result: read as a single value, it would cut off one page and stop.
    db.pragma(`incremental_vacuum(${step})`);
    const now = pragma(db, 'freelist_count');
    if (now >= left) break;
    left = now;
    steps++;
    yield { state: 'progress', message: 'pages given back', done: total - left, total };
    if (w.state.wal && steps % CHECKPOINT_EVERY === 0) db.pragma('wal_checkpoint(PASSIVE)');
    await turn();
    await pause((performance.now() - started) * Math.max(1, context.pace.pauseRatio), context.signal);
  }
  const busy = truncateLog(w);
  const left = pragma(db, 'freelist_count');
  yield {
    state: 'finished',
    rows: 0,
    bytesBefore,
    bytesAfter: onDisk(w),
    verified: [
      `${formatCount(total - left)} of ${formatCount(total)} free pages given back`,
      ...(busy === null ? [] : [busy]),
    ].join('; '),
    stopped: context.signal.aborted,
  };
}

/** Where SQLite puts temporary files: the first that is there. https://sqlite.org/tempfiles.html section 5 */
function temporaryDirectory(): string {
  const places = [process.env['SQLITE_TMPDIR'], process.env['TMPDIR'], '/var/tmp', '/usr/tmp', '/tmp'];
  return places.find((p) => p !== undefined && statSync(p, { throwIfNoEntry: false })?.isDirectory()) ?? tmpdir();
}

/** VACUUM writes the live pages to a temporary file and then back through the journal or log. */
export function refuseWithoutDisk(w: Writer, live: number): void {
  const here = dirname(w.state.path);
  const temporary = temporaryDirectory();
  const free = (place: string): number => {
    const s = statfsSync(place);
    return s.bavail * s.bsize;
  };
  const needed: readonly (readonly [string, number])[] =
    statSync(here).dev === statSync(temporary).dev
      ? [[here, 2 * live]]
      : [
          [here, live],
          [temporary, live],
        ];
  for (const [place, bytes] of needed) {
    const has = free(place);
    if (has >= bytes) continue;
    throw new StoreError(
      'disk-full',
      `${w.target}: VACUUM needs up to ${formatBytes(bytes)} in ${place}, and ${formatBytes(has)} are free`,
      'free some space, or point SQLITE_TMPDIR at a larger disk',
      5,
    );
  }
}

export async function* fullVacuum(w: Writer, context: PerformContext): AsyncGenerator<StepEvent> {
  const { db } = w;
  const live = (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * w.state.pageSize;
  refuseWithoutDisk(w, live);
  const joined = joinedByRowid(w.catalog(), w.matches());
  const renumbered = joined.find((j) => j.renumbered);
  if (renumbered !== undefined) {
    throw new StoreError(
      'rowids-joined',
      `${w.target}: VACUUM would number the rows of ${renumbered.table.name} afresh, and ${renumbered.by.join(', ')} finds them by number`,
      'give the table an INTEGER PRIMARY KEY, or any index: SQLite then keeps the numbers',
      5,
    );
  }
  const before = joined.map((j) => rowidHash(db, j.table));
  const auto = pragma(db, 'auto_vacuum');
  const bytesBefore = inPages(w);
  yield { state: 'progress', message: 'VACUUM', done: 0, total: null };
  await turn();
  if (context.signal.aborted) {
    yield { state: 'finished', rows: 0, bytesBefore, bytesAfter: bytesBefore, verified: null, stopped: true };
    return;
  }
  db.exec('VACUUM');
  const moved = joined.filter((j, i) => rowidHash(db, j.table) !== before[i]);
  if (moved.length > 0) {
    throw new StoreError(
      'rowids-changed',
      `${w.target}: after VACUUM the rows of ${moved.map((j) => j.table.name).join(', ')} have other numbers than before, and ${moved.flatMap((j) => j.by).join(', ')} no longer finds them`,
      'restore the store from a backup, and report this',
    );
  }
  const busy = truncateLog(w);
  const check = all(db, 'PRAGMA quick_check(5)').map((r) => String(r['quick_check']));
  if (check.length !== 1 || check[0] !== 'ok') {
    throw new StoreError(
      'store-corrupt',
      `${w.target}: quick_check after VACUUM says: ${check.join('; ')}`,
      'restore a backup',
    );
  }
  optimise(db);
  const said = [
    'quick_check ok',
    ...(joined.length === 0 ? [] : [`rowids of ${joined.map((j) => j.table.name).join(', ')} are what they were`]),
    ...(pragma(db, 'auto_vacuum') === auto ? [] : ['auto_vacuum changed']),
    ...(busy === null ? [] : [busy]),
  ];
  // A file whose log is still read has not shrunk yet.
  const bytesAfter = busy === null ? inPages(w) : onDisk(w);
  yield { state: 'finished', rows: 0, bytesBefore, bytesAfter, verified: said.join('; '), stopped: false };
}

/** Statistics for the query planner; a store whose expressions need functions of the application goes without. */
function optimise(db: Db): void {
  try {
    db.pragma('optimize');
  } catch {
    // Nothing depends on it.
  }
}

export async function* walTruncate(w: Writer): AsyncGenerator<StepEvent> {
  const bytesBefore = sizeOf(`${w.state.path}-wal`);
  if (!w.state.wal || bytesBefore === 0) {
    yield { state: 'skipped', why: w.state.wal ? 'the log is empty' : 'the store has no write-ahead log' };
    return;
  }
  const busy = truncateLog(w);
  yield {
    state: 'finished',
    rows: 0,
    bytesBefore,
    bytesAfter: sizeOf(`${w.state.path}-wal`),
    verified: busy ?? 'everything in the log is in the file, and the log is empty',
    stopped: false,
  };
}
