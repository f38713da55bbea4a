/** What is done about each structure, what is left alone, and why. */
import { describe, expect, it } from 'vitest';
import { bloatReport, type Compaction, type CompactionOptions, compaction } from '../../src/checks/index.ts';
import type { Snapshot, Structure, TableFacts, Vec0Facts } from '../../src/store/index.ts';
import { btree, column, FRESH, gin, heap, hnsw, memorySet, PAGE, snapshotOf } from './built-snapshot.ts';

const id = column('id', 'bigint');
/** Large enough for every threshold. */
const bloatedHnsw = hnsw(20_320, 100_000, 128);

function decide(s: Snapshot, options: CompactionOptions = {}): Compaction {
  return compaction(bloatReport(s), s, options);
}
const kinds = (c: Compaction): string[] => c.actions.map((a) => a.kind);
const why = (c: Compaction, structure: string): string | undefined =>
  c.left.find((l) => l.structure === structure)?.why;

describe('PostgreSQL', () => {
  it('rebuilds a GIN index that nobody can measure only for whoever names it', () => {
    const s = snapshotOf('postgres', [gin(703, 30_000)]);
    expect(kinds(decide(s))).toEqual([]);
    const asked = decide(s, { asked: 'gin:public.memories_content_gin' });
    expect(asked.actions).toMatchObject([
      { kind: 'reindex', structure: 'gin:public.memories_content_gin', reclaims: null },
    ]);
    const baselines = { 'gin:public.memories_content_gin': { bytes: 703 * PAGE, rows: 30_000 } };
    expect(compaction(bloatReport(s, { baselines }), s, { asked: 'gin:public.memories_content_gin' }).actions).toEqual(
      [],
    );
    const grown = { 'gin:public.memories_content_gin': { bytes: 70 * PAGE, rows: 30_000 } };
    const worn = compaction(bloatReport(s, { baselines: grown, thresholds: { minBytes: 2 ** 20 } }), s);
    expect(worn.actions).toMatchObject([{ kind: 'reindex', reclaims: expect.any(Number) }]);
  });

  it('marks what somebody could act on, and nothing else', () => {
    const bloated = heap([id], 50_000, 100_000);
    const c = decide(snapshotOf('postgres', [bloated, gin(703, 30_000)]));
    expect(c.left.filter((l) => l.act === true).map((l) => l.structure)).toEqual([bloated.id]);
  });

  it('rebuilds the vector index before VACUUM, and says what that takes', () => {
    const c = decide(snapshotOf('postgres', [heap([id], 1500, 100_000, { deadRows: 100_000 }), bloatedHnsw]));
    expect(kinds(c)).toEqual(['reindex', 'vacuum']);
    const [reindex, vacuum] = c.actions;
    expect(reindex).toMatchObject({
      id: 'reindex:hnsw:public.memories_embedding_idx',
      order: 20,
      lock: 'schema',
      statement: 'REINDEX INDEX CONCURRENTLY "public"."memories_embedding_idx"',
    });
    expect(reindex?.diskNeeded).toBeGreaterThan(10_000 * PAGE);
    expect(reindex?.seconds).toBeGreaterThan(5);
    expect(vacuum).toMatchObject({ order: 30, statement: 'VACUUM (ANALYZE) "public"."memories"' });
  });

  it('rebuilds a graph that is not bloated where VACUUM would repair it for longer than building it takes', () => {
    const graph = hnsw(10_100, 100_000, 128);
    const c = decide(snapshotOf('postgres', [heap([id], 1500, 100_000, { deadRows: 100_000 }), graph]));
    expect(kinds(c)).toEqual(['reindex', 'vacuum']);
    expect(c.actions[0]?.title).toMatch(/repair its graph around 100,000 deleted elements/);
    // Without a graph there is nothing to repair, and without dead rows nothing to vacuum.
    expect(kinds(decide(snapshotOf('postgres', [heap([id], 1500, 100_000, { deadRows: 100_000 })])))).toEqual([
      'vacuum',
    ]);
    expect(kinds(decide(snapshotOf('postgres', [heap([id], 1500, 100_000, { deadRows: 0 }), graph])))).toEqual([]);
  });

  it('leaves to churn what churn will use again', () => {
    const s = snapshotOf('postgres', [bloatedHnsw]);
    expect(kinds(decide(s))).toEqual(['reindex']);
    const c = decide(s, { expectedInserts: 120_000 });
    expect(kinds(c)).toEqual([]);
    expect(why(c, bloatedHnsw.id)).toContain('reuse its deleted elements');
  });

  it('drops what an interrupted REINDEX left, and nothing else that is invalid', () => {
    const left = {
      ...bloatedHnsw,
      name: 'public.memories_embedding_idx_ccnew1',
      id: 'hnsw:public.memories_embedding_idx_ccnew1',
    };
    const facts = { ...left.facts, valid: false } as NonNullable<Structure['facts']>;
    expect(decide(snapshotOf('postgres', [{ ...left, facts }])).actions).toMatchObject([
      { kind: 'drop-invalid-index', statement: 'DROP INDEX CONCURRENTLY "public"."memories_embedding_idx_ccnew1"' },
    ]);
    const own = decide(snapshotOf('postgres', [{ ...bloatedHnsw, facts }]));
    expect(own.actions).toEqual([]);
    expect(why(own, bloatedHnsw.id)).toContain('invalid');
  });

  it('quotes what the catalog calls them', () => {
    const odd = { ...bloatedHnsw, id: 'hnsw:public.a"b', name: 'public.a"b; DROP TABLE x' };
    expect(decide(snapshotOf('postgres', [odd])).actions[0]?.statement).toBe(
      'REINDEX INDEX CONCURRENTLY "public"."a""b; DROP TABLE x"',
    );
  });

  it('merges a pending list near its limit', () => {
    const c = decide(snapshotOf('postgres', [gin(703, 30_000, { pendingPages: 400 })]));
    expect(c.actions).toMatchObject([
      {
        kind: 'gin-clean-pending',
        order: 40,
        statement: `SELECT gin_clean_pending_list('"public"."memories_content_gin"'::regclass)`,
      },
    ]);
    expect(kinds(decide(snapshotOf('postgres', [gin(703, 30_000, { pendingPages: 20 })])))).toEqual([]);
  });

  it('analyses before it judges by old statistics', () => {
    const statistics = { ...FRESH, modifiedSince: 30_000 };
    const c = decide(snapshotOf('postgres', [btree('i', [id], 5000, 100_000, { statistics, deduplicates: false })]));
    expect(kinds(c)).toEqual(['analyze']);
    expect(why(c, 'btree:public.i')).toContain('ANALYZE "public"."memories" first');
  });

  it('does not rewrite tables', () => {
    const c = decide(snapshotOf('postgres', [heap([id], 5000, 100_000)]));
    expect(c.actions).toEqual([]);
    expect(why(c, 'heap:public.memories')).toMatch(/VACUUM FULL \(blocks everybody\) or pg_repack/);
  });

  it('names a reason for every structure it leaves', () => {
    const all = [heap([id], 5000, 100_000), gin(703, 10), btree('i', [id], 280, 100_000, { deduplicates: false })];
    const c = decide(snapshotOf('postgres', all));
    expect(c.left.map((l) => l.structure).sort()).toEqual(all.map((s) => s.id).sort());
    expect(c.left.every((l) => l.why !== '')).toBe(true);
    expect(why(c, 'gin:public.memories_content_gin')).toMatch(/^unmeasured/);
  });
});

