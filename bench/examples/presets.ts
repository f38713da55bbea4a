/** The screen of `memplan estimate --system` that docs/presets.md shows. */
import { capacityJson } from '../../src/capacity/capacity-json.ts';
import { estimate } from '../../src/capacity/estimate.ts';
import { capacityScreen } from '../../src/render/capacity/table.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { systemDraft } from '../../src/systems/index.ts';
import { completeWorkload, draftFrom, mergeDrafts } from '../../src/workload/index.ts';

const NOW = new Date('2026-11-20T00:00:00Z');

export default function presets(): string[] {
  const flags = draftFrom({ n: '100k', dims: '768', system: 'mneme-dynamodb' }, 'flag', (id) => `--${id}`);
  const report = estimate(completeWorkload(mergeDrafts(systemDraft('mneme-dynamodb'), flags)), { now: NOW });
  const screen = capacityScreen(capacityJson(report, NOW), { columns: 80, paint: PLAIN, verbose: false });
  return ['$ memplan estimate --n 100k --dims 768 --system mneme --store dynamodb', ...screen.trimEnd().split('\n')];
}
