/** What a user gets for a command line: flags as text, through the workload, to the report. */
import { estimate } from '../../src/capacity/estimate.ts';
import type { CapacityReport } from '../../src/capacity/report.ts';
import { completeWorkload, draftFrom, type Workload } from '../../src/workload/index.ts';

/** A fixed clock: only the age of prices depends on it. */
export const NOW: Date = new Date('2026-09-15T00:00:00Z');

/** Flags without their dashes: `{ n: '10M', dims: '1536' }`. */
export type Flags = Readonly<Record<string, string | number>>;

export function workloadFrom(flags: Flags): Workload {
  return completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`));
}

export function reportFrom(flags: Flags): CapacityReport {
  return estimate(workloadFrom(flags), { now: NOW });
}

export const GiB: number = 2 ** 30;

export function disk(report: CapacityReport, id: string): number {
  const found = report.components.find((c) => c.id === id);
  if (found === undefined) throw new Error(`no component ${id} in ${report.components.map((c) => c.id).join(', ')}`);
  return found.disk.value;
}

/** Every sentence a user may read in a report. */
export function sentencesOf(report: CapacityReport): string[] {
  const { tier, build, query } = report;
  return [
    ...report.headline,
    ...tier.checks.map((c) => c.because),
    ...tier.reasons,
    ...tier.leaveWhen,
    ...tier.failureModes,
    ...tier.rejected.map((r) => `${r.title}: ${r.because}`),
    ...report.advice.map((a) => a.message),
    ...report.comparison.flatMap((c) => [c.says, c.ours]),
    ...report.notes,
    ...build.settings,
    build.error ?? '',
    build.note ?? '',
    query.refused ?? '',
    query.note ?? '',
    query.recallNote,
    ...report.cost.oneOff.map((l) => `${l.title} ${l.note ?? ''}`),
    ...report.cost.monthly.map((l) => `${l.title} ${l.note ?? ''}`),
  ].filter((s) => s !== '');
}
