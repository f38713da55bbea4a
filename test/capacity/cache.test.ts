import { describe, expect, it } from 'vitest';
import { type CacheReport, type CacheWishes, cacheReport } from '../../src/capacity/cache.ts';
import { redisHash } from '../../src/layouts/redis-hash.ts';
import { redisString } from '../../src/layouts/redis-string.ts';
import { leaf } from '../../src/quantity/index.ts';
import { systemDraft } from '../../src/systems/index.ts';
import { completeWorkload, draftFrom, mergeDrafts } from '../../src/workload/index.ts';
import { type Flags, workloadFrom } from './plan-from-flags.ts';

const NONE: CacheWishes = {
  rates: {},
  results: undefined,
  queryTokens: undefined,
  embeddingLatency: undefined,
  redisLatency: undefined,
  pageLatency: undefined,
  readRate: undefined,
  iops: undefined,
};
const cache = (flags: Flags, wishes: Partial<CacheWishes> = {}): CacheReport =>
  cacheReport(workloadFrom(flags), { ...NONE, ...wishes });
const BIG: Flags = { n: '10M', dims: 1536, ram: '128GiB', 'queries-per-second': 200 };
const layer = (r: CacheReport, id: string) => r.layers.find((l) => l.id === id);
const effect = (r: CacheReport, id: string) => r.effects.find((e) => e.id === id);

describe('the four layers', () => {
  it('hold what misses put in, for as long as it lives: by hand at 200 queries a second', () => {
    const r = cache(BIG);
    expect(layer(r, 'l1')?.entries?.value).toBeCloseTo(200 * 0.8 * 30, 6);
    expect(layer(r, 'l2')?.entries?.value).toBeCloseTo(200 * 0.8 * 0.2 * 3600, 6);
    expect(layer(r, 'l3')?.entries?.value).toBeCloseTo(200 * 0.8 * 0.6 * 86_400, 3);
    expect(layer(r, 'l4')?.entries?.value).toBeCloseTo((layer(r, 'l4')?.bytes?.value as number) / 8192, 6);
  });

  it('Little’s law holds in a store that is simulated: a Poisson stream of misses and a lifetime', () => {
    let seed = 11;
    const random = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return (seed + 0.5) / 2 ** 32;
    };
    const [rate, life] = [160, 30];
    const alive: number[] = [];
    const born: number[] = [];
    let head = 0;
    for (let t = 0; t < 600; ) {
      t += -Math.log(random()) / rate;
      born.push(t);
      while ((born[head] as number) < t - life) head++;
      if (t > 100) alive.push(born.length - head);
    }
    const mean = alive.reduce((a, b) => a + b, 0) / alive.length;
    const said = layer(cache(BIG, { rates: { l1: 0.2 } }), 'l1')?.entries?.value as number;
    expect(Math.abs(mean / said - 1)).toBeLessThan(0.02);
  });

  it('are as large as their Redis layouts', () => {
    const r = cache(BIG);
    const l3 = layer(r, 'l3');
    const string = redisString.size({
      keys: leaf('keys', l3?.entries?.value as number, 'count'),
      keyBytes: leaf('key', 72, 'B'),
      valueBytes: leaf('value', 1536 * 4, 'B'),
    });
    expect(l3?.bytes?.value).toBeCloseTo(string.resident.value, 0);
    const hash = redisHash.size({
      keys: leaf('keys', layer(r, 'l2')?.entries?.value as number, 'count'),
      keyBytes: leaf('key', 40, 'B'),
      fields: [
        { name: 'canonical_name', valueBytes: leaf('name', 20, 'B') },
        { name: 'attributes', valueBytes: leaf('attributes', 200, 'B') },
      ],
    });
    expect(layer(r, 'l2')?.bytes?.value).toBeCloseTo(hash.resident.value, 0);
    expect(r.redis?.value).toBeCloseTo(string.resident.value + hash.resident.value, 0);
  });

  it('are unknown in size and money where nobody said how many queries there are', () => {
    const r = cache({ n: '10M', dims: 1536, ram: '128GiB' });
    expect([layer(r, 'l1')?.entries, layer(r, 'l3')?.bytes, r.redis, r.redisCost]).toEqual(Array(4).fill(undefined));
    expect(effect(r, 'l3')?.saved).toBeUndefined();
    expect(r.mean?.value).toBeGreaterThan(0);
    expect(r.notes.join(' ')).toMatch(/--queries-per-second/);
  });
});

