/** What there is to give back, by the checks: the actions, and every structure that is left alone. */
import { bloatReport, compaction } from '../../checks/index.ts';
import { type Left, type PlanSettings, reclaimAfterPurge } from '../../maintenance/index.ts';
import { formatBytes, formatCount, InputError, nearest } from '../../quantity/index.ts';
import type { Action, Snapshot } from '../../store/index.ts';
import type { Baselines } from './rebuilt-sizes.ts';

/** How the proof begins that space needs nothing, or what was seen of it: after a purge it is given anew. */
const NOTHING = 'nothing to give back';
const NONE_SEEN = 'no room to give back was found';
export const isReclaimProof = (text: string): boolean => text.startsWith(NOTHING) || text.startsWith(NONE_SEEN);

export interface Reclaim {
  readonly actions: readonly Action[];
  readonly left: readonly Left[];
  readonly clean: readonly string[];
}

/**
 * @param removed rows that a purge has just removed, by memory set: statistics do not know of them yet
 * @param baselines what structures took right after they were rebuilt, from the history
 * @throws InputError when the structure that was asked for is not there
 */
export function reclaimActions(
  snapshot: Snapshot,
  removed: ReadonlyMap<string, number>,
  settings: Pick<PlanSettings, 'command' | 'structure' | 'minBytes'>,
  baselines: Baselines = {},
): Reclaim {
  const { structure, minBytes } = settings;
  if (structure !== null) known(snapshot, structure);
  const report = bloatReport(snapshot, { ...(minBytes === null ? {} : { thresholds: { minBytes } }), baselines });
  const found = compaction(report, snapshot, structure === null ? {} : { asked: structure });
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
      // A structure that was asked for by name and cannot be measured is a gap, and to `compact` every one that a grant
      // would show; that others cannot, `bloat` tells.
      unmeasured:
        l.why.startsWith('unmeasured') && (structure !== null || (l.act === true && settings.command === 'compact')),
      ...(structure === null && l.act !== true ? { routine: true as const } : {}),
    }));
  return { actions, left, clean: actions.length > 0 ? [] : proof(report) };
}

/** What was looked at and needs nothing. Structures that the role may not see are no part of it: none seen, none proved. */
function proof(report: ReturnType<typeof bloatReport>): string[] {
  const hidden = report.structures.filter((s) => s.unmeasured?.grant !== undefined);
  const seen = report.structures.filter((s) => !hidden.includes(s));
  if (seen.length === 0 && hidden.length > 0) return [];
  // What is bloated and stays is named with its reason.
  const small = seen.filter((s) => s.state !== 'bloated');
  const could = small.reduce((sum, s) => sum + (s.reclaimable?.value ?? 0), 0);
  const others = small.length < seen.length;
  const why =
    could < 1
      ? `as small as rebuilding would make ${others ? 'the others' : 'them'}`
      : `about ${formatBytes(could)}${others ? ' of the others' : ''} would come back by rebuilding, below the threshold of each`;
  if (hidden.length === 0)
    return [`${NOTHING}: ${formatCount(seen.length)} structures, ${formatBytes(report.totals.actual.value)}, ${why}`];
  return [
    `${NONE_SEEN} in ${formatCount(seen.length)} of ${formatCount(report.structures.length)} structures, ${why}; this role cannot see into the other ${formatCount(hidden.length)}`,
  ];
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
