/**
 * Prices from LiteLLM's model file (BerriAI/litellm, model_prices_and_context_window.json): one object of model →
 * {mode, litellm_provider, input_cost_per_token, output_cost_per_token, …}. The file carries neither dates nor rate
 * limits, so the day it was fetched has to be given.
 */
import { InputError } from '../quantity/index.ts';
import type { Catalogue, Price } from './price.ts';

export interface ImportedPrices {
  readonly catalogue: Catalogue;
  /** Models whose prices were taken over. */
  readonly models: number;
  /** Models left out: neither embedding nor chat, or without a price per token. */
  readonly skipped: number;
}

/** Field of the file → part of our id, and its title. */
const FIELDS: readonly (readonly [field: string, part: string, title: string])[] = [
  ['input_cost_per_token', 'input', 'input'],
  ['input_cost_per_token_batches', 'batch-input', 'batch input'],
  ['output_cost_per_token', 'output', 'output'],
  ['output_cost_per_token_batches', 'batch-output', 'batch output'],
  ['cache_read_input_token_cost', 'cache-read', 'prompt cache read'],
  ['cache_creation_input_token_cost', 'cache-write', 'prompt cache write'],
];

/** What a price file takes, a token: a list with more is damaged, and what is written from it must be read again. */
const MOST_A_TOKEN = 1e6;

/**
 * Adds the file's models to the catalogue; a model of the same name replaces the shipped figures.
 * @param document the parsed JSON
 * @param asOf day the file was fetched, ISO `YYYY-MM-DD`
 * @param where how the user named it, for the message: "--import list.json"
 * @throws InputError `bad-price-file` when it is not such a file
 */
export function importLiteLlm(
  catalogue: Catalogue,
  document: unknown,
  asOf: string,
  where: string = 'price list',
): ImportedPrices {
  if (!isRecord(document)) throw notSuchAFile(where, 'the top level is not an object of models');
  if (Number.isNaN(Date.parse(`${asOf}T00:00:00Z`))) {
    throw new InputError('bad-date', `${where}: the day it was fetched, "${asOf}", is not a day such as 2026-05-31`);
  }
  const result = new Map(catalogue);
  let models = 0;
  let skipped = 0;
  for (const [model, entry] of Object.entries(document)) {
    if (model === 'sample_spec') continue;
    const prices = isRecord(entry) ? pricesOf(model, entry, asOf) : [];
    if (prices.length === 0) {
      skipped++;
      continue;
    }
    models++;
    for (const price of prices) result.set(price.id, price);
  }
  if (models === 0) throw notSuchAFile(where, 'no model in it has a mode and a price per token');
  return { catalogue: result, models, skipped };
}

function pricesOf(model: string, entry: Readonly<Record<string, unknown>>, asOf: string): Price[] {
  const mode = entry['mode'];
  if (mode !== 'embedding' && mode !== 'chat') return [];
  const prices: Price[] = [];
  const { litellm_provider: provider, output_vector_size: dimensions } = entry;
  for (const [field, part, title] of FIELDS) {
    const cost = entry[field];
    if (typeof cost !== 'number' || !(cost >= 0 && cost <= MOST_A_TOKEN)) continue;
    if (mode === 'embedding' && part !== 'input' && part !== 'batch-input') continue;
    prices.push({
      // embedding models have one batch price, so it needs no "input"
      id: `${model}.${mode === 'embedding' && part === 'batch-input' ? 'batch' : part}`,
      title: `${model}, ${title}`,
      group: mode === 'embedding' ? 'embedding' : 'extraction',
      // 12 digits: 2e-8 * 1e6 must be 0.02
      value: Number((cost * 1e6).toPrecision(12)),
      unit: 'USD/1M tokens',
      asOf,
      source: 'LiteLLM model_prices_and_context_window.json',
      ...(typeof provider === 'string' && provider !== '' ? { provider } : {}),
      ...(typeof dimensions === 'number' && Number.isInteger(dimensions) && dimensions > 0 ? { dimensions } : {}),
    });
  }
  return prices;
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

function notSuchAFile(where: string, why: string): InputError {
  return new InputError(
    'bad-price-file',
    `${where}: ${why}`,
    'expected is model_prices_and_context_window.json of BerriAI/litellm',
  );
}
