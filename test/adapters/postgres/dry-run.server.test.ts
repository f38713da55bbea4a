/** What `vacuum --dry-run` says where nothing could be removed: who or what is in the way, never that nothing has expired. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { postgresAdapter } from '../../../src/adapters/postgres/index.ts';
import { action as vacuum } from '../../../src/cli/memctl/vacuum.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import type { MaintenancePlan } from '../../../src/maintenance/index.ts';
import { type Action, Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { startPgbouncer } from '../../servers/pgbouncer.ts';
import { startPostgres } from '../../servers/postgres.ts';
import { asRole, count, fixture, sql } from './pg-store.ts';

const STORE = fixture('stores/mneme-v1-postgres.sql');
const SET = 'mneme:mneme.entries';

const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
const runtime = (): Runtime => {
  const cwd = mkdtempSync(join(tmpdir(), 'dry-run-'));
  const env = { MEMCTL_STATE_DIR: cwd, PATH: process.env['PATH'] };
  const now = new Date();
  return {
    argv: [],
    env,
    now,
    stdout: sink,
    stderr: sink,
    cwd,
    signal: new AbortController().signal,
    interrupted: undefined,
  };
};
const view = { columns: 100, color: false, explain: false, quiet: false, verbose: false, now: new Date() };

async function dryRun(url: string) {
  const outcome = await vacuum.execute(
    [url],
    { 'dry-run': true, 'no-compact': true, 'max-delete-pct': '100' },
    runtime(),
  );
  const plan = JSON.parse(await outcome.render({ ...view, format: 'json' })) as MaintenancePlan;
  return { exit: outcome.exit, plan, text: await outcome.render({ ...view, format: 'table' }) };
}

/** How many rows are to go is known, and why they cannot. */
function expectRefused(r: Awaited<ReturnType<typeof dryRun>>, code: string): void {
  expect(r.plan.verdict?.refused.map((x) => x.code)).toEqual([code]);
  expect(r.exit).toBe(5);
  expect(r.plan.actions.find((a) => a.kind === 'purge')).toMatchObject({ set: SET, rows: expect.any(Number) });
  expect(JSON.stringify(r.plan.clean)).not.toContain('0 of');
}

describe('a dry run', () => {
  it('on the server itself is judged and writes nothing: no transaction of it gets a number', async () => {
    const url = await freshDatabase();
    await sql(url, STORE);
    const next = 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint';
    await using own = await startPostgres();
    await sql(own.url, STORE);
    const before = await count(own.url, next);
    const r = await dryRun(own.url);
    expect(await count(own.url, next)).toBe(before);
    expect(r.plan.verdict).toMatchObject({ refused: [], dropped: [] });
    expect(r.plan.verdict?.warnings.join()).not.toContain('is judged when it is run');
    expect(r.exit).toBe(0);
    expect(r.plan.actions.map((a) => a.kind)).toContain('purge');
  });

  it('on a standby names the standby', async () => {
    await using primary = await startPostgres();
    await sql(primary.url, STORE);
    const standby = await primary.standby();
    await standby.caughtUp();
    const r = await dryRun(standby.url);
    expectRefused(r, 'read-only');
    expect(r.text).toContain('standby');
  });

  it('where the role may only read by default says so', async () => {
    const url = await freshDatabase();
    await sql(
      url,
      STORE,
      `DO $$ BEGIN CREATE ROLE lookonly LOGIN SUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      'ALTER ROLE lookonly SET default_transaction_read_only = on',
    );
    const r = await dryRun(asRole(url, 'lookonly'));
    expectRefused(r, 'read-only');
    expect(r.text).toContain('default_transaction_read_only');
    await sql(url, 'DROP ROLE lookonly');
  });

  it('through a transaction pooler names the pooler', async () => {
    const url = await freshDatabase();
    await sql(url, STORE);
    await using pool = await startPgbouncer(url);
    const r = await dryRun(pool.url);
    expectRefused(r, 'pooled-connection');
    expect(r.text).toMatch(/pool/);
  });

  it.each([
    [
      'row-level security hides rows from',
      'rls',
      ['GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA mneme TO'],
      'BYPASSRLS',
    ],
    ['only pg_monitor was granted to', 'monitor', ['GRANT pg_monitor TO'], 'GRANT SELECT'],
  ])('by a role that %s it gives no count for a fact, and names the grant', async (_, kind, grants, settles) => {
    const url = await freshDatabase();
    const role = `dry_${kind}`;
    await sql(
      url,
      STORE,
      `DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      ...(kind === 'rls'
        ? ['ALTER TABLE mneme.entries ENABLE ROW LEVEL SECURITY', `GRANT USAGE ON SCHEMA mneme TO ${role}`]
        : []),
      ...grants.map((g) => `${g} ${role}`),
    );
    const r = await dryRun(asRole(url, role));
    expect(r.exit).toBe(3);
    expect(r.plan.actions.filter((a) => a.kind === 'purge')).toEqual([]);
    const left = r.plan.left.filter((l) => l.subject === SET);
    expect(left).not.toEqual([]);
    expect(JSON.stringify(left)).toContain(settles);
    expect(JSON.stringify(r.plan.clean)).not.toContain('entries');
    expect(r.text).not.toMatch(/\b0 of\b/);
    await sql(url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
  });
});

describe('conditions of a store opened for reading', () => {
  const PURGE = { kind: 'purge', id: 'p', set: SET, reason: 'expired' } as unknown as Action;
  const on = (structure: string): Action => ({ kind: 'reindex', id: structure, structure }) as unknown as Action;

  it('name who holds back old rows, versions, and what this role lacks', async () => {
    const url = await freshDatabase();
    await sql(url, STORE);
    const holder = new pg.Client({ connectionString: url, application_name: 'the app' });
    await holder.connect();
    await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM mneme.entries');
    await new Promise((done) => setTimeout(done, 5_300));
    await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read' });
    const seen = await store.conditions?.([PURGE]);
    await holder.end();
    expect(seen?.readOnly).toBeNull();
    expect(seen?.pooled).toBeNull();
    expect(seen?.blockers).toMatchObject([
      { kind: 'idle-in-transaction', message: expect.stringContaining('the app') },
    ]);
    expect(seen?.visibility).toEqual([{ subject: SET, complete: true }]);
  });

  it('say which index a leftover belongs to, also where the name was cut', async () => {
    const url = await freshDatabase();
    const long = 'i'.repeat(63);
    const cut = `${'i'.repeat(57)}_ccnew`;
    await sql(
      url,
      `CREATE TABLE t (a int, b int); CREATE INDEX t_a ON t (a); CREATE INDEX "t_a_ccnew1" ON t (a); CREATE INDEX t_gone_ccold ON t (b);
       CREATE INDEX ${long} ON t (b); CREATE INDEX ${cut} ON t (b); CREATE INDEX t_mine ON t (b);
       UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('t_a_ccnew1'::regclass, 't_gone_ccold'::regclass, '${cut}'::regclass, 't_mine'::regclass)`,
    );
    await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read' });
    const found = (await store.conditions?.([on('btree:public.t_a')]))?.invalidIndexes;
    expect(Object.fromEntries((found ?? []).map((i) => [i.structure, [i.leftover, i.of]]))).toEqual({
      'btree:public.t_a_ccnew1': [true, 'btree:public.t_a'],
      'btree:public.t_gone_ccold': [true, undefined],
      [`btree:public.${cut}`]: [true, `btree:public.${long}`],
      'btree:public.t_mine': [false, undefined],
    });
  });
});
