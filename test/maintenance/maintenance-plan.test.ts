/** What was reviewed is what is applied: order, hash, and every kind of drift. */

import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  drift,
  type MaintenancePlan,
  maintenancePlan,
  planHash,
  planText,
  readPlan,
} from '../../src/maintenance/index.ts';
import fc from '../random-cases.ts';
import { NOW, purge, reclaim, sha256, snapshotOf } from './memory-store.ts';

const settings = { command: 'vacuum', rules: {}, reclaim: true, structure: null, minBytes: null };
const plan: MaintenancePlan = maintenancePlan(
  snapshotOf(),
  [
    reclaim('wal-truncate', 'wal', 90),
    reclaim('vacuum', 'heap:t', 30),
    reclaim('reindex', 'hnsw:i', 20),
    purge({ rows: 100, of: 1000 }),
    reclaim('gin-clean-pending', 'gin:g', 40),
    reclaim('vacuum', 'heap:t', 30),
  ],
  { now: NOW, hash: sha256, settings },
);

describe('a maintenance plan', () => {
  it('purges before it rebuilds, rebuilds before it vacuums, and checkpoints last; each thing once', () => {
    expect(plan.actions.map((a) => a.kind)).toEqual([
      'purge',
      'reindex',
      'vacuum',
      'gin-clean-pending',
      'wal-truncate',
    ]);
  });

  it('analyses a table once, for however many structures it is', () => {
    const statement = 'ANALYZE public.t';
    const twice = ['heap:t', 'gin:i', 'heap:u'].map((s) =>
      reclaim('analyze', s, 10, { statement: s === 'heap:u' ? 'ANALYZE public.u' : statement }),
    );
    const made = maintenancePlan(snapshotOf(), twice, { now: NOW, hash: sha256, settings });
    expect(made.actions.map((a) => a.statement)).toEqual([statement, 'ANALYZE public.u']);
  });

  it('survives a file', () => {
    expect(readPlan(planText(plan), 'plan.json', sha256)).toEqual(plan);
    expect(plan.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('carries the verdict outside its hash', () => {
    const judged = { ...plan, verdict: { refused: [], dropped: [], warnings: ['w'] } };
    expect(planHash(judged, sha256)).toBe(plan.hash);
    expect(readPlan(planText(judged), 'plan.json', sha256).hash).toBe(plan.hash);
  });

  it('is refused when a single character was changed', () => {
    const text = planText(plan);
    for (const changed of [
      text.replace('"rows": 100', '"rows": 10'),
      text.replace('f00d', 'f00e'),
      text.replace('"reclaim": true', '"reclaim": false'),
    ]) {
      expect(changed).not.toBe(text);
      expect(() => readPlan(changed, 'plan.json', sha256)).toThrow(
        expect.objectContaining({ code: 'plan-tampered', exit: 5 }),
      );
    }
  });

  it.each([
    ['hello', 'not-a-plan'],
    ['{}', 'not-a-plan'],
    ['null', 'not-a-plan'],
    ['{"kind":"maintenance-plan","schemaVersion":2}', 'plan-version'],
    ['{"kind":"maintenance-plan","schemaVersion":1}', 'plan-incomplete'],
  ])('is not %s', (text, code) => {
    expect(() => readPlan(text, 'PLAN x', sha256)).toThrow(expect.objectContaining({ code, kind: 'input-error' }));
  });
});

describe('canonical JSON', () => {
  it('is the same whatever the order of the keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(object));
        expect(JSON.parse(canonicalJson(object))).toEqual(JSON.parse(JSON.stringify(object)));
      }),
    );
  });

  it('leaves out what JSON leaves out', () => {
    expect(canonicalJson({ b: undefined, a: [undefined, 1] })).toBe('{"a":[null,1]}');
  });
});

describe('drift', () => {
  const codes = (...args: Parameters<typeof drift>): string[] => drift(...args).map((d) => d.code);
  const current = [purge({ rows: 120, of: 1000 })];

  it('is none while the store is the same and no much more would go', () => {
    expect(codes(plan, plan.store, current, NOW)).toEqual([]);
    expect(codes(plan, plan.store, [], NOW)).toEqual([]);
  });

  it('is named: schema, store, age, clock, counts', () => {
    expect(codes(plan, { ...plan.store, fingerprint: 'x' }, current, NOW)).toEqual(['schema-changed']);
    expect(codes(plan, { ...plan.store, fingerprint: 'x', address: 'sqlite:other.db' }, current, NOW)).toEqual([
      'another-store',
    ]);
    const days = (n: number): Date => new Date(NOW.getTime() + n * 86_400_000);
    expect(codes(plan, plan.store, current, days(8))).toEqual(['plan-too-old']);
    expect(codes(plan, plan.store, current, days(6.9))).toEqual([]);
    expect(codes(plan, plan.store, current, days(-1))).toEqual(['plan-from-the-future']);
    expect(codes(plan, plan.store, [purge({ rows: 201, of: 1000 })], NOW)).toEqual(['counts-grew']);
    expect(codes(plan, plan.store, [purge({ rows: 200, of: 1000 })], NOW)).toEqual([]);
  });
});

describe('a plan made by another reading', () => {
  const found = (over: Parameters<typeof purge>[0]): string[] =>
    drift(plan, plan.store, [purge({ rows: 100, of: 1000, ...over })], NOW).map((d) => d.code);

  it('is refused although the counts agree', () => {
    expect(found({})).toEqual([]);
    expect(found({ rule: 'last_seen <= now' })).toEqual(['rule-changed']);
    expect(found({ digest: 'another' })).toEqual(['rule-changed']);
  });
});
