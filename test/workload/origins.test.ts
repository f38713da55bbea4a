/** Flags, config file, live store and defaults: which one wins, and that the workload remembers it. */
import { describe, expect, it } from 'vitest';
import { isInputError } from '../../src/quantity/index.ts';
import {
  completeWorkload,
  draftFrom,
  draftFromStore,
  EMPTY_CONFIG,
  mergeDrafts,
  PARAMETERS,
  readConfig,
} from '../../src/workload/index.ts';
import { workloadFrom } from '../capacity/plan-from-flags.ts';

const flags = (raw: Record<string, string>) => draftFrom(raw, 'flag', (id) => `--${id}`);

describe('precedence', () => {
  const store = draftFromStore({ n: { value: 5000, low: 4900, high: 5100 }, dims: { value: 384 } }, 'sqlite:brain.db');
  const { draft: config } = readConfig({ version: 1, workload: { n: '10k', m: 24 } }, 'memplan.yaml');

  it('a flag beats the file, which beats the store, which beats a default', () => {
    const w = completeWorkload(mergeDrafts(store, config, flags({ n: '20k' })));
    expect([w.memories.value, w.origin['n']]).toEqual([20_000, 'flag']);
    expect([w.m.value, w.origin['m']]).toEqual([24, 'config']);
    expect([w.dimensions.value, w.origin['dims']]).toEqual([384, 'store']);
    expect([w.efSearch.value, w.origin['ef-search']]).toEqual([40, 'default']);
  });

  it('a measured count keeps its interval and says that it was measured', () => {
    const w = completeWorkload(store);
    expect([w.memories.low, w.memories.value, w.memories.high]).toEqual([4900, 5000, 5100]);
    expect(w.memories.basis).toBe('measured');
  });

  it('users × memories per user beat the count that a store happens to have', () => {
    const w = completeWorkload(mergeDrafts(store, flags({ users: '1k', 'memories-per-user': '70' })));
    expect([w.memories.value, w.origin['n']]).toEqual([70_000, 'derived']);
    expect([w.namespaces?.value, w.origin['namespaces']]).toEqual([1000, 'derived']);
  });

  it('components are switched by the later draft', () => {
    const { draft } = readConfig({ workload: { without: ['edge-table'], with: 'outbox' } }, 'memplan.yaml');
    const w = completeWorkload(mergeDrafts(draft, flags({ n: '1', with: 'edge-table' })));
    expect(w.components).toContain('edge-table');
    expect(w.components).toContain('outbox');
    expect(() => mergeDrafts(flags({ with: 'outbox', without: 'outbox' }))).toThrow(
      '--with outbox contradicts --without outbox',
    );
  });

  it('the default number of non-zeros never exceeds the dimensions', () => {
    expect(workloadFrom({ n: 1, type: 'sparsevec', dims: 50 }).nonzeros.value).toBe(50);
    expect(workloadFrom({ n: 1, type: 'sparsevec', dims: 200 }).nonzeros.high).toBe(200);
  });
});

describe('the config file', () => {
  const refusal = (document: unknown): string => {
    try {
      readConfig(document, 'memplan.yaml');
    } catch (e) {
      if (isInputError(e)) return e.message;
      throw e;
    }
    throw new Error(`${JSON.stringify(document)} was accepted`);
  };

  it.each<[unknown, string]>([
    [{ workload: { dimz: 3 } }, 'memplan.yaml: workload.dimz is not a known key; did you mean workload.dims?'],
    [{ worklod: {} }, 'memplan.yaml: worklod is not a known key; did you mean workload?'],
    [{ dims: 3 }, 'memplan.yaml: dims is not a known key; did you mean workload.dims?'],
    [{ workload: [1] }, 'memplan.yaml: workload must be a mapping of keys to values, not a list'],
    [{ workload: { n: [1] } }, 'memplan.yaml: workload.n must be a number or a word, not a list'],
    [{ workload: { n: true } }, 'memplan.yaml: workload.n must be a number or a word, not true'],
    [{ workload: { n: null } }, 'memplan.yaml: workload.n must be a number or a word, not nothing'],
    [{ workload: { n: '10Q' } }, 'memplan.yaml: workload.n: "10Q" has an unknown suffix "Q"; use k, M, B (10^9) or T'],
    [{ workload: { n: 1e30 } }, 'memplan.yaml: workload.n: 1e+30 is outside 1 to 1,000,000,000,000'],
    [
      { workload: { with: ['outbx'] } },
      'memplan.yaml: workload.with: "outbx" is not a component that can be switched; did you mean outbox?',
    ],
    [{ prices: { 'rds.gp3': 'x' } }, 'memplan.yaml: prices.rds.gp3 must be an amount of dollars, 0 or more, not "x"'],
    [{ prices: { 'rds.gp3': -1 } }, 'memplan.yaml: prices.rds.gp3 must be an amount of dollars, 0 or more, not -1'],
    [{ version: 2 }, 'memplan.yaml: version 2 is not known to this release; it reads version 1'],
    [{ version: '1' }, 'memplan.yaml: version "1" is not known to this release; it reads version 1'],
    ['foo', 'memplan.yaml: the file must be a mapping of keys to values, not "foo"'],
  ])('%j', (document, message) => {
    expect(refusal(document)).toBe(message);
  });

  it('may be empty', () => {
    expect(readConfig(null, 'memplan.yaml')).toEqual(EMPTY_CONFIG);
  });
});

describe('the table of parameters', () => {
  it('has defaults inside their own ranges', () => {
    for (const p of PARAMETERS) {
      if (p.default === undefined) continue;
      const { value, low = value, high = value } = p.default;
      expect(low <= value && value <= high, p.id).toBe(true);
      expect(value >= p.min && value <= p.max, p.id).toBe(true);
    }
  });
});
