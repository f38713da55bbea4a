/** Language models that extract memories from conversation turns: input, output, batch and prompt-cache prices. */
import { type Price, type PriceSource, priceRow } from './price.ts';

export interface ExtractionModel {
  readonly id: string;
  readonly provider: string;
}

/** The first is what a plan is priced with unless told otherwise. */
export const EXTRACTION_MODELS: readonly ExtractionModel[] = [
  { id: 'claude-haiku-4.5', provider: 'Anthropic' },
  { id: 'claude-haiku-3.5', provider: 'Anthropic' },
  { id: 'claude-haiku-3', provider: 'Anthropic' },
];

/** Anthropic's own ratios, the same for every model of the list. */
const BATCH = 0.5;
const CACHE_WRITE_5M = 1.25;
const CACHE_WRITE_1H = 2;
const CACHE_READ = 0.1;

function rows(model: string, read: PriceSource, input: number, output: number, notes?: string): Price[] {
  const row = (part: string, title: string, value: number): Price =>
    // To a millionth of a dollar: 0.8 * 0.1 must print as what the price page says
    priceRow(
      'extraction',
      read,
      `${model}.${part}`,
      `${model}, ${title}`,
      'USD/1M tokens',
      Math.round(value * 1e6) / 1e6,
      notes,
    );
  return [
    row('input', 'input', input),
    row('output', 'output', output),
    row('batch-input', 'batch input', input * BATCH),
    row('batch-output', 'batch output', output * BATCH),
    row('cache-write', 'prompt cache write, 5 minutes', input * CACHE_WRITE_5M),
    row('cache-write-1h', 'prompt cache write, 1 hour', input * CACHE_WRITE_1H),
    row('cache-read', 'prompt cache read', input * CACHE_READ),
  ];
}

export function extractionPrices(): Price[] {
  const listed: PriceSource = {
    asOf: '2026-09-14',
    source: 'Anthropic list price as carried by several public price files, the latest dated 2026-09-14',
  };
  const older: PriceSource = { asOf: '2026-11-20', undated: true, source: 'older public price files' };
  const superseded = 'a price still found in stale copies; superseded by claude-haiku-4.5';
  return rows('claude-haiku-4.5', listed, 1, 5).concat(
    rows('claude-haiku-3.5', older, 0.8, 4, superseded),
    rows('claude-haiku-3', older, 0.25, 1.25, superseded),
  );
}
