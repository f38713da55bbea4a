/** Twins of which one expires: which stays, and what is done when that changes between the audit and the run. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore } from '../../../src/adapters/index.ts';
import { auditSet, type DedupSet, type Keep, mergeList, setReport } from '../../../src/dedup/index.ts';
import { type MappedTable, type MemorySet, Target } from '../../../src/store/index.ts';
import { OPTIONS } from '../../dedup/row-store.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { deleteOf, supersedeOf } from './duplicated.ts';
import { context, finished, type Maintained, maintained, ran } from './maintained.ts';
import { scanned, sql } from './pg-store.ts';

const SET = 'map:public.facts';
const MAP: MappedTable = {
  table: 'public.facts',
  namespace: 'agent',
  text: 'content',
  confidence: 'sure',
  expires: 'ends',
  status: 'status',
  superseded: 'superseded',
};

let url = '';
const open: Maintained[] = [];
beforeEach(async () => {
  url = await freshDatabase();
  await sql(
    url,
    `CREATE TABLE facts (id int PRIMARY KEY, agent text, content text, sure real, ends timestamptz, status text DEFAULT 'active')`,
    `INSERT INTO facts VALUES (1, 'a', 'Omar approved the upgrade', 1, '2999-01-01Z'), (2, 'a', 'Omar approved the upgrade', 0.1, NULL),
       (3, 'a', 'Omar approved the  upgrade', 0.9, '2999-01-02Z'), (4, 'a', 'Lena prefers tea', 0.5, 'infinity'), (5, 'a', 'Lena prefers tea', 0.6, NULL)`,
  );
});
afterEach(async () => {
  for (const m of open.splice(0)) await m[Symbol.asyncDispose]();
});

async function audited(keep: Keep): Promise<DedupSet> {
  await using store = await openStore(Target.parse(url), { mode: 'read', map: { tables: [MAP] } });
  const { memorySets } = await store.snapshot({ now: new Date() });
  const set = memorySets.find((s) => s.id === SET) as MemorySet;
  return setReport(await auditSet(store, set, { ...OPTIONS, keep })).set;
}

async function store(): Promise<Maintained> {
  const m = await maintained(url, [MAP]);
  open.push(m);
  return m;
}

it('a scan says when each row expires, by COPY and by key', async () => {
  const expected = [32472144000000, Number.POSITIVE_INFINITY, 32472230400000].map((expires, i) => [i + 1, expires]);
  for (const more of [{}, { keys: ['1', '2', '3'] }]) {
    const rows = await scanned(url, { set: SET, fields: ['rank'], ...more }, { map: { tables: [MAP] } });
    expect(rows.slice(0, 3).map((r) => [Number(r.id), r.rank?.expires])).toEqual(expected);
  }
});

it('the twin that never expires stays, and "infinity" is never; another choice is for a review', async () => {
  const shape = (set: DedupSet): unknown =>
    set.clusters.map((c) => [c.id, c.survivorWhy, c.members.map((m) => `${m.id} ${m.verdict} ${m.why}`)]);
  expect(shape(await audited('policy'))).toEqual([
    ['2', 'expires last', ['1 merge null', '3 merge null']],
    ['5', 'highest confidence', ['4 merge null']],
  ]);
  const longest = await audited('longest');
  const why = 'expires later than the row that stays';
  expect(shape(longest)).toEqual(
    [
      ['3', 'longest', [`2 review ${why}`, '1 merge null'].sort()],
      ['4', 'lowest id', ['5 merge null']],
    ].map(([id, said, members]) => [id, said, [...(members as string[])].sort()]),
  );
});

it.each(['supersede', 'delete'] as const)(
  'a survivor whose end was moved since keeps nothing alive (%s)',
  async (how) => {
    const list = mergeList(await audited('policy'));
    expect(list.map((d) => `${d.key} ${d.survivor}`).sort()).toEqual(['1 2', '3 2', '4 5']);
    await sql(url, "UPDATE facts SET ends = '2999-01-01 12:00Z' WHERE id = 2");
    const m = await store();
    const action = (of: typeof list): ReturnType<typeof supersedeOf> | ReturnType<typeof deleteOf> =>
      how === 'supersede' ? supersedeOf(m, 'facts', of) : deleteOf(m, 'facts', of);
    const first = finished(await ran(m.maintenance.perform(action(list), context({ archive: true }))));
    // Row 3 would outlive row 2 by half a day; row 1 would not.
    expect(first.rows).toBe(2);
    expect(first.verified).toContain('1 changed since (of 1 the row that was to stay)');
    const active = async (): Promise<unknown[]> =>
      (await sql(url, "SELECT id FROM facts WHERE status = 'active' ORDER BY id")).map((r) => r['id']);
    expect(await active()).toEqual([2, 3, 5]);
    const reviewed = list.filter((d) => d.key === '3').map((d) => ({ ...d, reviewed: true as const }));
    finished(await ran(m.maintenance.perform(action(reviewed), context({ archive: true }))));
    expect(await active()).toEqual([2, 5]);
  },
);
