/** The shipped catalogue, and how a user puts own prices over it. */
import { InputError } from '../quantity/index.ts';
import { embeddingLimits, embeddingPrices } from './embedding-models.ts';
import { extractionPrices } from './extraction-models.ts';
import { cachePrices, computePrices, storagePrices, vectorStorePrices } from './infrastructure.ts';
import { type Catalogue, findPrice, type Price } from './price.ts';

/** Made by the run that asks what something costs: bundles without a price leave it out. */
export const CATALOGUE: Catalogue = /* @__PURE__ */ shipped();

function shipped(): Catalogue {
  const groups = [
    embeddingPrices(),
    extractionPrices(),
    storagePrices(),
    computePrices(),
    cachePrices(),
    vectorStorePrices(),
    embeddingLimits(),
  ];
  const byId = new Map<string, Price>();
  for (const prices of groups) for (const price of prices) byId.set(price.id, price);
  return byId;
}

/** More than this a unit is a slip of the decimal point or of the unit, not a price. */
const MAX_VALUE = 1e12;

/**
 * What lies over the catalogue, by id: a number replaces the value of a known price in its own unit; a whole price, from a
 * price file, replaces the entry or adds one.
 */
export type PriceOverrides = Readonly<Record<string, number | Price>>;

/**
 * Prices of a file with the user's own numbers over them. A number for an id that only the file has becomes that price with
 * another value.
 * @param numbers overrides by id, in the unit of the price
 * @throws InputError `bad-price`
 */
export function overriddenBy(
  file: readonly Price[],
  numbers: Readonly<Record<string, number>>,
  where = 'prices',
): PriceOverrides {
  const result: Record<string, number | Price> = Object.fromEntries(file.map((p) => [p.id, p]));
  for (const [id, value] of Object.entries(numbers)) {
    const known = result[id];
    result[id] = known === undefined || typeof known === 'number' ? value : replaced(known, value, where);
  }
  return result;
}

/**
 * The catalogue with some figures replaced, and those of a price file added.
 * @param where the flag or config path the overrides come from, for the message
 * @throws InputError `unknown-price` (with the nearest id) or `bad-price`
 */
export function withOverrides(catalogue: Catalogue, overrides: PriceOverrides, where = 'prices'): Catalogue {
  const result = new Map(catalogue);
  for (const [id, given] of Object.entries(overrides)) {
    result.set(id, typeof given === 'number' ? replaced(findPrice(catalogue, id, where), given, where) : given);
  }
  return result;
}

function replaced(price: Price, value: number, where: string): Price {
  const { id } = price;
  if (!Number.isFinite(value) || value < 0 || value > MAX_VALUE) {
    throw new InputError(
      'bad-price',
      `${where}: ${id} is ${value}, and a price is a number of ${price.unit} from 0 up`,
    );
  }
  if (value === 0 && price.group === 'limit') {
    throw new InputError('bad-price', `${where}: ${id} is 0, and a limit of nothing would never finish`);
  }
  const { low: _low, high: _high, ...rest } = price;
  return { ...rest, value, source: `set by the user (catalogue: ${price.value})`, overridden: true };
}
