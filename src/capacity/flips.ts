/** At which row count a check changes its mind: first along the plan's own growth, then confirmed by planning there. */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import type { Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { ConstraintCheck } from './report.ts';

/** A row count this close to the planned one needs no plan of its own: growth is exact where it starts. */
const NEAR = 0.01;
/** Below so many rows single pages and chunks show in the bytes a row takes. */
const MANY_ROWS = 1_000_000;
/** Plans made to confirm one row count. Each lands closer by the curvature of the growth, which is slight but for a step. */
const MOST_PLANS = 5;

/** The check that binds first as the rows grow, among those that a smaller or larger row count can flip. */
export function firstFlip(checks: readonly ConstraintCheck[]): ConstraintCheck | undefined {
  let first: ConstraintCheck | undefined;
  for (const c of checks) {
    const at = c.flipsAt;
    if (at !== undefined && at < (first?.flipsAt ?? Number.POSITIVE_INFINITY)) first = c;
  }
  return first;
}

/**
 * The checks with their row counts as seen from where the first of them flips.
 * @param exact checks whose row count needs no confirming
 * @param checksAt the checks of the same engine with another row count
 */
export function confirmFlips(
  checks: readonly ConstraintCheck[],
  w: Workload,
  exact: readonly string[],
  checksAt: (w: Workload) => readonly ConstraintCheck[] | undefined,
): readonly ConstraintCheck[] {
  let first = firstFlip(checks);
  let from = w.memories.value;
  let seen: readonly ConstraintCheck[] = checks;
  // Row counts that a plan was made at: the most that hold, the fewest that do not.
  let holds = 0;
  let breaks = Number.POSITIVE_INFINITY;
  let at = 0;
  for (let plans = 0; first?.flipsAt !== undefined; plans++) {
    if (seen.some((c) => c.verdict === 'breaks' && c.flipsAt !== undefined)) breaks = Math.min(breaks, from);
    else holds = Math.max(holds, from);
    at = first.flipsAt;
    const straight = exact.includes(first.id) && (first.id !== 'ram' || first.flipsAt >= MANY_ROWS);
    if (straight || Math.abs(at - from) <= NEAR * from) break;
    // A step in what a row takes (a wider integer, another level of a tree) throws each side over to the other.
    const between = holds > 0 && holds < breaks && breaks < Number.POSITIVE_INFINITY;
    const beside = at <= holds * (1 + NEAR) || at >= breaks * (1 - NEAR);
    if (between && beside) at = Math.round((holds + breaks) / 2);
    if (plans === MOST_PLANS) break;
    const there = checksAt(withRows(w, at));
    if (there === undefined) break;
    seen = there;
    from = at;
    first = firstFlip(seen);
  }
  if (seen === checks) return checks;
  const binding = first;
  return checks.map((c) => flippingAt(c, c.id === binding?.id ? at : seen.find((s) => s.id === c.id)?.flipsAt));
}

/** The same check with another row count. No spread: that would work out the sentence, which is told of few of them. */
function flippingAt(c: ConstraintCheck, rows: number | undefined): ConstraintCheck {
  return {
    id: c.id,
    title: c.title,
    actual: c.actual,
    limit: c.limit,
    verdict: c.verdict,
    get because() {
      return c.because;
    },
    mendable: c.mendable,
    flipsAt: rows,
  };
}

/** The same workload with that many memories and every input as a point: intervals do not move a verdict. */
export function withRows(w: Workload, rows: number): Workload {
  const points = Object.fromEntries(
    Object.entries(w).map(([key, input]) => [
      key,
      isQuantity(input) && input.low !== input.high ? { ...input, low: input.value, high: input.value } : input,
    ]),
  ) as unknown as Workload;
  return { ...points, memories: { ...w.memories, value: rows, low: rows, high: rows } };
}

const isQuantity = (input: unknown): input is Quantity =>
  typeof input === 'object' && input !== null && 'low' in input && 'value' in input;

/** Sizes of a plan as they would be with another row count, along its growth: enough to price it. */
export function grownPlan(engine: Engine, plan: EnginePlan, w: Workload, rows: number): EnginePlan {
  const size = rows / w.memories.value;
  const scaled = <Q extends Quantity>(q: Q, factor: number): Q => ({
    ...q,
    value: q.value * factor,
    low: q.low * factor,
    high: q.high * factor,
  });
  const components = plan.components.map((c) => ({
    ...c,
    disk: scaled(c.disk, size),
    resident: scaled(c.resident, size),
  }));
  const rebuildPeak = scaled(plan.rebuildPeak, size);
  const resident = plan.growth.resident(rows);
  if (plan.demand === undefined) {
    return { ...plan, components, rebuildPeak, residentPerMachine: scaled(plan.residentPerMachine, resident) };
  }
  const demand = plan.demand * plan.growth.demand(rows);
  const least = engine.level === 3 ? 2 : 1;
  const machines = Math.max(least, Math.ceil(demand));
  return {
    ...plan,
    components,
    rebuildPeak,
    demand,
    machines: { ...plan.machines, value: machines, low: machines, high: machines },
    residentPerMachine: scaled(plan.residentPerMachine, (resident * plan.machines.value) / machines),
  };
}
