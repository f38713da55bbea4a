/** What --dry-run leaves behind: nothing at all. Counted by the stores' own counters, not by memctl. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Finding } from './safety-findings.ts';
import { COMPACT, VACUUM } from './safety-kills.ts';
import { memctl, said, sleep } from './safety-program.ts';
import type { SafetyStore } from './safety-stores.ts';

type Counters = Readonly<Record<string, string>>;

/** Every file of the store's folder, state folder included, by name, length, time and content. */
function files(folder: string): Counters {
  const seen: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    const s = statSync(path);
    const content = s.isDirectory() ? '' : createHash('sha256').update(readFileSync(path)).digest('hex');
    seen[`file ${name}`] = `${s.size} ${s.mtimeMs} ${content}`;
  }
  return seen;
}

async function postgresCounters(url: string): Promise<Counters> {
  // What a session did is in the counters once it has ended. The position of the log is none of them: whoever reads a
  // catalog may prune its pages (PRUNE_ON_ACCESS), and no reader can help that. What writes takes a transaction's number.
  await sleep(300);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ counters: Record<string, string> }>(
      `SELECT jsonb_build_object('next transaction', pg_snapshot_xmax(pg_current_snapshot())::text,
         'written', (SELECT json_agg(json_build_array(relname, n_tup_ins, n_tup_upd, n_tup_del, n_tup_hot_upd, vacuum_count, analyze_count) ORDER BY relid)::text
                     FROM pg_stat_user_tables),
         'files', (SELECT json_agg(json_build_array(relname, relfilenode, pg_relation_size(oid)) ORDER BY oid)::text
                   FROM pg_class WHERE relkind IN ('r', 'i', 't')),
         'rows', (SELECT md5(string_agg(xmin::text || '/' || xmax::text || '/' || ctid::text, ',' ORDER BY ctid)) FROM mneme.entries)) AS counters`,
    );
    return rows[0]?.counters ?? {};
  } finally {
    await client.end();
  }
}

async function redisCounters(url: string): Promise<Counters> {
  const client = new Redis(url);
  try {
    const stats = await client.info('stats');
    const persistence = await client.info('persistence');
    const of = (text: string, name: string): string => new RegExp(`^${name}:(.*)`, 'm').exec(text)?.[1]?.trim() ?? '?';
    return {
      DBSIZE: String(await client.dbsize()),
      expired_keys: of(stats, 'expired_keys'),
      evicted_keys: of(stats, 'evicted_keys'),
      rdb_changes_since_last_save: of(persistence, 'rdb_changes_since_last_save'),
    };
  } finally {
    client.disconnect();
  }
}

async function counters(store: SafetyStore): Promise<Counters> {
  const own =
    store.engine === 'postgres'
      ? await postgresCounters(store.url)
      : store.engine === 'redis'
        ? await redisCounters(store.url)
        : {};
  return { ...own, ...files(store.folder) };
}

/** Keys whose time has come and that only a look at them would remove: of sessions, and of entries that are due. */
export async function dueKeys(url: string, keys: number): Promise<void> {
  const client = new Redis(url);
  try {
    await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    const due = await client.zrangebyscore('mneme:by_ttl', '-inf', Date.now() / 1000, 'LIMIT', 0, keys);
    const pipeline = client.pipeline();
    for (let i = 0; i < keys; i++) pipeline.set(`session:${i}`, 'x', 'PX', 1);
    for (const place of due) pipeline.pexpire(`mneme:entry:${place.split('|').at(-1)}`, 1);
    await pipeline.exec();
    await sleep(20);
  } finally {
    client.disconnect();
  }
}

/** @param store with rows that have expired, and room to give back */
export async function dryRun(store: SafetyStore): Promise<Finding> {
  if (store.engine === 'postgres') {
    // Hint bits and the visibility map are written by whoever reads first.
    const client = new pg.Client({ connectionString: store.url });
    await client.connect();
    await client.query('VACUUM (FREEZE, ANALYZE)');
    await client.query('CHECKPOINT');
    await client.end();
  }
  const broken: string[] = [];
  const exits: string[] = [];
  for (const args of [VACUUM, COMPACT, ['vacuum', '--max-delete-pct', '100', '--archive', 'kept'], ['compact']]) {
    const before = await counters(store);
    const ended = await memctl(store, ...args, '--dry-run');
    const after = await counters(store);
    exits.push(`${args[0]} ${ended.exit}`);
    if (ended.exit !== 0) broken.push(`${args[0]}: ${said(ended)}`);
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      if (before[name] !== after[name])
        broken.push(
          `${args.join(' ')}: ${name} was ${String(before[name]).slice(0, 300)}, is ${String(after[name]).slice(0, 300)}`,
        );
  }
  return {
    what: `--dry-run, ${store.engine}`,
    seen: `${exits.join(', ')}; ${
      Object.keys(await counters(store))
        .filter((k) => !k.startsWith('file '))
        .join(', ') || 'SHA-256, length and time of every file'
    } unchanged, nothing beside them`,
    broken,
  };
}
