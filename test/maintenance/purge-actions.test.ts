/** What the rules let go of, and what they never do. */
import { describe, expect, it } from 'vitest';
import { evictionAmount, type PurgeRules, purgeActions, unknownRules } from '../../src/maintenance/index.ts';
import type { MemorySet, TtlFacts } from '../../src/store/index.ts';
import { memorySet, snapshotOf } from './memory-store.ts';

const of = (set: Partial<MemorySet>, rules: PurgeRules = {}): ReturnType<typeof purgeActions> =>
  purgeActions(snapshotOf(memorySet(set)), rules);
const ttl = (over: Partial<TtlFacts>): TtlFacts => ({ ...(memorySet().ttl as TtlFacts), ...over });

describe('a set that is never ours to remove rows from', () => {
  it('is no news, until a rule names it', () => {
    const readOnly = 'a vector goes with its item';
    expect(of({ readOnly }).left).toMatchObject([{ why: readOnly, unmeasured: false, routine: true }]);
    const [named] = of({ readOnly }, { retention: { entries: 60 } }).left;
    expect(named).toMatchObject({ unmeasured: true, why: expect.stringContaining('memctl.yaml has a rule for it') });
    expect(named).not.toHaveProperty('routine');
  });
});

describe('what has expired', () => {
  it('is nothing in an empty set', () => {
    const none = ttl({ expired: 0, live: 0, never: 0 });
    expect(of({ rows: 0, ttl: none }).clean).toEqual(['0 cached answers, so none has expired; all rows are visible']);
  });

  it('goes, with the rule and the counts that the caps are judged by', () => {
    const { actions, left } = of({});
    expect(actions).toHaveLength(1);
    expect(actions[0]).toMatchObject({ id: 'purge:expired:mneme:entries', rows: 100, of: 1000, order: 10 });
    expect(actions[0]?.rule).toBe('created_at + ttl (s) <= now');
    expect(left).toEqual([]);
  });

  it('is proved to be nothing, where it is nothing', () => {
    const { actions, clean } = of({ rows: 12_345, ttl: ttl({ expired: 0, never: 5 }) });
    expect(actions).toEqual([]);
    expect(clean).toEqual([
      '0 of 12,345 cached answers expired by created_at + ttl (s) <= now, 5 never will; all rows are visible',
    ]);
  });

  it('is never said to be 0 where rows are hidden', () => {
    const hidden = { why: 'row-level security', grant: 'ALTER ROLE app BYPASSRLS' };
    const { actions, left, clean } = of({ hidden, ttl: ttl({ expired: 0 }) });
    expect([actions, clean]).toEqual([[], []]);
    expect(left).toMatchObject([{ unmeasured: true, grant: hidden.grant, subject: 'mneme:entries' }]);
  });

  it('is not 0 in a store of which nothing was recognised, or in which something could not be read', () => {
    expect(purgeActions(snapshotOf())).toMatchObject({ actions: [], clean: [], left: [{ unmeasured: true }] });
    const note = {
      code: 'no-select',
      level: 'unmeasured' as const,
      message: 'entries may not be read',
      subject: 'entries',
    };
    const { left } = purgeActions({ ...snapshotOf(), notes: [note] });
    expect(left).toEqual([{ subject: 'entries', title: 'entries', why: 'entries may not be read', unmeasured: true }]);
  });

  it('needs a rule: a memory set without one is named, a side table is not', () => {
    const [ageless] = of({ ttl: null }).left;
    expect(ageless).toMatchObject({ why: 'no rule says when rows of it expire', unmeasured: false, routine: true });
    const ages = { column: 'created_at', oldest: null, newest: null, buckets: [], future: 0, unreadable: 0 };
    const [aged] = of({ ttl: null, ages }).left;
    expect(aged?.why).toBe('no rule says when rows of it expire; retention or max-entries in memctl.yaml would');
    expect(aged).not.toHaveProperty('routine');
    expect(of({ ttl: null, ages }, { retention: { entries: 60 } }).left).toMatchObject([{ routine: true }]);
    const side = of({ ttl: null, primary: false, role: 'log' });
    expect([side.left, side.actions, side.clean]).toEqual([[], [], []]);
  });

  it('is left where the profile forbids removal', () => {
    const { actions, left } = of({ readOnly: 'its log is replayed' });
    expect(actions).toEqual([]);
    expect(left).toMatchObject([{ why: 'its log is replayed', unmeasured: false }]);
  });

  it('keeps rows whose expiry cannot be read, and says so', () => {
    const { actions, left } = of({ ttl: ttl({ unreadable: 3 }) });
    expect(actions[0]?.rows).toBe(100);
    expect(left).toMatchObject([{ unmeasured: true, why: expect.stringContaining('3 of its rows') }]);
  });
});

