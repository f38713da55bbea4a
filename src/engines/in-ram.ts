/** Latency is promised for data in RAM; from disk it is the disk's, which is not guessed. */
import { formatBytes, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { QueryPlan } from './engine.ts';
import { usableRam } from './machine.ts';

export interface Latency {
  /** As it may be printed: refused where it does not fit. */
  readonly query: QueryPlan;
  /** p99 with everything in RAM, also where it does not fit: for the row count at which it would be kept. */
  readonly p99InRam?: Quantity<'s'>;
}

/** @param resident bytes one machine must keep in RAM for `query` to hold */
export function onlyInRam(query: QueryPlan, resident: Quantity<'B'>, w: Workload): Latency {
  const limit = usableRam(w);
  const p99 = query.p99 === undefined ? {} : { p99InRam: query.p99 };
  if (resident.value <= limit.value || query.p99 === undefined) return { query, ...p99 };
  return {
    query: {
      refused: `${formatBytes(resident.value)} must be in RAM and ${formatBytes(limit.value)} can be; from disk the latency is the disk's, which we do not guess`,
    },
    ...p99,
  };
}
