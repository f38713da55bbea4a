import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyOf, type NeighbourPair, type ScanRequest, type ScanRow, type Store } from '../../../src/store/index.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { client, loadMneme, openRead, trace } from './mneme-store.ts';

const SET = 'redis-mneme:mneme:entry';
const FIELDS = ['namespace', 'text', 'vector', 'kind', 'inactive', 'rank'] as const;

async function rowsOf(store: Store, request: ScanRequest): Promise<ScanRow[]> {
  const rows: ScanRow[] = [];
  for await (const row of store.scan(request)) rows.push(row);
  return rows;
}

describe.each(['redis', 'valkey'] as const)('%s: scans', (flavour) => {
  let server: RedisServer;
  let c: Redis;
  beforeAll(async () => {
    server = await startRedis({ flavour, settings: { 'enable-debug-command': 'yes' } });
    c = client(server.url);
    // Only looking at a key may expire one: what changes is then our doing.
    await c.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
  });
  afterAll(async () => {
    c?.disconnect();
    await server?.stop();
  });
  beforeEach(async () => {
    await c.flushall();
  });

  it('deletes no expired key, whatever part is asked for', async () => {
    await loadMneme(c);
    const due = ['10', '11', '12'];
    for (const id of due) await c.pexpire(`mneme:entry:${id}`, 1);
    await new Promise((done) => setTimeout(done, 20));
    const before = await trace(c);
    await using store = await openRead(server.url);
    const ids = [...due, '13', '99999'];
    const byKey = await rowsOf(store, { set: SET, fields: FIELDS, keys: ids });
    const bare = await rowsOf(store, { set: SET, fields: [], keys: ids });
    const spaces = await rowsOf(store, { set: SET, fields: FIELDS, namespaces: ['default'] });
    const sample = await rowsOf(store, { set: SET, fields: FIELDS, sample: { rows: 500, seed: 1 } });
    expect(await trace(c)).toEqual(before);
    expect(byKey.map(keyOf).sort()).toEqual(['13']);
    expect(bare.map(keyOf).sort()).toEqual(['13']);
    expect(spaces.length).toBeGreaterThan(0);
    for (const rows of [spaces, sample]) expect(rows.some((r) => due.includes(r.id))).toBe(false);
  });

  it('tells kind and rank of the systems that keep them', async () => {
    const vector = Buffer.from(new Float32Array([1, 0, 0, 0]).buffer);
    const memory = { text: 'likes tea', id_: 'a', memory_hash: 'h', created_at: '1789000000', vector, user_id: 'u' };
    await c.hset('memory_idx:a', {
      ...memory,
      memory_type: 'semantic',
      pinned: '1',
      access_count: '3',
      updated_at: '1789000001.5',
    });
    await c.hset('memory_idx:b', {
      ...memory,
      memory_type: 'episodic',
      namespace: 'n',
      pinned: '0',
      access_count: 'x',
    });
    await using store = await openRead(server.url);
    const set = 'redis-agent-memory-server:memory_idx';
    const rows = await rowsOf(store, { set, fields: ['kind', 'rank', 'namespace', 'inactive'] });
    expect(rows.sort((x, y) => (x.id < y.id ? -1 : 1))).toEqual([
      {
        id: 'a',
        namespace: 'u',
        kind: '["semantic",null]',
        rank: { pinned: true, accesses: 3, updated: 1_789_000_001_500 },
      },
      { id: 'b', namespace: 'u', kind: '["episodic","n"]', rank: { pinned: false } },
    ]);
    expect(await rowsOf(store, { set, fields: [], namespaces: ['u'] })).toHaveLength(2);
    expect(await rowsOf(store, { set, fields: [], namespaces: [null, 'v'] })).toEqual([]);
    const { profiles } = await store.snapshot({ now: new Date(1_790_000_000_000) });
    expect(profiles[0]?.mapping[0]?.columns).toMatchObject({
      kind: 'memory_type, namespace',
      'kept first': 'pinned, access_count, updated_at',
    });
  });
});

describe('vector sets', () => {
  const UNIT = [
    [1, 0, 0, 0],
    [0.6, 0.8, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0.999, 0.0447],
  ] as const;
  const found = async (store: Store, similarity: number, keys?: string[]): Promise<NeighbourPair[]> => {
    const pairs: NeighbourPair[] = [];
    const request = { set: 'redis-vector-set:items', similarity, nearest: 3, ...(keys === undefined ? {} : { keys }) };
    for await (const p of store.neighbours?.(request) ?? []) pairs.push(p);
    return pairs;
  };

  it('are read element by element, and searched by their own graph', async () => {
    await using server = await startRedis();
    const c = client(server.url);
    for (const [i, v] of UNIT.entries())
      await c.call('VADD', 'items', 'VALUES', '4', ...v.map(String), `e${i}`, 'NOQUANT', 'SETATTR', `{"n":${i}}`);
    await using store = await openRead(server.url);
    const set = 'redis-vector-set:items';
    const rows = await rowsOf(store, { set, fields: ['vector', 'metadata', 'text'] });
    expect(rows.map((r) => [r.id, r.metadata])).toEqual(UNIT.map((_, i) => [`e${i}`, `{"n":${i}}`]));
    for (const [i, r] of rows.entries())
      for (const [d, x] of (r.vector ?? []).entries()) expect(x).toBeCloseTo(UNIT[i]?.[d] ?? Number.NaN, 5);
    expect(await rowsOf(store, { set, fields: ['vector'], keys: ['e2', 'gone'] })).toHaveLength(1);
    expect((await rowsOf(store, { set, fields: [], sample: { rows: 2, seed: 1 } })).length).toBe(2);
    expect(await rowsOf(store, { set, fields: [], namespaces: ['x'] })).toEqual([]);
    const pairs = await found(store, 0.99);
    expect(pairs.map((p) => `${p.a} ${p.b}`).sort()).toEqual(['e2 e3', 'e3 e2']);
    for (const p of pairs) expect(p.similarity).toBeCloseTo(0.999, 3);
    expect((await found(store, 0.5, ['e0'])).map((p) => [p.b, Number(p.similarity.toFixed(3))])).toEqual([['e1', 0.6]]);
    c.disconnect();
  });

  it('of thousands, every element comes once', async () => {
    await using server = await startRedis();
    const c = client(server.url);
    const pipeline = c.pipeline();
    for (let i = 0; i < 3000; i++)
      pipeline.call('VADD', 'items', 'VALUES', '4', '1', '2', String(i % 7), String(i), `e${i}`);
    await pipeline.exec();
    await using store = await openRead(server.url);
    const ids = (await rowsOf(store, { set: 'redis-vector-set:items', fields: [] })).map((r) => r.id);
    expect(ids).toHaveLength(3000);
    expect(new Set(ids).size).toBe(3000);
    c.disconnect();
  });

  it('refuses neighbours where the entries are hashes', async () => {
    await using server = await startRedis();
    const c = client(server.url);
    await loadMneme(c);
    await using store = await openRead(server.url);
    const ask = async (): Promise<void> => {
      for await (const _ of store.neighbours?.({ set: SET, similarity: 0.9, nearest: 2 }) ?? []) break;
    };
    await expect(ask()).rejects.toMatchObject({ kind: 'input-error', code: 'no-vector-index' });
    c.disconnect();
  });
});
