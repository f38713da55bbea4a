/** The checks that decide whether an engine holds a workload: the binding constraint, not a row count. */

import type { Engine, EnginePlan } from '../engines/engine.ts';
import { peakWrites, usableRam } from '../engines/machine.ts';
import { rowsWithin } from '../engines/row-limit.ts';
import {
  derive,
  formatBytes,
  formatCount,
  formatInterval,
  formatMoney,
  formatSeconds,
  formatShortCount,
  leaf,
  type Quantity,
  stated,
} from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { grownPlan } from './flips.ts';
import type { ConstraintCheck } from './report.ts';
import { whenAsked } from './when-asked.ts';

/**
 * Every check of one plan, in the order they are told.
 * @param latency the check of the p99
 * @param monthly what a plan of this engine costs a month, for --budget
 */
export function checkConstraints(
  engine: Engine,
  plan: EnginePlan,
  w: Workload,
  latency: ConstraintCheck,
  monthly: (plan: EnginePlan) => Quantity | undefined,
): ConstraintCheck[] {
  const checks: (ConstraintCheck | undefined)[] = [
    tenancy(engine, w),
    ramCannotBind(plan, w, latency) ? undefined : ram(plan, w),
    buildMemory(plan, w),
    buildWindow(plan, w),
    latency,
    writeRate(plan, w),
    queryRate(plan, w),
    largestNamespace(engine, plan, w),
    shards(engine, plan, w),
    money(engine, plan, w, monthly),
  ];
  return checks.filter((c): c is ConstraintCheck => c !== undefined);
}

/** Namespaces of one user live well in one file; users who write at the same time do not. */
function tenancy(engine: Engine, w: Workload): ConstraintCheck | undefined {
  if (engine.level !== 1 || w.users === undefined) return undefined;
  const many = w.users.value > 1;
  return {
    id: 'tenancy',
    title: 'users of one file',
    actual: w.users,
    limit: leaf('users one embedded file is meant for', 1, 'count'),
    verdict: many ? 'breaks' : 'fits',
    because: many
      ? `${formatShortCount(w.users.value)} users: one file has one writer and no row-level security`
      : 'one user, one file',
  };
}

/**
 * True where the p99 is broken at a row count that RAM would hold many times over: RAM then has no part in the verdict, and
 * its bytes need not be worked out.
 */
function ramCannotBind(plan: EnginePlan, w: Workload, latency: ConstraintCheck): boolean {
  if (latency.verdict !== 'breaks' || latency.flipsAt === undefined || plan.residentAtMost === undefined) return false;
  return plan.residentAtMost(latency.flipsAt) <= usableRam(w).value;
}

function ram(plan: EnginePlan, w: Workload): ConstraintCheck {
  const limit = usableRam(w);
  const actual = plan.residentPerMachine;
  const breaks = actual.value > limit.value;
  const one = plan.machines.value > 1 ? ' a machine' : '';
  const flip = whenAsked(() =>
    plan.demand === undefined
      ? rowsWithin((n) => actual.value * plan.growth.resident(n), limit.value, w.memories.value)
      : undefined,
  );
  return {
    id: 'ram',
    title: 'resident in RAM',
    actual,
    limit,
    verdict: breaks ? 'breaks' : 'fits',
    get because() {
      return breaks
        ? `${formatBytes(actual.value)}${one} must stay resident and ${formatBytes(w.ram.value)} of RAM leave ${formatBytes(limit.value)}`
        : `${formatBytes(actual.value)}${one} resident of ${formatBytes(limit.value)} usable`;
    },
    get flipsAt() {
      return flip();
    },
  };
}

/** A build that aborts is no build: IVFFlat's k-means has to fit, it does not spill. */
function buildMemory(plan: EnginePlan, w: Workload): ConstraintCheck | undefined {
  const { error, memory, memoryPlanned } = plan.build;
  if (error === undefined) return undefined;
  return {
    id: 'build-memory',
    title: 'build memory',
    actual: memory,
    limit: memoryPlanned,
    verdict: 'breaks',
    because: error,
    mendable: memory !== undefined && memory.value <= w.ram.value / 2,
  };
}

