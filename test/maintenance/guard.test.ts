/** Every reason for which nothing, or not everything, may be done. */
import { describe, expect, it } from 'vitest';
import { allowedRows, type Caps, DEFAULT_CAPS, judge, type Verdict } from '../../src/maintenance/index.ts';
import type { Action, Conditions } from '../../src/store/index.ts';
import { CALM, purge, reclaim } from './memory-store.ts';

const verdict = (actions: readonly Action[], conditions: Partial<Conditions> = {}, caps: Partial<Caps> = {}): Verdict =>
  judge(actions, { ...CALM, ...conditions }, { ...DEFAULT_CAPS, ...caps }, { archive: true });
const refusals = (...args: Parameters<typeof verdict>): string[] => verdict(...args).refused.map((r) => r.code);
const drops = (...args: Parameters<typeof verdict>): string[] => verdict(...args).dropped.map((d) => d.code);

describe('caps', () => {
  it('hold a purge to half of a set, and to the number that was named', () => {
    expect(refusals([purge({ rows: 5_000, of: 10_000 })])).toEqual([]);
    expect(refusals([purge({ rows: 5_001, of: 10_000 })])).toEqual(['max-delete-pct']);
    expect(refusals([purge({ rows: 11, of: 10_000 })], {}, { maxDelete: 10 })).toEqual(['max-delete']);
    expect(refusals([purge({ rows: 0, of: 10_000 })], {}, { maxDelete: 0 })).toEqual([]);
  });

  it('add up what several rules take of one set', () => {
    const two = [purge({ rows: 3_000, of: 10_000 }), purge({ id: 'b', reason: 'retention', rows: 3_000, of: 10_000 })];
    expect(refusals(two)).toEqual(['max-delete-pct']);
    expect(verdict(two).refused[0]?.message).toMatch(/6,000 of 10,000 rows .* \(60 %\)/);
  });

  it('do not count a row twice that has expired and is over quota', () => {
    const quota = purge({
      id: 'q',
      reason: 'over-quota',
      rows: 2_000,
      of: 10_000,
      excess: [{ namespace: 'a', rows: 2_000, keep: 10 }],
    });
    expect(refusals([purge({ rows: 4_000, of: 10_000 }), quota])).toEqual([]);
    expect(refusals([quota], {}, { maxDelete: 1_999 })).toEqual(['max-delete']);
  });

  it('count no more rows than there are, and name one flag that lets all of it through', () => {
    const excess = purge({
      id: 'q',
      reason: 'over-quota',
      rows: 119,
      of: 447,
      excess: [{ namespace: 'a', rows: 119, keep: 100 }],
    });
    const three = [purge({ rows: 335, of: 447 }), purge({ id: 'r', reason: 'retention', rows: 237, of: 447 }), excess];
    const small = purge({ id: 's', set: 'mneme:other', rows: 90, of: 100 });
    const [refused, ...more] = verdict([...three, small]).refused;
    expect(more).toEqual([]);
    expect(refused?.message).toMatch(/^up to 447 of 447 rows of .* \(100 %\), .* 50 % by default, 223 of them$/);
    expect(refused?.hint).toBe('if that is right: --max-delete-pct 100');
    expect(refusals([...three, small], {}, { maxDeleteShare: 1, shareGiven: true })).toEqual([]);
    const both = verdict([...three, small], {}, { maxDelete: 5 }).refused;
    expect(both.map((r) => [r.code, r.hint])).toEqual([
      ['max-delete', null],
      ['max-delete-pct', 'if that is right: --max-delete 537 --max-delete-pct 100'],
    ]);
  });

  it('let the percentage through that a refusal names, whatever it is', () => {
    for (let rows = 101; rows <= 200; rows++) {
      const actions = [purge({ rows, of: 200 })];
      const pct = /--max-delete-pct (\d+)$/.exec(
        verdict(actions, {}, { maxDeleteShare: 0.5 }).refused[0]?.hint ?? '',
      )?.[1];
      expect(refusals(actions, {}, { maxDeleteShare: Number(pct) / 100, shareGiven: true })).toEqual([]);
    }
  });

  it('count what a cap on rows leaves, whatever went before', () => {
    const cap = purge({
      id: 'c',
      reason: 'over-cap',
      rows: 500,
      of: 1_000,
      excess: [{ namespace: '', rows: 500, keep: 400 }],
    });
    const told = verdict([
      purge({ rows: 100, of: 1_000 }),
      purge({ id: 'r', reason: 'retention', rows: 300, of: 1_000 }),
      cap,
    ]);
    expect(told.refused[0]?.message).toMatch(/^up to 600 of 1,000 rows/);
  });

  it('warn where what is over quota may not fit', () => {
    const quota = purge({
      id: 'q',
      reason: 'over-quota',
      rows: 199,
      of: 3_200,
      excess: [{ namespace: 'a', rows: 199 }],
    });
    const told = verdict([purge({ rows: 1_442, of: 3_200 }), quota]);
    expect(told.refused).toEqual([]);
    expect(told.warnings.join()).toMatch(/up to 1,641 of 3,200 rows .* the run ends at the 1,600/);
  });

  it('let a small purge go by default, and none where a share was named', () => {
    expect(refusals([purge({ rows: 100, of: 101 })])).toEqual([]);
    expect(refusals([purge({ rows: 101, of: 150 })])).toEqual(['max-delete-pct']);
    expect(refusals([purge({ rows: 60, of: 100 })], {}, { shareGiven: true })).toEqual(['max-delete-pct']);
    expect(allowedRows(40, DEFAULT_CAPS)).toBe(40);
    expect(allowedRows(40, { maxDelete: null, maxDeleteShare: 0.1, shareGiven: true })).toBe(4);
  });
});

