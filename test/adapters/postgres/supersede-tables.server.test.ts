/** Marks in tables of every make: formats of time, members of JSON, keys of several columns, partitions, triggers, rights. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pgMaintenance } from '../../../src/adapters/postgres/maintenance.ts';
import { readSets } from '../../../src/adapters/postgres/reading.ts';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import type { SetProfile } from '../../../src/profiles/index.ts';
import { type MappedTable, Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { contents, deleteOf, duplicatesOf, supersedeOf, undo } from './duplicated.ts';
import { context, finished, type Maintained, maintained, type Ran, ran } from './maintained.ts';
import { asRole, count, refusal, sql } from './pg-store.ts';

const BASE: MappedTable = { table: 'public.memories', text: 'content', embedding: 'embedding' };
const BY_STATUS: MappedTable = { ...BASE, status: 'status', superseded: 'superseded' };
const PAIRS = [2, 3, 4].map((i) => [String(i), '1'] as const);

let url = '';
const open: Maintained[] = [];
beforeEach(async () => {
  url = await freshDatabase();
  await sql(url, 'CREATE EXTENSION vector');
});
afterEach(async () => {
  for (const m of open.splice(0)) await m[Symbol.asyncDispose]();
});

/** Four rows that say the same, with ids 1 to 4. */
async function table(columns: string, values = ''): Promise<void> {
  await sql(
    url,
    `CREATE TABLE memories (id int PRIMARY KEY, content text, embedding vector(3)${columns === '' ? '' : `, ${columns}`})`,
    `INSERT INTO memories SELECT i, 'the same', '[1,2,3]'${values === '' ? '' : `, ${values}`} FROM generate_series(1, 4) i`,
  );
}

async function store(map: MappedTable, as = url, change?: Partial<SetProfile>): Promise<Maintained> {
  if (change === undefined) {
    const m = await maintained(as, [map]);
    open.push(m);
    return m;
  }
  const target = Target.parse(as);
  const session = await openSession(target, { mode: 'write', purpose: 'test' });
  const read = await readSets(session, { map: { tables: [map] } });
  const reading = { ...read, sets: read.sets.map((s) => ({ ...s, set: { ...s.set, ...change } })) };
  const m = {
    maintenance: pgMaintenance(target, session, reading),
    reading,
    [Symbol.asyncDispose]: async () => await session.close(),
  };
  open.push(m);
  return m;
}

async function marked(
  map: MappedTable,
  pairs: readonly (readonly [string, string])[] = PAIRS,
  change?: Partial<SetProfile>,
): Promise<Ran> {
  const m = await store(map, url, change);
  const id = m.reading.sets[0]?.id ?? '';
  const duplicates = await duplicatesOf(url, id, pairs, [map]);
  return await ran(m.maintenance.perform(supersedeOf(m, 'memories', duplicates), context({ archive: true })));
}
const last = (): Maintained => open.at(-1) as Maintained;

/** Seconds between what is written and now, by SQL of the test's own. */
const NEAR = (seconds: string): string =>
  `SELECT count(*) FROM memories WHERE abs(extract(epoch FROM now()) - (${seconds})) < 60`;

