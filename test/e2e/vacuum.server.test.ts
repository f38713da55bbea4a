/** The same verbs on a real PostgreSQL: removed, given back, broken off, taken back, refused. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunSummary, readLedger, summarise } from '../../src/maintenance/index.ts';
import { freshDatabase } from '../servers/fresh-database.ts';
import { type Finished, root, run } from './run-program.ts';

const ROWS = 20_000;
const EXPIRED = 8_000;

const SCHEMA = `
  CREATE SCHEMA mneme;
  SET search_path = mneme;
  CREATE TABLE schema_meta(key text PRIMARY KEY, value text NOT NULL);
  INSERT INTO schema_meta VALUES ('schema_version', '1');
  CREATE TABLE multi_process_state(key text PRIMARY KEY, value text NOT NULL);
  INSERT INTO multi_process_state VALUES ('version_counter', '7');
  CREATE TABLE namespace_quotas(namespace text PRIMARY KEY, max_entries bigint NOT NULL);
  CREATE TABLE entries(id bigserial PRIMARY KEY, namespace text NOT NULL, query_hash text NOT NULL, query text NOT NULL,
    response text NOT NULL, embedding bytea NOT NULL, metadata jsonb NOT NULL, created_at bigint NOT NULL,
    last_accessed_at bigint NOT NULL, ttl bigint, access_count bigint NOT NULL DEFAULT 0, UNIQUE(namespace, query_hash));
  INSERT INTO entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl)
    SELECT 'ns' || i % 7, 'h' || i, 'question ' || i, repeat('answer ', 20), sha256(i::text::bytea), jsonb_build_object('n', i),
           extract(epoch FROM now())::bigint - 86400, i, CASE WHEN i % 5 < 2 THEN 60 WHEN i % 5 = 2 THEN NULL ELSE 864000 END
    FROM generate_series(1, ${ROWS}) i;
  VACUUM ANALYZE entries;`;

interface TestStore {
  readonly url: string;
  readonly ledgers: string;
  readonly folder: string;
  readonly client: pg.Client;
}

const clients: pg.Client[] = [];
afterAll(async () => {
  for (const c of clients) await c.end();
});

async function store(): Promise<TestStore> {
  const url = await freshDatabase();
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  for (const statement of SCHEMA.split(';').filter((s) => s.trim() !== '')) await client.query(statement);
  const folder = mkdtempSync(join(tmpdir(), 'memctl-pg-'));
  return { url, client, folder, ledgers: join(folder, 'runs') };
}

const memctl = (s: TestStore, ...args: string[]): Finished =>
  run('memctl', args, { env: { MEMCTL_STATE_DIR: s.folder }, cwd: s.folder });

async function contents(s: TestStore): Promise<{ rows: number; hash: string }> {
  const { rows } = await s.client.query(
    'SELECT count(*)::int AS rows, md5(string_agg(e::text, chr(10) ORDER BY id)) AS hash FROM mneme.entries e',
  );
  return rows[0] as { rows: number; hash: string };
}

const ledgers = (s: TestStore): RunSummary[] =>
  readdirSync(s.ledgers)
    .sort()
    .map((f) => summarise(readLedger(readFileSync(join(s.ledgers, f), 'utf8'), f)))
    .filter((r) => r !== undefined);

describe('on PostgreSQL', () => {
  let s: TestStore;
  beforeAll(async () => {
    s = await store();
  });

  it('a dry run changes nothing', async () => {
    const before = await contents(s);
    const { exit, stdout, stderr } = memctl(s, 'vacuum', s.url, '--dry-run', '--json');
    expect([exit, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).actions[0]).toMatchObject({ kind: 'purge', rows: EXPIRED, of: ROWS });
    expect(await contents(s)).toEqual(before);
    expect(readdirSync(s.folder)).toEqual([]);
  });

  it('what expired goes, its table is vacuumed, and undo brings every row back', async () => {
    const before = await contents(s);
    const done = memctl(s, 'vacuum', s.url, '--archive', 'kept', '--json');
    expect([done.exit, done.stderr]).toEqual([0, '']);
    const report = JSON.parse(done.stdout);
    expect(report).toMatchObject({ state: 'done', rows: EXPIRED, verified: [{ ok: true }] });
    expect(report.actions.map((a: { kind: string; state: string }) => `${a.kind} ${a.state}`)).toContain('vacuum done');
    expect((await contents(s)).rows).toBe(ROWS - EXPIRED);
    const { rows } = await s.client.query(`SELECT value::int AS v FROM mneme.multi_process_state`);
    expect(rows[0].v).toBeGreaterThanOrEqual(7 + EXPIRED);
    const text = readFileSync(report.ledger, 'utf8');
    expect(text).not.toContain(new URL(s.url).password || 'no password');
    expect(text).not.toContain('question ');
    const undone = memctl(s, 'undo', 'last', '--store', s.url, '--json');
    expect([undone.exit, JSON.parse(undone.stdout).rows]).toEqual([0, EXPIRED]);
    expect(await contents(s)).toEqual(before);
  });

  it('rows that a role cannot see are never "nothing to do"', async () => {
    const role = `tenant_${new URL(s.url).pathname.slice(-6)}`;
    await s.client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    await s.client.query(`GRANT USAGE ON SCHEMA mneme TO ${role}`);
    await s.client.query(`GRANT SELECT, DELETE, UPDATE ON ALL TABLES IN SCHEMA mneme TO ${role}`);
    await s.client.query('ALTER TABLE mneme.entries ENABLE ROW LEVEL SECURITY');
    try {
      const url = new URL(s.url);
      url.username = role;
      url.password = 'x';
      const before = await contents(s);
      const { exit, stdout } = memctl(s, 'vacuum', url.href, '--json');
      expect(exit).toBe(3);
      const report = JSON.parse(stdout);
      expect(report.left).toContainEqual(expect.objectContaining({ unmeasured: true, subject: 'mneme:mneme.entries' }));
      expect(report.clean.join()).not.toMatch(/expired/);
      expect(await contents(s)).toEqual(before);
      await s.client.query('ALTER TABLE mneme.entries DISABLE ROW LEVEL SECURITY');
      await s.client.query(`REVOKE ALL ON mneme.entries FROM ${role}`);
      const blind = memctl(s, 'vacuum', url.href, '--json');
      expect(blind.exit, blind.stdout + blind.stderr).toBeGreaterThanOrEqual(3);
      expect(await contents(s)).toEqual(before);
    } finally {
      await s.client.query('ALTER TABLE mneme.entries DISABLE ROW LEVEL SECURITY');
      await s.client.query(`DROP OWNED BY ${role}`);
      await s.client.query(`DROP ROLE ${role}`);
    }
  });
});

describe('killed on PostgreSQL', () => {
  it('at any moment: ledgers and rows agree, and all can be taken back', async () => {
    const s = await store();
    const before = await contents(s);
    let kills = 0;
    for (const lines of [3, 4, 6, 7, 9]) {
      const child = spawn(
        process.execPath,
        [join(root, 'bin', 'memctl.cjs'), 'vacuum', s.url, '--archive', 'kept', '--quiet'],
        { env: { ...process.env, MEMCTL_STATE_DIR: s.folder }, cwd: s.folder, stdio: 'ignore' },
      );
      const known = kills;
      const timer = setInterval(() => {
        let text = '';
        try {
          const file = readdirSync(s.ledgers).sort().at(-1);
          if (file !== undefined && readdirSync(s.ledgers).length > known)
            text = readFileSync(join(s.ledgers, file), 'utf8');
        } catch {
          return;
        }
        if (text.split('\n').length > lines) child.kill('SIGKILL');
      }, 1);
      const by = await new Promise((done) => child.on('close', (_, signal) => done(signal)));
      clearInterval(timer);
      if (by === 'SIGKILL') kills++;
      else break;
    }
    expect(kills).toBeGreaterThan(0);
    const last = memctl(s, 'vacuum', s.url, '--archive', 'kept', '--json');
    expect([last.exit, last.stderr]).toEqual([0, '']);
    expect((await contents(s)).rows).toBe(ROWS - EXPIRED);
    const all = ledgers(s);
    expect(all.flatMap((r) => r.batches).filter((b) => b.outcome === 'open' || b.outcome === 'unknown')).toEqual([]);
    expect(all.reduce((n, r) => n + r.rows, 0)).toBe(EXPIRED);
    for (const r of all.filter((x) => x.rows > 0)) expect(memctl(s, 'undo', r.run, '--store', s.url).exit).toBe(0);
    expect(await contents(s)).toEqual(before);
  });
});
