/** What there is to give back, by the checks: the actions, and every structure that is left alone. */
import { bloatReport, compaction } from '../../checks/index.ts';
import { type Left, type PlanSettings, reclaimAfterPurge } from '../../maintenance/index.ts';
import { formatBytes, formatCount, InputError, nearest } from '../../quantity/index.ts';
import type { Action, Snapshot } from '../../store/index.ts';

/** How the proof begins that space needs nothing: after a purge it is given anew. */
const NOTHING = 'nothing to give back';
export const isReclaimProof = (text: string): boolean => text.startsWith(NOTHING);

export interface Reclaim {
  readonly actions: readonly Action[];
  readonly left: readonly Left[];
  readonly clean: readonly string[];
}

/**
 * @param removed rows that a purge has just removed, by memory set: statistics do not know of them yet
 * @throws InputError when the structure that was asked for is not there
 */
export function reclaimActions(
  snapshot: Snapshot,
  removed: ReadonlyMap<string, number>,
  settings: Pick<PlanSettings, 'structure' | 'minBytes'>,
): Reclaim {
  const { structure, minBytes } = settings;
  if (structure !== null) known(snapshot, structure);
  const report = bloatReport(snapshot, minBytes === null ? {} : { thresholds: { minBytes } });
  const found = compaction(report, snapshot);
  const all = removed.size === 0 ? found.actions : reclaimAfterPurge(snapshot, found.actions, removed);
  const wanted = (id: string): boolean => structure === null || id === structure;
  const actions = all.filter((a) => a.kind !== 'purge' && wanted(a.structure));
  const names = new Map(snapshot.structures.map((s) => [s.id, s.name]));
  const left = found.left
    .filter((l) => wanted(l.structure))
    .map((l) => ({
      subject: l.structure,
      title: names.get(l.structure) ?? l.structure,
      why: l.why,
      // A structure that was asked for by name and cannot be measured is a gap; that others cannot, `bloat` tells.
      unmeasured: structure !== null && l.why.startsWith('unmeasured'),
    }));
  const could = report.totals.reclaimable.value;
  const clean =
    actions.length > 0
      ? []
      : [
          `${NOTHING}: ${formatCount(report.structures.length)} structures, ${formatBytes(report.totals.actual.value)}, about ${formatBytes(Math.max(0, could))} of it would come back by rebuilding, below the threshold of each`,
        ];
  return { actions, left, clean };
}

function known(snapshot: Snapshot, structure: string): void {
  const ids = snapshot.structures.map((s) => s.id);
  if (ids.includes(structure)) return;
  const near = nearest(structure, ids);
  throw new InputError(
    'unknown-structure',
    `--structure: "${structure}" is no structure of ${snapshot.identity.name}${near === undefined ? '' : `; did you mean ${near}?`}`,
    'memctl bloat STORE lists them',
  );
}
