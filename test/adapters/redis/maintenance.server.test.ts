import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { purgeActions } from '../../../src/maintenance/index.ts';
import type { Maintenance, PurgeAction, PurgeReason, RemovedRow, Store } from '../../../src/store/index.ts';
import { type RedisServer, startRedis, startRedisCluster } from '../../servers/redis.ts';
import { client, committedRows, contents, context, eventsOf, loadMneme, openRead, openWrite } from './mneme-store.ts';

const SET = 'redis-mneme:mneme:entry';

function purge(reason: PurgeReason, o: Partial<PurgeAction> = {}): PurgeAction {
  const text = { id: `purge:${reason}:${SET}`, title: reason, rule: reason, statement: null };
  const cost = { order: 10, lock: 'rows', seconds: null, diskNeeded: null, reclaims: null } as const;
  return { kind: 'purge', ...text, ...cost, reason, set: SET, rows: 0, of: 228, ...o };
}

function writer(store: Store): Maintenance {
  if (store.maintenance === undefined) throw new Error('the store was not opened for writing');
  return store.maintenance;
}

async function* from(rows: readonly RemovedRow[]): AsyncGenerator<RemovedRow> {
  yield* rows;
}

describe.each(['redis', 'valkey'] as const)('%s: maintenance', (flavour) => {
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
    await loadMneme(c);
  });

  /** Every list, key and entry of the store agrees with every other. */
  async function consistent(): Promise<void> {
    const ids = new Set(await c.zrange('mneme:by_id', '0', '-1'));
    const entries = (await c.keys('mneme:entry:*')).map((k) => k.slice('mneme:entry:'.length));
    expect(new Set(entries)).toEqual(ids);
    const listed: string[] = [];
    const names = await c.smembers('mneme:namespaces');
    expect((await c.keys('mneme:lru:*')).map((k) => k.slice('mneme:lru:'.length)).sort()).toEqual(names.sort());
    for (const n of names) listed.push(...(await c.zrange(`mneme:lru:${n}`, '0', '-1')));
    expect(new Set(listed)).toEqual(ids);
    const hashes: (string | null)[] = [];
    for (const k of await c.keys('mneme:hash:*')) hashes.push(await c.get(k));
    expect(new Set(hashes)).toEqual(ids);
    for (const member of await c.zrange('mneme:by_ttl', '0', '-1'))
      expect(ids).toContain(member.slice(member.lastIndexOf('|') + 1));
  }

  it('removes what has expired with everything that hangs on it, and tells the store', async () => {
    const [seconds = 0] = await c.time();
    const due = await c.zcount('mneme:by_ttl', '-inf', String(seconds));
    await using store = await openWrite(server.url);
    const events = await eventsOf(writer(store).perform(purge('expired', { rows: due }), context({ batchRows: 25 })));
    expect(committedRows(events)).toBe(due);
    const prepared = events.filter((e) => e.state === 'prepared');
    const committed = events.filter((e) => e.state === 'committed');
    expect(prepared.map((e) => e.batch)).toEqual(prepared.map((_, i) => i + 1));
    expect(prepared.map((e) => e.batch)).toEqual(committed.map((e) => e.batch));
    expect(await c.zcard('mneme:by_id')).toBe(228 - due);
    expect(await c.zcount('mneme:by_ttl', '-inf', String(seconds))).toBe(0);
    // 228 before; at least 100 for every batch, so that other processes look again.
    expect(Number(await c.get('mneme:version'))).toBeGreaterThanOrEqual(228 + 100);
    const s = await store.snapshot({ now: new Date(Number(seconds) * 1000) });
    expect(s.memorySets[0]?.ttl?.expired).toBe(0);
    expect(s.memorySets[0]?.orphans?.map((o) => o.rows)).toEqual([expect.any(Number), expect.any(Number), 0]);
    // Those that had lost their hash and never expire are what the next action is for.
    for (const { table } of s.memorySets[0]?.orphans ?? [])
      await eventsOf(writer(store).perform(purge('orphans', { dependent: table }), context()));
    await consistent();
    const again = await eventsOf(writer(store).perform(purge('expired'), context()));
    expect(again).toEqual([{ state: 'skipped', why: 'there is nothing left to do' }]);
  });

  it('also clears what the server expired by itself', async () => {
    const [seconds = 0] = await c.time();
    const due = await c.zcount('mneme:by_ttl', '-inf', String(seconds));
    for (const member of await c.zrangebyscore('mneme:by_ttl', '-inf', seconds))
      await c.del(`mneme:entry:${member.split('|').pop()}`);
    await using store = await openWrite(server.url);
    const events = await eventsOf(writer(store).perform(purge('expired', { rows: due }), context()));
    expect(committedRows(events)).toBe(due);
    const last = events.at(-1);
    expect(last).toMatchObject({ state: 'finished', rows: due });
    await eventsOf(writer(store).perform(purge('orphans', { dependent: 'mneme:by_id' }), context()));
    await eventsOf(writer(store).perform(purge('orphans', { dependent: 'mneme:hash:*' }), context()));
    await consistent();
  });

  it('leaves an entry alone that was stored again while the batch was being written down', async () => {
    await using store = await openWrite(server.url);
    const [seconds = 0] = await c.time();
    const [first] = (await c.zrangebyscore('mneme:by_ttl', '-inf', seconds)) as [string];
    const id = first.split('|').pop();
    const due = await c.zcount('mneme:by_ttl', '-inf', String(seconds));
    const events = [];
    for await (const e of writer(store).perform(purge('expired'), context())) {
      if (e.state === 'prepared' && e.batch === 1) {
        await c.hset(`mneme:entry:${id}`, { created_at: seconds, ttl: '86400' });
        await c.zadd('mneme:by_ttl', Number(seconds) + 86_400, first);
      }
      events.push(e);
    }
    expect(committedRows(events)).toBe(due - 1);
    expect(await c.exists(`mneme:entry:${id}`)).toBe(1);
    expect(await c.zscore('mneme:by_id', id as string)).not.toBeNull();
  });

  it('keeps an entry that was stored again for good, and mends its expiry', async () => {
    const [seconds = 0] = await c.time();
    const [member] = (await c.zrangebyscore('mneme:by_ttl', '-inf', seconds, 'LIMIT', 4, 1)) as [string];
    const id = member.split('|').pop() as string;
    // Its old expiry stands in the list and with the server, and has yet to come.
    await c.hset(`mneme:entry:${id}`, 'ttl', '');
    await c.zadd('mneme:by_ttl', Number(seconds) + 5_000, member);
    await c.expire(`mneme:entry:${id}`, 5_000);
    await using store = await openWrite(server.url);
    await eventsOf(writer(store).perform(purge('expired'), context({ batchRows: 10 })));
    expect(await c.exists(`mneme:entry:${id}`)).toBe(1);
    const before = await store.snapshot({ now: new Date(Number(seconds) * 1000) });
    expect(before.memorySets[0]?.orphans?.find((o) => o.table === 'mneme:by_ttl')?.rows).toBe(1);
    await eventsOf(writer(store).perform(purge('orphans', { dependent: 'mneme:by_ttl' }), context()));
    expect(await c.zscore('mneme:by_ttl', member)).toBeNull();
    expect(await c.ttl(`mneme:entry:${id}`)).toBe(-1);
  });

  it('brings a namespace under its quota, least used first', async () => {
    const size = await c.zcard('mneme:lru:tenant_a');
    const oldest = await c.zrange('mneme:lru:tenant_a', '0', String(size - 51));
    await using store = await openWrite(server.url);
    const action = purge('over-quota', {
      rows: size - 50,
      excess: [{ namespace: 'tenant_a', rows: size - 50, keep: 50 }],
    });
    const events = await eventsOf(writer(store).perform(action, context({ batchRows: 3 })));
    expect(committedRows(events)).toBe(size - 50);
    expect(await c.zcard('mneme:lru:tenant_a')).toBe(50);
    for (const id of oldest) expect(await c.exists(`mneme:entry:${id}`)).toBe(0);
    // Already there: nothing more goes.
    expect(committedRows(await eventsOf(writer(store).perform(action, context())))).toBe(0);
  });

  it('brings the whole store under a cap, and removes what is older than a retention', async () => {
    await using store = await openWrite(server.url);
    const cap = purge('over-cap', { rows: 28, excess: [{ namespace: '', rows: 28, keep: 200 }] });
    expect(committedRows(await eventsOf(writer(store).perform(cap, context({ batchRows: 9 }))))).toBe(28);
    expect(await c.zcard('mneme:by_id')).toBe(200);
    const [seconds = 0] = await c.time();
    const older = purge('retention', { olderThanSeconds: Number(seconds) - 1_788_000_000 });
    await eventsOf(writer(store).perform(older, context({ batchRows: 30 })));
    for (const key of await c.keys('mneme:entry:*'))
      expect(Number(await c.hget(key, 'created_at'))).toBeGreaterThanOrEqual(1_787_999_999);
  });

  it('goes no further than the cap on rows, and stops when told', async () => {
    await using store = await openWrite(server.url);
    const few = await eventsOf(writer(store).perform(purge('expired'), context({ batchRows: 10, maxRows: 25 })));
    expect(committedRows(few)).toBe(25);
    const stop = new AbortController();
    const events = [];
    for await (const e of writer(store).perform(purge('expired'), context({ batchRows: 10, signal: stop.signal }))) {
      events.push(e);
      if (e.state === 'prepared') stop.abort();
    }
    expect(committedRows(events)).toBe(10);
    expect(events.at(-1)).toMatchObject({ state: 'finished', stopped: true, rows: 10 });
  });

  it('does not carry a batch out that nobody wrote down', async () => {
    const before = await contents(c);
    await using store = await openWrite(server.url);
    for await (const e of writer(store).perform(purge('expired'), context())) if (e.state === 'prepared') break;
    expect(await contents(c)).toEqual(before);
  });

  it('puts everything back exactly, and leaves what is there again', async () => {
    for (const id of [20, 21]) await c.expire(`mneme:entry:${id}`, 10_000);
    const before = await contents(c);
    await using store = await openWrite(server.url);
    const removed: RemovedRow[] = [];
    for (const action of [
      purge('expired'),
      purge('orphans', { dependent: 'mneme:by_id' }),
      purge('over-cap', { excess: [{ namespace: '', rows: 20 }] }),
    ])
      for (const e of await eventsOf(writer(store).perform(action, context({ archive: true, batchRows: 40 }))))
        if (e.state === 'prepared') removed.push(...(e.removed ?? []));
    expect(await c.zcard('mneme:by_id')).toBeLessThan(100);
    const events = await eventsOf(
      writer(store).restore(from(JSON.parse(JSON.stringify(removed)) as RemovedRow[]), context()),
    );
    expect(events.filter((e) => e.state === 'conflict')).toEqual([]);
    const after = await contents(c);
    for (const m of [before, after]) m.delete('mneme:version');
    // Hash keys of entries that had lost their hash are no part of an entry: nobody can say whose they were.
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [key, value] of before) {
      // DUMP and PTTL are two replies: the expiry is the same to a few milliseconds.
      const near = (x: string | undefined): string =>
        (x ?? '').replace(/(\d{13})\]$/, (ms) => `${Math.round(Number.parseInt(ms, 10) / 1000)}]`);
      expect(near(after.get(key))).toBe(near(value));
    }
    const again = await eventsOf(writer(store).restore(from(removed), context()));
    expect(again.filter((e) => e.state === 'conflict').length).toBeGreaterThan(100);
    expect(committedRows(again)).toBe(0);
  });

  it('puts an entry back whole, or nothing of it where its time is over by now', async () => {
    for (const id of [20, 21, 22]) await c.pexpire(`mneme:entry:${id}`, 600);
    await using store = await openWrite(server.url);
    const removed: RemovedRow[] = [];
    const all = purge('over-cap', { excess: [{ namespace: '', rows: 228 }] });
    for (const e of await eventsOf(writer(store).perform(all, context({ archive: true, batchRows: 40 }))))
      if (e.state === 'prepared') removed.push(...(e.removed ?? []));
    expect(removed.filter((r) => typeof r.values['expiresAt'] === 'number')).toHaveLength(3);
    await new Promise((done) => setTimeout(done, 700));
    const events = await eventsOf(writer(store).restore(from(removed), context()));
    const conflicts = events.flatMap((e) => (e.state === 'conflict' ? [e.why] : []));
    expect(conflicts).toHaveLength(3);
    for (const why of conflicts)
      expect(why).toMatch(/^mneme:entry:2[012]: the time of the key was over at 2\d{3}-.*nothing/);
    // With the hash keys of the three entries that had lost their hash.
    expect(committedRows(events)).toBe(225 + 3);
    for (const id of ['20', '21', '22']) expect(await c.zscore('mneme:by_id', id)).toBeNull();
    expect(await c.zcard('mneme:by_id')).toBe(225);
    for (const key of await c.keys('mneme:hash:*')) expect(['20', '21', '22']).not.toContain(await c.get(key));
    // What is there again is named.
    const again = await eventsOf(writer(store).restore(from(removed), context()));
    const named = again.flatMap((e) => (e.state === 'conflict' ? [e.why] : []));
    expect(named).toHaveLength(228 + 3);
    expect(named).toContain('mneme:entry:30 is there already, as it was');
  });

  it('removes by age what has the fields of an entry, and no other key under its prefix', async () => {
    const old = { prompt: 'q', response: 'a', prompt_vector: 'xxxx', inserted_at: '1700000000' };
    for (let i = 1; i <= 6; i++) await c.hset(`shop:chat:${i}`, old);
    for (let i = 7; i <= 9; i++) await c.hset(`shop:chat:${i}`, { invoice: '17', inserted_at: '1700000000' });
    await c.hset('shop:chat:config', { model: 'm', inserted_at: '1700000000' });
    await c.set('shop:chat:lock', 'x');
    await using store = await openWrite(server.url);
    const s = await store.snapshot({ now: new Date() });
    const set = s.memorySets.find((m) => m.profile === 'redis-vl');
    expect(set).toMatchObject({ id: 'redis-vl:shop:chat', rows: 6 });
    expect(s.notes.find((n) => n.code === 'other-keys-under-prefix')?.message).toMatch(/^5 of 11 keys shop:chat:\*/);
    const action = purge('retention', { set: set?.id ?? '', olderThanSeconds: 86_400 });
    const events = [];
    for await (const e of writer(store).perform(action, context())) {
      events.push(e);
      // Another program took the name over, after the batch was written down.
      if (e.state === 'prepared') {
        await c.del('shop:chat:6');
        await c.hset('shop:chat:6', { invoice: '18', inserted_at: '1700000000' });
      }
    }
    expect(committedRows(events)).toBe(5);
    const left = ['6', '7', '8', '9', 'config', 'lock'].map((n) => `shop:chat:${n}`);
    expect((await c.keys('shop:chat:*')).sort()).toEqual(left);
  });

  it('says of each repair what it does', async () => {
    await c.zadd('mneme:by_ttl', 4_000_000_000, 'default|30');
    await using store = await openRead(server.url);
    const s = await store.snapshot({ now: new Date() });
    const { actions } = purgeActions(s);
    const titles = actions.filter((a) => a.reason === 'orphans').map((a) => a.title);
    expect(titles).toHaveLength(3);
    expect(new Set(titles).size).toBe(3);
    expect(titles.filter((t) => t.startsWith('remove'))).toEqual([]);
    expect(titles).toContainEqual(expect.stringMatching(/^set \d+ places? in mneme:by_ttl to what the entry says/));
    await using writing = await openWrite(server.url);
    const mend = actions.find((a) => a.dependent === 'mneme:by_ttl') as PurgeAction;
    const events = await eventsOf(writer(writing).perform(mend, context()));
    expect(events.at(-1)).toMatchObject({ rows: 1, verified: expect.stringMatching(/^1 set right; /) });
    expect(await c.zscore('mneme:by_ttl', 'default|30')).not.toBe('4000000000');
  });

  it('settles a run that was killed: before the commit nothing went, after it all of the batch', async () => {
    for (const wait of ['prepared', 'committed']) {
      await c.flushall();
      await loadMneme(c);
      const entries = await c.zcard('mneme:by_id');
      // Node itself, so that the signal reaches the run and not a wrapper around it.
      const child = spawn(process.execPath, [
        '--import',
        'tsx',
        join(import.meta.dirname, 'killed-run.ts'),
        server.url,
        wait,
        JSON.stringify(purge('expired')),
      ]);
      let said = '';
      await new Promise<void>((resolve, reject) => {
        child.stdout.on('data', (d: Buffer) => {
          said += d.toString();
          if (said.includes(`"state":"${wait}","batch":3`)) resolve();
        });
        child.once('exit', () => reject(new Error(`it ended by itself: ${said}`)));
      });
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
      await new Promise((done) => child.once('close', done));
      const tokens = said
        .split('\n')
        .filter(Boolean)
        .map((l) => JSON.parse(l))
        .filter((e) => e.state === 'prepared')
        .map((e) => String(e.token));
      await using store = await openWrite(server.url);
      const m = writer(store);
      expect(await m.settle(purge('expired'), tokens[0] as string)).toBe('committed');
      expect(await m.settle(purge('expired'), tokens[2] as string)).toBe(
        wait === 'prepared' ? 'rolled-back' : 'committed',
      );
      expect(await c.zcard('mneme:by_id')).toBe(entries - (wait === 'prepared' ? 40 : 60));
      // The lock of the dead stands until its time is over.
      expect(await m.lock('next')).toBeNull();
      expect(await m.lockHolder()).toMatch(
        /^run killed on .* \(pid \d+\) since .*Z; if it was killed, its lock ends by itself in (30|[12]?\d) s$/,
      );
    }
  });

  it('lets one run in at a time, and stops a run whose lock is gone', async () => {
    await using one = await openWrite(server.url);
    await using two = await openWrite(server.url);
    const [a, b] = await Promise.all([writer(one).lock('a'), writer(two).lock('b')]);
    expect([a, b].filter((l) => l === null)).toHaveLength(1);
    const [winner, store] = a === null ? [b, two] : [a, one];
    await c.set('memctl:lock', 'somebody else');
    await expect(eventsOf(writer(store).perform(purge('expired'), context()))).rejects.toMatchObject({
      code: 'store-lock-lost',
      exit: 5,
    });
    expect(await c.zcard('mneme:by_id')).toBe(228);
    await winner?.release();
    // Not ours any more, so not ours to delete.
    expect(await c.get('memctl:lock')).toBe('somebody else');
    await c.del('memctl:lock');
    const next = await writer(one).lock('c');
    expect(next).not.toBeNull();
    await next?.release();
    expect(await c.exists('memctl:lock')).toBe(0);
  });

  it('repairs all side keys as one action', async () => {
    await using store = await openWrite(server.url);
    const cost = { order: 10, lock: 'rows', seconds: null, diskNeeded: null, reclaims: null, statement: null } as const;
    const action = {
      kind: 'side-keys',
      id: 'side-keys',
      title: '',
      structure: 'keyspace:mneme:hash:*',
      ...cost,
    } as const;
    const events = await eventsOf(writer(store).perform(action, context()));
    expect(events.at(-1)).toMatchObject({ state: 'finished', rows: 0 });
    expect(await c.zcard('mneme:by_id')).toBe(225);
    await consistent();
  });

  it('asks the server to expire what is due', async () => {
    await c.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    for (let i = 0; i < 500; i++)
      await c.hset(`llmcache:${i}`, { prompt: 'q', response: 'a', prompt_vector: 'xxxx', inserted_at: '1789000000' });
    for (let i = 0; i < 400; i++) await c.pexpire(`llmcache:${i}`, 1);
    await new Promise((done) => setTimeout(done, 20));
    await using store = await openWrite(server.url);
    const events = await eventsOf(writer(store).perform(purge('expired', { set: 'redis-vl:llmcache' }), context()));
    await c.call('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
    // KEYS, by which the set was found, deletes none.
    expect(events.at(-1)).toMatchObject({ state: 'finished', rows: 400 });
    const old = purge('retention', { set: 'redis-vl:llmcache', olderThanSeconds: 86_400 });
    expect(committedRows(await eventsOf(writer(store).perform(old, context({ batchRows: 30 }))))).toBe(100);
  });

  it('defragments only where the server can, and puts the setting back', async () => {
    await using store = await openWrite(server.url);
    const cost = { order: 50, lock: 'none', seconds: null, diskNeeded: 0, reclaims: null, statement: null } as const;
    const action = {
      kind: 'active-defrag',
      id: 'active-defrag',
      title: '',
      structure: 'allocator:memory',
      ...cost,
    } as const;
    const events = await eventsOf(writer(store).perform(action, context()));
    expect(['skipped', 'finished']).toContain(events.at(-1)?.state);
    expect(await c.config('GET', 'activedefrag')).toEqual(['activedefrag', 'no']);
  });
});

