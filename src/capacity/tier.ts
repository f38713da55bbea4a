/**
 * The tier, by its binding constraint: RAM, build window, p99, write rate, largest namespace, shards to operate, money.
 * A row count alone decides nothing: 1M × 384 and 1M × 3,072 are different stores.
 */

import type { Engine } from '../engines/engine.ts';
import { ENGINES, engineOf, LADDER } from '../engines/index.ts';
import { InputError } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { type Assessment, assess, assessHere, type Verdict } from './assess.ts';
import type { PriceBook } from './cost.ts';
import { firstFlip } from './flips.ts';
import type { ConstraintCheck, RejectedTier, TierAnswer } from './report.ts';
import { whenAsked } from './when-asked.ts';

export interface Choice {
  /** The engine the report is about: the one asked for, or the lowest tier that fits. */
  readonly chosen: Assessment;
  /** The lowest tier that fits, or the last one where none does; the same as `chosen` unless an engine was asked for. */
  readonly recommended: Assessment;
  readonly tier: TierAnswer;
}

/**
 * The tiers are planned when somebody asks about them: at once where one has to be chosen, and where an engine is named only
 * for what is told of the others.
 * @throws InputError when the engine asked for cannot hold the workload, or no tier can
 */
export function chooseTier(w: Workload, prices: PriceBook): Choice {
  const engine = engineOf(w);
  const named = engine === undefined ? undefined : asked(engine, w, prices);
  const verdicts = whenAsked(() => climb(w, prices, named));
  const recommended = whenAsked(() => lowestFitting(verdicts()));
  const chosen = named ?? recommended();
  if (chosen === undefined) {
    throw noEngine(w, prices, verdicts());
  }
  const best = (): Assessment => recommended() ?? chosen;
  const tier = whenAsked(() => answer(chosen, best, verdicts, w));
  return {
    chosen,
    get recommended() {
      return best();
    },
    get tier() {
      return tier();
    },
  };
}

/**
 * Tiers from the lowest up to the first that fits; those above it are not needed and so not planned.
 * @param known an engine that has been planned for this workload
 */
function climb(w: Workload, prices: PriceBook, known: Assessment | undefined): Map<Engine, Verdict> {
  const verdicts = new Map<Engine, Verdict>();
  for (const engine of LADDER) {
    const verdict: Verdict = engine === known?.engine ? { ok: true, assessment: known } : assess(engine, w, prices);
    verdicts.set(engine, verdict);
    if (verdict.ok && verdict.assessment.holds) break;
  }
  return verdicts;
}

function asked(engine: Engine, w: Workload, prices: PriceBook): Assessment {
  const verdict = assess(engine, w, prices);
  if (verdict.ok) return verdict.assessment;
  throw new InputError('engine-unfit', verdict.because);
}

/** None of the four tiers can be planned: says which other engine could, and why each tier cannot. */
function noEngine(w: Workload, prices: PriceBook, verdicts: ReadonlyMap<Engine, Verdict>): InputError {
  const reasons = [...verdicts].flatMap(([engine, v]) => (v.ok ? [] : [`${engine.title}: ${v.because}`]));
  const others = ENGINES.filter((e) => !verdicts.has(e) && assessHere(e, w, prices).ok).map((e) => `--engine ${e.id}`);
  return new InputError(
    'no-engine',
    others.length > 0
      ? `none of the four tiers can hold this workload; ${others.join(' or ')} can`
      : 'no engine can hold this workload: its type, its dimensions and its index fit none together',
    reasons.join('; '),
  );
}

/**
 * The lowest tier whose checks all hold; where none does, the one that holds the most memories, the lower on a tie: a budget
 * that one machine exceeds is no reason to run two. What no tier holds at any row count is the highest tier's to tell.
 */
function lowestFitting(verdicts: ReadonlyMap<Engine, Verdict>): Assessment | undefined {
  const planned = [...verdicts.values()].flatMap((v) => (v.ok ? [v.assessment] : []));
  const lowest = planned.find((a) => a.holds);
  if (lowest !== undefined) return lowest;
  let nearest: Assessment | undefined;
  let most = -1;
  // From the highest: a lower one seldom holds more, which its p99 shows before its sizes are worked out.
  for (const a of planned.reverse()) {
    if (mayHold(a) < most * FAR_LESS) continue;
    const holds = holdsUpTo(a) ?? 0;
    if (holds > most || (holds === most && holds > 0)) {
      most = holds;
      nearest = a;
    }
  }
  return nearest;
}

