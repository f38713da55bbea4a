/** One engine against one workload: its plan, its cost, its checks. */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import { isInputError, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { checkConstraints, checkLatency } from './constraints.ts';
import type { CostAnswer, PriceBook } from './cost.ts';
import { priceOf } from './cost.ts';
import { confirmFlips } from './flips.ts';
import type { ConstraintCheck } from './report.ts';
import { whenAsked } from './when-asked.ts';

/** All but the plan is worked out when it is asked for: of a tier that is turned down nobody asks for the price. */
export interface Assessment {
  readonly engine: Engine;
  readonly plan: EnginePlan;
  readonly cost: CostAnswer;
  readonly checks: readonly ConstraintCheck[];
  /** The one of the p99 alone: it needs no sizes. */
  readonly latency: ConstraintCheck;
  /** No check breaks. */
  readonly fits: boolean;
  /** Nothing breaks, or only what a setting mends: another tier would have the same setting to make. */
  readonly holds: boolean;
}

/** Either an assessment, or the one sentence why the engine cannot hold the workload at any size. */
export type Verdict =
  | { readonly ok: true; readonly assessment: Assessment }
  | { readonly ok: false; readonly because: string };

/** The engine's plan, cost and checks, each check with the row count at which it flips. */
export function assess(engine: Engine, w: Workload, prices: PriceBook): Verdict {
  const verdict = assessHere(engine, w, prices);
  if (!verdict.ok) return verdict;
  const here = verdict.assessment;
  const confirmed = whenAsked(() =>
    confirmFlips(here.checks, w, here.plan.growth.exact ?? [], (other) => {
      const there = assessHere(engine, other, prices);
      return there.ok ? there.assessment.checks : undefined;
    }),
  );
  return {
    ok: true,
    assessment: {
      engine,
      plan: here.plan,
      get cost() {
        return here.cost;
      },
      get checks() {
        return confirmed();
      },
      get latency() {
        return here.latency;
      },
      get fits() {
        return here.fits;
      },
      get holds() {
        return here.holds;
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
  const cost = whenAsked(() => priceOf(engine, plan, w, prices));
  const latency = whenAsked(() => checkLatency(plan, w));
  const monthly = (p: EnginePlan): Quantity | undefined =>
    (p === plan ? cost() : priceOf(engine, p, w, prices)).monthlyTotal;
  const checks = whenAsked(() => checkConstraints(engine, plan, w, latency(), monthly));
  return {
    ok: true,
    assessment: {
      engine,
      plan,
      get cost() {
        return cost();
      },
      get checks() {
        return checks();
      },
      get latency() {
        return latency();
      },
      get fits() {
        return checks().every((c) => c.verdict !== 'breaks');
      },
      get holds() {
        // First what turns a scan of many rows down by itself: its bytes then need not be worked out.
        if (latency().verdict === 'breaks') return false;
        return checks().every((c) => c.verdict !== 'breaks' || c.mendable === true);
      },
    },
  };
}
