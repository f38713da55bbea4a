/** What an index took right after memctl rebuilt it: of a GIN index nothing else tells how full it is. */
import type { BloatOptions } from '../../checks/index.ts';
import type { LedgerEvent, RunStarted } from '../../maintenance/index.ts';
import type { Snapshot } from '../../store/index.ts';
import { type HistoryRuntime, openHistory } from './history.ts';

export type Baselines = NonNullable<BloatOptions['baselines']>;

/** By structure id; empty without a history, which is no condition for a report. */
export async function rebuiltSizes(snapshot: Snapshot, runtime: HistoryRuntime): Promise<Baselines> {
  // Only GIN has no better measure.
  if (!snapshot.structures.some((s) => s.kind === 'gin')) return {};
  const history = await openHistory(runtime);
  if (typeof history === 'string') return {};
  try {
    const found: Record<string, { bytes: number; rows: number }> = {};
    for (const [id, { document }] of history.latest(snapshot.identity.fingerprint, 'rebuilt')) {
      const { bytes, rows } = (document ?? {}) as { bytes?: unknown; rows?: unknown };
      if (typeof bytes === 'number' && typeof rows === 'number' && bytes > 0 && rows > 0) found[id] = { bytes, rows };
    }
    return found;
  } finally {
    history.close();
  }
}

/**
 * Remembers every index that a run has rebuilt to its end, by the size that the run itself measured.
 * @param after the store once the run was over: rows of the index
 * @returns why nothing could be remembered; undefined when all was, or nothing was rebuilt
 */
export async function rememberRebuilt(
  events: readonly LedgerEvent[],
  run: string,
  after: Snapshot,
  runtime: HistoryRuntime,
): Promise<string | undefined> {
  const actions = events.flatMap((e) => (e.run === run ? actionsOf(e) : []));
  const seen = events.flatMap((e) => {
    if (e.event !== 'action-ended' || e.run !== run || e.state !== 'done' || e.bytesAfter === null) return [];
    const action = actions.find((a) => a.id === e.action);
    if (action?.kind !== 'reindex') return [];
    const rows = after.structures.find((s) => s.id === action.structure)?.rows ?? 0;
    return rows > 0 ? [{ id: action.structure, at: new Date(e.at), bytes: e.bytesAfter, rows }] : [];
  });
  if (seen.length === 0) return undefined;
  const history = await openHistory(runtime);
  if (typeof history === 'string') return `the sizes of the rebuilt indexes are not remembered: ${history}`;
  try {
    for (const { id, at, bytes, rows } of seen)
      history.record(after.identity.fingerprint, 'rebuilt', id, at, { bytes, rows });
    return undefined;
  } finally {
    history.close();
  }
}

function actionsOf(e: LedgerEvent): RunStarted['actions'] {
  return e.event === 'run-started' || e.event === 'planned' ? e.actions : [];
}
