/** The Markdown of `memplan diff` that docs/diff.md shows. */
import { type CapacityJson, capacityJson } from '../../src/capacity/capacity-json.ts';
import { diff as diffReport } from '../../src/capacity/diff.ts';
import { estimate } from '../../src/capacity/estimate.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { diffPage } from '../../src/render/capacity/diff.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { workload } from '../../src/workload/from-text.ts';

const NOW = new Date('2026-11-20T00:00:00Z');

export default function diff(): string[] {
  const report = (dims: number): CapacityJson => capacityJson(estimate(workload({ n: '2M', dims }), { now: NOW }), NOW);
  const changes = diffReport(
    { name: 'baseline.json', report: report(768) },
    { name: 'the workload now', report: report(1024) },
    0.01,
  );
  const screen = pageScreen(diffPage(reportJson(changes, NOW)), { columns: 80, paint: PLAIN, verbose: false });
  return ['$ memplan diff baseline.json --n 2M --dims 1024', ...screen.trimEnd().split('\n')];
}
