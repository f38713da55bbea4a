import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RemovedRow, StepEvent } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { context, finished, type Maintained, maintained, purgeOf, ran } from './maintained.ts';
import { asRole, count, refusal, sql } from './pg-store.ts';

const MEMORIES = {
  table: 'public.memories',
  namespace: 'owner',
  text: 'content',
  created: 'created_at',
  expires: 'expires_at',
  evictionOrder: ['touched'],
};
const TABLE = `CREATE TABLE memories (id bigint PRIMARY KEY, owner text, content text, created_at timestamptz NOT NULL,
  expires_at timestamptz, touched bigint)`;
/** Even ids are expired, every fifth never expires. */
const fill = (rows: number): string => `INSERT INTO memories SELECT i, 'user-' || i % 7, repeat(md5(i::text), 4),
  now() - i * interval '1 minute', CASE WHEN i % 2 = 0 THEN now() - interval '1 day' WHEN i % 5 <> 0 THEN now() + interval '1 day' END, i
  FROM generate_series(1, ${rows}) i`;

let url = '';
const clients: pg.Client[] = [];
const stores: Maintained[] = [];

beforeEach(async () => {
  url = await freshDatabase();
});
afterEach(async () => {
  for (const s of stores.splice(0)) await s[Symbol.asyncDispose]();
  for (const c of clients.splice(0)) await c.end();
});

async function open(tables = [MEMORIES] as Parameters<typeof maintained>[1], at = url): Promise<Maintained> {
  const m = await maintained(at, tables);
  stores.push(m);
  return m;
}

async function client(): Promise<pg.Client> {
  const c = new pg.Client({ connectionString: url });
  c.on('error', () => undefined);
  await c.connect();
  clients.push(c);
  return c;
}

async function* listed(rows: readonly RemovedRow[]): AsyncGenerator<RemovedRow> {
  yield* rows;
}

