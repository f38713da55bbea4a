/** Who sells what a price is of. */
import { EMBEDDING_MODELS } from './embedding-models.ts';
import { EXTRACTION_MODELS } from './extraction-models.ts';
import type { Price } from './price.ts';

/** By the first part of the id, where it is no model. Rules of thumb for a medium are nobody's offer. */
const BY_PREFIX: Readonly<Record<string, string>> = {
  rds: 'AWS',
  elasticache: 'AWS',
  r7g: 'AWS',
  's3-vectors': 'AWS',
  opensearch: 'AWS',
  turbopuffer: 'turbopuffer',
  qdrant: 'Qdrant',
  zilliz: 'Zilliz',
  elastic: 'Elastic',
  pinecone: 'Pinecone',
  openai: 'OpenAI',
  azure: 'Azure',
  voyage: 'Voyage AI',
};

/** What LiteLLM calls those we know by another name. */
const IMPORTED: Readonly<Record<string, string>> = {
  openai: 'OpenAI',
  azure: 'Azure',
  anthropic: 'Anthropic',
  cohere: 'Cohere',
  voyage: 'Voyage AI',
  gemini: 'Google',
};

const BY_MODEL: ReadonlyMap<string, string> = new Map(
  [...EMBEDDING_MODELS, ...EXTRACTION_MODELS].map((m) => [m.id, m.provider]),
);

/** The model a price or a limit is of: `voyage-3.5` of `voyage-3.5.input`; undefined where it is of no model. */
export function modelOf(price: Price): string | undefined {
  const model = price.id.slice(0, price.id.lastIndexOf('.'));
  const sold = price.group === 'embedding' || price.group === 'extraction';
  return sold || BY_MODEL.has(model) ? model : undefined;
}

/** Undefined where nobody in particular sells it, or an imported file does not say. */
export function providerOf(price: Price): string | undefined {
  const said = price.provider === undefined ? undefined : (IMPORTED[price.provider] ?? price.provider);
  return said ?? BY_MODEL.get(modelOf(price) ?? '') ?? BY_PREFIX[price.id.split('.')[0] as string];
}
