/**
 * Rows that say what another row says → the actions that take them out of what searches find: marked in the way of the store's own
 * software where it has one, removed where that was asked for, and else left with the reason.
 */
import { formatCount } from '../quantity/index.ts';
import {
  type Action,
  type Duplicate,
  type MemorySet,
  type PurgeAction,
  type RowAction,
  type Snapshot,
  type SupersedeAction,
  standing,
} from '../store/index.ts';
import type { Drift } from './maintenance-plan.ts';
import type { Left } from './purge-actions.ts';

export interface SetDuplicates {
  readonly set: MemorySet;
  readonly duplicates: readonly Duplicate[];
  /** Rows are removed, whether or not the software knows a way to mark them. */
  readonly delete: boolean;
  /** The table has no key by which a row is found again. */
  readonly keyless?: boolean;
}

export interface DedupActions {
  readonly actions: readonly RowAction[];
  readonly left: readonly Left[];
}

/**
 * Rows a second that are superseded or removed by key, each compared once more with what it was: roughly, for an expectation on the
 * screen, nothing else.
 */
const ROWS_PER_SECOND = 5_000;

/** @param profiles of the snapshot: the digests of the sets' readings are theirs */
export function dedupActions(sets: readonly SetDuplicates[], profiles: Snapshot['profiles']): DedupActions {
  const actions: RowAction[] = [];
  const left: Left[] = [];
  for (const s of sets) {
    if (s.duplicates.length === 0) continue;
    const { kept, dropped } = standing(s.duplicates);
    const why = leftAlone(s);
    if (why !== undefined) left.push({ ...leftOf(s.set, why), unmeasured: false });
    else if (kept.length > 0) actions.push(actionOf(s, kept, profiles));
    if (why !== undefined || dropped === 0) continue;
    const said = `${formatCount(dropped)} of its rows are left: the row that should stay for each would go as well`;
    left.push({ ...leftOf(s.set, said), unmeasured: false });
  }
  return { actions, left };
}

const leftOf = (set: MemorySet, why: string): Pick<Left, 'subject' | 'title' | 'why'> => ({
  subject: set.id,
  title: set.title,
  why,
});

function leftAlone({ set, delete: remove, keyless }: SetDuplicates): string | undefined {
  if (set.readOnly !== undefined) return `for review only: ${set.readOnly}`;
  if (set.hidden !== undefined) return `rows are hidden from this role (${set.hidden.why})`;
  if (keyless === true) return 'its table has no primary key, so no row of it can be found again';
  if (remove || set.supersede !== undefined) return undefined;
  return 'no way is known in which its software marks a row as superseded; --delete removes such rows, and keeps them for memctl undo';
}

function actionOf(
  { set, delete: remove }: SetDuplicates,
  duplicates: readonly Duplicate[],
  profiles: Snapshot['profiles'],
): RowAction {
  const rows = duplicates.length;
  const digest = digestOf(set.id, profiles) ?? set.supersede?.digest;
  const base = {
    lock: 'rows' as const,
    seconds: Math.max(0.1, rows / ROWS_PER_SECOND),
    diskNeeded: null,
    reclaims: null,
    statement: null,
    set: set.id,
    ...(digest === undefined ? {} : { digest }),
    rows,
    of: set.rows,
    duplicates,
  };
  const which = `${formatCount(rows)} of ${formatCount(set.rows)} ${set.title}`;
  if (remove || set.supersede === undefined)
    return {
      ...base,
      kind: 'purge',
      id: `purge:duplicates:${set.id}`,
      reason: 'duplicates',
      order: 10,
      rule: 'another row, which stays, says the same',
      title: `remove ${which}, of each of which another row says the same`,
    };
  const { rule } = set.supersede;
  return {
    ...base,
    kind: 'supersede',
    id: `supersede:${set.id}`,
    order: 5,
    rule,
    title: `supersede ${which} by the row that says the same: ${rule}`,
  };
}

const digestOf = (set: string, profiles: Snapshot['profiles']): string | undefined =>
  profiles.flatMap((p) => p.mapping).find((m) => m.set === set)?.digest;

/** Whether it is about rows that say what another one says. */
export function isOfDuplicates(a: Action): a is SupersedeAction | (PurgeAction & { readonly reason: 'duplicates' }) {
  return a.kind === 'supersede' || (a.kind === 'purge' && a.reason === 'duplicates');
}

/**
 * Such actions of a saved plan against the store as it is now. Rows are compared with what they were by the store itself, one by
 * one; here only whether the set is still read and marked in the same way.
 * @returns the actions with the rows that the set has now, and what has changed
 */
export function dedupActionsNow(
  planned: readonly Action[],
  { memorySets, profiles }: Pick<Snapshot, 'memorySets' | 'profiles'>,
): { readonly actions: readonly RowAction[]; readonly drift: readonly Drift[] } {
  const actions: RowAction[] = [];
  const drift: Drift[] = [];
  const changed = (message: string): void => void drift.push({ code: 'rule-changed', message });
  for (const a of planned.filter(isOfDuplicates)) {
    const set = memorySets.find((s) => s.id === a.set);
    if (set === undefined) changed(`${a.set}: the memory set is not there any more`);
    else if (set.readOnly !== undefined) changed(`${a.set}: its rows are only read now: ${set.readOnly}`);
    else if (a.kind === 'supersede' && a.rule !== set.supersede?.rule)
      changed(
        `${a.set}: rows are superseded by "${a.rule}" in the plan, and now ${set.supersede === undefined ? 'no way to do that is known' : `they would be by "${set.supersede.rule}"`}`,
      );
    else if (a.digest !== (digestOf(a.set, profiles) ?? set.supersede?.digest))
      changed(
        `${a.set}: its columns, units or dependents are read in another way than in the plan (another --map, --profile or release)`,
      );
    else actions.push({ ...a, of: set.rows });
  }
  return { actions, drift };
}
