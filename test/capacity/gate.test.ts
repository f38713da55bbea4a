/** Which budgets are kept, exceeded, or cannot be judged: limits worked out by hand. */
import { describe, expect, it } from 'vitest';
import { type CapacityJson, capacityJson } from '../../src/capacity/capacity-json.ts';
import { estimate } from '../../src/capacity/estimate.ts';
import { netGrowth } from '../../src/capacity/forecast-growth.ts';
import { type GateOptions, type GateReport, gate, type JudgedBudget } from '../../src/capacity/gate.ts';
import type { Budget } from '../../src/capacity/gate-budget.ts';
import { budgetFigures, savedFigures } from '../../src/capacity/gate-figures.ts';
import { leaf, type Quantity } from '../../src/quantity/index.ts';
import { workload } from '../../src/workload/from-text.ts';
import type { Workload } from '../../src/workload/index.ts';

const NOW = new Date('2026-09-15T00:00:00Z');
const BASE = { n: '2M', dims: 768 } as const;
type Inputs = Readonly<Record<string, string | number>>;

const saved = (inputs: Inputs): CapacityJson =>
  // Through text, as a saved report goes.
  JSON.parse(JSON.stringify(capacityJson(estimate(workload(inputs), { now: NOW }), NOW))) as CapacityJson;
const baseline = (inputs: Inputs): GateOptions['baseline'] & object => ({
  name: 'baseline.json',
  report: saved(inputs),
});

const budget = (metric: string, limit: string, parts: Partial<Budget> = {}): Budget => ({
  metric,
  limit,
  level: 'error',
  days: undefined,
  where: 'memplan.yaml:7: budgets[0]',
  line: 7,
  ...parts,
});

function judge(w: Workload, budgets: readonly Budget[], options: Partial<GateOptions> = {}): GateReport {
  const answer = gate(w, budgets, { now: NOW, file: 'memplan.yaml', strict: false, ...options });
  if ('problems' in answer) throw new Error(answer.problems.map((p) => p.message).join('\n'));
  return answer.report;
}
const one = (inputs: Inputs, b: Budget, options: Partial<GateOptions> = {}): JudgedBudget =>
  judge(workload(inputs), [b], options).budgets[0] as JudgedBudget;
function problem(inputs: Inputs, b: Budget, options: Partial<GateOptions> = {}): string {
  const answer = gate(workload(inputs), [b], { now: NOW, file: 'memplan.yaml', strict: false, ...options });
  return 'problems' in answer ? answer.problems.map((p) => p.message).join('\n') : 'judged';
}

it.each([{ n: 1 }, { n: '10M', dims: 1536 }, { n: '1T' }, { n: '1M', engine: 'sqlite-vec' }])(
  'a figure keeps a limit of its own value: %j',
  (inputs) => {
    const figures = budgetFigures(estimate(workload(inputs), { now: NOW }));
    for (const metric of figures.keys()) {
      const figure = figures.get(metric) as Quantity;
      const unit = { B: 'B', s: 's' }[figure.unit as string];
      if (unit === undefined || figure.value === 0) continue;
      expect(one(inputs, budget(metric, `${figure.value}${unit}`)).passed, metric).toBe(true);
      const below = figure.value - Math.max(figure.unit === 'B' ? 1 : 0, figure.value * 1e-6);
      expect(one(inputs, budget(metric, `${below}${unit}`)).passed, `${metric} above`).toBe(false);
    }
  },
);

