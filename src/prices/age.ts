/** How old a price is. The clock is passed in: the same catalogue gives the same warnings in a test and in five years. */
import type { Catalogue, Price } from './price.ts';

const DAY_MS = 86_400_000;

/** Above this age a price is worth checking again: providers change lists a few times a year. */
export const STALE_AFTER_DAYS = 90;

/**
 * Whole days between the day a price held and `now`; 0 for a day in the future.
 * @param asOf ISO day `YYYY-MM-DD`
 */
export function catalogueAge(asOf: string, now: Date): number {
  const then = Date.parse(`${asOf}T00:00:00Z`);
  if (Number.isNaN(then)) throw new RangeError(`price date "${asOf}" is not a day such as 2026-05-31`);
  return Math.max(0, Math.floor((now.getTime() - then) / DAY_MS));
}

export interface PriceAge {
  readonly price: Price;
  readonly days: number;
  readonly stale: boolean;
  /** One sentence for the user, present when it is stale. */
  readonly warning?: string;
}

/** Age of one price. What the user set is never stale: its date is theirs to know. */
export function priceAge(price: Price, now: Date): PriceAge {
  const days = catalogueAge(price.asOf, now);
  const stale = price.overridden !== true && days > STALE_AFTER_DAYS;
  if (!stale) return { price, days, stale };
  return {
    price,
    days,
    stale,
    warning: `${price.id} is ${days} days old (${price.asOf}): check it, or set it with --price ${price.id}=VALUE`,
  };
}

/** The stale ones among the given prices (default: all), oldest first. */
export function stalePrices(catalogue: Catalogue, now: Date, ids: Iterable<string> = catalogue.keys()): PriceAge[] {
  const ages: PriceAge[] = [];
  for (const id of ids) {
    const price = catalogue.get(id);
    if (price === undefined) continue;
    const age = priceAge(price, now);
    if (age.stale) ages.push(age);
  }
  return ages.sort((a, b) => b.days - a.days || (a.price.id < b.price.id ? -1 : 1));
}
