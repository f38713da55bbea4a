import { beforeAll, describe, expect, it } from 'vitest';
import {
  expiredSql,
  expirySql,
  olderThanSql,
  refSql,
  secondsSql,
} from '../../../src/adapters/postgres/expression-sql.ts';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import type { TtlRule } from '../../../src/profiles/index.ts';
import { Target, type TimeFormat } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { sql } from './pg-store.ts';

let url = '';
beforeAll(async () => {
  url = await freshDatabase();
});

/** What an expression over one typed value yields, in a session as the adapter opens it. */
async function value(expression: string, type: string, text: string | null): Promise<unknown> {
  const session = await openSession(Target.parse(url), { mode: 'read', purpose: 'test' });
  try {
    const [row] = await session.query<{ x: unknown }>(`SELECT ${expression} AS x FROM (SELECT $1::${type} AS c) AS t`, [
      text,
    ]);
    return row?.x;
  } finally {
    await session.close();
  }
}

const seconds = (format: TimeFormat | 'infer', type: string): string => secondsSql('t."c"', format, type);
const iso = (text: string): number => Date.parse(text) / 1000;

describe('secondsSql', () => {
  it.each<[TimeFormat, string, string, number | null]>([
    ['native', 'timestamp with time zone', '2026-03-01 12:00:00+02', iso('2026-03-01T10:00:00Z')],
    ['native', 'timestamp without time zone', '2026-03-01 12:00:00', iso('2026-03-01T12:00:00Z')],
    ['native', 'date', '2026-03-01', iso('2026-03-01T00:00:00Z')],
    ['epoch-s', 'bigint', '1772366400', 1772366400],
    ['epoch-ms', 'bigint', '1772366400123', 1772366400.123],
    ['epoch-us', 'numeric', '1772366400123456', 1772366400.123456],
    ['epoch-s', 'double precision', '1772366400.5', 1772366400.5],
    ['epoch-s', 'text', ' 1772366400 ', 1772366400],
    ['epoch-s', 'text', 'yesterday', null],
    ['epoch-s', 'text', '9e999', null],
    ['utc-text', 'text', '2026-03-01T12:00:00Z', iso('2026-03-01T12:00:00Z')],
    ['utc-text', 'text', '2026-03-01T12:00:00.123456+00:00', iso('2026-03-01T12:00:00.123Z') + 0.000456],
    ['utc-text', 'text', '2026-03-01 12:00:00', iso('2026-03-01T12:00:00Z')],
    ['utc-text', 'text', '2026-03-01T12:00:00-0530', iso('2026-03-01T17:30:00Z')],
    ['utc-text', 'character varying(40)', '2026-03-01', iso('2026-03-01T00:00:00Z')],
    // What the server would take for a time, and what it would stop at.
    ['utc-text', 'text', 'now', null],
    ['utc-text', 'text', 'infinity', null],
    ['utc-text', 'text', '2026-02-30', null],
    ['utc-text', 'text', '2026-13-01T00:00:00Z', null],
    ['utc-text', 'text', '0000-01-01', null],
    ['utc-text', 'text', '2026-03-01T25:00:00Z', null],
    ['utc-text', 'text', '', null],
    // A number without a unit is no time, whatever the profile hopes for.
    ['utc-text', 'bigint', '1772366400', null],
    ['native', 'boolean', 'true', null],
  ])('%s in %s: %s', async (format, type, text, expected) => {
    const found = await value(seconds(format, type), type, text);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(expected, 5);
  });

  it('leap days are days, and only in leap years', async () => {
    expect(await value(seconds('utc-text', 'text'), 'text', '2024-02-29')).toBe(iso('2024-02-29'));
    expect(await value(seconds('utc-text', 'text'), 'text', '2026-02-29')).toBeNull();
  });
});

describe('refSql', () => {
  it('reads a member of a JSON column, whatever its name', async () => {
    const odd = refSql({ json: 'c', path: "it's \\ odd" });
    expect(await value(odd, 'jsonb', JSON.stringify({ "it's \\ odd": 'yes' }))).toBe('yes');
    expect(await value(odd, 'json', '[1]')).toBeNull();
  });
});

