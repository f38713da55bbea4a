/** Every trap that makes other bloat reports lie, as measured on PostgreSQL 15 with pgvector 0.8; truth is REINDEX or a fresh load. */
import { describe, expect, it, test } from 'vitest';
import { type BloatOptions, type BloatStructure, bloatReport } from '../../src/checks/index.ts';
import type { Structure } from '../../src/store/index.ts';
import { btree, column, FRESH, gin, heap, hnsw, ivfflat, PAGE, snapshotOf } from './built-snapshot.ts';

/** Small fixtures are judged by their share alone. */
const ANY_SIZE: BloatOptions = { thresholds: { minBytes: 0 } };

function judged(s: Structure, options: BloatOptions = ANY_SIZE): BloatStructure {
  return bloatReport(snapshotOf('postgres', [s]), options).structures[0] as BloatStructure;
}
const percent = (s: Structure): number => judged(s).percent?.value ?? Number.NaN;

const ns = column('namespace_id', 'text', {
  meanBytes: 11,
  distinct: 45,
  commonShares: Array<number>(45).fill(1 / 45),
});
const status = column('status', 'text', { meanBytes: 7, distinct: 3, commonShares: [0.8, 0.15, 0.05] });
const confidence = column('confidence', 'double precision', { distinct: -0.9 });

describe('btree from statistics, 300,000 rows of which 80 % were deleted', () => {
  const id = column('id', 'bigint');
  test.each([
    ['primary key', [id], { unique: true, deduplicates: false }, 825, 79.9],
    ['namespace, duplicates shared', [ns], {}, 254, 79.5],
    ['namespace, not shared', [ns], { deduplicates: false }, 1160, 79.8],
    ['namespace, status, confidence', [ns, status, confidence], {}, 1764, 79.6],
  ] as const)('%s', (_name, keys, more, pages, truth) => {
    const s = btree('i', keys, pages, 60_000, more);
    expect(Math.abs(percent(s) - truth)).toBeLessThanOrEqual(5);
    expect(judged(s).state).toBe('bloated');
  });

  test.each([
    ['primary key', [id], { unique: true, deduplicates: false }, 825],
    ['namespace, duplicates shared (the usual query: -352 %)', [ns], {}, 254],
    ['namespace, not shared', [ns], { deduplicates: false }, 1160],
    ['namespace, status, confidence (the usual query: +16 %)', [ns, status, confidence], {}, 1764],
  ] as const)('%s, fresh, is no bloat', (_name, keys, more, pages) => {
    const s = judged(btree('i', keys, pages, 300_000, more));
    expect(s.percent?.value).toBeLessThanOrEqual(7);
    expect(s.state).toBe('ok');
  });

  it('alarms on the least where the distinct keys are a guess', () => {
    const vague = column('session', 'text', { meanBytes: 8, distinct: 2000, commonShares: [0.01] });
    const s = judged(btree('i', [vague, confidence], 1764, 60_000));
    expect(s.percent?.low).toBeLessThanOrEqual(s.percent?.value ?? 0);
    // A negative n_distinct is a share of the table: a partial index may have a key to every row.
    const partial = judged(
      btree('p', [column('session', 'text', { meanBytes: 8, distinct: -0.01 })], 60, 20_000, { predicate: 'active' }),
    );
    expect(partial.percent?.low).toBe(0);
    expect(partial.state).toBe('ok');
  });
});

it('reads pgstatindex by its pages, not by its density alone', () => {
  // 70.8 % dense, and four fifths of it deleted pages.
  const pages = { leaf: 456, internal: 12, empty: 0, deleted: 1295, leafDensity: 0.708, fragmentation: 0 };
  const s = judged(btree('i', [ns, status, confidence], 1764, 60_000, { pages }));
  expect(Math.abs((s.percent?.value ?? 0) - 79.6)).toBeLessThanOrEqual(3);
  expect(s).toMatchObject({ confidence: 'exact', method: 'pgstatindex', state: 'bloated', level: 'crit' });
});

