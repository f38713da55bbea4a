/** Language models that extract memories from conversation turns: input, output, batch and prompt-cache prices. */
import type { Price } from './price.ts';

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

interface Rates {
  readonly input: number;
  readonly output: number;
  readonly asOf: string;
  readonly source: string;
  readonly undated?: true;
  readonly notes?: string;
}

/** Anthropic's own ratios, the same for every model of the list. */
const BATCH = 0.5;
const CACHE_WRITE_5M = 1.25;
const CACHE_WRITE_1H = 2;
const CACHE_READ = 0.1;

function rows(model: string, rates: Rates): Price[] {
  const { input, output, asOf, source } = rates;
  const row = (part: string, title: string, value: number): Price => ({
    id: `${model}.${part}`,
    title: `${model}, ${title}`,
    group: 'extraction',
    // 12 digits: 0.25 * 1.25 must print as what the price page says
    value: Number(value.toPrecision(12)),
    unit: 'USD/1M tokens',
    asOf,
    source,
    ...(rates.undated === undefined ? {} : { undated: rates.undated }),
    ...(rates.notes === undefined ? {} : { notes: rates.notes }),
  });
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

const OLD = 'a price still found in stale copies; superseded by claude-haiku-4.5';

export const EXTRACTION_PRICES: readonly Price[] = [
  ...rows('claude-haiku-4.5', {
    input: 1,
    output: 5,
    asOf: '2026-09-14',
    source: 'Anthropic list price as carried by several public price files, the latest dated 2026-09-14',
  }),
  ...rows('claude-haiku-3.5', {
    input: 0.8,
    output: 4,
    asOf: '2026-11-20',
    undated: true,
    source: 'older public price files',
    notes: OLD,
  }),
  ...rows('claude-haiku-3', {
    input: 0.25,
    output: 1.25,
    asOf: '2026-11-20',
    undated: true,
    source: 'older public price files',
    notes: OLD,
  }),
];
