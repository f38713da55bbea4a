/** The screen of `memplan shard` that docs/shard.md shows. */

import { reportJson } from '../../src/capacity/report-json.ts';
import { shardReport } from '../../src/capacity/shard.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { shardPage } from '../../src/render/capacity/shard.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { completeWorkload, draftFrom } from '../../src/workload/index.ts';

const NOW = new Date('2027-01-04T00:00:00Z');

export default function shard(): string[] {
  const flags = { n: '50M', dims: '1536', users: '100k', 'writes-per-day': '2M' };
  const report = shardReport(completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`)), {
    shards: undefined,
    to: undefined,
    zipf: undefined,
    virtualNodes: undefined,
    disk: undefined,
    rowsPerShard: undefined,
    recovery: undefined,
    consistency: undefined,
    drain: undefined,
    start: NOW,
  });
  const screen = pageScreen(shardPage(reportJson(report, NOW)), { columns: 100, paint: PLAIN, verbose: false });
  return [
    '$ memplan shard --n 50M --dims 1536 --users 100k --writes-per-day 2M --start 2027-01-04',
    ...screen.trimEnd().split('\n'),
  ];
}
