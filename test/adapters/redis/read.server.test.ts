import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { type Store, Target } from '../../../src/store/index.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { client, loadMneme, openRead, trace } from './mneme-store.ts';

const NOW = new Date(1_790_000_000_000);

describe.each(['redis', 'valkey'] as const)('%s: reading', (flavour) => {
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

  it('recognises mneme and counts it by its own lists', async () => {
    await loadMneme(c);
    await using store = await openRead(server.url);
    const s = await store.snapshot({ now: NOW });
    expect(s.profiles.map((p) => [p.id, p.version])).toEqual([['redis-mneme', '1']]);
    expect(s.unrecognised).toEqual([]);
    const [set] = s.memorySets;
    expect(set).toMatchObject({ id: 'redis-mneme:mneme:entry', rows: 228, primary: true });
    expect(set?.vectors).toMatchObject({ dims: 64, scalar: 'float32' });
    // 228 entries as ZCARD by_id says; those of 5, 6, 7 whose expiry is not over are orphans.
    const gone = set?.orphans?.find((o) => o.table === 'mneme:by_id')?.rows ?? 0;
    const due = await c.zcount('mneme:by_ttl', '-inf', '1790000000');
    expect(set?.ttl?.expired).toBe(due);
    expect(gone).toBeGreaterThan(0);
    expect(set?.orphans?.find((o) => o.table === 'mneme:hash:*')?.rows).toBe(gone);
    expect(set?.orphans?.find((o) => o.table === 'mneme:by_ttl')?.rows).toBe(0);
    const quota = set?.overQuota.find((q) => q.namespace === 'tenant_a');
    expect(quota).toEqual({ namespace: 'tenant_a', rows: await c.zcard('mneme:lru:tenant_a'), quota: 50 });
    const sum = set?.namespaces?.top.reduce((n, x) => n + x.rows, 0);
    expect(sum).toBe(228);
    expect((set?.ttl?.expired ?? 0) + (set?.ttl?.live ?? 0) + (set?.ttl?.never ?? 0)).toBe(228);
  });

  it('weighs the keys of each pattern as MEMORY USAGE does', async () => {
    await loadMneme(c);
    // Before anybody reads the hashes: reading goes on with the rehashing that their filling began, and gives bytes back.
    let bytes = 0;
    for (const key of await c.keys('mneme:entry:*'))
      bytes += Number(await c.call('MEMORY', 'USAGE', key, 'SAMPLES', '0'));
    await using store = await openRead(server.url);
    const s = await store.snapshot({ now: NOW });
    const entries = s.structures.find((x) => x.id === 'keyspace:mneme:entry:*');
    expect(entries?.rows).toBe(225);
    expect(entries?.bytes).toBe(bytes);
    expect(entries?.facts).toMatchObject({ exact: true, type: 'hash', ttlShare: 0 });
    expect(s.structures.find((x) => x.kind === 'allocator')?.facts).toMatchObject({
      kind: 'allocator',
      policy: 'noeviction',
    });
    expect(s.storage.totalBytes).toBeGreaterThan(100_000);
  });

  it('deletes no expired key: DBSIZE and expired_keys are as before', async () => {
    await loadMneme(c);
    for (const id of [10, 11, 12]) await c.pexpire(`mneme:entry:${id}`, 1);
    for (let i = 0; i < 50; i++) await c.set(`session:${i}`, 'x', 'PX', 1);
    await c.set('session:live', 'x', 'EX', 1000);
    await new Promise((done) => setTimeout(done, 20));
    const before = await trace(c);
    await using store = await openRead(server.url);
    const s = await store.snapshot({ now: NOW });
    await store.census({ set: 'redis-mneme:mneme:entry', now: NOW, approximate: true, seed: 1, top: 5 });
    let scanned = 0;
    for await (const row of store.scan({ set: 'redis-mneme:mneme:entry', fields: ['text'] }))
      scanned += row.text ? 1 : 0;
    await store.conditions?.([]);
    expect(await trace(c)).toEqual(before);
    expect(scanned).toBeGreaterThan(0);
    expect(s.structures.find((x) => x.id === 'keyspace:session:*')).toMatchObject({ rows: 1 });
    expect(s.notes.map((n) => n.code)).toContain('expired-untouched');
    // 50 sessions and 3 entries.
    expect(s.notes.find((n) => n.code === 'expired-lingering')?.message).toMatch(/^53 of the /);
  });

  it('says what it does not list, where listing would delete and is too long for one command', async () => {
    await loadMneme(c);
    const pipeline = c.pipeline();
    for (let i = 0; i < 50_001; i++) pipeline.set(`s:${i}`, '');
    await pipeline.exec();
    for (let i = 0; i < 100; i++) await c.pexpire(`s:${i}`, 1);
    await new Promise((done) => setTimeout(done, 20));
    const before = await trace(c);
    await using store = await openRead(server.url);
    const s = await store.snapshot({ now: NOW });
    expect(await trace(c)).toEqual(before);
    expect(s.notes.find((n) => n.code === 'keys-not-listed')).toMatchObject({ level: 'unmeasured' });
    // The store's own lists still tell it all.
    expect(s.memorySets[0]).toMatchObject({ rows: 228 });
    const entries = s.structures.find((x) => x.id === 'keyspace:mneme:entry:*');
    expect(entries?.rows).toBe(228);
    expect(entries?.bytes).toBeGreaterThan(200_000);
  });

  it('reads rows with text and vectors', async () => {
    await loadMneme(c);
    await using store = await openRead(server.url);
    const rows = [];
    for await (const row of store.scan({
      set: 'redis-mneme:mneme:entry',
      fields: ['namespace', 'text', 'vector', 'hash', 'created', 'metadata'],
    }))
      rows.push(row);
    expect(rows).toHaveLength(225);
    const [first] = rows;
    expect(first).toMatchObject({ id: '1', namespace: 'default', created: 1_787_507_430_000 });
    expect(first?.text).toMatch(/^How do I handle password reset case 0\?\nAnswer about/);
    expect(first?.vector).toHaveLength(64);
    const norm = Math.hypot(...(first?.vector ?? []));
    expect(norm).toBeCloseTo(1, 4);
  });

  it('counts namespaces exactly by the lists of the store', async () => {
    await loadMneme(c);
    await using store = await openRead(server.url);
    const census = await store.census({
      set: 'redis-mneme:mneme:entry',
      now: NOW,
      approximate: false,
      seed: 1,
      top: 3,
    });
    expect(census.method).toBe('exact');
    expect(census.rows.value).toBe(228);
    expect(census.top).toHaveLength(3);
    for (const t of census.top) {
      expect(t.rows.value).toBe(await c.zcard(`mneme:lru:${t.namespace}`));
      expect(t.rowBytes).toBeGreaterThan(500);
    }
    expect(census.sizes?.reduce((n, [rows, times]) => n + rows * times, 0)).toBe(228);
  });

  it('finds a mneme under another prefix, and several of them', async () => {
    await loadMneme(c, 'app:cache');
    await loadMneme(c, 'mneme');
    await using store = await openRead(server.url);
    const s = await store.snapshot({ now: NOW });
    expect(s.memorySets.map((m) => m.id).sort()).toEqual(['redis-mneme:app:cache:entry', 'redis-mneme:mneme:entry']);
  });

  it('recognises caches and memories by the fields of their entries', async () => {
    const vector = Buffer.alloc(4 * 8);
    const base = {
      prompt: 'q',
      response: 'a',
      prompt_vector: vector,
      inserted_at: '1789990000.5',
      updated_at: '1',
      metadata: '{}',
    };
    for (let i = 0; i < 30; i++) await c.hset(`llmcache:${'a'.repeat(30)}${i}`, base);
    for (let i = 0; i < 5; i++) await c.expire(`llmcache:${'a'.repeat(30)}${i}`, 600);
    for (let i = 0; i < 7; i++)
      await c.hset(`litellm_semantic_cache_index:${i}`, { ...base, litellm_cache_key: `k${i % 2}` });
    const memory = {
      memory_id: 'x',
      hash: 'h',
      memory: 'likes tea',
      metadata: '{}',
      created_at: '1789000000',
      embedding: vector,
    };
    for (let i = 0; i < 9; i++) await c.hset(`mem0:mem0:${i}`, { ...memory, user_id: `u${i % 3}` });
    await using store = await openRead(server.url);
    const s = await store.snapshot({ now: NOW });
    expect(s.profiles.map((p) => p.id).sort()).toEqual(['redis-litellm', 'redis-mem0', 'redis-vl']);
    const set = (profile: string) => s.memorySets.find((m) => m.profile === profile);
    expect(set('redis-vl')).toMatchObject({ rows: 30, ttl: { live: 5, never: 25, expired: 0 }, vectors: { dims: 8 } });
    expect(s.notes.find((n) => n.code === 'keys-without-ttl' && n.subject === 'keyspace:llmcache:*')?.message).toMatch(
      /^25 of 30/,
    );
    expect(set('redis-litellm')?.namespaces).toMatchObject({ distinct: 2 });
    expect(set('redis-mem0')?.namespaces?.top.map((t) => t.rows)).toEqual([3, 3, 3]);
    expect(set('redis-mem0')?.readOnly).toMatch(/history/);
    const rows = [];
    for await (const row of store.scan({ set: 'redis-vl:llmcache', fields: ['vector', 'created'] })) rows.push(row);
    expect(rows).toHaveLength(30);
    expect(rows[0]?.created).toBe(1_789_990_000_500);
    const census = await store.census({ set: 'redis-mem0:mem0:mem0', now: NOW, approximate: false, seed: 1, top: 10 });
    expect(census.distinct?.value).toBe(3);
  });

  it('groups unknown keys by what stands before their ids', async () => {
    await c.set('counter', 1);
    for (let i = 0; i < 20; i++) await c.set(`user:${i}:profile`, 'x');
    for (let i = 0; i < 10; i++) await c.rpush(`queue:jobs:${i}`, 'x');
    await using store = await openRead(server.url);
    const s = await store.snapshot({ now: NOW });
    expect(s.unrecognised).toEqual(['user:*', 'queue:jobs:*', 'counter']);
    expect(s.memorySets).toEqual([]);
  });

  it('reads an empty server', async () => {
    await using store = await openRead(server.url);
    const s = await store.snapshot({ now: NOW });
    expect([s.profiles, s.memorySets, s.unrecognised]).toEqual([[], [], []]);
    expect(s.notes.filter((n) => n.level === 'unmeasured')).toEqual([]);
  });

  it('keeps its hands off in read mode', async () => {
    await using store = await openRead(server.url);
    expect(store.maintenance).toBeUndefined();
    expect(store.capabilities.has('write')).toBe(false);
  });

  it('is the same store after a restart of the server', async () => {
    await loadMneme(c);
    const [a, b]: Store[] = [await openRead(server.url), await openRead(`${server.url}/0`)];
    expect(a?.identity.fingerprint).toBe(b?.identity.fingerprint);
    const other = await openRead(`${server.url}/1`);
    expect(other.identity.fingerprint).not.toBe(a?.identity.fingerprint);
    for (const s of [a, b, other]) await s?.[Symbol.asyncDispose]();
  });
});

