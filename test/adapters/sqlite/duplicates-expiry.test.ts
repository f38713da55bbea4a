/** Twins of which one expires: which stays, and what is done when that changes between the audit and the run. */
import type Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { auditSet, type DedupSet, type Keep, mergeList, setReport } from '../../../src/dedup/index.ts';
import { type Duplicate, keyOf, type MemorySet, Target } from '../../../src/store/index.ts';
import { OPTIONS } from '../../dedup/row-store.ts';
import { type Done, performed, purgeOf } from './maintained.ts';
import { connect, copied } from './temporary-store.ts';

const SET = 'mneme:entries';
const MONTH = 30 * 86_400;
const NOW = Math.floor(Date.now() / 1000);

/** Rows 1 and 10001 say the same: 1 is used often and expires in a month, its twin never does. */
function twins(): { readonly path: string; readonly db: Database.Database } {
  const path = copied('mneme-v1-sqlite.db');
  const db = connect(path);
  db.prepare('UPDATE entries SET created_at = ?, ttl = ?, access_count = 999 WHERE id = 1').run(NOW, MONTH);
  db.exec(`INSERT INTO entries SELECT 10001, namespace, 'another hash', query, response, embedding, metadata, created_at,
    last_accessed_at, NULL, 0 FROM entries WHERE id = 1`);
  return { path, db };
}

async function audited(path: string, keep: Keep): Promise<DedupSet> {
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
  const { memorySets } = await store.snapshot({ now: new Date() });
  const set = memorySets.find((s) => s.id === SET) as MemorySet;
  return setReport(await auditSet(store, set, { ...OPTIONS, threshold: 0.999, keep })).set;
}

async function removed(path: string, duplicates: readonly Duplicate[]): Promise<Done> {
  const action = purgeOf('duplicates', SET, { duplicates, rows: duplicates.length, of: 447 });
  return await performed(path, action, { archive: true });
}

const clusterOf = (set: DedupSet): unknown => {
  const cluster = set.clusters.find((c) => [c.survivor, ...c.members].some((m) => m.id === '10001'));
  const [member] = cluster?.members ?? [];
  return [cluster?.survivor.id, cluster?.survivorWhy, member?.id, member?.verdict, member?.why];
};

it('a scan says when each row expires', async () => {
  const { path, db } = twins();
  db.prepare('UPDATE entries SET created_at = ?, ttl = 7.5 WHERE id = 3').run(NOW);
  db.prepare("UPDATE entries SET ttl = 'soon' WHERE id = 4").run();
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
  const found = new Map<string, number | undefined>();
  for await (const row of store.scan({ set: SET, fields: ['rank'], keys: ['1', '3', '4', '10001'] }))
    found.set(keyOf(row), row.rank?.expires);
  expect(Object.fromEntries(found)).toEqual({
    1: (NOW + MONTH) * 1000,
    3: NOW * 1000 + 7500,
    4: undefined,
    10001: Number.POSITIVE_INFINITY,
  });
});

it('the twin that never expires stays; another choice is for a review', async () => {
  const { path } = twins();
  expect(clusterOf(await audited(path, 'policy'))).toEqual(['10001', 'expires last', '1', 'merge', null]);
  const used = await audited(path, 'most-used');
  const why = 'expires later than the row that stays';
  expect(clusterOf(used)).toEqual(['1', 'most used', '10001', 'review', why]);
  expect(mergeList(used).map((d) => d.key)).not.toContain('10001');
});

it('a survivor whose lifetime was cut since keeps nothing alive: the row is left, unless a person accepted the pair', async () => {
  const { path, db } = twins();
  const list = mergeList(await audited(path, 'policy')).filter((d) => d.key === '1');
  expect(list).toHaveLength(1);
  db.prepare('UPDATE entries SET ttl = ? WHERE id = 10001').run(MONTH - 60);
  const left = await removed(path, list);
  const why = '1 changed since they were compared (of 1 the row that was to stay), and were left';
  expect(left.last).toMatchObject({ state: 'skipped', why });
  expect(
    (
      await removed(
        path,
        list.map((d) => ({ ...d, reviewed: true })),
      )
    ).rows,
  ).toBe(1);
  expect(db.prepare('SELECT count(*) FROM entries WHERE id = 1').pluck().get()).toBe(0);
});

it('within a second nothing is held back', async () => {
  const { path, db } = twins();
  const list = mergeList(await audited(path, 'policy')).filter((d) => d.key === '1');
  db.prepare('UPDATE entries SET ttl = ? WHERE id = 10001').run(MONTH - 1);
  expect((await removed(path, list)).rows).toBe(1);
});
