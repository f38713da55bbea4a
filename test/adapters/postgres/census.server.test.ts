import { beforeAll, describe, expect, it } from 'vitest';
import { pgCensus } from '../../../src/adapters/postgres/census.ts';
import { readSets } from '../../../src/adapters/postgres/reading.ts';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import { type Census, type CensusRequest, Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { asRole, refusal, sql } from './pg-store.ts';

const MAP = {
  tables: [
    { table: 'public.memories', namespace: 'owner', text: 'content', created: 'created_at', expires: 'expires_at' },
  ],
};
const COLUMNS = 'id int, owner text, content text, created_at timestamptz, expires_at timestamptz';
/** Namespace by Zipf's law over 400 names, rows in the order of ORDER. */
const filled = (rows: number, order: string, width = 60): string =>
  `INSERT INTO memories SELECT i, owner, repeat('x', ${width}), now(), CASE WHEN i % 4 = 0 THEN now() - interval '1 day' END
   FROM (SELECT i, 'user-' || floor(400 ^ (((i * 7919::bigint) % ${rows})::float8 / ${rows}))::int AS owner FROM generate_series(1, ${rows}) i) x
   ORDER BY ${order}`;

async function census(url: string, o: Partial<CensusRequest> = {}): Promise<Census> {
  const session = await openSession(Target.parse(url), { mode: 'read', purpose: 'test' });
  try {
    const { sets } = await readSets(session, { map: MAP });
    const set = sets.find((s) => s.relation.name === 'memories')?.id ?? '';
    return await pgCensus(session, sets, { set, now: new Date(), approximate: false, seed: 1, top: 10, ...o });
  } finally {
    await session.close();
  }
}

const truth = async (url: string): Promise<Map<string | null, { rows: number; dead: number }>> =>
  new Map(
    (
      await sql(
        url,
        'SELECT owner, count(*)::int AS rows, (count(*) FILTER (WHERE expires_at <= now()))::int AS dead FROM memories GROUP BY 1',
      )
    ).map((r) => [r['owner'] as string | null, { rows: r['rows'] as number, dead: r['dead'] as number }]),
  );

describe('every row counted', () => {
  it('gives each namespace its rows, dead rows, bytes and name', async () => {
    const url = await freshDatabase();
    await sql(
      url,
      `CREATE TABLE memories (${COLUMNS})`,
      filled(20_000, 'i'),
      "UPDATE memories SET owner = NULL WHERE owner = 'user-2'",
      "UPDATE memories SET owner = repeat('n', 300) WHERE owner = 'user-3'",
      'VACUUM memories',
    );
    const real = await truth(url);
    const c = await census(url, { top: 5 });
    expect(c.method).toBe('exact');
    expect(c.rows).toEqual({ value: 20_000, low: 20_000, high: 20_000 });
    expect(c.distinct?.value).toBe(real.size);
    const largest = [...real].sort((a, b) => b[1].rows - a[1].rows).slice(0, 5);
    expect(c.top.map((t) => [t.rows.value, t.deadRows?.value])).toEqual(largest.map(([, r]) => [r.rows, r.dead]));
    expect(c.top.some((t) => t.namespace === null)).toBe(true);
    expect(c.top.find((t) => t.length === 300)?.namespace).toBe('n'.repeat(120));
    expect(c.top[0]?.rowBytes).toBeGreaterThan(70);
    expect(c.top[0]?.rowBytes).toBeLessThan(110);
    expect(c.sizes?.reduce((n, [rows, many]) => n + rows * many, 0)).toBe(20_000);
    expect(c.sizes?.reduce((n, [, many]) => n + many, 0)).toBe(real.size);
    expect(c.sizes?.at(-1)?.[0]).toBe(largest[0]?.[1].rows);
  });

  it('says what is wrong with the question', async () => {
    const url = await freshDatabase();
    await sql(url, `CREATE TABLE memories (${COLUMNS})`);
    expect(await refusal(census(url, { set: 'map:public.other' }))).toContain(
      'no rows to count under "map:public.other"',
    );
    expect(await census(url)).toMatchObject({ rows: { value: 0 }, top: [], sizes: [] });
  });

  it('is refused where row-level security would make it less', async () => {
    const url = await freshDatabase();
    await sql(
      url,
      `CREATE TABLE memories (${COLUMNS})`,
      filled(100, 'i'),
      `DO $$ BEGIN CREATE ROLE counter LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
      'GRANT SELECT ON memories TO counter',
      'ALTER TABLE memories ENABLE ROW LEVEL SECURITY',
    );
    expect(await refusal(census(asRole(url, 'counter')))).toContain('row-level security');
    await sql(url, 'DROP OWNED BY counter');
  });
});

describe.each([
  ['in random order', 'md5(i::text)'],
  ['one namespace after the other', 'owner, i'],
  ['by the day, namespaces in runs', 'i / 2000, owner, i'],
])('random blocks of rows stored %s', (_, order) => {
  let url = '';
  beforeAll(async () => {
    url = await freshDatabase();
    await sql(url, `CREATE TABLE memories (${COLUMNS})`, filled(150_000, order, 400), 'VACUUM ANALYZE memories');
  });

  it('tell counts whose intervals hold 94 times of 100 and more', async () => {
    const real = await truth(url);
    const held = new Map<string, number>();
    const asked = new Map<string, number>();
    let whole = 0;
    let dead = 0;
    let deads = 0;
    let slowest = 0;
    const session = await openSession(Target.parse(url), { mode: 'read', purpose: 'test' });
    const { sets } = await readSets(session, { map: MAP });
    const set = sets.find((s) => s.relation.name === 'memories')?.id ?? '';
    for (let seed = 1; seed <= 100; seed++) {
      const begun = performance.now();
      const c = await pgCensus(session, sets, { set, now: new Date(), approximate: true, seed, top: 8 });
      slowest = Math.max(slowest, performance.now() - begun);
      expect(c).toMatchObject({ method: 'approximate', distinct: null, sizes: null });
      if (c.rows.low <= 150_000 && 150_000 <= c.rows.high) whole += 1;
      for (const t of c.top) {
        const name = String(t.namespace);
        const r = real.get(t.namespace) ?? { rows: 0, dead: 0 };
        asked.set(name, (asked.get(name) ?? 0) + 1);
        if (t.rows.low <= r.rows && r.rows <= t.rows.high) held.set(name, (held.get(name) ?? 0) + 1);
        deads += 1;
        if (t.deadRows !== null && t.deadRows.low <= r.dead && r.dead <= t.deadRows.high) dead += 1;
      }
    }
    await session.close();
    expect(whole).toBeGreaterThanOrEqual(94);
    expect(dead / deads).toBeGreaterThanOrEqual(0.94);
    for (const [name, n] of asked)
      if (n >= 50) expect((held.get(name) ?? 0) / n, `${name}: ${held.get(name)} of ${n}`).toBeGreaterThanOrEqual(0.94);
    const often = [...asked].filter(([, n]) => n >= 90).map(([name]) => name);
    expect(often).toContain('user-1');
    expect(slowest).toBeLessThan(3_000);
  });
});
