/** What --system does to a plan: where inputs come from, what is refused, and figures worked out by hand. */
import { describe, expect, it } from 'vitest';
import { randomFill } from '../../src/layouts/random-fill.ts';
import { SYSTEMS, systemByName, systemDraft } from '../../src/systems/index.ts';
import { completeWorkload, draftFrom, mergeDrafts, PARAMETERS, readConfig } from '../../src/workload/index.ts';
import type { Flags } from '../capacity/plan-from-flags.ts';
import { randomStream } from '../layouts/sqlite-stores.ts';
import { reportOf, storeBytes } from './planned.ts';

const flags = (raw: Flags) => draftFrom(raw, 'flag', (id) => `--${id}`);

describe('precedence', () => {
  const { draft: config } = readConfig({ workload: { m: 24 } }, 'memplan.yaml');

  it('a system lies below everything that was said, and above a default', () => {
    const w = completeWorkload(
      mergeDrafts(systemDraft('recall'), config, flags({ n: '1M', dims: 768, system: 'recall' })),
    );
    expect([w.dimensions.value, w.origin['dims']]).toEqual([768, 'flag']);
    expect([w.m.value, w.origin['m']]).toEqual([24, 'config']);
    expect([w.efConstruction.value, w.origin['ef-construction'], w.efConstruction.basis]).toEqual([
      200,
      'system',
      'documented',
    ]);
    expect([w.efSearch.low, w.efSearch.value, w.efSearch.high]).toEqual([80, 100, 120]);
    expect([w.textBytes.value, w.origin['text-bytes']]).toEqual([200, 'default']);
    expect(w.components).toContain('outbox');
  });
});

describe('names', () => {
  it('a family means its first store, --store another one', () => {
    expect(systemByName('mneme').id).toBe('mneme-sqlite');
    expect(systemByName('Mneme', 'Redis').id).toBe('mneme-redis');
    expect(systemByName('mneme-dynamodb').id).toBe('mneme-dynamodb');
    expect(systemByName('mneme-redis', 'redis').id).toBe('mneme-redis');
  });

  it('what is not known is refused with what is', () => {
    expect(() => systemByName('mnem')).toThrow('--system: "mnem" is not a known system; did you mean mneme?');
    expect(() => systemByName('mem0', 'redis')).toThrow('--store: mem0 is not kept in "redis"; it has postgres');
    expect(() => systemByName('mneme-redis', 'sqlite')).toThrow(/contradicts --system mneme-redis/);
  });

  it('inputs are parameters, and every preset plans', () => {
    const known = PARAMETERS.map((p) => p.id);
    for (const s of SYSTEMS) {
      expect(Object.keys(s.inputs).filter((id) => !known.includes(id))).toEqual([]);
      const report = reportOf(s.id, { n: 20_000, dims: 384 });
      expect(report.totals.resident.value, s.id).toBeGreaterThan(0);
      expect(
        report.components.every((c) => c.disk.low <= c.disk.value && c.disk.value <= c.disk.high),
        s.id,
      ).toBe(true);
    }
  });
});

describe('what a system cannot do', () => {
  it('mneme has HNSW over float32 only, also where "auto" would take it', () => {
    expect(() => reportOf('mneme', { n: 1000, dims: 768, type: 'int8', index: 'hnsw' })).toThrow(/QuantizationError/);
    expect(() => reportOf('mneme-redis', { n: 500_000, dims: 768, type: 'int8' })).toThrow(
      /"auto" builds HNSW from 500,000/,
    );
    expect(reportOf('mneme', { n: 499_999, dims: 768, type: 'int8' }).index).toBe('flat');
    expect(reportOf('mneme', { n: 1_000_000, dims: 768, type: 'int8', index: 'flat' }).index).toBe('flat');
  });

  it('another engine or other components contradict it', () => {
    expect(() => reportOf('mem0', { n: 1000, engine: 'qdrant' })).toThrow(/--engine qdrant contradicts --system/);
    expect(() => reportOf('mem0', { n: 1000, without: 'outbox' })).toThrow(/outbox cannot be switched/);
  });

  it('a DynamoDB item is 400 KB at the most', () => {
    expect(() => reportOf('mneme-dynamodb', { n: 1000, dims: 768, 'text-bytes': '500kB' })).toThrow(
      /above DynamoDB's 400 KB/,
    );
  });
});