const at = (format: TimeFormat): TtlRule => ({ kind: 'at', at: { column: { column: 'c' }, format } });
const types = (type: string): ReadonlyMap<string, string> => new Map([['c', type]]);

describe('expiredSql', () => {
  const second = (offset: number): string => String(Math.floor(Date.now() / 1000) + offset);
  const stamp = (offset: number): string => new Date(Date.now() + offset * 1000).toISOString();
  const day = (offset: number): string => stamp(offset * 86_400).slice(0, 10);

  it.each<[string, TtlRule, string, string | null, boolean | null]>([
    ['a past timestamptz', at('native'), 'timestamp with time zone', stamp(-5), true],
    ['a future timestamptz', at('native'), 'timestamp with time zone', stamp(60), false],
    ['infinity', at('native'), 'timestamp with time zone', 'infinity', false],
    ['NULL', at('native'), 'timestamp with time zone', null, null],
    ['a naive timestamp, UTC', at('native'), 'timestamp without time zone', stamp(-5).replace('Z', ''), true],
    ['yesterday as a date', at('native'), 'date', day(-1), true],
    ['today as a date: the day is not over', at('native'), 'date', day(0), false],
    ['today as text', at('date-text'), 'text', day(0), false],
    ['yesterday as text', at('date-text'), 'text', day(-1), true],
    ['past epoch seconds', at('epoch-s'), 'bigint', second(-2), true],
    ['future epoch seconds', at('epoch-s'), 'integer', second(60), false],
    ['past epoch milliseconds', at('epoch-ms'), 'bigint', `${second(-2)}000`, true],
    ['past epoch seconds as a double', at('epoch-s'), 'double precision', second(-2), true],
    ['past ISO text', at('utc-text'), 'text', stamp(-5), true],
    ['unreadable text', at('utc-text'), 'text', 'soon', null],
  ])('%s', async (_, rule, type, text, expected) => {
    expect(await value(expiredSql(rule, types(type)), type, text)).toBe(expected);
  });

  it('is served by an index on the column', async () => {
    await sql(
      url,
      'CREATE TABLE expiring (c timestamptz, e bigint)',
      `INSERT INTO expiring SELECT now() + i * interval '1 day', 4102444800 + i FROM generate_series(1, 20000) AS i`,
      'CREATE INDEX ON expiring (c)',
      'CREATE INDEX ON expiring (e)',
      'ANALYZE expiring',
    );
    const plan = async (condition: string): Promise<string> =>
      JSON.stringify(await sql(url, `EXPLAIN SELECT * FROM expiring AS t WHERE ${condition}`));
    expect(await plan(expiredSql(at('native'), types('timestamp with time zone')))).toContain('expiring_c_idx');
    const epoch: TtlRule = { kind: 'at', at: { column: { column: 'e' }, format: 'epoch-s' } };
    expect(await plan(expiredSql(epoch, new Map([['e', 'bigint']])))).toContain('expiring_e_idx');
    const created = { column: { column: 'c' }, format: 'native' } as const;
    expect(await plan(olderThanSql(created, types('timestamp with time zone'), '3600'))).toContain('expiring_c_idx');
  });
});

describe('expirySql', () => {
  it('adds a lifetime to a start, in its unit or as an interval', async () => {
    const rule: TtlRule = {
      kind: 'after',
      from: { column: { column: 'c' }, format: 'native' },
      ttl: 'ttl',
      seconds: 60,
    };
    const session = await openSession(Target.parse(url), { mode: 'read', purpose: 'test' });
    const expires = async (type: string, ttl: string): Promise<unknown> => {
      const columns = new Map([
        ['c', 'timestamp with time zone'],
        ['ttl', type],
      ]);
      const [row] = await session.query<{ x: unknown }>(
        `SELECT ${expirySql(rule, columns).expires} AS x FROM (SELECT '2026-01-01T00:00Z'::timestamptz AS c, $1::${type} AS ttl) AS t`,
        [ttl],
      );
      return row?.x;
    };
    const start = iso('2026-01-01T00:00:00Z');
    expect(await expires('integer', '2')).toBe(start + 120);
    expect(await expires('interval', '2 hours')).toBe(start + 7200);
    expect(await expires('text', '1.5')).toBe(start + 90);
    expect(await expires('text', 'long')).toBeNull();
    await session.close();
  });
});
