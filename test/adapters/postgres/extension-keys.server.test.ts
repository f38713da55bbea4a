/** Keys whose types are not the server's own, and stand in a schema that no search path names. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MappedTable, PurgeAction } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { contents, deleteOf, duplicatesOf, supersedeOf, undo } from './duplicated.ts';
import { context, finished, type Maintained, maintained, purgeOf, ran } from './maintained.ts';
import { count, scanned, sql } from './pg-store.ts';

const MAP: MappedTable = {
  table: 'public.facts',
  text: 'content',
  expires: 'ends',
  status: 'status',
  superseded: 'superseded',
};
const SET = 'map:public.facts';

let url = '';
const open: Maintained[] = [];
beforeEach(async () => {
  url = await freshDatabase();
  await sql(
    url,
    'CREATE SCHEMA own',
    'CREATE EXTENSION citext SCHEMA own',
    `CREATE TYPE own.letter AS ENUM ('zeta', 'alpha', 'mid')`,
    "CREATE DOMAIN own.code AS varchar(8) CHECK (VALUE <> '')",
  );
});
afterEach(async () => {
  for (const m of open.splice(0)) await m[Symbol.asyncDispose]();
});

async function store(): Promise<Maintained> {
  const m = await maintained(url, [MAP]);
  open.push(m);
  return m;
}

/** Keys of rows 1 and 11, 2 and 12, …: the first of each pair goes. */
type Key = (row: number) => string;

describe.each<[string, string, string, Key]>([
  [
    'citext',
    'id own.citext',
    `CASE WHEN i % 2 = 0 THEN 'Key-' ELSE 'key-' END || i`,
    (i) => `${i % 2 === 0 ? 'K' : 'k'}ey-${i}`,
  ],
  ['a domain', 'id own.code', `'k' || i`, (i) => `k${i}`],
  [
    'an enumeration and citext',
    'id own.letter, who own.citext',
    `(ARRAY['zeta', 'alpha', 'mid'])[1 + i % 3]::own.letter, 'Who-' || i`,
    (i) => JSON.stringify([['zeta', 'alpha', 'mid'][i % 3], `Who-${i}`]),
  ],
])('a key of %s', (_, columns, values, key) => {
  const names = columns.includes(',') ? 'id, who' : 'id';
  const pairs = [1, 2, 3].map((i) => [key(i), key(i + 10)] as const);
  beforeEach(async () => {
    await sql(
      url,
      `CREATE TABLE facts (${columns}, content text, ends timestamptz, status text DEFAULT 'active', PRIMARY KEY (${names}))`,
      `INSERT INTO facts (${names}, content) SELECT ${values}, 'text ' || i % 10 FROM generate_series(1, 60) i`,
    );
  });

  it('reads rows by it, and samples them', async () => {
    const map = { map: { tables: [MAP] } };
    const keys = [key(7), key(23), key(60)];
    const rows = await scanned(url, { set: SET, fields: ['text'], keys: [...keys, key(61)] }, map);
    expect(rows.map((r) => [r.key ?? r.id, r.text]).sort()).toEqual(
      [7, 23, 60].map((i) => [key(i), `text ${i % 10}`]).sort(),
    );
    expect(await scanned(url, { set: SET, fields: [], sample: { rows: 20, seed: 1 } }, map)).toHaveLength(20);
  });

  it('reads pages by it, each row once', async () => {
    const rows = await scanned(url, { set: SET, fields: [], batch: 7 }, { map: { tables: [MAP] } });
    expect(rows.map((r) => r.key ?? r.id).sort()).toEqual(Array.from({ length: 60 }, (_x, i) => key(i + 1)).sort());
  });

  it.each(['supersede', 'delete'] as const)('finds duplicates by it, and puts them back (%s)', async (how) => {
    const before = await contents(url, 'facts');
    const list = await duplicatesOf(url, SET, pairs, [MAP]);
    const m = await store();
    const action = how === 'supersede' ? supersedeOf(m, 'facts', list) : deleteOf(m, 'facts', list);
    const done = await ran(m.maintenance.perform(action, context({ archive: true })));
    expect(finished(done).rows).toBe(3);
    expect(await count(url, "SELECT count(*) FROM facts WHERE status = 'active'")).toBe(57);
    expect(await undo(m, done.removed)).toEqual([]);
    expect(await contents(url, 'facts')).toEqual(before);
  });
});

it('rows that the removed ones alone referred to go after them', async () => {
  await sql(
    url,
    'CREATE TABLE sources (code own.citext PRIMARY KEY, sort own.letter)',
    "INSERT INTO sources SELECT 'S' || i, 'mid' FROM generate_series(0, 9) i",
    `CREATE TABLE facts (id int PRIMARY KEY, content text, ends timestamptz, source own.citext, status text DEFAULT 'active')`,
    `INSERT INTO facts SELECT i, 'c', CASE WHEN i % 10 < 2 THEN '2001-06-01Z'::timestamptz END, 'S' || i % 10 FROM generate_series(1, 60) i`,
    'UPDATE facts SET ends = NULL WHERE id = 11',
  );
  const before = await contents(url, 'facts', 'sources');
  const m = await store();
  const dependents = [{ table: 'sources', on: { code: 'source' }, how: 'delete', after: true }];
  Object.assign(m.reading.sets.find((s) => s.id === SET)?.set ?? {}, { dependents });
  const action: PurgeAction = purgeOf(m, 'facts', { reason: 'expired' });
  const done = await ran(m.maintenance.perform(action, context({ archive: true })));
  expect(finished(done).rows).toBe(11);
  const left = await sql(url, 'SELECT code::text AS code FROM sources ORDER BY 1');
  // Row 11 still refers to S1.
  expect(left.map((r) => r['code'])).toEqual(['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9']);
  expect(await undo(m, done.removed)).toEqual([]);
  expect(await contents(url, 'facts', 'sources')).toEqual(before);
});
