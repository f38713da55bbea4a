/** What a database does by itself when rows go: triggers, rules, references, inheritance; and batches that stay small. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MappedTable, RemovedRow, StepEvent } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { context, finished, type Maintained, maintained, purgeOf, type Ran, ran } from './maintained.ts';
import { asRole, count, refusal, sql } from './pg-store.ts';

const MEM: MappedTable = {
  table: 'public.mem',
  text: 'body',
  expires: 'expires_at',
  dependents: [{ table: 'notes', on: { mem_id: 'id' } }],
};
const TABLES = [
  'CREATE TABLE mem (id bigint PRIMARY KEY, body text, pinned boolean DEFAULT false, expires_at timestamptz)',
  'CREATE TABLE notes (mem_id bigint, words text)',
  "INSERT INTO mem SELECT i, 'body ' || i, i % 2 = 0, CASE WHEN i <= 20 THEN now() - interval '1 day' END FROM generate_series(1, 40) i",
  "INSERT INTO notes SELECT id, 'w' FROM mem",
];
const raising = (condition: string): string =>
  `CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF ${condition} THEN
     RAISE EXCEPTION 'legal hold on %', old.body USING DETAIL = old.body; END IF; RETURN old; END $$;
   CREATE TRIGGER hold BEFORE DELETE ON mem FOR EACH ROW EXECUTE FUNCTION guard()`;
const KEEPING = `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF old.pinned THEN RETURN NULL; END IF; RETURN old; END $$;
   CREATE TRIGGER pins BEFORE DELETE ON mem FOR EACH ROW EXECUTE FUNCTION keep()`;

let url = '';
const stores: Maintained[] = [];

beforeEach(async () => {
  url = await freshDatabase();
});
afterEach(async () => {
  for (const s of stores.splice(0)) await s[Symbol.asyncDispose]();
});

async function open(tables: readonly MappedTable[] = [MEM], at = url): Promise<Maintained> {
  const m = await maintained(at, tables);
  stores.push(m);
  return m;
}

async function purged(m: Maintained, archive = false, table = 'mem'): Promise<Ran> {
  return await ran(m.maintenance.perform(purgeOf(m, table, { rows: 20, of: 40 }), context({ archive })));
}

async function* listed(rows: readonly RemovedRow[]): AsyncGenerator<RemovedRow> {
  yield* rows;
}

describe('rows that a trigger keeps', () => {
  it.each([false, true])('keep what hangs on them, and the trigger is named (archive: %s)', async (archive) => {
    await sql(url, ...TABLES, KEEPING);
    const r = await purged(await open(), archive);
    expect(finished(r).rows).toBe(10);
    expect(finished(r).verified).toContain('10 rows of public.mem stayed, kept by a trigger (pins of public.mem)');
    expect(await count(url, 'SELECT count(*) FROM mem')).toBe(30);
    expect(await count(url, 'SELECT count(*) FROM notes')).toBe(30);
    expect(await count(url, 'SELECT count(*) FROM notes n WHERE NOT EXISTS (SELECT FROM mem WHERE id = mem_id)')).toBe(
      0,
    );
    if (archive) expect(r.removed).toHaveLength(20);
  });

  it('a rule that does something else instead is refused before anything goes', async () => {
    await sql(url, ...TABLES, 'CREATE RULE nodel AS ON DELETE TO mem WHERE old.pinned DO INSTEAD NOTHING');
    const m = await open();
    expect(await refusal(purged(m))).toContain('the rule nodel of public.mem does something else');
    const seen = await m.maintenance.conditions([purgeOf(m, 'mem')]);
    expect(seen.visibility).toMatchObject([{ complete: false, why: expect.stringContaining('the rule nodel') }]);
    expect(await count(url, 'SELECT count(*) FROM notes')).toBe(40);
  });
});

describe('rows that are refused', () => {
  it('by a foreign key stay alone, named by their keys', async () => {
    await sql(
      url,
      ...TABLES,
      'CREATE TABLE bills (mem_id bigint CONSTRAINT billed REFERENCES mem ON DELETE RESTRICT)',
      'INSERT INTO bills VALUES (7), (13)',
    );
    const m = await open();
    const r = await purged(m, true);
    expect(finished(r).rows).toBe(18);
    expect(finished(r).verified).toMatch(
      /^2 rows of public\.mem stayed: refused: 7, 13 \(the constraint billed of public\.bills, 2\d{4}\)$/,
    );
    expect(await count(url, 'SELECT count(*) FROM notes')).toBe(22);
    const again = finished(await purged(m));
    expect(again.rows).toBe(0);
    expect(again.verified).toContain('7, 13');
  });

  it('by a deferred constraint are found before the COMMIT', async () => {
    await sql(
      url,
      ...TABLES,
      'CREATE TABLE bills (mem_id bigint REFERENCES mem DEFERRABLE INITIALLY DEFERRED)',
      'INSERT INTO bills VALUES (7)',
    );
    const r = await purged(await open());
    expect(finished(r)).toMatchObject({ rows: 19, verified: expect.stringContaining('refused: 7 (') });
  });

  it('by a function stay alone, and what it says of their content is not repeated', async () => {
    await sql(url, ...TABLES, raising('old.id = 11'));
    const m = await open();
    const r = await purged(m);
    expect(finished(r)).toMatchObject({
      rows: 19,
      verified: '1 row of public.mem stayed: refused: 11 (the trigger hold of public.mem, P0001)',
    });
    expect(JSON.stringify(r.events)).not.toMatch(/legal hold|body 11/);
  });

  it('in great number end the purge with a reason, and without their content', async () => {
    await sql(
      url,
      ...TABLES,
      "INSERT INTO mem SELECT i, 'body ' || i, false, now() - interval '1 day' FROM generate_series(100, 1300) i",
      raising('true'),
    );
    const said = await refusal(purged(await open()));
    expect(said).toContain('1,000 rows of public.mem are refused one by one');
    expect(said).toContain('the trigger hold of public.mem');
    expect(said).not.toMatch(/legal hold|body/);
  });
});

describe('a database that does not act as it says', () => {
  it('has children by inheritance: refused', async () => {
    await sql(
      url,
      ...TABLES,
      'CREATE TABLE kid (extra text) INHERITS (mem)',
      "INSERT INTO kid VALUES (90, 'b', false, now() - interval '1 day', 'its own')",
    );
    expect(await refusal(purged(await open(), true))).toContain('inherits from');
    expect(await count(url, 'SELECT count(*) FROM mem')).toBe(41);
  });

  it('switches foreign keys off: refused', async () => {
    await sql(
      url,
      ...TABLES,
      'CREATE TABLE orders (mem_id bigint REFERENCES mem ON DELETE CASCADE)',
      'INSERT INTO orders SELECT id FROM mem',
      `DO $$ BEGIN CREATE ROLE replaying LOGIN SUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      'ALTER ROLE replaying SET session_replication_role = replica',
    );
    const m = await open([MEM], asRole(url, 'replaying'));
    expect(await refusal(purged(m))).toContain('session_replication_role is replica');
    expect((await m.maintenance.conditions([purgeOf(m, 'mem')])).readOnly).toContain('replica');
    await sql(url, 'ALTER TABLE mem DISABLE TRIGGER ALL', 'DROP ROLE replaying');
    expect(await refusal(purged(await open()))).toContain('orders_mem_id_fkey of public.orders is switched off');
    expect(await count(url, 'SELECT count(*) FROM orders')).toBe(40);
  });
});

describe('before anything is done', () => {
  it('what would go along is counted, and what no archive holds is told', async () => {
    await sql(
      url,
      ...TABLES,
      'CREATE TABLE orders (mem_id bigint REFERENCES mem ON DELETE CASCADE)',
      'INSERT INTO orders SELECT 1 + i % 2 FROM generate_series(1, 5000) i',
      'CREATE TABLE views (mem_id bigint CONSTRAINT seen REFERENCES mem ON DELETE SET NULL)',
      raising('false'),
    );
    const m = await open();
    const seen = await m.maintenance.conditions([purgeOf(m, 'mem', { rows: 20, of: 40 })]);
    expect(seen.hanging).toEqual([
      { action: `purge:${purgeOf(m, 'mem').set}`, place: 'public.notes', rows: 20, of: 40 },
      { action: `purge:${purgeOf(m, 'mem').set}`, place: 'public.orders', rows: 5000, of: 5000 },
    ]);
    expect(seen.warnings).toEqual([
      expect.stringContaining('foreign key seen, ON DELETE SET NULL'),
      expect.stringContaining('the trigger hold runs'),
    ]);
  });

  it('a number that no time can be is no expiry and no error', async () => {
    await sql(
      url,
      'CREATE TABLE mem (id bigint PRIMARY KEY, body text, expires_at numeric)',
      "INSERT INTO mem VALUES (1, 'a', 1e130000), (2, 'b', -1e130000), (3, 'c', 1e-4000), (4, 'd', 1000000000), (5, 'e', 'NaN')",
    );
    const m = await open([{ table: 'public.mem', text: 'body', expires: 'expires_at', expiresUnit: 'epoch-s' }]);
    expect(finished(await purged(m)).rows).toBe(2);
    expect((await sql(url, 'SELECT id FROM mem ORDER BY id')).map((r) => Number(r['id']))).toEqual([1, 2, 5]);
  });
});

describe('an undo', () => {
  it('that is run twice puts rows without a key back once', async () => {
    await sql(
      url,
      ...TABLES,
      'INSERT INTO notes SELECT * FROM notes WHERE mem_id < 4',
      'INSERT INTO notes VALUES (3, NULL)',
    );
    const before = await count(url, 'SELECT count(*) FROM notes');
    const m = await open();
    const r = await purged(m, true);
    expect(await count(url, 'SELECT count(*) FROM notes')).toBe(20);
    await sql(url, "INSERT INTO notes VALUES (1, 'w')");
    for (const batchRows of [3, 500]) {
      const back = m.maintenance.restore(listed(r.removed), context({ batchRows }));
      await ran(back as AsyncIterable<StepEvent>);
      expect(await count(url, 'SELECT count(*) FROM notes')).toBe(before);
      expect(await count(url, 'SELECT count(*) FROM notes WHERE mem_id = 3')).toBe(3);
    }
    expect(await count(url, 'SELECT count(*) FROM mem')).toBe(40);
  });
});

describe('a batch', () => {
  it('stays small where all doomed rows lie side by side at the end of a large table', async () => {
    await sql(
      url,
      'CREATE TABLE mem (id bigint PRIMARY KEY, body text, expires_at timestamptz)',
      "INSERT INTO mem SELECT i, 'b', CASE WHEN i > 400000 THEN now() - interval '1 day' END FROM generate_series(1, 500000) i",
    );
    const m = await open([{ table: 'public.mem', text: 'body', expires: 'expires_at' }]);
    const action = purgeOf(m, 'mem', { rows: 100_000, of: 500_000 });
    const r = await ran(m.maintenance.perform(action, context()));
    expect(finished(r).rows).toBe(100_000);
    const batches = r.events.flatMap((e) => (e.state === 'prepared' ? [e.rows] : []));
    expect(Math.max(...batches)).toBeLessThanOrEqual(55_000);
  });
});
