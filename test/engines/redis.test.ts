/** In memory: used_memory of Redis 7.0.15 and 8.0.2 with system jemalloc (fixtures/measurements). */
import { describe, expect, it } from 'vitest';
import { reportFrom } from '../capacity/plan-from-flags.ts';

const plan = (flags: Record<string, string | number>) => reportFrom({ engine: 'redis', ...flags });
const each = (flags: Record<string, string | number>, id: string): number =>
  (plan({ n: '1M', ...flags }).components.find((c) => c.id === id)?.resident.value as number) / 1e6;

describe('Redis', () => {
  it('keeps an element of a vector set at what was measured, and a 40-byte name', () => {
    // measured with short names: 6,891 B fp32 and 2,312 B Q8 at 1,536 dimensions, m 16
    for (const [type, bytes] of [
      ['float32', 6891],
      ['int8', 2312],
    ] as const) {
      const ours = each({ index: 'vector-set', type }, 'vector-index');
      expect(ours).toBeGreaterThan(bytes);
      expect(ours).toBeLessThan(bytes + 160);
    }
  });

  it('rounds a vector up to its allocation class: 6,144 B take 7,168', () => {
    expect(each({}, 'table')).toBeGreaterThan(7168);
    expect(each({}, 'table') - each({ dims: 1 }, 'table')).toBeGreaterThan(7000);
  });

  it('is all in RAM, and its snapshot is smaller than that', () => {
    for (const index of ['flat', 'vector-set']) {
      const report = plan({ n: '1M', index });
      expect(report.totals.disk.value).toBeLessThan(report.totals.resident.value);
      expect(report.tier.checks.find((c) => c.id === 'ram')?.actual?.value).toBe(report.totals.resident.value);
    }
  });

  it('saves the links of a vector set along with the vectors', () => {
    const set = plan({ n: '1M', index: 'vector-set' }).components[0];
    expect(set?.disk.value).toBeGreaterThan(1e6 * 4 * 1536);
    expect(set?.disk.basis).toBe('assumed');
  });

  it('gives no latency that nobody measured', () => {
    expect(plan({ n: '1M' }).query.refused).toContain('no latency model');
  });
});
