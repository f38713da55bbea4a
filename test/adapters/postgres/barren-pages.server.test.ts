/** Pages that hold nothing to remove: read in ranges that grow, by one connection or by two, and never passed over unread. */
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstDoomed, type OtherReader, reachOn, readOn } from '../../../src/adapters/postgres/barren-pages.ts';
import { type Portion, pageRanges } from '../../../src/adapters/postgres/doomed.ts';
import { FIRST } from '../../../src/adapters/postgres/pace.ts';
import { type PurgeTarget, purgeTarget } from '../../../src/adapters/postgres/purge-target.ts';
import { openSession, type PgSession } from '../../../src/adapters/postgres/session.ts';
import { DEFAULT_PACE, Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { context, finished, type Maintained, maintained, purgeOf, ran } from './maintained.ts';
import { count, sql } from './pg-store.ts';

const TABLE = [{ table: 'public.mem', text: 'body', expires: 'expires_at' }];
const ROWS = 6_000;

let url = '';
let m: Maintained;
let session: PgSession;

beforeEach(async () => {
  url = await freshDatabase();
  // About seven rows in a page.
  await sql(
    url,
    'CREATE TABLE mem (id bigint PRIMARY KEY, body text, expires_at timestamptz) WITH (fillfactor = 12)',
    `INSERT INTO mem SELECT i, repeat('b', 100) FROM generate_series(1, ${ROWS}) i`,
  );
  m = await maintained(url, TABLE);
  session = await openSession(Target.parse(url), { mode: 'write', purpose: 'test' });
});
afterEach(async () => {
  await session.close();
  await m[Symbol.asyncDispose]();
});

const expire = async (where: string): Promise<unknown> =>
  await sql(url, `UPDATE mem SET expires_at = now() - interval '1 day' WHERE ${where}`, 'ANALYZE mem');
const target = async (): Promise<PurgeTarget> =>
  await purgeTarget(session, Target.parse(url), m.reading, purgeOf(m, 'mem', { of: ROWS }));
/** The first page with a row that has expired, as the server tells. */
const firstPage = async (): Promise<number> =>
  await count(url, 'SELECT min((ctid::text::point)[0])::int FROM mem WHERE expires_at <= now()');

async function whole(): Promise<{ what: PurgeTarget; portion: Portion; pages: number }> {
  const what = await target();
  const [leaf] = what.leaves;
  if (leaf === undefined) throw new Error('no leaf');
  for await (const portion of pageRanges([leaf], { ...FIRST, pages: 1e9, reach: 1e9 }, 1e9))
    return { what, portion, pages: leaf.pages };
  throw new Error('no portion');
}

describe('reading on', () => {
  it('tells the page behind the last where nothing is due, and else the first that holds a row', async () => {
    const none = await whole();
    expect(await firstDoomed(session, none.what, none.portion)).toBe(none.pages);
    await expire('id IN (3000, 5000)');
    const some = await whole();
    expect(await firstDoomed(session, some.what, some.portion)).toBe(await firstPage());
  });

  it('by two connections gives each a half, and only what this one read is read again', async () => {
    await expire('id = 5500');
    const { what, portion, pages } = await whole();
    const passed: Portion[] = [];
    const asked: Portion[] = [];
    const other = (told: (p: Portion) => Promise<number | null>): OtherReader => ({
      passed: (p) => void passed.push(p),
      firstDoomed: async (p) => {
        asked.push(p);
        return await told(p);
      },
    });
    const theirs = other(async (p) => await firstDoomed(session, what, p));
    expect(await readOn(session, what, portion, theirs)).toBe(await firstPage());
    const half = Math.ceil(pages / 2);
    expect(asked.map((p) => [p.from, p.pages])).toEqual([[half, pages - half]]);
    expect(passed.map((p) => [p.from, p.pages])).toEqual([[0, half]]);
    // What the other one could not read is not taken for read.
    expect(
      await readOn(
        session,
        what,
        portion,
        other(async () => null),
      ),
    ).toBe(half);
    // A row in the first half counts, whatever the other one found.
    await expire('id = 10');
    const again = await whole();
    expect(await readOn(session, again.what, again.portion, undefined)).toBe(await firstPage());
  });

  it('goes no further where somebody holds the whole table, and does not wait for it', async () => {
    const { what, portion } = await whole();
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE mem');
    expect(await readOn(session, what, portion, undefined)).toBe(portion.from);
    await holder.query('COMMIT');
    await holder.end();
    expect(await readOn(session, what, portion, undefined)).toBe(portion.pages);
  });

  it('is an error where row-level security would hide rows', async () => {
    await expire('id = 5500');
    const { what, portion } = await whole();
    await sql(
      url,
      'DROP ROLE IF EXISTS hidden_from',
      'CREATE ROLE hidden_from LOGIN',
      'GRANT SELECT ON mem TO hidden_from',
      'ALTER TABLE mem ENABLE ROW LEVEL SECURITY',
    );
    const theirs = new URL(url);
    theirs.username = 'hidden_from';
    const poor = await openSession(Target.parse(theirs.href), { mode: 'write', purpose: 'test' });
    await expect(readOn(poor, what, portion, undefined)).rejects.toThrow(/row-level security/);
    await poor.close();
    await sql(url, 'DROP OWNED BY hidden_from', 'DROP ROLE hidden_from');
  });
});

describe('the reach', () => {
  const leaf = { oid: 1, quoted: 'mem', pages: 100_000, bytesPerPage: 8192, rowsPerPage: 40 };
  const next = (pages: number, seconds: number): number => {
    const appetite = { ...FIRST };
    reachOn(appetite, leaf, pages, seconds, DEFAULT_PACE);
    return appetite.reach;
  };

  it('grows with what costs little, shrinks again with what takes long, and has an end', () => {
    expect(next(256, 0.002)).toBe(1_024);
    expect(next(1_024, 0.25)).toBe(2_048);
    expect(next(4_096, 1)).toBe(2_048);
    expect(next(4_096, 60)).toBe(409);
    expect(next(8_000, 0.01)).toBe(8_192);
    expect(next(1, 60)).toBe(1);
  });

  it('is read in place of a batch until something is found, and then forgotten', async () => {
    const appetite = { ...FIRST, pages: 100, density: 10, reach: 1_000 };
    const walked: string[] = [];
    for await (const p of pageRanges([{ ...leaf, pages: 4_000 }], appetite, 1_000)) {
      walked.push(`${p.readTo === undefined ? 'remove' : 'read'} ${p.from} +${p.pages}`);
      if (p.readTo === undefined) {
        appetite.reach = p.from === 2_500 ? 0 : 4_000;
        continue;
      }
      const page = p.from === 1_000 ? 2_500 : (p.from ?? 0) + p.pages;
      if (page === 2_500) appetite.reach = 0;
      else appetite.reach *= 2;
      p.readTo(page);
    }
    expect(walked).toEqual([
      'read 0 +1000',
      'read 1000 +2000',
      'remove 2500 +100',
      'remove 2600 +100',
      'read 2700 +1300',
    ]);
  });
});

describe('a table with rows that are due here and there', () => {
  it.each([
    ['at its end', 'id > 5000'],
    ['at its beginning', 'id <= 1000'],
    ['in two places', 'id BETWEEN 1000 AND 1400 OR id BETWEEN 4500 AND 4600'],
    ['in the last row alone', `id = ${ROWS}`],
  ])('loses them %s, and no others', async (_, where) => {
    await expire(where);
    const due = await count(url, 'SELECT count(*) FROM mem WHERE expires_at <= now()');
    const r = await ran(m.maintenance.perform(purgeOf(m, 'mem', { rows: due, of: ROWS }), context()));
    expect(finished(r)).toMatchObject({ rows: due, verified: 'no row of public.mem meets the rule any more' });
    expect(await count(url, 'SELECT count(*) FROM mem')).toBe(ROWS - due);
    expect(await count(url, 'SELECT count(*) FROM mem WHERE expires_at <= now()')).toBe(0);
  });

  it('keeps those whose time was extended after the pages before them had been read', async () => {
    await expire('id > 5000');
    const events = m.maintenance.perform(purgeOf(m, 'mem', { rows: 1000, of: ROWS }), context());
    await sql(url, "UPDATE mem SET expires_at = now() + interval '1 day' WHERE id > 5900");
    expect(finished(await ran(events)).rows).toBe(900);
    expect(await count(url, 'SELECT count(*) FROM mem')).toBe(ROWS - 900);
  });
});