describe('where nothing may be written', () => {
  it('a replica says so before anything is tried, and refuses', async () => {
    await using server = await startRedis();
    const c = client(server.url);
    await loadMneme(c);
    const replica = await server.replica();
    await using store = await openWrite(replica.url);
    const m = writer(store);
    expect((await m.conditions([purge('expired')])).readOnly).toMatch(/replica/);
    await expect(m.lock('x')).rejects.toMatchObject({ code: 'store-read-only', exit: 5 });
    c.disconnect();
  });

  it('names the policy that breaks the lists', async () => {
    await using server = await startRedis({ settings: { maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' } });
    const c = client(server.url);
    await loadMneme(c);
    await using store = await openWrite(server.url);
    const { versionRules } = await writer(store).conditions([purge('expired')]);
    expect(versionRules[0]).toMatchObject({ effect: 'warn', message: expect.stringContaining('allkeys-lru') });
    c.disconnect();
  });

  it('purges a server that is full', async () => {
    await using server = await startRedis();
    const c = client(server.url);
    await loadMneme(c);
    await using store = await openWrite(server.url);
    const lock = await writer(store).lock('full');
    await c.config('SET', 'maxmemory', 1);
    const events = await eventsOf(writer(store).perform(purge('expired'), context()));
    expect(committedRows(events)).toBeGreaterThan(100);
    await lock?.release();
    c.disconnect();
  });
});

describe('a server that goes away', () => {
  it('stops the run, which is then as far as its last batch', async () => {
    const server = await startRedis({ settings: { appendonly: 'yes', appendfsync: 'always' } });
    const c = client(server.url);
    await loadMneme(c);
    const store = await openWrite(server.url);
    const lock = await writer(store).lock('x');
    let committed = 0;
    const run = (async () => {
      for await (const e of writer(store).perform(purge('expired'), context({ batchRows: 10 }))) {
        if (e.state === 'committed') committed += e.rows;
        if (e.state === 'prepared' && e.batch === 4) await server.kill();
      }
    })();
    await expect(run).rejects.toMatchObject({ kind: 'store-error', exit: 4 });
    expect(lock?.lost.aborted).toBe(true);
    expect(committed).toBe(30);
    await lock?.release();
    await store[Symbol.asyncDispose]();
    c.disconnect();
    await server.restart();
    const after = client(server.url);
    expect(await after.zcard('mneme:by_id')).toBe(228 - 30);
    after.disconnect();
    await server.stop();
  });
});

describe('cluster', () => {
  it('reads all primaries, and removes where the keys of an entry lie together', async () => {
    await using cluster = await startRedisCluster();
    const [first] = cluster.nodes;
    const url = `${first?.url}?cluster=true`;
    await expect(openRead(first?.url ?? '')).rejects.toMatchObject({ code: 'store-cluster' });
    const clients = cluster.nodes.map((n) => client(n.url));
    let loaded = false;
    // One slot, so one node takes it all; the others answer MOVED.
    for (const c of clients)
      loaded ||= await loadMneme(c, '{mneme}').then(
        () => true,
        () => false,
      );
    expect(loaded).toBe(true);
    let spread = 0;
    for (let i = 0; i < 90; i++)
      for (const c of clients)
        spread += await c.set(`session:${i}`, 'x').then(
          () => 1,
          () => 0,
        );
    expect(spread).toBe(90);
    await using store = await openWrite(`${url}&prefix={mneme}`);
    const [c] = clients;
    const [seconds = 0] = await (c as Redis).time();
    const s = await store.snapshot({ now: new Date(Number(seconds) * 1000) });
    expect(s.structures.find((x) => x.name === 'session:*')?.rows).toBe(90);
    expect(s.structures.filter((x) => x.kind === 'allocator')).toHaveLength(3);
    const [set] = s.memorySets;
    expect(set).toMatchObject({ id: 'redis-mneme:{mneme}:entry', rows: 228 });
    const lock = await writer(store).lock('cluster');
    const events = await eventsOf(
      writer(store).perform(purge('expired', { set: set?.id ?? '' }), context({ batchRows: 50 })),
    );
    await lock?.release();
    expect(committedRows(events)).toBe(set?.ttl?.expired);
    const after = await store.snapshot({ now: new Date(Number(seconds) * 1000) });
    expect(after.memorySets[0]?.ttl?.expired).toBe(0);
    for (const one of clients) one.disconnect();
  });
});
