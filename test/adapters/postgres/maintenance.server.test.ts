import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { versionRules } from '../../../src/adapters/postgres/version-rules.ts';
import type { StepEvent } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { startPgbouncer } from '../../servers/pgbouncer.ts';
import { type Postgres, startPostgres } from '../../servers/postgres.ts';
import { context, finished, type Maintained, maintained, purgeOf, ran, reclaimOf } from './maintained.ts';
import { asRole, count, refusal, sql } from './pg-store.ts';

const MEMORIES = { table: 'public.memories', text: 'content', created: 'created_at', expires: 'expires_at' };
const TABLE = [
  'CREATE TABLE memories (id int PRIMARY KEY, content text, created_at timestamptz DEFAULT now(), expires_at timestamptz)',
  'INSERT INTO memories (id, content) SELECT i, repeat(md5(i::text), 4) FROM generate_series(1, 20000) i',
];

let url = '';
const clients: pg.Client[] = [];
const stores: Maintained[] = [];
beforeEach(async () => {
  url = await freshDatabase();
});
afterEach(async () => {
  for (const s of stores.splice(0)) await s[Symbol.asyncDispose]();
  for (const c of clients.splice(0)) await c.end().catch(() => undefined);
});

async function open(at = url, tables = [MEMORIES]): Promise<Maintained> {
  const m = await maintained(at, tables);
  stores.push(m);
  return m;
}

async function client(at = url): Promise<pg.Client> {
  const c = new pg.Client({ connectionString: at });
  c.on('error', () => undefined);
  await c.connect();
  clients.push(c);
  return c;
}

describe('the lock', () => {
  it('is held by one run at a time, which is named', async () => {
    const [one, two] = [await open(url, []), await open(url, [])];
    expect(await two.maintenance.lockHolder()).toBeNull();
    const lock = await one.maintenance.lock('r-1');
    expect(lock).not.toBeNull();
    expect(await two.maintenance.lock('r-2')).toBeNull();
    expect(await two.maintenance.lockHolder()).toMatch(
      /^memctl \(run r-1\) of role postgres from 127\.0\.0\.1 \(process \d+\) for \d+ s$/,
    );
    await lock?.release();
    const next = await two.maintenance.lock('r-2');
    expect(next).not.toBeNull();
    await next?.release();
    expect(lock?.lost.aborted).toBe(false);
  });

  it('is known to be lost when its connection goes', async () => {
    const m = await open(url, []);
    const lock = await m.maintenance.lock('r-1');
    const gone = new Promise((done) => lock?.lost.addEventListener('abort', done));
    await sql(
      url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'memctl (run r-1)'",
    );
    await gone;
    expect(lock?.lost.aborted).toBe(true);
    expect(await m.maintenance.lockHolder()).toBeNull();
    await lock?.release();
  });

  it('is refused through a transaction pooler, as is every action', async () => {
    await sql(url, ...TABLE);
    await using pool = await startPgbouncer(url);
    const m = await open(pool.url);
    expect((await m.maintenance.conditions([])).pooled).toContain("give the server's own port");
    expect(await refusal(m.maintenance.lock('r-1'))).toContain('a run needs a connection of its own');
    expect(await refusal(ran(m.maintenance.perform(purgeOf(m, 'memories'), context())))).toContain(
      'a connection of its own',
    );
    expect(await refusal(ran(m.maintenance.perform(reclaimOf('vacuum', 'heap:public.memories'), context())))).toContain(
      'of its own',
    );
  });
});

