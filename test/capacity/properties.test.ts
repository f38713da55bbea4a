/** What must hold of every report, over random workloads; a failure prints the flags that break it. */

import { describe, expect, it } from 'vitest';
import { capacityJson } from '../../src/capacity/capacity-json.ts';
import { figuresOf } from '../../src/capacity/figures.ts';
import { withDimensions } from '../../src/capacity/reembed-storage.ts';
import type { CapacityReport } from '../../src/capacity/report.ts';
import { engineById } from '../../src/engines/index.ts';
import { isInputError, type Quantity } from '../../src/quantity/index.ts';
import type { Workload } from '../../src/workload/index.ts';
import { cpuTime } from '../cpu-time.ts';
import fc from '../random-cases.ts';
import { type Flags, NOW, reportFrom, sentencesOf, workloadFrom } from './plan-from-flags.ts';
import { anyComponents, anyEngine, anyFlags, soundFlags } from './random-flags.ts';

const RUNS = { numRuns: 150, seed: 20_240_130 };

/**
 * The report, or undefined where the input is refused; anything else that is thrown is a defect.
 * @param written also what is worked out no sooner than it is written
 */
function attempt(flags: Flags, written = false): CapacityReport | undefined {
  try {
    const report = reportFrom(flags);
    if (written) JSON.stringify(capacityJson(report, NOW));
    return report;
  } catch (e) {
    if (isInputError(e)) return undefined;
    throw e;
  }
}

const monthly = (r: CapacityReport): number => r.cost.monthly.reduce((sum, l) => sum + l.usd.value, 0);
const oneOff = (r: CapacityReport): number => r.cost.oneOff.reduce((sum, l) => sum + l.usd.value, 0);
/** A thousandth: the page count of a simulated packing may differ by a page between neighbouring parameters. */
const atMost = (a: number, b: number): boolean => a <= b * 1.001 + 16_384;

describe('sizes move one way', () => {
  it('more rows never take less: disk, RAM, build seconds, money', () => {
    let compared = 0;
    fc.assert(
      fc.property(soundFlags, anyEngine, fc.double({ min: 1.01, max: 1000, noNaN: true }), (flags, engine, factor) => {
        const small = attempt({ ...flags, engine });
        const large = attempt({ ...flags, engine, n: Math.ceil(Number(flags['n']) * factor) });
        if (small === undefined || large === undefined) return true;
        compared++;
        for (const key of ['disk', 'resident', 'rebuildPeak', 'diskToProvision', 'ramToProvision'] as const) {
          expect(small.totals[key].value, key).toBeLessThanOrEqual(large.totals[key].value * 1.0001);
        }
        const oneMachine = small.machines.value === 1 && large.machines.value === 1;
        if (oneMachine && small.build.seconds !== undefined) {
          expect(small.build.seconds.value).toBeLessThanOrEqual(large.build.seconds?.value as number);
        }
        expect(small.machines.value).toBeLessThanOrEqual(large.machines.value);
        expect(oneOff(small)).toBeLessThanOrEqual(oneOff(large));
        expect(monthly(small), 'money a month').toBeLessThanOrEqual(monthly(large) * 1.0001);
        return true;
      }),
      RUNS,
    );
    expect(compared).toBeGreaterThan(RUNS.numRuns / 2);
  });

  it('more dimensions never take less', () => {
    fc.assert(
      fc.property(soundFlags, anyEngine, fc.integer({ min: 1, max: 2000 }), (flags, engine, other) => {
        const [low, high] = [Number(flags['dims']), other].sort((a, b) => a - b);
        const small = attempt({ ...flags, engine, dims: low as number });
        const large = attempt({ ...flags, engine, dims: high as number });
        if (small === undefined || large === undefined) return true;
        const index = (r: CapacityReport): number =>
          r.components.filter((c) => c.id === 'vector-index').reduce((sum, c) => sum + c.disk.value, 0);
        // A vector that grows out of its row leaves a narrower table behind, which counts where there are few rows.
        const resident = (r: CapacityReport): number =>
          r.totals.resident.value - (r.components.find((c) => c.id === 'table')?.resident?.value ?? 0);
        return atMost(index(small), index(large)) && atMost(resident(small), resident(large));
      }),
      RUNS,
    );
  });

  it('halfvec is never larger than vector, and bit never larger than halfvec', () => {
    fc.assert(
      fc.property(soundFlags, fc.constantFrom('hnsw', 'ivfflat'), (given, index) => {
        const { m, 'ef-construction': ef, ...rest } = given;
        const flags: Flags = {
          ...rest,
          ...(index === 'hnsw' ? { m: m as number, 'ef-construction': ef as number } : {}),
          engine: 'pgvector',
          index,
        };
        const [full, half, bit] = ['float32', 'halfvec', 'bit'].map((type) => attempt({ ...flags, type }));
        const size = (r: CapacityReport | undefined): number =>
          r?.components.find((c) => c.id === 'vector-index')?.disk.value as number;
        return atMost(size(half), size(full)) && atMost(size(bit), size(half));
      }),
      RUNS,
    );
  });

  it('another component never shrinks a total', () => {
    fc.assert(
      fc.property(soundFlags, anyEngine, anyComponents, (flags, engine, chosen) => {
        const all = 'primary-key,lexical-index,edge-table,temporal-index,metadata-index,audit-ledger,outbox';
        const some = attempt({
          ...flags,
          engine,
          without: all
            .split(',')
            .filter((c) => !chosen.includes(c))
            .join(','),
          with: chosen.join(','),
        });
        const every = attempt({ ...flags, engine, with: all });
        if (some === undefined || every === undefined) return true;
        return (
          some.totals.disk.value <= every.totals.disk.value && some.totals.resident.value <= every.totals.resident.value
        );
      }),
      RUNS,
    );
  });
});

