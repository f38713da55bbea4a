/** Duplicates removed by their keys, with everything that hangs on them: only while they and their survivors are as compared. */
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PerformContext } from '../../../src/store/index.ts';
import { SCHEMAS } from '../../profiles/postgres-schemas.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { contents, deleteOf, duplicatesOf, undo } from './duplicated.ts';
import { context, finished, type Maintained, maintained, type Ran, ran } from './maintained.ts';
import { count, sql } from './pg-store.ts';

const ddl = (name: string): string => SCHEMAS.find((s) => s.name === name)?.sql ?? '';
const uuid = (x: string | number): string => `md5('${x}')::uuid`;
const wide = (d: number): string =>
  `(SELECT array_agg(sin((i % 10) * ${d} + k)::real) FROM generate_series(1, ${d}) AS k)::vector`;

let url = '';
const open: Maintained[] = [];
beforeEach(async () => {
  url = await freshDatabase();
});
afterEach(async () => {
  for (const m of open.splice(0)) await m[Symbol.asyncDispose]();
});

type Pairs = readonly (readonly [string, string])[];

/** @param then what happens between the audit and the run */
async function removed(
  table: string,
  pairs: Pairs,
  o: Partial<PerformContext> = {},
  then = async (): Promise<void> => {},
): Promise<Ran> {
  const m = await maintained(url);
  open.push(m);
  const set = m.reading.sets.find((s) => s.relation.name === table && s.relation.schema === 'public')?.id ?? '';
  const duplicates = await duplicatesOf(url, set, pairs);
  expect(duplicates.every((d) => /^[0-9a-f]{32}$/.test(d.digest))).toBe(true);
  await then();
  return await ran(m.maintenance.perform({ ...deleteOf(m, table, duplicates), set }, context({ archive: true, ...o })));
}
const last = (): Maintained => open.at(-1) as Maintained;

/** Rows i ≥ 10 go, each for row i % 10, both named by an expression of i. */
async function pairsOf(key: string, to: number): Promise<Pairs> {
  const rows = await sql(
    url,
    `SELECT ${key.replaceAll('#', 'i')} AS a, ${key.replaceAll('#', '(i % 10)')} AS b FROM generate_series(10, ${to - 1}) i`,
  );
  return rows.map((r) => [String(r['a']), String(r['b'])] as const);
}

