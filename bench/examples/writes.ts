/** The screen of `memplan writes` that docs/writes.md shows. */
import { reportJson } from '../../src/capacity/report-json.ts';
import { writeReport } from '../../src/capacity/writes.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { writesPage } from '../../src/render/capacity/writes.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { completeWorkload, draftFrom } from '../../src/workload/index.ts';
import { NO_WISHES } from '../writes-comparison.ts';

/** No price has a part in it. */
const NOW = new Date('2026-06-15T00:00:00Z');

export default function example(): string[] {
  const flags = {
    n: '10M',
    dims: '1536',
    ram: '128GiB',
    users: '100k',
    'writes-per-day': '1M',
    'queries-per-second': '50',
  };
  const workload = completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`));
  const report = writeReport(workload, NO_WISHES);
  const screen = pageScreen(writesPage(reportJson(report, NOW)), { columns: 100, paint: PLAIN, verbose: false });
  return [
    '$ memplan writes --n 10M --dims 1536 --ram 128GiB --users 100k \\',
    '    --writes-per-day 1M --queries-per-second 50',
    ...screen.trimEnd().split('\n'),
  ];
}
