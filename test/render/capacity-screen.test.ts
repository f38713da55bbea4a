/** The screen of a capacity report, where its words depend on what is known. */
import { describe, expect, it } from 'vitest';
import { capacityJson } from '../../src/capacity/capacity-json.ts';
import { capacityScreen } from '../../src/render/capacity/table.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { type Flags, NOW, reportFrom } from '../capacity/plan-from-flags.ts';

const screen = (flags: Flags): string =>
  capacityScreen(capacityJson(reportFrom(flags), NOW, false), {
    columns: 80,
    paint: PLAIN,
    verbose: false,
  }).replaceAll(/\s+/g, ' ');

describe('money a month', () => {
  const busy = { n: '20k', dims: 768, 'writes-per-day': '5k' };

  it('is as uncertain as its lines', () => {
    expect(screen({ n: '2M', dims: 768, engine: 'pgvector' })).toMatch(
      /a month: ≈ \$178: ≈ \$3\.81 RDS gp3 storage, ≈ \$174/,
    );
  });

  it('says that a machine is not in it where none is priced', () => {
    for (const engine of ['faiss', 'hnswlib', 'sqlite-vec']) {
      expect(screen({ ...busy, engine }), engine).toContain('; what it runs on is not counted');
    }
    for (const engine of ['pgvector', 'qdrant', 'redis']) {
      expect(screen({ ...busy, engine }), engine).toMatch(/a month: ≈ \$\d+/);
      expect(screen({ ...busy, engine }), engine).not.toContain('not counted');
    }
  });
});
