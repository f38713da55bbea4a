/** Twins of which one expires: which stays, and what is done when that changes between the audit and the run. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditSet, type DedupSet, type Keep, mergeList, setReport } from '../../../src/dedup/index.ts';
import type { Duplicate, Maintenance, MemorySet, PurgeAction, StepEvent } from '../../../src/store/index.ts';
import { OPTIONS } from '../../dedup/row-store.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { client, committedRows, context, eventsOf, openRead, openWrite, trace } from './mneme-store.ts';

const MNEME = 'redis-mneme:mneme:entry';
const CACHE = 'redis-vl:llmcache';
const LATER = 'expires later than the row that stays';
const HOUR = 3_600;
const vector = Buffer.from(Float32Array.from({ length: 8 }, (_, i) => Math.sin(i + 1)).buffer);

const purge = (set: string, duplicates: readonly Duplicate[]): PurgeAction => ({
  kind: 'purge',
  id: `purge:duplicates:${set}`,
  title: 'duplicates',
  order: 10,
  lock: 'rows',
  seconds: null,
  diskNeeded: null,
  reclaims: null,
  statement: null,
  reason: 'duplicates',
  set,
  rule: 'another row says the same',
  rows: duplicates.length,
  of: 10,
  duplicates,
});

describe.each(['redis', 'valkey'] as const)('%s: twins that expire', (flavour) => {
  let server: RedisServer;
  let c: Redis;
  let now = 0;
  beforeAll(async () => {
    server = await startRedis({ flavour, settings: { 'enable-debug-command': 'yes' } });
    c = client(server.url);
    await c.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
  });
  afterAll(async () => {
    c?.disconnect();
    await server?.stop();
  });
  beforeEach(async () => {
    await c.flushall();
    now = Number((await c.time())[0]);
  });

  async function audited(id: string, keep: Keep = 'policy'): Promise<DedupSet> {
    await using store = await openRead(server.url);
    const { memorySets } = await store.snapshot({ now: new Date() });
    const set = memorySets.find((s) => s.id === id) as MemorySet;
    return setReport(await auditSet(store, set, { ...OPTIONS, threshold: 0.99, keep })).set;
  }

  async function expiries(set: string): Promise<Record<string, number | undefined>> {
    await using store = await openRead(server.url);
    const found: Record<string, number | undefined> = {};
    for await (const row of store.scan({ set, fields: ['rank'] })) found[row.id] = row.rank?.expires;
    return found;
  }

  async function removed(set: string, list: readonly Duplicate[]): Promise<readonly StepEvent[]> {
    await using store = await openWrite(server.url);
    const events = await eventsOf(
      (store.maintenance as Maintenance).perform(purge(set, list), context({ archive: true })),
    );
    return events.filter((e) => e.state !== 'conflict');
  }

  /** As mneme stores an entry: @param ttl seconds, null never */
  async function entry(id: string, ttl: number | null, uses: number): Promise<void> {
    const fields = {
      id,
      namespace: 'n',
      query_hash: `h${id}`,
      query: 'q',
      response: 'r',
      embedding: vector,
      metadata: '{}',
      created_at: String(now),
      last_accessed_at: String(now),
      ttl: ttl === null ? '' : String(ttl),
      access_count: String(uses),
    };
    await c.hset('mneme:meta', { schema_version: '1', embedder_fingerprint: 'x', embedder_dim: '8' });
    await c.hset(`mneme:entry:${id}`, fields);
    await c.set(`mneme:hash:n:h${id}`, id);
    await c.zadd('mneme:by_id', id, id);
    await c.zadd('mneme:lru:n', now, id);
    await c.sadd('mneme:namespaces', 'n');
    if (ttl === null) return;
    await c.expire(`mneme:entry:${id}`, ttl);
    await c.zadd('mneme:by_ttl', now + ttl, `n|${id}`);
  }

  it('mneme: the entry that never expires stays, and one past its time is not touched', async () => {
    await entry('1', HOUR, 99);
    await entry('2', null, 0);
    await entry('3', 2 * HOUR, 5);
    await entry('4', HOUR, 1);
    await c.pexpire('mneme:entry:4', 1);
    await new Promise((done) => setTimeout(done, 20));
    const before = await trace(c);
    const found = await expiries(MNEME);
    expect(Object.keys(found).sort()).toEqual(['1', '2', '3']);
    expect(found['2']).toBe(Number.POSITIVE_INFINITY);
    expect(Math.abs((found['1'] ?? 0) - (now + HOUR) * 1000)).toBeLessThan(1_000);
    const shape = (set: DedupSet): unknown =>
      set.clusters.map((x) => [x.id, x.survivorWhy, x.members.map((m) => `${m.id} ${m.verdict} ${m.why}`)]);
    expect(shape(await audited(MNEME))).toEqual([['2', 'expires last', ['3 merge null', '1 merge null']]]);
    expect(shape(await audited(MNEME, 'most-used'))).toEqual([
      ['1', 'most used', [`3 review ${LATER}`, `2 review ${LATER}`]],
    ]);
    expect(await trace(c)).toEqual(before);
  });

  it('mneme: the place in its own list counts, and the key of the entry', async () => {
    await entry('1', 3 * HOUR, 0);
    await entry('2', 3 * HOUR, 0);
    await c.zadd('mneme:by_ttl', now + HOUR, 'n|1');
    await c.expire('mneme:entry:2', 2 * HOUR);
    const found = await expiries(MNEME);
    expect(found['1']).toBe((now + HOUR) * 1000);
    expect(Math.abs((found['2'] ?? 0) - (now + 2 * HOUR) * 1000)).toBeLessThan(1_000);
  });

  it('mneme: a survivor that the server will expire first keeps nothing alive', async () => {
    await entry('1', HOUR, 99);
    await entry('2', null, 0);
    const list = mergeList(await audited(MNEME));
    expect(list).toMatchObject([{ key: '1', survivor: '2' }]);
    await c.expire('mneme:entry:2', HOUR / 2);
    expect((await removed(MNEME, list)).at(-1)).toMatchObject({
      state: 'skipped',
      why: '1 changed since they were compared (of 1 the one that was to stay), and were left',
    });
    await c.persist('mneme:entry:2');
    expect(committedRows([...(await removed(MNEME, list))])).toBe(1);
    expect(await c.exists('mneme:entry:1', 'mneme:entry:2')).toBe(1);
  });

  it('a cache whose keys carry a TTL: the last to end stays, and what was cut since is seen', async () => {
    for (const [id, ttl] of [
      ['1', HOUR],
      ['2', 5 * HOUR],
      ['3', 2 * HOUR],
    ] as const) {
      const times = { inserted_at: String(now), updated_at: String(now + 9 - Number(id)) };
      await c.hset(`llmcache:${id}`, { prompt: 'q', response: 'a', prompt_vector: vector, ...times });
      await c.expire(`llmcache:${id}`, ttl);
    }
    const newest = await audited(CACHE, 'newest');
    expect(newest.clusters[0]).toMatchObject({ id: '1', verdict: 'review' });
    expect(mergeList(newest)).toEqual([]);
    const list = mergeList(await audited(CACHE));
    expect(list.map((d) => `${d.key} ${d.survivor}`).sort()).toEqual(['1 2', '3 2']);
    await c.expire('llmcache:2', 1.5 * HOUR);
    expect(committedRows([...(await removed(CACHE, list))])).toBe(1);
    expect(await c.exists('llmcache:3', 'llmcache:2')).toBe(2);
    const reviewed = list.map((d) => ({ ...d, reviewed: true as const }));
    expect(committedRows([...(await removed(CACHE, reviewed))])).toBe(1);
    expect(await c.keys('llmcache:*')).toEqual(['llmcache:2']);
  });
});