describe('rows that have expired', () => {
  it.each([
    ['page by page', undefined],
    ['from a list', 137],
  ])('are removed %s, and no others', async (_, batchRows) => {
    await sql(url, TABLE, fill(5000));
    const m = await open();
    const r = await ran(
      m.maintenance.perform(purgeOf(m, 'memories'), context(batchRows === undefined ? {} : { batchRows })),
    );
    expect(finished(r)).toMatchObject({
      rows: 2500,
      stopped: false,
      verified: 'no row of public.memories meets the rule any more',
    });
    expect(await count(url, 'SELECT count(*) FROM memories')).toBe(2500);
    expect(await count(url, 'SELECT count(*) FROM memories WHERE id % 2 = 0')).toBe(0);
    const again = await ran(m.maintenance.perform(purgeOf(m, 'memories'), context()));
    expect(again.last).toEqual({ state: 'skipped', why: 'no row of public.memories meets the rule any more' });
  });

  it('are found by an index when they are few', async () => {
    await sql(
      url,
      TABLE,
      fill(200_000),
      'UPDATE memories SET expires_at = NULL WHERE id > 40',
      'CREATE INDEX ON memories (expires_at)',
      'ANALYZE memories',
    );
    const m = await open();
    const r = await ran(m.maintenance.perform(purgeOf(m, 'memories', { rows: 20, of: 200_000 }), context()));
    expect(finished(r).rows).toBe(20);
  });

  it('go only after the caller has come back for them, and never more than allowed', async () => {
    await sql(url, TABLE, fill(1000));
    const m = await open();
    const states: string[] = [];
    for await (const e of m.maintenance.perform(purgeOf(m, 'memories'), context({ maxRows: 130, batchRows: 50 }))) {
      states.push(e.state);
      const gone = 1000 - (await count(url, 'SELECT count(*) FROM memories'));
      if (e.state === 'prepared') expect(gone).toBe(50 * (e.batch - 1));
      if (e.state === 'committed') expect(gone).toBe(Math.min(130, 50 * e.batch));
    }
    expect(states.filter((s) => s === 'committed')).toHaveLength(3);
    expect(await count(url, 'SELECT count(*) FROM memories')).toBe(870);
    const none = await ran(m.maintenance.perform(purgeOf(m, 'memories'), context({ maxRows: 0 })));
    expect(finished(none)).toMatchObject({ rows: 0, verified: 'the allowed number of rows is reached' });
    const whole = await ran(m.maintenance.perform(purgeOf(m, 'memories'), context({ maxRows: 7 })));
    expect(finished(whole)).toMatchObject({ rows: 7, verified: 'the allowed number of rows is reached' });
  });

  it('stay when the run is stopped, and the batch at hand is finished', async () => {
    await sql(url, TABLE, fill(1000));
    const m = await open();
    const stop = new AbortController();
    const events: StepEvent[] = [];
    for await (const e of m.maintenance.perform(
      purgeOf(m, 'memories'),
      context({ batchRows: 40, signal: stop.signal }),
    )) {
      events.push(e);
      if (e.state === 'prepared' && e.batch === 2) stop.abort();
    }
    expect(events.at(-1)).toMatchObject({ state: 'finished', rows: 80, stopped: true });
    expect(await count(url, 'SELECT count(*) FROM memories')).toBe(920);
  });

  it('are rolled back when nobody comes back for them', async () => {
    await sql(url, TABLE, fill(100));
    const m = await open();
    for await (const e of m.maintenance.perform(purgeOf(m, 'memories'), context())) if (e.state === 'prepared') break;
    expect(await count(url, 'SELECT count(*) FROM memories')).toBe(100);
  });

  it('are kept when their time was extended meanwhile', async () => {
    await sql(url, TABLE, fill(1000));
    const m = await open();
    for await (const e of m.maintenance.perform(purgeOf(m, 'memories'), context({ batchRows: 100 })))
      if (e.state === 'committed' && e.batch === 1)
        await sql(url, "UPDATE memories SET expires_at = now() + interval '1 hour' WHERE id IN (500, 700, 998)");
    expect(await count(url, 'SELECT count(*) FROM memories WHERE id IN (500, 700, 998)')).toBe(3);
    expect(await count(url, 'SELECT count(*) FROM memories')).toBe(503);
  });

  it('are passed over while someone holds them, and named', async () => {
    await sql(url, TABLE, fill(1000));
    const holder = await client();
    await holder.query('BEGIN; SELECT 1 FROM memories WHERE id IN (10, 900) FOR UPDATE');
    const m = await open();
    const begun = performance.now();
    const r = await ran(m.maintenance.perform(purgeOf(m, 'memories'), context()));
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(finished(r).rows).toBe(498);
    expect(finished(r).verified).toContain('2 rows of public.memories stayed, held locked by other transactions');
    expect(finished(r).verified).toMatch(/: 10, 900$/);
    await holder.query('ROLLBACK');
    expect(finished(await ran(m.maintenance.perform(purgeOf(m, 'memories'), context()))).rows).toBe(2);
  });

  it('do not keep other writers waiting', async () => {
    await sql(url, TABLE, fill(200_000));
    const m = await open();
    const writer = await client();
    const times: number[] = [];
    let over = false;
    const work = ran(m.maintenance.perform(purgeOf(m, 'memories', { rows: 100_000, of: 200_000 }), context())).finally(
      () => {
        over = true;
      },
    );
    for (let i = 1; !over; i += 2) {
      const begun = performance.now();
      await writer.query('UPDATE memories SET touched = touched + 1 WHERE id = $1', [i % 200_000]);
      times.push(performance.now() - begun);
    }
    expect(finished(await work).rows).toBe(100_000);
    times.sort((a, b) => a - b);
    expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(250);
  });
});

describe('rows of a partitioned table', () => {
  it('are removed from every part', async () => {
    await sql(
      url,
      TABLE.replace('PRIMARY KEY', '').replace(/\)$/, ') PARTITION BY HASH (id)'),
      'CREATE TABLE memories_0 PARTITION OF memories FOR VALUES WITH (modulus 2, remainder 0)',
      'CREATE TABLE memories_1 PARTITION OF memories FOR VALUES WITH (modulus 2, remainder 1)',
      fill(1000),
    );
    const m = await open();
    const r = await ran(m.maintenance.perform(purgeOf(m, 'memories'), context({ archive: true })));
    expect(finished(r).rows).toBe(500);
    await ran(m.maintenance.restore(listed(r.removed), context()) as AsyncIterable<StepEvent>);
    expect(await count(url, 'SELECT count(*) FROM memories')).toBe(1000);
  });
});

