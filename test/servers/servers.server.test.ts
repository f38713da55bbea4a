import { existsSync } from 'node:fs';
import { Cluster, Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase } from './fresh-database.ts';
import { startPgbouncer } from './pgbouncer.ts';
import { type Postgres, type Standby, startPostgres } from './postgres.ts';
import { startRedis, startRedisCluster } from './redis.ts';

async function rows(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let last: Record<string, unknown>[] = [];
    for (const sql of statements) last = (await client.query(sql)).rows;
    return last;
  } finally {
    await client.end();
  }
}

const NOTES: readonly string[] = [
  'create extension vector',
  'create table notes (id int primary key, embedding vector(16))',
  `select setseed(0.5)`,
  `insert into notes select i, array(select random() from generate_series(1, 16) where i > 0)::real[]::vector
     from generate_series(1, 2000) i`,
];

describe('the shared PostgreSQL', () => {
  it('builds an HNSW index and answers through it', async () => {
    const url = await freshDatabase();
    await rows(url, ...NOTES, 'create index on notes using hnsw (embedding vector_l2_ops)', 'analyze notes');
    const nearest = 'select id from notes order by embedding <-> (select embedding from notes where id = 7) limit 1';
    expect(await rows(url, nearest)).toEqual([{ id: 7 }]);
    const plan = await rows(url, 'set enable_seqscan = off', `explain ${nearest}`);
    expect(JSON.stringify(plan)).toContain('notes_embedding_idx');
  });

  it('gives every caller a database of its own', async () => {
    const [first, second] = [await freshDatabase(), await freshDatabase()];
    await rows(first, 'create table only_here (id int)');
    expect(await rows(second, "select to_regclass('only_here') as found")).toEqual([{ found: null }]);
  });
});

describe('a PostgreSQL of one’s own', () => {
  let primary: Postgres;
  let standby: Standby;
  beforeAll(async () => {
    primary = await startPostgres();
    standby = await primary.standby();
  });
  afterAll(async () => {
    await primary.stop();
  });

  it('has a standby that is in recovery and catches up', async () => {
    await rows(primary.url, 'create table t as select generate_series(1, 1000) as id');
    await standby.caughtUp();
    expect(await rows(standby.url, 'select pg_is_in_recovery() as recovering, count(*)::int as n from t')).toEqual([
      { recovering: true, n: 1000 },
    ]);
    await expect(rows(standby.url, 'delete from t')).rejects.toThrow('read-only transaction');
  });

  it('comes back from a crash with what was committed', async () => {
    await rows(primary.url, 'create table kept as select 1 as id');
    await primary.kill();
    await expect(rows(primary.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
    await primary.restart();
    expect(await rows(primary.url, 'select id from kept')).toEqual([{ id: 1 }]);
  });
});

describe('a PostgreSQL with a password and settings', () => {
  it('asks for it, also for a standby, and leaves nothing behind', async () => {
    const server = await startPostgres({ password: "p'w:/@? %", settings: { autovacuum: false } });
    const open = server.url.replace(/postgres:[^/@]+@/, 'postgres@');
    await expect(rows(open, 'select 1')).rejects.toThrow('password');
    expect(await rows(server.url, 'show autovacuum')).toEqual([{ autovacuum: 'off' }]);
    const standby = await server.standby();
    expect(await rows(standby.url, 'select pg_is_in_recovery() as recovering')).toEqual([{ recovering: true }]);
    expect(existsSync(server.dataDir) && existsSync(standby.dataDir)).toBe(true);
    await server.stop();
    expect(existsSync(server.dataDir) || existsSync(standby.dataDir)).toBe(false);
    await expect(rows(standby.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('PgBouncer in transaction mode', () => {
  it('gives the transactions of one client to different backends and leaks session locks', async () => {
    await using pool = await startPgbouncer(await freshDatabase());
    const [client, other] = [new pg.Client(pool.url), new pg.Client(pool.url)];
    await Promise.all([client.connect(), other.connect()]);
    const backend = async (): Promise<number> =>
      (await client.query('select pg_backend_pid() as pid, pg_sleep(0.001)')).rows[0].pid;
    try {
      // Two transactions at once: the pool now holds two server connections.
      await Promise.all([client.query('begin'), other.query('begin')]);
      await Promise.all([client.query('commit'), other.query('commit')]);
      const pids = [await backend(), await backend(), await backend(), await backend()];
      expect(new Set(pids).size).toBe(2);
      expect((await client.query('select pg_try_advisory_lock(7) as got')).rows).toEqual([{ got: true }]);
      expect((await client.query('select pg_advisory_unlock(7) as freed')).rows).toEqual([{ freed: false }]);
    } finally {
      await Promise.all([client.end(), other.end()]);
    }
  });

  it('reaches a server that asks for a password', async () => {
    await using server = await startPostgres({ password: "it's secret" });
    await using pool = await startPgbouncer(server.url);
    expect(await rows(pool.url, 'select current_user as name')).toEqual([{ name: 'postgres' }]);
  });
});

describe.each(['redis', 'valkey'] as const)('%s', (flavour) => {
  it('answers, restarts on the same port, and has a replica that is read only', async () => {
    await using server = await startRedis({ flavour, password: 'x', settings: { appendonly: 'yes' } });
    const client = new Redis(server.url);
    const replica = new Redis((await server.replica()).url);
    try {
      await client.set('note', 'kept');
      expect(await client.wait(1, 5000)).toBe(1);
      expect(await replica.get('note')).toBe('kept');
      await expect(replica.set('note', 'x')).rejects.toThrow('READONLY');
      await server.restart();
      expect(await client.get('note')).toBe('kept');
    } finally {
      client.disconnect();
      replica.disconnect();
    }
  });
});

describe('redis', () => {
  it('has vector sets', async () => {
    await using server = await startRedis();
    const client = new Redis(server.url);
    try {
      await client.call('VADD', 'notes', 'VALUES', '3', '1', '0', '0', 'east');
      await client.call('VADD', 'notes', 'VALUES', '3', '0', '1', '0', 'north');
      expect(await client.call('VSIM', 'notes', 'VALUES', '3', '0.9', '0.1', '0', 'COUNT', '1')).toEqual(['east']);
    } finally {
      client.disconnect();
    }
  });
});

describe('a Redis cluster', () => {
  it('serves every slot from three masters', async () => {
    await using cluster = await startRedisCluster();
    const client = new Cluster(cluster.nodes.map((node) => ({ host: '127.0.0.1', port: node.port })));
    try {
      const keys = Array.from({ length: 60 }, (_, i) => `note:${i}`);
      for (const key of keys) await client.set(key, '1');
      const held = await Promise.all(client.nodes('master').map((node) => node.dbsize()));
      expect(held).toHaveLength(3);
      expect(held.reduce((a, b) => a + b)).toBe(keys.length);
      expect(Math.min(...held)).toBeGreaterThan(0);
    } finally {
      client.disconnect();
    }
  });
});