describe('the moment is written as the column has it', () => {
  it.each([
    ['timestamptz', {}, 'extract(epoch FROM gone)'],
    ['timestamptz(0)', {}, 'extract(epoch FROM gone)'],
    ['timestamp', {}, "extract(epoch FROM gone AT TIME ZONE 'UTC')"],
    ['bigint', { deletedUnit: 'epoch-ms' }, 'gone / 1000'],
    ['bigint', { deletedUnit: 'epoch-us' }, 'gone / 1000000'],
    ['double precision', { deletedUnit: 'epoch-s' }, 'gone'],
    ['numeric(20,3)', { deletedUnit: 'epoch-s' }, 'gone'],
    ['text', { deletedUnit: 'utc-text' }, 'extract(epoch FROM gone::timestamptz)'],
    ['text', { deletedUnit: 'epoch-s' }, 'gone::float8'],
    ['varchar(40)', { deletedUnit: 'utc-text' }, 'extract(epoch FROM gone::timestamptz)'],
  ] as const)('%s %o', async (type, unit, seconds) => {
    await table(`gone ${type}`, 'NULL');
    const before = await contents(url, 'memories');
    const r = await marked({ ...BASE, deleted: 'gone', ...unit });
    expect(finished(r).rows).toBe(3);
    expect(await count(url, `${NEAR(seconds)} AND id > 1`)).toBe(3);
    expect(await count(url, 'SELECT count(*) FROM memories WHERE gone IS NULL')).toBe(1);
    expect(await undo(last(), r.removed)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
  });

  it('and a flag is true', async () => {
    await table('gone boolean NOT NULL DEFAULT false', 'false');
    const before = await contents(url, 'memories');
    const r = await marked({ ...BASE, deleted: 'gone' });
    expect(r.removed[0]).toMatchObject({ values: { id: 2, gone: false }, changed: { gone: true } });
    expect(await undo(last(), r.removed)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
  });
});

describe('members of a JSON column', () => {
  it.each(['jsonb', 'json'])('%s are set, and the column comes back as it was, letter by letter', async (type) => {
    await table(
      `gone boolean NOT NULL, meta ${type}`,
      `false, CASE i WHEN 2 THEN NULL ELSE ('{ "b": 1.50,  "a": {"n": ' || i || '}, "by": "x" }')::${type} END`,
    );
    const before = await contents(url, 'memories');
    const r = await marked({ ...BASE, deleted: 'gone' }, PAIRS, {
      supersede: {
        set: [
          { column: { column: 'gone' }, to: { value: true } },
          { column: { json: 'meta', path: 'by' }, to: { survivor: true } },
          { column: { json: 'meta', path: 'at' }, to: { now: 'epoch-s' } },
          { column: { json: 'meta', path: 'on' }, to: { now: 'utc-text' } },
          { column: { json: 'meta', path: "it's" }, to: { value: 'merged' } },
        ],
        source: 'this test',
      },
    });
    expect(finished(r).rows).toBe(3);
    expect(
      await sql(
        url,
        `SELECT meta ->> 'by' AS by, meta ->> 'it''s' AS why, meta #>> '{a,n}' AS n FROM memories WHERE id IN (2, 3) ORDER BY id`,
      ),
    ).toEqual([
      { by: '1', why: 'merged', n: null },
      { by: '1', why: 'merged', n: '3' },
    ]);
    expect(await count(url, NEAR("(meta ->> 'at')::float8"))).toBe(3);
    expect(await count(url, NEAR("extract(epoch FROM (meta ->> 'on')::timestamptz)"))).toBe(3);
    expect(await undo(last(), r.removed)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
  });

  it('that is no object is left as it is, and the row with it', async () => {
    await table('gone boolean NOT NULL, meta jsonb', `false, CASE i WHEN 3 THEN '[1]'::jsonb ELSE '{}' END`);
    const r = await marked({ ...BASE, deleted: 'gone' }, PAIRS, {
      supersede: {
        set: [
          { column: { column: 'gone' }, to: { value: true } },
          { column: { json: 'meta', path: 'by' }, to: { survivor: true } },
        ],
        source: 'this test',
      },
    });
    expect(finished(r)).toMatchObject({ rows: 2, verified: expect.stringContaining('refused: 3') });
    expect(await sql(url, 'SELECT id FROM memories WHERE NOT gone ORDER BY id')).toEqual([{ id: 1 }, { id: 3 }]);
  });
});

describe('tables of other makes', () => {
  it('a key of several columns, whose types are no text', async () => {
    await sql(
      url,
      `CREATE TABLE memories (tenant varchar(4), no numeric, day date, content text, embedding vector(3), status text DEFAULT 'active', PRIMARY KEY (tenant, no, day))`,
      `INSERT INTO memories SELECT 'a"/' || i % 2, 1.50 + i, date '2026-01-01', 'same', '[1,2,3]' FROM generate_series(0, 9) i`,
    );
    const key = (i: number): string => JSON.stringify([`a"/${i % 2}`, `${i + 1}.50`, '2026-01-01']);
    const before = await contents(url, 'memories');
    const r = await marked(
      BY_STATUS,
      [2, 4, 5].map((i) => [key(i), key(0)] as const),
    );
    expect(finished(r)).toMatchObject({ rows: 3 });
    expect(await sql(url, "SELECT no::text FROM memories WHERE status = 'superseded' ORDER BY no")).toEqual([
      { no: '3.50' },
      { no: '5.50' },
      { no: '6.50' },
    ]);
    expect(await undo(last(), r.removed)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
  });

  it('partitions, but not where the mark is part of the key', async () => {
    await sql(
      url,
      `CREATE TABLE memories (id int, content text, embedding vector(3), status text, by int, PRIMARY KEY (id, status)) PARTITION BY LIST (status)`,
    );
    expect(await refusal(marked(BY_STATUS, []))).toContain('the convention would write the primary key');
    await sql(
      url,
      'DROP TABLE memories',
      `CREATE TABLE memories (id int PRIMARY KEY, content text, embedding vector(3), status text NOT NULL DEFAULT 'active', by int) PARTITION BY RANGE (id)`,
      'CREATE TABLE low PARTITION OF memories FOR VALUES FROM (0) TO (3)',
      'CREATE TABLE high PARTITION OF memories FOR VALUES FROM (3) TO (100)',
      `INSERT INTO memories SELECT i, 'the same', '[1,2,3]' FROM generate_series(1, 4) i`,
    );
    const before = await contents(url, 'memories');
    const map = { ...BY_STATUS, supersededBy: 'by' };
    const r = await marked(map);
    expect(finished(r).rows).toBe(3);
    expect(await count(url, "SELECT count(*) FROM high WHERE status = 'superseded' AND by = 1")).toBe(2);
    expect(await undo(last(), r.removed)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
    const m = last();
    const duplicates = await duplicatesOf(url, m.reading.sets[0]?.id ?? '', PAIRS, [map]);
    const gone = await ran(m.maintenance.perform(deleteOf(m, 'memories', duplicates), context({ archive: true })));
    expect(finished(gone).rows).toBe(3);
    expect(await sql(url, 'SELECT id FROM memories')).toEqual([{ id: 1 }]);
    expect(await undo(m, gone.removed)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
  });

  it('types and names of their own, in a schema of their own', async () => {
    await sql(
      url,
      'CREATE SCHEMA "My Store"',
      `CREATE TYPE "My Store"."State" AS ENUM ('live', 'it''s over')`,
      'CREATE DOMAIN "My Store".no AS bigint CHECK (VALUE > 0)',
      `CREATE TABLE "My Store"."Mem ""x""" ("Id" "My Store".no PRIMARY KEY, "Text" text, "the state" "My Store"."State" DEFAULT 'live', "By" "My Store".no, embedding vector(3))`,
      `INSERT INTO "My Store"."Mem ""x""" SELECT i, 'the same', 'live', NULL, '[1,2,3]' FROM generate_series(1, 4) i`,
    );
    const name = '"My Store"."Mem ""x"""';
    const map: MappedTable = {
      table: 'My Store.Mem "x"',
      text: 'Text',
      embedding: 'embedding',
      status: 'the state',
      superseded: "it's over",
      supersededBy: 'By',
    };
    const before = await contents(url, name);
    const m = await store(map);
    const set = m.reading.sets[0]?.id ?? '';
    const act = supersedeOf(m, 'Mem "x"', await duplicatesOf(url, set, PAIRS, [map]));
    expect((await m.maintenance.conditions([act])).visibility).toEqual([{ subject: set, complete: true }]);
    const r = await ran(m.maintenance.perform(act, context({ archive: true })));
    expect(finished(r).rows).toBe(3);
    const chained = supersedeOf(m, 'Mem "x"', []);
    expect((await ran(m.maintenance.perform(chained, context()))).last).toEqual({
      state: 'skipped',
      why: 'no row was marked: the list is empty',
    });
    expect(
      await sql(url, `SELECT DISTINCT "the state"::text AS s, "By"::int AS by FROM ${name} WHERE "Id" > 1`),
    ).toEqual([{ s: "it's over", by: 1 }]);
    expect(await undo(m, r.removed)).toEqual([]);
    expect(await contents(url, name)).toEqual(before);
  });

  it('without a primary key are refused', async () => {
    await sql(url, "CREATE TABLE memories (id int, content text, embedding vector(3), status text DEFAULT 'active')");
    const m = await store({ ...BY_STATUS, id: ['id'] });
    const act = supersedeOf(m, 'memories', []);
    expect(await refusal(ran(m.maintenance.perform(act, context())))).toContain('no primary key');
    expect((await m.maintenance.conditions([act])).visibility).toContainEqual(
      expect.objectContaining({ complete: false, why: expect.stringContaining('no primary key') }),
    );
    expect(await refusal(ran(m.maintenance.perform(deleteOf(m, 'memories', []), context())))).toContain(
      'no primary key',
    );
  });

  it('whose mark is not what is read as a mark change nothing', async () => {
    await table("status text DEFAULT 'active', label text", "'active', NULL");
    const before = await contents(url, 'memories');
    const set: SetProfile['supersede'] = {
      set: [{ column: { column: 'label' }, to: { value: 'old' } }],
      source: 'this test',
    };
    expect(await refusal(marked(BY_STATUS, PAIRS, { supersede: set }))).toContain(
      'is still read as an active one (label)',
    );
    expect(await contents(url, 'memories')).toEqual(before);
  });

  it('with a rule or heirs are refused, before anything is done', async () => {
    await table("status text DEFAULT 'active'", "'active'");
    await sql(url, 'CREATE RULE quiet AS ON UPDATE TO memories DO INSTEAD NOTHING');
    expect(await refusal(marked(BY_STATUS))).toContain(
      'the rule quiet of public.memories does something else instead of an UPDATE',
    );
  });
});

describe('what the store takes away with a superseded row', () => {
  it('goes, with what hangs on it, and comes back bit by bit', async () => {
    await table('gone timestamptz', 'NULL');
    await sql(
      url,
      'CREATE TABLE edges (no int PRIMARY KEY, a int REFERENCES memories (id), b int REFERENCES memories (id), v vector(2))',
      'CREATE TABLE notes (id int PRIMARY KEY, edge int REFERENCES edges (no) ON DELETE CASCADE, x text)',
      'INSERT INTO edges SELECT i, i % 4 + 1, 1, ARRAY[i, 0.1]::vector FROM generate_series(1, 20) i',
      "INSERT INTO notes SELECT i, i, 'n' FROM generate_series(1, 20) i",
    );
    const before = await contents(url, 'memories', 'edges', 'notes');
    const supersede: SetProfile['supersede'] = {
      set: [{ column: { column: 'gone' }, to: { now: 'native' } }],
      dependents: [{ table: 'edges', on: { a: 'id' }, how: 'delete' }],
      source: 'this test',
    };
    const r = await marked({ ...BASE, deleted: 'gone' }, PAIRS, { supersede });
    expect(finished(r).rows).toBe(3);
    expect(r.events.find((e) => e.state === 'prepared')).toMatchObject({ rows: 3, dependents: 30 });
    expect(await count(url, 'SELECT count(*) FROM edges')).toBe(5);
    expect(await count(url, 'SELECT count(*) FROM memories')).toBe(4);
    expect(await undo(last(), r.removed)).toEqual([]);
    expect(await contents(url, 'memories', 'edges', 'notes')).toEqual(before);
    const m = last();
    const act = supersedeOf(
      m,
      'memories',
      await duplicatesOf(url, m.reading.sets[0]?.id ?? '', PAIRS, [{ ...BASE, deleted: 'gone' }]),
    );
    expect((await m.maintenance.conditions([act])).hanging).toEqual([
      { action: act.id, place: 'public.edges', rows: 15, of: 20 },
      { action: act.id, place: 'public.notes', rows: 15, of: 20 },
    ]);
    // A dry run asks the same over a connection that cannot write.
    const target = Target.parse(url);
    const session = await openSession(target, { mode: 'read', purpose: 'test' });
    try {
      const seen = await pgMaintenance(target, session, m.reading).conditions([act]);
      expect(seen).toMatchObject({ readOnly: null, visibility: [{ subject: act.set, complete: true }] });
      expect(seen.hanging).toHaveLength(2);
    } finally {
      await session.close();
    }
  });
});

describe('triggers of the store', () => {
  const trigger = (body: string): string[] => [
    `CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$`,
    'CREATE TRIGGER act BEFORE UPDATE ON memories FOR EACH ROW EXECUTE FUNCTION act()',
  ];

  it.each([
    [
      'that keep a row as it is',
      'IF OLD.id = 3 THEN RETURN NULL; END IF; RETURN NEW;',
      /refused: 3 \(a trigger \(act\) keeps the row/,
    ],
    [
      'that write something else',
      "IF OLD.id = 3 THEN NEW.status := 'odd'; END IF; RETURN NEW;",
      /refused: 3 \(a trigger \(act\) keeps the row/,
    ],
    [
      'that refuse it',
      "IF OLD.id = 3 THEN RAISE 'secret text'; END IF; RETURN NEW;",
      /refused: 3 \(the trigger act of public.memories, P0001\)/,
    ],
  ])('%s: it is left and named, the others are marked', async (_, body, said) => {
    await table("status text DEFAULT 'active'", "'active'");
    await sql(url, ...trigger(body));
    const r = await marked(BY_STATUS);
    expect(finished(r).rows).toBe(2);
    expect(finished(r).verified).toMatch(said);
    expect(finished(r).verified).not.toContain('secret');
    expect(await sql(url, 'SELECT status FROM memories WHERE id = 3')).toEqual([{ status: 'active' }]);
  });

  it('that date a row are warned about, and what they wrote is put back where they let it', async () => {
    await table("status text DEFAULT 'active', touched timestamptz", "'active', '2026-01-02'");
    await sql(
      url,
      ...trigger('IF NEW.touched IS NOT DISTINCT FROM OLD.touched THEN NEW.touched := now(); END IF; RETURN NEW;'),
    );
    const before = await contents(url, 'memories');
    const r = await marked(BY_STATUS);
    expect(finished(r).rows).toBe(3);
    expect(await count(url, "SELECT count(*) FROM memories WHERE touched > '2026-01-03'")).toBe(3);
    expect(Object.keys(r.removed[0]?.changed ?? {})).toEqual(['status']);
    expect((await last().maintenance.conditions([supersedeOf(last(), 'memories', [])])).warnings).toContainEqual(
      expect.stringContaining('the trigger act runs when rows of public.memories are marked'),
    );
    expect(await undo(last(), r.removed)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
  });

  it('that act after the row was written are noticed', async () => {
    await table("status text DEFAULT 'active'", "'active'");
    await sql(
      url,
      "CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE public.memories SET status = 'active' WHERE id = NEW.id AND id = 4; RETURN NULL; END $$",
      "CREATE CONSTRAINT TRIGGER back AFTER UPDATE ON memories DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'superseded') EXECUTE FUNCTION back()",
    );
    const r = await marked(BY_STATUS);
    expect(finished(r)).toMatchObject({ rows: 2, verified: expect.stringContaining('refused: 4') });
  });
});

describe('a role', () => {
  const role = 'deduper';
  beforeEach(async () => {
    await table("status text DEFAULT 'active', by int, owner text", `'active', NULL, '${role}'`);
    await sql(url, `DO $$ BEGIN CREATE ROLE ${role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
  });
  afterEach(async () => void (await sql(url, `DROP OWNED BY ${role}`)));
  const MAP = { ...BY_STATUS, supersededBy: 'by' };

  it('is told which columns it must be allowed to write, and needs no more than that', async () => {
    await sql(url, `GRANT SELECT, UPDATE (status) ON memories TO ${role}`);
    const m = await store(MAP, asRole(url, role));
    const duplicates = await duplicatesOf(url, m.reading.sets[0]?.id ?? '', PAIRS, [MAP]);
    const act = supersedeOf(m, 'memories', duplicates);
    const [seen] = (await m.maintenance.conditions([act])).visibility;
    expect(seen).toMatchObject({ complete: false, why: expect.stringContaining('lacks UPDATE ("by")') });
    expect(await refusal(ran(m.maintenance.perform(act, context())))).toContain('permission denied');
    await sql(url, String(seen?.grant));
    expect((await m.maintenance.conditions([act])).visibility).toEqual([{ subject: act.set, complete: true }]);
    expect(finished(await ran(m.maintenance.perform(act, context({ archive: true })))).rows).toBe(3);
  });

  it('that may remove duplicates must be allowed to lock what stays', async () => {
    await sql(url, `GRANT SELECT, DELETE ON memories TO ${role}`);
    const m = await store(MAP, asRole(url, role));
    const act = deleteOf(m, 'memories', await duplicatesOf(url, m.reading.sets[0]?.id ?? '', PAIRS, [MAP]));
    const [seen] = (await m.maintenance.conditions([act])).visibility;
    expect(seen).toMatchObject({ complete: false, grant: `GRANT UPDATE ON "public"."memories" TO "${role}"` });
    await sql(url, String(seen?.grant));
    expect((await m.maintenance.conditions([act])).visibility).toEqual([{ subject: act.set, complete: true }]);
    expect(finished(await ran(m.maintenance.perform(act, context()))).rows).toBe(3);
  });

  it('that row-level security keeps from some rows changes none', async () => {
    await sql(
      url,
      `GRANT SELECT, UPDATE ON memories TO ${role}`,
      'ALTER TABLE memories ENABLE ROW LEVEL SECURITY',
      `CREATE POLICY mine ON memories USING (id < 4)`,
    );
    const before = await contents(url, 'memories');
    const m = await store(MAP, asRole(url, role));
    const act = supersedeOf(m, 'memories', await duplicatesOf(url, m.reading.sets[0]?.id ?? '', PAIRS, [MAP]));
    expect((await m.maintenance.conditions([act])).visibility).toEqual([
      expect.objectContaining({ complete: false, why: expect.stringContaining('row-level security') }),
    ]);
    expect(await refusal(ran(m.maintenance.perform(act, context())))).toContain('row-level security');
    expect(await contents(url, 'memories')).toEqual(before);
  });
});

describe('a run that is killed', () => {
  const child = fileURLToPath(new URL('supersede-child.ts', import.meta.url));
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', child, url, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

  it.each(['prepared', 'committed'])('after a batch was %s leaves nothing half done, and goes on', async (when) => {
    await table("status text DEFAULT 'active', by int", "'active', NULL");
    await sql(url, "INSERT INTO memories SELECT i, 'the same', '[1,2,3]', 'active' FROM generate_series(5, 100) i");
    const process = start(when);
    const token = await new Promise<string>((done, fail) => {
      process.stdout?.on('data', (d: Buffer) => done(String(d).trim()));
      process.on('exit', () => fail(new Error('the child ended by itself')));
    });
    process.kill('SIGKILL');
    const map = { ...BY_STATUS, supersededBy: 'by' };
    const m = await store(map);
    const pairs = Array.from({ length: 99 }, (_, i) => [String(i + 2), '1'] as const);
    const act = supersedeOf(m, 'memories', await duplicatesOf(url, m.reading.sets[0]?.id ?? '', pairs, [map]));
    expect(await m.maintenance.settle(act, token)).toBe(when === 'prepared' ? 'rolled-back' : 'committed');
    const done = when === 'prepared' ? 10 : 20;
    expect(await count(url, "SELECT count(*) FROM memories WHERE status = 'superseded' AND by = 1")).toBe(done);
    expect(finished(await ran(m.maintenance.perform(act, context()))).rows).toBe(99 - done);
    expect(await sql(url, "SELECT id FROM memories WHERE status = 'active'")).toEqual([{ id: 1 }]);
  });
});
