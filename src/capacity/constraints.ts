/** The checks that decide whether an engine holds a workload: the binding constraint, not a row count. */

import type { Engine, EnginePlan } from '../engines/engine.ts';
import { usableRam } from '../engines/machine.ts';
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
} from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { ConstraintCheck } from './report.ts';

/** Writes cluster: the busiest hour of a consumer product carries about five times the mean. */
const PEAK_FACTOR: Quantity<'ratio'> = leaf('peak over mean write rate', 5, 'ratio', {
  low: 2,
  high: 10,
  basis: 'assumed',
  source: 'default: the busiest hour writes five times the mean',
});

const DAY_SECONDS = 86_400;

/** Every check of one plan, in the order they are told. `monthly` is the plan's cost, for --budget. */
export function checkConstraints(
  engine: Engine,
  plan: EnginePlan,
  w: Workload,
  monthly: Quantity | undefined,
): ConstraintCheck[] {
  const checks: (ConstraintCheck | undefined)[] = [
    tenancy(engine, w),
    ram(plan, w),
    buildWindow(plan, w),
    p99(plan, w),
    writeRate(plan, w),
    largestNamespace(engine, plan, w),
    shards(engine, plan, w),
    money(w, monthly),
  ];
  return checks.filter((c): c is ConstraintCheck => c !== undefined);
}

function tenancy(engine: Engine, w: Workload): ConstraintCheck | undefined {
  if (engine.level !== 1 || w.namespaces === undefined) return undefined;
  const many = w.namespaces.value > 1;
  return {
    id: 'tenancy',
    title: 'namespaces in one file',
    actual: w.namespaces,
    limit: leaf('namespaces one embedded file is meant for', 1, 'count'),
    verdict: many ? 'breaks' : 'fits',
    because: many
      ? `${formatShortCount(w.namespaces.value)} namespaces: one file has one writer and no row-level security`
      : 'a single namespace in a single file',
  };
}

function ram(plan: EnginePlan, w: Workload): ConstraintCheck {
  const limit = usableRam(w);
  const actual = plan.residentPerMachine;
  const breaks = actual.value > limit.value;
  const one = plan.machines.value > 1 ? ' a machine' : '';
  const flip = rowsWhere((n) => actual.value * plan.growth.resident(n), limit.value, w.memories.value);
  return {
    id: 'ram',
    title: 'resident in RAM',
    actual,
    limit,
    verdict: breaks ? 'breaks' : 'fits',
    because: breaks
      ? `${formatBytes(actual.value)}${one} must stay resident and ${formatBytes(w.ram.value)} of RAM leave ${formatBytes(limit.value)}`
      : `${formatBytes(actual.value)}${one} resident of ${formatBytes(limit.value)} usable`,
    ...(flip === undefined ? {} : { flipsAt: flip }),
  };
}

function buildWindow(plan: EnginePlan, w: Workload): ConstraintCheck | undefined {
  const actual = plan.build.seconds;
  if (actual === undefined) return undefined;
  const breaks = actual.value > w.buildWindow.value;
  const flip = rowsWhere((n) => actual.value * plan.growth.build(n), w.buildWindow.value, w.memories.value);
  const open =
    actual.low <= w.buildWindow.value && actual.high > w.buildWindow.value
      ? ' (the interval straddles it: calibrate)'
      : '';
  return {
    id: 'build-window',
    title: 'index build',
    actual,
    limit: w.buildWindow,
    verdict: breaks ? 'breaks' : 'fits',
    because: `a build takes ≈ ${formatInterval(actual)} against a window of ${formatSeconds(w.buildWindow.value)}${open}`,
    ...(flip === undefined ? {} : { flipsAt: flip }),
  };
}

function p99(plan: EnginePlan, w: Workload): ConstraintCheck {
  const actual = plan.query.p99;
  const title = 'p99 latency';
  if (actual === undefined) {
    return {
      id: 'p99',
      title,
      actual: undefined,
      limit: w.sloP99,
      verdict: 'unknown',
      because: plan.query.refused ?? 'no latency model for this engine',
    };
  }
  const breaks = actual.value > w.sloP99.value;
  const flip = rowsWhere((n) => actual.value * plan.growth.p99(n), w.sloP99.value, w.memories.value);
  return {
    id: 'p99',
    title,
    actual,
    limit: w.sloP99,
    verdict: breaks ? 'breaks' : 'fits',
    because: `p99 ≈ ${formatInterval(actual)} against ${formatSeconds(w.sloP99.value)}`,
    ...(flip === undefined ? {} : { flipsAt: flip }),
  };
}

function writeRate(plan: EnginePlan, w: Workload): ConstraintCheck | undefined {
  if (w.writesPerDay === undefined || plan.insertRate === undefined) return undefined;
  const actual = derive('writes at the peak, a machine', 'rows/s', 'writes / day * peak / machines', {
    writes: w.writesPerDay,
    day: leaf('seconds a day', DAY_SECONDS, 's'),
    peak: PEAK_FACTOR,
    machines: plan.machines,
  });
  const breaks = actual.value > plan.insertRate.value;
  return {
    id: 'write-rate',
    title: 'write rate',
    actual,
    limit: plan.insertRate,
    verdict: breaks ? 'breaks' : 'fits',
    because: `${formatCount(actual.value)} rows/s at the peak against ≈ ${formatCount(plan.insertRate.value)} a machine can insert with every index kept`,
  };
}

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
  if (engine.level !== 3) return undefined;
  const breaks = plan.machines.value > w.maxShards.value;
  return {
    id: 'shards',
    title: 'shards to operate',
    actual: plan.machines,
    limit: w.maxShards,
    verdict: breaks ? 'breaks' : 'fits',
    because: `${formatCount(plan.machines.value)} shards of ${formatBytes(w.ram.value)} against ${formatCount(w.maxShards.value)} that the team can operate`,
    flipsAt: Math.floor((w.memories.value / plan.machines.value) * w.maxShards.value),
  };
}

function money(w: Workload, monthly: Quantity | undefined): ConstraintCheck | undefined {
  if (w.budget === undefined || monthly === undefined) return undefined;
  const breaks = monthly.value > w.budget.value;
  const flip = monthly.value > 0 ? Math.floor((w.memories.value * w.budget.value) / monthly.value) : undefined;
  return {
    id: 'money',
    title: 'money a month',
    actual: monthly,
    limit: w.budget,
    verdict: breaks ? 'breaks' : 'fits',
    because: `≈ ${formatMoney(monthly.value)} a month against a budget of ${formatMoney(w.budget.value)}`,
    ...(flip === undefined ? {} : { flipsAt: flip }),
  };
}

/** More rows than anybody stores: beyond it a constraint never binds. */
const FAR = 1e13;

/**
 * The largest row count at which a rising figure stays within its limit, by bisection on the logarithm.
 * @returns undefined when the figure never reaches the limit below 10^13 rows, or exceeds it at one row
 */
export function rowsWhere(figure: (rows: number) => number, limit: number, around: number): number | undefined {
  let low = 1;
  let high = Math.max(around, 2);
  if (figure(low) > limit) return undefined;
  while (figure(high) <= limit) {
    low = high;
    high *= 16;
    if (high > FAR) return undefined;
  }
  for (let i = 0; i < 60 && high / low > 1.0005; i++) {
    const middle = Math.sqrt(low * high);
    if (figure(middle) <= limit) low = middle;
    else high = middle;
  }
  return Math.floor(low);
}
