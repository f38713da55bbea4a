/** What a store would take without its redundant rows: memplan's own estimate of it, twice. */
import { estimate } from '../../capacity/estimate.ts';
import { workloadFromSnapshot } from '../../capacity/from-snapshot.ts';
import type { CapacityReport } from '../../capacity/report.ts';
import type { DedupSet, Dividend } from '../../dedup/dedup-report.ts';
import { formatCount, isInputError } from '../../quantity/index.ts';
import type { Counted, Snapshot } from '../../store/index.ts';
import { completeWorkload, draftFromStore, PARAMETERS } from '../../workload/index.ts';

/**
 * Null where nothing is redundant, the redundant rows are not those that memplan plans with, or what is known of the store is
 * not enough to plan it (no vectors: no dimensions).
 */
export function dividendOf(snapshot: Snapshot, sets: readonly DedupSet[], now: Date): Dividend | null {
  const planned = [...snapshot.memorySets.filter((m) => m.primary)].sort((a, b) => b.rows - a.rows)[0];
  const set = sets.find((s) => s.set === planned?.id);
  if (planned === undefined || set === undefined || set.rate.redundancy.value <= 0) return null;
  const { fields } = workloadFromSnapshot(snapshot);
  const n = fields['n']?.value;
  if (typeof n !== 'number' || fields['dims'] === undefined) return null;
  const rows = redundantRows(set);
  const then = Math.max(1, Math.round(n - rows.value));
  try {
    const before = planOf(snapshot, n, now);
    const after = planOf(snapshot, then, now);
    return {
      set: set.set,
      rows,
      bytes: sides(before.totals.disk.value, after.totals.disk.value),
      ram: sides(before.totals.resident.value, after.totals.resident.value),
      moneyPerMonth: { ...sides(monthly(before), monthly(after)), currency: 'USD' },
      tier: sides(before.engine.title, after.engine.title),
      how: `memplan's estimate of a fresh store with the measured dimensions and text, at ${formatCount(n)} and at ${formatCount(then)} rows, once what is superseded has been removed and its space given back`,
    };
  } catch (e) {
    // A store that cannot be planned has no dividend to tell; what it holds twice is told all the same.
    if (isInputError(e)) return null;
    throw e;
  }
}

const sides = <T extends number | string>(now: T, then: T): { now: T; then: T } => ({ now, then });

/** Rows that could go, of all active rows: those that were compared, or the whole that a sample stands for. */
export function redundantRows(s: DedupSet): Counted {
  const compared = s.rows + s.skipped.inactive + s.skipped.empty;
  const active = s.sampled === null || compared === 0 ? s.rows : s.of * (s.rows / compared);
  const { value, low, high } = s.rate.redundancy;
  return { value: Math.round(value * active), low: Math.round(low * active), high: Math.round(high * active) };
}

const monthly = (r: CapacityReport): number => r.cost.monthly.reduce((sum, l) => sum + l.usd.value, 0);

function planOf(snapshot: Snapshot, n: number, now: Date): CapacityReport {
  const { fields } = workloadFromSnapshot(snapshot);
  // Namespaces shrink with the whole: how the largest one does is not known, and it never exceeds it.
  const kept = Object.entries(fields).filter(
    ([id]) => PARAMETERS.some((p) => p.id === id) && id !== 'largest-namespace' && id !== 'namespaces',
  );
  const draft = draftFromStore({ ...Object.fromEntries(kept), n: { value: n } }, snapshot.identity.address);
  return estimate(completeWorkload(draft), { now });
}
