/**
 * Embedding models: price per million input tokens, batch price where there is one, and the limits that decide how
 * long a re-embedding takes. Sources disagree about a few; the interval then spans them.
 */
import type { Price } from './price.ts';

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

type Row = Omit<Price, 'group' | 'unit' | 'title'>;

const SURVEY = 'embeddingcost.com comparison, verified May 2026';
const TOKENMETER = 'iyulab/TokenMeter v0.12.0 price file';

const input = (model: string, row: Omit<Row, 'id'>): Price => ({
  id: `${model}.input`,
  title: `${model}, input`,
  group: 'embedding',
  unit: 'USD/1M tokens',
  ...row,
});
const batch = (model: string, row: Omit<Row, 'id'>): Price => ({
  id: `${model}.batch`,
  title: `${model}, batch input`,
  group: 'embedding',
  unit: 'USD/1M tokens',
  ...row,
});

const MAY = '2026-05-01';
/** Day on which figures of undated pages were taken over. */
const TAKEN = '2026-11-20';

export const EMBEDDING_PRICES: readonly Price[] = [
  input('text-embedding-3-small', { value: 0.02, asOf: MAY, source: `developers.openai.com model page; ${SURVEY}` }),
  batch('text-embedding-3-small', { value: 0.01, asOf: MAY, source: SURVEY }),
  input('text-embedding-3-large', { value: 0.13, asOf: MAY, source: `developers.openai.com model page; ${SURVEY}` }),
  batch('text-embedding-3-large', { value: 0.065, asOf: MAY, source: SURVEY }),
  input('gemini-embedding-001', { value: 0.15, asOf: MAY, source: `Google developers blog, July 2025; ${SURVEY}` }),
  input('gemini-embedding-2', {
    value: 0.2,
    asOf: MAY,
    source: `${TOKENMETER}; ${SURVEY}`,
    notes: 'text input; images and video are priced apart',
  }),
  batch('gemini-embedding-2', { value: 0.1, asOf: MAY, source: TOKENMETER }),
  input('embed-v4', {
    value: 0.12,
    low: 0.1,
    high: 0.12,
    asOf: MAY,
    source: `getmaxim.ai model library (undated), $0.12; ${SURVEY}, $0.10`,
    notes: 'sources disagree',
  }),
  input('voyage-3.5', { value: 0.06, asOf: MAY, source: SURVEY }),
  batch('voyage-3.5', { value: 0.04, asOf: MAY, source: SURVEY }),
  input('voyage-3.5-lite', { value: 0.02, asOf: TAKEN, undated: true, source: 'public model configurations' }),
  input('voyage-3-large', {
    value: 0.18,
    low: 0.06,
    high: 0.18,
    asOf: MAY,
    source: SURVEY,
    notes: 'one public page says 0.06',
  }),
  batch('voyage-3-large', { value: 0.12, asOf: MAY, source: SURVEY }),
];

const limit =
  (asOf: string, source: string, extra: Pick<Price, 'undated' | 'notes'> = {}) =>
  (id: string, title: string, unit: Price['unit'], value: number): Price => ({
    id,
    title,
    group: 'limit',
    unit,
    value,
    asOf,
    source,
    ...extra,
  });

const openaiRequest = limit(TAKEN, 'microsoft.github.io/openaivec, embedding request limits', { undated: true });
const openaiTier = limit(TAKEN, 'biomchen/doc-split-estimator, published for text-embedding-ada-002', {
  undated: true,
  notes: 'no current table by account tier was found: set your own',
});
const azure = limit('2024-05-08', 'learn.microsoft.com, default quota of text-embedding-3-large');
const voyage = limit(TAKEN, 'docs.voyageai.com, rate limits, tier 1', {
  undated: true,
  notes: 'twice that from $100 paid, three times from $1,000',
});
const voyageRequest = limit(TAKEN, 'docs.voyageai.com, embeddings API reference', { undated: true });

/** Limits of one request by provider, and of a minute by model. Account tiers raise them: override with your own. */
export const EMBEDDING_LIMITS: readonly Price[] = [
  openaiRequest('openai.inputs-per-request', 'OpenAI, inputs in one request', 'inputs', 2048),
  openaiRequest('openai.tokens-per-request', 'OpenAI, tokens in one request', 'tokens', 300_000),
  openaiRequest('openai.tokens-per-input', 'OpenAI, tokens in one input', 'tokens', 8192),
  openaiTier('openai.tokens-per-minute', 'OpenAI, tokens a minute', 'tokens/min', 1_000_000),
  openaiTier('openai.requests-per-minute', 'OpenAI, requests a minute', 'requests/min', 3000),
  azure('azure.tokens-per-minute', 'Azure OpenAI, tokens a minute', 'tokens/min', 350_000),
  voyage('voyage.requests-per-minute', 'Voyage AI, requests a minute', 'requests/min', 2000),
  voyageRequest('voyage.inputs-per-request', 'Voyage AI, inputs in one request', 'inputs', 1000),
  voyage('voyage-3-large.tokens-per-minute', 'voyage-3-large, tokens a minute', 'tokens/min', 3_000_000),
  voyage('voyage-3.5.tokens-per-minute', 'voyage-3.5, tokens a minute', 'tokens/min', 8_000_000),
  voyage('voyage-3.5-lite.tokens-per-minute', 'voyage-3.5-lite, tokens a minute', 'tokens/min', 16_000_000),
  voyageRequest('voyage-3-large.tokens-per-request', 'voyage-3-large, tokens in one request', 'tokens', 120_000),
  voyageRequest('voyage-3.5.tokens-per-request', 'voyage-3.5, tokens in one request', 'tokens', 320_000),
  voyageRequest('voyage-3.5-lite.tokens-per-request', 'voyage-3.5-lite, tokens in one request', 'tokens', 1_000_000),
];