describe('what hangs on a row', () => {
  const DEPENDENTS = [{ ...MEMORIES, dependents: [{ table: 'notes', on: { memory: 'id' } }] }];
  const CHILDREN = [
    'CREATE TABLE notes (n serial PRIMARY KEY, memory text, words text)',
    "INSERT INTO notes (memory, words) SELECT i, 'w' || i FROM generate_series(1, 1000) i, generate_series(1, 2)",
    'CREATE TABLE edges (a bigint REFERENCES memories ON DELETE CASCADE, b bigint REFERENCES memories ON DELETE CASCADE, PRIMARY KEY (a, b))',
    'INSERT INTO edges SELECT i, i + 3 FROM generate_series(1, 997) i',
    'CREATE TABLE marks (a bigint, b bigint, mark text, FOREIGN KEY (a, b) REFERENCES edges ON DELETE CASCADE)',
    "INSERT INTO marks SELECT a, b, 'm' FROM edges",
  ];

  it('goes with it, by the profile and by the cascades of the database, and comes back', async () => {
    await sql(url, TABLE, fill(1000), ...CHILDREN);
    const before = await everything();
    const m = await open(DEPENDENTS);
    const r = await ran(m.maintenance.perform(purgeOf(m, 'memories'), context({ archive: true })));
    expect(finished(r).rows).toBe(500);
    expect(await count(url, 'SELECT count(*) FROM notes')).toBe(1000);
    expect(await count(url, 'SELECT count(*) FROM edges')).toBe(0);
    const places = r.removed.map((x) => x.place);
    const tally = new Map([...new Set(places)].map((p) => [p, places.filter((x) => x === p).length]));
    expect(Object.fromEntries(tally)).toEqual({
      'public.memories': 500,
      'public.notes': 1000,
      'public.edges': 997,
      'public.marks': 997,
    });
    const back = await ran(m.maintenance.restore(listed(r.removed), context()) as AsyncIterable<StepEvent>);
    expect(finished(back)).toMatchObject({ rows: 3494, verified: '3,494 rows are back' });
    expect(await everything()).toEqual(before);
  });

  it('is counted without an archive too', async () => {
    await sql(url, TABLE, fill(1000), ...CHILDREN);
    const m = await open(DEPENDENTS);
    const r = await ran(m.maintenance.perform(purgeOf(m, 'memories'), context()));
    const dependents = r.events.reduce((n, e) => n + (e.state === 'prepared' ? e.dependents : 0), 0);
    expect(dependents).toBe(1000 + 997 + 997);
  });

  it('is not taken along by a cascade to the table itself', async () => {
    await sql(url, TABLE, fill(100), 'ALTER TABLE memories ADD parent bigint REFERENCES memories ON DELETE CASCADE');
    const m = await open();
    expect(await refusal(ran(m.maintenance.perform(purgeOf(m, 'memories'), context())))).toContain(
      'take other rows of it along',
    );
    expect(await count(url, 'SELECT count(*) FROM memories')).toBe(100);
  });

  it('is removed when it has lost its row', async () => {
    await sql(
      url,
      TABLE,
      fill(1000),
      ...CHILDREN,
      "INSERT INTO notes (memory, words) VALUES (NULL, 'free'), ('5000', 'lost'), ('6000', 'lost')",
    );
    const m = await open(DEPENDENTS);
    const r = await ran(
      m.maintenance.perform(
        purgeOf(m, 'memories', { reason: 'orphans', dependent: 'notes' }),
        context({ archive: true }),
      ),
    );
    expect(finished(r).rows).toBe(2);
    expect(r.removed.map((x) => x.values['memory'])).toEqual(['5000', '6000']);
    expect(await count(url, 'SELECT count(*) FROM notes')).toBe(2001);
  });

  async function everything(): Promise<unknown> {
    return await sql(
      url,
      `SELECT (SELECT md5(string_agg(x::text, ',' ORDER BY id)) FROM memories x), (SELECT md5(string_agg(x::text, ',' ORDER BY n)) FROM notes x),
        (SELECT md5(string_agg(x::text, ',' ORDER BY a, b)) FROM edges x), (SELECT md5(string_agg(x::text, ',' ORDER BY a, b)) FROM marks x)`,
    );
  }
});

