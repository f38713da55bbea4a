/** The screen of `memplan cache` that docs/cache.md shows. */
import { cacheReport } from '../../src/capacity/cache.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { cachePage } from '../../src/render/capacity/cache.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { completeWorkload, draftFrom } from '../../src/workload/index.ts';

export default function cache(): string[] {
  const flags = { n: '10M', dims: '1536', ram: '128GiB', 'queries-per-second': '200' };
  const report = cacheReport(completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`)), {
    rates: {},
    results: undefined,
    queryTokens: undefined,
    embeddingLatency: undefined,
    redisLatency: undefined,
    pageLatency: undefined,
    readRate: undefined,
    iops: undefined,
  });
  const page = cachePage(reportJson(report, new Date('2026-09-15T00:00:00Z')));
  return [
    '$ memplan cache --n 10M --dims 1536 --ram 128GiB --queries-per-second 200',
    ...pageScreen(page, { columns: 100, paint: PLAIN, verbose: false }).trimEnd().split('\n'),
  ];
}
