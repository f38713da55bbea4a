/** The screen of `memplan reembed` that docs/reembed.md shows. */
import { reembed } from '../../src/capacity/reembed.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { reembedPage } from '../../src/render/capacity/reembed.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { completeWorkload, draftFrom } from '../../src/workload/index.ts';

const START = new Date('2027-01-04T00:00:00Z');
/** When the prices of the catalogue were read: the age of a price is no part of this example. */
const NOW = new Date('2026-06-15T00:00:00Z');

export default function example(): string[] {
  const flags = { n: '10M', dims: '1536', 'writes-per-day': '100k' };
  const workload = completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`));
  const wishes = { toModel: 'text-embedding-3-large', batch: false, start: START, topK: 10, alert: 0.5 };
  const report = reembed(workload, wishes, { now: NOW });
  const screen = pageScreen(reembedPage(reportJson(report, NOW)), { columns: 80, paint: PLAIN, verbose: false });
  return [
    '$ memplan reembed --n 10M --dims 1536 --writes-per-day 100k \\',
    '    --to-model text-embedding-3-large --start 2027-01-04',
    ...screen.trimEnd().split('\n'),
  ];
}
