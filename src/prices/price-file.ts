/** A price file: prices of the user's own, imported or written by hand, that lie over the shipped catalogue. */
import { InputError, nearest, printable } from '../quantity/index.ts';
import type { Price, PriceGroup, PriceUnit } from './price.ts';

const GROUPS: Readonly<Record<PriceGroup, true>> = {
  embedding: true,
  extraction: true,
  storage: true,
  compute: true,
  cache: true,
  'vector-store': true,
  limit: true,
};

/** What a price is a price of: the kinds of the catalogue. */
export const PRICE_GROUPS: readonly PriceGroup[] = Object.keys(GROUPS) as PriceGroup[];

const UNITS: Readonly<Record<PriceUnit, true>> = {
  'USD/1M tokens': true,
  'USD/1M queries': true,
  'USD/GB-month': true,
  'USD/GB': true,
  'USD/TB': true,
  'USD/IOPS-month': true,
  'USD/hour': true,
  'USD/month': true,
  'tokens/min': true,
  'requests/min': true,
  tokens: true,
  inputs: true,
};

/** More than this a unit is a slip of the decimal point or of the unit, not a price. */
const MAX_VALUE = 1e12;
/** A petabyte of RAM: no machine has it. */
const MAX_BYTES = 2 ** 50;

/** The file's text: one price a line, by id, so that a review shows what changed. */
export function priceFileText(prices: readonly Price[]): string {
  const sorted = [...prices].sort((a, b) => (a.id < b.id ? -1 : 1));
  const lines = sorted.map((p) => `    ${JSON.stringify(p)}`).join(',\n');
  return `{\n  "schemaVersion": 1,\n  "kind": "price-file",\n  "prices": [\n${lines}\n  ]\n}\n`;
}

/**
 * @param document the parsed JSON
 * @param file its name, for messages
 * @throws InputError `bad-price-file` that names the entry and the field
 */
export function readPriceFile(document: unknown, file: string): Price[] {
  const top = (typeof document === 'object' && document !== null ? document : {}) as Readonly<Record<string, unknown>>;
  if (top['kind'] !== 'price-file' || !Array.isArray(top['prices'])) {
    throw new InputError(
      'bad-price-file',
      `${file}: that is no price file; memplan prices --import writes one`,
      'a price file has "kind": "price-file" and a list "prices"',
    );
  }
  if (top['schemaVersion'] !== 1) {
    throw new InputError(
      'bad-price-file',
      `${file}: schemaVersion ${printable(String(top['schemaVersion']))} is not known to this release; it reads 1`,
    );
  }
  const seen = new Set<string>();
  return top['prices'].map((entry: unknown, i) => {
    const price = readPrice(entry, `${file}: prices[${i}]`);
    if (seen.has(price.id)) throw new InputError('bad-price-file', `${file}: ${price.id} is there twice`);
    seen.add(price.id);
    return price;
  });
}

function readPrice(entry: unknown, where: string): Price {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new InputError('bad-price-file', `${where} must be an object with id, value, unit, asOf and source`);
  }
  const e = entry as Readonly<Record<string, unknown>>;
  const id = text(e, 'id', where);
  const at = `${where} (${id})`;
  const value = number(e, 'value', at);
  const low = e['low'] === undefined ? value : number(e, 'low', at);
  const high = e['high'] === undefined ? value : number(e, 'high', at);
  if (low > value || high < value) {
    throw new InputError('bad-price-file', `${at}: ${value} is not between its low ${low} and its high ${high}`);
  }
  const group = oneOf(e, 'group', Object.keys(GROUPS) as PriceGroup[], at);
  if (group === 'limit' && low === 0) {
    throw new InputError('bad-price-file', `${at}: a limit of nothing would never finish`);
  }
  const asOf = text(e, 'asOf', at);
  const day = new Date(`${asOf}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== asOf) {
    throw new InputError('bad-price-file', `${at}: asOf is "${asOf}", and it must be a day such as 2026-05-31`);
  }
  return {
    id,
    title: e['title'] === undefined ? id : text(e, 'title', at),
    group,
    value,
    unit: oneOf(e, 'unit', Object.keys(UNITS) as PriceUnit[], at),
    asOf,
    source: text(e, 'source', at),
    ...(e['low'] === undefined && e['high'] === undefined ? {} : { low, high }),
    ...(e['undated'] === true ? { undated: true as const } : {}),
    ...(e['overridden'] === true ? { overridden: true } : {}),
    ...(e['notes'] === undefined ? {} : { notes: text(e, 'notes', at) }),
    ...(e['provider'] === undefined ? {} : { provider: text(e, 'provider', at) }),
    ...(e['ram'] === undefined ? {} : { ram: number(e, 'ram', at, MAX_BYTES) }),
    ...(e['dimensions'] === undefined ? {} : { dimensions: number(e, 'dimensions', at) }),
  };
}

/** The texts go to terminals and reports: they are shown, never obeyed. */
function text(e: Readonly<Record<string, unknown>>, field: string, where: string): string {
  const value = e[field];
  if (typeof value === 'string' && value.trim() !== '') return printable(value);
  throw new InputError('bad-price-file', `${where}: ${field} must be a text`);
}

function number(e: Readonly<Record<string, unknown>>, field: string, where: string, most: number = MAX_VALUE): number {
  const value = e[field];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= most) return value;
  throw new InputError('bad-price-file', `${where}: ${field} must be a number from 0 to ${most}`);
}

function oneOf<T extends string>(
  e: Readonly<Record<string, unknown>>,
  field: string,
  known: readonly T[],
  where: string,
): T {
  const value = text(e, field, where);
  const found = known.find((k) => k === value);
  if (found !== undefined) return found;
  const near = nearest(value, known);
  throw new InputError(
    'bad-price-file',
    `${where}: ${field} "${value}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
    `one of ${known.join(', ')}`,
  );
}