function buildWindow(plan: EnginePlan, w: Workload): ConstraintCheck | undefined {
  const actual = plan.build.seconds;
  if (actual === undefined) return undefined;
  const breaks = actual.value > w.buildWindow.value;
  const flip = whenAsked(() =>
    plan.demand === undefined
      ? rowsWithin((n) => actual.value * plan.growth.build(n), w.buildWindow.value, w.memories.value)
      : undefined,
  );
  return {
    id: 'build-window',
    title: 'index build',
    actual,
    limit: w.buildWindow,
    verdict: breaks ? 'breaks' : 'fits',
    // Said when it is read: of a tier that is turned down, and at a row count that is only tried, nobody reads the interval.
    get because() {
      return `a build takes ≈ ${formatSeconds(actual.value)} (${formatInterval(actual)}) against a window of ${formatSeconds(w.buildWindow.value)}${straddles(actual, w.buildWindow)}`;
    },
    get flipsAt() {
      return flip();
    },
  };
}

/** The check of the p99 against the objective. */
export function checkLatency(plan: EnginePlan, w: Workload): ConstraintCheck {
  const title = 'p99 latency';
  const slo = w.sloP99;
  // Where it does not fit in RAM nothing is promised, but a smaller store that does fit has to keep its p99 too.
  const inRam = plan.p99InRam;
  const flip = whenAsked(() =>
    inRam === undefined ? undefined : rowsWithin((n) => inRam.value * plan.growth.p99(n), slo.value, w.memories.value),
  );
  // Too slow in RAM is too slow, whether or not it fits there.
  const actual = inRam !== undefined && inRam.value > slo.value ? inRam : plan.query.p99;
  if (actual === undefined) {
    const because = plan.query.refused ?? 'no latency model for this engine';
    return {
      id: 'p99',
      title,
      actual: undefined,
      limit: slo,
      verdict: 'unknown',
      because,
      get flipsAt() {
        return flip();
      },
    };
  }
  return {
    id: 'p99',
    title,
    actual,
    limit: slo,
    verdict: actual.value > slo.value ? 'breaks' : 'fits',
    get because() {
      return `p99 ≈ ${formatSeconds(actual.value)} (${formatInterval(actual)}) against ${formatSeconds(slo.value)}${straddles(actual, slo)}`;
    },
    get flipsAt() {
      return flip();
    },
  };
}

const straddles = (actual: Quantity, limit: Quantity): string =>
  actual.low <= limit.value && actual.high > limit.value ? ', which the interval straddles' : '';

function writeRate(plan: EnginePlan, w: Workload): ConstraintCheck | undefined {
  const peak = peakWrites(w);
  if (peak === undefined) return undefined;
  if (plan.insertRate === undefined) {
    return {
      id: 'write-rate',
      title: 'write rate',
      actual: peak,
      limit: undefined,
      verdict: 'unknown',
      because: `${rate(peak.value)} at the peak, and no model of inserts for this engine and index: measure it`,
    };
  }
  const actual = derive('writes at the peak, a machine', 'rows/s', 'peak / machines', {
    peak,
    machines: plan.machines,
  });
  const breaks = actual.value > plan.insertRate.value;
  return {
    id: 'write-rate',
    title: 'write rate',
    actual,
    limit: plan.insertRate,
    verdict: breaks ? 'breaks' : 'fits',
    because: `${rate(actual.value)} at the peak against ≈ ${rate(plan.insertRate.value)} that ${plan.machines.value > 1 ? 'each' : 'one'} machine inserts with every index kept`,
  };
}

/** Above this share of busy cores, waiting grows faster than load. */
const BUSY_SHARE: Quantity<'ratio'> = stated(
  'share of cores that searches may keep busy',
  0.7,
  'ratio',
  'assumed',
  'default: 70 % busy; beyond it queues decide the p99',
  0.5,
  0.8,
);

