import { beforeAll, describe, expect, it } from 'vitest';
import { CopyRows } from '../../../src/adapters/postgres/copy-rows.ts';
import { postgresAdapter } from '../../../src/adapters/postgres/index.ts';
import { readSets } from '../../../src/adapters/postgres/reading.ts';
import { anyKey, rowReader } from '../../../src/adapters/postgres/row-reader.ts';
import { sampledKeys } from '../../../src/adapters/postgres/row-sample.ts';
import { rowsByKey } from '../../../src/adapters/postgres/scan.ts';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import {
  type OpenOptions,
  type ProfileMap,
  type ScanField,
  type ScanRequest,
  type ScanRow,
  Target,
} from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { startPgbouncer } from '../../servers/pgbouncer.ts';
import { asRole, count, refusal, scanned, sql } from './pg-store.ts';

const ALL: readonly ScanField[] = [
  'namespace',
  'text',
  'metadata',
  'hash',
  'vector',
  'created',
  'kind',
  'inactive',
  'rank',
];

let url = '';
beforeAll(async () => {
  url = await freshDatabase();
  await sql(
    url,
    'CREATE EXTENSION vector',
    `CREATE TABLE notes (id bigint PRIMARY KEY, who text, content text, kind text, state text, stars numeric, pinned boolean, reads text,
       written timestamptz, changed timestamptz, expires timestamptz, embedding vector(8))`,
    `INSERT INTO notes SELECT i, CASE WHEN i % 11 <> 0 THEN 'user-' || i % 7 END, CASE WHEN i % 13 <> 0 THEN 'Größe ' || i || ' – 😀' || chr(10) || 'x' END,
       CASE i % 3 WHEN 0 THEN 'fact' WHEN 1 THEN 'event' END, CASE WHEN i % 17 = 0 THEN 'superseded' ELSE 'active' END, i / 8.0, i % 5 = 0,
       CASE WHEN i % 2 = 0 THEN i::text ELSE 'often' END, '2026-01-01Z'::timestamptz + i * interval '1 s', '2026-02-01Z'::timestamptz + i * interval '1 s',
       CASE WHEN i % 19 = 0 THEN '2001-01-01Z'::timestamptz WHEN i % 19 = 1 THEN '2999-01-01Z' WHEN i % 19 = 2 THEN 'infinity' END,
       CASE WHEN i % 23 <> 0 THEN ('[' || i || ',1,2,3,4,5,6,' || -i || ']')::vector END FROM generate_series(1, 3000) AS i`,
    'ANALYZE notes',
  );
});

const map: ProfileMap = {
  tables: [
    {
      table: 'notes',
      namespace: 'who',
      text: 'content',
      embedding: 'embedding',
      created: 'written',
      expires: 'expires',
      kind: ['kind'],
      status: 'state',
      superseded: 'superseded',
      confidence: 'stars',
      pinned: 'pinned',
      accesses: 'reads',
      updated: 'changed',
    },
  ],
};
const SET = 'map:public.notes';
const read = async (request: Partial<ScanRequest>, options: Partial<OpenOptions> = {}): Promise<ScanRow[]> =>
  await scanned(url, { set: SET, fields: ALL, ...request }, { map, ...options });

/** What the row must be, by the rule that wrote it. */
function written(i: number): ScanRow {
  return {
    id: String(i),
    ...(i % 11 === 0 ? {} : { namespace: `user-${i % 7}` }),
    ...(i % 13 === 0 ? {} : { text: `Größe ${i} – 😀\nx` }),
    ...(i % 23 === 0 ? {} : { vector: Float32Array.of(i, 1, 2, 3, 4, 5, 6, -i) }),
    created: Date.UTC(2026, 0, 1) + i * 1000,
    ...(i % 3 === 2 ? {} : { kind: i % 3 === 0 ? 'fact' : 'event' }),
    ...(i % 17 === 0 ? { inactive: 'superseded' as const } : i % 19 === 0 ? { inactive: 'expired' as const } : {}),
    rank: {
      pinned: i % 5 === 0,
      confidence: i / 8,
      ...(i % 2 === 0 ? { accesses: i } : {}),
      updated: Date.UTC(2026, 1, 1) + i * 1000,
      expires: i % 19 === 0 ? Date.UTC(2001, 0, 1) : i % 19 === 1 ? Date.UTC(2999, 0, 1) : Number.POSITIVE_INFINITY,
    },
  };
}
const numbers = (rows: readonly ScanRow[]): number[] => rows.map((r) => Number(r.id));