describe('an expiry that is hardly meant', () => {
  const all = { maxDeleteShare: 1, shareGiven: true };

  it('takes a whole set only with --max-delete-pct 100', () => {
    expect(refusals([purge({ rows: 80, of: 80 })])).toEqual(['whole-set']);
    expect(refusals([purge({ rows: 80, of: 80 })], {}, { maxDelete: 80 })).toEqual(['whole-set']);
    expect(refusals([purge({ rows: 80, of: 80 })], {}, all)).toEqual([]);
    expect(refusals([purge({ rows: 10, of: 10 })])).toEqual([]);
    expect(verdict([purge({ rows: 80, of: 80 })]).refused[0]?.hint).toContain('--max-delete-pct 100');
  });

  it('is named with its unit when it lies before 2001', () => {
    // Seconds read as milliseconds, and the mark -1.
    for (const oldestExpired of ['1970-01-20T15:30:00.000Z', '1969-12-31T23:59:59.000Z']) {
      const found = verdict([purge({ rows: 3, of: 1_000, oldestExpired })]).refused;
      expect(found).toMatchObject([{ code: 'implausible-expiry', hint: expect.stringContaining('expiresUnit') }]);
      expect(refusals([purge({ rows: 3, of: 1_000, oldestExpired })], {}, all)).toEqual([]);
    }
    expect(refusals([purge({ rows: 3, of: 1_000, oldestExpired: '2024-05-01T00:00:00.000Z' })])).toEqual([]);
  });
});

describe('rows that hang on others', () => {
  const one = purge({ rows: 1, of: 50 });
  const orders = { action: one.id, place: 'orders', rows: 50_000, of: 50_000 };

  it('count under --max-delete', () => {
    expect(refusals([one], { hanging: [orders] }, { maxDelete: 1 })).toEqual(['max-delete']);
    expect(refusals([one], { hanging: [orders] }, { maxDelete: 50_000 })).toEqual(['max-delete']);
    expect(refusals([one], { hanging: [orders] }, { maxDelete: 50_001 })).toEqual([]);
  });

  it('are refused without it when they are many for each row, or most of a table that loses few parents', () => {
    const [refused] = verdict([one], { hanging: [orders] }).refused;
    expect(refused).toMatchObject({ code: 'hanging-rows', hint: 'if that is right: --max-delete 50001' });
    expect(refused?.message).toContain('about 50,000 rows of orders');
    expect(refusals([one], { hanging: [{ ...orders, rows: 100 }] })).toEqual([]);
    const many = purge({ rows: 400, of: 1_000 });
    expect(refusals([many], { hanging: [{ ...orders, rows: 4_001, of: 100_000 }] })).toEqual(['hanging-rows']);
    expect(refusals([many], { hanging: [{ ...orders, rows: 400, of: 700 }] })).toEqual([]);
    expect(refusals([many], { hanging: [{ ...orders, rows: 900, of: 1_000 }] })).toEqual(['hanging-rows']);
  });

  it('are named where nobody could count them, and what the adapter warns of is printed', () => {
    const { warnings } = verdict([one], { hanging: [{ ...orders, rows: null, of: null }], warnings: ['a trigger'] });
    expect(warnings).toEqual(['a trigger', 'rows of orders go along, and how many could not be told']);
  });
});

describe('where nothing may be written', () => {
  it('everything is refused, and where nothing is to be done nothing is', () => {
    expect(refusals([purge()], { readOnly: 'a standby' })).toEqual(['read-only']);
    expect(refusals([purge()], { pooled: 'the backend changes between transactions' })).toEqual(['pooled-connection']);
    expect(refusals([], { readOnly: 'a standby' })).toEqual([]);
  });
});

