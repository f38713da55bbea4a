/** One dated price, and the catalogue as a map of them. Every figure carries where it was read and when it held. */
import { derive, InputError, leaf, nearest, type Quantity } from '../quantity/index.ts';

/** What a price is quoted per. Rates (`…/min`) and request limits stand in the same catalogue: they bind time, not money. */
export type PriceUnit =
  | 'USD/1M tokens'
  | 'USD/1M queries'
  | 'USD/GB-month'
  | 'USD/GB'
  | 'USD/TB'
  | 'USD/IOPS-month'
  | 'USD/hour'
  | 'USD/month'
  | 'tokens/min'
  | 'requests/min'
  | 'tokens'
  | 'inputs';

export type PriceGroup = 'embedding' | 'extraction' | 'storage' | 'compute' | 'cache' | 'vector-store' | 'limit';

export interface Price {
  /** Stable id, the one an override names: `text-embedding-3-small.input`. */
  readonly id: string;
  readonly title: string;
  readonly group: PriceGroup;
  readonly value: number;
  /** Interval over sources that disagree; absent where they agree. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  readonly unit: PriceUnit;
  /**
   * Day on which the figure held, ISO `YYYY-MM-DD`; the first of the month where the source names only the month. Where
   * the source bears no date at all it is the day the figure was taken over, and `undated` says so.
   */
  readonly asOf: string;
  readonly undated?: true | undefined;
  readonly source: string;
  /** What the figure does not cover, or what contradicts it. */
  readonly notes?: string | undefined;
  /** For instances: bytes of RAM it offers to the program that runs on it. */
  readonly ram?: number | undefined;
  /** Who sells it, where an imported file says so; `providerOf` knows the shipped ones. */
  readonly provider?: string;
  /** For embedding models of an imported file: the dimensions that the model returns. */
  readonly dimensions?: number;
  /** True once the user replaced the value. */
  readonly overridden?: boolean;
}

/** Where figures were read, and the day on which they held. */
export interface PriceSource {
  readonly asOf: string;
  readonly source: string;
  readonly undated?: true;
}

/**
 * One entry of the shipped catalogue. Every start makes a hundred of them, before anything has been compiled: one literal that
 * is run a hundred times is a tenth of the work of a hundred literals.
 */
export function priceRow(
  group: PriceGroup,
  read: PriceSource,
  id: string,
  title: string,
  unit: PriceUnit,
  value: number,
  notes?: string,
  low?: number,
  high?: number,
  ram?: number,
): Price {
  return {
    id,
    title,
    group,
    unit,
    asOf: read.asOf,
    undated: read.undated,
    source: read.source,
    notes,
    low,
    high,
    ram,
    value,
  };
}

/** Prices by id, in catalogue order. */
export interface Catalogue extends ReadonlyMap<string, Price> {
  /** The prices of one group, where they can be had without the others. */
  group?(group: PriceGroup): ReadonlyMap<string, Price>;
}

/** @throws InputError `unknown-price` with the nearest id */
export function findPrice(catalogue: Catalogue, id: string, where = 'price'): Price {
  const found = catalogue.get(id);
  if (found !== undefined) return found;
  const close = nearest(id, catalogue.keys());
  throw new InputError(
    'unknown-price',
    `${where}: no price is called "${id}"${close === undefined ? '' : `; did you mean ${close}?`}`,
    'docs/prices.md lists every id',
  );
}

/** A price never changes, so neither does what it comes to per token. */
const tokenPrices = new WeakMap<Price, Quantity<'USD/token'>>();

/** Money per token, from a price quoted per million. @throws InputError when the price is not per tokens */
export function perToken(price: Price): Quantity<'USD/token'> {
  let q = tokenPrices.get(price);
  if (q === undefined) {
    expectUnit(price, 'USD/1M tokens');
    q = derive(`${price.title}, per token`, 'USD/token', 'price / 1_000_000', { price: quoted(price, 'USD') });
    tokenPrices.set(price, q);
  }
  return q;
}

/** @throws InputError when the price is not per GB and month */
export function perGbMonth(price: Price): Quantity<'USD/GB-month'> {
  expectUnit(price, 'USD/GB-month');
  return quoted(price, 'USD/GB-month');
}

/** A limit of a provider (requests or tokens a minute, tokens or inputs a request) as a plain count. */
export function limitOf(price: Price): Quantity<'count'> {
  return quoted(price, 'count');
}

/** The figure as the catalogue has it, in the given unit; `documented`, or `exact` once the user has set it. */
export function quoted<U extends 'USD' | 'USD/GB-month' | 'USD/hour' | 'USD/month' | 'count'>(
  price: Price,
  unit: U,
): Quantity<U> {
  return leaf(`${price.title} (${price.unit})`, price.value, unit, {
    low: price.low ?? price.value,
    high: price.high ?? price.value,
    basis: price.overridden === true ? 'exact' : 'documented',
    source:
      price.overridden === true
        ? price.source
        : `${price.source}, ${price.undated === true ? 'seen' : 'as of'} ${price.asOf}`,
  });
}

function expectUnit(price: Price, unit: PriceUnit): void {
  if (price.unit === unit) return;
  throw new InputError('price-unit', `price ${price.id}: is in ${price.unit}, and ${unit} is needed here`);
}
