/** The shipped catalogue, and how a user puts own prices over it. */
import { InputError } from '../quantity/index.ts';
import { EMBEDDING_LIMITS, EMBEDDING_PRICES } from './embedding-models.ts';
import { EXTRACTION_PRICES } from './extraction-models.ts';
import { CACHE_PRICES, COMPUTE_PRICES, STORAGE_PRICES, VECTOR_STORE_PRICES } from './infrastructure.ts';
import { type Catalogue, findPrice, type Price } from './price.ts';

const ALL: readonly Price[] = [
  ...EMBEDDING_PRICES,
  ...EXTRACTION_PRICES,
  ...STORAGE_PRICES,
  ...COMPUTE_PRICES,
  ...CACHE_PRICES,
  ...VECTOR_STORE_PRICES,
  ...EMBEDDING_LIMITS,
];

export const CATALOGUE: Catalogue = new Map(ALL.map((p) => [p.id, p]));

/** More than this a unit is a slip of the decimal point or of the unit, not a price. */
const MAX_VALUE = 1e12;

/**
 * The catalogue with some figures replaced, each in the unit that its entry has.
 * @param where the flag or config path the overrides come from, for the message
 * @throws InputError `unknown-price` (with the nearest id) or `bad-price`
 */
export function withOverrides(
  catalogue: Catalogue,
  overrides: Readonly<Record<string, number>>,
  where = 'prices',
): Catalogue {
  const result = new Map(catalogue);
  for (const [id, value] of Object.entries(overrides)) {
    const price = findPrice(catalogue, id, where);
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
    result.set(id, { ...rest, value, source: `set by the user (catalogue: ${price.value})`, overridden: true });
  }
  return result;
}
