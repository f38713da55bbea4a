/** What the verbs that only look leave behind, with active expiry switched off: what goes then goes by our looking at it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../e2e/run-program.ts';
import { type RedisServer, startRedis } from '../../servers/redis.ts';
import { client, loadMneme, openRead, trace } from './mneme-store.ts';

const VERBS: readonly (readonly string[])[] = [
  ['stats'],
  ['bloat', '--exact'],
  ['detect'],
  ['hot'],
  ['bloat'],
  ['vacuum', '--dry-run', '--max-delete-pct', '100'],
  ['compact', '--dry-run'],
];

describe.each(['redis', 'valkey'] as const)(
  '%s: keys that the server has expired and its lists do not name',
  (flavour) => {
    let server: RedisServer;
    let c: Redis;
    beforeAll(async () => {
      server = await startRedis({ flavour, settings: { 'enable-debug-command': 'yes' } });
      c = client(server.url);
      await c.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
      await loadMneme(c);
      const pipeline = c.pipeline();
      // Entries that never end by the store's own list, hash keys, and a cache that keeps no lists.
      for (let id = 1001; id <= 1500; id++) {
        const fields = { namespace: 'late', query_hash: `q${id}`, created_at: '1787507430', ttl: '', response: 'a' };
        pipeline.hset(`mneme:entry:${id}`, fields);
        pipeline.zadd('mneme:by_id', id, String(id));
        pipeline.zadd('mneme:lru:late', id, String(id));
        pipeline.set(`mneme:hash:late:q${id}`, String(id));
        pipeline.pexpire(`mneme:entry:${id}`, 1);
        if (id > 1400) pipeline.pexpire(`mneme:hash:late:q${id}`, 1);
      }
      pipeline.sadd('mneme:namespaces', 'late');
      const cached = { prompt: 'q', response: 'a', prompt_vector: 'xxxx', inserted_at: '1789000000' };
      for (let i = 0; i < 40; i++) pipeline.hset(`llmcache:${i}`, cached);
      for (let i = 0; i < 20; i++) pipeline.pexpire(`llmcache:${i}`, 1);
      await pipeline.exec();
      await new Promise((done) => setTimeout(done, 30));
    });
    afterAll(async () => {
      c?.disconnect();
      await server?.stop();
    });

    it.each(VERBS)('%s %s deletes none', async (...args) => {
      const [verb = '', ...rest] = args;
      const before = await trace(c);
      const folder = mkdtempSync(join(tmpdir(), 'memctl-redis-'));
      const done = run('memctl', [verb, server.url, ...rest], { env: { MEMCTL_STATE_DIR: folder } });
      expect([0, 2, 3], done.stderr).toContain(done.exit);
      expect(done.stdout.length).toBeGreaterThan(100);
      expect(await trace(c)).toEqual(before);
    });

    it('counts them as what they are: ids without an entry', async () => {
      const before = await trace(c);
      await using store = await openRead(server.url);
      const { memorySets } = await store.snapshot({ now: new Date() });
      const set = memorySets.find((s) => s.profile === 'redis-mneme');
      expect(set?.rows).toBe(728);
      expect(set?.orphans?.find((o) => o.table === 'mneme:by_id')?.rows).toBeGreaterThanOrEqual(500);
      expect(memorySets.find((s) => s.profile === 'redis-vl')?.rows).toBe(20);
      let read = 0;
      for await (const _ of store.scan({ set: 'redis-mneme:mneme:entry', fields: ['text'] })) read++;
      expect(read).toBeLessThan(228);
      expect(await trace(c)).toEqual(before);
    });

    it('does not look at entries where their names cannot be listed, and still knows which have gone', async () => {
      // The hash keys of mneme never carry a TTL, and are looked at: docs/adapters/redis.md.
      for (let id = 1401; id <= 1500; id++) await c.del(`mneme:hash:late:q${id}`);
      const pipeline = c.pipeline();
      for (let i = 0; i < 50_001; i++) pipeline.set(`s:${i}`, '');
      await pipeline.exec();
      const before = await trace(c);
      await using store = await openRead(server.url);
      const { memorySets, notes } = await store.snapshot({ now: new Date() });
      const set = memorySets.find((s) => s.profile === 'redis-mneme');
      expect(notes.map((n) => n.code)).toContain('entries-not-read');
      expect(set).toMatchObject({ rows: 728, ages: null });
      // Those that lost their hash for good; whether the server will expire one that is there, nobody can say.
      const due = new Set(
        (await c.zrangebyscore('mneme:by_ttl', '-inf', Date.now() / 1000)).map((m) => m.split('|').pop()),
      );
      expect(set?.orphans?.[0]?.rows).toBe(['5', '6', '7'].filter((id) => !due.has(id)).length);
      await expect(async () => {
        for await (const _ of store.scan({ set: 'redis-mneme:mneme:entry', fields: ['text'] }));
      }).rejects.toMatchObject({ code: 'store-keys-unlisted' });
      const folder = mkdtempSync(join(tmpdir(), 'memctl-redis-'));
      run('memctl', ['vacuum', server.url, '--dry-run', '--max-delete-pct', '100'], {
        env: { MEMCTL_STATE_DIR: folder },
      });
      expect(await trace(c)).toEqual(before);
    });
  },
);
