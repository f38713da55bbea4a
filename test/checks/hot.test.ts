/** Where the memories crowd, from hand-made censuses and from real files. */
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/index.ts';
import { literal, namespaceSql } from '../../src/checks/hot-index.ts';
import { gini, hotReport } from '../../src/checks/index.ts';
import { type Census, type Counted, type NamespaceLoad, type Snapshot, Target } from '../../src/store/index.ts';
import { fixture, snapshot } from '../adapters/sqlite/temporary-store.ts';
import { hnsw, memorySet, snapshotOf } from './built-snapshot.ts';

const exactly = (value: number): Counted => ({ value, low: value, high: value });

function load(namespace: string | null, rows: number, more: Partial<NamespaceLoad> = {}): NamespaceLoad {
  return { namespace, rows: exactly(rows), rowBytes: 1000, deadRows: null, ...more };
}

function census(top: readonly NamespaceLoad[], more: Partial<Census> = {}): Census {
  const rows = top.reduce((a, n) => a + n.rows.value, 0);
  return {
    set: 'generic:memories',
    column: 'namespace',
    method: 'exact',
    how: 'every row was counted',
    sampled: rows,
    rows: exactly(rows),
    distinct: exactly(top.length),
    top,
    sizes: top.map((n) => [n.rows.value, 1] as const),
    ...more,
  };
}

/** A million vectors, one namespace with a fifth of them. */
const vectors = { where: 'column', name: 'embedding', rows: 1_000_000, dims: 1536, scalar: 'float32' } as const;
const store = snapshotOf('postgres', [hnsw(1_000_100, 1_000_000, 1536)], {
  memorySets: [memorySet('memories', 1_000_000, { schema: 'public', vectors })],
});
const big = load("o'neil", 200_000);
const small = load('tiny', 500);
const whole = census([big, load('rest', 799_500), small]);

describe('skew', () => {
  it('of equal namespaces is nothing, of one among many nearly everything', () => {
    expect(gini([[10, 100]])).toBeCloseTo(0, 12);
    expect(
      gini([
        [1, 99],
        [9901, 1],
      ]),
    ).toBeCloseTo(0.98, 2);
    expect(gini([])).toBe(0);
    expect(gini([[0, 5]])).toBe(0);
  });

  it('is the textbook sum over all pairs', () => {
    const sizes = [3, 3, 8, 20, 1, 1, 1, 41];
    const n = sizes.length;
    const mean = sizes.reduce((a, b) => a + b, 0) / n;
    let pairs = 0;
    for (const a of sizes) for (const b of sizes) pairs += Math.abs(a - b);
    const grouped = [...new Set(sizes)].map((s) => [s, sizes.filter((x) => x === s).length] as const);
    expect(gini(grouped)).toBeCloseTo(pairs / (2 * n * n * mean), 12);
  });

  it('gives shares of the largest, and no Gini from a sample', () => {
    const [skew] = hotReport(store, [whole]).skew;
    expect(skew?.topShares).toEqual([{ k: 1, share: 0.7995 }]);
    expect(skew?.largestOverMean).toBeCloseTo(200_000 / (1_000_000 / 3), 6);
    const sampled = hotReport(store, [census([big], { sizes: null, method: 'approximate', distinct: null })]);
    expect(sampled.method).toBe('approximate');
    expect(sampled.skew[0]).toMatchObject({ gini: null, largestOverMean: null });
  });
});

