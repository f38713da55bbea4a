/** Afterwards the store is asked again: what the run was for must be found done, and what the ledger says must agree. */
import { formatCount } from '../quantity/index.ts';
import type { MemorySet, PurgeAction, Snapshot } from '../store/index.ts';
import type { LedgerEvent } from './ledger.ts';
import { type PurgeRules, purgeActions } from './purge-actions.ts';
import { CAP_REACHED } from './row-budget.ts';
import type { Verification } from './run-report.ts';

/**
 * @param before the set counts that the plan was made from
 * @param after the same, once the run was over
 * @param rules what was removed by: by the same rules, nothing may be left
 */
export function verifyPurge(
  before: Snapshot,
  after: Snapshot,
  purges: readonly PurgeAction[],
  rules: PurgeRules,
  events: readonly LedgerEvent[],
): Verification[] {
  const now = purgeActions(after, rules).actions;
  return purges.map((a) => {
    const end = events.find((e) => e.event === 'action-ended' && e.action === a.id);
    const rows = end?.event === 'action-ended' ? end.rows : committedRows(events, a.id);
    const was = before.memorySets.find((s) => s.id === a.set);
    const is = after.memorySets.find((s) => s.id === a.set);
    const title = was?.title ?? a.set;
    const remaining = now.find((n) => n.id === a.id)?.rows ?? 0;
    const early = end?.event !== 'action-ended' || end.state === 'stopped' || end.state === 'failed';
    const capped = end?.event === 'action-ended' && end.why === CAP_REACHED;
    if (is === undefined) return { subject: a.set, ok: false, message: `${title}: the set is no longer there` };
    const counts =
      is.rowsFrom === undefined
        ? `${formatCount(rows)} went, ${formatCount(is.rows)} of ${formatCount(was?.rows ?? 0)} ${title} are there`
        : `${formatCount(rows)} of ${formatCount(was?.rows ?? 0)} ${title} went, which leaves ${formatCount(is.rows)}`;
    // What was not gone through to its end is not expected to be at it: how it ended is said with the action.
    if ((early || capped) && remaining > 0) {
      const went = a.reason === 'orphans' ? `${formatCount(rows)} rows of ${a.dependent ?? a.set} went` : counts;
      const why = capped ? CAP_REACHED : 'it ended before its end';
      return {
        subject: a.set,
        ok: early,
        message: `${went}; ${why}, and ${formatCount(remaining)} that should go are left to the next run`,
      };
    }
    if (a.reason === 'orphans') {
      const gone = `${formatCount(rows)} rows of ${a.dependent ?? a.set} went`;
      const repair = was?.orphans?.find((o) => o.table === a.dependent)?.repair;
      if (repair !== undefined)
        return remaining === 0
          ? { subject: a.set, ok: true, message: `${formatCount(rows)} done; ${repair.clean}` }
          : {
              subject: a.set,
              ok: false,
              message: `${formatCount(rows)} done; ${formatCount(remaining)} are left: ${a.rule}`,
            };
      return remaining === 0
        ? { subject: a.set, ok: true, message: `${gone}; none is left without its row of ${was?.table ?? a.set}` }
        : { subject: a.set, ok: false, message: `${gone}; ${formatCount(remaining)} are still without their row` };
    }
    // A bound by age is an upper one: what lies in the bucket of the limit is younger or older, and only the store knows.
    if (a.reason === 'retention') return { subject: a.set, ok: true, message: counts };
    if (remaining === 0)
      return {
        subject: a.set,
        ok: true,
        message: `${counts}; none is left that ${a.reason === 'expired' ? `meets ${a.rule}` : 'should go'}`,
      };
    return { subject: a.set, ok: false, message: `${counts}; ${formatCount(remaining)} still meet ${a.rule}` };
  });
}

/**
 * The sets as they are once rows went, where that needs no counting: each purge was of what had expired, got to its end, and
 * all rows of its set were read again over another connection while nobody else wrote to them.
 * @returns undefined where any of it is not so
 */
export function setsAfterwards(
  before: Snapshot,
  purges: readonly PurgeAction[],
  events: readonly LedgerEvent[],
): MemorySet[] | undefined {
  const went = new Map<string, number>();
  for (const a of purges) {
    const end = events.find((e) => e.event === 'action-ended' && e.action === a.id);
    if (end?.event !== 'action-ended' || end.state !== 'done' || end.readAgain !== true) return undefined;
    if (a.reason !== 'expired' || end.why !== null || went.has(a.set)) return undefined;
    went.set(a.set, end.rows);
  }
  if (went.size === 0) return undefined;
  return before.memorySets.map((s) => {
    const rows = went.get(s.id);
    if (rows === undefined) return s;
    const ttl = s.ttl === null ? null : { ...s.ttl, expired: 0, oldestExpired: null };
    return {
      ...s,
      rows: Math.max(0, s.rows - rows),
      rowsFrom: 'those that were counted before, without those that went',
      ttl,
    };
  });
}

function committedRows(events: readonly LedgerEvent[], action: string): number {
  return events.reduce((n, e) => n + (e.event === 'committed' && e.action === action ? e.rows : 0), 0);
}