/** Searches a second, from the time one keeps a core busy. */
function queryRate(plan: EnginePlan, w: Workload): ConstraintCheck | undefined {
  if (w.queriesPerSecond === undefined) return undefined;
  const p50 = plan.query.p50;
  const title = 'query rate';
  const asked = derive('queries a second, a machine', 'queries/s', 'queries / machines', {
    queries: w.queriesPerSecond,
    machines: plan.machines,
  });
  const told = `${rate(asked.value).replace('rows/s', 'searches/s')}`;
  if (p50 === undefined) {
    const because = `${told} a machine, and no model of a search's time for this plan: measure it`;
    return { id: 'query-rate', title, actual: asked, limit: undefined, verdict: 'unknown', because };
  }
  const limit = derive('searches a second one machine answers', 'queries/s', 'cores * busy / p50', {
    cores: w.cores,
    busy: BUSY_SHARE,
    p50,
  });
  return {
    id: 'query-rate',
    title,
    actual: asked,
    limit,
    verdict: asked.value > limit.value ? 'breaks' : 'fits',
    because: `${told} a machine against ≈ ${formatCount(limit.value)} that ${formatCount(w.cores.value)} cores answer`,
  };
}

/** "0.06 rows/s", "1,157 rows/s": a rate is seldom a whole number. */
const rate = (perSecond: number): string =>
  `${perSecond >= 10 ? formatCount(Math.round(perSecond)) : Number(perSecond.toPrecision(2))} rows/s`;

function largestNamespace(engine: Engine, plan: EnginePlan, w: Workload): ConstraintCheck | undefined {
  if (w.largestNamespace === undefined || engine.level !== 3) return undefined;
  const perMachine = w.memories.value / plan.machines.value;
  const holds = (perMachine * usableRam(w).value) / Math.max(plan.residentPerMachine.value, 1);
  const limit = leaf('memories one shard can hold', Math.floor(holds), 'rows', {
    basis: plan.residentPerMachine.basis,
  });
  const breaks = w.largestNamespace.value > limit.value;
  return {
    id: 'largest-namespace',
    title: 'largest namespace',
    actual: w.largestNamespace,
    limit,
    verdict: breaks ? 'breaks' : 'fits',
    because: breaks
      ? `the largest namespace (${formatShortCount(w.largestNamespace.value)}) is more than one shard holds (${formatShortCount(limit.value)}), and a namespace cannot be split by hash`
      : `the largest namespace (${formatShortCount(w.largestNamespace.value)}) fits one shard (${formatShortCount(limit.value)})`,
  };
}

function shards(engine: Engine, plan: EnginePlan, w: Workload): ConstraintCheck | undefined {
  if (engine.level !== 3 || plan.demand === undefined) return undefined;
  const demand = plan.demand;
  const flip = whenAsked(() =>
    // Shards bought for writes are needed at any row count.
    plan.machines.value <= w.maxShards.value || demand > w.maxShards.value
      ? rowsWithin((n) => demand * plan.growth.demand(n), w.maxShards.value, w.memories.value)
      : undefined,
  );
  return {
    id: 'shards',
    title: 'shards to operate',
    actual: plan.machines,
    limit: w.maxShards,
    verdict: plan.machines.value > w.maxShards.value ? 'breaks' : 'fits',
    get because() {
      return `${formatCount(plan.machines.value)} shards of ${formatBytes(w.ram.value)} against ${formatCount(w.maxShards.value)} that the team can operate`;
    },
    get flipsAt() {
      return flip();
    },
  };
}

function money(
  engine: Engine,
  plan: EnginePlan,
  w: Workload,
  monthly: (plan: EnginePlan) => Quantity | undefined,
): ConstraintCheck | undefined {
  if (w.budget === undefined) return undefined;
  const budget = w.budget;
  const actual = monthly(plan);
  if (actual === undefined) return undefined;
  const flip = whenAsked(() =>
    rowsWithin((n) => monthly(grownPlan(engine, plan, w, n))?.value ?? 0, budget.value, w.memories.value),
  );
  return {
    id: 'money',
    title: 'money a month',
    actual,
    limit: budget,
    verdict: actual.value > budget.value ? 'breaks' : 'fits',
    because: `≈ ${formatMoney(actual.value)} a month against a budget of ${formatMoney(budget.value)}`,
    get flipsAt() {
      return flip();
    },
  };
}