describe('what a query waits for', () => {
  it('by hand, with round figures', () => {
    const r = cache(BIG, {
      rates: { l1: 0.5, l2: 0.5, l3: 0.5, l4: 1 },
      embeddingLatency: 0.2,
      redisLatency: 0.001,
    });
    const search = r.search?.value as number;
    expect(r.pageReads?.value).toBe(0);
    // Half at once; the others 1 ms and half an embedding, 1 ms and half an entity read of 2 ms, and the search.
    expect(r.mean?.value).toBeCloseTo(2e-6 + 0.5 * (0.001 + 0.1 + 0.001 + 0.001 + search), 9);
    expect(r.miss?.value).toBeCloseTo(2e-6 + 0.002 + 0.2 + 0.002 + search, 9);
    expect(effect(r, 'l3')?.withoutIt?.value).toBeCloseTo(2e-6 + 0.5 * (0.2 + 0.001 + 0.001 + search), 9);
    expect(effect(r, 'l1')?.withoutIt?.value).toBeCloseTo(0.001 + 0.1 + 0.001 + 0.001 + search, 9);
  });

  it('95 % of the pages in memory is not warm: each search waits for a twentieth of what it visits', () => {
    const [cold, warm] = [cache(BIG), cache(BIG, { rates: { l4: 1 } })];
    const reads = cold.pageReads?.value as number;
    expect(reads).toBeGreaterThan(40);
    expect((cold.search?.value as number) - (warm.search?.value as number)).toBeCloseTo(reads * 0.0005, 9);
    expect((cold.search?.value as number) / (warm.search?.value as number)).toBeGreaterThan(10);
    expect(cold.headline.join(' ')).toMatch(/95 % of the index pages in memory is not warm/);
  });

  it('says in its first sentence that latencies are unknown, and nothing of a rate that nobody gave', () => {
    const r = cache({ n: '1000', dims: 384, engine: 'sqlite-vec' });
    expect(r.headline).toEqual([
      'What a query waits for is unknown: page reads are known for HNSW only, not for the index of SQLite with sqlite-vec.',
    ]);
    expect(r.notes.join(' ')).not.toContain('the given rate');
    expect(cache(BIG).notes.join(' ')).toContain('load and money take the given rate as the mean of the month');
  });

  it('every layer makes the mean shorter', () => {
    const r = cache(BIG);
    for (const e of r.effects) expect(e.withoutIt?.value).toBeGreaterThan(r.mean?.value as number);
  });
});

describe('money', () => {
  it('embeddings spared, by hand: 64 calls a second of 15 tokens at $0.02 a million', () => {
    const saved = effect(cache(BIG), 'l3')?.saved?.value as number;
    expect(saved).toBeCloseTo((64 * 86_400 * 30.4375 * 15 * 0.02) / 1e6, 6);
  });

  it('a day of embeddings costs more in Redis than it spares, and the report says so', () => {
    const r = cache(BIG);
    const l3 = effect(r, 'l3');
    expect(l3?.costs?.value).toBeGreaterThan(10 * (l3?.saved?.value as number));
    expect(r.headline.join(' ')).toMatch(/L3 costs more than the embeddings it spares/);
    const parts = (effect(r, 'l2')?.costs?.value as number) + (l3?.costs?.value as number);
    expect(parts).toBeCloseTo(r.redisCost?.value as number, 6);
  });

  it('takes a price of the user’s own', () => {
    const w = workloadFrom(BIG);
    const dear = cacheReport(w, NONE, { prices: { 'text-embedding-3-small.input': 2 } });
    expect(effect(dear, 'l3')?.saved?.value).toBeCloseTo(100 * (effect(cache(BIG), 'l3')?.saved?.value as number), 6);
  });
});

describe('warm-up', () => {
  it('by hand: 81.92 GB at 125 MB/s, 10M pages at 3,000 reads a second', () => {
    const w = cache(BIG).warmUp;
    expect(w?.bytes.value).toBeCloseTo(81_920_008_192, -5);
    expect(w?.prewarm.value).toBeCloseTo(81_920_008_192 / 125e6, 0);
    expect(w?.byQueries.value).toBeCloseTo(10_000_001 / 3000, 0);
    expect(w?.fitsBuffers).toBe(false);
    expect(w?.settings.at(-1)).toBe("SELECT pg_prewarm('memories_embedding_idx', 'read');");
  });

  it('an index that shared_buffers hold is read into them, and autoprewarm brings it back', () => {
    const w = cache({ n: '1M', dims: 384, ram: '64GiB' }).warmUp;
    expect(w?.fitsBuffers).toBe(true);
    expect(w?.settings.at(-1)).toContain("'buffer'");
  });

  it('names no index that a named system has not', () => {
    const draft = mergeDrafts(
      systemDraft('mem0'),
      draftFrom({ n: '1M', dims: '768' }, 'flag', (id) => `--${id}`),
    );
    const settings = cacheReport(completeWorkload(draft), NONE).warmUp?.settings.join(' ');
    expect(settings).not.toContain('memories_embedding_idx');
    expect(settings).toMatch(/SELECT c\.oid::regclass, pg_prewarm\(c\.oid, 'buffer'\) .* a\.amname = 'hnsw'/);
  });

  it('is PostgreSQL’s alone', () => {
    expect(layer(cache({ n: '1M', dims: 384, engine: 'qdrant' }), 'l4')?.entryBytes).toBeUndefined();
    expect(cache({ n: '1M', dims: 384, engine: 'qdrant' }).warmUp).toBeUndefined();
  });
});
