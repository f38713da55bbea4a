/** Where a calibration says no: one sentence, a way out, and not one object made. */
import { beforeAll, describe, expect, it } from 'vitest';
import { calibratePostgres } from '../../../src/adapters/postgres/calibration.ts';
import { type CalibrationRequest, Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { startPgbouncer } from '../../servers/pgbouncer.ts';
import { startPostgres } from '../../servers/postgres.ts';
import { asRole, count, sql } from './pg-store.ts';

const request: CalibrationRequest = {
  budgetSeconds: 20,
  dimensions: 16,
  m: 8,
  efConstruction: 32,
  efSearch: [20],
  maxRows: 1_000,
  seed: 1,
  signal: new AbortController().signal,
};

let url = '';
const database = (): string => new URL(url).pathname.slice(1);
const role = (name: string): string => `${database()}_${name}`;

beforeAll(async () => {
  url = await freshDatabase();
  await sql(
    url,
    'CREATE SCHEMA hidden',
    'CREATE EXTENSION vector SCHEMA hidden',
    `CREATE ROLE ${role('guest')} LOGIN`,
    `CREATE ROLE ${role('maker')} LOGIN`,
    `CREATE ROLE ${role('quiet')} LOGIN`,
    `ALTER ROLE ${role('quiet')} SET default_transaction_read_only = on`,
    `GRANT CREATE ON DATABASE ${database()} TO ${role('maker')}, ${role('quiet')}`,
    `GRANT USAGE ON SCHEMA hidden TO ${role('guest')}, ${role('quiet')}`,
  );
  // The database, and with it every grant, is gone by then.
  return async () => {
    const roles = ['guest', 'maker', 'quiet'].map(role);
    await sql(url.replace(/\/[^/]*$/, '/postgres'), `DROP ROLE ${roles.join(', ')}`);
  };
});

const refused = async (at: string, over: Partial<CalibrationRequest> = {}): Promise<unknown> =>
  await calibratePostgres(Target.parse(at), { ...request, ...over }).then(
    () => 'it was measured',
    (e: unknown) => e,
  );

describe('a calibration is refused', () => {
  it('to a role that may not create a schema, with the GRANT', async () => {
    const e = await refused(asRole(url, role('guest')));
    expect(e).toMatchObject({
      code: 'store-permission',
      exit: 4,
      message: expect.stringContaining(
        `the role "${role('guest')}" may not create a scratch schema in the database "${database()}"`,
      ),
      hint: `GRANT CREATE ON DATABASE "${database()}" TO "${role('guest')}"`,
    });
    await sql(url, (e as { hint: string }).hint);
    const allowed = await calibratePostgres(Target.parse(asRole(url, role('guest'))), request);
    expect(allowed.builds.length, 'the GRANT settles it').toBeGreaterThan(0);
  });

  it('to a role that may not use the schema of the extension, with the GRANT', async () => {
    expect(await refused(asRole(url, role('maker')))).toMatchObject({
      code: 'store-permission',
      hint: `GRANT USAGE ON SCHEMA "hidden" TO "${role('maker')}"`,
    });
  });

  it('to a role that only reads', async () => {
    expect(await refused(asRole(url, role('quiet')))).toMatchObject({
      code: 'store-read-only',
      exit: 5,
      message: expect.stringContaining('default_transaction_read_only is on'),
    });
  });

  it('without the extension vector', async () => {
    const bare = await freshDatabase();
    expect(await refused(bare)).toMatchObject({ code: 'extension-missing', hint: 'CREATE EXTENSION vector' });
    expect(await count(bare, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'memplan%'")).toBe(0);
  });

  it('behind a pooler that swaps backends', async () => {
    await using pool = await startPgbouncer(url);
    expect(await refused(pool.url)).toMatchObject({ code: 'pooled-connection', exit: 5 });
  });

  it('with more dimensions than an HNSW index takes', async () => {
    expect(await refused(url, { dimensions: 2_001 })).toMatchObject({
      code: 'calibrate-dimensions',
      message: '2001 dimensions: an HNSW index of pgvector takes vectors of 2000 at most',
    });
  });

  it('on a standby', async () => {
    await using primary = await startPostgres();
    await sql(primary.url, 'CREATE EXTENSION vector');
    const standby = await primary.standby();
    await standby.caughtUp();
    expect(await refused(standby.url)).toMatchObject({
      code: 'standby',
      exit: 5,
      message: expect.stringContaining('this server is a standby'),
    });
  });
});