describe('an absolute budget', () => {
  // Two vectors of 768 dimensions a page and one metapage: 1,000,001 pages of 8,192 B = 8,192,008,192 B.
  const BYTES = 8192 * 1_000_001;

  it('is kept at its limit and exceeded a byte above it', () => {
    expect(estimate(workload(BASE), { now: NOW }).components[0]?.disk.value).toBe(BYTES);
    expect(one(BASE, budget('vector-index.disk', `${BYTES}B`))).toMatchObject({ passed: true, exceededOn: undefined });
    const over = one(BASE, budget('vector-index.disk', `${BYTES - 1}B`));
    expect(over).toMatchObject({ passed: false, exceededOn: { day: 0, date: '2026-09-15' } });
    expect(over.limit?.value).toBe(BYTES - 1);
  });

  it.each([
    ['totals.disk', '1.5TB', 1.5e12],
    ['totals.disk', '64GiB', 2 ** 36],
    ['query.p99', '20ms', 0.02],
    ['build.seconds', '8h', 28_800],
    ['cost.monthly', '$500/month', 500],
    ['cost.monthly', '$500', 500],
    ['cost.embedding', '$1,200', 1200],
    ['machines', '4', 4],
    ['build.spillsAtRows', '10M', 1e7],
  ])('on %s reads %s as %d', (metric, limit, value) => {
    expect(one(BASE, budget(metric, limit)).limit?.value).toBe(value);
  });

  it.each([
    ['totals.disk', '64', 'has no unit; totals.disk is a size'],
    ['totals.disk', '64G', 'does not say which G'],
    ['totals.disk', '20ms', 'totals.disk is a size, such as 64GiB'],
    ['totals.disk', 'much', 'is not a size'],
    ['query.p99', '20', 'has no unit; query.p99 is a time'],
    ['query.p99', '20m', 'ambiguous'],
    ['query.p99', '20GiB', 'query.p99 is a time'],
    ['cost.monthly', '500', 'has no unit; cost.monthly is money a month'],
    ['cost.monthly', '500EUR', 'cost.monthly is money a month'],
    ['cost.embedding', '$5/month', 'is an amount a month; cost.embedding is money, such as $500'],
    ['machines', '4GiB', 'machines is a number'],
  ])('on %s does not take %s', (metric, limit, why) => {
    const said = problem(BASE, budget(metric, limit));
    expect(said).toContain(why);
    expect(said).toContain('memplan.yaml:7: budgets[0].limit');
  });

  it('is judged by the value, with strict by the upper bound, and says where the interval straddles it', () => {
    const resident = estimate(workload(BASE), { now: NOW }).totals.resident;
    expect(resident.high).toBeGreaterThan(resident.value);
    const between = budget('totals.resident', `${Math.round((resident.value + resident.high) / 2)}B`);
    expect(one(BASE, between)).toMatchObject({ passed: true, straddles: true });
    expect(one(BASE, between, { strict: true })).toMatchObject({ passed: false, straddles: true });
    const above = budget('totals.resident', `${Math.ceil(resident.high)}B`);
    expect(one(BASE, above, { strict: true })).toMatchObject({ passed: true, straddles: false });
    const below = budget('totals.resident', `${Math.floor(resident.low) - 1}B`);
    expect(one(BASE, below)).toMatchObject({ passed: false, straddles: false });
  });
});

describe('levels', () => {
  it('only error fails the whole', () => {
    const over = (level: Budget['level']): GateReport =>
      judge(workload(BASE), [budget('totals.disk', '1GiB', { level }), budget('query.p99', '1h')]);
    expect([over('error').passed, over('warn').passed, over('off').passed]).toEqual([false, true, true]);
    expect([over('warn').budgets[0]?.passed, over('off').budgets[0]?.passed]).toEqual([false, undefined]);
  });

  it('off is not judged at all: neither name nor limit need be right', () => {
    const b = one(BASE, budget('no.such', 'thing', { level: 'off' }));
    expect(b).toMatchObject({ actual: undefined, limit: undefined, passed: undefined, straddles: false });
  });
});

describe('a budget against a baseline', () => {
  it('is kept where nothing changed, strict or not, and tells the change', () => {
    for (const strict of [false, true]) {
      const b = one(BASE, budget('totals.resident', '+0%'), { baseline: baseline(BASE), strict });
      expect(b).toMatchObject({ passed: true, straddles: false });
      expect(b.change?.value).toBe(0);
    }
    expect(one(BASE, budget('totals.resident', '-1%'), { baseline: baseline(BASE) }).passed).toBe(false);
  });

  it('by a share and by an amount', () => {
    // 1M pages more: from 8,192,008,192 B to twice that, less one metapage.
    const options = { baseline: baseline(BASE) };
    const doubled = { ...BASE, n: '4M' };
    expect(one(doubled, budget('vector-index.disk', '+100%'), options).passed).toBe(true);
    expect(one(doubled, budget('vector-index.disk', '+99.9%'), options).passed).toBe(false);
    expect(one(doubled, budget('vector-index.disk', '+8192000000B'), options).passed).toBe(true);
    expect(one(doubled, budget('vector-index.disk', '+8191999999B'), options).passed).toBe(false);
    expect(judge(workload(doubled), [budget('vector-index.disk', '+200%')], options).changed).toBe(true);
    expect(judge(workload(BASE), [budget('vector-index.disk', '+200%')], options).changed).toBe(false);
  });

  it('cannot be judged without one, or where it does not know the figure', () => {
    expect(problem(BASE, budget('totals.disk', '+10%'))).toContain('name one with --baseline');
    const other = { baseline: baseline({ ...BASE, engine: 'faiss' }) };
    expect(problem(BASE, budget('toast.disk', '+10%'), other)).toContain('does not know toast.disk');
  });

  it('cannot be judged where the baseline has it in another unit', () => {
    const other = structuredClone(saved(BASE)) as unknown as { query: { p99: { unit: string } } };
    other.query.p99.unit = 'ms';
    const options = { baseline: { name: 'ms.json', report: other as unknown as CapacityJson } };
    expect(problem(BASE, budget('query.p99', '+10%'), options)).toContain('in ms in the baseline ms.json and in s now');
  });

  it('takes no text for a number', () => {
    const torn = structuredClone(saved(BASE)) as unknown as { totals: { disk: { value: unknown } } };
    torn.totals.disk.value = '1e99';
    const options = { baseline: { name: 'torn.json', report: torn as unknown as CapacityJson } };
    expect(problem(BASE, budget('totals.disk', '+10%'), options)).toContain('torn.json does not know totals.disk');
  });
});

