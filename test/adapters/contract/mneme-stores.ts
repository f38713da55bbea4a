/** The same memory system in every kind of store, each with a truth that is read by other means than the adapter's. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { startRedis } from '../../servers/redis.ts';

export interface Truth {
  readonly rows: number;
  readonly namespaces: Readonly<Record<string, number>>;
  /** Rows past their lifetime by the machine's clock. */
  readonly expired: number;
  /** The counter that other processes of the store watch. */
  readonly version: number;
}

export interface MnemeStore {
  readonly url: string;
  readonly profile: string;
  readonly set: string;
  truth(): Promise<Truth>;
  /** Everything the store holds but its version counter, in a fixed order: equal texts are equal stores. */
  dump(): Promise<string>;
  dispose(): Promise<void>;
}

export type Make = () => Promise<MnemeStore>;

const stores = (name: string): string => fileURLToPath(new URL(`../../../fixtures/stores/${name}`, import.meta.url));
const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const sorted = (record: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
const text = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'bigint' ? `${v}n` : v instanceof Uint8Array ? Buffer.from(v).toString('base64') : v,
  );

export const sqliteMneme: Make = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'memctl-contract-'));
  const file = join(folder, 'mneme.db');
  copyFileSync(stores('mneme-v1-sqlite.db'), file);
  const read = <T>(work: (db: Database.Database) => T): T => {
    const db = new Database(file);
    try {
      return work(db);
    } finally {
      db.close();
    }
  };
  return {
    url: `sqlite:${file}`,
    profile: 'mneme',
    set: 'mneme:entries',
    truth: async () =>
      read((db) => ({
        rows: db.prepare('SELECT count(*) FROM entries').pluck().get() as number,
        namespaces: sorted(
          Object.fromEntries(
            db.prepare('SELECT namespace, count(*) FROM entries GROUP BY 1').raw().all() as [string, number][],
          ),
        ),
        expired: db
          .prepare('SELECT count(*) FROM entries WHERE ttl IS NOT NULL AND created_at + ttl <= ?')
          .pluck()
          .get(nowSeconds()) as number,
        version: Number(
          db.prepare("SELECT value FROM multi_process_state WHERE key = 'version_counter'").pluck().get(),
        ),
      })),
    dump: async () => read((db) => text(db.prepare('SELECT * FROM entries ORDER BY id').safeIntegers().all())),
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  };
};

export const postgresMneme: Make = async () => {
  const url = await freshDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(readFileSync(stores('mneme-v1-postgres.sql'), 'utf8'));
  await client.query('ANALYZE');
  const one = async (sql: string): Promise<number> => Number((await client.query<{ n: string }>(sql)).rows[0]?.n);
  return {
    url,
    profile: 'mneme',
    set: 'mneme:mneme.entries',
    truth: async () => {
      const spaces = await client.query<{ namespace: string; n: string }>(
        'SELECT namespace, count(*) AS n FROM mneme.entries GROUP BY 1',
      );
      return {
        rows: await one('SELECT count(*) AS n FROM mneme.entries'),
        namespaces: sorted(Object.fromEntries(spaces.rows.map((r) => [r.namespace, Number(r.n)]))),
        expired: await one(
          'SELECT count(*) AS n FROM mneme.entries WHERE ttl IS NOT NULL AND created_at + ttl <= extract(epoch FROM now())',
        ),
        version: await one("SELECT value AS n FROM mneme.multi_process_state WHERE key = 'version_counter'"),
      };
    },
    dump: async () => text((await client.query('SELECT e.*::text FROM mneme.entries e ORDER BY id')).rows),
    dispose: () => client.end(),
  };
};

export const redisMneme: Make = async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  for (const line of readFileSync(stores('mneme-v1-redis.jsonl'), 'utf8').split('\n')) {
    if (line === '') continue;
    const [command, ...args] = (JSON.parse(line) as (string | number | { b64: string })[]).map((a) =>
      typeof a === 'object' ? Buffer.from(a.b64, 'base64') : a,
    );
    // The three orphans of the fixture are the Redis adapter's own tests' matter: here the store is whole.
    if (command !== 'DEL') await redis.call(String(command), ...(args as string[]));
  }
  const entries = async (): Promise<Record<string, string>[]> => {
    const keys = (await redis.keys('mneme:entry:*')).sort();
    return Promise.all(keys.map((k) => redis.hgetall(k)));
  };
  return {
    url: server.url,
    profile: 'redis-mneme',
    set: 'redis-mneme:mneme:entry',
    truth: async () => {
      const all = await entries();
      const namespaces: Record<string, number> = {};
      for (const e of all) namespaces[e['namespace'] as string] = (namespaces[e['namespace'] as string] ?? 0) + 1;
      const due = all.filter((e) => e['ttl'] !== '' && Number(e['created_at']) + Number(e['ttl']) <= nowSeconds());
      return {
        rows: all.length,
        namespaces: sorted(namespaces),
        expired: due.length,
        version: Number(await redis.get('mneme:version')),
      };
    },
    dump: async () => {
      const keys = (await redis.keys('*')).filter((k) => k !== 'mneme:version' && !k.endsWith(':lock')).sort();
      return text(
        await Promise.all(
          keys.map(async (k) => {
            const type = await redis.type(k);
            if (type === 'hash')
              return [k, Object.entries(await redis.hgetallBuffer(k)).sort(([a], [b]) => (a < b ? -1 : 1))];
            if (type === 'zset') return [k, await redis.zrange(k, '0', '-1', 'WITHSCORES')];
            if (type === 'set') return [k, (await redis.smembers(k)).sort()];
            return [k, await redis.get(k), await redis.pexpiretime(k)];
          }),
        ),
      );
    },
    dispose: async () => {
      redis.disconnect();
      await server.stop();
    },
  };
};
