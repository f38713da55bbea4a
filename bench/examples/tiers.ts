/** One workload after another through the tiers: which engine, what refused the tier below, and where the answer flips. */
import { estimate } from '../../src/capacity/estimate.ts';
import type { CapacityReport } from '../../src/capacity/report.ts';
import { formatShortCount } from '../../src/quantity/index.ts';
import { completeWorkload, draftFrom } from '../../src/workload/index.ts';

const LINES = [
  '--n 10k',
  '--n 100k',
  '--n 1M',
  '--n 10M',
  '--n 10M --index-type halfvec',
  '--n 10M --ram 128GiB',
  '--n 10M --dims 384',
  '--n 100M',
  '--n 200M',
  '--n 2M --build-window 60s',
  '--n 5k --users 50',
  '--n 5k --writes-per-day 1B',
  '--n 50M --largest-namespace 20M',
  '--n 1M --budget 100',
];

function reportOf(line: string): CapacityReport {
  const flags = Object.fromEntries(
    [...line.matchAll(/--([a-z0-9-]+) (\S+)/g)].map((m) => [m[1] as string, m[2] as string]),
  );
  return estimate(completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`)), { now: new Date('2026-09-15') });
}

/** The tier refused last: the one just below the answer. */
function refusal(r: CapacityReport): string {
  const below = r.tier.rejected.filter((x) => x.level < (r.tier.level ?? 0)).sort((a, b) => b.level - a.level)[0];
  if (below === undefined) return 'the lowest tier';
  const holds = below.holdsUpTo === undefined ? '' : ` (holds up to ${formatShortCount(below.holdsUpTo)})`;
  return `not ${below.title}: ${below.because}${holds}`;
}

export default function tiers(): string[] {
  return LINES.flatMap((line) => {
    const r = reportOf(line);
    const machines = r.machines.value > 1 ? `, ${r.machines.value} machines` : '';
    const flip =
      r.tier.flipsAt === undefined
        ? ''
        : `; flips at ${formatShortCount(r.tier.flipsAt.rows)} by ${r.tier.flipsAt.constraint}`;
    const fits = r.tier.fits ? '' : ', and does not fit';
    return [`${line}`, `    ${r.engine.title}${machines}${fits}${flip}`, `    ${refusal(r)}`];
  });
}
