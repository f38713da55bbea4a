/** The plan of a store that searches nothing by itself: its tables on one machine, and what the system's process holds. */
import type { Component, EnginePlan, Growth } from '../engines/engine.ts';
import { linearGrowth } from '../engines/engine.ts';
import { onlyInRam } from '../engines/in-ram.ts';
import { derive, leaf, type Quantity, revised, sum } from '../quantity/index.ts';
import type { IndexKind, Workload } from '../workload/index.ts';

export interface PlannedStore {
  readonly index: IndexKind;
  readonly components: readonly Component[];
  readonly notes: readonly string[];
  readonly build?: string;
  /** Why no latency is given. */
  readonly refused: string;
  readonly insertRate?: Quantity<'rows/s'>;
  readonly growth?: Growth;
  /** What a rebuild writes beside the old structures; the largest component where absent. */
  readonly rebuildPeak?: Quantity<'B'>;
}

export function plannedStore(s: PlannedStore, w: Workload): EnginePlan {
  const [first, ...rest] = s.components.map((c) => c.resident);
  const resident = sum('resident bytes', first as Quantity<'B'>, ...rest);
  return {
    index: s.index,
    components: s.components,
    machines: leaf('machines', 1, 'count'),
    residentPerMachine: resident,
    rebuildPeak: s.rebuildPeak ?? largestAgain(s.components.map((c) => c.disk)),
    build: { spills: false, settings: [], note: s.build ?? 'nothing is built: rows are stored as they are written' },
    ...onlyInRam({ refused: s.refused }, resident, w),
    ...(s.insertRate === undefined ? {} : { insertRate: s.insertRate }),
    cliffs: () => [],
    growth: s.growth ?? linearGrowth(w),
    notes: s.notes,
  };
}

/** The largest of them; within their intervals it may be another one. */
function largestAgain(sizes: readonly Quantity<'B'>[]): Quantity<'B'> {
  const [largest] = [...sizes].sort((a, b) => b.value - a.value);
  const again = derive('largest structure, a second time', 'B', 'largest', { largest: largest as Quantity<'B'> });
  const low = Math.max(...sizes.map((q) => q.low));
  const high = Math.max(...sizes.map((q) => q.high));
  return low === again.low && high === again.high ? again : revised(again, { low, high });
}
