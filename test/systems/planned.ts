/** A named system's plan for a store whose rows were counted: what --system would say with the means as flags. */
import { estimate } from '../../src/capacity/estimate.ts';
import type { CapacityReport } from '../../src/capacity/report.ts';
import { systemDraft } from '../../src/systems/index.ts';
import { completeWorkload, draftFrom, mergeDrafts } from '../../src/workload/index.ts';
import { type Flags, NOW } from '../capacity/plan-from-flags.ts';

export function reportOf(system: string, flags: Flags): CapacityReport {
  const draft = mergeDrafts(
    systemDraft(system),
    draftFrom({ ...flags, system }, 'flag', (id) => `--${id}`),
  );
  return estimate(completeWorkload(draft), { now: NOW });
}

/** Bytes in the store: on disk, or in the server's memory for one that has no disk; never what the process holds. */
export function storeBytes(report: CapacityReport, where: 'disk' | 'resident' = 'disk'): number {
  return report.components
    .filter((c) => !(c.id === 'vector-index' && c.disk.value === 0))
    .reduce((total, c) => total + c[where].value, 0);
}

/** Relative error of a figure against what was measured. */
export const off = (planned: number, measured: number): number => planned / measured - 1;
