/** A parsed memplan.yaml → draft. The YAML itself is read outside: this room does no I/O. */
import { type Currency, InputError, nearest, readCurrency } from '../quantity/index.ts';
import { type Draft, draftFrom, EMPTY_DRAFT } from './draft.ts';
import { PARAMETERS } from './parameters.ts';

/** What a config file holds once checked. */
export interface Config {
  readonly draft: Draft;
  /** Price overrides by catalogue id, in the catalogue's unit; checked against the catalogue by prices/. */
  readonly prices: Readonly<Record<string, number>>;
  /** File of further prices, as it was written: a path from the folder of the config file. */
  readonly priceFile?: string | undefined;
  /** File that `memplan calibrate` wrote, as it was written: a path from the folder of the config file. */
  readonly calibration?: string | undefined;
  /** What money is shown in; undefined for US dollars. */
  readonly currency?: Currency | undefined;
}

export const EMPTY_CONFIG: Config = { draft: EMPTY_DRAFT, prices: {} };

/** Keys at the top of the file. What `budgets` holds is read by memplan gate, which alone uses it. */
export const CONFIG_SECTIONS = [
  'version',
  'workload',
  'calibration',
  'prices',
  'price-file',
  'currency',
  'budgets',
] as const;

/**
 * @param document the parsed YAML, any shape
 * @param file the file's name, for messages
 * @throws InputError with the path of the key that is wrong and the nearest known one
 */
export function readConfig(document: unknown, file: string): Config {
  if (document === null || document === undefined) return EMPTY_CONFIG;
  const top = asMap(document, file, 'the file');
  refuseUnknown(top, CONFIG_SECTIONS, file, '');
  const version = top['version'];
  if (version !== undefined && version !== 1) {
    throw new InputError(
      'config-version',
      `${file}: version ${describe(version)} is not known to this release; it reads version 1`,
    );
  }
  const workload = top['workload'] === undefined ? {} : asMap(top['workload'], file, 'workload');
  refuseUnknown(workload, [...PARAMETERS.map((p) => p.id), 'with', 'without'], file, 'workload.');
  for (const [key, value] of Object.entries(workload)) {
    const list = key === 'with' || key === 'without';
    if (
      value === null ||
      (typeof value === 'object' && !(list && Array.isArray(value))) ||
      typeof value === 'boolean'
    ) {
      throw new InputError(
        'config-value',
        `${file}: workload.${key} must be a ${list ? 'list of components' : 'number or a word'}, not ${describe(value)}`,
      );
    }
  }
  const prices = top['prices'] === undefined ? {} : asMap(top['prices'], file, 'prices');
  for (const [key, value] of Object.entries(prices)) {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      throw new InputError(
        'config-value',
        `${file}: prices.${key} must be an amount of dollars, 0 or more, not ${describe(value)}`,
      );
    }
  }
  return {
    draft: draftFrom(workload, 'config', (id) => `${file}: workload.${id}`),
    prices: prices as Record<string, number>,
    priceFile: readFileName(top['price-file'], 'price-file', file),
    calibration: readFileName(top['calibration'], 'calibration', file),
    currency: readCurrencySection(top['currency'], file),
  };
}

function readFileName(value: unknown, key: string, file: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new InputError('config-value', `${file}: ${key} must be the name of a file, not ${describe(value)}`);
}

function readCurrencySection(value: unknown, file: string): Currency | undefined {
  if (value === undefined) return undefined;
  const map = asMap(value, file, 'currency');
  refuseUnknown(map, ['code', 'rate'], file, 'currency.');
  return readCurrency(map['code'], map['rate'], {
    code: `${file}: currency.code`,
    rate: `${file}: currency.rate`,
  });
}

function asMap(value: unknown, file: string, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError(
      'config-shape',
      `${file}: ${path} must be a mapping of keys to values, not ${describe(value)}`,
    );
  }
  return value as Record<string, unknown>;
}

function refuseUnknown(map: Record<string, unknown>, known: readonly string[], file: string, prefix: string): void {
  for (const key of Object.keys(map)) {
    if (known.includes(key)) continue;
    const near =
      nearest(key, known) ??
      (prefix === ''
        ? nearest(
            key,
            PARAMETERS.map((p) => p.id),
          )
        : undefined);
    const where =
      near !== undefined && prefix === '' && !known.includes(near) ? `workload.${near}` : `${prefix}${near ?? ''}`;
    throw new InputError(
      'unknown-key',
      `${file}: ${prefix}${key} is not a known key${near === undefined ? '' : `; did you mean ${where}?`}`,
      `known here: ${known.join(', ')}`,
    );
  }
}

function describe(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? `"${value}"` : String(value);
}
