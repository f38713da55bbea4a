/** Namespaces counted, and sampled: the intervals hold what is true as often as they say. */
import { join } from 'node:path';
import * as sqliteVec from 'sqlite-vec';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { wilson } from '../../../src/adapters/sqlite/census.ts';
import { type Census, type CensusRequest, Target } from '../../../src/store/index.ts';
import { count } from './maintained.ts';
import { connect, copied, directory, failure, fixture, made, snapshot } from './temporary-store.ts';

async function census(path: string, set: string, o: Partial<CensusRequest> = {}): Promise<Census> {
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
  return await store.census({ set, now: new Date(1_790_000_000_000), approximate: false, seed: 1, top: 5, ...o });
}

it('counts every row, expired ones and namespaces of each size, and agrees with the snapshot', async () => {
  const path = fixture('stores/mneme-v1-sqlite.db');
  const c = await census(path, 'mneme:entries');
  const db = connect(copied('mneme-v1-sqlite.db'));
  expect(c).toMatchObject({
    method: 'exact',
    column: 'namespace',
    rows: { value: 447, low: 447, high: 447 },
    sampled: 447,
  });
  const s = await snapshot(path);
  expect(c.top.map((t) => [t.namespace, t.rows.value])).toEqual(
    s.memorySets.find((m) => m.id === 'mneme:entries')?.namespaces?.top.map((t) => [t.namespace, t.rows]),
  );
  const hot = c.top.find((t) => t.namespace === 'tenant_hot');
  expect(hot?.deadRows?.value).toBe(
    count(db, "SELECT count(*) FROM entries WHERE namespace = 'tenant_hot' AND created_at + ttl <= 1790000000"),
  );
  expect(hot?.rowBytes).toBeGreaterThan(256);
  expect(c.sizes?.reduce((a, [rows, n]) => a + rows * n, 0)).toBe(447);
  expect(c.distinct?.value).toBe(c.sizes?.reduce((a, [, n]) => a + n, 0));
});

it('names brains, cuts long names, and counts rows without a namespace', async () => {
  const brains = await census(fixture('stores/neural-memory-4.62-multibrain.db'), 'neural-memory:neurons');
  expect(brains.top.map((t) => t.label ?? t.namespace)).toContain('hot-team');
  const path = made(
    `CREATE TABLE t(user_id TEXT, embedding BLOB); INSERT INTO t VALUES (NULL, x'00'), (NULL, x'00'), ('${'x'.repeat(500)}', x'00')`,
  );
  const c = await census(path, 'generic:t');
  expect(c.top[0]).toMatchObject({ namespace: null, rows: { value: 2 }, deadRows: null });
  expect(c.top[1]).toMatchObject({ length: 500 });
  expect(c.top[1]?.namespace).toHaveLength(120);
});

it('a sample of a large table with holes holds the truth in its intervals, about 95 times in 100', async () => {
  // Every third rowid is gone, and one namespace stands all at the end: neither may bias it.
  const path = made(`CREATE TABLE t(user_id TEXT, embedding BLOB);
    WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 300000)
    INSERT INTO t SELECT CASE WHEN n > 280000 THEN 'late' WHEN n % 2 THEN 'half' WHEN n % 10 = 0 THEN 'tenth' ELSE 'u' || (n % 1000) END, x'00' FROM i;
    DELETE FROM t WHERE rowid % 3 = 0 OR rowid BETWEEN 100000 AND 160000;`);
  const db = connect(path);
  const truth = (ns: string): number => count(db, 'SELECT count(*) FROM t WHERE user_id = ?', ns);
  const names = ['half', 'tenth', 'late'];
  const exact = names.map(truth);
  const rows = count(db, 'SELECT count(*) FROM t');
  let inside = 0;
  let judged = 0;
  for (let seed = 0; seed < 40; seed++) {
    const c = await census(path, 'generic:t', { approximate: true, seed });
    expect(c).toMatchObject({ method: 'approximate', distinct: null, sizes: null });
    for (const [found, true_] of [
      [c.rows, rows] as const,
      ...names.map((n, i) => [c.top.find((t) => t.namespace === n)?.rows, exact[i] as number] as const),
    ]) {
      judged++;
      if (found !== undefined && found.low <= true_ && true_ <= found.high) inside++;
      expect(Math.abs((found?.value ?? 0) - true_)).toBeLessThan(0.25 * true_);
    }
  }
  expect(inside / judged).toBeGreaterThan(0.9);
  const again = await census(path, 'generic:t', { approximate: true, seed: 3 });
  expect(await census(path, 'generic:t', { approximate: true, seed: 3 })).toEqual(again);
});

it('counts where a sample would say less: small tables, and rowids far apart', async () => {
  const path = made(`CREATE TABLE t(id INTEGER PRIMARY KEY, user_id TEXT, embedding BLOB);
    WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1000) INSERT INTO t SELECT n * 1000000007, 'u' || (n % 3), x'00' FROM i;`);
  expect(await census(path, 'generic:t', { approximate: true })).toMatchObject({
    method: 'exact',
    rows: { value: 1000 },
  });
});

it('of a vec0 table goes by its partition key; a set without a namespace has none', async () => {
  const path = join(directory(), 'v.db');
  const db = connect(path);
  sqliteVec.load(db);
  db.exec(
    'CREATE VIRTUAL TABLE v USING vec0(who text partition key, e float[4], chunk_size=8); CREATE VIRTUAL TABLE w USING vec0(e float[4])',
  );
  for (let i = 0; i < 50; i++)
    db.prepare('INSERT INTO v(who, e) VALUES (?, ?)').run(i < 40 ? 'a' : 'b', new Float32Array(4));
  db.close();
  const c = await census(path, 'vec0:v');
  expect(c.top).toMatchObject([
    { namespace: 'a', rows: { value: 40 } },
    { namespace: 'b', rows: { value: 10 } },
  ]);
  expect(await failure(() => census(path, 'vec0:w'))).toMatchObject({ kind: 'input-error', code: 'no-namespace' });
  expect(await failure(() => census(path, 'vec0:x'))).toMatchObject({ kind: 'input-error', code: 'unknown-set' });
});

it("Wilson's interval is the published one", () => {
  // 15 of 50: 0.1910 to 0.4375 (Newcombe, Statistics in Medicine 17, 1998, method 3, by the formula).
  const w = wilson(15, 50, 1e6);
  expect([w.low / 1e6, w.high / 1e6].map((x) => Number(x.toFixed(3)))).toEqual([0.191, 0.438]);
  expect(wilson(0, 100, 1000)).toMatchObject({ value: 0, low: 0 });
  expect(wilson(100, 100, 1000)).toMatchObject({ value: 1000, high: 1000 });
});
