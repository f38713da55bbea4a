/** Prices and currency of one run: the price file, memplan.yaml over it, flags over both. */
import { existsSync } from 'node:fs';
import { overriddenBy, type PriceOverrides } from '../../prices/catalogue.ts';
import { readCurrency, showMoneyIn } from '../../quantity/index.ts';
import type { Config } from '../../workload/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { readPriceFlags } from './price-flags.ts';

/** Read where it lies in the working directory, and written there by an import. */
const DEFAULT_PRICE_FILE = 'memplan-prices.json';

export interface PriceFilePlace {
  readonly path: string;
  /** How the user named it, for messages. */
  readonly where: string;
  /** It may be missing: nobody named it. */
  readonly byDefault: boolean;
}

/** Where the price file is: --price-file, else what memplan.yaml names, else the default name. */
export async function priceFilePlace(options: Options, config: Config, runtime: Runtime): Promise<PriceFilePlace> {
  const given = options['price-file'];
  if (given === undefined && config.priceFile === undefined)
    return { path: `${runtime.cwd}/${DEFAULT_PRICE_FILE}`, where: DEFAULT_PRICE_FILE, byDefault: true };
  // Loaded only where a file is named: every start would pay for it.
  const { dirname, resolve } = await import('node:path');
  if (given !== undefined) {
    return { path: resolve(runtime.cwd, String(given)), where: `--price-file ${String(given)}`, byDefault: false };
  }
  // From the folder of the file that names it, wherever the program was started.
  const named = options['config'];
  const folder = named === undefined ? runtime.cwd : dirname(resolve(runtime.cwd, String(named)));
  const file = String(config.priceFile);
  return { path: resolve(folder, file), where: `price-file ${file}`, byDefault: false };
}

/**
 * What lies over the catalogue; and from here on money is shown in the currency of this run.
 * @throws InputError for a flag, a file or a rate that cannot be used
 */
export async function gatherPrices(options: Options, config: Config, runtime: Runtime): Promise<PriceOverrides> {
  const flags = readPriceFlags(options['price']);
  const given = { code: '--currency', rate: '--rate' };
  const asked = options['currency'] !== undefined || options['rate'] !== undefined;
  showMoneyIn(asked ? readCurrency(options['currency'], options['rate'], given) : config.currency);
  const numbers = { ...config.prices, ...flags };
  const { path, where, byDefault } = await priceFilePlace(options, config, runtime);
  if (byDefault && !existsSync(path)) return numbers;
  const { pricesFromFile } = await import('./price-file.ts');
  return overriddenBy(pricesFromFile(path, where), numbers);
}
