/** The screen of `memplan place` that docs/place.md shows. */
import { placeReport } from '../../src/capacity/place.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { placePage } from '../../src/render/capacity/place.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { completeWorkload, draftFrom } from '../../src/workload/index.ts';

export default function place(): string[] {
  const flags = { n: '1M', 'queries-per-second': '50' };
  const report = placeReport(completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`)), {
    itemBytes: 64_000,
    hot: undefined,
    warm: undefined,
    cold: undefined,
    zipf: undefined,
    warmStore: 'tables',
  });
  const page = placePage(reportJson(report, new Date('2026-09-15T00:00:00Z')));
  return [
    '$ memplan place --n 1M --item-bytes 64kB --queries-per-second 50',
    ...pageScreen(page, { columns: 100, paint: PLAIN, verbose: false }).trimEnd().split('\n'),
  ];
}