describe('single actions', () => {
  const reindex = reclaim('reindex', 'hnsw:i', 20, { diskNeeded: 1_000 });

  it('are left out without the disk they need and a tenth more', () => {
    expect(drops([reindex], { freeDisk: 1_100 })).toEqual([]);
    expect(drops([reindex], { freeDisk: 1_099 })).toEqual(['disk']);
    expect(verdict([reindex], { freeDisk: null, freeDiskWhy: 'a managed server' }).warnings[0]).toMatch(
      /a managed server/,
    );
  });

  it('are left out where a version is known to corrupt, and named where it is known to misbehave', () => {
    const rule = { actions: ['reindex'], message: 'PostgreSQL 14.0 to 14.3 corrupt indexes' };
    expect(drops([reindex, purge()], { versionRules: [{ ...rule, effect: 'refuse' }] })).toEqual(['version']);
    expect(verdict([reindex], { versionRules: [{ ...rule, effect: 'warn' }] }).warnings).toContain(rule.message);
    expect(drops([purge()], { versionRules: [{ ...rule, effect: 'refuse' }] })).toEqual([]);
  });

  it('are left out while somebody else is at the same structure', () => {
    const busy = { kind: 'running-index-build' as const, subject: 'hnsw:i', seconds: 5, message: 'pid 12 builds it' };
    expect(drops([reindex], { blockers: [busy] })).toEqual(['running-index-build']);
    expect(drops([reindex], { blockers: [{ ...busy, subject: 'hnsw:j' }] })).toEqual([]);
    const writer = { kind: 'open-writer' as const, subject: null, seconds: null, message: 'process 7 writes' };
    expect(drops([reclaim('full-vacuum', 'f', 50), reclaim('wal-truncate', 'w', 90)], { blockers: [writer] })).toEqual([
      'open-writer',
    ]);
  });

  it('wait for what an interrupted rebuild left to be dropped', () => {
    const left = { structure: 'hnsw:i_ccnew', name: 'i_ccnew', of: 'hnsw:i', leftover: true };
    const drop = reclaim('drop-invalid-index', 'hnsw:i_ccnew', 15);
    expect(drops([reindex], { invalidIndexes: [left] })).toEqual(['invalid-index']);
    expect(drops([drop, reindex], { invalidIndexes: [left] })).toEqual([]);
    expect(verdict([drop, reindex], { invalidIndexes: [left] }).warnings).toEqual([]);
    expect(drops([reindex], { invalidIndexes: [{ ...left, of: 'hnsw:another' }] })).toEqual([]);
    expect(drops([reindex], { invalidIndexes: [{ ...left, leftover: false }] })).toEqual([]);
  });

  it('are left out where not all rows can be seen', () => {
    const visibility = [{ subject: 'mneme:entries', complete: false, why: 'row-level security', grant: 'GRANT x' }];
    const v = verdict([purge(), reindex], { visibility });
    expect(v.dropped).toMatchObject([{ code: 'not-visible', why: expect.stringContaining('GRANT x') }]);
    expect(v.actions.map((a) => a.kind)).toEqual(['reindex']);
  });
});

describe('warnings', () => {
  const holder = { kind: 'long-transaction' as const, subject: null, seconds: 7_200, message: 'pid 4 of app' };

  it('name a save in the background, which removed rows make dearer', () => {
    const message = 'the server runs a background save; what is removed meanwhile takes memory';
    const saving = { kind: 'background-save' as const, subject: null, seconds: 5, message };
    expect(verdict([purge()], { blockers: [saving] }).warnings).toContain(`${message} (5 s)`);
    expect(verdict([], { blockers: [saving] }).warnings).toEqual([]);
  });

  it('name who holds back dead rows, and end nobody', () => {
    expect(verdict([reclaim('vacuum', 'heap:t', 30)], { blockers: [holder] }).warnings[0]).toMatch(
      /pid 4 of app \(2 h\): dead rows/,
    );
    expect(verdict([purge()], { blockers: [holder] }).warnings).toEqual([]);
    const young = { ...holder, seconds: 2 };
    expect(verdict([reclaim('vacuum', 'heap:t', 30)], { blockers: [young] }).warnings).toEqual([]);
  });

  it('say before a purge that it cannot be undone', () => {
    const said = judge([purge()], CALM, DEFAULT_CAPS, { archive: false }).warnings;
    expect(said.join()).toMatch(/cannot be undone; --archive DIR/);
    expect(judge([reclaim('vacuum', 'heap:t', 30)], CALM, DEFAULT_CAPS).warnings).toEqual([]);
  });
});
