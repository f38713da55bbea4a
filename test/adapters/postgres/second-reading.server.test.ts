/** A table that is read a second time while rows go: what that proves, and when it proves nothing. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { readOn } from '../../../src/adapters/postgres/barren-pages.ts';
import { pageRanges } from '../../../src/adapters/postgres/doomed.ts';
import { FIRST } from '../../../src/adapters/postgres/pace.ts';
import { purgeTarget } from '../../../src/adapters/postgres/purge-target.ts';
import { SecondReading } from '../../../src/adapters/postgres/second-reading.ts';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import { type StepEvent, Target } from '../../../src/store/index.ts';
import { type Postgres, startPostgres } from '../../servers/postgres.ts';
import { context, finished, type Maintained, maintained, purgeOf, type Ran, ran } from './maintained.ts';
import { count, sql } from './pg-store.ts';

/** Few rows in a page: more pages than a look at random ones reads, of little data. */
const ROWS = 60_000;
const LEAST_PAGES = 8_001;

let server: Postgres;
let url = '';
let m: Maintained;

beforeAll(async () => {
  server = await startPostgres({ settings: { autovacuum: false } });
});
afterAll(async () => await server.stop());
beforeEach(async () => {
  url = await server.createDatabase();
  await sql(
    url,
    'CREATE TABLE mem (id bigint PRIMARY KEY, body text, expires_at timestamptz) WITH (fillfactor = 10)',
    `INSERT INTO mem SELECT i, repeat('b', 100), CASE WHEN i % 2 = 0 THEN now() - interval '1 day' END FROM generate_series(1, ${ROWS}) i`,
    'ANALYZE mem',
    'SELECT pg_stat_force_next_flush()',
  );
  expect(await count(url, "SELECT pg_relation_size('mem') / 8192")).toBeGreaterThanOrEqual(LEAST_PAGES);
});
afterEach(async () => await m[Symbol.asyncDispose]());

async function purge(between: () => Promise<void> = async () => undefined): Promise<Ran> {
  m = await maintained(url, [{ table: 'public.mem', text: 'body', expires: 'expires_at' }]);
  const action = purgeOf(m, 'mem', { rows: ROWS / 2, of: ROWS });
  async function* disturbed(): AsyncGenerator<StepEvent> {
    let first = true;
    for await (const e of m.maintenance.perform(action, context())) {
      if (first && e.state === 'committed') await between();
      first &&= e.state !== 'committed';
      yield e;
    }
  }
  return await ran(disturbed());
}

it('where nobody else is at work, all of it is read again', async () => {
  const end = finished(await purge());
  expect(end).toMatchObject({ rows: ROWS / 2, readAgain: true });
  expect(end.verified).toBe(
    'every page of public.mem was read again over another connection, and no row meets the rule any more',
  );
  expect(await count(url, 'SELECT count(*) FROM mem WHERE expires_at <= now()')).toBe(0);
});

it('reads also what holds nothing, half of it over each connection', async () => {
  await sql(
    url,
    'TRUNCATE mem',
    `INSERT INTO mem SELECT i, repeat('b', 100), CASE WHEN i BETWEEN 40001 AND 50000 THEN now() - interval '1 day' END
     FROM generate_series(1, ${ROWS}) i`,
    'ANALYZE mem',
    'SELECT pg_stat_force_next_flush()',
  );
  m = await maintained(url, [{ table: 'public.mem', text: 'body', expires: 'expires_at' }]);
  const r = await ran(m.maintenance.perform(purgeOf(m, 'mem', { rows: 10_000, of: ROWS }), context()));
  expect(finished(r)).toMatchObject({ rows: 10_000, readAgain: true });
  expect(await count(url, 'SELECT count(*) FROM mem')).toBe(ROWS - 10_000);
  expect(await count(url, 'SELECT count(*) FROM mem WHERE expires_at <= now()')).toBe(0);
});

it('reads also the pages that the table grew by before it began', async () => {
  await sql(url, 'UPDATE mem SET expires_at = NULL');
  m = await maintained(url, [{ table: 'public.mem', text: 'body', expires: 'expires_at' }]);
  const target = Target.parse(url);
  const session = await openSession(target, { mode: 'write', purpose: 'test' });
  const what = await purgeTarget(session, target, m.reading, purgeOf(m, 'mem', { of: ROWS }));
  await sql(
    url,
    "INSERT INTO mem SELECT -i, repeat('b', 100), now() - interval '1 day' FROM generate_series(1, 100) i",
    'SELECT pg_stat_force_next_flush()',
  );
  const second = await SecondReading.begin(target, what);
  for await (const whole of pageRanges(what.leaves, { ...FIRST, reach: 1e9 }, 1e9)) {
    const page = await readOn(session, what, whole, second);
    expect(page).toBe(whole.pages);
    whole.readTo?.(page);
  }
  expect(await second?.found()).toBe(100);
  await second?.close();
  await session.close();
});

it('proves nothing where somebody wrote meanwhile, and has gone since', async () => {
  const end = finished(
    await purge(async () => void (await sql(url, 'INSERT INTO mem SELECT -1', 'SELECT pg_stat_force_next_flush()'))),
  );
  expect(end.rows).toBe(ROWS / 2);
  expect(end.readAgain).toBeUndefined();
  expect(end.verified).toContain('random ones');
});

it('is not begun beside others', async () => {
  const theirs = new pg.Client({ connectionString: url });
  await theirs.connect();
  await theirs.query('SELECT 1');
  const end = finished(await purge());
  await theirs.end();
  expect(end.rows).toBe(ROWS / 2);
  expect(end.readAgain).toBeUndefined();
});

it('finds the one row that a trigger keeps', async () => {
  await sql(
    url,
    'CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF old.id = 31000 THEN RETURN NULL; END IF; RETURN old; END $$',
    'CREATE TRIGGER pin BEFORE DELETE ON mem FOR EACH ROW EXECUTE FUNCTION keep()',
  );
  const end = finished(await purge());
  expect(end.rows).toBe(ROWS / 2 - 1);
  expect(end.readAgain).toBeUndefined();
  expect(end.verified).toContain('1 row of public.mem stayed, kept by a trigger (pin of public.mem): 31000');
});