describe('a whole set', () => {
  it('comes with every field as it was written, by COPY and in pages', async () => {
    const expected = Array.from({ length: 3000 }, (_, i) => written(i + 1));
    expect(await read({})).toEqual(expected);
    expect(await read({ batch: 97 })).toEqual(expected);
    const stored = await read({ order: 'stored' });
    expect(stored.sort((a, b) => Number(a.id) - Number(b.id))).toEqual(expected);
  });

  it('comes through a transaction pooler', async () => {
    await using pool = await startPgbouncer(url);
    expect(await scanned(pool.url, { set: SET, fields: ALL }, { map })).toEqual(await read({}));
  });

  it('comes in pages where no connection is left', async () => {
    const other = await freshDatabase();
    await sql(
      other,
      'CREATE TABLE memories (id int PRIMARY KEY, content text)',
      `INSERT INTO memories SELECT i, 'c' FROM generate_series(1, 2500) i`,
    );
    await sql(
      other,
      `DO $$ BEGIN CREATE ROLE single LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      'ALTER ROLE single CONNECTION LIMIT 1',
      'GRANT SELECT ON memories TO single',
    );
    const by: ProfileMap = { tables: [{ table: 'memories', text: 'content' }] };
    const rows = await scanned(asRole(other, 'single'), { set: 'map:public.memories', fields: ['text'] }, { map: by });
    expect(numbers(rows)).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1));
    await sql(other, 'DROP OWNED BY single', 'DROP ROLE single');
  });

  it('gives a value of 5 MB whole, and the rows around it', async () => {
    const big = await freshDatabase();
    await sql(
      big,
      'CREATE TABLE memories (id int PRIMARY KEY, content text)',
      `INSERT INTO memories SELECT i, CASE WHEN i = 50 THEN (SELECT string_agg(md5(k::text), '') FROM generate_series(1, 160000) k) ELSE 'ä' || i END FROM generate_series(1, 100) i`,
    );
    const by: ProfileMap = { tables: [{ table: 'memories', text: 'content' }] };
    const rows = await scanned(big, { set: 'map:public.memories', fields: ['text'] }, { map: by });
    const [truth] = await sql(big, 'SELECT content FROM memories WHERE id = 50');
    expect(rows.map((r) => r.text?.length)).toEqual(
      Array.from({ length: 100 }, (_, i) => (i === 49 ? 5_120_000 : `ä${i + 1}`.length)),
    );
    expect(rows[49]?.text === truth?.['content']).toBe(true);
  });

  it('is of the rows that a role may see', async () => {
    const own = await freshDatabase();
    await sql(
      own,
      'CREATE TABLE memories (id int PRIMARY KEY, who text, content text)',
      `INSERT INTO memories SELECT i, 'w' || i % 4, 'c' FROM generate_series(1, 400) i`,
      `DO $$ BEGIN CREATE ROLE half_seen LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      'GRANT SELECT ON memories TO half_seen',
      'ALTER TABLE memories ENABLE ROW LEVEL SECURITY',
      `CREATE POLICY mine ON memories FOR SELECT TO half_seen USING (who = 'w1')`,
    );
    const by: ProfileMap = { tables: [{ table: 'memories', namespace: 'who', text: 'content' }] };
    const request: ScanRequest = { set: 'map:public.memories', fields: ['namespace'] };
    const rows = await scanned(asRole(own, 'half_seen'), request, { map: by });
    expect(rows).toHaveLength(100);
    expect(new Set(rows.map((r) => r.namespace))).toEqual(new Set(['w1']));
    await sql(own, 'DROP OWNED BY half_seen', 'DROP ROLE half_seen');
  });
});

