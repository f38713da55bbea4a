import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSession, type PgSession, type SessionOptions } from '../../../src/adapters/postgres/session.ts';
import { Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { startPgbouncer } from '../../servers/pgbouncer.ts';
import { type Postgres, startPostgres } from '../../servers/postgres.ts';
import { asRole, count, refusal, sql } from './pg-store.ts';

const READ: SessionOptions = { mode: 'read', purpose: 'test' };
const open = async (url: string, o: Partial<SessionOptions> = {}): Promise<PgSession> =>
  await openSession(Target.parse(url), { ...READ, ...o });

let url = '';
beforeAll(async () => {
  url = await freshDatabase();
  await sql(url, 'CREATE TABLE notes (id int PRIMARY KEY)', 'INSERT INTO notes SELECT generate_series(1, 5000)');
});

describe('a session that reads', () => {
  it('is kept read-only by the server', async () => {
    const session = await open(url);
    expect(await refusal(session.execute('DELETE FROM public.notes'))).toContain(
      'the server takes no writes in this session',
    );
    expect(await refusal(session.transaction(async () => await session.execute('DELETE FROM public.notes')))).toContain(
      'no writes',
    );
    await session.close();
    expect(await count(url, 'SELECT count(*) FROM notes')).toBe(5000);
  });

  it('says who it is, and finds nothing by an unqualified name', async () => {
    const session = await open(url, { purpose: 'stats' });
    const [row] = await session.query<{ name: string; path: string; zone: string }>(
      `SELECT current_setting('application_name') AS name, current_setting('search_path') AS path, current_setting('timezone') AS zone`,
    );
    expect(row).toEqual({ name: 'memctl (stats)', path: '""', zone: 'UTC' });
    expect(await refusal(session.query('SELECT * FROM notes'))).toContain('does not exist');
    await session.close();
  });

  it('sees one state of the store throughout a transaction', async () => {
    const session = await open(url);
    const seen = await session.transaction(async () => {
      const before = await session.query('SELECT count(*) FROM public.notes');
      await sql(url, 'INSERT INTO notes VALUES (-1)');
      return [before, await session.query('SELECT count(*) FROM public.notes')];
    });
    expect(seen[1]).toEqual(seen[0]);
    await session.close();
    await sql(url, 'DELETE FROM notes WHERE id < 0');
  });

  it('a refused statement does not end the transaction it was tried in', async () => {
    const session = await open(url);
    const tried = await session.transaction(async () => [
      await session.attempt(async () => await session.query('SELECT 1 / 0')),
      await session.attempt(async () => await session.query<{ x: number }>('SELECT 1 AS x')),
    ]);
    expect(tried).toEqual([
      { refused: '22012', why: expect.stringContaining('its text is not shown') },
      { ok: [{ x: 1 }] },
    ]);
    await session.close();
  });

  it('reads through a cursor in batches, and leaves nothing open when it is left early', async () => {
    const session = await open(url);
    let sum = 0;
    for await (const r of session.rows<{ id: number }>('SELECT id FROM public.notes WHERE id <= $1', [1234], 100))
      sum += r.id;
    expect(sum).toBe((1234 * 1235) / 2);
    for await (const r of session.rows<{ id: number }>('SELECT id FROM public.notes', [], 100)) if (r.id > 0) break;
    expect(session.inTransaction).toBe(false);
    expect(await session.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
    await session.close();
  });

  it('hands values over as they are', async () => {
    const session = await open(url);
    const [row] = await session.query(
      `SELECT 9007199254740993::int8 AS big, 7::int8 AS small, 1.10::numeric AS exact, 'Infinity'::float8 AS far, NULL::int4 AS none,
         '{"b":1,"a":2}'::json AS doc, '2026-01-02 03:04:05.678901+00'::timestamptz AS time, '\\xdead'::bytea AS bytes,
         ARRAY['a,b', 'c"d', NULL]::text[] AS list, '[0:1]={3,4}'::int2[] AS bounded, true AS yes`,
    );
    expect(row).toEqual({
      big: '9007199254740993',
      small: 7,
      exact: '1.10',
      far: Number.POSITIVE_INFINITY,
      none: null,
      doc: '{"b":1,"a":2}',
      time: '2026-01-02 03:04:05.678901+00',
      bytes: Buffer.from('dead', 'hex'),
      list: ['a,b', 'c"d', ''],
      bounded: [3, 4],
      yes: true,
    });
    await session.close();
  });
});

describe('the end of a session', () => {
  it('a signal cancels the running statement on the server at once', async () => {
    const abort = new AbortController();
    const session = await open(url, { signal: abort.signal, purpose: 'to cancel' });
    const began = Date.now();
    setTimeout(() => abort.abort(new Error('stopped by the user')), 200);
    expect(await refusal(session.query('SELECT pg_sleep(60)'))).toBe('stopped by the user');
    expect(Date.now() - began).toBeLessThan(5_000);
    await session.close();
    await expect
      .poll(
        async () =>
          await count(
            url,
            `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'memctl (to cancel)' AND state = 'active'`,
          ),
      )
      .toBe(0);
  });

  it('a connection that breaks is said, now and afterwards', async () => {
    const session = await open(url, { purpose: 'to break' });
    const running = refusal(session.query('SELECT pg_sleep(60)'));
    await expect
      .poll(
        async () =>
          await count(
            url,
            `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'memctl (to break)' AND state = 'active'`,
          ),
      )
      .toBe(1);
    expect(await running).toContain('the connection to the server was lost');
    expect(session.lost.aborted).toBe(true);
    expect(await refusal(session.query('SELECT 1'))).toContain('the connection to the server was lost');
    await session.close();
  });

  it('a lock that someone holds ends the wait after lock_timeout', async () => {
    const writer = await open(url, { mode: 'write' });
    const reader = await open(url, { lockTimeoutMs: 100 });
    await writer.transaction(async () => {
      await writer.execute('LOCK TABLE public.notes IN ACCESS EXCLUSIVE MODE');
      expect(await refusal(reader.query('SELECT count(*) FROM public.notes'))).toContain('locked by someone else');
    });
    await writer.close();
    await reader.close();
  });
});

describe('a pooler in between', () => {
  it('transaction pooling is seen and works for reading', async () => {
    await using pool = await startPgbouncer(url);
    const session = await open(pool.url);
    expect(session.pooled).toContain('a pooler before the server');
    expect(await session.query('SELECT count(*) AS n FROM public.notes')).toEqual([{ n: 5000 }]);
    expect(await refusal(session.execute('DELETE FROM public.notes'))).toContain('no writes');
    await session.close();
    // No setting of ours stays behind for whoever gets the backend next.
    expect((await sql(pool.url, 'SHOW search_path'))[0]).not.toEqual({ search_path: '""' });
    expect((await sql(pool.url, 'SHOW default_transaction_read_only'))[0]).toEqual({
      default_transaction_read_only: 'off',
    });
  });

  it('session pooling is as good as a direct connection', async () => {
    await using pool = await startPgbouncer(url, { settings: { pool_mode: 'session' } });
    const session = await open(pool.url);
    expect(session.pooled).toBeNull();
    await session.close();
  });
});

describe('what keeps one out', () => {
  let own: Postgres;
  const folder = mkdtempSync(join(tmpdir(), 'memctl-session-'));
  beforeAll(async () => {
    own = await startPostgres({
      password: 'right:one',
      settings: { max_connections: 8, superuser_reserved_connections: 1 },
    });
    await sql(
      own.url,
      `CREATE ROLE app LOGIN PASSWORD 's\\cret'`,
      'CREATE ROLE group_only NOLOGIN',
      'CREATE DATABASE closed',
      'REVOKE CONNECT ON DATABASE closed FROM PUBLIC',
    );
  });
  afterAll(async () => {
    await own.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  const bare = (role = 'app'): string => asRole(own.url, role);

  it.each<[string, () => string, RegExp]>([
    [
      'nobody listens',
      () => 'postgres://u:topsecret@127.0.0.1:1/x',
      /refuses connections; is PostgreSQL running there\?$/,
    ],
    [
      'no such host',
      () => 'postgres://u:topsecret@nowhere.invalid/x',
      /the host name nowhere\.invalid is not known here$/,
    ],
    ['no such socket', () => 'postgres:///x?host=/no/such/directory&user=u', /has no socket for port 5432/],
    ['a wrong password', () => asRole(own.url, 'app', 'topsecret'), /refused the password of the role "app"$/],
    ['no such role', () => asRole(own.url, 'nobody', 'topsecret'), /refused the password of the role "nobody"$/],
    ['no such database', () => own.url.replace(/\/postgres$/, '/elsewhere'), /has no database "elsewhere"$/],
    [
      'a database one may not enter',
      () => asRole(own.url, 'app', 's\\cret').replace(/\/postgres$/, '/closed'),
      /may not connect to the database "closed"$/,
    ],
    [
      'TLS demanded of a server that has none',
      () => `${own.url}?sslmode=require`,
      /offers no TLS, and sslmode demands it$/,
    ],
    ['no password', () => bare(), /asks a password of the role "app", and none was given$/],
  ])('%s', async (_, address, message) => {
    vi.stubEnv('PGPASSFILE', join(folder, 'none'));
    const said = await refusal(open(address()));
    expect(said).toMatch(message);
    expect(said).not.toContain('topsecret');
    expect(said).not.toContain('right');
  });

  it('every connection taken', async () => {
    const taken: PgSession[] = [];
    let said = '';
    try {
      for (let i = 0; i < 12; i++) taken.push(await open(asRole(own.url, 'app', 's\\cret')));
    } catch (e) {
      said = (e as Error).message;
    }
    for (const s of taken) await s.close();
    expect(said).toMatch(/the server has no connection left$/);
  });

  it('the password comes from .pgpass, from a file, from the environment', async () => {
    const port = String(own.port);
    const pgpass = join(folder, 'pgpass');
    writeFileSync(pgpass, `127.0.0.1:${port}:postgres:app:s\\\\cret\n`);
    chmodSync(pgpass, 0o600);
    vi.stubEnv('PGPASSFILE', pgpass);
    await (await open(bare())).close();
    chmodSync(pgpass, 0o644);
    expect(await refusal(open(bare()))).toContain(`chmod 0600 ${pgpass}`);
    const secret = join(folder, 'secret');
    writeFileSync(secret, 's\\cret\n');
    vi.stubEnv('PGPASSWORD_FILE', secret);
    await (await open(bare())).close();
    vi.stubEnv('PGPASSWORD', 'right:one');
    const session = await open(bare('postgres'));
    expect(session.role).toBe('postgres');
    await session.close();
  });
});
