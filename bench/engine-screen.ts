/** The screen of `memplan estimate` for a command line, for the worked examples of docs/engines. */
import { capacityJson } from '../src/capacity/capacity-json.ts';
import { estimate } from '../src/capacity/estimate.ts';
import { capacityScreen } from '../src/render/capacity/table.ts';
import { PLAIN } from '../src/render/paint.ts';
import { completeWorkload, draftFrom } from '../src/workload/index.ts';

const COLUMNS = 100;
/** Only the age of prices depends on the clock. */
const NOW = new Date('2026-09-15T00:00:00Z');

/** @param line the flags as typed: "--n 10M --dims 1536" */
export function engineScreen(line: string): string[] {
  const flags = Object.fromEntries(
    [...line.matchAll(/--([a-z0-9-]+) (\S+)/g)].map((m) => [m[1] as string, m[2] as string]),
  );
  const report = estimate(completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`)), { now: NOW });
  const screen = capacityScreen(capacityJson(report, NOW), { columns: COLUMNS, paint: PLAIN, verbose: false });
  return [`$ memplan estimate ${line}`, ...screen.trimEnd().split('\n')];
}
