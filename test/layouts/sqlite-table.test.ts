import { describe, expect, it } from 'vitest';
import { memoryColumns, type SqliteTableParameters, sqliteTable } from '../../src/layouts/sqlite-table.ts';
import { isInputError } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';
import { relativeError } from './embedded-rows.ts';
import { emptyStore, fill, given, randomStream, treeBytes } from './sqlite-stores.ts';

/** Builds memory(id, namespace, text, metadata, created_at[, embedding]) with texts around the mean, and measures it. */
function built(rows: number, textBytes: number, embedding: number, pageSize = 4096, vacuum = false): number {
  const db = emptyStore(pageSize);
  db.exec(
    'create table memory(id integer primary key, namespace text, text text, metadata text, created_at integer, embedding blob)',
  );
  const insert = db.prepare('insert into memory values (?, ?, ?, ?, ?, ?)');
  const random = randomStream(rows);
  // The sum of six uniform numbers is close to normal; its deviation is made 0.15 of the mean.
  const normal = (): number => (random() + random() + random() + random() + random() + random() - 3) / Math.SQRT1_2;
  const length = (mean: number): number => Math.max(1, Math.round(mean * (1 + 0.15 * normal())));
  const blob = embedding === 0 ? null : Buffer.alloc(embedding);
  fill(db, rows, (i) =>
    insert.run(
      i + 1,
      `user-${(i % 90) + 10}`,
      'x'.repeat(length(textBytes)),
      'm'.repeat(length(68)),
      1_700_000_000 + i,
      blob,
    ),
  );
  if (vacuum) db.exec('vacuum');
  const bytes = treeBytes(db)['memory'] as number;
  db.close();
  return bytes;
}

function predicted(rows: number, textBytes: number, embedding: number, pageSize = 4096): SqliteTableParameters {
  const columns = memoryColumns({
    namespaceBytes: given(7, 'B'),
    textBytes: given(textBytes, 'B'),
    metadataBytes: given(68, 'B'),
    ...(embedding === 0 ? {} : { embeddingBytes: given(embedding, 'B') }),
  });
  return {
    rows: given(rows),
    columns: embedding === 0 ? [...columns, { kind: 'null', name: 'embedding' }] : columns,
    pageSize: given(pageSize, 'B'),
  };
}

describe('sqlite-table against tables built here', () => {
  const cases: readonly (readonly [rows: number, text: number, embedding: number, pageSize?: number])[] = [
    [10_000, 200, 0],
    [30_000, 60, 0],
    [5000, 1000, 0],
    [2000, 3000, 0],
    [10_000, 200, 1536],
    [5000, 200, 3072],
    [3000, 200, 6144],
    [2000, 1000, 6144],
    [10_000, 200, 0, 1024],
    [3000, 200, 1536, 8192],
    [3000, 200, 6144, 16_384],
  ];
  for (const [rows, text, embedding, pageSize] of cases) {
    it(`${rows} memories of ${text} B text, ${embedding} B vector, pages of ${pageSize ?? 4096}: within 3 %`, () => {
      const error = relativeError(
        sqliteTable.size(predicted(rows, text, embedding, pageSize)).disk.value,
        built(rows, text, embedding, pageSize),
      );
      expect(Math.abs(error)).toBeLessThanOrEqual(0.03);
    });
  }

  it('VACUUM leaves the leaves as they are', () => {
    const sized = sqliteTable.size({ ...predicted(10_000, 200, 0), state: 'vacuumed' });
    expect(Math.abs(relativeError(sized.disk.value, built(10_000, 200, 0, 4096, true)))).toBeLessThanOrEqual(0.03);
  });

  it('rows of one length are exact to a page or two', () => {
    for (const bytes of [10, 100, 500, 1900, 2100, 4050, 4070, 5000, 9000]) {
      const db = emptyStore();
      db.exec('create table t(id integer primary key, b blob)');
      const insert = db.prepare('insert into t values (?, ?)');
      fill(db, 2000, (i) => insert.run(i + 1, Buffer.alloc(bytes)));
      const measured = treeBytes(db)['t'] as number;
      db.close();
      const sized = sqliteTable.size({
        rows: given(2000),
        columns: [
          { kind: 'rowid', name: 'id' },
          { kind: 'blob', name: 'b', bytes: given(bytes, 'B') },
        ],
      });
      expect(Math.abs(sized.disk.value - measured) / 4096, `${bytes} B`).toBeLessThanOrEqual(2);
    }
  });
});

describe('sqlite-table properties', () => {
  it('grows with rows, is never empty, negative or not a number', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 0, max: 100_000 }),
        (rows, more, bytes) => {
          const at = (n: number): number => sqliteTable.size(predicted(n, bytes, 0)).disk.value;
          expect(at(rows)).toBeGreaterThanOrEqual(4096);
          expect(at(rows + more)).toBeGreaterThanOrEqual(at(rows));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes at least the bytes it holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 50_000 }), (rows, embedding) => {
        expect(sqliteTable.size(predicted(rows, 100, embedding)).disk.value).toBeGreaterThan(rows * (100 + embedding));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses page sizes and rows that cannot be', () => {
    const refused = (p: SqliteTableParameters): boolean => {
      try {
        sqliteTable.size(p);
        return false;
      } catch (e) {
        return isInputError(e);
      }
    };
    const good = predicted(10, 10, 0);
    expect(refused(good)).toBe(false);
    expect(refused({ ...good, pageSize: given(4000, 'B') })).toBe(true);
    expect(refused({ ...good, rows: given(-1) })).toBe(true);
    expect(refused({ ...good, columns: [] })).toBe(true);
    expect(refused({ ...good, columns: [{ kind: 'blob', name: 'b', bytes: given(2e9, 'B') }] })).toBe(true);
  });

  it('a vector of 384 floats packs two to a page, a little more text breaks that', () => {
    const cliffs = sqliteTable.cliffs(predicted(100_000, 200, 1536));
    expect(cliffs).toHaveLength(2);
    for (const c of cliffs) expect(c.after).toBeGreaterThan(c.before);
  });
});
