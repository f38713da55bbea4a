/** One engine against one workload: its plan, its cost, its checks. */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import { isInputError, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { checkConstraints } from './constraints.ts';
import type { CostAnswer, PriceBook } from './cost.ts';
import { priceOf } from './cost.ts';
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

export function assess(engine: Engine, w: Workload, prices: PriceBook): Verdict {
  let plan: EnginePlan;
  try {
    plan = engine.plan(w);
  } catch (e) {
    if (isInputError(e)) return { ok: false, because: e.message };
    throw e;
  }
  const cost = priceOf(engine, plan, w, prices);
  const checks = checkConstraints(engine, plan, w, monthlyTotal(cost));
  return { ok: true, assessment: { engine, plan, cost, checks, fits: checks.every((c) => c.verdict !== 'breaks') } };
}

function monthlyTotal(cost: CostAnswer): Quantity | undefined {
  return cost.monthlyTotal;
}
