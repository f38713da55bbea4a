/** What a store would take without its redundant rows: the planner's figures, and null where it has none to give. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDemoStore } from '../../../src/adapters/sqlite/demo-store.ts';
import { dividendOf, redundantRows } from '../../../src/cli/memctl/dedup-dividend.ts';
import { dedupNotes } from '../../../src/cli/memctl/dedup-notes.ts';
import { withoutContent } from '../../../src/cli/memctl/without-content.ts';
import { directory, snapshot } from '../../adapters/sqlite/temporary-store.ts';
import { dedupReport, dedupSet, TWO_CLUSTERS } from '../../render/built-dedup-report.ts';

const now = new Date('2026-11-21T00:00:00Z');
const exactly = (value: number) => ({ value, low: value, high: value });
const withRate = (value: number, o: Parameters<typeof dedupSet>[1] = {}) =>
  dedupSet(TWO_CLUSTERS, { rate: { redundancy: exactly(value), withTwin: exactly(value) }, ...o });

describe('dividend', async () => {
  const path = join(directory(), 'demo.db');
  await makeDemoStore(path, { now, force: false });
  const seen = await snapshot(path);
  const planned = [...seen.memorySets].filter((s) => s.primary).sort((a, b) => b.rows - a.rows)[0];
  const id = planned?.id ?? '';

  it('is smaller in every figure, and in proportion', () => {
    const d = dividendOf(seen, [withRate(0.5, { set: id, rows: planned?.rows ?? 0 })], now);
    if (d === null) throw new Error('the demo store can be planned');
    expect(d.rows.value).toBe(Math.round((planned?.rows ?? 0) / 2));
    expect(d.bytes.then / d.bytes.now).toBeGreaterThan(0.4);
    expect(d.bytes.then / d.bytes.now).toBeLessThan(0.65);
    expect(d.ram.then).toBeLessThanOrEqual(d.ram.now);
    expect(d.moneyPerMonth?.then).toBeLessThanOrEqual(d.moneyPerMonth?.now ?? 0);
    expect(d.tier.now).not.toBe('');
  });

  it('is nothing where nothing is redundant, and where the rows are not those that are planned', () => {
    expect(dividendOf(seen, [withRate(0, { set: id })], now)).toBeNull();
    expect(dividendOf(seen, [withRate(0.5, { set: 'another:set' })], now)).toBeNull();
    expect(dividendOf(seen, [], now)).toBeNull();
  });

  it('of a sample stands for all active rows of the set', () => {
    const s = withRate(0.1, {
      rows: 800,
      of: 10_000,
      sampled: 100,
      skipped: { inactive: 200, empty: 0, vectorless: 0 },
      rate: { redundancy: { value: 0.1, low: 0.05, high: 0.2 }, withTwin: exactly(0.2) },
    });
    expect(redundantRows(s)).toEqual({ value: 800, low: 400, high: 1600 });
  });
});

describe('alarms', () => {
  const million = (redundancy: number, inactive: number) =>
    withRate(redundancy, { rows: 1_000_000, of: 1_000_000 + inactive, skipped: { inactive, empty: 0, vectorless: 0 } });
  const codes = (...args: Parameters<typeof dedupNotes>) => dedupNotes(...args).map((n) => [n.code, n.level]);

  it('from a million on, where consolidation finds less than a fifth', () => {
    expect(codes([million(0.05, 0)], [])).toEqual([['low-rate', 'alarm']]);
    expect(codes([million(0.25, 0)], [])).toEqual([]);
    // What was superseded already was found.
    expect(codes([million(0.05, 400_000)], [])).toEqual([]);
    expect(codes([withRate(0.05, { rows: 999_999 })], [])).toEqual([]);
  });

  it('where merged memories come back', () => {
    expect(codes([], [], [{ set: 's', recreated: 0 }])).toEqual([]);
    expect(codes([], [], [{ set: 's', recreated: 5 }])).toEqual([['recreated', 'alarm']]);
  });

  it('where chains of superseded rows are long', () => {
    expect(codes([], [], [{ set: 's', recreated: 0, chainDepth: 3 }])).toEqual([]);
    expect(codes([], [], [{ set: 's', recreated: 0, chainDepth: 4 }])).toEqual([['chains', 'alarm']]);
  });
});

describe('without content', () => {
  it('not a word of a memory is left', () => {
    const set = dedupSet(TWO_CLUSTERS, {
      repeated: [{ text: 'Priya', namespace: 'n', times: 2, id: '1' }],
      across: [{ text: 'Priya', namespaces: 2, rows: 2, id: '1' }],
      least: [{ a: TWO_CLUSTERS[1]?.survivor as never, b: TWO_CLUSTERS[1]?.members[0] as never }],
    });
    const text = JSON.stringify(withoutContent(dedupReport([set])));
    expect(text).not.toMatch(/Priya|PRIYA|Omar|licences|"a":"3"/);
    expect(text).toContain('"code":"number"');
    expect(text).toContain('"id":"22"');
  });
});
