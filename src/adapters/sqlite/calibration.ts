/**
 * A series of exact scans by sqlite-vec on this host, in a temporary file: tables that double up to the largest, each searched as an
 * agent would, the whole file in the operating system's cache. Nothing is built, so there are searches only.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { formatCount } from '../../quantity/index.ts';
import { type CalibrationRequest, type CalibrationSeries, type QuerySample, StoreError } from '../../store/index.ts';
import { type Db, loadDriver, one } from './driver.ts';
import { seededRandom } from './seeded-random.ts';
import { loadSqliteVec } from './sqlite-vec.ts';

/** Tables of the series: an eighth of the largest, a quarter, a half, all of it. */
const STEPS = [1 / 8, 1 / 4, 1 / 2, 1] as const;
/** Enough for a 99th percentile that is not simply the slowest. */
const SEARCHES = 200;
/** Fewer say nothing of a median. */
const LEAST_SEARCHES = 20;
const NEIGHBOURS = 10;
const ROWS_A_BATCH = 500;
/** Of the budget: the rest is for deleting the file. */
const USABLE_SHARE = 0.9;
/** Of what is left, one step's searches may take so much. */
const SEARCH_SHARE = 0.2;
/** The first searches read the file into the cache. */
const WARM_UP = 3;

interface Clock {
  /** Seconds that may still be used. */
  left(): number;
  spent(): number;
}

/**
 * @throws StoreError when the driver or the extension is not installed, or the temporary folder takes no file; the signal's reason when it was interrupted: the file is
 * gone in every case
 */
export async function calibrateSqlite(request: CalibrationRequest): Promise<CalibrationSeries> {
  const begun = performance.now();
  const spent = (): number => (performance.now() - begun) / 1000;
  const clock = { spent, left: () => USABLE_SHARE * request.budgetSeconds - spent() };
  const driver = await loadDriver();
  const folder = scratchFolder();
  try {
    const db = new driver(join(folder, 'scan.db'));
    try {
      await loadSqliteVec(db);
      const versions = one(db, 'SELECT sqlite_version() AS sqlite, vec_version() AS vec');
      const { queries, cutShort } = await scans(db, request, clock);
      const server = `SQLite ${String(versions['sqlite'])}, sqlite-vec ${String(versions['vec']).replace(/^v/, '')}`;
      return { engine: 'sqlite-vec', server, builds: [], queries, seconds: spent(), cutShort };
    } finally {
      db.close();
    }
  } catch (e) {
    throw String((e as { code?: unknown }).code).startsWith('SQLITE_') ? unwritable((e as Error).message) : e;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function scratchFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'memplan-calibration-'));
  } catch (e) {
    throw unwritable(String((e as NodeJS.ErrnoException).code));
  }
}

const unwritable = (why: string): StoreError =>
  new StoreError(
    'scratch-unwritable',
    `${tmpdir()}: the temporary table of the series cannot be written there (${why})`,
    'name another folder with TMPDIR, or measure fewer rows with --rows',
  );

async function scans(
  db: Db,
  request: CalibrationRequest,
  clock: Clock,
): Promise<{ readonly queries: QuerySample[]; readonly cutShort: string | null }> {
  const { dimensions, maxRows, seed } = request;
  db.exec(`CREATE VIRTUAL TABLE scanned USING vec0(embedding FLOAT[${dimensions}])`);
  const random = seededRandom(seed);
  const queries: QuerySample[] = [];
  let rows = 0;
  for (const share of STEPS) {
    const target = Math.max(1, Math.round(share * maxRows));
    const before = clock.spent();
    if (!(await fill(db, target, rows, random, request, clock)))
      return { queries, cutShort: outOfTime(request, queries) };
    rows = target;
    const sample = await searched(db, rows, random, request, clock);
    if (sample === undefined) return { queries, cutShort: outOfTime(request, queries) };
    queries.push(sample);
    // The next table is twice as large: so are its filling and its searches.
    const step = clock.spent() - before;
    if (share < 1 && 2 * step > clock.left()) return { queries, cutShort: outOfTime(request, queries) };
  }
  return { queries, cutShort: null };
}

function outOfTime({ budgetSeconds }: CalibrationRequest, queries: readonly QuerySample[]): string {
  const last = queries.at(-1)?.rows;
  const reached = last === undefined ? 'no table was searched' : `the largest table had ${formatCount(last)} rows`;
  return `the budget of ${budgetSeconds} s; ${reached}`;
}

/** @returns false when the time was up first */
async function fill(
  db: Db,
  target: number,
  from: number,
  random: () => number,
  { dimensions, signal, onProgress }: CalibrationRequest,
  clock: Clock,
): Promise<boolean> {
  const insert = db.prepare('INSERT INTO scanned (embedding) VALUES (?)');
  for (let at = from; at < target; at += ROWS_A_BATCH) {
    await turn();
    signal.throwIfAborted();
    if (clock.left() <= 0) return false;
    onProgress?.('filling', at, target);
    db.transaction(() => {
      for (let i = at; i < Math.min(target, at + ROWS_A_BATCH); i++) insert.run(vector(dimensions, random));
    })();
  }
  return true;
}

/** What is in a vector does not matter to a scan, which reads all of it. */
function vector(dimensions: number, random: () => number): Uint8Array {
  const values = new Float32Array(dimensions);
  for (let i = 0; i < dimensions; i++) values[i] = random() * 2 - 1;
  return new Uint8Array(values.buffer);
}

/** @returns undefined where the time is too short for a median */
async function searched(
  db: Db,
  rows: number,
  random: () => number,
  { dimensions, signal, onProgress }: CalibrationRequest,
  clock: Clock,
): Promise<QuerySample | undefined> {
  const search = db.prepare('SELECT rowid FROM scanned WHERE embedding MATCH ? ORDER BY distance LIMIT ?');
  const until = clock.spent() + SEARCH_SHARE * clock.left();
  const seconds: number[] = [];
  for (let i = -WARM_UP; i < SEARCHES; i++) {
    await turn();
    signal.throwIfAborted();
    if (clock.spent() > until) break;
    const query = vector(dimensions, random);
    const begun = performance.now();
    search.all(query, NEIGHBOURS);
    if (i < 0) continue;
    seconds.push((performance.now() - begun) / 1000);
    onProgress?.(`searching ${formatCount(rows)} rows`, i + 1, SEARCHES);
  }
  if (seconds.length < LEAST_SEARCHES) return undefined;
  seconds.sort((a, b) => a - b);
  const at = (share: number): number => seconds[Math.min(seconds.length - 1, Math.floor(share * seconds.length))] ?? 0;
  return {
    index: 'flat',
    rows,
    dimensions,
    scalar: 'float32',
    m: null,
    efConstruction: null,
    efSearch: null,
    lists: null,
    probes: null,
    searches: seconds.length,
    p50Seconds: at(0.5),
    p99Seconds: at(0.99),
  };
}
