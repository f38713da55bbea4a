/** What is said of a run that did not come to its end, and of one that took rows of other tables along. */
import { describe, expect, it } from 'vitest';
import { type LedgerEvent, planStore, setsAfterwards, summarise, verifyPurge } from '../../src/maintenance/index.ts';
import type { PurgeAction, TtlFacts } from '../../src/store/index.ts';
import { identity, memorySet, NOW, purge, snapshotOf } from './memory-store.ts';

const base = { at: NOW.toISOString(), run: 'r' };
const id = purge().id;
const end = (state: 'done' | 'stopped', rows: number, why: string | null): LedgerEvent => {
  const sizes = { bytesBefore: null, bytesAfter: null, verified: null };
  return { ...base, event: 'action-ended', action: id, state, rows, ...sizes, why };
};

describe('rows that are still there afterwards', () => {
  const ttl = memorySet().ttl as TtlFacts;
  const before = snapshotOf(memorySet());
  const after = snapshotOf(memorySet({ rows: 940, ttl: { ...ttl, expired: 40 } }));
  const told = (e: LedgerEvent): unknown => verifyPurge(before, after, [purge({ rows: 100 })], {}, [e])[0];

  it('are left to the next run where this one was stopped', () => {
    expect(told(end('stopped', 60, null))).toMatchObject({
      ok: true,
      message: expect.stringMatching(/^60 went, 940 of 1,000 .*; it ended before its end, and 40 .* to the next run$/),
    });
  });

  it('are no success where the cap ended it, and a failure where nothing did', () => {
    const cap = 'the cap on removed rows is reached';
    expect(told(end('done', 60, cap))).toMatchObject({ ok: false, message: expect.stringContaining(cap) });
    expect(told(end('done', 60, null))).toMatchObject({ ok: false, message: expect.stringMatching(/40 still meet/) });
  });
});

describe('rows that were read again while they went', () => {
  const ttl = memorySet().ttl as TtlFacts;
  const before = snapshotOf(memorySet({ ttl: { ...ttl, expired: 100 } }));
  const whole = { ...end('done', 100, null), readAgain: true } as LedgerEvent;

  it('need no counting: what is left follows, and is said to', () => {
    const memorySets = setsAfterwards(before, [purge({ rows: 100 })], [whole]) ?? [];
    expect(memorySets[0]).toMatchObject({ rows: 900, ttl: { expired: 0, oldestExpired: null } });
    expect(verifyPurge(before, { ...before, memorySets }, [purge({ rows: 100 })], {}, [whole])[0]).toMatchObject({
      ok: true,
      message: expect.stringMatching(/^100 of 1,000 .* went, which leaves 900; none is left that meets/),
    });
  });

  it('are counted where any of it is not so', () => {
    const sets = (e: LedgerEvent, reason: PurgeAction['reason'] = 'expired'): unknown =>
      setsAfterwards(before, [{ ...purge({ rows: 100 }), reason }], [e]);
    expect(sets(end('done', 100, null))).toBeUndefined();
    expect(sets({ ...whole, state: 'stopped' } as LedgerEvent)).toBeUndefined();
    expect(sets({ ...whole, why: 'the cap on removed rows is reached' } as LedgerEvent)).toBeUndefined();
    expect(sets(whole, 'retention')).toBeUndefined();
    expect(setsAfterwards(before, [], [])).toBeUndefined();
  });
});

describe('rows and what hung on them', () => {
  const started = (removed?: Record<string, { rows: number; dependents: number }>): LedgerEvent => ({
    ...base,
    event: 'run-started',
    ledgerVersion: 1,
    command: removed === undefined ? 'vacuum' : 'undo',
    store: planStore(identity),
    plan: null,
    actions: [purge()],
    archive: null,
    undoes: removed === undefined ? null : 'q',
    ...(removed === undefined ? {} : { removed }),
  });
  const batch = (rows: number, dependents: number): LedgerEvent[] => [
    { ...base, event: 'prepared', action: id, batch: 1, rows, dependents, token: 't' },
    { ...base, event: 'committed', action: id, batch: 1, rows, seconds: 1 },
  ];

  it('are counted apart, in a run and in its undo', () => {
    expect(summarise([started(), ...batch(1_000, 1_000)])).toMatchObject({ rows: 1_000, dependents: 1_000 });
    const removed = { [id]: { rows: 1_000, dependents: 1_000 } };
    expect(summarise([started(removed), ...batch(2_000, 0)])).toMatchObject({ rows: 1_000, dependents: 1_000 });
  });

  it('are one sum where not all came back', () => {
    const removed = { [id]: { rows: 1_000, dependents: 1_000 } };
    expect(summarise([started(removed), ...batch(1_900, 0)])).toMatchObject({ rows: 1_900, dependents: 0 });
    expect(summarise([started(removed), ...batch(700, 0)])).toMatchObject({ rows: 700, dependents: 0 });
  });

  it('are told apart in Redis, where a key that led nowhere came back as well', () => {
    const removed = { [id]: { rows: 172, dependents: 175 } };
    expect(summarise([started(removed), ...batch(175, 172)])).toMatchObject({ rows: 172, dependents: 175 });
  });
});
