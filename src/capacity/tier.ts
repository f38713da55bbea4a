/**
 * The tier, by its binding constraint: RAM, build window, p99, write rate, largest namespace, shards to operate, money.
 * A row count alone decides nothing: 1M × 384 and 1M × 3,072 are different stores.
 */

import type { Engine } from '../engines/engine.ts';
import { engineById, LADDER } from '../engines/index.ts';
import { InputError } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { type Assessment, assess, type Verdict } from './assess.ts';
import type { PriceBook } from './cost.ts';
import type { ConstraintCheck, RejectedTier, TierAnswer } from './report.ts';

export interface Choice {
  /** The engine the report is about: the one asked for, or the lowest tier that fits. */
  readonly chosen: Assessment;
  /** The lowest tier that fits, or the last one where none does; the same as `chosen` unless an engine was asked for. */
  readonly recommended: Assessment;
  readonly tier: TierAnswer;
}

/** @throws InputError when the engine asked for cannot hold the workload, or no tier can */
export function chooseTier(w: Workload, prices: PriceBook): Choice {
  const verdicts = new Map<Engine, Verdict>(LADDER.map((engine) => [engine, assess(engine, w, prices)]));
  const recommended = lowestFitting(verdicts);
  const chosen = w.engine === undefined ? recommended : asked(w, prices, verdicts);
  if (chosen === undefined) {
    const reasons = [...verdicts].map(([engine, v]) => `${engine.title}: ${v.ok ? 'holds it' : v.because}`);
    throw new InputError('no-engine', `no engine of the ladder holds this workload: ${reasons.join('; ')}`);
  }
  return { chosen, recommended: recommended ?? chosen, tier: answer(chosen, recommended ?? chosen, verdicts) };
}

function asked(w: Workload, prices: PriceBook, verdicts: ReadonlyMap<Engine, Verdict>): Assessment {
  const engine = engineById(w.engine as string);
  const verdict = verdicts.get(engine) ?? assess(engine, w, prices);
  if (verdict.ok) return verdict.assessment;
  throw new InputError('engine-unfit', verdict.because);
}

/** The lowest tier whose checks all hold; where none does, the highest that can be planned at all. */
function lowestFitting(verdicts: ReadonlyMap<Engine, Verdict>): Assessment | undefined {
  let last: Assessment | undefined;
  for (const verdict of verdicts.values()) {
    if (!verdict.ok) continue;
    if (verdict.assessment.fits) return verdict.assessment;
    last = verdict.assessment;
  }
  return last;
}

function answer(chosen: Assessment, recommended: Assessment, verdicts: ReadonlyMap<Engine, Verdict>): TierAnswer {
  const rejected: RejectedTier[] = [];
  for (const [engine, verdict] of verdicts) {
    if (engine === chosen.engine || engine.level === undefined) continue;
    const why = rejection(engine, verdict, recommended);
    if (why !== undefined) rejected.push({ id: engine.id, title: engine.title, level: engine.level, ...why });
  }
  const breaking = chosen.checks.filter((c) => c.verdict === 'breaks');
  const checks = [...breaking, ...chosen.checks.filter((c) => c.verdict !== 'breaks')];
  const flip = firstFlip(chosen.checks);
  return {
    id: chosen.engine.id,
    level: chosen.engine.level,
    fits: chosen.fits,
    checks,
    reasons: checks.filter((c) => c.verdict !== 'unknown').map((c) => c.because),
    leaveWhen: chosen.engine.leaveWhen,
    failureModes: chosen.engine.failureModes,
    rejected,
    flipsAt: flip === undefined ? undefined : { rows: flip.flipsAt as number, constraint: flip.id },
  };
}

function rejection(
  engine: Engine,
  verdict: Verdict,
  recommended: Assessment,
): { because: string; holdsUpTo?: number } | undefined {
  if (!verdict.ok) return { because: verdict.because };
  const breaking = verdict.assessment.checks.filter((c) => c.verdict === 'breaks');
  if (breaking.length === 0) {
    if (engine === recommended.engine) return { because: 'this is the tier we would recommend' };
    return { because: `not needed: ${recommended.engine.title} holds it with less to operate` };
  }
  const first = breaking[0] as ConstraintCheck;
  const flips = breaking.flatMap((c) => (c.flipsAt === undefined ? [] : [c.flipsAt]));
  // Every breaking check has to hold, so the smallest count decides; a check that no count mends decides alone.
  const mendable = flips.length === breaking.length;
  return { because: first.because, ...(mendable && flips.length > 0 ? { holdsUpTo: Math.min(...flips) } : {}) };
}

function firstFlip(checks: readonly ConstraintCheck[]): ConstraintCheck | undefined {
  return checks.filter((c) => c.flipsAt !== undefined).sort((a, b) => (a.flipsAt as number) - (b.flipsAt as number))[0];
}
