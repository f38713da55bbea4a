/** Twins on servers: a PostgreSQL table that names the row that stays, one of mem0, and a mneme cache in Redis. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import { bytesOf, type Memory, newFolder, saidBy, type Twin, type TwinStore, twins } from './safety-twins.ts';

const DIMS = 64;
const fixture = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)), 'utf8');

interface Made {
  readonly what: string;
  readonly flags: readonly string[];
  readonly reading: readonly string[];
  readonly tables: readonly { readonly name: string; readonly vector: string }[];
  /** Statement that gives a Memory a row. */
  readonly memories: string;
}

async function storeOf(
  url: string,
  made: (folder: string) => Made,
  fill: (pool: pg.Pool) => Promise<void>,
): Promise<TwinStore> {
  const { folder, remove } = newFolder();
  const { what, flags, reading, tables, memories } = made(folder);
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  await fill(pool);
  const names = tables.map((t) => t.name).join(', ');
  await pool.query(`VACUUM ANALYZE ${names}`);
  const close = async (): Promise<void> => {
    await pool.end();
    remove();
  };
  return {
    what,
    url,
    folder,
    flags,
    reading,
    memories: async () =>
      (await pool.query<{ m: Memory }>(`SELECT to_json(m) AS m FROM (${memories}) m`)).rows.map((r) => r.m),
    dump: async () => {
      const rows: string[] = [];
      for (const t of tables) {
        const sql = `SELECT '${t.name} ' || x::text || ' ' || coalesce(encode(vector_send(x.${t.vector}), 'hex'), 'none') AS row FROM ${t.name} x`;
        rows.push(...(await pool.query<{ row: string }>(sql)).rows.map((r) => r.row));
      }
      return rows.sort();
    },
    faults: async () => {
      const sql = 'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid OR NOT indisready';
      return (await pool.query<{ name: string }>(sql)).rows.map((r) => `invalid index ${r.name}`);
    },
    lapse: async () => undefined,
    rest: async () => void (await pool.query(`VACUUM ${names}`)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const vectorText = (t: Twin): string => `[${t.vector.join(',')}]`;

/** Every tenth first copy has stood for three rows before: x1 → x2 → x3 → it. */
const CHAINED = 10;

/** @param url of an empty database */
export async function mappedTwins(url: string, texts: number): Promise<TwinStore> {
  const made = (folder: string): Made => {
    const map = join(folder, 'map.json');
    const columns = { id: ['id'], namespace: 'agent', text: 'body', embedding: 'embedding', confidence: 'confidence' };
    const convention = {
      status: 'state',
      superseded: 'superseded',
      supersededBy: 'heir',
      supersededAt: 'superseded_at',
    };
    writeFileSync(map, JSON.stringify({ tables: [{ table: 'notes', ...columns, ...convention }] }));
    return {
      what: 'PostgreSQL mapped table, superseded',
      flags: [],
      reading: ['--map', map],
      tables: [{ name: 'notes', vector: 'embedding' }],
      memories: `SELECT id::text AS id, agent || ': ' || regexp_replace(lower(btrim(body, E' \\t')), '\\s+', ' ', 'g') AS said,
        state = 'active' AS active, heir::text AS stays FROM notes`,
    };
  };
  return await storeOf(url, made, async (pool) => {
    await pool.query(`CREATE EXTENSION vector; CREATE TABLE notes (id bigint PRIMARY KEY, agent text NOT NULL, body text NOT NULL,
      confidence float8, state text NOT NULL DEFAULT 'active', heir bigint, superseded_at timestamptz, embedding vector(${DIMS}))`);
    const all = twins(texts, DIMS);
    // Of each text the last copy is the most certain one and stays: what was merged into the first has to be pointed anew.
    const insert = `INSERT INTO notes SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::float8[], $5::text[], $6::bigint[], $7::timestamptz[], $8::vector[])`;
    const chained = all.filter((t) => t.copy === 0 && t.n % CHAINED === 0);
    const old = chained.flatMap((t, i) =>
      [1, 2, 3].map((step) => ({
        ...t,
        n: all.length + 3 * i + step,
        heir: step === 3 ? t.n : all.length + 3 * i + step + 1,
      })),
    );
    const rows = [...all.map((t) => ({ ...t, heir: null })), ...old];
    await pool.query(insert, [
      rows.map((t) => t.n),
      rows.map((t) => `agent ${t.group}`),
      rows.map((t) => t.text),
      rows.map((t) => t.copy / 10),
      rows.map((t) => (t.heir === null ? 'active' : 'superseded')),
      rows.map((t) => t.heir),
      rows.map((t) => (t.heir === null ? null : '2026-01-02T03:04:05.678901Z')),
      rows.map(vectorText),
    ]);
  });
}

/** @param url of an empty database */
export async function mem0Twins(url: string, texts: number): Promise<TwinStore> {
  const made = (): Made => ({
    what: 'PostgreSQL mem0, removed',
    flags: ['--delete'],
    reading: [],
    tables: [
      { name: 'mem0', vector: 'vector' },
      { name: 'mem0_entities', vector: 'vector' },
    ],
    memories: `SELECT id::text AS id, (payload->>'user_id') || ': ' || regexp_replace(lower(btrim(payload->>'data', E' \\t')), '\\s+', ' ', 'g') AS said,
      true AS active, null AS stays FROM mem0`,
  });
  return await storeOf(url, made, async (pool) => {
    await pool.query(fixture('ddl/mem0_pgvector.sql').replaceAll('vector(1536)', `vector(${DIMS})`));
    const all = twins(texts, DIMS);
    await pool.query(
      `INSERT INTO mem0 SELECT md5(n::text)::uuid, v, jsonb_build_object('data', d, 'hash', md5(d), 'user_id', u,
         'created_at', to_char(timestamptz '2026-01-01Z' + n * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'))
       FROM unnest($1::int[], $2::text[], $3::text[], $4::vector[]) AS t(n, d, u, v)`,
      [all.map((t) => t.n), all.map((t) => t.text), all.map((t) => `user ${t.group}`), all.map(vectorText)],
    );
  });
}

/** @param url of an empty Redis */
export async function redisTwins(url: string, texts: number): Promise<TwinStore> {
  const { folder, remove } = newFolder();
  const c = new Redis(url);
  c.on('error', () => undefined);
  const now = Math.floor(Date.now() / 1000);
  const meta = { embedder_fingerprint: 'fixture-embedder:v1:64', embedder_dim: DIMS, schema_version: '1' };
  await c.hset('mneme:meta', meta);
  await c.set('mneme:version', '1');
  const all = twins(texts, DIMS);
  for (let from = 0; from < all.length; from += 1000) {
    const pipeline = c.pipeline();
    for (const t of all.slice(from, from + 1000)) {
      const [id, ns] = [String(t.n), `ns${t.group}`];
      const ttl = t.n % 2 === 0 ? '' : '10000000';
      const times = { created_at: now, last_accessed_at: now + t.n, ttl, access_count: 0 };
      const texts = { query_hash: `h${t.n}`, query: t.text, response: 'as it was asked', metadata: '{}' };
      pipeline.hset(`mneme:entry:${id}`, { namespace: ns, ...texts, embedding: bytesOf(t.vector), ...times });
      pipeline.set(`mneme:hash:${ns}:h${t.n}`, id);
      pipeline.zadd(`mneme:lru:${ns}`, now + t.n, id);
      pipeline.zadd('mneme:by_id', t.n, id);
      if (ttl !== '') {
        pipeline.pexpireat(`mneme:entry:${id}`, (now + Number(ttl)) * 1000 + t.n);
        pipeline.zadd('mneme:by_ttl', now + Number(ttl), `${ns}|${id}`);
      }
      pipeline.sadd('mneme:namespaces', ns);
    }
    await pipeline.exec();
  }
  await c.set('mneme:next_id', String(all.length));
  const close = async (): Promise<void> => {
    c.disconnect();
    remove();
  };
  return {
    what: 'Redis mneme, removed',
    url,
    folder,
    flags: ['--delete'],
    reading: [],
    memories: async () => {
      const keys = await c.keys('mneme:entry:*');
      const pipeline = c.pipeline();
      for (const k of keys) pipeline.hmget(k, 'namespace', 'query');
      const replies = (await pipeline.exec()) ?? [];
      return keys.map((k, i) => {
        const [ns, text] = (replies[i]?.[1] ?? []) as (string | null)[];
        return { id: k.slice('mneme:entry:'.length), said: saidBy(ns, text), active: true, stays: null };
      });
    },
    dump: async () => await redisDump(c),
    faults: async () => {
      const rows = await c.zcard('mneme:by_id');
      const [hashes, kept, lru] = [
        await c.keys('mneme:hash:*'),
        await c.keys('mneme:entry:*'),
        await c.keys('mneme:lru:*'),
      ];
      let places = 0;
      for (const k of lru) places += await c.zcard(k);
      const same = rows === hashes.length && rows === kept.length && rows === places;
      return same ? [] : [`by_id ${rows}, hash: ${hashes.length}, entry: ${kept.length}, lru: ${places}`];
    },
    lapse: async () => void (await c.pexpire('memctl:lock', 1)),
    rest: async () => undefined,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Every key with its value and the moment at which it expires. */
async function redisDump(c: Redis): Promise<string[]> {
  const keys = (await c.keys('*')).filter((k) => !k.startsWith('memctl:') && k !== 'mneme:version');
  const types = c.pipeline();
  for (const k of keys) types.type(k);
  const kinds = ((await types.exec()) ?? []).map((r) => String(r[1]));
  const values = c.pipeline();
  for (const [i, k] of keys.entries()) {
    if (kinds[i] === 'hash') values.hgetallBuffer(k);
    else if (kinds[i] === 'zset') values.zrange(k, '0', '-1', 'WITHSCORES');
    else if (kinds[i] === 'set') values.smembers(k);
    else values.getBuffer(k);
    values.pexpiretime(k);
  }
  const replies = ((await values.exec()) ?? []).map((r) => r[1]);
  return keys.map((k, i) => `${k} ${exactly(replies[2 * i], kinds[i])} ${String(replies[2 * i + 1])}`).sort();
}

function exactly(value: unknown, kind: string | undefined): string {
  if (kind === 'hash')
    return Object.entries(value as Record<string, Buffer>)
      .map(([name, bytes]) => `${name}=${bytes.toString('hex')}`)
      .sort()
      .join(' ');
  if (kind === 'set') return (value as string[]).sort().join(' ');
  if (kind === 'zset') return createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return Buffer.isBuffer(value) ? value.toString('hex') : String(value);
}
