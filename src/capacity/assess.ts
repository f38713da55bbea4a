/** One engine against one workload: its plan, its cost, its checks. */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import { isInputError } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { checkConstraints } from './constraints.ts';
import type { CostAnswer, PriceBook } from './cost.ts';
import { priceOf } from './cost.ts';
import { confirmFlips } from './flips.ts';
import type { ConstraintCheck } from './report.ts';

export interface Assessment {
  readonly engine: Engine;
  readonly plan: EnginePlan;
  readonly cost: CostAnswer;
  readonly checks: readonly ConstraintCheck[];
  readonly fits: boolean;
}

/** Either an assessment, or the one sentence why the engine cannot hold the workload at any size. */
export type Verdict =
  | { readonly ok: true; readonly assessment: Assessment }
  | { readonly ok: false; readonly because: string };

/** The engine's plan, cost and checks, each check with the row count at which it flips. */
export function assess(engine: Engine, w: Workload, prices: PriceBook): Verdict {
  const verdict = assessHere(engine, w, prices);
  if (!verdict.ok) return verdict;
  const { plan } = verdict.assessment;
  const checks = confirmFlips(verdict.assessment.checks, w, plan.growth.exact ?? [], (other) => {
    const there = assessHere(engine, other, prices);
    return there.ok ? there.assessment.checks : undefined;
  });
  const here = verdict.assessment;
  return {
    ok: true,
    assessment: {
      engine: here.engine,
      plan,
      fits: here.fits,
      checks,
      get cost() {
        return here.cost;
      },
    },
  };
}

/** The same without confirming at which row counts it flips: for one figure of a what-if. */
export function assessHere(engine: Engine, w: Workload, prices: PriceBook): Verdict {
  let plan: EnginePlan;
  try {
    plan = engine.plan(w);
  } catch (e) {
    if (isInputError(e)) return { ok: false, because: e.message };
    throw e;
  }
  // Priced when it is asked for: the chosen plan always is, the others only under a budget.
  let known: CostAnswer | undefined;
  const cost = (): CostAnswer => {
    known ??= priceOf(engine, plan, w, prices);
    return known;
  };
  const checks = checkConstraints(
    engine,
    plan,
    w,
    (p) => (p === plan ? cost() : priceOf(engine, p, w, prices)).monthlyTotal,
  );
  const fits = checks.every((c) => c.verdict !== 'breaks');
  return {
    ok: true,
    assessment: {
      engine,
      plan,
      get cost() {
        return cost();
      },
      checks,
      fits,
    },
  };
}
