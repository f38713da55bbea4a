/** Money for embedding: once for the memories that are there, and every month for new ones. */
import { derive, type Quantity } from '../quantity/index.ts';
import { type CostLine, type CostLines, DAYS_PER_MONTH, paidOnce } from './cost-line.ts';
import { type Catalogue, findPrice, perToken } from './price.ts';

export interface EmbeddingCost {
  /** Model id as in EMBEDDING_MODELS, or of an imported price file. */
  readonly model: string;
  readonly memories: Quantity<'rows'>;
  /** Tokens embedded per memory. */
  readonly tokens: Quantity<'tokens'>;
  readonly writesPerDay?: Quantity<'rows/day'> | undefined;
  /** Price the one-off part as a batch job; falls back to the list price where the model has no batch price. */
  readonly batch?: boolean | undefined;
}

/** @throws InputError when no embedding model of that name has a price */
export function embeddingCost(catalogue: Catalogue, p: EmbeddingCost): CostLines {
  const list = findPrice(catalogue, `${p.model}.input`, 'embedding model');
  const batchPrice = p.batch === true ? catalogue.get(`${p.model}.batch`) : undefined;
  const once = perToken(batchPrice ?? list);
  const oneOff = (): CostLine<'USD'>[] => [
    {
      id: 'embedding',
      title: `embed every memory once (${p.model}${batchPrice === undefined ? '' : ', batch'})`,
      usd: derive('embedding every memory once', 'USD', 'N * tokens * price', {
        N: p.memories,
        tokens: p.tokens,
        price: once,
      }),
      ...(p.batch === true && batchPrice === undefined ? { note: `no batch price is known for ${p.model}` } : {}),
    },
  ];
  if (p.writesPerDay === undefined) return paidOnce(oneOff, []);
  const monthly: CostLine<'USD/month'> = {
    id: 'embedding',
    title: `embed new memories (${p.model})`,
    usd: derive('embedding new memories', 'USD/month', 'writes * days * tokens * price', {
      writes: p.writesPerDay,
      days: DAYS_PER_MONTH,
      tokens: p.tokens,
      price: perToken(list),
    }),
  };
  return paidOnce(oneOff, [monthly]);
}
