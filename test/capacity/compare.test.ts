/** A comparison against the estimates it stands for, and the steps against pgvector's pages worked out by hand. */
import { describe, expect, it } from 'vitest';
import { type CompareReport, compare, SORTS } from '../../src/capacity/compare.ts';
import { MOST_COMBINATIONS, readAxes } from '../../src/capacity/compare-axes.ts';
import { estimate } from '../../src/capacity/estimate.ts';
import { completeWorkload, type Draft, draftFrom, ENGINE_IDS } from '../../src/workload/index.ts';

const draft = (flags: Record<string, string>): Draft => draftFrom(flags, 'flag', (id) => `--${id}`);
const run = (
  flags: Record<string, string>,
  vary: string[],
  sort: (typeof SORTS)[number] = 'resident',
): CompareReport => {
  const base = draft(flags);
  return compare(base, { axes: readAxes(vary, base), sort });
};

describe('rows', () => {
  it('are every engine unless one is named, each with the figures of its own estimate', () => {
    const r = run({ n: '200k', dims: '768' }, []);
    expect(r.rows.map((row) => row.engine).sort()).toEqual([...ENGINE_IDS].sort());
    for (const row of r.rows) {
      const alone = estimate(completeWorkload(draft({ n: '200k', dims: '768', engine: row.engine })), {
        now: new Date(0),
      });
      const monthly = alone.cost.monthly.reduce((sum, l) => sum + l.usd.value, 0);
      expect(row.disk.value, row.id).toBe(alone.totals.disk.value);
      expect(row.resident.value, row.id).toBe(alone.totals.resident.value);
      expect(row.build?.value, row.id).toBe(alone.build.seconds?.value);
      expect(row.p99?.value, row.id).toBe(alone.query.p99?.value);
      expect(row.fits, row.id).toBe(alone.tier.fits);
      if (row.monthly !== undefined) expect(row.monthly.value).toBeCloseTo(monthly, 6);
      else expect(alone.cost.monthly).toEqual([]);
    }
  });

  it('multiply the axes; what an engine lacks is listed with its reason', () => {
    const r = run({ n: '100k' }, ['engine=pgvector,sqlite-vec', 'dims=384,768', 'type=float32,halfvec']);
    expect(r.rows).toHaveLength(6);
    expect(r.excluded.map((e) => e.settings)).toEqual([
      { engine: 'sqlite-vec', dims: 384, type: 'halfvec' },
      { engine: 'sqlite-vec', dims: 768, type: 'halfvec' },
    ]);
    for (const e of r.excluded) expect(e.because).toContain('has no such type; it has float32, int8, bit');
  });

  it('stand for every value of a parameter that an index does not have', () => {
    const r = run({ n: '100k', dims: '384' }, ['engine=pgvector,sqlite-vec', 'm=8,16,32']);
    expect(r.rows.filter((row) => row.engine === 'pgvector')).toHaveLength(3);
    const flat = r.rows.filter((row) => row.engine === 'sqlite-vec');
    expect(flat.map((row) => row.settings)).toEqual([{ engine: 'sqlite-vec', m: null }]);
    expect(r.notes).toEqual(['m means nothing to SQLite with sqlite-vec: one row stands for all']);
  });

  it.each(SORTS)('rise in %s, with what is unknown last', (sort) => {
    const figures = run({ n: '1M', dims: '768' }, [], sort).rows.map(
      (row) =>
        ({ resident: row.resident, disk: row.disk, cost: row.monthly, p99: row.p99, build: row.build })[sort]?.value,
    );
    const known = figures.filter((f) => f !== undefined);
    expect(known.length).toBeGreaterThan(3);
    expect(known).toEqual([...known].sort((a, b) => a - b));
    expect(figures.slice(0, known.length)).toEqual(known);
  });

  it('mark the least among those that fit', () => {
    const r = run({ n: '1M', dims: '768' }, []);
    const fitting = r.rows.filter((row) => row.fits);
    expect(fitting.length).toBeLessThan(r.rows.length);
    const least = Math.min(...fitting.map((row) => row.resident.value));
    const marked = r.rows.filter((row) => row.marks.includes('least-ram'));
    expect(marked.map((row) => row.resident.value)).toEqual([least]);
    const cheapest = Math.min(...fitting.flatMap((row) => row.monthly?.value ?? []));
    expect(r.rows.find((row) => row.marks.includes('cheapest'))?.monthly?.value).toBe(cheapest);
    expect(r.rows.filter((row) => !row.fits).flatMap((row) => row.marks)).toEqual([]);
  });

  it('have no price where no machine is priced, so that embedding new memories alone never looks cheapest', () => {
    const r = run({ n: '1M', dims: '768', 'writes-per-day': '5k' }, []);
    const of = (engine: string) => r.rows.find((row) => row.engine === engine);
    for (const engine of ['faiss', 'hnswlib', 'sqlite-vec']) {
      expect(of(engine)?.monthly, engine).toBeUndefined();
      expect(of(engine)?.unknown).toContain('no machine of its own is priced: it lives in a process of yours');
      expect(of(engine)?.marks).not.toContain('cheapest');
    }
    // 5,000 · 30.4375 · 50 tokens at $0.02 a million, and as many calls at $0.0006: $91.46 beside the machine.
    const before = run({ n: '1M', dims: '768' }, []).rows.find((row) => row.engine === 'pgvector')?.monthly?.value ?? 0;
    expect((of('pgvector')?.monthly?.value ?? 0) - before).toBeCloseTo(91.46, 1);
    expect(r.rows.filter((row) => row.marks.includes('cheapest')).map((row) => row.engine)).toEqual(['qdrant']);
  });

  it('carry no mark where there is nothing to be less than', () => {
    const [only, ...more] = run({ n: '1M', dims: '768', engine: 'pgvector' }, []).rows;
    expect(more).toEqual([]);
    expect(only?.marks).toEqual([]);
  });
});

