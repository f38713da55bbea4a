/** Sums over the components of a plan, and what to buy for them. */
import type { EnginePlan } from '../engines/engine.ts';
import { DISK_FILL, ramToProvision } from '../engines/machine.ts';
import { derive, oncePer, type Quantity, sum } from '../quantity/index.ts';
import type { CapacityTotals } from './report.ts';

export function totalsOf(plan: EnginePlan): CapacityTotals {
  return {
    disk: total(plan, 'disk'),
    resident: total(plan, 'resident'),
    rebuildPeak: plan.rebuildPeak,
    diskToProvision: diskToProvision(plan),
    ramToProvision: ramToProvision(total(plan, 'resident')),
  };
}

/** Disk to buy: everything, the rebuild beside it, and a fifth that stays free. */
export function diskToProvision(plan: EnginePlan): Quantity<'B'> {
  return derive('disk to provision', 'B', '(disk + rebuild) / fill', {
    disk: total(plan, 'disk'),
    rebuild: plan.rebuildPeak,
    fill: DISK_FILL,
  });
}

/** Sums that were made: a report, its prices and its limits ask for the same ones. */
const summed: Readonly<Record<'disk' | 'resident', (plan: EnginePlan) => Quantity<'B'>>> = {
  disk: oncePer((plan) => totalOf(plan, 'disk'), new WeakMap()),
  resident: oncePer((plan) => totalOf(plan, 'resident'), new WeakMap()),
};

/** Bytes of all components, on one side. */
export function total(plan: EnginePlan, side: 'disk' | 'resident'): Quantity<'B'> {
  return summed[side](plan);
}

function totalOf(plan: EnginePlan, side: 'disk' | 'resident'): Quantity<'B'> {
  const [first, ...rest] = plan.components.map((c) => c[side]);
  if (first === undefined) throw new Error('a plan has at least one component');
  return sum(side === 'disk' ? 'bytes on disk' : 'resident bytes', first, ...rest);
}
