/** Entries removed because another one says the same: compared once more on the server, archived as DUMP, taken back with their TTL. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  contentDigest,
  DIGEST_FIELDS,
  type Duplicate,
  keyOf,
  type Maintenance,
  type PurgeAction,
  type RemovedRow,
  type ScanRow,
  type Store,
} from '../../../src/store/index.ts';
import { type RedisServer, startRedis, startRedisCluster } from '../../servers/redis.ts';
import { client, committedRows, contents, context, eventsOf, loadMneme, openRead, openWrite } from './mneme-store.ts';

const MNEME = 'redis-mneme:mneme:entry';
const CACHE = 'redis-vl:llmcache';
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function rowsOf(url: string, set: string): Promise<Map<string, ScanRow>> {
  await using store = await openRead(url);
  const rows = new Map<string, ScanRow>();
  for await (const row of store.scan({ set, fields: DIGEST_FIELDS })) rows.set(keyOf(row), row);
  return rows;
}

function listOf(rows: ReadonlyMap<string, ScanRow>, pairs: readonly (readonly [string, string])[]): Duplicate[] {
  const digest = (key: string): string => contentDigest(rows.get(key) as ScanRow, sha256);
  return pairs.map(([key, survivor]) => ({ key, survivor, digest: digest(key), survivorDigest: digest(survivor) }));
}

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
  of: 228,
  duplicates,
});

const writer = (store: Store): Maintenance => store.maintenance as Maintenance;

async function* from(rows: readonly RemovedRow[]): AsyncGenerator<RemovedRow> {
  yield* rows;
}

/** 30 cached answers, each with an end of its own or none; those with a higher number outlive the others. */
async function loadCache(c: Redis): Promise<void> {
  for (let i = 0; i < 30; i++) {
    const vector = Buffer.from(Float32Array.from({ length: 8 }, (_, d) => Math.sin(d * ((i % 10) + 1))).buffer);
    const entry = {
      prompt: `question ${i % 10}`,
      response: 'a',
      prompt_vector: vector,
      inserted_at: `${1_789_000_000 + i}`,
    };
    await c.hset(`llmcache:${i}`, entry);
    if (i < 10 || i % 3 > 0) await c.pexpire(`llmcache:${i}`, 3_600_000 + 1_000 * i + i);
  }
}

const pairs = (from_: number, to: number, by: number): (readonly [string, string])[] =>
  Array.from({ length: to - from_ }, (_, i) => [`${from_ + i}`, `${from_ + i + by}`] as const);

