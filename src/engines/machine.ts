/** What one machine can give to a store. */
import { derive, leaf, type Quantity, stated } from '../quantity/index.ts';
import { USABLE_SHARE, type Workload } from '../workload/index.ts';

/** Bytes of pages that one machine keeps in memory. */
export function usableRam(w: Workload): Quantity<'B'> {
  return derive('RAM the store may fill', 'B', 'ram * share', { ram: w.ram, share: USABLE_SHARE });
}

/** Writes cluster: the busiest hour of a consumer product carries about five times the mean. */
const PEAK_FACTOR: Quantity<'ratio'> = stated(
  'peak over mean write rate',
  5,
  'ratio',
  'assumed',
  'default: the busiest hour writes five times the mean',
  2,
  10,
);

const DAY: Quantity<'s'> = leaf('seconds a day', 86_400, 's');

/** Rows a second at the busiest hour, all machines together; undefined where nobody said how much is written. */
export function peakWrites(w: Workload): Quantity<'rows/s'> | undefined {
  if (w.writesPerDay === undefined) return undefined;
  return derive('writes at the peak', 'rows/s', 'writes / day * peak', {
    writes: w.writesPerDay,
    day: DAY,
    peak: PEAK_FACTOR,
  });
}

/** Share of a disk that may be full before growth or a rebuild becomes an incident. */
export const DISK_FILL: Quantity<'ratio'> = stated(
  'share of the disk that may be full',
  0.8,
  'ratio',
  'assumed',
  'default: 20 % of the disk stays free',
);

/** RAM to buy for a given resident set. */
export function ramToProvision(resident: Quantity<'B'>): Quantity<'B'> {
  return derive('RAM to provision', 'B', 'resident / share', { resident, share: USABLE_SHARE });
}