describe('conditions', () => {
  it('names who holds back dead rows, and never what they run', async () => {
    await sql(url, ...TABLE);
    const idle = await client();
    await idle.query(
      "SET application_name = 'night shift'; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 'secret statement'",
    );
    await new Promise((done) => setTimeout(done, 5_200));
    const m = await open();
    const { blockers, readOnly, pooled, freeDisk, freeDiskWhy } = await m.maintenance.conditions([]);
    expect({ readOnly, pooled, freeDisk }).toEqual({ readOnly: null, pooled: null, freeDisk: null });
    expect(freeDiskWhy).toContain('does not tell');
    const mine = blockers.find((b) => b.message.startsWith('night shift'));
    expect(mine).toMatchObject({ kind: 'idle-in-transaction', subject: null });
    expect(mine?.seconds).toBeGreaterThanOrEqual(5);
    expect(JSON.stringify(blockers)).not.toContain('secret statement');
  });

  it('says what a role would have to be granted', async () => {
    await sql(
      url,
      ...TABLE,
      `DO $$ BEGIN CREATE ROLE keeper LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      'GRANT SELECT, DELETE, UPDATE (id) ON memories TO keeper',
    );
    const m = await open(asRole(url, 'keeper'));
    const vacuum = reclaimOf('vacuum', 'heap:public.memories');
    const rebuild = reclaimOf('reindex', 'btree:public.memories_pkey');
    const { visibility } = await m.maintenance.conditions([purgeOf(m, 'memories'), vacuum, rebuild]);
    expect(visibility).toMatchObject([
      { subject: purgeOf(m, 'memories').set, complete: true },
      { subject: vacuum.structure, complete: false, grant: 'GRANT MAINTAIN ON "public"."memories" TO "keeper"' },
      { subject: rebuild.structure, complete: false },
    ]);
    expect(await refusal(ran(m.maintenance.perform(vacuum, context())))).toContain('may not vacuum public.memories');
    expect(await refusal(ran(m.maintenance.perform(rebuild, context())))).toContain('only the owner');
    await sql(url, 'DROP OWNED BY keeper');
  });

  it('asks the right to lock rows that others hang on, and those that a cascade takes along', async () => {
    await sql(
      url,
      'CREATE TABLE facts (id int PRIMARY KEY, content text, made timestamptz, ends timestamptz)',
      'CREATE TABLE notes (id int PRIMARY KEY, fact int REFERENCES facts ON DELETE CASCADE)',
      `INSERT INTO facts SELECT i, 'c', NULL, CASE WHEN i <= 20 THEN '2001-06-01Z'::timestamptz END FROM generate_series(1, 100) i`,
      'INSERT INTO notes SELECT i, i FROM generate_series(1, 100) i',
      `DO $$ BEGIN CREATE ROLE locker LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      'GRANT SELECT, DELETE ON facts, notes TO locker',
    );
    const m = await open(asRole(url, 'locker'), [
      { table: 'public.facts', text: 'content', created: 'made', expires: 'ends' },
    ]);
    const act = purgeOf(m, 'facts');
    const seen = async (): Promise<unknown> => (await m.maintenance.conditions([act])).visibility;
    const lacking = (table: string): unknown => [
      {
        subject: act.set,
        complete: false,
        why: `the role "locker" lacks UPDATE on "public"."${table}"`,
        grant: `GRANT UPDATE ON "public"."${table}" TO "locker"`,
      },
    ];
    expect(await seen()).toEqual(lacking('facts'));
    expect(await refusal(ran(m.maintenance.perform(act, context({ archive: true }))))).toContain('permission denied');
    await sql(url, 'GRANT UPDATE ON facts TO locker');
    expect(await seen()).toEqual(lacking('notes'));
    expect(await refusal(ran(m.maintenance.perform(act, context({ archive: true }))))).toContain('permission denied');
    await sql(url, 'GRANT UPDATE ON notes TO locker');
    expect(await seen()).toEqual([{ subject: act.set, complete: true }]);
    const done = await ran(m.maintenance.perform(act, context({ archive: true })));
    expect(done.last).toMatchObject({ state: 'finished', rows: 20 });
    expect(done.removed).toHaveLength(40);
    await sql(url, 'DROP OWNED BY locker');
  });

  it('judges versions by a table', () => {
    const rules = (server: number, vector: number[] | null, hnsw = true): string[] =>
      versionRules(server, 'x', vector, hnsw).map((r) => `${r.effect} ${r.actions.join()}`);
    expect(rules(140_003, null)).toEqual(['refuse reindex']);
    expect(rules(140_004, [0, 8, 4])).toEqual([]);
    expect(rules(110_022, null)).toEqual(['refuse reindex']);
    expect(rules(170_000, [0, 8, 0])).toEqual(['warn reindex', 'warn vacuum']);
    expect(rules(170_000, [0, 8, 0], false)).toEqual([]);
    expect(rules(170_000, [0, 8, 2])).toEqual(['warn vacuum']);
    expect(rules(170_000, [0, 8, 3])).toEqual(['warn vacuum']);
    expect(rules(170_000, [0, 10, 0])).toEqual([]);
  });
});

describe('VACUUM', () => {
  it('removes dead rows and says which it could not', async () => {
    await sql(url, ...TABLE, 'ALTER TABLE memories SET (autovacuum_enabled = off)');
    const old = await client();
    await old.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM memories');
    await sql(url, 'DELETE FROM memories WHERE id > 500');
    const m = await open();
    const vacuum = reclaimOf('vacuum', 'heap:public.memories');
    expect(finished(await ran(m.maintenance.perform(vacuum, context()))).verified).toMatch(
      /^19,500 dead rows could not be removed yet/,
    );
    await old.query('ROLLBACK');
    const done = finished(await ran(m.maintenance.perform(vacuum, context())));
    expect(done.verified).toBe('no dead row is left');
    expect(done.bytesAfter).toBeLessThan(done.bytesBefore ?? 0);
  });

  it('is skipped for a table that is gone', async () => {
    const m = await open(url, []);
    const { last } = await ran(m.maintenance.perform(reclaimOf('vacuum', 'heap:public.nothing'), context()));
    expect(last).toEqual({ state: 'skipped', why: 'heap:public.nothing is not there any more' });
  });
});

