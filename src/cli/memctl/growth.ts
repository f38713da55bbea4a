/** What changed since memctl last looked: the history is read, compared and written in one place. */
import type { Growth } from '../../capacity/store-report.ts';
import type { Snapshot } from '../../store/index.ts';
import { type HistoryRuntime, openHistory } from './history.ts';

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
