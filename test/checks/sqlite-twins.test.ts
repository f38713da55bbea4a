/** Estimates of real SQLite files against the same file after VACUUM, or a vec0 table written anew. */
import * as sqliteVec from 'sqlite-vec';
import { describe, expect, it } from 'vitest';
import { bloatReport, compaction } from '../../src/checks/index.ts';
import { connect, copied, directory, made, snapshot } from '../adapters/sqlite/temporary-store.ts';

const ANY = { thresholds: { minBytes: 0 } };

/** Points between estimate and truth, by structure, where the structure has more than a few pages. */
async function pointsOff(path: string): Promise<Map<string, number>> {
  const before = bloatReport(await snapshot(path), ANY);
  connect(path).exec('VACUUM');
  const after = new Map((await snapshot(path)).structures.map((s) => [s.id, s.bytes]));
  return new Map(
    before.structures.flatMap((s) => {
      const real = after.get(s.id);
      if (s.kind === 'freelist' || s.percent === null || real == null || (s.actual?.value ?? 0) < 80 * 1024) return [];
      return [[s.id, s.percent.value - Math.max(0, 100 * (1 - real / (s.actual?.value ?? 1)))] as const];
    }),
  );
}

describe('twins', () => {
  it.each(['mneme-v1-sqlite.db', 'neural-memory-4.62-multibrain.db'])('%s', async (name) => {
    const off = await pointsOff(copied(name));
    expect(off.size).toBeGreaterThan(0);
    for (const [id, points] of off) expect(Math.abs(points), id).toBeLessThanOrEqual(5);
  });

  it('four rows of five deleted', async () => {
    const path =
      made(`CREATE TABLE t(id INTEGER PRIMARY KEY, ns TEXT, a TEXT, b BLOB); CREATE INDEX i ON t(ns, a); CREATE INDEX j ON t(a);
      WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 30000)
        INSERT INTO t SELECT i, 'user-' || (i % 40), hex(randomblob(10)), randomblob(abs(random()) % 200) FROM x;
      DELETE FROM t WHERE id % 5`);
    const report = bloatReport(await snapshot(path), ANY);
    // SQLite gathers emptied pages by itself: most of the waste is in the free list.
    const state = (id: string): unknown => report.structures.find((s) => s.id === id);
    expect(state('freelist:free pages')).toMatchObject({ state: 'bloated', level: 'crit', confidence: 'exact' });
    expect(state('index:j')).toMatchObject({ state: 'bloated' });
    const off = await pointsOff(path);
    expect([...off.keys()].sort()).toEqual(['index:i', 'index:j', 'table:t']);
    for (const [id, points] of off) expect(Math.abs(points), id).toBeLessThanOrEqual(5);
  });

  it('a fresh file alarms on nothing', async () => {
    const path = made(`CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX i ON t(a);
      WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 30000) INSERT INTO t SELECT i, printf('%08d', i) FROM x`);
    const { structures } = bloatReport(await snapshot(path), ANY);
    expect(structures.filter((s) => s.state === 'bloated').map((s) => s.id)).toEqual([]);
  });
});

it('a vec0 table half deleted gives back half when it is written anew, and VACUUM nothing', async () => {
  const path = `${directory()}/vec.db`;
  const db = connect(path);
  sqliteVec.load(db);
  const fill = (table: string, step: number): void => {
    db.exec(`CREATE VIRTUAL TABLE ${table} USING vec0(e float[128])`);
    const insert = db.prepare(`INSERT INTO ${table}(rowid, e) VALUES (?, ?)`);
    db.transaction(() => {
      for (let i = 1; i <= 8192; i += step)
        insert.run(
          BigInt(i),
          Float32Array.from({ length: 128 }, (_, k) => i + k),
        );
    })();
  };
  fill('v', 1);
  db.exec('DELETE FROM v WHERE rowid % 2 = 0; VACUUM');
  const s = await snapshot(path);
  const [found] = bloatReport(s, ANY).structures.filter((x) => x.id === 'vec0:v');
  fill('w', 2);
  const twin = (await snapshot(path)).structures.find((x) => x.id === 'vec0:w')?.bytes ?? 0;
  const real = 100 * (1 - twin / (found?.actual?.value ?? 1));
  expect(real).toBeGreaterThan(45);
  expect(Math.abs((found?.percent?.value ?? 0) - real)).toBeLessThanOrEqual(2);
  expect(found).toMatchObject({ state: 'bloated', deadShare: 0.5 });
  expect(compaction(bloatReport(s, ANY), s).actions.map((a) => a.kind)).toEqual(['vec0-rebuild', 'full-vacuum']);
});
