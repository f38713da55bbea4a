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

/** Sets of inputs whose parts are kept: a command varies few, and a program that uses the library must not gather them. */
const MOST_KEPT = 16;

/** `make`, once for workloads that agree in every one of `inputs`, whatever else they hold: what does not depend on the rows. */
export function madeOnce<K extends keyof Workload, T>(
  inputs: readonly K[],
  make: (w: Pick<Workload, K>) => T,
): (w: Pick<Workload, K>) => T {
  const known: { readonly w: Pick<Workload, K>; readonly part: T }[] = [];
  return (w) => {
    const same = known.find((p) => inputs.every((id) => p.w[id] === w[id]));
    if (same !== undefined) return same.part;
    const part = make(w);
    if (known.length >= MOST_KEPT) known.shift();
    known.push({ w, part });
    return part;
  };
}
