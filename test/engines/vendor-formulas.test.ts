import { describe, expect, it } from 'vitest';
import {
  DOCUMENTED_RULES,
  elastic,
  faissIvfPq,
  milvus,
  openSearch,
  pgvectorscale,
  qdrantComponents,
  redisVectorSet,
  scyllaLinks,
  type VectorLoad,
  weaviate,
} from '../../src/engines/documented/index.ts';
import { explain, isInputError, leaf } from '../../src/quantity/index.ts';

const GiB = 2 ** 30;
const load = (n: number, d: number, m = 16): VectorLoad => ({
  vectors: leaf('memories', n, 'rows'),
  dimensions: leaf('dimensions', d, 'dimensions'),
  m: leaf('m', m, 'count'),
});

const TEN_MILLION = load(10_000_000, 1536);

/** The same question to every vendor: 10M vectors of 1,536 float32 dimensions, m 16; memory in GiB. */
const PUBLISHED: Readonly<Record<string, number>> = {
  'qdrant-components': 59.1,
  'qdrant-rule': 85.8,
  'milvus-hnsw': 69.5,
  'milvus-diskann': 16.5,
  'faiss-hnsw': 58.4,
  'faiss-flat': 57.2,
  'opensearch-hnsw': 64.3,
  'elastic-hnsw': 57.8,
  'elastic-int8-hnsw': 15.1,
  'elastic-bbq-hnsw': 2.5,
  weaviate: 91.9,
  'scylla-page': 71.5,
  'scylla-calculator': 70.6,
  'redis-vector-set-q8': 17.1,
  'seed-article': 84.9,
};

describe('documented formulas', () => {
  it.each(Object.entries(PUBLISHED))('%s says %s GiB for 10M × 1,536', (id, gib) => {
    const rule = DOCUMENTED_RULES.find((r) => r.id === id);
    expect(Math.abs((rule?.size(TEN_MILLION).memory.value ?? 0) / GiB - gib)).toBeLessThan(0.06);
  });

  it('gives every rule an id of its own, a source, an interval and an explanation', () => {
    const ids = DOCUMENTED_RULES.map((r) => r.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const rule of DOCUMENTED_RULES) {
      const { memory, disk } = rule.size(TEN_MILLION);
      expect(rule.source, rule.id).not.toBe('');
      for (const q of disk === undefined ? [memory] : [memory, disk]) {
        expect(['documented', 'assumed'], rule.id).toContain(q.basis);
        expect(q.low, rule.id).toBeLessThan(q.value);
        expect(q.high, rule.id).toBeGreaterThan(q.value);
        expect(q.low, rule.id).toBeGreaterThan(0);
        expect(explain(q)[0], rule.id).toContain(' = ');
      }
    }
  });

  it('stays finite and positive from one vector of one dimension to a trillion', () => {
    for (const l of [load(1, 1, 2), load(1e12, 16_000, 100)]) {
      for (const rule of DOCUMENTED_RULES) {
        const { memory } = rule.size(l);
        expect(Number.isFinite(memory.value) && memory.value > 0, rule.id).toBe(true);
      }
    }
  });
});

describe('their parameters', () => {
  it('counts a quantised copy of Qdrant on top of the originals', () => {
    const plain = qdrantComponents(TEN_MILLION).memory.value;
    const scalar = qdrantComponents(TEN_MILLION, undefined, leaf('int8', 1, 'B')).memory.value;
    expect(scalar - plain).toBeCloseTo(10_000_000 * 1536, 0);
  });

  it('loads Milvus with two segments and 15 %, DiskANN without segments', () => {
    expect(milvus(TEN_MILLION, 'FLAT').memory.value).toBeCloseTo((4 * 1536 * 1e7 + 2 * GiB) * 1.15, 0);
    expect(milvus(TEN_MILLION, 'DISKANN').memory.value).toBeCloseTo(1536 * 1e7 * 1.15, 0);
    expect(milvus(TEN_MILLION, 'DISKANN').disk?.value).toBeCloseTo(1e7 * 4 * (1536 + 56), 0);
    expect(milvus(TEN_MILLION, 'HNSW').disk).toBeUndefined();
    const pq = milvus(TEN_MILLION, 'IVF_PQ', { subquantizers: leaf('pq', 96, 'count') }).memory.value;
    expect(pq).toBeCloseTo((1e7 * 96 + 1024 * 4 * 1536 + 256 * 4 * 1536 + 2 * GiB) * 1.15, 0);
  });

  it('refuses an index that Milvus does not have', () => {
    expect(() => milvus(TEN_MILLION, 'BTREE' as never)).toThrow(/FLAT, IVF_FLAT/);
    try {
      milvus(TEN_MILLION, 'BTREE' as never);
    } catch (e) {
      expect(isInputError(e)).toBe(true);
    }
  });

  it('adds the 8-byte id to a product-quantised code', () => {
    const small = faissIvfPq(TEN_MILLION, {
      subquantizers: leaf('code', 64, 'count'),
      lists: leaf('lists', 4096, 'count'),
    });
    expect(small.memory.value).toBe(1e7 * 72 + 4096 * 4 * 1536 + 256 * 4 * 1536);
  });

  it('halves the vectors of OpenSearch with fp16 and keeps Elastic originals on disk', () => {
    expect(openSearch(TEN_MILLION, 'hnsw-fp16').memory.value).toBeCloseTo(1.1 * (2 * 1536 + 128) * 1e7, 0);
    const bbq = elastic(TEN_MILLION, 'bbq_hnsw');
    expect((bbq.disk?.value ?? 0) - bbq.memory.value).toBe(4 * 1536 * 1e7);
  });

  it('follows maxConnections in Weaviate and powers of two in Scylla', () => {
    const diff = weaviate(TEN_MILLION, leaf('c', 64, 'count')).memory.value - weaviate(TEN_MILLION).memory.value;
    expect(diff).toBeCloseTo(1e7 * 1.5 * 32 * 4 * 1.5, 0);
    expect(scyllaLinks(10_000_000, 0.9)).toBe(32);
    expect(scyllaLinks(10_000_000, 0.99)).toBe(64);
  });

  it('changes the bits of a pgvectorscale code at 900 dimensions', () => {
    const perVector = (d: number): number => pgvectorscale(load(1, d)).memory.value;
    expect(perVector(899)).toBe(400 + Math.ceil((899 * 2) / 64) * 8 + 8 + 28);
    expect(perVector(900)).toBe(400 + Math.ceil(900 / 64) * 8 + 8 + 28);
  });

  it('brackets what Redis 8.0.2 was measured to take per element', () => {
    const measured: readonly [number, 'Q8' | 'BIN' | 'NOQUANT', number][] = [
      [1536, 'Q8', 2312],
      [1536, 'NOQUANT', 6891],
      [384, 'NOQUANT', 2294],
    ];
    for (const [d, q, bytes] of measured) {
      const { memory } = redisVectorSet(load(1, d), q);
      expect(bytes, `${d} ${q}`).toBeGreaterThan(memory.value);
      expect(bytes, `${d} ${q}`).toBeLessThan(memory.high);
    }
  });
});