describe.each([
  ['one batch', undefined],
  ['batches of seven', 7],
])('in %s', (_, batchRows) => {
  const fixed = batchRows === undefined ? {} : { batchRows };

  it('mem0: memories go, entities forget them, and both come back', async () => {
    await sql(
      url,
      ddl('mem0'),
      `INSERT INTO mem0 SELECT md5(i::text)::uuid, ${wide(1536)}, jsonb_build_object('data', 'text ' || i % 10, 'user_id', 'u1', 'hash', md5((i % 10)::text)) FROM generate_series(0, 39) i`,
      `INSERT INTO mem0_entities SELECT md5('e' || i)::uuid, ${wide(1536)}, jsonb_build_object('data', 'e' || i, 'user_id', 'u1', 'linked_memory_ids',
         jsonb_build_array(md5(i::text)::uuid, md5(((i + 5) % 40)::text)::uuid)) FROM generate_series(0, 39) i`,
    );
    const before = await contents(url, 'mem0', 'mem0_entities');
    const r = await removed('mem0', await pairsOf('md5((#)::text)::uuid::text', 40), fixed);
    expect(finished(r).rows).toBe(30);
    expect(await count(url, 'SELECT count(*) FROM mem0')).toBe(10);
    expect(
      await count(
        url,
        "SELECT count(*) FROM mem0_entities e, jsonb_array_elements_text(e.payload -> 'linked_memory_ids') l(id) WHERE NOT EXISTS (SELECT FROM mem0 m WHERE m.id::text = l.id)",
      ),
    ).toBe(0);
    expect(await count(url, 'SELECT count(*) FROM mem0_entities')).toBe(15);
    expect(await undo(last(), r.removed, batchRows)).toEqual([]);
    expect(await contents(url, 'mem0', 'mem0_entities')).toEqual(before);
  });

  it('LangChain: documents of a collection', async () => {
    await sql(
      url,
      ddl('langchain'),
      `INSERT INTO langchain_pg_collection VALUES (${uuid('c')}, 'c')`,
      `INSERT INTO langchain_pg_embedding SELECT 'd' || i, ${uuid('c')}, ${wide(8)}, 'text ' || i % 10, '{"b": 1.0}' FROM generate_series(0, 39) i`,
    );
    const before = await contents(url, 'langchain_pg_embedding', 'langchain_pg_collection');
    const r = await removed('langchain_pg_embedding', await pairsOf("'d' || #", 40), fixed);
    expect(finished(r).rows).toBe(30);
    expect(await count(url, 'SELECT count(*) FROM langchain_pg_embedding')).toBe(10);
    expect(await undo(last(), r.removed, batchRows)).toEqual([]);
    expect(await contents(url, 'langchain_pg_embedding', 'langchain_pg_collection')).toEqual(before);
  });

  it('Letta: archival passages with their tags', async () => {
    await sql(
      url,
      ddl('letta'),
      "INSERT INTO organizations (id, name) VALUES ('o', 'o')",
      "INSERT INTO archives (id, name, organization_id) VALUES ('a', 'a', 'o')",
      `INSERT INTO archival_passages (id, text, embedding_config, metadata_, embedding, organization_id, archive_id)
       SELECT 'p' || i, 'text ' || i % 10, '{"embedding_model":"m"}', '{ "x":  1 }', ${wide(4096)}, 'o', 'a' FROM generate_series(0, 39) i`,
      `INSERT INTO passage_tags (id, tag, passage_id, archive_id, organization_id) SELECT 't' || i, 'tag' || i / 40, 'p' || i % 40, 'a', 'o' FROM generate_series(0, 79) i`,
    );
    const before = await contents(url, 'archival_passages', 'passage_tags');
    const r = await removed('archival_passages', await pairsOf("'p' || #", 40), fixed);
    expect(finished(r).rows).toBe(30);
    expect(await count(url, 'SELECT count(*) FROM passage_tags')).toBe(20);
    const dependents = r.events.reduce((n, e) => n + (e.state === 'prepared' ? e.dependents : 0), 0);
    expect(dependents).toBe(60);
    const planned = deleteOf(
      last(),
      'archival_passages',
      await duplicatesOf(url, 'letta:public.archival_passages', [['p3', 'p4']]),
    );
    expect((await last().maintenance.conditions([planned])).hanging).toEqual([
      { action: planned.id, place: 'public.passage_tags', rows: 2, of: 20 },
    ]);
    expect(await undo(last(), r.removed, batchRows)).toEqual([]);
    expect(await contents(url, 'archival_passages', 'passage_tags')).toEqual(before);
  });
});

