/** What `memplan explain --compare --n 1M --dims 768` prints. */
import { estimate } from '../../src/capacity/estimate.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { compareRules } from '../../src/capacity/rule-comparison.ts';
import { rulesPage } from '../../src/render/capacity/rule-comparison.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { workload } from '../../src/workload/from-text.ts';

export default function example(): string[] {
  const now = new Date('2026-11-20T00:00:00Z');
  const w = workload({ n: '1M', dims: '768' });
  const page = rulesPage(reportJson(compareRules(w, estimate(w, { now })), now));
  const screen = pageScreen(page, { columns: 100, paint: PLAIN, verbose: false });
  return ['$ memplan explain --compare --n 1M --dims 768', ...screen.trimEnd().split('\n')];
}
