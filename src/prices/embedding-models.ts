/**
 * Embedding models: price per million input tokens, batch price where there is one, and the limits that decide how
 * long a re-embedding takes. Sources disagree about a few; the interval then spans them.
 */
import { type Price, type PriceSource, type PriceUnit, priceRow } from './price.ts';

export interface EmbeddingModel {
  readonly id: string;
  readonly provider: string;
  /** Dimensions it returns unless asked for fewer. */
  readonly dimensions: number;
  /** Most it can be asked for, where that is more. */
  readonly mostDimensions?: number;
}

export const EMBEDDING_MODELS: readonly EmbeddingModel[] = [
  { id: 'text-embedding-3-small', provider: 'OpenAI', dimensions: 1536 },
  { id: 'text-embedding-3-large', provider: 'OpenAI', dimensions: 3072 },
  { id: 'gemini-embedding-001', provider: 'Google', dimensions: 3072 },
  { id: 'gemini-embedding-2', provider: 'Google', dimensions: 3072 },
  { id: 'embed-v4', provider: 'Cohere', dimensions: 1536 },
  { id: 'voyage-3.5', provider: 'Voyage AI', dimensions: 1024, mostDimensions: 2048 },
  { id: 'voyage-3.5-lite', provider: 'Voyage AI', dimensions: 1024, mostDimensions: 2048 },
  { id: 'voyage-3-large', provider: 'Voyage AI', dimensions: 1024, mostDimensions: 2048 },
];

const SURVEY = 'embeddingcost.com comparison, verified May 2026';
const TOKENMETER = 'iyulab/TokenMeter v0.12.0 price file';

/** Day on which figures of undated pages were taken over. */
const TAKEN = '2026-11-20';

export function embeddingPrices(): Price[] {
  const may = (source: string): PriceSource => ({ asOf: '2026-05-01', source });
  const survey = may(SURVEY);
  const openai = may(`developers.openai.com model page; ${SURVEY}`);
  const input = (model: string, value: number, read: PriceSource, notes?: string, low?: number, high?: number): Price =>
    priceRow('embedding', read, `${model}.input`, `${model}, input`, 'USD/1M tokens', value, notes, low, high);
  const batch = (model: string, value: number, read: PriceSource): Price =>
    priceRow('embedding', read, `${model}.batch`, `${model}, batch input`, 'USD/1M tokens', value);
  return [
    input('text-embedding-3-small', 0.02, openai),
    batch('text-embedding-3-small', 0.01, survey),
    input('text-embedding-3-large', 0.13, openai),
    batch('text-embedding-3-large', 0.065, survey),
    input('gemini-embedding-001', 0.15, may(`Google developers blog, July 2025; ${SURVEY}`)),
    input('gemini-embedding-2', 0.2, may(`${TOKENMETER}; ${SURVEY}`), 'text input; images and video are priced apart'),
    batch('gemini-embedding-2', 0.1, may(TOKENMETER)),
    input(
      'embed-v4',
      0.12,
      may(`getmaxim.ai model library (undated), $0.12; ${SURVEY}, $0.10`),
      'sources disagree',
      0.1,
      0.12,
    ),
    input('voyage-3.5', 0.06, survey),
    batch('voyage-3.5', 0.04, survey),
    input('voyage-3.5-lite', 0.02, { asOf: TAKEN, undated: true, source: 'public model configurations' }),
    input('voyage-3-large', 0.18, survey, 'one public page says 0.06', 0.06, 0.18),
    batch('voyage-3-large', 0.12, survey),
  ];
}

/** Limits of one request by provider, and of a minute by model. Account tiers raise them: override with your own. */
export function embeddingLimits(): Price[] {
  const taken = (source: string): PriceSource => ({ asOf: TAKEN, undated: true, source });
  const openaiRequest = taken('microsoft.github.io/openaivec, embedding request limits');
  const openaiTier = taken('biomchen/doc-split-estimator, published for text-embedding-ada-002');
  const azure: PriceSource = {
    asOf: '2024-05-08',
    source: 'learn.microsoft.com, default quota of text-embedding-3-large',
  };
  const voyage = taken('docs.voyageai.com, rate limits, tier 1');
  const voyageRequest = taken('docs.voyageai.com, embeddings API reference');
  const noTable = 'no current table by account tier was found: set your own';
  const paid = 'twice that from $100 paid, three times from $1,000';
  const limit = (read: PriceSource, id: string, title: string, unit: PriceUnit, value: number, notes?: string): Price =>
    priceRow('limit', read, id, title, unit, value, notes);
  return [
    limit(openaiRequest, 'openai.inputs-per-request', 'OpenAI, inputs in one request', 'inputs', 2048),
    limit(openaiRequest, 'openai.tokens-per-request', 'OpenAI, tokens in one request', 'tokens', 300_000),
    limit(openaiRequest, 'openai.tokens-per-input', 'OpenAI, tokens in one input', 'tokens', 8192),
    limit(openaiTier, 'openai.tokens-per-minute', 'OpenAI, tokens a minute', 'tokens/min', 1_000_000, noTable),
    limit(openaiTier, 'openai.requests-per-minute', 'OpenAI, requests a minute', 'requests/min', 3000, noTable),
    limit(azure, 'azure.tokens-per-minute', 'Azure OpenAI, tokens a minute', 'tokens/min', 350_000),
    limit(voyage, 'voyage.requests-per-minute', 'Voyage AI, requests a minute', 'requests/min', 2000, paid),
    limit(voyageRequest, 'voyage.inputs-per-request', 'Voyage AI, inputs in one request', 'inputs', 1000),
    limit(voyage, 'voyage-3-large.tokens-per-minute', 'voyage-3-large, tokens a minute', 'tokens/min', 3_000_000, paid),
    limit(voyage, 'voyage-3.5.tokens-per-minute', 'voyage-3.5, tokens a minute', 'tokens/min', 8_000_000, paid),
    limit(
      voyage,
      'voyage-3.5-lite.tokens-per-minute',
      'voyage-3.5-lite, tokens a minute',
      'tokens/min',
      16_000_000,
      paid,
    ),
    limit(
      voyageRequest,
      'voyage-3-large.tokens-per-request',
      'voyage-3-large, tokens in one request',
      'tokens',
      120_000,
    ),
    limit(voyageRequest, 'voyage-3.5.tokens-per-request', 'voyage-3.5, tokens in one request', 'tokens', 320_000),
    limit(
      voyageRequest,
      'voyage-3.5-lite.tokens-per-request',
      'voyage-3.5-lite, tokens in one request',
      'tokens',
      1_000_000,
    ),
  ];
}
