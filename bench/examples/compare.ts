/** The screen of `memplan compare` that docs/compare.md shows. */
import { compare as compareReport } from '../../src/capacity/compare.ts';
import { readAxes } from '../../src/capacity/compare-axes.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { comparePage } from '../../src/render/capacity/compare.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { draftFrom } from '../../src/workload/index.ts';

const NOW = new Date('2026-11-20T00:00:00Z');

export default function compare(): string[] {
  const base = draftFrom({ n: '2M' }, 'flag', (id) => `--${id}`);
  const axes = readAxes(['engine=pgvector,sqlite-vec,qdrant', 'dims=768,1024,1536', 'type=float32,halfvec'], base);
  const report = compareReport(base, { axes, sort: 'resident' });
  const screen = pageScreen(comparePage(reportJson(report, NOW)), { columns: 100, paint: PLAIN, verbose: false });
  return [
    '$ memplan compare --n 2M --vary engine=pgvector,sqlite-vec,qdrant \\',
    '    --vary dims=768,1024,1536 --vary type=float32,halfvec',
    ...screen.trimEnd().split('\n'),
  ];
}
