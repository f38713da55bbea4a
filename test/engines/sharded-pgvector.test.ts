/** Tier 3: the same bytes as one machine, divided; what changes is what one machine holds, builds and answers. */
import { describe, expect, it } from 'vitest';
import { reportFrom } from '../capacity/plan-from-flags.ts';

const sharded = (flags: Record<string, string | number>) => reportFrom({ engine: 'sharded-pgvector', ...flags });

describe('sharded pgvector', () => {
  it('takes the bytes of one machine', () => {
    const one = reportFrom({ n: '50M', engine: 'pgvector' });
    expect(sharded({ n: '50M' }).totals.disk.value).toBe(one.totals.disk.value);
  });

  it('has as many shards as RAM asks for, two at least', () => {
    expect(sharded({ n: '1k' }).machines.value).toBe(2);
    expect(sharded({ n: '50M' }).machines.value).toBe(8);
    expect(sharded({ n: '50M', ram: '128GiB' }).machines.value).toBe(4);
  });

  it('adds shards for a narrow build window', () => {
    const wide = sharded({ n: '10M' });
    const narrow = sharded({ n: '10M', 'build-window': '5min' });
    expect(narrow.machines.value).toBeGreaterThan(wide.machines.value);
    expect(narrow.build.seconds?.value).toBeLessThanOrEqual(300);
  });

  it('adds shards for writes', () => {
    const report = sharded({ n: '10M', 'writes-per-day': '200M' });
    expect(report.machines.value).toBeGreaterThan(2);
    expect(report.tier.checks.find((c) => c.id === 'write-rate')?.verdict).toBe('fits');
  });

  it('builds and answers over the rows of one shard', () => {
    const one = reportFrom({ n: '10M', engine: 'pgvector', ram: '128GiB' });
    const two = sharded({ n: '10M' });
    expect(two.build.seconds?.value).toBeLessThan((one.build.seconds?.value as number) / 1.9);
    expect(two.query.p50?.value).toBeLessThanOrEqual(one.query.p50?.value as number);
  });

  it('does not split a namespace', () => {
    const check = sharded({ n: '50M', 'largest-namespace': '20M' }).tier.checks.find(
      (c) => c.id === 'largest-namespace',
    );
    expect(check?.verdict).toBe('breaks');
  });

  it('buys machines of the size it was planned with', () => {
    expect(sharded({ n: '50M' }).cost.monthly.find((l) => l.id === 'compute')?.title).toMatch(/^8 × .* 64 GiB$/);
  });
});
