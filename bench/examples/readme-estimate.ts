import { capacityJson } from '../../src/capacity/capacity-json.ts';
import { estimate } from '../../src/capacity/estimate.ts';
import { capacityScreen } from '../../src/render/capacity/table.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { workload } from '../../src/workload/from-text.ts';

/** What `memplan estimate --n 10M --dims 1536` prints. The clock stands still: only the age of prices depends on it. */
export default function example(): string[] {
  const now = new Date('2026-11-20T00:00:00Z');
  const report = estimate(workload({ n: '10M', dims: 1536 }), { now });
  const screen = capacityScreen(capacityJson(report, now), { columns: 80, paint: PLAIN, verbose: false });
  return ['$ memplan estimate --n 10M --dims 1536', ...screen.trimEnd().split('\n')];
}