describe('by hand', () => {
  const size = (system: string, f: Flags, id: string, where: 'disk' | 'resident'): number =>
    reportOf(system, f).components.find((c) => c.id === id)?.[where].value as number;

  it("mneme's matrix doubles from 256 rows: 100,000 × 768 float32 are 131,072 rows", () => {
    expect(size('mneme', { n: 100_000, dims: 768 }, 'vector-index', 'resident')).toBe(131_072 * 768 * 4);
    expect(size('mneme', { n: 100_000, dims: 768, type: 'int8' }, 'vector-index', 'resident')).toBe(131_072 * 768);
  });

  it('1,000 namespaces keep 3 GB of empty hnswlib indexes', () => {
    const f = { n: 10_000, dims: 768, namespaces: 1000, index: 'hnsw' };
    expect(size('mneme', f, 'vector-index', 'resident')).toBe(3_000_000_000);
  });

  it('DynamoDB keeps every entry three times, and 500 operations a second are its ceiling', () => {
    const f = { n: 1000, dims: 768, 'text-bytes': 540, 'metadata-bytes': 2, 'namespace-bytes': 7 };
    // Names 92, namespace 7, hash 64, text 540, vector 3,072, metadata 2, numbers 22, overhead 100.
    expect(storeBytes(reportOf('mneme-dynamodb', f))).toBe(3 * 1000 * 3899);
    const busy = reportOf('mneme-dynamodb', { ...f, 'writes-per-day': '20M' });
    const rate = busy.tier.checks.find((c) => c.id === 'write-rate');
    expect([rate?.limit?.value, rate?.verdict]).toEqual([500, 'breaks']);
  });

  it('Letta stores 16 KB a passage whatever the model gives', () => {
    const small = storeBytes(reportOf('letta', { n: 10_000, dims: 384 }));
    expect(storeBytes(reportOf('letta', { n: 10_000, dims: 1536 }))).toBe(small);
    expect(small / 10_000).toBeGreaterThan(4096 * 4);
  });

  it('memories-dev takes 2.067 blocks of 256 KiB for every warm item, and two more', () => {
    const f = { n: 40, dims: 384, 'text-bytes': 0, 'metadata-bytes': 0 };
    // 2 + 82.68 blocks, rounded up, and 160 B of record an item.
    expect(size('memories-dev', f, 'table', 'disk')).toBe(85 * 262_144 + 40 * 160);
  });

  it('neural-memory: 3.7 to 5 KB of file a neuron, as was measured at 576 and 2,414 of them', () => {
    const perNeuron = (memories: number): number =>
      storeBytes(reportOf('neural-memory', { n: memories })) / Math.ceil(memories * 2.77);
    expect(Math.abs(perNeuron(871) / 3745 - 1)).toBeLessThan(0.05);
    // A brain of 208 memories is a tenth empty tables.
    expect(Math.abs(perNeuron(208) / 4089 - 1)).toBeLessThan(0.13);
    for (const n of [871, 10_000, 100_000]) expect(perNeuron(n)).toBeGreaterThan(3000);
    expect(reportOf('neural-memory', { n: 1000 }).notes.join(' ')).not.toContain('no backup');
    expect(reportOf('neural-memory', { n: 30_000 }).notes.join(' ')).toContain('no backup');
  });

  it('a cache and a store pay for no extraction, unless it is asked for; checkpoints not even for embeddings', () => {
    const lines = (system: string, more: Flags = {}): string[] =>
      reportOf(system, { n: 10_000, ...more }).cost.oneOff.map((l) => l.id);
    expect(lines('mem0')).toEqual(['embedding', 'extraction']);
    expect(lines('recall')).toEqual(['embedding', 'extraction']);
    expect(lines('mneme')).toEqual(['embedding']);
    expect(lines('letta')).toEqual(['embedding']);
    expect(lines('mneme', { 'extraction-model': 'claude-haiku-4.5' })).toEqual(['embedding', 'extraction']);
    expect(lines('langgraph-checkpoints')).toEqual([]);
  });
});

/** Leaves of a b-tree of one level that took these keys, split in half when full. */
function simulatedFill(keys: number, capacity: number, seed: number): number {
  const random = randomStream(seed);
  const leaves: number[][] = [[]];
  for (let k = 0; k < keys; k++) {
    const key = random();
    let low = 0;
    for (let high = leaves.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if ((leaves[middle]?.[0] ?? 0) <= key) low = middle;
      else high = middle - 1;
    }
    const leaf = leaves[low] as number[];
    let at = 0;
    while (at < leaf.length && (leaf[at] as number) < key) at++;
    leaf.splice(at, 0, key);
    if (leaf.length > capacity) leaves.splice(low + 1, 0, leaf.splice((capacity + 1) >> 1));
  }
  return keys / (capacity * leaves.length);
}

it.each([
  [2000, 61],
  [1000, 100],
  [20_000, 100],
])('%i random keys in leaves of %i fill them as a simulation does', (keys, capacity) => {
  const runs = [1, 2, 3, 4, 5, 6].map((seed) => simulatedFill(keys, capacity, seed));
  const mean = runs.reduce((a, b) => a + b, 0) / runs.length;
  expect(Math.abs(randomFill(keys, capacity) / mean - 1)).toBeLessThan(0.03);
});

it.each(SYSTEMS.map((s) => s.id))('%s takes its own types and refuses every other in a sentence', (id) => {
  const system = SYSTEMS.find((s) => s.id === id);
  for (const n of ['1000', '2M'])
    for (const type of ['float32', 'halfvec', 'int8', 'bit', 'sparsevec'] as const) {
      if (system?.engine?.scalars.includes(type) !== false) continue;
      expect(() => reportOf(id, { n, dims: '64', type }), `${n} ${type}`).toThrow(
        /^--type \w+: (?:.+ has no such type; it has float32|index_backend "auto" builds HNSW)/,
      );
    }
});
