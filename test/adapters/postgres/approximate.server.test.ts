/** A snapshot by statistics alone, and what `memctl hot` reads of the rows. */
import { expect, it } from 'vitest';
import { action as hot } from '../../../src/cli/memctl/hot.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { asRole, snapshot, sql } from './pg-store.ts';

const TABLE = `CREATE EXTENSION vector; CREATE TABLE store_migrations (v int PRIMARY KEY);
  CREATE TABLE store (prefix text, key text, value jsonb NOT NULL, created_at timestamptz DEFAULT now(), updated_at timestamptz,
    expires_at timestamptz, ttl_minutes int, PRIMARY KEY (prefix, key)) PARTITION BY HASH (prefix, key);
  CREATE TABLE store_0 PARTITION OF store FOR VALUES WITH (modulus 2, remainder 0);
  CREATE TABLE store_1 PARTITION OF store FOR VALUES WITH (modulus 2, remainder 1);
  CREATE TABLE store_vectors (prefix text, key text, field_name text, embedding vector, created_at timestamptz, PRIMARY KEY (prefix, key, field_name))`;
const ROWS = [
  `INSERT INTO store SELECT 'u' || i % 7, 'k' || i, '{}', now() FROM generate_series(1, 20000) i`,
  `INSERT INTO store_vectors SELECT prefix, key, 'f', '[1,2,3]', now() FROM store LIMIT 500`,
];
/** Flushed, and by a session of its own. */
const READ = `SELECT pg_stat_clear_snapshot(), sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint AS n FROM pg_stat_user_tables WHERE relname IN ('store_0', 'store_1')`;
const rowsRead = async (url: string): Promise<number> => Number((await sql(url, READ))[0]?.['n']);

it('counts nothing and says so', async () => {
  const url = await freshDatabase();
  await sql(url, TABLE);
  const empty = await snapshot(url, { approximate: true });
  expect(empty.memorySets.map((s) => [s.table, s.rows, s.rowsFrom])).toEqual([
    ['store', 0, 'the table has no page'],
    ['store_vectors', 0, 'the table has no page'],
  ]);
  await sql(url, ...ROWS);
  const before = await rowsRead(url);
  const never = await snapshot(url, { approximate: true });
  expect(never.memorySets[0]?.rows).toBeGreaterThan(2_000);
  await sql(url, 'VACUUM ANALYZE');
  const s = await snapshot(url, { approximate: true });
  const [store, vectors] = s.memorySets;
  expect(store).toMatchObject({
    rows: 20_000,
    rowsFrom: "the planner's estimate",
    namespaces: null,
    ttl: null,
    ages: null,
  });
  expect(vectors).toMatchObject({ rows: 500, vectors: { rows: null, dims: 3, scalar: 'float32' } });
  expect(s.structures.find((x) => x.name === 'public.store_0')?.bytes).toBeGreaterThan(500_000);
  // VACUUM and ANALYZE are not counted as scans.
  expect(await rowsRead(url)).toBe(before);
  expect((await snapshot(url)).memorySets[0]).not.toHaveProperty('rowsFrom');
});

it('names what a role may not see, and claims nothing of it', async () => {
  const url = await freshDatabase();
  await sql(
    url,
    TABLE,
    ...ROWS,
    `DO $$ BEGIN CREATE ROLE halfblind LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    'GRANT SELECT ON store, store_migrations TO halfblind',
    'ALTER TABLE store ENABLE ROW LEVEL SECURITY',
  );
  const s = await snapshot(asRole(url, 'halfblind'), { approximate: true });
  expect(s.memorySets.map((x) => [x.rows, x.hidden?.why])).toEqual([
    [0, 'row-level security is active on public.store for the role halfblind; nothing of it was counted'],
    [0, 'the role halfblind may not read public.store_vectors; nothing of it was counted'],
  ]);
  expect(s.notes.filter((n) => n.code === 'rows-hidden')).toHaveLength(2);
  await sql(url, 'DROP OWNED BY halfblind', 'DROP ROLE halfblind');
});

it('is all that hot takes beside its own count: every row is read once, and some blocks for their bytes', async () => {
  const url = await freshDatabase();
  await sql(
    url,
    TABLE,
    `INSERT INTO store SELECT 'u' || i % 7, 'k' || i, jsonb_build_object('t', repeat('x', 300)), now() FROM generate_series(1, 60000) i`,
    'VACUUM ANALYZE',
  );
  const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
  const runtime = {
    argv: [],
    env: {},
    now: new Date(),
    stdout: sink,
    stderr: sink,
    cwd: '/',
    signal: new AbortController().signal,
    interrupted: undefined,
  };
  const before = await rowsRead(url);
  const outcome = await hot.execute([url], { 'no-history': true }, runtime);
  const view = {
    format: 'json' as const,
    columns: 80,
    color: false,
    explain: false,
    quiet: false,
    verbose: false,
    now: new Date(),
  };
  const report = JSON.parse(await outcome.render(view)) as {
    sets: { memories: { value: number } }[];
    namespaces: unknown[];
  };
  expect(report.sets).toMatchObject([{ memories: { value: 60_000 } }]);
  expect(report.namespaces).toHaveLength(7);
  const read = (await rowsRead(url)) - before;
  expect(read).toBeGreaterThanOrEqual(60_000);
  expect(read).toBeLessThan(1.3 * 60_000);
});