describe('quotas and caps', () => {
  it.each([
    [60, 50, 10],
    [51, 50, 5],
    [50, 50, 0],
    [1100, 1000, 100],
    [1001, 1000, 100],
    [5, 4, 1],
    [7, 0, 7],
    [3, 1, 2],
  ])('of %i rows under a quota of %i, %i go: max(excess, 10 %%, 1)', (rows, quota, amount) => {
    expect(evictionAmount(rows, quota)).toBe(amount);
  });

  const overQuota = [
    { namespace: 'a', rows: 60, quota: 50 },
    { namespace: 'b', rows: 300, quota: 100 },
  ];

  it('of the store are enforced only when asked', () => {
    const none = of({ overQuota, ttl: ttl({ expired: 0 }) });
    expect(none.actions).toEqual([]);
    expect(none.left[0]?.why).toMatch(/"a" holds 60 of the 50 its quota allows and 1 more/);
    const { actions } = of({ overQuota, ttl: ttl({ expired: 0 }) }, { storeQuotas: true });
    expect(actions).toMatchObject([
      {
        reason: 'over-quota',
        rows: 210,
        excess: [
          { namespace: 'a', rows: 10, keep: 50 },
          { namespace: 'b', rows: 200, keep: 100 },
        ],
      },
    ]);
  });

  it('remove no more than the excess where rows expire as well, and never below the quota', () => {
    const near = [...overQuota, { namespace: 'c', rows: 101, quota: 100 }];
    const evicted = of({ overQuota: near }, { storeQuotas: true }).actions.find((a) => a.reason === 'over-quota');
    expect(evicted?.excess).toEqual([
      { namespace: 'a', rows: 10, keep: 50 },
      { namespace: 'b', rows: 200, keep: 100 },
      { namespace: 'c', rows: 1, keep: 100 },
    ]);
    expect(evicted?.title).toMatch(/^remove up to 211 cached answers of 3 namespaces/);
    const alone = of({ overQuota: near, ttl: ttl({ expired: 0 }) }, { storeQuotas: true }).actions[0];
    expect(alone?.excess?.at(-1)).toEqual({ namespace: 'c', rows: 10, keep: 91 });
  });

  it('that are configured are looked up among the largest namespaces, or reported as not counted', () => {
    const namespaces = { column: 'namespace', distinct: 3, top: [{ namespace: 'a', rows: 60 }], classes: [] };
    const rules = { quotas: { a: 50, z: 1 }, expired: false };
    const { actions, left } = of({ namespaces }, rules);
    expect(actions).toMatchObject([{ rows: 10, excess: [{ namespace: 'a' }] }]);
    expect(left).toMatchObject([{ unmeasured: true, why: expect.stringContaining('"z" is not among the 1 largest') }]);
    const complete = of({ namespaces: { ...namespaces, distinct: 1 } }, rules);
    expect(complete.left).toEqual([]);
  });

  it('cap the whole set by what the other rules leave', () => {
    const { actions } = of({}, { caps: { '*': 850 } });
    expect(actions.map((a) => [a.reason, a.rows])).toEqual([
      ['expired', 100],
      ['over-cap', 85],
    ]);
    expect(actions[1]?.excess).toEqual([{ namespace: '', rows: 85, keep: 815 }]);
    expect(of({}, { caps: { entries: 900 } }).actions).toHaveLength(1);
  });
});

describe('retention and orphans', () => {
  const ages = {
    column: 'created_at',
    oldest: '2026-01-01T00:00:00Z',
    newest: '2026-11-20T00:00:00Z',
    buckets: [
      { days: 7, rows: 500 },
      { days: 90, rows: 300 },
      { days: null, rows: 200 },
    ],
    future: 0,
    unreadable: 0,
  };

  it('counts at most the rows that may be older', () => {
    const { actions } = of({ ages }, { expired: false, retention: { 'mneme:entries': 30 * 86_400 } });
    expect(actions).toMatchObject([{ reason: 'retention', rows: 500, olderThanSeconds: 2_592_000 }]);
    expect(of({ ages }, { expired: false, retention: { entries: 400 * 86_400 } }).actions).toEqual([]);
  });

  it('does not guess an age', () => {
    const { actions, left } = of({}, { expired: false, retention: { entries: 1 } });
    expect(actions).toEqual([]);
    expect(left).toMatchObject([{ unmeasured: true }]);
  });

  it('finds dependents without a parent', () => {
    const orphans = [
      { table: 'vectors', rows: 12 },
      { table: 'edges', rows: 0 },
    ];
    const { actions, clean } = of({ orphans, ttl: ttl({ expired: 0 }) });
    expect(actions).toMatchObject([{ id: 'purge:orphans:mneme:entries:vectors', rows: 12, dependent: 'vectors' }]);
    expect(clean).toContain('0 rows of edges have lost their row of entries');
  });

  it('knows a rule that meets nothing', () => {
    const rules = { caps: { entrees: 1, '*': 5 }, retention: { entries: 1 } };
    expect(unknownRules(snapshotOf(memorySet()), rules)).toEqual(['entrees']);
  });
});