describe('Redis', () => {
  const server = (allocator: string, allocatorRatio: number, activeDefrag: boolean | null): Structure => ({
    id: 'allocator:memory',
    kind: 'allocator',
    name: 'memory',
    table: null,
    rows: null,
    bytes: 620e6,
    pages: null,
    payloadBytes: 200e6,
    unusedBytes: null,
    facts: {
      kind: 'allocator',
      used: 200e6,
      rss: 620e6,
      dataset: null,
      ratio: 3.1,
      fragmentationBytes: 420e6,
      allocatorRatio,
      allocator,
      maxmemory: 0,
      policy: 'noeviction',
      activeDefrag,
    },
  });
  const of = (s: Structure): Compaction => decide(snapshotOf('redis', [s]));

  it('lets the server defragment where that helps', () => {
    expect(kinds(of(server('jemalloc-5.3.0', 2.67, false)))).toEqual(['active-defrag']);
    expect(why(of(server('jemalloc-5.3.0', 1.01, false)), 'allocator:memory')).toContain('only a restart');
    expect(why(of(server('libc', 2.67, null)), 'allocator:memory')).toContain('libc cannot defragment');
    expect(why(of(server('jemalloc-5.3.0', 2.67, null)), 'allocator:memory')).toContain('CONFIG GET is refused');
  });
});

