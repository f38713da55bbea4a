/** Parts that the plans of one command share: another engine, another index or a wider vector leaves most tables as they are. */
import type { Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

/**
 * `plan`, made once for workloads of the same memories that agree in every one of `inputs`; it sees no others, so that none
 * can be forgotten here. Inputs are compared by identity: what is planned again has to be the same object, not an equal one.
 */
export function plannedOnce<K extends keyof Workload, T>(
  inputs: readonly K[],
  plan: (w: Pick<Workload, K | 'memories'>) => T,
): (w: Pick<Workload, K | 'memories'>) => T {
  const known = new WeakMap<Quantity, { readonly w: Pick<Workload, K>; readonly part: T }[]>();
  return (w) => {
    let planned = known.get(w.memories);
    if (planned === undefined) {
      planned = [];
      known.set(w.memories, planned);
    }
    const same = planned.find((p) => inputs.every((id) => p.w[id] === w[id]));
    if (same !== undefined) return same.part;
    const part = plan(w);
    planned.push({ w, part });
    return part;
  };
}