describe('tables', () => {
  const id = column('id', 'bigint');
  it('five 384-dimensional vectors to a page are no bloat', () => {
    const s = judged(heap([id, column('embedding', 'vector(384)', { meanBytes: 1544 })], 1250, 6250));
    expect(s.percent?.value).toBeLessThan(1);
    const exact = judged(
      heap([id, column('embedding', 'vector(384)', { meanBytes: 1544 })], 1250, 6250, {
        tuples: {
          method: 'pgstattuple',
          liveRows: 6250,
          liveBytes: 6250 * 1576,
          deadRows: 0,
          deadBytes: 0,
          freeBytes: 0.182 * 1250 * PAGE,
          scannedShare: 1,
        },
      }),
    );
    expect(exact.percent?.value).toBeLessThan(1);
  });

  it('counts TOAST with the table: 5,000 vectors of 768 dimensions', () => {
    const columns = [
      id,
      column('content', 'text', { meanBytes: 75 }),
      column('embedding', 'vector(768)', { meanBytes: 18 }),
    ];
    const toast = { bytes: 2500 * PAGE, pages: 2500, chunks: 10_000, deadChunks: 0, dataBytes: null };
    expect(judged(heap(columns, 87 + 2500, 5000, { toast })).percent?.value).toBeLessThan(2);
    // Half of them deleted and vacuumed: the vectors' chunks are known from their width, not from a counter.
    const half = judged(heap(columns, 87 + 2500, 2500, { toast: { ...toast, chunks: null } }));
    expect(Math.abs((half.percent?.value ?? 0) - 50)).toBeLessThanOrEqual(2);
  });

  it('holds rows back as the fillfactor asks', () => {
    const vector = [id, column('embedding', 'vector(96)', { meanBytes: 392 })];
    const full = judged(heap(vector, 1000, 19_000));
    const loose = judged(heap(vector, 1000, 19_000, { fillfactor: 70 }));
    expect((loose.expected?.value ?? 0) / (full.expected?.value ?? 1)).toBeGreaterThan(1.3);
  });

  it('claims nothing of a table that was never analysed, or whose statistics are hidden', () => {
    const never = judged(
      heap([], 5000, null, { statistics: { state: 'never', analyzedAt: null, modifiedSince: null } }),
    );
    expect(never).toMatchObject({
      state: 'unmeasured',
      percent: null,
      unmeasured: { settle: 'ANALYZE "public"."memories"' },
    });
    const hidden = {
      ...heap([], 5000, 10, { statistics: { state: 'invisible' as const, analyzedAt: null, modifiedSince: null } }),
      withheld: [{ what: 'statistics', why: 'the role may not SELECT', grant: 'GRANT SELECT ON t TO me' }],
    };
    expect(judged(hidden)).toMatchObject({ state: 'unmeasured', unmeasured: { grant: 'GRANT SELECT ON t TO me' } });
  });

  it('widens what old statistics say, and never calls it critical', () => {
    const statistics = { ...FRESH, modifiedSince: 5000 };
    const s = judged(heap([id, column('content', 'text', { meanBytes: 200 })], 1000, 10_000, { statistics }));
    expect(s.confidence).toBe('low');
    expect(s.notes.join()).toContain('50 % of the rows changed');
    expect(s.level).not.toBe('crit');
    expect((s.percent?.high ?? 0) - (s.percent?.low ?? 0)).toBeGreaterThan(10);
  });

  it('tells dead rows from bloat', () => {
    const s = judged(heap([id], 100, 10_000, { deadRows: 10_000 }));
    expect(s).toMatchObject({ state: 'dead', level: 'crit', deadShare: 0.5 });
    expect(judged(heap([id], 100, 10_000, { deadRows: null })).deadShare).toBeNull();
  });
});

describe('HNSW', () => {
  test.each([
    [3, 79],
    [128, 203],
    [384, 501],
    [768, 1001],
    [1024, 2001],
    [1536, 2001],
  ])('%i dimensions, 2,000 vectors, fresh', (dims, pages) => {
    const s = judged(hnsw(pages, 2000, dims));
    expect(s.percent?.value).toBeLessThanOrEqual(2.5);
    expect(s.state).toBe('ok');
  });

  it('sees the elements that VACUUM leaves behind', () => {
    const half = judged(hnsw(2032, 10_000, 128));
    expect(Math.abs((half.percent?.value ?? 0) - 50)).toBeLessThanOrEqual(2);
    expect(half).toMatchObject({ state: 'bloated', confidence: 'high' });
    expect(Math.abs(percent(hnsw(2032, 12_000, 128)) - 40)).toBeLessThanOrEqual(2);
  });

  it('reads an index that is too small as duplicates', () => {
    const s = judged(hnsw(25, 2000, 128));
    expect(s.state).toBe('duplicates');
    expect(s.percent?.value).toBe(0);
    // 229 distinct vectors among 2,000.
    expect(s.duplicateShare).toBeGreaterThan(0.85);
    expect(s.duplicateShare).toBeLessThanOrEqual(0.89);
    expect(s.notes.join()).toMatch(/at least 8\d(\.\d)? % of the vectors are exact duplicates/);
  });

  it('takes the sample for how many rows share an element', () => {
    const sample = {
      sampledPages: 24,
      elements: 229,
      deleted: 0,
      heapTuples: 2000,
      deletedShare: 0,
      low: 0,
      high: 0.01,
    };
    const s = judged(hnsw(25, 2000, 128, { sample }));
    expect(s).toMatchObject({ state: 'duplicates', confidence: 'exact' });
    expect(s.duplicateShare).toBeCloseTo(1 - 229 / 2000, 5);
    expect(Math.abs((s.expected?.value ?? 0) / PAGE - 25)).toBeLessThanOrEqual(1);
  });

  it('says what settles an unknown number of vectors', () => {
    expect(judged(hnsw(2032, null, 128))).toMatchObject({
      state: 'unmeasured',
      unmeasured: { settle: 'VACUUM (ANALYZE) "public"."memories"' },
    });
    expect(judged(hnsw(2032, 10, 128, { scalar: 'sparsevec' })).state).toBe('unmeasured');
  });
});

