/** What counts as a change between two capacity reports. */
import { describe, expect, it } from 'vitest';
import { type CapacityJson, capacityJson } from '../../src/capacity/capacity-json.ts';
import { type DiffReport, diff } from '../../src/capacity/diff.ts';
import { estimate } from '../../src/capacity/estimate.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { diffCsv, diffMarkdown, diffPage } from '../../src/render/capacity/diff.ts';
import { completeWorkload, draftFrom } from '../../src/workload/index.ts';

const NOW = new Date('2026-09-15T00:00:00Z');
const report = (flags: Record<string, string>): CapacityJson =>
  // Through text, as a saved report goes.
  JSON.parse(
    JSON.stringify(
      capacityJson(estimate(completeWorkload(draftFrom(flags, 'flag', (id) => `--${id}`)), { now: NOW }), NOW),
    ),
  ) as CapacityJson;
const between = (a: Record<string, string>, b: Record<string, string>, threshold = 0.01): DiffReport =>
  diff({ name: 'a.json', report: report(a) }, { name: 'b.json', report: report(b) }, threshold);

const BASE = { n: '2M', dims: '768' };

describe('diff', () => {
  it('of a report with itself is nothing, and nothing is printed for a pull request', () => {
    const d = between(BASE, BASE, 0);
    expect(d).toMatchObject({ changed: false, figures: [], verdicts: [], inputs: [] });
    expect(d.unchanged).toBeGreaterThan(20);
    expect(diffMarkdown(reportJson(d, NOW))).toBe('');
    expect(diffPage(reportJson(d, NOW)).headline).toEqual(['Nothing changed.']);
  });

  it('tells the figures, by how much, and the inputs that moved them', () => {
    const d = between(BASE, { ...BASE, n: '4M' });
    const disk = d.figures.find((f) => f.id === 'vector-index.disk');
    // Two vectors of 768 dimensions a page and one metapage: 1M and 2M pages of 8,192 B.
    expect(disk?.before?.value).toBeCloseTo(8192 * 1_000_001, -5);
    expect(disk?.after?.value).toBeCloseTo(8192 * 2_000_001, -5);
    expect(disk?.change?.value).toBeCloseTo(1, 3);
    expect(disk).toMatchObject({ group: 'size', better: false, overlap: false });
    expect(d.inputs).toEqual([{ id: 'memories', title: 'memories', before: 2e6, after: 4e6, unit: 'rows' }]);
    expect(d.verdicts).toEqual([]);
  });

  it('leaves out what changed by less than the threshold, figures and inputs alike', () => {
    const b = { ...BASE, n: '2010k' };
    expect(between(BASE, b, 0.01)).toMatchObject({ changed: false, figures: [], inputs: [] });
    const every = between(BASE, b, 0);
    expect(every.changed).toBe(true);
    expect(every.inputs.map((i) => i.id)).toEqual(['memories']);
    expect(every.figures.length).toBeGreaterThan(10);
    expect(between(BASE, b, 0.004).figures.length).toBeLessThanOrEqual(every.figures.length);
  });

  it('says where the intervals overlap, and only there', () => {
    const d = between(BASE, { ...BASE, type: 'halfvec' });
    const build = d.figures.find((f) => f.id === 'build.seconds');
    expect((build?.before?.high ?? 0) >= (build?.after?.low ?? 1)).toBe(true);
    expect(build?.overlap).toBe(true);
    expect(d.figures.find((f) => f.id === 'vector-index.disk')?.overlap).toBe(false);
    for (const f of d.figures) {
      if (f.before === undefined || f.after === undefined) continue;
      expect(f.overlap, f.id).toBe(f.before.low <= f.after.high && f.after.low <= f.before.high);
    }
  });

  it('tells another engine, tier and verdict', () => {
    const d = between(BASE, { n: '20M', dims: '1536' });
    expect(d.verdicts).toContainEqual({
      id: 'engine',
      title: 'engine',
      before: 'pgvector',
      after: 'Sharded pgvector',
      unit: null,
    });
    expect(d.verdicts).toContainEqual({ id: 'tier.level', title: 'tier', before: 2, after: 3, unit: null });
    expect(diffPage(reportJson(d, NOW)).headline[0]).toBe('pgvector becomes Sharded pgvector.');
  });

  it('keeps a figure that one of them does not know as unknown, not as 0', () => {
    const d = between({ ...BASE, engine: 'pgvector' }, { ...BASE, engine: 'qdrant' });
    const p99 = d.figures.find((f) => f.id === 'query.p99');
    expect(p99?.before?.value).toBeGreaterThan(0);
    expect(p99).toMatchObject({ after: undefined, change: undefined, better: undefined });
    expect(
      JSON.parse(JSON.stringify(reportJson(d, NOW))).figures.find((f: { id: string }) => f.id === 'query.p99').after,
    ).toBeNull();
  });

  it('knows that holding more rows is better', () => {
    const d = between(BASE, { ...BASE, ram: '128GiB' });
    expect(d.figures.find((f) => f.id === 'tier.flipsAt')).toMatchObject({ better: true });
  });

  it('prints one record a change', () => {
    const d = between(BASE, { ...BASE, dims: '1024', 'slo-p99': '50ms' });
    const lines = diffCsv(reportJson(d, NOW)).trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + d.figures.length + d.verdicts.length + d.inputs.length);
    expect(lines).toContain('input,dimensions,dimensions,dimensions,768,1024,,');
    expect(lines).toContain('input,sloP99,sloP99,s,0.1,0.05,,');
  });
});
