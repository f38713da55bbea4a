/** The bars of the safe engine on real servers, with small counts: bench/safety.ts has the full ones. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dryRun, dueKeys } from '../../bench/safety-dry-run.ts';
import { fullDisk, lostKey, restarted, terminatedBackends } from '../../bench/safety-failures.ts';
import { killed, terminated, terminatedTwice, twice } from '../../bench/safety-kills.ts';
import { refusals } from '../../bench/safety-refusals.ts';
import { postgresStore, redisStore, type SafetyStore } from '../../bench/safety-stores.ts';
import { startPgbouncer } from '../servers/pgbouncer.ts';
import { type Postgres, startPostgres } from '../servers/postgres.ts';
import { type RedisServer, startRedis } from '../servers/redis.ts';

describe('on PostgreSQL', () => {
  let server: Postgres;
  let store: SafetyStore;
  beforeAll(async () => {
    server = await startPostgres({ settings: { autovacuum: false } });
    store = await postgresStore(await server.createDatabase('safety'), 5_000);
  });
  afterAll(async () => {
    await store?.close();
    await server?.stop();
  });

  it('vacuum, killed at random moments, converges, and ledgers and table agree', async () => {
    expect((await killed(store, 'vacuum', { rounds: 3, rows: 20_000, seed: 21 })).broken).toEqual([]);
  });

  it('compact, killed at random moments, leaves no invalid index and every row', async () => {
    expect((await killed(store, 'compact', { rounds: 2, rows: 20_000, seed: 22 })).broken).toEqual([]);
  });

  it('two runs at once do nothing twice', async () => {
    expect((await twice(store, 2, 20_000)).broken).toEqual([]);
  });

  it('SIGTERM finishes the batch and the ledger; a second one ends at once', async () => {
    expect((await terminated(store, 60_000)).broken).toEqual([]);
    expect((await terminatedTwice(store, 40_000)).broken).toEqual([]);
  });

  it('ended connections, and a server that crashes, lose nothing', async () => {
    for (const victim of ['all', 'lock', 'work'] as const)
      expect((await terminatedBackends(store, victim, 30_000)).broken).toEqual([]);
    const crash = async (): Promise<void> => {
      await server.kill();
      await server.restart();
    };
    expect((await restarted(store, 'crash', 30_000, crash)).broken).toEqual([]);
  });

  it('nothing is done that the ledger has no room for', async () => {
    for (const blocks of [0, 7]) expect((await fullDisk(store, blocks, 20_000)).broken).toEqual([]);
  });

  it('a dry run of vacuum and compact writes nothing', async () => {
    await store.churn(20_000);
    await store.addExpired(1_000);
    expect((await dryRun(store)).broken).toEqual([]);
  });

  it('who cannot see or write is told what settles it, never that there is nothing to do', async () => {
    await store.churn(20_000);
    const standby = await server.standby();
    const url = new URL(standby.url);
    url.pathname = new URL(store.url).pathname;
    await using pooler = await startPgbouncer(store.url);
    const findings = await refusals(store, { standby: url.href, pooler: pooler.url });
    await standby.stop();
    expect(findings.length).toBe(8);
    expect(findings.filter((f) => f.broken.length > 0)).toEqual([]);
  });
});

describe('on Redis', () => {
  let server: RedisServer;
  let store: SafetyStore;
  beforeAll(async () => {
    server = await startRedis({ settings: { 'enable-debug-command': 'yes' } });
    store = await redisStore(server.url, 2_000);
  });
  afterAll(async () => {
    await store?.close();
    await server?.stop();
  });

  it('vacuum, killed at random moments, converges, and ledgers and keys agree', async () => {
    expect((await killed(store, 'vacuum', { rounds: 3, rows: 4_000, seed: 31 })).broken).toEqual([]);
  });

  it('two runs at once do nothing twice', async () => {
    expect((await twice(store, 2, 4_000)).broken).toEqual([]);
  });

  it('SIGTERM finishes the batch and the ledger; a second one ends at once', async () => {
    expect((await terminated(store, 6_000)).broken).toEqual([]);
    expect((await terminatedTwice(store, 6_000)).broken).toEqual([]);
  });

  it('a lock that was taken away, and a full disk, lose nothing', async () => {
    const client = new Redis(server.url);
    const removeLock = async (): Promise<void> => void (await client.del('memctl:lock'));
    expect((await lostKey(store, 6_000, removeLock)).broken).toEqual([]);
    client.disconnect();
    expect((await fullDisk(store, 8, 4_000)).broken).toEqual([]);
  });

  it('a dry run of vacuum and compact expires no key', async () => {
    await store.addExpired(1_000);
    await dueKeys(server.url, 300);
    expect((await dryRun(store)).broken).toEqual([]);
  });
});
