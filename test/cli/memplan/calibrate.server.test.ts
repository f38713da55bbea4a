/** `memplan calibrate` on a real PostgreSQL: what its sizes say of a store that was treated so, and a series that leaves nothing. */
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Options, Outcome, View } from '../../../src/cli/command.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { action } from '../../../src/cli/memplan/calibrate.ts';
import { readCalibrationFile } from '../../../src/cli/memplan/calibration-file.ts';
import { action as estimate } from '../../../src/cli/memplan/estimate.ts';
import { action as explain } from '../../../src/cli/memplan/explain.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { startRedis } from '../../servers/redis.ts';

const now = new Date();
const folder = mkdtempSync(join(tmpdir(), 'memplan-calibrate-'));
const view: View = { format: 'json', columns: 80, color: false, explain: false, quiet: false, verbose: false, now };
const runtimeWith = (over: Partial<Runtime> = {}): Runtime => {
  const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
  return {
    argv: [],
    env: { MEMCTL_STATE_DIR: folder },
    now,
    stdout: sink,
    stderr: sink,
    cwd: folder,
    signal: new AbortController().signal,
    interrupted: undefined,
    ...over,
  };
};

const DIMS = 64;
let url: string;
let client: pg.Client;
beforeAll(async () => {
  url = await freshDatabase();
  client = new pg.Client(url);
  await client.connect();
  const unwatched = 'WITH (autovacuum_enabled = false)';
  await client.query(`
    CREATE EXTENSION vector;
    SELECT setseed(0.5);
    -- Each vector ten times: rows with equal vectors share an element of the graph.
    CREATE TABLE memories (id bigserial PRIMARY KEY, namespace text NOT NULL, content text NOT NULL, embedding vector(${DIMS}) NOT NULL) ${unwatched};
    INSERT INTO memories (namespace, content, embedding)
      SELECT 'a', 'memory number ' || i, v
      FROM (SELECT i, (SELECT array_agg(random()) FROM generate_series(1, ${DIMS}) WHERE i > 0)::vector AS v FROM generate_series(1, 400) i) d,
        generate_series(1, 10);
    CREATE INDEX memories_hnsw ON memories USING hnsw (embedding vector_cosine_ops);
    -- Four fifths were deleted, and vacuumed: the room stays.
    CREATE TABLE emptied (id bigserial PRIMARY KEY, content text NOT NULL) ${unwatched};
    INSERT INTO emptied (content) SELECT repeat('x', 150) || i FROM generate_series(1, 30000) i;
    DELETE FROM emptied WHERE id % 5 <> 0;
    -- Half of it was deleted since, and not vacuumed.
    CREATE TABLE dying (id bigserial PRIMARY KEY, content text NOT NULL) ${unwatched};
    INSERT INTO dying (content) SELECT repeat('x', 150) || i FROM generate_series(1, 20000) i;
    DELETE FROM dying WHERE id % 2 = 0;
    -- Keys in no order.
    CREATE TABLE keyed (id uuid PRIMARY KEY) ${unwatched};`);
  for (let i = 0; i < 20; i++) {
    await client.query('INSERT INTO keyed SELECT gen_random_uuid() FROM generate_series(1, 1000)');
  }
  // The counters learn of the changes before ANALYZE sets them back.
  await client.query('SELECT pg_stat_force_next_flush()');
  for (const table of ['memories', 'emptied', 'keyed']) await client.query(`VACUUM (ANALYZE) ${table}`);
  await client.query('ANALYZE dying');
  await client.query('SELECT pg_stat_force_next_flush()');
}, 60_000);
afterAll(async () => {
  await client.end();
});

const run = async (options: Options, over: Partial<Runtime> = {}): Promise<Outcome> =>
  await action.execute([url], options, runtimeWith(over));
// biome-ignore lint/suspicious/noExplicitAny: a document, asked for what it is known to have
const document = async (outcome: Outcome): Promise<any> => JSON.parse(await outcome.render(view));

/** Everything of the database that a series must not touch: its objects, and what was ever written to them. */
async function traces(): Promise<unknown> {
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await client.query(`
    SELECT n.nspname, c.relname, c.relkind, pg_relation_filenode(c.oid) AS file, s.n_tup_ins, s.n_tup_upd, s.n_tup_del
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
    WHERE n.nspname !~ '^pg_|^information_schema$' ORDER BY 1, 2`);
  return rows;
}
const SMALL = { rows: '2000', dims: '32', budget: '30s' };

