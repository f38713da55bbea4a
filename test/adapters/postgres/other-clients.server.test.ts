/** Who else is at work on a server of one's own, and what maintenance does with the answer. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { maintainPolitely, othersAtWork, readPolitely } from '../../../src/adapters/postgres/other-clients.ts';
import { openSession, type PgSession } from '../../../src/adapters/postgres/session.ts';
import { Target } from '../../../src/store/index.ts';
import { type Postgres, startPostgres } from '../../servers/postgres.ts';
import { asRole, sql } from './pg-store.ts';

let server: Postgres;
const open: { close?(): Promise<void>; end?(): Promise<void> }[] = [];

beforeAll(async () => {
  server = await startPostgres({ settings: { autovacuum: false } });
});
afterAll(async () => await server.stop());
afterEach(async () => {
  for (const c of open.splice(0)) await (c.close?.() ?? c.end?.());
});

async function session(url = server.url): Promise<PgSession> {
  const s = await openSession(Target.parse(url), { mode: 'write', purpose: 'test' });
  open.push(s);
  return s;
}

async function client(): Promise<pg.Client> {
  const c = new pg.Client({ connectionString: server.url });
  await c.connect();
  open.push(c);
  return c;
}

const rest = async (): Promise<void> => await new Promise((done) => setTimeout(done, 1_100));
const settingOf = async (s: PgSession, name: string): Promise<unknown> =>
  (await s.query(`SELECT pg_catalog.current_setting('${name}') AS value`))[0]?.['value'];

describe('at work', () => {
  it('is nobody but memctl itself, in several sessions', async () => {
    const [ours] = [await session(), await session()];
    expect(await othersAtWork(ours)).toBe(false);
  });

  it('is a client that asked for something lately, until it has rested or gone', async () => {
    const ours = await session();
    const theirs = await client();
    await theirs.query('SELECT 1');
    expect(await othersAtWork(ours, 1)).toBe(true);
    await rest();
    expect(await othersAtWork(ours, 1)).toBe(false);
    expect(await othersAtWork(ours)).toBe(true);
    await theirs.query('BEGIN');
    await rest();
    expect(await othersAtWork(ours, 1)).toBe(true);
    await theirs.query('ROLLBACK');
    await theirs.end();
    expect(await othersAtWork(ours)).toBe(false);
  });

  it('is whoever this role may not look into', async () => {
    await sql(server.url, 'CREATE ROLE plain LOGIN');
    const theirs = await client();
    await theirs.query('SELECT 1');
    const [ours, plain] = [await session(), await session(asRole(server.url, 'plain'))];
    await rest();
    expect(await othersAtWork(ours, 1)).toBe(false);
    expect(await othersAtWork(plain, 1)).toBe(true);
    await theirs.end();
    expect(await othersAtWork(plain, 1)).toBe(false);
  });
});

describe('beside others', () => {
  it('reads stay on one core, for the transaction', async () => {
    const ours = await session();
    const usual = await settingOf(ours, 'max_parallel_workers_per_gather');
    const inside = async (): Promise<unknown> =>
      await ours.transaction(async () => {
        await readPolitely(ours);
        return await settingOf(ours, 'max_parallel_workers_per_gather');
      });
    expect(await inside()).toBe(usual);
    await (await client()).query('SELECT 1');
    expect(await inside()).toBe('0');
    expect(await settingOf(ours, 'max_parallel_workers_per_gather')).toBe(usual);
    expect(usual).not.toBe('0');
  });

  it('VACUUM rests between portions, on one core; alone it does not', async () => {
    const settings = async (s: PgSession): Promise<unknown[]> => [
      await settingOf(s, 'vacuum_cost_delay'),
      await settingOf(s, 'vacuum_cost_limit'),
      await settingOf(s, 'max_parallel_maintenance_workers'),
    ];
    const alone = await session();
    await maintainPolitely(alone);
    expect(await settings(alone)).toEqual(['0', '200', '2']);
    await (await client()).query('SELECT 1');
    const beside = await session();
    await maintainPolitely(beside);
    expect(await settings(beside)).toEqual(['2ms', '200', '0']);
    const asked = await session();
    await asked.execute("SET vacuum_cost_delay = '5ms'");
    await maintainPolitely(asked);
    expect(await settings(asked)).toEqual(['5ms', '200', '0']);
  });
});
