import { describe, expect, it, test } from 'vitest';
import { mostPostings, tuplesPerPage } from '../../src/layouts/btree-pages.ts';
import { type KeyColumn, keyColumn, pgBtree } from '../../src/layouts/pg-btree.ts';
import { leaf } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';
import { count, postgresRows, relativeError, rows } from './postgres-rows.ts';

const COLUMNS: Readonly<Record<string, readonly KeyColumn[]>> = {
  nsc: [
    keyColumn.text('namespace', 10),
    keyColumn.oneOf('status', { active: 0.6, archived: 0.2, superseded: 0.2 }),
    keyColumn.real('confidence'),
  ],
  btree: [],
  created: [keyColumn.timestamptz('created_at')],
  event: [keyColumn.timestamptz('event_at')],
  uuid: [keyColumn.uuid('uid')],
};
const columnsOf = (name: string): readonly KeyColumn[] => {
  const columns = COLUMNS[name.replace(/^b(tree)?_/, '')] as readonly KeyColumn[];
  return columns.length === 0 ? (COLUMNS['nsc'] as readonly KeyColumn[]) : columns;
};
const index = (n: number, columns: readonly KeyColumn[], distinct?: number) =>
  pgBtree.size({ rows: rows(n), columns, ...(distinct === undefined ? {} : { distinctKeys: count(distinct) }) });

const measured = postgresRows('btree_index');
test.each(measured.map((r) => [r.label, r] as const))('measured: %s', (_label, r) => {
  const columns = columnsOf(String(r.extra['kind'] ?? r.extra['idx']));
  expect(relativeError(index(r.n, columns).disk.value, r.bytes)).toBe(0);
});

it('covers the measured indexes', () => {
  expect(measured.length).toBeGreaterThanOrEqual(9);
});

describe('deduplication', () => {
  it('puts 130 rows into a tuple over an 11-byte key', () => {
    expect(mostPostings(11)).toBe(130);
  });

  it('100 namespaces over 50,000 rows: measured 385,024 B', () => {
    const { disk } = index(50_000, [keyColumn.text('namespace', 10)], 100);
    expect(Math.abs(relativeError(disk.value, 385_024))).toBeLessThan(0.06);
  });

  it('is off for a unique index, and for keys that do not repeat', () => {
    const columns = [keyColumn.uuid('id')];
    const plain = index(100_000, columns).disk.value;
    expect(index(100_000, columns, 100_000).disk.value).toBe(plain);
    expect(
      pgBtree.size({ rows: rows(100_000), columns, distinctKeys: count(10), deduplicates: false }).disk.value,
    ).toBe(plain);
    expect(index(100_000, columns, 10).disk.value).toBeLessThan(plain / 3);
  });
});

it('fills leaves as the fillfactor says', () => {
  expect(tuplesPerPage(20, false, 90)).toBe(366);
  const columns = [keyColumn.uuid('id')];
  const at = (f: number) => pgBtree.size({ rows: rows(1e6), columns, fillfactor: count(f) }).disk.value;
  expect(at(50)).toBeGreaterThan(1.7 * at(90));
  expect(() => at(5)).toThrow(/fillfactor: PostgreSQL takes 10 to 100/);
});

describe('keys that are not equally frequent', () => {
  const uneven = (n: number, common: readonly number[], distinct: number, nulls = 0): number =>
    pgBtree.size({
      rows: rows(n),
      columns: [keyColumn.text('namespace', 10)],
      distinctKeys: count(distinct),
      commonKeys: common,
      ...(nulls > 0 ? { nullShare: leaf('nulls', nulls, 'ratio') } : {}),
    }).disk.value / 8192;

  it('45 namespaces of 300,000 and of 60,000 rows: 254 and 52 pages measured', () => {
    const all = Array<number>(45).fill(1 / 45);
    expect(Math.abs(uneven(300_000, all, 1) / 254 - 1)).toBeLessThan(0.04);
    expect(Math.abs(uneven(60_000, all, 1) - 52)).toBeLessThanOrEqual(3);
  });

  it('takes keys that hardly repeat one by one', () => {
    const plain = index(100_000, [keyColumn.text('namespace', 10)]).disk.value / 8192;
    expect(uneven(100_000, [], 100_000)).toBe(plain);
    expect(uneven(100_000, [0.5], 50_000)).toBeLessThan(0.7 * plain);
  });

  it('stores NULL as one run without a key', () => {
    expect(uneven(100_000, [], 100_000, 1)).toBeLessThan(uneven(100_000, [1], 1) * 1.01);
    expect(uneven(100_000, [], 100_000, 0.75)).toBeLessThan(0.5 * uneven(100_000, [], 100_000));
  });
});

it('an empty index is its metapage', () => {
  expect(index(0, [keyColumn.uuid('id')]).disk.value).toBe(8192);
  expect(() => index(1, [])).toThrow(/at least one column/);
});

it('pays for alignment between columns', () => {
  const entry = (columns: KeyColumn[]) => index(1000, columns).parts['entry']?.value;
  expect(entry([keyColumn.boolean('b'), keyColumn.bigint('i')])).toBe(8 + 16 + 4);
  expect(entry([keyColumn.bigint('i'), keyColumn.boolean('b')])).toBe(8 + 16 + 4);
  expect(entry([keyColumn.text('t', 200), keyColumn.integer('i')])).toBe(8 + 208 + 4);
  expect(entry([keyColumn.runningText('t', 21)])).toBeGreaterThan(28);
});

it('never shrinks as rows are added', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e9 }),
      fc.integer({ min: 0, max: 1e7 }),
      fc.integer({ min: 1, max: 120 }),
      fc.option(fc.integer({ min: 1, max: 1e6 })),
      (n, more, length, distinct) => {
        const columns = [keyColumn.text('t', length)];
        const a = index(n, columns, distinct ?? undefined);
        const b = index(n + more, columns, distinct ?? undefined);
        // A posting tuple that becomes full may pack better than the remainder it was.
        expect(b.disk.value).toBeGreaterThanOrEqual(a.disk.value * (distinct === null ? 1 : 0.9));
        for (const q of [a.disk, ...Object.values(a.parts)]) expect(Number.isFinite(q.value) && q.low >= 0).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});
