/** The shipped catalogue, and how a user puts own prices over it. */
import { InputError } from '../quantity/index.ts';
import { embeddingLimits, embeddingPrices } from './embedding-models.ts';
import { extractionPrices } from './extraction-models.ts';
import { cachePrices, computePrices, storagePrices, vectorStorePrices } from './infrastructure.ts';
import { type Catalogue, findPrice, type Price, type PriceGroup } from './price.ts';

/** In the order in which the catalogue is listed. */
const GROUPS: readonly PriceGroup[] = [
  'embedding',
  'extraction',
  'storage',
  'compute',
  'cache',
  'vector-store',
  'limit',
];

/** A switch and no table: a start then reads only the code of the groups that its verb asks for. */
function made(group: PriceGroup): Price[] {
  switch (group) {
    case 'embedding':
      return embeddingPrices();
    case 'extraction':
      return extractionPrices();
    case 'storage':
      return storagePrices();
    case 'compute':
      return computePrices();
    case 'cache':
      return cachePrices();
    case 'vector-store':
      return vectorStorePrices();
    case 'limit':
      return embeddingLimits();
  }
}

/** The group that has a shipped id, told by the id alone; test/prices/catalogue.test.ts holds it to every id. */
function groupWith(id: string): PriceGroup {
  if (id.includes('-per-')) return 'limit';
  if (id.startsWith('claude-')) return 'extraction';
  if (id.endsWith('.input') || id.endsWith('.batch')) return 'embedding';
  if (id.startsWith('elasticache.')) return 'cache';
  if (id.startsWith('rds.gp3') || id.startsWith('rds.backup') || id.startsWith('medium.')) return 'storage';
  if (id.startsWith('rds.') || id.startsWith('r7g.')) return 'compute';
  return 'vector-store';
}

/** The shipped prices, by group: a plan asks for some of them, and a hundred rows are a twentieth of a start. */
class ShippedCatalogue implements Catalogue {
  private readonly groups = new Map<PriceGroup, ReadonlyMap<string, Price>>();

  group(group: PriceGroup): ReadonlyMap<string, Price> {
    let known = this.groups.get(group);
    if (known === undefined) {
      known = byId(made(group));
      this.groups.set(group, known);
    }
    return known;
  }

  private whole(): ReadonlyMap<string, Price> {
    return byId(GROUPS.flatMap((group) => [...this.group(group).values()]));
  }

  get size(): number {
    return this.whole().size;
  }

  get(id: string): Price | undefined {
    return this.group(groupWith(id)).get(id);
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  keys(): MapIterator<string> {
    return this.whole().keys();
  }

  values(): MapIterator<Price> {
    return this.whole().values();
  }

  entries(): MapIterator<[string, Price]> {
    return this.whole().entries();
  }

  [Symbol.iterator](): MapIterator<[string, Price]> {
    return this.entries();
  }

  forEach(see: (price: Price, id: string, map: ReadonlyMap<string, Price>) => void): void {
    this.whole().forEach(see);
  }
}

function byId(prices: readonly Price[]): Map<string, Price> {
  const found = new Map<string, Price>();
  for (let i = 0; i < prices.length; i++) {
    const price = prices[i] as Price;
    found.set(price.id, price);
  }
  return found;
}

/** Bundles without a price leave it out. */
export const CATALOGUE: Catalogue = /* @__PURE__ */ new ShippedCatalogue();

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
