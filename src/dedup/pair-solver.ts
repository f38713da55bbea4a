/** Carries out the tasks of the near-pair search, one after the other: the whole of what a worker does. */
import { type Kernel, openKernel } from './kernel/kernel.ts';
import { measureChunk, type SignCache } from './measure-chunk.ts';
import { nearestRows } from './nearest-rows.ts';
import { type OpenPlan, openPlan } from './open-plan.ts';
import { PAIR_TASK_VERSION, type PairAnswer, type PairTask } from './pair-task.ts';
import { joinRectangles } from './pair-tile.ts';

/** A solver with a kernel and the open plans of its own. */
export function pairSolver(): (task: PairTask) => PairAnswer {
  const kernel: Kernel = openKernel();
  const signs: SignCache = new Map();
  const plans = new Map<number, OpenPlan>();
  const planOf = (id: number): OpenPlan => {
    const plan = plans.get(id);
    if (plan === undefined) throw new Error(`plan ${id} is not open`);
    return plan;
  };
  return (task) => {
    switch (task.kind) {
      case 'hello':
        return PAIR_TASK_VERSION;
      case 'measure':
        return measureChunk(kernel, task, signs);
      case 'open':
        plans.set(task.plan, openPlan(task.what));
        return null;
      case 'forget':
        plans.delete(task.plan);
        return null;
      case 'join':
        return joinRectangles(kernel, planOf(task.plan), task);
      case 'nearest':
        return nearestRows(kernel, planOf(task.plan), task);
    }
  };
}