describe('every figure is a figure', () => {
  it('low ≤ value ≤ high, nothing negative, nothing infinite, and no sentence says NaN', () => {
    let planned = 0;
    fc.assert(
      fc.property(anyFlags, (flags) => {
        const report = attempt(flags, true);
        if (report === undefined) return;
        planned++;
        for (const [id, q] of figuresOf(report)) {
          expect(Number.isFinite(q.value) && Number.isFinite(q.low) && Number.isFinite(q.high), id).toBe(true);
          expect(q.low, id).toBeGreaterThanOrEqual(0);
          expect(q.low, id).toBeLessThanOrEqual(q.value);
          expect(q.value, id).toBeLessThanOrEqual(q.high);
        }
        for (const sentence of sentencesOf(report)) {
          expect(sentence).not.toMatch(
            /NaN|undefined|null|Infinity|\b0 shards|\b0 machines|up to 0\b|(?<![\de])-\d+ (MiB|GiB|rows)/,
          );
        }
        promisedNumbers(report);
      }),
      { numRuns: 400, seed: 7 },
    );
    expect(planned).toBeGreaterThan(20);
  });

  it('sound flags are never refused by the ladder', () => {
    fc.assert(
      fc.property(soundFlags, (flags) => {
        const report = reportFrom(flags);
        promisedNumbers(report);
        expect(report.tier.rejected.every((r) => r.holdsUpTo === undefined || r.holdsUpTo >= 1)).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('the vector index alone', () => {
  const answer = (ask: () => { readonly disk: Quantity; readonly resident: Quantity } | undefined): unknown => {
    try {
      const index = ask();
      return index && [index.disk, index.resident].map((q) => [q.value, q.low, q.high, q.basis]);
    } catch (e) {
      if (!isInputError(e)) throw e;
      return e.message;
    }
  };

  const dims = fc.constantFrom(1, 256, 1536, 2000, 3072, 4096, 20_000, 64_000);

  it('is that of the plan of other vectors, and refused where that plan is', () => {
    const asked = new Set<string>();
    const index = fc.constantFrom('hnsw', 'ivfflat', 'flat');
    const flagged = fc.oneof(anyFlags, soundFlags).chain((flags) => index.map((kind) => ({ ...flags, index: kind })));
    fc.assert(
      fc.property(flagged, fc.constantFrom('pgvector', 'sharded-pgvector'), dims, (flags, id, other) => {
        const engine = engineById(id);
        let w: Workload;
        try {
          w = workloadFrom(flags);
          engine.plan(w);
        } catch (e) {
          if (isInputError(e)) return;
          throw e;
        }
        const w2 = withDimensions(w, engine, other);
        const planned = answer(() => engine.plan(w2).components.find((c) => c.id === 'vector-index'));
        asked.add(typeof planned);
        expect(answer(() => engine.indexAlone?.(w2))).toEqual(planned);
      }),
      { numRuns: 600, seed: 11 },
    );
    expect([...asked].sort()).toEqual(['object', 'string', 'undefined']);
  });
});

/** The JSON text holds neither NaN (null in JSON) nor a hole where the contract promises a quantity. */
function promisedNumbers(report: CapacityReport): void {
  const json = capacityJson(report, NOW);
  const saved = JSON.parse(JSON.stringify(json)) as typeof json;
  for (const c of saved.components)
    for (const q of [c.disk, c.resident, c.perMemory]) expect(q.value).toEqual(expect.any(Number));
  for (const q of Object.values(saved.totals)) expect(q.value).toEqual(expect.any(Number));
  expect(saved.machines.value).toBeGreaterThanOrEqual(1);
  for (const l of [...saved.cost.oneOff, ...saved.cost.monthly]) expect(l.usd.value).toEqual(expect.any(Number));
  for (const check of saved.tier.checks) {
    if (check.verdict !== 'unknown') expect(check.actual?.value).toEqual(expect.any(Number));
    if (check.flipsAt !== null) expect(check.flipsAt).toBeGreaterThanOrEqual(1);
  }
  for (const cliff of saved.cliffs) expect(cliff.before !== cliff.after && cliff.at >= 1).toBe(true);
  expect(saved).toEqual(json);
}

describe('a thousand workloads in one process', () => {
  it('throw nothing but InputError, and take well under three seconds', () => {
    const flags = fc.sample(anyFlags, { numRuns: 1000, seed: 42 });
    const sound = fc.sample(soundFlags, { numRuns: 200, seed: 42 });
    for (const f of sound) attempt(f);
    const start = cpuTime();
    const planned = flags.filter((f) => attempt(f) !== undefined).length;
    const seconds = (cpuTime() - start) / 1000;
    console.log(`1,000 random workloads in ${seconds.toFixed(2)} s, ${planned} planned, ${1000 - planned} refused`);
    expect(seconds).toBeLessThan(3);
  });
});
