/** The screen of `memplan forecast` that docs/forecast.md shows, as it is in a pipe. */
import { forecast as forecastReport } from '../../src/capacity/forecast.ts';
import { netGrowth } from '../../src/capacity/forecast-growth.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { growthPerDay } from '../../src/cli/memplan/growth-flag.ts';
import type { Quantity } from '../../src/quantity/index.ts';
import { forecastPage } from '../../src/render/capacity/forecast.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { workload } from '../../src/workload/from-text.ts';

const NOW = new Date('2026-11-20T00:00:00Z');
const COLUMNS = 80;

export default function forecast(): string[] {
  const w = workload({ n: '5M', dims: 1536 });
  const growth = netGrowth(w.memories, growthPerDay('15k..25k') as Quantity<'rows/day'>);
  const report = forecastReport(w, { now: NOW, days: 365, growth });
  const page = forecastPage({ columns: COLUMNS, unicode: false })(reportJson(report, NOW));
  const screen = pageScreen(page, { columns: COLUMNS, paint: PLAIN, verbose: false });
  return ['$ memplan forecast --n 5M --dims 1536 --growth-per-day 15k..25k', ...screen.trimEnd().split('\n')];
}
