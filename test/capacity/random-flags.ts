/** Random command lines over the whole range of every flag, extremes included. */

import { ENGINE_IDS, INDEX_KINDS, OPTIONAL_COMPONENTS, PARAMETERS, type Parameter } from '../../src/workload/index.ts';
import fc from '../random-cases.ts';
import type { Flags } from './plan-from-flags.ts';

/** Log-uniform between the ends, and the ends themselves. */
function numbers(min: number, max: number, whole: boolean): fc.Arbitrary<number> {
  const floor = Math.max(min, whole ? 1 : max * 1e-12, Number.MIN_VALUE);
  const inside = fc.double({ min: Math.log(floor), max: Math.log(max), noNaN: true }).map((x) => {
    const value = Math.min(max, Math.max(min, Math.exp(x)));
    return whole ? Math.min(max, Math.max(Math.ceil(min), Math.round(value))) : Number(value.toPrecision(10));
  });
  return fc.oneof({ weight: 8, arbitrary: inside }, { weight: 1, arbitrary: fc.constantFrom(min, max) });
}

/** A value of one flag, as it would be typed. */
function typed(p: Parameter): fc.Arbitrary<string> {
  switch (p.kind) {
    case 'choice':
      return fc.constantFrom(...(p.choices ?? []));
    case 'word':
      return fc.constantFrom(p.id === 'embedding-model' ? 'text-embedding-3-large' : 'claude-haiku-4.5');
    case 'count':
      return numbers(p.min, p.max, true).map(String);
    case 'bytes':
      return numbers(p.min, p.max, true).map((n) => `${n}B`);
    case 'duration':
      return numbers(p.min, p.max, false).map((n) => `${Math.max(n, p.min)}s`);
    case 'ratio':
    case 'decimal':
    case 'money':
      return numbers(p.min, p.max, false).map(String);
  }
}

const REQUIRED = ['n'];

/** Any combination of flags: often contradictory, sometimes absurd. */
export const anyFlags: fc.Arbitrary<Flags> = fc
  .record(Object.fromEntries(PARAMETERS.map((p) => [p.id, typed(p)])), { requiredKeys: REQUIRED })
  .chain((flags) => fc.subarray(Object.keys(flags)).map((kept) => keep(flags, [...REQUIRED, ...kept])));

const keep = (flags: Flags, ids: readonly string[]): Flags =>
  Object.fromEntries(Object.entries(flags).filter(([id]) => ids.includes(id)));

/** Flags that do not contradict each other, for an engine and index that can hold them. */
export const soundFlags: fc.Arbitrary<Flags> = fc
  .record({
    n: numbers(1, 1e9, true),
    dims: fc.integer({ min: 1, max: 2000 }),
    m: fc.integer({ min: 2, max: 50 }),
    'text-bytes': numbers(1, 10_000, true),
    'metadata-bytes': numbers(1, 2_000, true),
    'edges-per-memory': numbers(0.01, 10, false),
    'revisions-per-memory': numbers(0.01, 10, false),
    'outbox-backlog': numbers(1, 1e6, true),
    ram: numbers(2 ** 30, 2 ** 40, true).map((n) => `${n}B`),
    cores: fc.integer({ min: 1, max: 64 }),
    'hot-share': numbers(0.01, 1, false),
    'slo-p99': numbers(0.001, 10, false).map((s) => `${s}s`),
    'build-window': numbers(60, 1e6, false).map((s) => `${s}s`),
  })
  .map((flags) => ({ ...flags, 'ef-construction': Math.max(64, 2 * flags.m) }));

export const anyEngine: fc.Arbitrary<(typeof ENGINE_IDS)[number]> = fc.constantFrom(...ENGINE_IDS);
export const anyIndex: fc.Arbitrary<(typeof INDEX_KINDS)[number]> = fc.constantFrom(...INDEX_KINDS);
export const anyComponents: fc.Arbitrary<string[]> = fc.subarray([...OPTIONAL_COMPONENTS]);
