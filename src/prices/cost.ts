/** All cost lines of one plan: whatever part of the parameters is given is priced, nothing else is guessed. */
import { type CacheCost, type ComputeCost, cacheCost, computeCost } from './compute-cost.ts';
import type { CostLines } from './cost-line.ts';
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

/**
 * What is paid once is worked out when it is asked for: a comparison of engines and a row count that is only tried ask about the
 * month, and of that the models are a part only where somebody writes.
 * @throws InputError when a model or price that is asked for is not in the catalogue; of a model at the latest when it is read
 */
export function costLines(catalogue: Catalogue, p: CostParameters): CostLines {
  const { embedding, extraction } = p;
  let known: readonly CostLines[] | undefined;
  const models = (): readonly CostLines[] => {
    known ??= [
      ...(embedding === undefined ? [] : [embeddingCost(catalogue, embedding)]),
      ...(extraction === undefined ? [] : [extractionCost(catalogue, extraction)]),
    ];
    return known;
  };
  const parts: CostLines[] = [];
  if (embedding?.writesPerDay !== undefined || extraction?.writesPerDay !== undefined) parts.push(...models());
  if (p.storage !== undefined) parts.push(storageCost(catalogue, p.storage));
  if (p.compute !== undefined) parts.push(computeCost(catalogue, p.compute));
  if (p.cache !== undefined) parts.push(cacheCost(catalogue, p.cache));
  return {
    get oneOff() {
      return models().flatMap((part) => part.oneOff);
    },
    monthly: parts.flatMap((part) => part.monthly),
  };
}