describe('REINDEX', () => {
  const rebuild = reclaimOf('reindex', 'btree:public.memories_pkey');
  const indexes = async (): Promise<string[]> =>
    (
      await sql(
        url,
        "SELECT indexrelid::regclass::text || ' ' || indisvalid AS i FROM pg_index WHERE indrelid = 'memories'::regclass ORDER BY 1",
      )
    ).map((r) => String(r['i']));

  it('makes the index smaller', async () => {
    await sql(url, ...TABLE, 'DELETE FROM memories WHERE id > 2000', 'VACUUM memories');
    const m = await open();
    const done = finished(await ran(m.maintenance.perform(rebuild, context())));
    expect(done.bytesAfter).toBeLessThan((done.bytesBefore ?? 0) / 4);
    expect(done.verified).toContain('the index is valid');
    expect(await indexes()).toEqual(['memories_pkey true']);
  });

  it('cleans up after itself when it is stopped while it waits, and touches nobody else', async () => {
    await sql(url, ...TABLE);
    const writer = await client();
    await writer.query('BEGIN; UPDATE memories SET content = content WHERE id = 1');
    const m = await open();
    const stop = new AbortController();
    const messages: string[] = [];
    const events: StepEvent[] = [];
    for await (const e of m.maintenance.perform(rebuild, context({ signal: stop.signal }))) {
      events.push(e);
      if (e.state !== 'progress') continue;
      messages.push(e.message);
      if (e.message.includes('waits for')) {
        expect((await indexes()).some((i) => i.includes('_ccnew'))).toBe(true);
        // The other transaction would keep the clean-up waiting too.
        await writer.query('COMMIT');
        await writer.query('BEGIN; UPDATE memories SET content = content WHERE id = 1');
        stop.abort();
        setTimeout(() => void writer.query('COMMIT'), 500);
      }
    }
    expect(messages.some((x) => /waits for .*process \d+, idle in transaction/.test(x))).toBe(true);
    const last = events.at(-1);
    expect(last).toMatchObject({ state: 'finished' });
    expect(await indexes()).toEqual(['memories_pkey true']);
    expect((await writer.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('drops what an interrupted rebuild left, alone or on the way', async () => {
    const interrupt = async (): Promise<void> => {
      const holder = await client();
      await holder.query('BEGIN; UPDATE memories SET content = content WHERE id = 1');
      const failing = await client();
      await failing.query("SET statement_timeout = '500ms'");
      await expect(failing.query('REINDEX INDEX CONCURRENTLY memories_pkey')).rejects.toThrow(/timeout/);
      await holder.query('ROLLBACK');
    };
    await sql(url, ...TABLE);
    await interrupt();
    const m = await open();
    const { invalidIndexes } = await m.maintenance.conditions([]);
    expect(invalidIndexes).toEqual([
      {
        structure: 'btree:public.memories_pkey_ccnew',
        name: 'public.memories_pkey_ccnew',
        of: 'btree:public.memories_pkey',
        leftover: true,
      },
    ]);
    const dropped = await ran(
      m.maintenance.perform(reclaimOf('drop-invalid-index', 'btree:public.memories_pkey_ccnew'), context()),
    );
    expect(finished(dropped).verified).toBe('memories_pkey_ccnew is gone');
    await interrupt();
    expect(finished(await ran(m.maintenance.perform(rebuild, context()))).verified).toContain('valid');
    expect(await indexes()).toEqual(['memories_pkey true']);
    const kept = await ran(
      m.maintenance.perform(reclaimOf('drop-invalid-index', 'btree:public.memories_pkey'), context()),
    );
    expect(kept.last).toEqual({ state: 'skipped', why: 'memories_pkey is valid, and stays' });
  });

  it('leaves a broken index of somebody else to them, and one that is being built', async () => {
    await sql(url, ...TABLE, "UPDATE memories SET content = 'same'");
    await sql(url, 'CREATE UNIQUE INDEX CONCURRENTLY mine ON memories (content)').catch(() => undefined);
    const m = await open();
    expect((await m.maintenance.conditions([])).invalidIndexes).toMatchObject([
      { name: 'public.mine', leftover: false },
    ]);
    const kept = await ran(m.maintenance.perform(reclaimOf('drop-invalid-index', 'btree:public.mine'), context()));
    expect(kept.last).toMatchObject({
      state: 'skipped',
      why: expect.stringContaining('whoever made it should drop it'),
    });
    await sql(url, 'DROP INDEX mine');
    const holder = await client();
    await holder.query('BEGIN; UPDATE memories SET content = content WHERE id = 1');
    const builder = await client();
    const building = builder.query('REINDEX INDEX CONCURRENTLY memories_pkey');
    for (;;) if ((await indexes()).length > 1) break;
    expect((await m.maintenance.conditions([rebuild])).invalidIndexes).toMatchObject([{ leftover: false }]);
    const busy = (await m.maintenance.conditions([rebuild])).blockers.find((b) => b.kind === 'running-index-build');
    expect(busy).toMatchObject({ subject: rebuild.structure });
    await holder.query('ROLLBACK');
    await building;
  });

  it('rebuilds an HNSW index', async () => {
    await sql(
      url,
      'CREATE EXTENSION vector',
      'CREATE TABLE memories (id int PRIMARY KEY, content text, created_at timestamptz, expires_at timestamptz, v vector(64))',
      'INSERT INTO memories SELECT i, NULL, now(), NULL, array_agg(random())::vector FROM generate_series(1, 2000) i, generate_series(1, 64) GROUP BY i',
      'CREATE INDEX memories_v ON memories USING hnsw (v vector_l2_ops)',
      'DELETE FROM memories WHERE id % 2 = 0',
    );
    const m = await open();
    const hnsw = reclaimOf('reindex', 'hnsw:public.memories_v');
    const done = finished(await ran(m.maintenance.perform(hnsw, context())));
    expect(done.bytesAfter).toBeLessThan(0.6 * (done.bytesBefore ?? 0));
  });
});

describe('the pending list of a GIN index', () => {
  it('is merged', async () => {
    await sql(
      url,
      'CREATE TABLE memories (id int PRIMARY KEY, content text, created_at timestamptz, expires_at timestamptz, words tsvector)',
      'ALTER TABLE memories SET (autovacuum_enabled = off)',
      'CREATE INDEX memories_words ON memories USING gin (words)',
      "INSERT INTO memories (id, words) SELECT i, to_tsvector('simple', 'a' || i || ' b' || i % 10) FROM generate_series(1, 3000) i",
    );
    const m = await open();
    const clean = reclaimOf('gin-clean-pending', 'gin:public.memories_words');
    expect(finished(await ran(m.maintenance.perform(clean, context()))).verified).toMatch(
      /^\d+ pages of the pending list/,
    );
    expect(finished(await ran(m.maintenance.perform(clean, context()))).verified).toBe('the pending list was empty');
    expect(
      await refusal(
        ran(m.maintenance.perform(reclaimOf('gin-clean-pending', 'btree:public.memories_pkey'), context())),
      ),
    ).toContain('is no GIN index');
  });
});

describe('a standby', () => {
  let own: Postgres;
  beforeAll(async () => {
    own = await startPostgres();
  });
  afterAll(async () => {
    await own.stop();
  });

  it('is never written to, and its lag is seen from the primary', async () => {
    const at = await own.createDatabase('store');
    await sql(at, ...TABLE, "UPDATE memories SET expires_at = now() - interval '1 day'");
    const standby = await own.standby();
    await standby.caughtUp();
    const there = at.replace(/:\d+\//, `:${standby.port}/`);
    const m = await open(there);
    expect((await m.maintenance.conditions([])).readOnly).toContain('this server is a standby');
    expect(await refusal(ran(m.maintenance.perform(purgeOf(m, 'memories'), context())))).toMatch(
      /takes no writes|recovery|standby/,
    );
    expect(await count(at, 'SELECT count(*) FROM memories')).toBe(20_000);
    const primary = await open(at);
    expect((await primary.maintenance.conditions([])).replicaLagSeconds ?? 0).toBeLessThan(10);
    // A replica that is far behind keeps the purge waiting, and no longer than it is behind.
    await sql(there, 'SELECT pg_wal_replay_pause()');
    const messages: string[] = [];
    const pace = { ...context().pace, maxReplicaLagSeconds: 1 };
    for await (const e of primary.maintenance.perform(
      purgeOf(primary, 'memories'),
      context({ pace, batchRows: 1000 }),
    )) {
      if (e.state === 'committed') await new Promise((done) => setTimeout(done, 300));
      if (e.state === 'progress' && e.message.startsWith('waiting')) {
        messages.push(e.message);
        await sql(there, 'SELECT pg_wal_replay_resume()');
      }
    }
    expect(messages[0]).toMatch(/^waiting: a replica is \d+ s behind$/);
    expect(await count(at, 'SELECT count(*) FROM memories')).toBe(0);
  });
});