describe('rows that are too many or too old', () => {
  it('go in the order of eviction, down to what may stay, and stay when they were used', async () => {
    await sql(url, TABLE, fill(700), 'UPDATE memories SET touched = NULL WHERE id IN (7, 14)');
    const m = await open();
    const excess = [
      { namespace: 'user-0', rows: 60, keep: 50 },
      { namespace: 'user-1', rows: 5, keep: 95 },
    ];
    let first = true;
    const action = purgeOf(m, 'memories', { reason: 'over-quota', rows: 65, of: 700, excess });
    for await (const e of m.maintenance.perform(action, context({ batchRows: 10, maxRows: 65 })))
      if (e.state === 'committed' && first) {
        first = false;
        await sql(url, 'UPDATE memories SET touched = 9999 WHERE id = 350');
      }
    const left = (await sql(url, "SELECT id FROM memories WHERE owner = 'user-0' ORDER BY id")).map((r) =>
      Number(r['id']),
    );
    expect(left).toHaveLength(51);
    expect(left.slice(0, 2)).toEqual([350, 357]);
    expect(await count(url, "SELECT count(*) FROM memories WHERE owner = 'user-1'")).toBe(95);
    expect(await count(url, "SELECT min(id) FROM memories WHERE owner = 'user-1'")).toBe(36);
  });

  it('say nothing of a limit when all that was planned went', async () => {
    await sql(url, TABLE, fill(700));
    const m = await open();
    const excess = [{ namespace: 'user-1', rows: 5, keep: 95 }];
    const action = purgeOf(m, 'memories', { reason: 'over-quota', rows: 5, of: 700, excess });
    const done = await ran(m.maintenance.perform(action, context({ maxRows: 5 })));
    expect(finished(done)).toMatchObject({ rows: 5, verified: null });
  });

  it('leaves a set alone that the application has already made smaller', async () => {
    await sql(url, TABLE, fill(100));
    const m = await open();
    const action = purgeOf(m, 'memories', {
      reason: 'over-cap',
      rows: 40,
      of: 200,
      excess: [{ namespace: '', rows: 40, keep: 100 }],
    });
    expect((await ran(m.maintenance.perform(action, context()))).last).toMatchObject({ state: 'skipped' });
  });

  it('go by their age', async () => {
    await sql(url, TABLE, fill(600));
    const m = await open();
    const action = purgeOf(m, 'memories', { reason: 'retention', olderThanSeconds: 60 * 400 });
    expect(finished(await ran(m.maintenance.perform(action, context()))).rows).toBeGreaterThanOrEqual(200);
    expect(await count(url, 'SELECT max(id) FROM memories')).toBeLessThanOrEqual(400);
  });
});

describe('an archive', () => {
  const TYPES = `CREATE TABLE memories (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text, content text,
    created_at timestamptz DEFAULT now(), expires_at timestamptz, big bigint, small int, f8 float8, f4 real, num numeric, raw bytea,
    j json, jb jsonb, v vector(3), h halfvec(3), tags text[], u uuid, b boolean, d date, ts timestamp, i interval, c char(5),
    twice int GENERATED ALWAYS AS (small * 2) STORED)`;

  it('holds every type exactly, and an undo puts it back', async () => {
    await sql(url, 'CREATE EXTENSION vector', TYPES);
    await sql(
      url,
      `INSERT INTO memories (owner, content, expires_at, big, small, f8, f4, num, raw, j, jb, v, h, tags, u, b, d, ts, i, c)
       SELECT 'ö"\\' || i, E'line\\n\\ttab \\U0001F600', '2020-01-01 00:00:00.123456+02', 9007199254740993 + i, -i, 0.1 + i / 3.0::float8, 1e-30,
        1e40 / 3 + i, decode(md5(i::text), 'hex'), '{"b":  1, "a":[1,2 ]}', '{"z":1.10}', ('[0.1,' || i || ',-3e-20]')::vector, '[1,2,3]',
        ARRAY['a,b', NULL, '"q"', ''], gen_random_uuid(), i % 2 = 0, '0044-03-15 BC', '2024-02-29 12:00:00.5', '1 mon 2 days 03:04:05.6', 'ab'
       FROM generate_series(1, 300) i`,
      "INSERT INTO memories (owner, expires_at, f8) VALUES (NULL, '2020-01-01', 'NaN'), ('x', '2020-01-01', '-Infinity')",
    );
    const { evictionOrder: _, ...typed } = MEMORIES;
    const sums = "SELECT md5(string_agg(x::text, E'\\n' ORDER BY id)) AS sum FROM memories x";
    const before = await sql(url, sums);
    const m = await open([typed]);
    const r = await ran(m.maintenance.perform(purgeOf(m, 'memories'), context({ archive: true })));
    expect(finished(r).rows).toBe(302);
    expect(r.removed[0]?.values).toMatchObject({
      id: 1,
      big: { integer: '9007199254740994' },
      b: false,
      j: '{"b":  1, "a":[1,2 ]}',
    });
    expect(r.removed[0]?.values).not.toHaveProperty('twice');
    const kept = JSON.parse(JSON.stringify(r.removed)) as RemovedRow[];
    await ran(m.maintenance.restore(listed(kept), context()) as AsyncIterable<StepEvent>);
    expect(await sql(url, sums)).toEqual(before);
  });

  it('does not overwrite what is there again, and names it', async () => {
    await sql(url, TABLE, fill(20));
    const m = await open();
    const r = await ran(m.maintenance.perform(purgeOf(m, 'memories'), context({ archive: true })));
    await sql(url, "INSERT INTO memories VALUES (4, 'new', 'new', now(), NULL, 0)");
    const events: unknown[] = [];
    for await (const e of m.maintenance.restore(listed(r.removed), context())) events.push(e);
    expect(events).toContainEqual(
      expect.objectContaining({
        state: 'conflict',
        why: 'a row with the same key is there again (id = 4)',
        same: false,
      }),
    );
    const again: unknown[] = [];
    for await (const e of m.maintenance.restore(listed(r.removed), context()))
      if (e.state === 'conflict') again.push(e.same);
    expect(again).toHaveLength(r.removed.length);
    expect(again.filter((same) => same !== true)).toEqual([false]);
    expect(await count(url, 'SELECT count(*) FROM memories')).toBe(20);
    expect((await sql(url, 'SELECT content FROM memories WHERE id = 4'))[0]).toEqual({ content: 'new' });
  });
});

