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
import { firstFlip } from './flips.ts';
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
  const verdicts = climb(w, prices);
  const recommended = lowestFitting(verdicts);
  const chosen = w.engine === undefined ? recommended : asked(w, prices, verdicts);
  if (chosen === undefined) {
    const reasons = [...verdicts].map(([engine, v]) => `${engine.title}: ${v.ok ? 'holds it' : v.because}`);
    throw new InputError('no-engine', `no engine of the ladder holds this workload: ${reasons.join('; ')}`);
  }
  return { chosen, recommended: recommended ?? chosen, tier: answer(chosen, recommended ?? chosen, verdicts) };
}

/** Tiers from the lowest up to the first that fits; those above it are not needed and so not planned. */
function climb(w: Workload, prices: PriceBook): Map<Engine, Verdict> {
  const verdicts = new Map<Engine, Verdict>();
  for (const engine of LADDER) {
    const verdict = assess(engine, w, prices);
    verdicts.set(engine, verdict);
    if (verdict.ok && verdict.assessment.fits) break;
  }
  return verdicts;
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
  for (const engine of LADDER) {
    if (verdicts.has(engine) || engine === chosen.engine || engine.level === undefined) continue;
    rejected.push({
      id: engine.id,
      title: engine.title,
      level: engine.level,
      because: `not needed: ${recommended.engine.title} holds it with less to operate`,
    });
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
    if (engine === recommended.engine) return { because: 'it holds it too and is what we would recommend' };
    return { because: `not needed: ${recommended.engine.title} holds it with less to operate` };
  }
  const first = breaking[0] as ConstraintCheck;
  // Below the smallest flip of any check every one of them holds; a broken check that no count mends decides alone.
  const flips = verdict.assessment.checks.flatMap((c) => (c.flipsAt === undefined ? [] : [c.flipsAt]));
  const mendable = breaking.every((c) => c.flipsAt !== undefined);
  return { because: first.because, ...(mendable && flips.length > 0 ? { holdsUpTo: Math.min(...flips) } : {}) };
}
