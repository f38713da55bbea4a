/** What there is to give back, by the checks: the actions, and every structure that is left alone. */
import { bloatReport, compaction } from '../../checks/index.ts';
import { type Left, type PlanSettings, reclaimAfterPurge } from '../../maintenance/index.ts';
import { formatBytes, formatCount, InputError, nearest } from '../../quantity/index.ts';
import { type Action, isReclaim, type Snapshot } from '../../store/index.ts';
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
  const actions = all.filter((a) => isReclaim(a) && wanted(a.structure));
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

/**
 * What was looked at and needs nothing, with how much of the store that is: what was not measured is no part of it, and what
 * the role may not see is named.
 */
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
  const { actual, measuredShare } = report.totals;
  // The catalog of a SQLite file is never measured, and nothing to give back.
  const unseen = report.structures.filter((s) => s.expected === null && s.kind !== 'catalog');
  const whole = unseen.reduce((sum, s) => sum + (s.actual?.value ?? 0), 0) <= NEXT_TO_NOTHING * actual.value;
  if (hidden.length === 0 && whole)
    return [`${NOTHING}: ${structures(seen.length)}, ${formatBytes(actual.value)}, ${why}`];
  const measured = report.structures.filter((s) => s.expected !== null);
  const bytes = `${formatBytes(measured.reduce((sum, s) => sum + (s.actual?.value ?? 0), 0))} of ${formatBytes(actual.value)}`;
  const of = `${formatCount(measured.length)} of ${structures(report.structures.length)}`;
  const cannot =
    hidden.length === 0
      ? ''
      : `; this role cannot see into ${formatCount(hidden.length)} of ${formatCount(report.structures.length)}`;
  if (measuredShare === 0) {
    const [largest] = [...unseen].sort((a, b) => (b.actual?.value ?? 0) - (a.actual?.value ?? 0));
    const because = largest?.unmeasured === undefined ? '' : ` (${largest.unmeasured.why})`;
    return [
      `${NONE_SEEN}: 0 B of ${formatBytes(actual.value)} in ${structures(report.structures.length)} measured${because}${cannot}`,
    ];
  }
  const rest = whole ? '' : '; nothing is claimed of the rest';
  return [`${NONE_SEEN} in what was measured, ${bytes} in ${of}: ${why}${cannot}${rest}`];
}

const structures = (n: number): string => `${formatCount(n)} ${n === 1 ? 'structure' : 'structures'}`;

/** Up to this share of the bytes, what was not measured is a page or two. */
const NEXT_TO_NOTHING = 0.005;

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