describe('a budget for days to come', () => {
  const growth = netGrowth(leaf('memories', 2e6, 'rows'), leaf('growth a day', 100_000, 'rows/day'));

  it('is exceeded first on the day by hand, judged at the last', () => {
    // 2M memories and 100k a day, two a page: 1.51M pages are passed between day 10 (1.50M) and day 11 (1.55M).
    const b = budget('vector-index.disk', `${8192 * 1_510_000}B`, { days: 30 });
    const judged = one(BASE, b, { growth });
    expect(judged).toMatchObject({ passed: false, exceededOn: { day: 11, date: '2026-09-26' } });
    expect(judged.rows?.value).toBe(5e6);
    expect(judged.actual?.value).toBe(8192 * 2_500_001);
    expect(one(BASE, { ...b, days: 10 }, { growth })).toMatchObject({ passed: true, exceededOn: undefined });
    expect(one(BASE, { ...b, days: 11 }, { growth }).passed).toBe(false);
  });

  it('is judged on the engine of today, also where another one would be recommended by then', () => {
    const fast = netGrowth(leaf('memories', 2e6, 'rows'), leaf('growth a day', 2e6, 'rows/day'));
    const judged = judge(workload(BASE), [budget('machines', '1', { days: 30 })], { growth: fast });
    expect(judged.engine).toBe('pgvector');
    expect(judged.budgets[0]).toMatchObject({ passed: true });
  });

  it('is judged today where the store shrinks', () => {
    const shrinking = netGrowth(leaf('memories', 2e6, 'rows'), leaf('growth a day', -50_000, 'rows/day'));
    const b = budget('vector-index.disk', `${8192 * 1_000_000}B`, { days: 30 });
    const judged = one(BASE, b, { growth: shrinking });
    expect(judged).toMatchObject({ passed: false, exceededOn: { day: 0 } });
    expect(judged.rows?.value).toBe(2e6);
  });

  it('cannot be judged where nothing says how the store grows', () => {
    expect(problem(BASE, budget('totals.disk', '1TB', { days: 30 }))).toContain(
      'how fast the store grows is not known',
    );
  });
});

describe('a metric', () => {
  it('that is none is named with the nearest one', () => {
    expect(problem(BASE, budget('totals.residnet', '1GiB'))).toContain('did you mean totals.resident?');
    expect(problem(BASE, budget('colour', '1GiB'))).not.toContain('did you mean');
  });

  it('that this engine leaves unknown is neither kept nor exceeded', () => {
    const report = estimate(workload({ ...BASE, engine: 'qdrant' }), { now: NOW });
    const unknown = ['build.spillsAtRows', 'build.stockSpillsAtRows'].filter((id) => !budgetFigures(report).has(id));
    expect(unknown).toContain('build.spillsAtRows');
    const said = problem({ ...BASE, engine: 'qdrant' }, budget('build.spillsAtRows', '1M'));
    expect(said).toContain('is not known for this workload on qdrant');
  });

  it('has the same name and figures in a saved report', () => {
    for (const engine of ['pgvector', 'sharded-pgvector', 'qdrant', 'sqlite-vec', 'milvus', 'faiss', 'redis']) {
      const inputs = { ...BASE, engine, budget: 500 };
      const live = budgetFigures(estimate(workload(inputs), { now: NOW }));
      const file = savedFigures(saved(inputs));
      expect([...file.keys()], engine).toEqual([...live.keys()]);
      for (const id of live.keys()) {
        const q = live.get(id) as Quantity;
        const { value, unit, low, high } = file.get(id) as Quantity;
        expect({ id, value, unit, low, high }).toEqual({ id, value: q.value, unit: q.unit, low: q.low, high: q.high });
      }
    }
  });
});

it('names every budget that cannot be judged, and judges none', () => {
  const answer = gate(
    workload(BASE),
    [budget('no', '1GiB', { line: 3 }), budget('totals.disk', '1TB'), budget('query.p99', '1GiB', { line: 9 })],
    { now: NOW, file: 'memplan.yaml', strict: false },
  );
  expect('problems' in answer ? answer.problems.map((p) => p.line) : []).toEqual([3, 9]);
});
