/** How hard the server is worked: portions by time, pauses, and waiting for those who copy what we write. */
import { type Pace, StoreError, type Target } from '../../store/index.ts';
import type { Appetite } from './doomed.ts';
import type { Leaf } from './purge-target.ts';
import type { PgSession } from './session.ts';

/** A portion is never more than this many times the last one, nor less than a tenth of it. */
const GROWTH = 4;
/** After pages without any, which cost less than those with: as long as all rows of them could be taken at once. */
const GROWTH_EMPTY = 2;
const SHRINKING = 0.1;
const MAX_ROWS = 20_000;
/** Of pages without an archive: their rows are listed nowhere, and each batch costs a flush of the ledger and of the log. */
const MAX_ROWS_OF_PAGES = 50_000;
/**
 * Beside others: seconds a batch should hold its rows, and its pause as a multiple of that. What keeps a neighbour's update waiting
 * is a core that is taken when it wakes, so it counts what share of the time we take one.
 */
const POLITE_SECONDS = 0.01;
const POLITE_PAUSE = 3;
/** Bytes of heap and TOAST a portion may span when its rows are kept in memory for the archive, and otherwise. */
const ARCHIVE_BYTES = 16 * 2 ** 20;
const RANGE_BYTES = 256 * 2 ** 20;
const CHECK_MS = 1_000;
/** After this long without falling behind less, waiting on is of no use. */
const PATIENCE_MS = 600_000;

export const FIRST: Readonly<Appetite> = { pages: 256, rows: 2_000, density: 0, reach: 0 };

/**
 * Sets how much to take next, from what the last portion took in time.
 * @param rows that went
 * @param most rows of a batch
 * @param pages of a portion at most
 */
export function adapt(
  appetite: Appetite,
  seconds: number,
  rows: number,
  pace: Pace,
  most: number,
  pages: number,
): void {
  const growth = rows === 0 ? GROWTH_EMPTY : GROWTH;
  const factor = Math.min(growth, Math.max(SHRINKING, pace.batchSeconds / Math.max(seconds, 0.001)));
  appetite.pages = Math.max(1, Math.min(pages, Math.floor(appetite.pages * factor)));
  appetite.rows = Math.max(100, Math.min(most, Math.floor(appetite.rows * factor)));
}

/** Pages of a portion at most. @param rows that went of the last one, `most` those that may go at once */
export function mostPages(leaf: Leaf, archive: boolean, most: number, rows: number): number {
  const bytes = (archive ? ARCHIVE_BYTES : RANGE_BYTES) / Math.max(1, leaf.bytesPerPage);
  // Pages without any tell nothing of what the next ones hold.
  const pages = rows === 0 ? Math.min(bytes, most / Math.max(1, leaf.rowsPerPage)) : bytes;
  return Math.max(1, Math.floor(pages));
}

/** Rows of a batch at most. */
export const mostRows = (archive: boolean): number => (archive ? MAX_ROWS / 4 : MAX_ROWS);
/** The same of a page range. */
export const mostRowsOfPages = (archive: boolean): number => (archive ? mostRows(archive) : MAX_ROWS_OF_PAGES);

/** Beside others a batch is short and its pause three times as long; where nobody is, there is nobody to pause for. */
export function paceBeside(pace: Pace, others: boolean): Pace {
  if (!others) return { ...pace, pauseRatio: 0 };
  const pauseRatio = pace.pauseRatio > 0 ? Math.max(pace.pauseRatio, POLITE_PAUSE) : 0;
  return { ...pace, pauseRatio, batchSeconds: Math.min(pace.batchSeconds, POLITE_SECONDS) };
}

/** Resolves after the time, or at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  await new Promise<void>((done) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      done();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}

/** Seconds the slowest replica is behind, and bytes of WAL that the slowest slot holds back; null where none is seen. */
export async function replication(
  session: PgSession,
): Promise<{ readonly lag: number | null; readonly held: number | null; readonly slot: string | null }> {
  const [r] = await session.query<{ lag: number | null; held: number | null; slot: string | null }>(
    `SELECT (SELECT max(extract(epoch FROM s.replay_lag))::pg_catalog.float8 FROM pg_catalog.pg_stat_replication s) AS lag,
       o.held, o.slot
     FROM (SELECT 1) one LEFT JOIN LATERAL (
       SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), l.restart_lsn)::pg_catalog.float8 AS held,
         l.slot_name::pg_catalog.text AS slot
       FROM pg_catalog.pg_replication_slots l WHERE l.restart_lsn IS NOT NULL ORDER BY 1 DESC LIMIT 1) o ON true`,
  );
  return { lag: r?.lag ?? null, held: r?.held ?? null, slot: r?.slot ?? null };
}

/** Yields a sentence for every look that finds somebody behind; ends when nobody is, or when the signal aborts. */
export async function* waitForCopies(
  session: PgSession,
  target: Target,
  pace: Pace,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const since = performance.now();
  while (!signal.aborted) {
    const { lag, held, slot } = await replication(session);
    const late = lag !== null && lag > pace.maxReplicaLagSeconds;
    const full = held !== null && held > pace.maxSlotWalBytes;
    if (!late && !full) return;
    const what = late
      ? `a replica is ${Math.round(lag)} s behind`
      : `the replication slot ${slot} holds back ${Math.round((held ?? 0) / 2 ** 20)} MiB of WAL`;
    if (performance.now() - since > PATIENCE_MS)
      throw new StoreError(
        'replication-behind',
        `${target}: ${what}, and has been too far behind for ten minutes`,
        'look after the replica, or raise the limit it may lag',
        5,
      );
    yield `waiting: ${what}`;
    await pause(CHECK_MS, signal);
  }
}