/** Confirming a row count by another plan moves it by less than this. */
const FAR_LESS = 0.1;

/** The row count at which the p99 gives way, where that is what breaks: no more is held. */
function mayHold({ latency }: Assessment): number {
  return latency.verdict === 'breaks' ? (latency.flipsAt ?? 0) : Number.POSITIVE_INFINITY;
}

/**
 * The row count up to which every check holds: the smallest flip. Undefined where a broken check is one that no row count
 * mends, or nothing flips.
 */
function holdsUpTo(a: Assessment): number | undefined {
  if (a.checks.some((c) => c.verdict === 'breaks' && c.flipsAt === undefined)) return undefined;
  return firstFlip(a.checks)?.flipsAt;
}

/** Objectives that were asked for and that no model could check: silence about them would read as a promise. */
function unchecked(checks: readonly ConstraintCheck[], w: Workload): string[] {
  const asked: Readonly<Record<string, string>> = {
    p99: 'slo-p99',
    'write-rate': 'writes-per-day',
    'query-rate': 'queries-per-second',
  };
  return checks
    .filter(
      (c) =>
        c.verdict === 'unknown' &&
        w.origin[asked[c.id] ?? ''] !== undefined &&
        w.origin[asked[c.id] ?? ''] !== 'default',
    )
    .map((c) => `${c.title} not checked: ${c.because}`);
}

/** What a verb shows of it differs: the tiers that are turned down, and the row counts, are looked into when they are asked for. */
function answer(
  chosen: Assessment,
  recommended: () => Assessment,
  verdicts: () => ReadonlyMap<Engine, Verdict>,
  w: Workload,
): TierAnswer {
  const breaking = chosen.checks.filter((c) => c.verdict === 'breaks');
  const checks = [...breaking, ...chosen.checks.filter((c) => c.verdict !== 'breaks')];
  const rejected = whenAsked(() => rejectedFor(chosen, recommended(), verdicts()));
  return {
    id: chosen.engine.id,
    level: chosen.engine.level,
    fits: chosen.fits,
    checks,
    get reasons() {
      return checks.filter((c) => c.verdict !== 'unknown').map((c) => c.because);
    },
    get unchecked() {
      return unchecked(chosen.checks, w);
    },
    leaveWhen: chosen.engine.leaveWhen,
    failureModes: chosen.engine.failureModes,
    get rejected() {
      return rejected();
    },
    get flipsAt() {
      // A broken check that no row count mends leaves nothing to flip.
      const hopeless = breaking.some((c) => c.flipsAt === undefined);
      const flip = hopeless ? undefined : firstFlip(chosen.checks);
      return flip === undefined ? undefined : { rows: flip.flipsAt as number, constraint: flip.id };
    },
  };
}

function rejectedFor(
  chosen: Assessment,
  recommended: Assessment,
  verdicts: ReadonlyMap<Engine, Verdict>,
): RejectedTier[] {
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
  return rejected;
}

function rejection(
  engine: Engine,
  verdict: Verdict,
  recommended: Assessment,
): { because: string; holdsUpTo?: number; by?: string } | undefined {
  if (!verdict.ok) return { because: verdict.because };
  const breaking = verdict.assessment.checks.filter((c) => c.verdict === 'breaks');
  if (breaking.length === 0) {
    if (engine === recommended.engine) return { because: 'it holds it too and is what we would recommend' };
    return { because: `not needed: ${recommended.engine.title} holds it with less to operate` };
  }
  const holds = holdsUpTo(verdict.assessment);
  const binds = firstFlip(verdict.assessment.checks);
  // The reason that is told is the one whose row count is told with it, where that is among the broken ones.
  const told = breaking.find((c) => c === binds && holds !== undefined) ?? (breaking[0] as ConstraintCheck);
  const by = holds === undefined || binds === undefined || binds === told ? {} : { by: binds.title };
  return { because: told.because, ...(holds === undefined ? {} : { holdsUpTo: holds }), ...by };
}
