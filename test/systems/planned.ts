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

/** Components that are not in the store: what the process holds, and files beside it. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  'neural-memory-sqlite': ['vector-index', 'process'],
};
const stored = (report: CapacityReport): CapacityReport['components'] =>
  report.components.filter(
    (c) =>
      !(c.id === 'vector-index' && c.disk.value === 0) &&
      !(BESIDE[report.workload.systemInUse?.system ?? ''] ?? []).includes(c.id),
  );

/** Bytes in the store: on disk, or in the server's memory for one that has no disk; never what the process holds. */
export function storeBytes(report: CapacityReport, where: 'disk' | 'resident' = 'disk'): number {
  return stored(report).reduce((total, c) => total + c[where].value, 0);
}

/** The ends of what the store may take on disk. */
export function storeInterval(report: CapacityReport): { low: number; high: number } {
  const disk = stored(report).map((c) => c.disk);
  return { low: disk.reduce((a, q) => a + q.low, 0), high: disk.reduce((a, q) => a + q.high, 0) };
}

/** Relative error of a figure against what was measured. */
export const off = (planned: number, measured: number): number => planned / measured - 1;
