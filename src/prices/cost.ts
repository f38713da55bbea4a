/** All cost lines of one plan: whatever part of the parameters is given is priced, nothing else is guessed. */
import { type CacheCost, type ComputeCost, cacheCost, computeCost } from './compute-cost.ts';
import { type CostLines, paidOnce } from './cost-line.ts';
import { type EmbeddingCost, embeddingCost } from './embedding-cost.ts';
import { type ExtractionCost, extractionCost } from './extraction-cost.ts';
import type { Catalogue } from './price.ts';
import { type StorageCost, storageCost } from './storage-cost.ts';

export interface CostParameters {
  readonly embedding?: EmbeddingCost | undefined;
  readonly extraction?: ExtractionCost | undefined;
  readonly storage?: StorageCost | undefined;
  readonly compute?: ComputeCost | undefined;
  readonly cache?: CacheCost | undefined;
}

/** @throws InputError when a model or price that is asked for is not in the catalogue */
export function costLines(catalogue: Catalogue, p: CostParameters): CostLines {
  const parts: CostLines[] = [];
  if (p.embedding !== undefined) parts.push(embeddingCost(catalogue, p.embedding));
  if (p.extraction !== undefined) parts.push(extractionCost(catalogue, p.extraction));
  if (p.storage !== undefined) parts.push(storageCost(catalogue, p.storage));
  if (p.compute !== undefined) parts.push(computeCost(catalogue, p.compute));
  if (p.cache !== undefined) parts.push(cacheCost(catalogue, p.cache));
  return paidOnce(
    () => parts.flatMap((part) => part.oneOff),
    parts.flatMap((part) => part.monthly),
  );
}