describe('steps', () => {
  // A page of 8,192 B has 8,160 usable. Element: align8(72 + 8 + 4d); neighbours at m 16: align8(4 + 6 · 2 · 16) = 200; 4 B
  // of pointer each. 948 dimensions: 3,872 + 200 + 8 = 4,080, two in a page; 949: 3,880 + 200 + 8 = 4,088, one. 609 and 949 are
  // where three become two and two become one; 1,024 and 1,536 are one in a page.
  it('are told between neighbours: the same page, and the dimension at which the next one begins', () => {
    const r = run({ n: '100k', engine: 'pgvector' }, ['dims=512,768,1024,1536']);
    expect(r.steps.map((s) => [s.from, s.to, s.what, s.at])).toEqual([
      [512, 768, 'step', 609],
      [768, 1024, 'step', 949],
      [1024, 1536, 'same', undefined],
    ]);
    expect(r.steps[1]?.before).toBeCloseTo(4096, -2);
    expect(r.steps[1]?.after).toBeCloseTo(8192, -2);
  });

  it('compare only rows that differ in one parameter', () => {
    const r = run({ n: '100k', engine: 'pgvector' }, ['dims=1024,1536', 'm=8,16']);
    for (const s of r.steps) {
      const [a, b] = s.between.map((id) => r.rows.find((row) => row.id === id)?.settings);
      const others = Object.keys(a ?? {}).filter((k) => k !== s.parameter);
      expect(others.map((k) => a?.[k])).toEqual(others.map((k) => b?.[k]));
    }
    expect(r.steps.filter((s) => s.parameter === 'm').map((s) => s.what)).toEqual(['same', 'same']);
  });

  it('are not looked for in parameters that do not size the index', () => {
    expect(run({ n: '100k', engine: 'pgvector' }, ['ef-search=40,80']).steps).toEqual([]);
  });
});

describe('what is refused', () => {
  const refusal = (flags: Record<string, string>, vary: string[]): string => {
    try {
      run(flags, vary);
    } catch (e) {
      return (e as Error).message;
    }
    return 'nothing';
  };

  it.each([
    [{ n: '1M' }, ['dims'], '"dims" is not PARAMETER=VALUE,VALUE'],
    [{ n: '1M' }, ['dims=,'], '"dims=," is not PARAMETER=VALUE,VALUE'],
    [{ n: '1M' }, ['dimz=3'], '"dimz" is not a parameter that can be varied; did you mean dims?'],
    [{ n: '1M' }, ['dims=0'], '--vary dims: 0 is outside 1 to 1,000,000'],
    [{ n: '1M' }, ['type=halfvek'], '--vary type: "halfvek" is not known; did you mean halfvec?'],
    [{ n: '1M', dims: '5' }, ['dims=3,4'], '--vary dims contradicts --dims'],
    [{ n: '1M' }, ['dims=3', 'dims=4'], '--vary dims is given twice'],
    [{}, ['dims=3'], 'the number of memories is missing'],
    [{ n: '1M', engine: 'pgvector' }, ['dims=3000'], 'pgvector indexes at most 2,000 dimensions'],
    [{ n: '1M', ram: '1GiB', 'build-memory': '2GiB' }, [], 'a machine cannot lend more memory than it has'],
  ])('%j %j', (flags, vary, message) => {
    expect(refusal(flags as Record<string, string>, vary)).toContain(message);
  });

  it('more rows than a table holds', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, i) => i + 2).join(',');
    expect(refusal({ n: '1M', engine: 'pgvector' }, [`dims=${many(MOST_COMBINATIONS + 1)}`])).toContain(
      `are ${MOST_COMBINATIONS + 1} combinations; at most ${MOST_COMBINATIONS} are compared`,
    );
  });
});
