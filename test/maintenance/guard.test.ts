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

  it('let a small purge go by default, and none where a share was named', () => {
    expect(refusals([purge({ rows: 100, of: 100 })])).toEqual([]);
    expect(refusals([purge({ rows: 101, of: 150 })])).toEqual(['max-delete-pct']);
    expect(refusals([purge({ rows: 60, of: 100 })], {}, { shareGiven: true })).toEqual(['max-delete-pct']);
    expect(allowedRows(40, DEFAULT_CAPS)).toBe(40);
    expect(allowedRows(40, { maxDelete: null, maxDeleteShare: 0.1, shareGiven: true })).toBe(4);
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