describe('refusals', () => {
  it('say what is wrong and what would settle it', async () => {
    await using server = await startRedis({ password: 's3cret' });
    const bare = server.url.replace(':s3cret@', '');
    const open = (url: string) => openStore(Target.parse(url), { mode: 'read' });
    await expect(open(bare)).rejects.toMatchObject({ code: 'store-authentication', exit: 4 });
    await expect(open(server.url.replace('s3cret', 'wr0ng'))).rejects.toMatchObject({ code: 'store-authentication' });
    await expect(open(server.url.replace('s3cret', 'wr0ng'))).rejects.not.toThrow(/wr0ng|s3cret/);
    await expect(open('redis://127.0.0.1:1')).rejects.toMatchObject({ code: 'store-unreachable' });
    await expect(open(`${server.url}/999`)).rejects.toMatchObject({ code: 'store-no-database' });
    await expect(open(`${server.url}/x`)).rejects.toMatchObject({ kind: 'input-error' });
    await expect(open(`${server.url}?cluster=true`)).rejects.toMatchObject({ kind: 'input-error' });
    await expect(open(`${server.url.replace('redis:', 'rediss:')}?connect_timeout=3`)).rejects.toMatchObject({
      exit: 4,
    });
    const c = client(server.url);
    await c.call('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '+@read', '+@connection', '+info', '-keys', '-memory');
    const reader = server.url.replace(':s3cret@', 'reader:pw@');
    {
      await using store = await openStore(Target.parse(reader), { mode: 'read' });
      await loadMneme(c);
      const s = await store.snapshot({ now: NOW });
      expect(s.structures.find((x) => x.id === 'keyspace:mneme:entry:*')?.withheld?.[0]?.grant).toMatch(
        /^ACL SETUSER .*memory/,
      );
      expect(s.memorySets[0]?.rows).toBe(228);
    }
    await c.call('ACL', 'SETUSER', 'narrow', 'on', '>pw', '~other:*', '+@read', '+@connection', '+info');
    const narrow = openStore(Target.parse(reader.replace('reader', 'narrow')), { mode: 'read' });
    await expect(narrow).rejects.toMatchObject({ code: 'store-permission', exit: 4 });
    await c.call('ACL', 'SETUSER', 'nothing', 'on', '>pw', '~*', '+@connection', '+info', '+type', '-zcard');
    c.disconnect();
  });

  it('reads the password from REDISCLI_AUTH', async () => {
    await using server = await startRedis({ password: 's3cret' });
    process.env['REDISCLI_AUTH'] = 's3cret';
    try {
      await using store = await openRead(server.url.replace(':s3cret@', ''));
      expect(store.identity.address).not.toContain('s3cret');
    } finally {
      delete process.env['REDISCLI_AUTH'];
    }
  });

  it('reads vector sets where the server has them', async () => {
    await using server = await startRedis();
    const c = client(server.url);
    for (let i = 0; i < 25; i++) await c.call('VADD', 'items', 'VALUES', '4', '1', '2', '3', String(i), `e${i}`);
    await using store = await openRead(server.url);
    const s = await store.snapshot({ now: NOW });
    expect(s.memorySets[0]).toMatchObject({
      profile: 'redis-vector-set',
      rows: 25,
      vectors: { dims: 4, scalar: 'int8' },
    });
    expect(s.structures.find((x) => x.name === 'items')?.facts).toMatchObject({ type: 'vectorset' });
    c.disconnect();
  });

  it('reads a replica by SCAN, which deletes nothing there', async () => {
    await using server = await startRedis();
    const c = client(server.url);
    await loadMneme(c);
    await c.expire('mneme:entry:9', 1000);
    const replica = await server.replica();
    await using store = await openRead(replica.url);
    const s = await store.snapshot({ now: NOW });
    expect(s.memorySets[0]?.rows).toBe(228);
    expect((await store.conditions?.([]))?.readOnly).toMatch(/replica/);
    c.disconnect();
  });
});
