import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type SqliteIndexParameters, sqliteIndex } from '../../src/layouts/sqlite-index.ts';
import fc from '../random-cases.ts';
import { relativeError } from './embedded-rows.ts';
import { emptyStore, fill, given, treeBytes } from './sqlite-stores.ts';

const hash = (i: number, length: number): string => {
  const hex = createHash('sha512').update(String(i)).digest('hex');
  return hex.repeat(Math.ceil(length / hex.length)).slice(0, length);
};

type Order = SqliteIndexParameters['order'];

/** Builds an index over a text key of fixed length, in the given order, and measures it. */
function built(rows: number, length: number, order: Order, pageSize: number): number {
  const db = emptyStore(pageSize);
  db.exec('create table t(id integer primary key, k text)');
  if (order !== 'packed') db.exec('create index i on t(k)');
  const insert = db.prepare('insert into t(k) values (?)');
  fill(db, rows, (i) => insert.run(order === 'ascending' ? i.toString().padStart(length, '0') : hash(i, length)));
  if (order === 'packed') db.exec('create index i on t(k)');
  const bytes = treeBytes(db)['i'] as number;
  db.close();
  return bytes;
}

const keyed = (rows: number, length: number, order: Order, pageSize = 4096): SqliteIndexParameters => ({
  rows: given(rows),
  columns: [{ kind: 'text', name: 'k', bytes: given(length, 'B'), spread: given(0, 'ratio') }],
  order,
  pageSize: given(pageSize, 'B'),
});

describe('sqlite-index against indexes built here', () => {
  const shapes: readonly (readonly [rows: number, length: number, pageSize: number])[] = [
    [10_000, 12, 4096],
    [10_000, 36, 4096],
    [40_000, 36, 4096],
    [10_000, 64, 4096],
    [10_000, 150, 4096],
    [5000, 400, 4096],
    [10_000, 36, 1024],
    [20_000, 36, 8192],
    [3000, 1500, 4096],
  ];
  /** Packed and ascending pages follow from the layout; the fill after random inserts oscillates as pages split in waves. */
  const bars: Readonly<Record<Order, number>> = { packed: 0.015, ascending: 0.03, random: 0.06 };
  for (const order of ['packed', 'ascending', 'random'] as const) {
    for (const [rows, length, pageSize] of shapes) {
      it(`${order}: ${rows} keys of ${length} B, pages of ${pageSize}`, () => {
        const measured = built(rows, length, order, pageSize);
        const { disk } = sqliteIndex.size(keyed(rows, length, order, pageSize));
        expect(Math.abs(relativeError(disk.value, measured))).toBeLessThanOrEqual(bars[order]);
        if (order === 'random') expect(disk.low <= measured && measured <= disk.high).toBe(true);
      });
    }
  }

  it('an index on a timestamp in insertion order', () => {
    const db = emptyStore();
    db.exec('create table t(id integer primary key, at integer); create index i on t(at)');
    const insert = db.prepare('insert into t(at) values (?)');
    fill(db, 30_000, (i) => insert.run(1_700_000_000 + i));
    const measured = treeBytes(db)['i'] as number;
    db.close();
    const { disk } = sqliteIndex.size({
      rows: given(30_000),
      columns: [{ kind: 'integer', name: 'at', value: given(1_700_000_000) }],
      order: 'ascending',
    });
    expect(Math.abs(relativeError(disk.value, measured))).toBeLessThanOrEqual(0.03);
  });

  it('an index on (namespace, created_at), rows of the namespaces interleaved', () => {
    const db = emptyStore();
    db.exec('create table t(id integer primary key, ns text, at integer); create index i on t(ns, at)');
    const insert = db.prepare('insert into t(ns, at) values (?, ?)');
    fill(db, 30_000, (i) => insert.run(`user-${hash(i % 100, 6)}`, 1_700_000_000 + i));
    const measured = treeBytes(db)['i'] as number;
    db.close();
    const { disk } = sqliteIndex.size({
      rows: given(30_000),
      columns: [
        { kind: 'text', name: 'ns', bytes: given(11, 'B'), spread: given(0, 'ratio') },
        { kind: 'integer', name: 'at', value: given(1_700_000_000) },
      ],
      order: 'random',
    });
    expect(disk.low <= measured && measured <= disk.high).toBe(true);
  });

  it('a WITHOUT ROWID table is such a tree of whole rows', () => {
    const db = emptyStore();
    db.exec('create table t(k text primary key, v blob) without rowid');
    const insert = db.prepare('insert into t values (?, ?)');
    fill(db, 10_000, (i) => insert.run(hash(i, 32), Buffer.alloc(100)));
    const measured = treeBytes(db)['t'] as number;
    db.close();
    const { disk } = sqliteIndex.size({
      rows: given(10_000),
      columns: [
        { kind: 'text', name: 'k', bytes: given(32, 'B'), spread: given(0, 'ratio') },
        { kind: 'blob', name: 'v', bytes: given(100, 'B') },
      ],
      order: 'random',
      withoutRowid: true,
    });
    expect(Math.abs(relativeError(disk.value, measured))).toBeLessThanOrEqual(0.06);
  });
});

describe('sqlite-index properties', () => {
  it('grows with rows; packed <= random and packed <= ascending', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e8 }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 1, max: 900 }),
        (rows, more, length) => {
          const at = (n: number, order: Order): number => sqliteIndex.size(keyed(n, length, order)).disk.value;
          for (const order of ['packed', 'ascending', 'random'] as const) {
            expect(at(rows, order)).toBeGreaterThanOrEqual(4096);
            expect(at(rows + more, order)).toBeGreaterThanOrEqual(at(rows, order));
            expect(at(rows, 'packed')).toBeLessThanOrEqual(at(rows, order));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('names the entry sizes at which a leaf holds one fewer', () => {
    const cliffs = sqliteIndex.cliffs(keyed(10_000, 400, 'packed'));
    expect(cliffs).toHaveLength(2);
    for (const c of cliffs) expect(c.after).toBeGreaterThan(c.before);
  });
});