describe('a namespace', () => {
  const report = hotReport(store, [whole], { threshold: 100_000 });
  const of = (name: string) => report.namespaces.find((n) => n.namespace === name);

  it('carries count, bytes and share', () => {
    expect(of("o'neil")).toMatchObject({
      memories: exactly(200_000),
      share: exactly(0.2),
      bytes: { value: 2e8, unit: 'B' },
    });
    expect(report.namespaces.map((n) => n.memories.value)).toEqual([799_500, 200_000, 500]);
  });

  it('keeps ef_search × share of what a shared index finds', () => {
    expect(of("o'neil")?.recall).toMatchObject({ efSearch: 40, expectedRows: 8, wanted: 10, risk: 'short' });
    expect(of('tiny')?.recall?.expectedRows).toBeCloseTo(0.02, 6);
    expect(of('tiny')?.recall?.note).toContain('hnsw.iterative_scan');
    expect(of('rest')?.recall?.risk).toBe('fine');
    expect(
      hotReport(store, [whole], { efSearch: 200 }).namespaces.find((n) => n.namespace === "o'neil")?.recall?.risk,
    ).toBe('fine');
  });

  it('that has reached the threshold is told what an index of its own takes', () => {
    const own = of("o'neil")?.own;
    // One vector of 1,536 dimensions to a page.
    expect((own?.disk.value ?? 0) / 8192).toBeCloseTo(200_001, -3);
    expect(own?.buildMemory?.value).toBeGreaterThan(200_000 * 6144);
    expect(own?.statement).toBe(
      `CREATE INDEX CONCURRENTLY ON "public"."memories" USING hnsw ("embedding" vector_cosine_ops) WITH (m = 16, ef_construction = 64) WHERE "namespace" = 'o''neil'`,
    );
    expect(of('tiny')?.own).toBeNull();
  });

  it('gets no statement where its name was cut, and none alone in its store', () => {
    const cut = hotReport(store, [census([load('x', 900_000, { length: 400 }), small])]).namespaces[0];
    expect(cut?.own?.statement).toBeNull();
    const alone = hotReport(store, [census([load('x', 900_000)])]).namespaces[0];
    expect([alone?.own, alone?.recall]).toEqual([null, null]);
  });

  it('says how many of its rows are dead', () => {
    const dead = hotReport(store, [census([load('a', 100, { deadRows: exactly(25) }), small])]);
    expect(dead.namespaces.find((n) => n.namespace === 'a')?.deadShare).toEqual(exactly(0.25));
  });

  it('carries the interval of an estimate', () => {
    const rows = { value: 200_000, low: 180_000, high: 220_000 };
    const n = hotReport(store, [census([{ ...big, rows }, small], { rows: { value: 1e6, low: 0.99e6, high: 1.01e6 } })])
      .namespaces[0];
    expect(n?.share.low).toBeCloseTo(180_000 / 1.01e6, 9);
    expect(n?.share.high).toBeCloseTo(220_000 / 0.99e6, 9);
  });

  it('grows against an earlier look, and not against one of the same hour', () => {
    const since = (takenAt: string) => ({
      takenAt,
      namespaces: [{ set: whole.set, namespace: "o'neil", memories: exactly(150_000) }],
    });
    const at = (takenAt: string) => hotReport(store, [whole], { since: since(takenAt) }).namespaces;
    expect(at('2026-11-11T00:00:00Z').find((n) => n.namespace === "o'neil")?.growth).toMatchObject({
      days: 10,
      rows: 50_000,
      rowsPerDay: 5000,
    });
    expect(at('2026-11-20T23:50:00Z').every((n) => n.growth === null)).toBe(true);
    expect(at('2026-11-11T00:00:00Z').find((n) => n.namespace === 'tiny')?.growth).toBeNull();
  });
});

describe('SQL', () => {
  it('quotes names and values', () => {
    expect(namespaceSql('we"ird')).toBe('"we""ird"');
    expect(namespaceSql('payload->user_id')).toBe(`("payload" ->> 'user_id')`);
    expect(namespaceSql('meta->scope->id')).toBe(`("meta" -> 'scope' ->> 'id')`);
    expect(literal("a'b")).toBe("'a''b'");
    expect(literal('a\\b')).toBe("E'a\\\\b'");
  });
});

it('a real store: every namespace, and shares that add up', async () => {
  const path = fixture('stores/neural-memory-4.62-multibrain.db');
  const s: Snapshot = await snapshot(path);
  await using opened = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
  const sets = s.memorySets.filter((m) => m.primary && m.namespaces !== null);
  expect(sets.length).toBeGreaterThan(0);
  for (const set of sets) {
    const c = await opened.census({ set: set.id, now: new Date(), approximate: false, seed: 1, top: 50 });
    const report = hotReport(s, [c]);
    expect(report.namespaces.reduce((a, n) => a + n.share.value, 0)).toBeCloseTo(1, 9);
    expect(report.skew[0]?.gini).toBeGreaterThanOrEqual(0);
  }
});

describe('vectors in a table of their own', () => {
  const apart = { ...vectors, name: 'memory_vectors.embedding' };
  const index = hnsw(1_000_100, 1_000_000, 1536);
  const elsewhere = snapshotOf('postgres', [{ ...index, table: 'public.memory_vectors' }], {
    memorySets: [memorySet('memories', 1_000_000, { schema: 'public', vectors: apart })],
  });
  const found = hotReport(elsewhere, [whole]);
  const of = (name: string): (typeof found.namespaces)[number] | undefined =>
    found.namespaces.find((n) => n.namespace === name);

  it('are found with their index, and counted with the rows', () => {
    expect(found.sets[0]?.index).toBe(index.id);
    expect(of('tiny')?.recall?.risk).toBe('short');
    expect(of('tiny')?.bytes).toMatchObject({ value: 500 * (1000 + 4 * 1536 + 8), basis: 'assumed' });
    expect(hotReport(store, [whole]).namespaces.find((n) => n.namespace === 'tiny')?.bytes?.value).toBe(500_000);
  });

  it('get no statement where their table is not known to have the namespace', () => {
    expect(of("o'neil")?.own?.disk.value).toBeGreaterThan(0);
    expect(of("o'neil")?.own?.statement).toBeNull();
  });
});
