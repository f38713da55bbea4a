/** The likely cause of a difference in size, on stores as they were measured (PostgreSQL 15, pgvector 0.8; sqlite-vec 0.1.9). */
import { describe, expect, it } from 'vitest';
import { type SizeResidual, sizeResiduals, wholeDifference } from '../../src/capacity/size-residuals.ts';
import type { Structure } from '../../src/store/index.ts';
import { btree, column, FRESH, heap, hnsw, snapshotOf } from '../checks/built-snapshot.ts';

const id = column('id', 'bigint');
const primaryKey = { unique: true, deduplicates: false };
const residual = (s: Structure, scheme = 'postgres'): SizeResidual =>
  sizeResiduals(snapshotOf(scheme, [s])).structures[0] as SizeResidual;

describe('the cause of a difference', () => {
  it('is none where the structure is as fresh as can be', () => {
    // 300,000 bigint keys, fresh: 825 pages (measured); 2,000 vectors of 384 dimensions: 501.
    expect(residual(btree('pk', [id], 825, 300_000, primaryKey))).toMatchObject({ cause: 'none', remedy: undefined });
    expect(residual(hnsw(501, 2000, 384))).toMatchObject({ cause: 'none' });
  });

  it('is the order of the keys up to 1 / ln 2 of the packed size, and deletes above it', () => {
    const filled = residual(btree('pk', [id], Math.round(825 / Math.LN2), 300_000, primaryKey));
    expect(filled).toMatchObject({ cause: 'fill', remedy: undefined });
    expect(filled.off).toBeCloseTo(0.44, 1);
    // 80 % of 300,000 rows were deleted (measured).
    const emptied = residual(btree('pk', [id], 825, 60_000, primaryKey));
    expect(emptied).toMatchObject({ cause: 'bloat', remedy: 'memctl compact STORE' });
    expect(emptied.off).toBeGreaterThan(3);
  });

  it('says how full the leaves are where they were read', () => {
    const pages = { leaf: 820, internal: 3, empty: 0, deleted: 0, leafDensity: 0.18, fragmentation: 40 };
    expect(residual(btree('pk', [id], 825, 60_000, { ...primaryKey, pages })).because).toBe(
      'its leaves are 18 % full: more room in its pages than keys in no order leave: deletes and updates',
    );
  });

  it('is duplicates where the graph is smaller than its rows make it', () => {
    // 229 distinct vectors among 2,000 (measured).
    const r = residual(hnsw(25, 2000, 128));
    expect(r).toMatchObject({ cause: 'duplicates', remedy: 'memctl dedup STORE' });
    expect(r.because).toMatch(/^at least 8\d(\.\d)? % of its vectors equal another one and share its element$/);
    const sample = {
      sampledPages: 24,
      elements: 229,
      deleted: 0,
      heapTuples: 2000,
      deletedShare: 0,
      low: 0,
      high: 0.01,
    };
    expect(residual(hnsw(25, 2000, 128, { sample }))).toMatchObject({ cause: 'duplicates' });
  });

  it('is elements without a row where the graph is larger', () => {
    expect(residual(hnsw(2032, 10_000, 128))).toMatchObject({ cause: 'bloat' });
    expect(residual(hnsw(2032, 10_000, 128)).because).toMatch(/of elements that belong to no row any more/);
    const sample = {
      sampledPages: 24,
      elements: 200,
      deleted: 100,
      heapTuples: 100,
      deletedShare: 0.5,
      low: 0.4,
      high: 0.6,
    };
    expect(residual(hnsw(2032, 10_000, 128, { sample })).because).toBe(
      '50 % of its elements are dead and not yet vacuumed',
    );
  });

  it('is dead rows of a table, or room that they left', () => {
    expect(residual(heap([id], 100, 10_000, { deadRows: 10_000 }))).toMatchObject({
      cause: 'dead-rows',
      because: '50 % of its rows are dead and not yet vacuumed',
    });
    expect(residual(heap([id], 100, 10_000))).toMatchObject({ cause: 'bloat' });
  });

  it('is old statistics where what they leave open covers the difference', () => {
    const content = column('content', 'text', { meanBytes: 200 });
    const fresh = residual(heap([id, content], 1, 10_000)).expected?.value as number;
    const pages = Math.round((1.3 * fresh) / 8192);
    const r = residual(heap([id, content], pages, 10_000, { statistics: { ...FRESH, modifiedSince: 5_000 } }));
    expect(r).toMatchObject({
      cause: 'statistics',
      because: '50 % of the rows changed since the statistics',
      remedy: 'ANALYZE "public"."memories"',
    });
  });

  it('is not known where nobody can say, with what would settle it', () => {
    expect(residual(hnsw(2032, null, 128))).toMatchObject({
      cause: 'unmeasured',
      off: undefined,
      expected: undefined,
      remedy: 'VACUUM (ANALYZE) "public"."memories"',
    });
  });
});

it('an index larger by the entries of dead rows of its table is not badly filled', () => {
  const of = (deadRows: number): string | undefined =>
    sizeResiduals(
      snapshotOf('postgres', [
        { ...heap([id], 2_000, 200_000, { deadRows }), table: 'public.memories' },
        btree('pk', [id], 825, 200_000, primaryKey),
      ]),
    ).structures.find((s) => s.id.startsWith('btree'))?.because;
  expect(of(100_000)).toBe('entries of rows that are dead and not yet vacuumed (33.3 % of its table)');
  expect(of(0)).toContain('keys in no order');
});

describe('a store', () => {
  const r = sizeResiduals(
    snapshotOf('postgres', [hnsw(501, 2000, 384), hnsw(2032, null, 128), btree('pk', [id], 825, 60_000, primaryKey)]),
  );

  it('begins with the largest difference and ends with what is not known', () => {
    expect(r.structures.map((s) => s.cause)).toEqual(['bloat', 'none', 'unmeasured']);
  });

  it('sums up what is known of both sides alone', () => {
    expect(r.actual?.value).toBe((501 + 825) * 8192);
    const off = wholeDifference(r)?.value as number;
    expect(off).toBeCloseTo((r.actual?.value as number) / (r.expected?.value as number) - 1, 12);
    expect(wholeDifference(sizeResiduals(snapshotOf('postgres', [hnsw(2032, null, 128)])))).toBeUndefined();
  });
});
