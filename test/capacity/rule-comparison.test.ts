import { describe, expect, it } from 'vitest';
import { estimate } from '../../src/capacity/estimate.ts';
import { compareRules, type RuleRow, type RulesReport, ruleRow } from '../../src/capacity/rule-comparison.ts';
import { LOSSY_RULES, RULE_GAPS } from '../../src/capacity/rule-gaps.ts';
import { DOCUMENTED_RULES } from '../../src/engines/documented/index.ts';
import { explain } from '../../src/quantity/index.ts';
import { workload } from '../../src/workload/from-text.ts';

const now = new Date('2026-09-15T00:00:00Z');
const compared = (flags: Record<string, string>): RulesReport => {
  const w = workload(flags);
  return compareRules(w, estimate(w, { now }));
};
const row = (r: RulesReport, id: string): RuleRow => ruleRow(r, id);

describe('the same question to everybody', () => {
  const ten = compared({ n: '10M', dims: '1536', engine: 'pgvector' });

  it('has every published rule once, with what it leaves out', () => {
    const ids = DOCUMENTED_RULES.map((r) => r.id);
    expect(ids.length).toBe(31);
    expect(ten.rows.filter((r) => r.kind === 'rule').map((r) => r.id)).toEqual(ids);
    expect(Object.keys(RULE_GAPS).sort()).toEqual([...ids].sort());
    for (const id of LOSSY_RULES) expect(ids).toContain(id);
    for (const r of ten.rows) {
      expect(r.leavesOut.length, r.id).toBeGreaterThan(5);
      expect(r.source.length, r.id).toBeGreaterThan(5);
      expect(explain(r.memory).length, r.id).toBeGreaterThan(1);
    }
  });

  /** By hand: 10^7 vectors of 1,536 dimensions, m 16. */
  it.each([
    ['qdrant-rule', 1e7 * 1536 * 4 * 1.5],
    ['qdrant-components', 1e7 * (6144 + 16 * 2 * 4 * 1.2 + 52)],
    ['opensearch-hnsw', 1.1 * (4 * 1536 + 8 * 16) * 1e7],
    ['elastic-hnsw', 1e7 * (6144 + 64)],
    ['elastic-int8-hnsw', 1e7 * (1536 + 16 + 64)],
    ['milvus-hnsw', (1e7 * (6144 + 128) + 2 * 2 ** 30) * 1.15],
    ['weaviate', ((1e7 * (6144 + 30) + 1e7 * 1.5 * 32 * 4 + 2 * 2 ** 30) * 1.2) / 0.8],
    ['hnswlib', 1e7 * (6144 + 16 * 9)],
    ['pgvector-readme', 1e7 * 6152],
    ['pgvector-tracker', 1e7 * 6152 * 1.3],
    ['faiss-hnsw', 1e7 * (6144 + 128)],
    ['seed-article', 1e7 * (6144 + 128 * Math.log2(1e7))],
  ])('%s is its rule', (id, bytes) => {
    expect(row(ten, id).memory.value / bytes).toBeCloseTo(1, 9);
  });

  it('holds them against our pages, as a share', () => {
    expect(ten.reference).toBe('ours');
    const ours = row(ten, 'ours').memory.value;
    expect(ours / 81_920_008_192).toBeCloseTo(1, 6);
    expect(row(ten, 'qdrant-rule').againstOurs.value).toBeCloseTo(92_160_000_000 / ours - 1, 9);
    expect(row(ten, 'ours').againstOurs.value).toBe(0);
    expect(row(ten, 'qdrant-rule').againstStore).toBeUndefined();
    expect(ten.headline.join(' ')).toContain('19 published rules for float32 vectors');
  });

  it('gives the 8-10 bytes of hnswlib as an interval', () => {
    const { memory } = row(ten, 'hnswlib');
    expect(memory.low).toBeLessThanOrEqual(1e7 * (6144 + 128));
    expect(memory.high).toBeGreaterThanOrEqual(1e7 * (6144 + 160));
  });

  it('asks for float32 where the workload has other vectors, and says so', () => {
    const half = compared({ n: '1M', dims: '768', type: 'halfvec', engine: 'pgvector' });
    expect(half.reference).toBe('ours-pgvector');
    expect(row(half, 'ours').memory.value).toBeLessThan(row(half, 'ours-pgvector').memory.value);
    expect(half.notes.join(' ')).toContain('halfvec');
  });

  it('leaves out layouts that do not take these dimensions', () => {
    const wide = compared({ n: '1M', dims: '3000' });
    expect(wide.rows.some((r) => r.id === 'ours-pgvector')).toBe(false);
    expect(wide.rows.some((r) => r.id === 'ours-hnswlib')).toBe(true);
  });

  it('names the nearest rule for one that there is not', () => {
    expect(() => ruleRow(ten, 'qdrant-rul')).toThrow('did you mean qdrant-rule?');
  });
});

describe('beside a store', () => {
  const w = workload({ n: '1000', dims: '64', engine: 'pgvector' });
  const plan = estimate(w, { now });
  const structure = (id: string, actual: number | null): RuleSource => ({
    id,
    name: id,
    actual,
    expected: null,
    difference: null,
  });
  type RuleSource = {
    readonly id: string;
    readonly name: string;
    readonly actual: number | null;
    readonly expected: null;
    readonly difference: null;
  };
  const asRead = { ...w, origin: { ...w.origin, n: 'store', dims: 'store' } } as typeof w;
  const observed = {
    store: 'postgres://here/db',
    structures: [structure('hnsw:a', 400_000), structure('heap:t', 9e9), structure('hnsw:b', 100_000)],
  };

  it('adds up its vector structures and nothing else', () => {
    const r = compareRules(asRead, plan, observed);
    expect(row(r, 'store').memory.value).toBe(500_000);
    expect(row(r, 'qdrant-rule').againstStore?.value).toBeCloseTo((1000 * 64 * 4 * 1.5) / 500_000 - 1, 9);
    expect(r.headline.join(' ')).toContain('of the store');
    expect(r.headline.join(' ')).toContain('Ours: ');
  });

  it('compares nothing where the question is another one, or the store has no such structure', () => {
    const other = compareRules({ ...w, origin: { ...w.origin, n: 'flag', dims: 'store' } }, plan, observed);
    expect(other.rows.some((r) => r.kind === 'store')).toBe(false);
    expect(other.notes.join(' ')).toContain('--n or --dims was given');
    const none = compareRules(asRead, plan, { store: 's', structures: [structure('heap:t', 5)] });
    expect(none.rows.some((r) => r.kind === 'store')).toBe(false);
    expect(none.notes.join(' ')).toContain('no structure that holds nothing but vectors');
  });
});