describe('what is not as it was compared stays', () => {
  beforeEach(async () => {
    await sql(
      url,
      ddl('langchain'),
      `INSERT INTO langchain_pg_collection VALUES (${uuid('c')}, 'c'), (${uuid('d')}, 'd')`,
      `INSERT INTO langchain_pg_embedding SELECT 'd' || i, ${uuid('c')}, ${wide(8)}, 'text ' || i % 10, '{}' FROM generate_series(0, 19) i`,
    );
  });
  const all = async (): Promise<Pairs> => await pairsOf("'d' || #", 20);

  it.each([
    [
      'a row whose text changed',
      "UPDATE langchain_pg_embedding SET document = 'new' WHERE id = 'd15'",
      '1 changed since',
    ],
    [
      'a row that moved to another namespace',
      `UPDATE langchain_pg_embedding SET collection_id = ${uuid('d')} WHERE id = 'd15'`,
      '1 changed since',
    ],
    [
      'a row whose vector is gone',
      "UPDATE langchain_pg_embedding SET embedding = NULL WHERE id = 'd15'",
      '1 changed since',
    ],
    [
      'a row whose survivor changed',
      "UPDATE langchain_pg_embedding SET document = 'new' WHERE id = 'd5'",
      'the row that was to stay',
    ],
    ['a row whose survivor is gone', "DELETE FROM langchain_pg_embedding WHERE id = 'd5'", 'the row that was to stay'],
  ])('%s', async (_, change, said) => {
    const r = await removed('langchain_pg_embedding', await all(), {}, async () => void (await sql(url, change)));
    expect(finished(r)).toMatchObject({ rows: 9, verified: expect.stringContaining(said) });
    expect(finished(r).verified).toMatch(/^9 rows went, .*; 1 changed since/);
    expect(await count(url, "SELECT count(*) FROM langchain_pg_embedding WHERE id = 'd15'")).toBe(1);
  });

  it('and what others hold is named', async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query("SELECT 1 FROM langchain_pg_embedding WHERE id = 'd15' FOR UPDATE");
      await client.query("UPDATE langchain_pg_embedding SET cmetadata = '{\"x\":1}' WHERE id = 'd6'");
      const r = await removed('langchain_pg_embedding', await all());
      expect(finished(r).rows).toBe(8);
      expect(finished(r).verified).toBe(
        '8 rows went, the row that stays was there for each; 2 held by other transactions: d15, d16',
      );
    } finally {
      await client.end();
    }
  });

  it('never both of two rows that two lists name the other way round', async () => {
    const pairs = await all();
    const m = await maintained(url);
    open.push(m);
    const set = 'langchain:public.langchain_pg_embedding';
    const one = await duplicatesOf(url, set, pairs);
    const other = await duplicatesOf(
      url,
      set,
      pairs.map(([a, b]) => [b, a] as const),
    );
    const [a, b] = [one, other].map((list) => ({ ...deleteOf(m, 'langchain_pg_embedding', list), set }));
    if (a === undefined || b === undefined) throw new Error('two lists');
    const both = await Promise.all([
      ran(m.maintenance.perform(a, context({ batchRows: 1 }))),
      ran(m.maintenance.perform(b, context({ batchRows: 1 }))),
    ]);
    const went = both.reduce((n, r) => n + (r.last.state === 'finished' ? r.last.rows : 0), 0);
    const texts = await count(url, 'SELECT count(DISTINCT document) FROM langchain_pg_embedding');
    expect(texts).toBe(10);
    expect(await count(url, 'SELECT count(*) FROM langchain_pg_embedding')).toBe(20 - went);
    const again = await ran(m.maintenance.perform({ ...a, duplicates: [...one, ...other] }, context()));
    expect(again.last).toMatchObject({
      state: 'skipped',
      why: expect.stringContaining('no row went: 20 changed since'),
    });
  });

  it('a row that a foreign key keeps is named, and the others go', async () => {
    await sql(
      url,
      'CREATE TABLE cited (id varchar REFERENCES langchain_pg_embedding (id))',
      "INSERT INTO cited VALUES ('d13')",
    );
    const r = await removed('langchain_pg_embedding', await all());
    expect(finished(r).rows).toBe(9);
    expect(finished(r).verified).toContain('refused: d13 (the constraint cited_id_fkey of public.cited, 23503)');
  });

  it('a row that a trigger keeps is told of', async () => {
    await sql(
      url,
      "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id = 'd13' THEN RETURN NULL; END IF; RETURN OLD; END $$",
      'CREATE TRIGGER keep BEFORE DELETE ON langchain_pg_embedding FOR EACH ROW EXECUTE FUNCTION keep()',
    );
    const r = await removed('langchain_pg_embedding', await all());
    expect(finished(r).rows).toBe(9);
    expect(finished(r).verified).toContain('1 kept by a trigger (keep of public.langchain_pg_embedding)');
  });

  it('no more rows go than the cap allows', async () => {
    const r = await removed('langchain_pg_embedding', await all(), { maxRows: 4 });
    expect(finished(r)).toMatchObject({
      rows: 4,
      verified: expect.stringContaining('the allowed number of rows is reached'),
    });
  });
});