describe('a change signal', () => {
  it('is raised in the transaction of each batch', async () => {
    await sql(
      url,
      'CREATE TABLE counters (key text PRIMARY KEY, value text)',
      "INSERT INTO counters VALUES ('version', '41')",
      TABLE,
      fill(1000),
    );
    const m = await open();
    const set = m.reading.sets.find((s) => s.relation.name === 'memories');
    const signal = { table: 'counters', column: 'value', where: { column: 'key', value: 'version' }, least: 100 };
    Object.assign(set?.set ?? {}, { signal });
    for await (const e of m.maintenance.perform(purgeOf(m, 'memories'), context({ batchRows: 300 })))
      if (e.state === 'prepared' && e.batch === 1) expect(await count(url, 'SELECT value FROM counters')).toBe(41);
    expect(await count(url, 'SELECT value FROM counters')).toBe(41 + 300 + 200);
  });
});

describe('a role that may not', () => {
  it('is refused where row-level security would hide rows', async () => {
    await sql(
      url,
      TABLE,
      fill(100),
      `DO $$ BEGIN CREATE ROLE purger LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      'GRANT SELECT, UPDATE, DELETE ON memories TO purger',
      'ALTER TABLE memories ENABLE ROW LEVEL SECURITY',
    );
    const m = await open([MEMORIES], asRole(url, 'purger'));
    expect(await refusal(ran(m.maintenance.perform(purgeOf(m, 'memories'), context())))).toContain(
      'row-level security',
    );
    const { visibility } = await m.maintenance.conditions([purgeOf(m, 'memories')]);
    expect(visibility).toMatchObject([{ complete: false, grant: 'ALTER ROLE "purger" BYPASSRLS' }]);
    await sql(url, 'ALTER TABLE memories DISABLE ROW LEVEL SECURITY', 'REVOKE DELETE ON memories FROM purger');
    const [lacking] = (await m.maintenance.conditions([purgeOf(m, 'memories')])).visibility;
    expect(lacking).toMatchObject({ complete: false, grant: 'GRANT DELETE ON "public"."memories" TO "purger"' });
    await sql(url, 'DROP OWNED BY purger');
  });
});

describe('a run that is killed', () => {
  const child = fileURLToPath(new URL('purge-child.ts', import.meta.url));
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', child, url, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

  it.each(['prepared', 'committed'])(
    'after a batch was %s leaves nothing half done, and the batch is settled',
    async (when) => {
      await sql(url, TABLE, fill(2000));
      const process = start(when);
      const token = await new Promise<string>((done, fail) => {
        process.stdout?.on('data', (d: Buffer) => done(String(d).trim()));
        process.on('exit', () => fail(new Error('the child ended by itself')));
      });
      process.kill('SIGKILL');
      const m = await open();
      const action = purgeOf(m, 'memories');
      expect(await m.maintenance.settle(action, token)).toBe(when === 'prepared' ? 'rolled-back' : 'committed');
      // Batches of 100: the second one was in hand.
      expect(await count(url, 'SELECT count(*) FROM memories')).toBe(when === 'prepared' ? 1900 : 1800);
      expect(finished(await ran(m.maintenance.perform(action, context()))).rows).toBe(when === 'prepared' ? 900 : 800);
      expect(await m.maintenance.settle(action, '1:1')).toBe('unknown');
      expect(await m.maintenance.settle(action, token.replace(/\d+$/, '99999999999'))).toBe('rolled-back');
    },
  );
});
