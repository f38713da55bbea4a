/** Rows marked as superseded by the convention of a mapped table: what is written, what is left, and what an undo brings back. */
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { type MappedTable, type PerformContext, Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { contents, duplicatesOf, supersedeOf, undo } from './duplicated.ts';
import { context, finished, type Maintained, maintained, type Ran, ran } from './maintained.ts';
import { count, sql } from './pg-store.ts';

const RECALL: MappedTable = {
  table: 'public.memories',
  namespace: 'agent',
  text: 'content',
  embedding: 'embedding',
  status: 'status',
  superseded: 'superseded',
  supersededBy: 'superseded_by',
  supersededAt: 'superseded_at',
};
const SET = 'map:public.memories';
const TABLE = `CREATE TABLE memories (id bigint PRIMARY KEY, agent text NOT NULL, content text, embedding vector(16),
  status text NOT NULL DEFAULT 'active', superseded_by bigint REFERENCES memories (id), superseded_at timestamptz, meta jsonb, weight real,
  day date, tags text[])`;
/** Texts and vectors of twelve kinds: rows i and i + 12 say the same. */
const rows = (n: number): string =>
  `INSERT INTO memories SELECT i, 'a' || i % 3, 'text ' || i % 12,
     (SELECT array_agg(sin((i % 12) * 16 + k)) FROM generate_series(1, 16) k)::vector, 'active', NULL, NULL,
     jsonb_build_object('n', i, 'x', 1.50), i / 7.0, date '2026-01-01' + i, ARRAY['t' || i, 'ä"''']
   FROM generate_series(0, ${n - 1}) i`;

let url = '';
const open: Maintained[] = [];
beforeEach(async () => {
  url = await freshDatabase();
  await sql(url, 'CREATE EXTENSION vector', TABLE, rows(120));
});
afterEach(async () => {
  for (const m of open.splice(0)) await m[Symbol.asyncDispose]();
});

async function store(...tables: MappedTable[]): Promise<Maintained> {
  const m = await maintained(url, tables.length === 0 ? [RECALL] : tables);
  open.push(m);
  return m;
}

type Pairs = readonly (readonly [string, string])[];
const pairs = (from: number, to: number): Pairs =>
  Array.from({ length: to - from }, (_, i) => [String(from + i), String((from + i) % 12)] as const);

async function marked(
  list: Pairs,
  o: Partial<PerformContext> = {},
  then: () => Promise<void> = async () => {},
): Promise<Ran> {
  const duplicates = await duplicatesOf(url, SET, list, [RECALL]);
  await then();
  const m = await store();
  return await ran(m.maintenance.perform(supersedeOf(m, 'memories', duplicates), context({ archive: true, ...o })));
}

const last = (): Maintained => open.at(-1) as Maintained;
const mark = async (id: number): Promise<unknown> =>
  (
    await sql(
      url,
      `SELECT status, superseded_by::text AS by, superseded_at IS NOT NULL AS at FROM memories WHERE id = ${id}`,
    )
  )[0];

describe('duplicates are marked', () => {
  it.each([
    ['one batch', undefined],
    ['batches of seven', 7],
  ])('as the store does it, in %s, and come back as they were', async (_, batchRows) => {
    const before = await contents(url, 'memories');
    const fixed = batchRows === undefined ? {} : { batchRows };
    const r = await marked(pairs(12, 120), fixed);
    expect(finished(r)).toMatchObject({ rows: 108, stopped: false });
    expect(finished(r).verified).toMatch(/^108 of 108 rows were marked, each read back/);
    expect(await mark(25)).toEqual({ status: 'superseded', by: '1', at: true });
    expect(await count(url, "SELECT count(*) FROM memories WHERE status = 'active'")).toBe(12);
    expect(
      await count(
        url,
        'SELECT count(*) FROM memories s JOIN memories m ON m.superseded_by = s.id WHERE m.id % 12 <> s.id',
      ),
    ).toBe(0);
    const now = await count(url, 'SELECT extract(epoch FROM now() - min(superseded_at)) FROM memories');
    expect(now).toBeGreaterThanOrEqual(0);
    expect(now).toBeLessThan(60);
    expect(r.removed).toHaveLength(108);
    expect(Object.keys(r.removed[0]?.changed ?? {}).sort()).toEqual(['status', 'superseded_at', 'superseded_by']);
    expect(r.removed[0]?.values).toEqual({ id: 12, status: 'active', superseded_by: null, superseded_at: null });
    expect(await undo(last(), r.removed, batchRows)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
  });

  it('no more of them than the cap allows', async () => {
    const r = await marked(pairs(12, 120), { maxRows: 10, batchRows: 4 });
    expect(finished(r).rows).toBe(10);
    expect(finished(r).verified).toContain('the allowed number of rows is reached');
    expect(await count(url, "SELECT count(*) FROM memories WHERE status <> 'active'")).toBe(10);
  });

  it('once: a second run of the same list changes nothing', async () => {
    const list = pairs(12, 120);
    const duplicates = await duplicatesOf(url, SET, list, [RECALL]);
    const m = await store();
    const act = supersedeOf(m, 'memories', duplicates);
    finished(await ran(m.maintenance.perform(act, context())));
    const after = await contents(url, 'memories');
    const again = await ran(m.maintenance.perform(act, context()));
    expect(again.last).toEqual({ state: 'skipped', why: 'no row was marked: 108 changed since' });
    expect(await contents(url, 'memories')).toEqual(after);
  });

  it('never both of two rows that name each other, nor a row whose survivor goes', async () => {
    const r = await marked([
      ['12', '24'],
      ['24', '12'],
      ['36', '48'],
      ['48', '0'],
      ['60', '60'],
    ]);
    expect(finished(r).rows).toBe(1);
    expect(await sql(url, "SELECT id::int FROM memories WHERE status <> 'active'")).toEqual([{ id: 48 }]);
    expect(finished(r).verified).toContain('4 changed since (of 4 the row that was to stay)');
  });
});

describe('what changed between audit and apply is left', () => {
  it.each([
    ['its text', "UPDATE memories SET content = 'other' WHERE id = 25", 25],
    [
      'a bit or two of its vector',
      "UPDATE memories SET embedding = embedding + '[1e-7,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]' WHERE id = 25",
      25,
    ],
    ['its namespace', "UPDATE memories SET agent = 'b' WHERE id = 25", 25],
    ['its status', "UPDATE memories SET status = 'superseded' WHERE id = 25", 25],
    ['the row itself, gone', 'DELETE FROM memories WHERE id = 25', 25],
    ['the text of its survivor', "UPDATE memories SET content = 'other' WHERE id = 1", 1],
    ['the status of its survivor', "UPDATE memories SET status = 'superseded' WHERE id = 1", 1],
    ['its survivor, gone', 'DELETE FROM memories WHERE id = 1', 1],
  ])('%s', async (_, change, id) => {
    let before: string[] = [];
    const r = await marked(pairs(24, 36), {}, async () => {
      await sql(url, change);
      before = await contents(url, 'memories');
    });
    expect(finished(r).rows).toBe(11);
    expect(finished(r).verified).toContain(
      id === 25 ? '1 changed since' : '1 changed since (of 1 the row that was to stay)',
    );
    const [row] = await sql(url, 'SELECT superseded_by FROM memories WHERE id = 25');
    expect(row?.['superseded_by'] ?? null).toBeNull();
    expect(await undo(last(), r.removed)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
  });

  it('but not a row of which only what is no content changed', async () => {
    const r = await marked(
      pairs(24, 36),
      {},
      async () => void (await sql(url, "UPDATE memories SET meta = '{}', weight = 9 WHERE id IN (25, 1)")),
    );
    expect(finished(r).rows).toBe(12);
  });
});

describe('rows that others hold', () => {
  async function holding<T>(statement: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query(statement);
      return await work(client);
    } finally {
      await client.end();
    }
  }

  it.each([
    ['the row', 'SELECT 1 FROM memories WHERE id = 25 FOR UPDATE'],
    ['its survivor, which is being changed', "UPDATE memories SET meta = '{}' WHERE id = 1"],
    ['its survivor, which is being removed', 'DELETE FROM memories WHERE id = 1'],
  ])('are left, named: %s', async (_, statement) => {
    const r = await holding(statement, async () => await marked(pairs(24, 36)));
    expect(finished(r).rows).toBe(11);
    expect(finished(r).verified).toContain('1 held by other transactions: 25');
    expect(await mark(25)).toEqual({ status: 'active', by: null, at: false });
  });

  it('are marked in the last pass when they are free by then', async () => {
    const duplicates = await duplicatesOf(url, SET, pairs(24, 36), [RECALL]);
    const m = await store();
    const r = await holding('SELECT 1 FROM memories WHERE id = 25 FOR UPDATE', async (client) => {
      const events = [];
      for await (const e of m.maintenance.perform(supersedeOf(m, 'memories', duplicates), context({ batchRows: 3 }))) {
        events.push(e);
        if (e.state === 'committed' && e.batch === 4) await client.query('COMMIT');
      }
      return events;
    });
    expect(r.at(-1)).toMatchObject({ state: 'finished', rows: 12 });
    expect(await mark(25)).toMatchObject({ status: 'superseded', by: '1' });
  });

  it('keep a reference that would have to follow, and its row with it', async () => {
    await sql(url, "UPDATE memories SET status = 'superseded', superseded_by = 25 WHERE id = 37");
    const r = await holding('SELECT 1 FROM memories WHERE id = 37 FOR UPDATE', async () => await marked(pairs(24, 36)));
    expect(finished(r).rows).toBe(11);
    expect(finished(r).verified).toContain('held by other transactions: 25');
    expect(await mark(37)).toMatchObject({ by: '25' });
  });
});

describe('while others write', () => {
  it('no row is marked that does not say what its survivor says at that moment', async () => {
    await sql(
      url,
      rows(1200).replace('generate_series(0,', 'generate_series(120,'),
      'CREATE TABLE seen (id bigint, same boolean)',
      `CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO public.seen SELECT NEW.id, s.content = NEW.content AND s.status = 'active' FROM public.memories s WHERE s.id = NEW.superseded_by;
         RETURN NULL; END $$`,
      "CREATE TRIGGER see AFTER UPDATE OF status ON memories FOR EACH ROW WHEN (NEW.status = 'superseded') EXECUTE FUNCTION see()",
    );
    const list = Array.from({ length: 600 }, (_, i) => [String(i + 600), String(i)] as const);
    const duplicates = await duplicatesOf(url, SET, list, [RECALL]);
    const m = await store();
    const writing = new AbortController();
    // The rows that a writer takes are seeded; what it meets them at is not.
    const writer = async (seed: number): Promise<number> => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      let [at, done] = [seed, 0];
      while (!writing.signal.aborted) {
        at = (at * 1_103_515_245 + 12_345) % 2 ** 31;
        const { rowCount } = await client.query(
          "UPDATE memories SET content = content || 'x' WHERE id = $1 AND status = 'active'",
          [at % 1200],
        );
        done += rowCount ?? 0;
      }
      await client.end();
      return done;
    };
    const writers = [writer(1), writer(2)];
    const run = await ran(m.maintenance.perform(supersedeOf(m, 'memories', duplicates), context({ batchRows: 20 })));
    writing.abort();
    const [a = 0, b = 0] = await Promise.all(writers);
    const marks = await count(url, 'SELECT count(*) FROM seen');
    expect(marks).toBe(finished(run).rows);
    expect(await count(url, 'SELECT count(*) FROM seen WHERE NOT same')).toBe(0);
    // Both sides got somewhere: rows were edited before their turn, and rows were marked.
    expect(a + b).toBeGreaterThan(20);
    expect(marks).toBeGreaterThan(20);
    expect(finished(run).verified).toContain('changed since');
  });
});

describe('chains', () => {
  it('are collapsed: what pointed to a row that is now superseded points to its survivor', async () => {
    await sql(
      url,
      "UPDATE memories SET status = 'superseded', superseded_by = 25, superseded_at = '2026-02-03' WHERE id IN (37, 49)",
      "UPDATE memories SET status = 'superseded', superseded_by = 26 WHERE id = 38",
    );
    await using store = await openStore(Target.parse(url), { mode: 'read', map: { tables: [RECALL] } });
    expect(await store.chainDepth?.(SET)).toBe(1);
    const before = await contents(url, 'memories');
    const r = await marked(pairs(24, 26));
    expect(finished(r).rows).toBe(2);
    expect(finished(r).verified).toContain('point at the rows that stay: chains of up to 2 steps are one shorter');
    expect(await mark(37)).toMatchObject({ by: '1' });
    expect(await mark(49)).toMatchObject({ by: '1' });
    expect(await mark(38)).toMatchObject({ by: '26' });
    expect(r.events.find((e) => e.state === 'prepared')).toMatchObject({ rows: 2, dependents: 2 });
    expect(await undo(last(), r.removed)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
  });

  it('of several runs come back run by run, and all at once in either order', async () => {
    const runs = async (): Promise<Ran[]> => [
      await marked([
        ['36', '24'],
        ['48', '24'],
      ]),
      await marked([
        ['24', '12'],
        ['60', '12'],
      ]),
      await marked([['12', '0']]),
    ];
    const before = await contents(url, 'memories');
    const first = await runs();
    expect(await count(url, 'SELECT count(*) FROM memories WHERE superseded_by = 0')).toBe(5);
    for (const r of [...first].reverse()) expect(await undo(last(), r.removed)).toEqual([]);
    expect(await contents(url, 'memories')).toEqual(before);
    for (const turned of [false, true]) {
      const all = (await runs()).flatMap((r) => r.removed);
      expect(await undo(last(), turned ? all.reverse() : all, 2)).toEqual([]);
      expect(await contents(url, 'memories')).toEqual(before);
    }
  });
});

describe('an undo', () => {
  it('leaves what has changed since, names it, and brings back the rest', async () => {
    const r = await marked(pairs(24, 36));
    await sql(
      url,
      'UPDATE memories SET superseded_by = 2 WHERE id = 25',
      'DELETE FROM memories WHERE id = 27',
      "UPDATE memories SET status = 'active', superseded_by = NULL, superseded_at = NULL WHERE id = 28",
      "UPDATE memories SET content = 'edited' WHERE id = 29",
    );
    expect((await undo(last(), r.removed)).sort()).toEqual([
      'it is as it was already (id = 28)',
      'status, superseded_by, superseded_at of the row changed since (id = 25)',
      'the row is not there any more (id = 27)',
    ]);
    expect(await mark(25)).toMatchObject({ status: 'superseded', by: '2' });
    expect(await sql(url, "SELECT id::int FROM memories WHERE status <> 'active'")).toEqual([{ id: 25 }]);
    expect(await count(url, "SELECT count(*) FROM memories WHERE content = 'edited' AND status = 'active'")).toBe(1);
  });

  it('names a row that even a constraint at COMMIT does not let back', async () => {
    await sql(
      url,
      'ALTER TABLE memories DROP CONSTRAINT memories_superseded_by_fkey',
      "UPDATE memories SET status = 'superseded', superseded_by = 26 WHERE id = 38",
    );
    const r = await marked(pairs(24, 36));
    await sql(
      url,
      'DELETE FROM memories WHERE id = 26',
      'ALTER TABLE memories ADD CONSTRAINT stays FOREIGN KEY (superseded_by) REFERENCES memories (id) DEFERRABLE INITIALLY DEFERRED',
    );
    expect((await undo(last(), r.removed)).sort()).toEqual([
      'a constraint of the table refuses it (id = 38)',
      'the row is not there any more (id = 26)',
    ]);
    expect(await mark(38)).toMatchObject({ by: '2' });
    expect(await count(url, "SELECT count(*) FROM memories WHERE status <> 'active'")).toBe(1);
  });

  it('names a row that a constraint does not let back, and brings back the others', async () => {
    await sql(url, "CREATE UNIQUE INDEX one ON memories (agent, content, (meta ->> 'n')) WHERE status = 'active'");
    const r = await marked(pairs(24, 36));
    await sql(
      url,
      "INSERT INTO memories SELECT 500, agent, content, embedding, 'active', NULL, NULL, meta FROM memories WHERE id = 30",
    );
    expect(await undo(last(), r.removed)).toEqual(['a constraint of the table refuses it (id = 30)']);
    expect(await count(url, "SELECT count(*) FROM memories WHERE status <> 'active'")).toBe(1);
  });
});