it('IVFFlat keeps a page per list, which is no bloat', () => {
  // 20,000 × 128 in 100 lists: 15 to a page.
  const s = judged(ivfflat(1 + 7 + 1385, 20_000, 128, 100));
  expect(s.percent?.low).toBeLessThan(5);
  expect(s.state).toBe('ok');
});

describe('GIN', () => {
  it('is unmeasured rather than half empty', () => {
    expect(judged(gin(703, 30_000))).toMatchObject({ state: 'unmeasured', percent: null, expected: null });
  });

  it('compares with its own last rebuild', () => {
    const s = judged(gin(703, 3000), {
      ...ANY_SIZE,
      baselines: { 'gin:public.memories_content_gin': { bytes: 184 * PAGE, rows: 3000 } },
    });
    expect(Math.abs((s.percent?.value ?? 0) - 73.8)).toBeLessThanOrEqual(1);
    expect(s.confidence).toBe('medium');
  });

  it('estimates from a page sample: 0.72 MB in use of 1,241 pages', () => {
    const sample = {
      sampled: 200,
      deletedShare: 0.4,
      entryLeafPages: 50,
      dataLeafPages: 70,
      entryLeafFree: 0.884,
      dataLeafFree: 0.868,
      usedBytes: 720_000 / 1241,
      usedBytesError: 20,
    };
    expect(Math.abs(percent(gin(1241, 30_000, { sample })) - 100 * (1 - 147 / 1241))).toBeLessThanOrEqual(5);
  });

  it('calls free pages a lower bound', () => {
    // 150 free of 703; REINDEX gave 519.
    const s = judged(gin(703, 30_000, { freePages: 150 }));
    expect(s.reclaimable?.value).toBe(150 * PAGE);
    expect(s.reclaimable?.high).toBeGreaterThan(519 * PAGE);
    expect(s.confidence).toBe('low');
    expect(s.notes.join()).toContain('lower bound');
  });

  it('tells a pending list', () => {
    expect(judged(gin(703, 30_000, { pendingPages: 150 })).notes.join()).toContain('pending list');
  });
});

describe('Redis', () => {
  const server = (used: number, rss: number, ratio: number): Structure => ({
    id: 'allocator:memory',
    kind: 'allocator',
    name: 'memory',
    table: null,
    rows: null,
    bytes: rss,
    pages: null,
    payloadBytes: null,
    unusedBytes: null,
    facts: {
      kind: 'allocator',
      used,
      rss,
      dataset: null,
      ratio,
      fragmentationBytes: rss - used,
      allocatorRatio: ratio,
      allocator: 'jemalloc-5.3.0',
      maxmemory: 0,
      policy: 'noeviction',
      activeDefrag: false,
    },
  });
  const of = (s: Structure): BloatStructure => bloatReport(snapshotOf('redis', [s])).structures[0] as BloatStructure;

  it('an empty server of ratio 14 is no case, nor is a third of 67 MB', () => {
    expect(of(server(1e6, 14.38e6, 14.38)).state).toBe('ok');
    expect(of(server(21.7e6, 67e6, 3.09)).state).toBe('ok');
  });

  it('a ratio of 1.5 and 100 MB together are', () => {
    expect(of(server(200e6, 620e6, 3.1)).state).toBe('bloated');
    expect(of(server(2e9, 2.2e9, 1.1)).state).toBe('ok');
  });
});

describe('the report', () => {
  it('asks for size and share both', () => {
    const small = hnsw(2032, 10_000, 128);
    expect(judged(small, {}).state).toBe('ok');
    expect(judged({ ...small, bytes: 20_320 * PAGE }, {}).state).toBe('bloated');
    expect(judged(small, { thresholds: { minBytes: 1, minPercent: 60 } }).state).toBe('ok');
  });

  it('totals what was measured, and says how much that is', () => {
    const { totals } = bloatReport(snapshotOf('postgres', [hnsw(2032, 10_000, 128), gin(2032, 10)]), ANY_SIZE);
    expect(totals.measuredShare).toBe(0.5);
    expect(totals).toMatchObject({ bloated: 1, dead: 0, unmeasured: 1 });
    expect(totals.reclaimable.low).toBeLessThanOrEqual(totals.reclaimable.value);
  });

  it('carries its computation when asked', () => {
    const s = judged(hnsw(2032, 10_000, 128), { explain: true });
    expect(s.expected?.explain?.formula).toBe('pages * page');
    expect(judged(hnsw(2032, 10_000, 128)).expected?.explain).toBeUndefined();
  });

  it('of an empty store is empty', () => {
    expect(bloatReport(snapshotOf('postgres', [])).totals).toMatchObject({ measuredShare: 1, bloated: 0 });
  });
});
