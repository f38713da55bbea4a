/** The screen of `memplan gate` that docs/gate.md shows: the budgets of fixtures/gate/breach. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CapacityJson } from '../../src/capacity/capacity-json.ts';
import { growthFromWrites } from '../../src/capacity/forecast-growth.ts';
import { gate as judge } from '../../src/capacity/gate.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { budgetsInFile } from '../../src/cli/memplan/budgets-file.ts';
import { readConfigFile } from '../../src/cli/memplan/config-file.ts';
import { gatePage } from '../../src/render/capacity/gate.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { completeWorkload } from '../../src/workload/index.ts';

const NOW = new Date('2026-11-21T00:00:00Z');
const folder: string = join(import.meta.dirname, '../../fixtures/gate/breach');

export default function gate(): string[] {
  const file = join(folder, 'memplan.yaml');
  const w = completeWorkload(readConfigFile(file).draft);
  if (w.writesPerDay === undefined) throw new Error('the example has writes a day');
  const answer = judge(w, budgetsInFile(file), {
    now: NOW,
    file: 'memplan.yaml',
    strict: false,
    baseline: {
      name: 'baseline.json',
      report: JSON.parse(readFileSync(join(folder, 'baseline.json'), 'utf8')) as CapacityJson,
    },
    growth: growthFromWrites({ memories: w.memories, writesPerDay: w.writesPerDay }),
  });
  if (!('report' in answer)) throw new Error(answer.problems.map((p) => p.message).join('\n'));
  const screen = pageScreen(gatePage(reportJson(answer.report, NOW)), { columns: 80, paint: PLAIN, verbose: false });
  return ['$ memplan gate --baseline baseline.json', ...screen.trimEnd().split('\n')];
}