describe('sizes', () => {
  it('have the cause that the store was given', async () => {
    const outcome = await run({ 'sizes-only': true });
    expect(outcome.exit).toBe(EXIT.done);
    const { sizes } = await document(outcome);
    const causes = new Map<string, string>(
      sizes.structures.map((s: { name: string; cause: string }) => [s.name.replace('public.', ''), s.cause]),
    );
    expect(causes.get('memories_hnsw')).toBe('duplicates');
    expect(causes.get('emptied')).toBe('bloat');
    expect(causes.get('emptied_pkey')).toBe('bloat');
    expect(causes.get('dying')).toBe('dead-rows');
    expect(causes.get('keyed_pkey')).toBe('fill');
    expect(causes.get('memories')).toBe('none');
    expect(readdirSync(folder).filter((f) => f.endsWith('.json'))).toEqual([]);
  });
});

describe('a series', () => {
  it('is only announced by a dry run', async () => {
    const before = await traces();
    const r = await document(await run({ ...SMALL, 'dry-run': true }));
    expect(r.planned).toMatchObject([
      {
        engine: 'pgvector',
        scratch: `a scratch schema memplan_calibration_… of database ${new URL(url).pathname.slice(1)}`,
        rows: 2_000,
      },
    ]);
    expect(await traces()).toEqual(before);
    // The store's own dimensions, unless told otherwise.
    const own = await document(await run({ 'dry-run': true }));
    expect(own.planned[0]).toMatchObject({ dimensions: DIMS, m: 16, efConstruction: 64 });
  });

  it('leaves the database as it was, and a profile that plans rest on', async () => {
    const before = await traces();
    const said: string[] = [];
    const stderr = { write: (t: string): void => void said.push(t), isTTY: true, columns: 80 };
    const outcome = await run({ ...SMALL, output: 'host.json' }, { stderr });
    expect(outcome.exit).toBe(EXIT.done);
    const r = await document(outcome);
    expect(said.join('')).toContain('in a scratch schema memplan_calibration_… of database');
    expect(await traces()).toEqual(before);
    const [profile, ...others] = readCalibrationFile(join(folder, 'host.json'), 'x');
    expect(others).toEqual([]);
    expect(profile).toMatchObject({ engine: 'pgvector', dimensions: 32 });
    expect(profile?.server).toMatch(/^PostgreSQL \d+\.\d+.*, pgvector \d+\.\d+\.\d+$/);
    expect(Object.keys(profile?.constants ?? {})).toEqual(expect.arrayContaining(['build-tuple', 'search-tuple']));
    expect(r.engines[0].samples.map((s: { of: string }) => s.of)).toEqual(expect.arrayContaining(['build', 'search']));
    expect(r.sizes.structures.length).toBeGreaterThan(5);

    const flags = { n: '1M', dims: '32', engine: 'pgvector', cores: '1', calibration: 'host.json' };
    const plan = JSON.parse(await (await estimate.execute([], flags, runtimeWith())).render(view));
    expect([plan.build.seconds.basis, plan.query.p50.basis]).toEqual(['measured', 'measured']);
    const text = await (await explain.execute(['build'], flags, runtimeWith())).render({ ...view, format: 'table' });
    expect(text).toContain(`measured: host.json, ${profile?.server}, ${now.toISOString().slice(0, 10)}`);
  }, 60_000);

  it('leaves nothing when it is interrupted, and no file', async () => {
    const before = await traces();
    const controller = new AbortController();
    const begun = run({ ...SMALL, rows: '50k', output: 'gone.json' }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('interrupted')), 1_500);
    await expect(begun).rejects.toThrow();
    expect(await traces()).toEqual(before);
    expect(readdirSync(folder).filter((f) => f.startsWith('gone'))).toEqual([]);
  }, 60_000);
});

it('Redis: sizes alone, and that there is nothing to measure', async () => {
  await using redis = await startRedis();
  const files = readdirSync(folder);
  const outcome = await action.execute([redis.url], { output: 'redis.json' }, runtimeWith());
  const r = await document(outcome);
  expect([r.engines, r.planned, r.file]).toEqual([[], [], null]);
  expect(r.notes).toEqual(['redis: there is no model of its times to calibrate; its sizes alone are compared']);
  expect(r.sizes.structures.length).toBeGreaterThan(0);
  expect(readdirSync(folder)).toEqual(files);
});
