/** Tier 4 by the component formula of Qdrant's sizing guide; everything but the vectors stays in PostgreSQL. */
import { describe, expect, it } from 'vitest';
import { disk, GiB, reportFrom } from '../capacity/plan-from-flags.ts';

const plan = (flags: Record<string, string | number>) => reportFrom({ engine: 'qdrant', ...flags });

describe('Qdrant', () => {
  it('takes 59.1 GiB for 10M × 1,536 at m 16, by component', () => {
    expect(disk(plan({ n: '10M' }), 'vector-index') / GiB).toBeCloseTo(59.1, 1);
    expect(plan({ n: '10M', dims: 1536 }).components.find((c) => c.id === 'vector-index')?.disk.basis).toBe(
      'documented',
    );
  });

  it('keeps an outbox between the two systems, asked for or not', () => {
    expect(plan({ n: '10M' }).components.map((c) => c.id)).toContain('outbox');
    expect(plan({ n: '10M', without: 'outbox' }).components.map((c) => c.id)).toContain('outbox');
  });

  it('leaves no vector in PostgreSQL', () => {
    expect(plan({ n: '10M' }).components.map((c) => c.id)).not.toContain('toast');
  });

  it('adds machines instead of outgrowing one', () => {
    expect(plan({ n: '1M' }).machines.value).toBe(1);
    expect(plan({ n: '100M' }).machines.value).toBe(12);
  });

  it('gives no latency that nobody measured', () => {
    expect(plan({ n: '1M' }).query.p50).toBeUndefined();
    expect(plan({ n: '1M' }).query.refused).toContain('no latency model');
  });

  it('keeps the originals beside binary codes', () => {
    expect(disk(plan({ n: '1M', type: 'bit' }), 'vector-index')).toBeGreaterThan(
      disk(plan({ n: '1M' }), 'vector-index'),
    );
  });
});
