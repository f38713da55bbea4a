/** What changed since memctl last looked: the history is read, compared and written in one place. */
import type { Growth } from '../../capacity/store-report.ts';
import type { Snapshot } from '../../store/index.ts';
import { type HistoryRuntime, openHistory, readHistory } from './history.ts';

interface Seen {
  readonly totalBytes: number | null;
  readonly rows: Readonly<Record<string, number>>;
}

const SUBJECT = 'whole';
/** Two looks within this many seconds are one: a second `stats` must not report "no growth" over half a minute. */
const SAME_LOOK_S = 60;

/** Below this many days no rate a day is told. */
const LEAST_DAYS = 1;

export interface GrowthSeen {
  /** Null on the first look. */
  readonly growth: Growth | null;
  /** Why nothing could be remembered; for stderr. */
  readonly note?: string;
}

/** Compares with the last look at the same store and remembers this one. */
export async function growthSinceLast(snapshot: Snapshot, runtime: HistoryRuntime): Promise<GrowthSeen> {
  const history = await openHistory(runtime);
  if (typeof history === 'string') return { growth: null, note: `growth is not told: ${history}` };
  try {
    const at = new Date(snapshot.takenAt);
    const id = snapshot.identity.fingerprint;
    const now: Seen = {
      totalBytes: snapshot.storage.totalBytes,
      // A role that sees part of the rows must not be told that the rest has gone.
      rows: Object.fromEntries(snapshot.memorySets.filter((m) => m.hidden === undefined).map((m) => [m.id, m.rows])),
    };
    const last = history.last(id, 'stats', SUBJECT, new Date(at.getTime() - SAME_LOOK_S * 1000));
    history.record(id, 'stats', SUBJECT, at, now);
    if (last === undefined) return { growth: null };
    const before = last.document as Seen;
    const days = (at.getTime() - last.at.getTime()) / 86_400_000;
    return {
      growth: {
        since: last.at.toISOString(),
        days,
        bytes: now.totalBytes === null || before.totalBytes === null ? null : now.totalBytes - before.totalBytes,
        sets: Object.entries(now.rows).flatMap(([set, rows]) => {
          const then = before.rows[set];
          return then === undefined
            ? []
            : [{ set, rows: rows - then, rowsPerDay: days < LEAST_DAYS ? null : (rows - then) / days }];
        }),
      },
    };
  } finally {
    history.close();
  }
}

/** Rows of one set at every look that is kept, oldest first. */
export interface RowsSeen {
  readonly at: Date;
  readonly rows: number;
}

/**
 * What `memctl stats` saw of one set of a store, for whoever wants to tell the future from it. Reads, and writes nothing.
 * @param store the store's fingerprint
 * @returns the looks, or the reason why there are none
 */
export async function rowsSeen(
  store: string,
  set: string,
  runtime: HistoryRuntime,
): Promise<readonly RowsSeen[] | string> {
  const history = await readHistory(runtime);
  if (typeof history === 'string') return history;
  try {
    return history.series(store, 'stats', SUBJECT).flatMap(({ at, document }) => {
      const rows = (document as Partial<Seen> | null)?.rows?.[set];
      return typeof rows === 'number' && Number.isFinite(rows) ? [{ at, rows }] : [];
    });
  } finally {
    history.close();
  }
}
