/** Expected sizes are what a rebuild really leaves: proven by rebuilding copies of the real stores. */
import { describe, expect, it } from 'vitest';
import { observedOf } from '../../src/capacity/observed.ts';
import { expectedActual, type StructureComparison } from '../../src/expectation/index.ts';
import type { Snapshot } from '../../src/store/index.ts';
import { connect, copied, fixture, made, snapshot } from '../adapters/sqlite/temporary-store.ts';

const of = (s: Snapshot, id: string): StructureComparison =>
  expectedActual(s).find((c) => c.structure.id === id) as StructureComparison;

describe('a copy after VACUUM', () => {
  it.each(['mneme-v1-sqlite.db', 'neural-memory-0.4.0-schema1.db', 'neural-memory-4.62-multibrain.db'])(
    '%s',
    async (name) => {
      const path = copied(name);
      const before = await snapshot(path);
      connect(path).exec('VACUUM');
      const after = await snapshot(path);
      const expected = expectedActual(before).filter((c) => c.expected !== null);
      expect(expected.length).toBeGreaterThan(10);
      let predicted = 0;
      let real = 0;
      for (const c of expected) {
        const rebuilt = after.structures.find((x) => x.id === c.structure.id)?.bytes ?? 0;
        predicted += c.expected?.value ?? 0;
        real += rebuilt;
        // A structure of a few pages may be off by one; nothing is off by more than that or 4 %.
        expect(Math.abs((c.expected?.value ?? 0) - rebuilt), c.structure.id).toBeLessThanOrEqual(
          Math.max(4096, 0.04 * rebuilt),
        );
      }
      expect(Math.abs(predicted / real - 1)).toBeLessThan(0.005);
    },
  );
});

it('sees what deletes left behind', async () => {
  const path = made(`CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX i ON t(a);
    WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 20000) INSERT INTO t SELECT i, hex(randomblob(30)) FROM x;
    DELETE FROM t WHERE id % 2;`);
  const s = await snapshot(path);
  expect(of(s, 'table:t').difference).toBeGreaterThan(0.8);
  expect(of(s, 'index:i').difference).toBeGreaterThan(0.8);
});

it('says why it expects nothing', async () => {
  const s = await snapshot(
    made(`CREATE TABLE t(a); INSERT INTO t VALUES ('x'), (NULL); CREATE INDEX e ON t(lower(a)); CREATE INDEX p ON t(a) WHERE a IS NOT NULL;
      CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('word');`),
  );
  expect(of(s, 'index:e')).toMatchObject({
    expected: null,
    difference: null,
    note: expect.stringContaining('expression'),
  });
  expect(of(s, 'index:p')).toMatchObject({ expected: null, note: expect.stringContaining('partial') });
  expect(of(s, 'fts5:f')).toMatchObject({ expected: null, note: expect.stringContaining('full-text') });
  expect(of(s, 'freelist:free pages')).toMatchObject({ expected: { value: 0 }, difference: null });
});

it('takes WITHOUT ROWID tables as the indexes they are', async () => {
  const path = made(`CREATE TABLE t(k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;
    WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 5000) INSERT INTO t SELECT printf('%08d', i), zeroblob(90) FROM x; VACUUM;`);
  expect(Math.abs(of(await snapshot(path), 'table:t').difference ?? 1)).toBeLessThan(0.01);
});

it('hands plain figures to a capacity report', async () => {
  const observed = observedOf(await snapshot(fixture('stores/mneme-v1-sqlite.db')));
  expect(observed.store).toMatch(/^sqlite:.*mneme-v1-sqlite\.db$/);
  expect(observed.structures.find((s) => s.id === 'index:idx_entries_ns_hash')).toEqual({
    id: 'index:idx_entries_ns_hash',
    name: 'idx_entries_ns_hash',
    actual: 57_344,
    expected: 40_960,
    difference: 57_344 / 40_960 - 1,
  });
});

it('expects nothing where bytes are not told, and does not divide by nothing', async () => {
  const s = await snapshot(fixture('stores/mneme-v1-sqlite.db'));
  const blind: Snapshot = {
    ...s,
    structures: s.structures.map((x) => ({ ...x, bytes: null })),
    storage: { ...s.storage, pageSize: null },
  };
  for (const c of expectedActual(blind)) expect([c.actual, c.expected, c.difference]).toEqual([null, null, null]);
});
