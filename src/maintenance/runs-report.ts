/** The ledger as a list: one entry a run. */
import type { RunState, RunSummary } from './ledger.ts';

export interface ListedRun {
  readonly run: string;
  readonly command: string;
  readonly store: string;
  readonly address: string;
  readonly startedAt: string;
  /** Null for a run without an end: at work, or broken off. */
  readonly endedAt: string | null;
  readonly state: RunState | 'unfinished';
  /** Rows removed and superseded, or in an undo put back. */
  readonly rows: number;
  readonly archive: string | null;
  /** The run that this one took back, and the one that took this one back. */
  readonly undoes: string | null;
  readonly undoneBy: string | null;
  readonly why: string | null;
}

export interface RunsReport {
  readonly schemaVersion: 1;
  readonly kind: 'runs-report';
  readonly generatedAt: string;
  /** Folder of the ledgers. */
  readonly ledger: string;
  /** Newest first. */
  readonly runs: readonly ListedRun[];
  /** Ledgers that cannot be read. */
  readonly unreadable: readonly string[];
}

export function runsReport(
  runs: readonly RunSummary[],
  o: { readonly generatedAt: Date; readonly folder: string; readonly unreadable: readonly string[] },
): RunsReport {
  const undoneBy = (id: string): string | null =>
    runs.find((r) => r.started.undoes === id && (r.state === 'done' || r.state === 'nothing'))?.run ?? null;
  return {
    schemaVersion: 1,
    kind: 'runs-report',
    generatedAt: o.generatedAt.toISOString(),
    ledger: o.folder,
    runs: [...runs]
      .sort((a, b) => (a.run < b.run ? 1 : -1))
      .map((r) => ({
        run: r.run,
        command: r.started.command,
        store: r.started.store.name,
        address: r.started.store.address,
        startedAt: r.started.at,
        endedAt: r.endedAt,
        state: r.state,
        rows: r.rows,
        archive: r.started.archive,
        undoes: r.started.undoes,
        undoneBy: undoneBy(r.run),
        why: r.why,
      })),
    unreadable: o.unreadable,
  };
}