const UNIT = 4096;
function sqlite(
  kind: Structure['kind'],
  name: string,
  pages: number,
  facts: Structure['facts'],
  rows: number | null,
): Structure {
  return {
    id: `${kind}:${name}`,
    kind,
    name,
    table: kind === 'table' || kind === 'index' ? name : null,
    rows,
    bytes: pages * UNIT,
    pages,
    payloadBytes: null,
    unusedBytes: null,
    facts,
  };
}
const tableFacts = (rowidColumn: string | null): TableFacts => ({
  kind: 'table',
  columns: [],
  record: { mean: 100, min: 100, max: 100, deviation: 0, sampled: 10_000 },
  withoutRowid: false,
  rowidColumn,
  rowids: { min: 1, max: 10_000, meanBytes: 2 },
});
const free = (pages: number): Structure => sqlite('freelist', 'free pages', pages, null, null);
const file = (
  structures: readonly Structure[],
  settings: Record<string, string> = {},
  sets = [memorySet('t', 10_000)],
): Snapshot => snapshotOf('sqlite', structures, { settings, memorySets: sets });
/** 10,000 records of 100 bytes: about 260 pages. */
const table = (name = 't', rowidColumn: string | null = 'id'): Structure =>
  sqlite('table', name, 262, tableFacts(rowidColumn), 10_000);

describe('SQLite', () => {
  it('leaves a file alone that is not a quarter waste, or is small', () => {
    const c = decide(file([table(), free(40)]));
    expect(c.actions).toEqual([]);
    expect(why(c, 'freelist:free pages')).toContain('below the threshold');
    expect(decide(file([table(), free(900)])).actions).toEqual([]);
  });

  it('vacuums one that is, and says what that needs', () => {
    const c = decide(file([table(), free(3000)]));
    expect(c.actions).toMatchObject([
      { kind: 'full-vacuum', lock: 'everyone', reclaims: 3000 * UNIT, statement: 'VACUUM' },
    ]);
    expect(c.actions[0]?.diskNeeded).toBe(2 * 262 * UNIT);
  });

  it('gives free pages back in steps where the file keeps a pointer map', () => {
    const c = decide(file([table(), free(3000)], { 'auto vacuum': 'incremental' }));
    expect(c.actions).toMatchObject([{ kind: 'incremental-vacuum', lock: 'writers' }]);
  });

  it('refuses where a full-text index or vectors hang on implicit rowids', () => {
    const fts = (content: string): Structure =>
      sqlite('fts5', 'f', 10, { kind: 'fts5', columns: ['a'], content, tokenizer: null }, 10_000);
    const joined = decide(file([table('t', null), fts('T'), free(3000)]));
    expect(joined.actions).toEqual([]);
    expect(why(joined, 'freelist:free pages')).toContain('full-text index f joins on');
    // An own copy of the text, or an INTEGER PRIMARY KEY, is safe.
    expect(kinds(decide(file([table('t', 'id'), fts('t'), free(3000)])))).toEqual(['full-vacuum']);
    expect(kinds(decide(file([table('t', null), free(3000)])))).toEqual(['full-vacuum']);
    expect(why(decide(file([table('t', null), vec0(), free(6000)])), 'freelist:free pages')).toContain(
      'vector table v',
    );
  });

  it('rebuilds a vec0 table with empty slots, but not one whose partitions keep a chunk each', () => {
    const dead = decide(file([vec0()]));
    expect(kinds(dead)).toEqual(['vec0-rebuild', 'full-vacuum']);
    expect(dead.actions[0]?.title).toContain('50 % of its slots are empty');
    const parts = decide(
      file([vec0({ partitions: 40, packedChunks: 40, partitionBytes: 8, partitionKeys: ['ns'] }, 2000)]),
    );
    expect(parts.actions).toEqual([]);
    expect(why(parts, 'vec0:v')).toContain('smaller chunk_size');
  });

  it('cuts a log that a reader kept from being reset', () => {
    const wal = (mib: number): Structure => ({ ...sqlite('wal', 'log', mib * 256, null, null), id: 'wal:-wal' });
    expect(decide(file([table(), wal(80)])).actions).toMatchObject([{ kind: 'wal-truncate', order: 90 }]);
    expect(decide(file([table(), wal(4)])).actions).toEqual([]);
  });
});

/** 40 chunks of 1,024 slots of 384 dimensions, half of them empty. */
function vec0(more: Partial<Vec0Facts> = {}, rows = 20_480): Structure {
  const facts: Vec0Facts = {
    kind: 'vec0',
    vectors: [{ name: 'e', scalar: 'float32', dims: 384, metric: 'l2' }],
    partitionKeys: [],
    metadata: [],
    auxiliary: [],
    idBytes: null,
    partitionBytes: null,
    chunkSize: 1024,
    chunks: 40,
    capacity: 40_960,
    partitions: null,
    packedChunks: 20,
    createdBy: 'v0.1.9',
    ...more,
  };
  return sqlite('vec0', 'v', 16_000, facts, rows);
}