describe('a scan that ends early', () => {
  const running = async (): Promise<number> =>
    await count(
      url,
      `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'memctl (scan)'`,
    );
  const gone = async (): Promise<void> => {
    for (let i = 0; i < 100 && (await running()) > 0; i++) await new Promise((done) => setTimeout(done, 20));
    expect(await running()).toBe(0);
  };
  beforeAll(async () => {
    await sql(
      url,
      'CREATE TABLE wide (id int PRIMARY KEY, content text)',
      `INSERT INTO wide SELECT i, repeat(md5(i::text), 100) FROM generate_series(1, 20000) AS i`,
    );
  });
  const by: ProfileMap = { tables: [{ table: 'wide', text: 'content' }] };
  const request: ScanRequest = { set: 'map:public.wide', fields: ['text'] };

  it('because nobody reads on leaves nothing running, and the store is usable', async () => {
    await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', map: by });
    let seen = 0;
    for await (const row of store.scan(request)) if (row.id !== '' && ++seen === 10) break;
    await gone();
    let again = 0;
    for await (const _ of store.scan(request)) again++;
    expect(again).toBe(20_000);
    await gone();
  });

  it('waits for a slow reader, and other reads of the store go on meanwhile', async () => {
    await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', map: by });
    let seen = 0;
    for await (const row of store.scan(request)) {
      if (++seen % 5000 !== 0) continue;
      const before = process.memoryUsage().arrayBuffers;
      await new Promise((done) => setTimeout(done, 300));
      // 64 MB are to come; what is read ahead is bounded.
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16e6);
      for await (const same of store.scan({ ...request, keys: [row.id] })) expect(same).toEqual(row);
    }
    expect(seen).toBe(20_000);
  });

  it('because it is aborted rejects with the reason', async () => {
    await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', map: by });
    const stop = new AbortController();
    const reading = (async () => {
      let seen = 0;
      for await (const _ of store.scan({ ...request, signal: stop.signal }))
        if (++seen === 100) stop.abort(new Error('enough'));
    })();
    expect(await refusal(reading)).toBe('enough');
    await gone();
  });

  it('because the server ends the connection says so', async () => {
    await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', map: by });
    const reading = (async () => {
      let seen = 0;
      for await (const _ of store.scan(request))
        if (++seen === 100)
          await sql(
            url,
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'memctl (scan)' AND datname = current_database()`,
          );
    })();
    expect(await refusal(reading)).toContain('the connection to the server was lost');
  });

  it('because a statement is cancelled says so', async () => {
    await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', map: by });
    const reading = (async () => {
      let seen = 0;
      for await (const _ of store.scan(request))
        if (++seen === 100)
          await sql(
            url,
            `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'memctl (scan)' AND datname = current_database()`,
          );
    })();
    expect(await refusal(reading)).toContain('cancelled on the server');
  });
});

describe('rows by their keys', () => {
  it('come with the same fields, once each, without those that are gone', async () => {
    const rows = await read({ keys: ['7', '2990', '7', '99999'] });
    expect(rows.sort((a, b) => Number(a.id) - Number(b.id))).toEqual([written(7), written(2990)]);
    expect(await read({ keys: [] })).toEqual([]);
  });

  it('of several columns and of odd types are found by the index', async () => {
    await sql(
      url,
      'CREATE TABLE parts (day date, no numeric(6,2), name varchar(20), flag boolean, content text, PRIMARY KEY (day, no, name, flag))',
      `INSERT INTO parts SELECT '2026-01-01'::date + i % 9, i / 4.0, 'a"b\\' || i, i % 2 = 0, 'c' || i FROM generate_series(1, 900) AS i`,
    );
    const by: ProfileMap = { tables: [{ table: 'parts', text: 'content' }] };
    const request: ScanRequest = { set: 'map:public.parts', fields: ['text'] };
    const all = await scanned(url, request, { map: by });
    const keys = all.map((r) => r.key as string);
    expect(new Set(keys).size).toBe(900);
    const some = keys.filter((_, i) => i % 7 === 0);
    const rows = await scanned(url, { ...request, keys: some }, { map: by });
    expect(rows.map((r) => r.key).sort()).toEqual([...some].sort());
    expect(await refusal(scanned(url, { ...request, keys: ['["one"]'] }, { map: by }))).toContain(
      'a JSON array of 4 texts',
    );
  });

  it('of a table without a key are its places, of a partitioned one with the partition', async () => {
    await sql(
      url,
      'CREATE TABLE loose (content text)',
      `INSERT INTO loose SELECT 'c' || i FROM generate_series(1, 500) AS i`,
      'CREATE TABLE split (part int, content text) PARTITION BY LIST (part)',
      'CREATE TABLE split_0 PARTITION OF split FOR VALUES IN (0)',
      'CREATE TABLE split_1 PARTITION OF split FOR VALUES IN (1)',
      `INSERT INTO split SELECT i % 2, 's' || i FROM generate_series(1, 300) AS i`,
    );
    for (const [table, n] of [
      ['loose', 500],
      ['split', 300],
    ] as const) {
      const by: ProfileMap = { tables: [{ table, text: 'content' }] };
      const request: ScanRequest = { set: `map:public.${table}`, fields: ['text'] };
      const all = await scanned(url, request, { map: by });
      const key = (r: ScanRow): string => r.key ?? r.id;
      expect(new Set(all.map(key)).size).toBe(n);
      const rows = await scanned(url, { ...request, keys: all.slice(100, 110).map(key) }, { map: by });
      expect(rows.map((r) => r.text).sort()).toEqual(
        all
          .slice(100, 110)
          .map((r) => r.text)
          .sort(),
      );
    }
  });
});

describe('rows of some namespaces', () => {
  it.each([
    [['user-3'], (i: number) => i % 11 !== 0 && i % 7 === 3],
    [['user-3', null, "no'body"], (i: number) => i % 11 === 0 || i % 7 === 3],
    [[null], (i: number) => i % 11 === 0],
    [[], () => false],
  ] as const)('%j', async (namespaces, fits) => {
    const expected = Array.from({ length: 3000 }, (_, i) => i + 1).filter(fits);
    expect(numbers(await read({ namespaces, fields: ['namespace'] }))).toEqual(expected);
    expect(numbers(await read({ namespaces, fields: [], batch: 50 }))).toEqual(expected);
  });

  it('of a uuid or a number ignore what can be none', async () => {
    await sql(
      url,
      'CREATE TABLE owned (id int PRIMARY KEY, owner uuid, content text)',
      `INSERT INTO owned SELECT i, ('00000000-0000-0000-0000-00000000000' || i % 3)::uuid, 'c' FROM generate_series(1, 30) i`,
    );
    const by: ProfileMap = { tables: [{ table: 'owned', namespace: 'owner', text: 'content' }] };
    const namespaces = ['00000000-0000-0000-0000-000000000001', 'nobody'];
    expect(await scanned(url, { set: 'map:public.owned', fields: [], namespaces }, { map: by })).toHaveLength(10);
  });
});

describe('a sample', () => {
  it('has so many rows, the same for a seed, and all where there are fewer', async () => {
    const a = numbers(await read({ fields: [], sample: { rows: 100, seed: 5 } }));
    expect(new Set(a).size).toBe(100);
    expect(numbers(await read({ fields: ['vector'], sample: { rows: 100, seed: 5 } })).sort()).toEqual([...a].sort());
    expect(numbers(await read({ fields: [], sample: { rows: 100, seed: 6 } })).sort()).not.toEqual([...a].sort());
    expect(await read({ fields: [], sample: { rows: 5000, seed: 1 } })).toHaveLength(3000);
    const some = await read({ fields: ['namespace'], namespaces: ['user-2'], sample: { rows: 40, seed: 1 } });
    expect(some.map((r) => r.namespace)).toEqual(Array(40).fill('user-2'));
  });

  it('takes every row equally often', async () => {
    await using store = await postgresAdapter.open(Target.parse(url), { mode: 'read', map });
    // 200 seeds x 300 of 3000 rows: thirty groups of a hundred rows, 2,000 draws expected in each.
    const drawn = new Array<number>(30).fill(0);
    for (let seed = 1; seed <= 200; seed++)
      for await (const r of store.scan({ set: SET, fields: [], sample: { rows: 300, seed } })) {
        const group = Math.floor((Number(r.id) - 1) / 100);
        drawn[group] = (drawn[group] as number) + 1;
      }
    const chi = drawn.reduce((sum, n) => sum + (n - 2000) ** 2 / 2000, 0);
    // 29 degrees of freedom: above 58.3 once in a thousand.
    expect(chi).toBeLessThan(58.3);
  });

  it('of random blocks takes every row equally often, too', async () => {
    const session = await openSession(Target.parse(url), { mode: 'read', purpose: 'test' });
    const reading = await readSets(session, { map });
    const s = reading.sets.find((x) => x.id === SET);
    if (s === undefined) throw new Error('the set is not there');
    const pages = await count(url, `SELECT pg_relation_size('notes') / 8192`);
    expect(pages).toBeGreaterThan(40);
    const drawn = new Array<number>(30).fill(0);
    for (let seed = 1; seed <= 400; seed++) {
      const request: ScanRequest = { set: SET, fields: [], sample: { rows: 10, seed } };
      const sizes = { wholePages: 10, blocksARow: 1, leastBlocks: 20 };
      const keys = await sampledKeys(session, reading, s, anyKey(reading, s), request, sizes);
      expect(new Set(keys).size).toBe(10);
      for (const key of keys) {
        const group = Math.floor((Number(key) - 1) / 100);
        drawn[group] = (drawn[group] as number) + 1;
      }
    }
    const few: ScanRequest = { set: SET, fields: [], sample: { rows: 4000, seed: 1 } };
    const sizes = { wholePages: 0, blocksARow: 0, leastBlocks: 1 };
    expect(await sampledKeys(session, reading, s, anyKey(reading, s), few, sizes)).toHaveLength(3000);
    await session.close();
    // 4,000 draws, 133 expected in each group; 29 degrees of freedom, rows of one block a little together.
    const chi = drawn.reduce((sum, n) => sum + (n - 4000 / 30) ** 2 / (4000 / 30), 0);
    expect(chi).toBeLessThan(2 * 58.3);
  });
});

describe('edges of a row', () => {
  it('are counted in a whole scan as they are for single rows', async () => {
    const graph = await freshDatabase();
    await sql(
      graph,
      'CREATE TABLE memories (id text PRIMARY KEY, content text)',
      `INSERT INTO memories SELECT 'm' || i, 'c' FROM generate_series(0, 99) AS i`,
      'CREATE TABLE links (a text, b text)',
      `INSERT INTO links SELECT 'm' || i % 100, 'm' || i % 7 FROM generate_series(1, 500) AS i`,
    );
    const session = await openSession(Target.parse(graph), { mode: 'read', purpose: 'test' });
    const reading = await readSets(session, { map: { tables: [{ table: 'memories', text: 'content' }] } });
    const [found] = reading.sets;
    if (found === undefined) throw new Error('the set is not there');
    const s = { ...found, set: { ...found.set, rank: { edges: { table: 'links', on: [{ a: 'id' }, { b: 'id' }] } } } };
    const single = await rowReader(session, reading, s, { fields: ['rank'] }, true);
    const whole = await rowReader(session, reading, s, { fields: ['rank'] }, false);
    const rows = await rowsByKey(session, single, s, ['m0', 'm3', 'm50']);
    expect(Object.fromEntries(rows.map((r) => [r.id, r.rank?.edges]))).toEqual({ m0: 5 + 71, m3: 5 + 72, m50: 5 });
    const all: ScanRow[] = [];
    const sink = new CopyRows(whole.readers, whole.fromCopy);
    for await (const some of session.copy(
      `COPY (SELECT ${whole.select('copy')} FROM public.memories AS t ${whole.joins}) TO STDOUT (FORMAT binary)`,
      sink,
    ))
      all.push(...some);
    for (const r of rows) expect(all.find((x) => x.id === r.id)).toEqual(r);
    expect(all).toHaveLength(100);
    await session.close();
  });
});