describe.each(['redis', 'valkey'] as const)('%s: duplicates', (flavour) => {
  let server: RedisServer;
  let c: Redis;
  beforeAll(async () => {
    server = await startRedis({ flavour, settings: { 'enable-debug-command': 'yes' } });
    c = client(server.url);
  });
  afterAll(async () => {
    c?.disconnect();
    await server?.stop();
  });
  beforeEach(async () => {
    await c.flushall();
  });

  it('go with their places in the lists, and undo brings back every byte and every TTL', async () => {
    await loadMneme(c);
    const rows = await rowsOf(server.url, MNEME);
    const active = [...rows.values()].filter((r) => r.inactive === undefined);
    const spaces = [...new Set(active.map((r) => r.namespace))];
    // Neighbours of one namespace: the first goes, the second stays.
    const twos = spaces
      .flatMap((n) => {
        const own = active.filter((r) => r.namespace === n).map(keyOf);
        return own.flatMap((id, i) => (i % 2 === 0 && i + 1 < own.length ? [[id, own[i + 1] as string] as const] : []));
      })
      .slice(0, 25);
    expect(twos.length).toBe(25);
    const ids = twos.map(([id]) => id);
    const list = listOf(rows, twos);
    const before = await contents(c);
    await using store = await openWrite(server.url);
    const events = await eventsOf(writer(store).perform(purge(MNEME, list), context({ archive: true, batchRows: 10 })));
    expect(committedRows(events)).toBe(25);
    expect(events.at(-1)).toMatchObject({ state: 'finished', rows: 25 });
    for (const id of ids) {
      expect(await c.exists(`mneme:entry:${id}`)).toBe(0);
      expect(await c.zscore('mneme:by_id', id)).toBeNull();
    }
    for (const [, id] of twos) expect(await c.exists(`mneme:entry:${id}`)).toBe(1);
    const removed = events.flatMap((e) => (e.state === 'prepared' ? [...(e.removed ?? [])] : []));
    const tokens = events.flatMap((e) => (e.state === 'prepared' ? [e.token] : []));
    expect(await writer(store).settle(purge(MNEME, []), tokens[0] ?? '')).toBe('committed');
    const back = await eventsOf(writer(store).restore(from(removed), context()));
    expect(back.filter((e) => e.state === 'conflict')).toEqual([]);
    const after = await contents(c);
    // The counter goes on, so that other processes look again; everything else is what it was.
    for (const all of [before, after]) all.delete('mneme:version');
    expect(after).toEqual(before);
  });

  it('what changed since it was compared stays, up to the moment of its removal', async () => {
    await loadCache(c);
    const list = listOf(await rowsOf(server.url, CACHE), pairs(0, 8, 10));
    await c.hset('llmcache:0', 'response', 'another');
    await c.hset('llmcache:1', 'prompt', 'another');
    await c.hset('llmcache:12', 'prompt', 'another');
    await c.del('llmcache:13');
    await using store = await openWrite(server.url);
    const events = [];
    for await (const e of writer(store).perform(purge(CACHE, list), context({ archive: true }))) {
      if (e.state === 'prepared') {
        await c.hset('llmcache:4', 'prompt_vector', Buffer.alloc(32, 1));
        await c.hset('llmcache:15', 'prompt', 'another');
        await c.del('llmcache:16');
      }
      events.push(e);
    }
    const gone = [];
    for (let i = 0; i < 8; i++) if ((await c.exists(`llmcache:${i}`)) === 0) gone.push(i);
    // The answer is part of what an entry says, and so is its vector.
    expect(gone).toEqual([7]);
    expect(committedRows(events)).toBe(1);
    expect(events.at(-1)).toMatchObject({ verified: expect.stringContaining('7 changed since they were compared') });
  });

  it('entries of a cache come back with the millisecond at which they end', async () => {
    await loadCache(c);
    const before = await contents(c);
    const list = listOf(await rowsOf(server.url, CACHE), pairs(0, 10, 20));
    await using store = await openWrite(server.url);
    const events = await eventsOf(writer(store).perform(purge(CACHE, list), context({ archive: true, batchRows: 4 })));
    expect(committedRows(events)).toBe(10);
    expect(await c.dbsize()).toBe(20);
    const removed = events.flatMap((e) => (e.state === 'prepared' ? [...(e.removed ?? [])] : []));
    await eventsOf(writer(store).restore(from(removed), context()));
    expect(await contents(c)).toEqual(before);
  });

  it('never more than the cap; an entry that the server has expired is not touched', async () => {
    await loadCache(c);
    await c.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    const list = listOf(await rowsOf(server.url, CACHE), pairs(0, 10, 10));
    await c.pexpire('llmcache:0', 1);
    await new Promise((done) => setTimeout(done, 20));
    const expired = async (): Promise<string | undefined> => /expired_keys:(\d+)/.exec(await c.info('stats'))?.[1];
    const count = await expired();
    await using store = await openWrite(server.url);
    const events = await eventsOf(writer(store).perform(purge(CACHE, list), context({ maxRows: 3 })));
    expect(committedRows(events)).toBe(3);
    expect(await expired()).toBe(count);
    expect(events.at(-1)).toMatchObject({ verified: expect.stringContaining('number of rows that was allowed') });
    await c.call('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
  });
});

it('in a cluster, entries and the ones that stay may be in different slots', async () => {
  await using cluster = await startRedisCluster();
  const clients = cluster.nodes.map((n) => client(n.url));
  const url = `${cluster.nodes[0]?.url}?cluster=true`;
  const put = async (key: string, fields: Record<string, string | Buffer>): Promise<void> => {
    for (const c of clients)
      try {
        await c.hset(key, fields);
        return;
      } catch (e) {
        if (!String(e).includes('MOVED')) throw e;
      }
  };
  for (let i = 0; i < 12; i++) {
    const prompt_vector = Buffer.from(Float32Array.from([1, 2, 3, i % 6]).buffer);
    await put(`llmcache:${i}`, { prompt: `q ${i % 6}`, response: 'a', prompt_vector, inserted_at: '1789000000' });
  }
  const list = listOf(await rowsOf(url, CACHE), pairs(0, 6, 6));
  await put('llmcache:7', { prompt: 'another' });
  {
    await using store = await openWrite(url);
    const events = [];
    for await (const e of writer(store).perform(purge(CACHE, list), context({ archive: true }))) {
      if (e.state === 'prepared') await put('llmcache:8', { prompt: 'another' });
      events.push(e);
    }
    expect(committedRows(events)).toBe(4);
  }
  const rows = await rowsOf(url, CACHE);
  expect([...rows.keys()].map(Number).sort((a, b) => a - b)).toEqual([1, 2, 6, 7, 8, 9, 10, 11]);
  for (const c of clients) c.disconnect();
});
