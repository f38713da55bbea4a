import { beforeAll, describe, expect, it } from 'vitest';
import type { ProfileMap, ScanRow } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { count, fixture, scanned, sql } from './pg-store.ts';

let url = '';
beforeAll(async () => {
  url = await freshDatabase();
  await sql(url, 'CREATE EXTENSION vector');
});

const vectorOf = async (table: string, type: string, text: string): Promise<number[]> => {
  await sql(
    url,
    `CREATE TABLE ${table} (id int PRIMARY KEY, content text, embedding ${type})`,
    `INSERT INTO ${table} VALUES (1, 'a', '${text}'), (2, NULL, NULL)`,
  );
  const map: ProfileMap = { tables: [{ table, text: 'content', embedding: 'embedding' }] };
  const set = `map:public.${table}`;
  const rows = await scanned(url, { set, fields: ['vector', 'text'] }, { map });
  // Pages and single rows come in another form, which must say the same.
  expect(await scanned(url, { set, fields: ['vector', 'text'], batch: 1 }, { map })).toEqual(rows);
  expect(await scanned(url, { set, fields: ['vector', 'text'], keys: ['1'] }, { map })).toEqual([rows[0]]);
  expect(rows.map((r) => [r.id, r.text ?? ''])).toEqual([
    ['1', 'a'],
    ['2', ''],
  ]);
  expect(rows[1]).not.toHaveProperty('vector');
  return [...(rows[0]?.vector ?? [])];
};

describe('vectors of every type come as numbers', () => {
  it.each([
    ['v_float', 'vector(3)', '[1,-2.5,3e-5]', [1, -2.5, Math.fround(3e-5)]],
    ['v_half', 'halfvec(5)', '[1,-2.5,0.000061035156,65504,0.0000001]', [1, -2.5, 2 ** -14, 65504, 2 * 2 ** -24]],
    ['v_sparse', 'sparsevec(6)', '{2:1.5,6:-4}/6', [0, 1.5, 0, 0, 0, -4]],
    ['v_bit', 'bit(10)', '1011000001', [1, -1, 1, 1, -1, -1, -1, -1, -1, 1]],
    ['v_varbit', 'bit varying(16)', '011', [-1, 1, 1]],
    ['v_double', 'double precision[]', '{0.5,-1e-3}', [0.5, Math.fround(-1e-3)]],
    ['v_numeric', 'numeric(8,3)[]', '{0.5,-1.125}', [0.5, -1.125]],
    ['v_jsonb', 'jsonb', '[0.25, -3]', [0.25, -3]],
    ['v_json', 'json', ' [1,2.5]', [1, 2.5]],
    ['v_text', 'text', '[0.5, 1e-2]', [0.5, Math.fround(0.01)]],
    ['v_real', 'real[]', '{0.5,-1}', [0.5, -1]],
    ['v_bytes', 'bytea', '\\x0000803f000000c0', [1, -2]],
  ])('%s', async (table, type, text, expected) => {
    expect(await vectorOf(table, type, text)).toEqual(expected);
  });
});

describe('what is no vector', () => {
  it('is left out: text that is no list, an array with a hole, a blob of odd length', async () => {
    await sql(
      url,
      'CREATE TABLE odd_text (id int PRIMARY KEY, content text, embedding text)',
      `INSERT INTO odd_text VALUES (1, 'a', 'none'), (2, 'b', '{"x": 1}'), (3, 'c', '[1, null]'), (4, 'd', '[7]')`,
      'CREATE TABLE odd_list (id int PRIMARY KEY, content text, embedding real[])',
      `INSERT INTO odd_list VALUES (1, 'a', '{1,NULL}'), (2, 'b', '{{1,2},{3,4}}'), (3, 'c', '{7}')`,
      'CREATE TABLE odd_blob (id int PRIMARY KEY, content text, embedding bytea)',
      `INSERT INTO odd_blob VALUES (1, 'a', '\\x0102'), (2, 'b', '\\x0000e040')`,
    );
    for (const table of ['odd_text', 'odd_list', 'odd_blob']) {
      const map: ProfileMap = { tables: [{ table, text: 'content', embedding: 'embedding' }] };
      const rows = await scanned(url, { set: `map:public.${table}`, fields: ['vector'] }, { map });
      expect(rows.map((r) => [...(r.vector ?? [])])).toEqual([...rows.slice(1).map(() => []), [7]]);
    }
  });
});

describe('rows come in the order of their key, each once', () => {
  it('of a key of several columns, in small pages', async () => {
    await sql(
      url,
      'CREATE TABLE pairs (tenant text, no int, embedding vector(2), content text, PRIMARY KEY (tenant, no))',
      `INSERT INTO pairs SELECT 't' || i % 7, i, '[1,2]', 'c' || i FROM generate_series(1, 500) AS i`,
    );
    const rows = await scanned(url, { set: 'generic:public.pairs', fields: ['text'], batch: 13 });
    const expected = await sql(url, `SELECT tenant, no::text, content FROM pairs ORDER BY tenant, pairs.no`);
    expect(rows).toEqual(
      expected.map(({ tenant, no, content }) => ({
        id: `${tenant}/${no}`,
        key: JSON.stringify([tenant, no]),
        text: content,
      })),
    );
  });

  it('of uuids, and of a table without any key', async () => {
    await sql(
      url,
      'CREATE TABLE ids (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), embedding vector(2))',
      `INSERT INTO ids (embedding) SELECT '[1,2]' FROM generate_series(1, 250)`,
      'CREATE TABLE keyless (content text, embedding vector(2))',
      `INSERT INTO keyless SELECT 'c' || i, '[1,2]' FROM generate_series(1, 250) AS i`,
    );
    const ids = (await scanned(url, { set: 'generic:public.ids', fields: [], batch: 20 })).map((r) => r.id);
    expect(new Set(ids).size).toBe(250);
    const keyless = await scanned(url, { set: 'generic:public.keyless', fields: ['text'], batch: 20 });
    expect(new Set(keyless.map((r) => r.text)).size).toBe(250);
  });
});

describe('the mneme store', () => {
  it('every field of every row', async () => {
    const own = await freshDatabase();
    await sql(own, fixture('stores/mneme-v1-postgres.sql'));
    const rows = await scanned(own, {
      set: 'mneme:mneme.entries',
      fields: ['namespace', 'text', 'metadata', 'hash', 'vector', 'created'],
    });
    expect(rows).toHaveLength(await count(own, 'SELECT count(*) FROM mneme.entries'));
    const [truth] = await sql(own, 'SELECT * FROM mneme.entries WHERE id = 5');
    const row = rows.find((r) => r.id === '5') as ScanRow;
    expect(row).toMatchObject({
      namespace: truth?.['namespace'],
      text: `${truth?.['query']}\n${truth?.['response']}`,
      hash: truth?.['query_hash'],
      created: Number(truth?.['created_at']) * 1000,
    });
    expect(JSON.parse(row.metadata ?? '')).toEqual(truth?.['metadata']);
    const bytes = truth?.['embedding'] as Buffer;
    expect([...(row.vector ?? [])]).toEqual(Array.from({ length: 64 }, (_, i) => bytes.readFloatLE(4 * i)));
  });
});
