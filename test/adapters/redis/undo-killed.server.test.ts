/** An undo that was broken off in the middle of a batch: what is back is told from what is not, and from what others wrote. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/adapters/redis/there-already.ts';
import type { Maintenance, PurgeAction, RemovedRow, Store } from '../../../src/store/index.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { client, committedRows, contents, context, eventsOf, loadMneme, openWrite } from './mneme-store.ts';

const SET = 'redis-mneme:mneme:entry';
const PURGE: PurgeAction = {
  kind: 'purge',
  id: `purge:over-cap:${SET}`,
  title: '',
  rule: '',
  statement: null,
  order: 10,
  lock: 'rows',
  seconds: null,
  diskNeeded: null,
  reclaims: null,
  reason: 'over-cap',
  set: SET,
  rows: 0,
  of: 228,
  excess: [{ namespace: '', rows: 40 }],
};

function writer(store: Store): Maintenance {
  if (store.maintenance === undefined) throw new Error('the store was not opened for writing');
  return store.maintenance;
}

async function* from(rows: readonly RemovedRow[]): AsyncGenerator<RemovedRow> {
  yield* rows;
}

const entryOf = (row: RemovedRow | undefined): string => String(row?.values['entry']);

describe.each(['redis', 'valkey'] as const)('%s: an undo that was killed', (flavour) => {
  let server: RedisServer;
  let c: Redis;
  beforeAll(async () => {
    server = await startRedis({ flavour });
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

  async function removedOf(m: Maintenance): Promise<RemovedRow[]> {
    const removed: RemovedRow[] = [];
    for await (const e of m.perform(PURGE, context({ archive: true }))) {
      if (e.state === 'prepared') removed.push(...(e.removed ?? []));
      // What would come after it are keys that led to entries which had gone before.
      if (e.state === 'committed') break;
    }
    return removed;
  }

  /** The token of the batch that would put all rows back, none of which is put back. */
  async function tokenOf(m: Maintenance, rows: readonly RemovedRow[]): Promise<string> {
    for await (const e of m.restore(from(rows), context())) if (e.state === 'prepared') return e.token;
    throw new Error('no batch');
  }

  it('counts what of its batch is back, brings the rest, and names only what differs', async () => {
    for (const id of (await c.zrange('mneme:by_id', '0', '-1')).slice(10, 60))
      await c.expire(`mneme:entry:${id}`, 10_000);
    const before = await contents(c);
    await using store = await openWrite(server.url);
    const m = writer(store);
    const removed = await removedOf(m);
    const entries = [...new Set(removed.map(entryOf))];
    expect(entries).toHaveLength(40);
    const token = await tokenOf(m, removed);
    expect(await m.settle(PURGE, token)).toBe('rolled-back');
    const some = new Set(entries.slice(0, 15));
    const part = removed.filter((r) => some.has(entryOf(r)));
    expect(committedRows(await eventsOf(m.restore(from(part), context())))).toBe(15);
    expect(await m.settle(PURGE, token)).toBe(15);

    const rest = await eventsOf(m.restore(from(removed), context()));
    expect(committedRows(rest)).toBe(25);
    const met = rest.flatMap((e) => (e.state === 'conflict' ? [e] : []));
    expect(met.map((e) => [entryOf(e.row), e.same])).toEqual(entries.slice(0, 15).map((e) => [e, true]));
    expect(await m.settle(PURGE, token)).toBe('committed');
    const after = await contents(c);
    for (const all of [before, after]) all.delete('mneme:version');
    expect([...after.keys()]).toEqual([...before.keys()]);

    const [first = '', second = '', third = ''] = entries;
    await c.hset(first, 'response', 'written since');
    await c.persist(second);
    await c.expire(second, 99_999);
    const scores = removed.filter((r) => entryOf(r) === third && r.values['kind'] === 'score');
    await c.zadd(String(scores[0]?.values['key']), 1, String(scores[0]?.values['member']));
    const again = await eventsOf(m.restore(from(removed), context()));
    expect(committedRows(again)).toBe(0);
    const named = again.flatMap((e) => (e.state === 'conflict' && e.same !== true ? [[entryOf(e.row), e.same]] : []));
    expect(named).toEqual([first, second, third].map((e) => [e, false]));
    // What is known to be back is counted, and no more.
    expect(await m.settle(PURGE, token)).toBe(38);
  });

  it('an entry that only others wrote tells nothing', async () => {
    await using store = await openWrite(server.url);
    const m = writer(store);
    const removed = await removedOf(m);
    const token = await tokenOf(m, removed);
    await c.hset(entryOf(removed[0]), 'response', 'another');
    expect(await m.settle(PURGE, token)).toBe('unknown');
  });

  it('a hash is the same in whatever order its fields were written, and in no other case', async () => {
    const fields = Array.from({ length: 700 }, (_, i) => [
      `field ${i}`,
      i % 3 === 0 ? String(i) : `${'x'.repeat(i)}${i}`,
    ]);
    await c.hset('one', Object.fromEntries(fields));
    await c.hset('two', Object.fromEntries(fields.toReversed()));
    // Grown and shrunk again: other buckets.
    await c.hset('two', Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`more ${i}`, 'y'])));
    await c.hdel('two', ...Array.from({ length: 5_000 }, (_, i) => `more ${i}`));
    const [one, two] = [await c.dumpBuffer('one'), await c.dumpBuffer('two')];
    expect(one?.equals(two as Buffer)).toBe(false);
    expect(digestOf(two as Buffer)).toBe(digestOf(one as Buffer));
    await c.hset('two', 'field 1', 'x2');
    expect(digestOf((await c.dumpBuffer('two')) as Buffer)).not.toBe(digestOf(one as Buffer));
    await c.hset('two', 'field 1', 'x1');
    expect(digestOf((await c.dumpBuffer('two')) as Buffer)).toBe(digestOf(one as Buffer));
    await c.hdel('two', 'field 1');
    expect(digestOf((await c.dumpBuffer('two')) as Buffer)).not.toBe(digestOf(one as Buffer));
  });
});
