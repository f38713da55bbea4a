import { type Quantity, stated } from '../quantity/index.ts';
import type { Price } from './price.ts';

/** One line of money in a report. */
export interface CostLine<U extends 'USD' | 'USD/month' = 'USD' | 'USD/month'> {
  /** `embedding`, `extraction`, `storage`, `backup`, `compute`, `cache`. */
  readonly id: string;
  readonly title: string;
  readonly usd: Quantity<U>;
  readonly note?: string;
  /** The instance that is bought, where it is a line of machines. */
  readonly instance?: Price;
}

export interface CostLines {
  /** Paid once, for the memories that are there. */
  readonly oneOff: readonly CostLine<'USD'>[];
  readonly monthly: readonly CostLine<'USD/month'>[];
}

/** Lines of which those paid once are worked out when asked for: a day of a forecast is told by its month alone. */
export function paidOnce(oneOff: () => CostLine<'USD'>[], monthly: readonly CostLine<'USD/month'>[]): CostLines {
  return {
    get oneOff() {
      return oneOff();
    },
    monthly,
  };
}

/** 365.25 days over 12: what a daily rate comes to in a mean month. */
export const DAYS_PER_MONTH: Quantity<'ratio'> = stated('days in a month', 30.4375, 'ratio', 'exact', '365.25 / 12');

/** Hours that clouds bill for a month of an instance that is always on. */
export const HOURS_PER_MONTH: Quantity<'ratio'> = stated('hours in a month', 730, 'ratio', 'exact', '8,760 / 12');

/** Disk is sold in gigabytes of 10^9 here; where a provider counts in GiB the same bytes cost 7 % less. */
export const BYTES_PER_GB: Quantity<'B'> = stated('bytes in a GB', 1e9, 'B', 'exact', 'GB = 10^9 bytes');
