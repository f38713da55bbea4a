export { catalogueAge, type PriceAge, priceAge, STALE_AFTER_DAYS, stalePrices } from './age.ts';
export { BATCH_APIS, type BatchApi, batchApiOf } from './batch-api.ts';
export { CATALOGUE, overriddenBy, type PriceOverrides, withOverrides } from './catalogue.ts';
export {
  type CacheCost,
  type ComputeCost,
  cacheCost,
  computeCost,
  type InstanceChoice,
  type InstanceFamily,
  instanceFor,
} from './compute-cost.ts';
export { type CostParameters, costLines } from './cost.ts';
export { BYTES_PER_GB, type CostLine, type CostLines, DAYS_PER_MONTH, HOURS_PER_MONTH } from './cost-line.ts';
export { type EmbeddingCost, embeddingCost } from './embedding-cost.ts';
export { EMBEDDING_MODELS, type EmbeddingModel } from './embedding-models.ts';
export {
  type BindingLimit,
  type EmbeddingRun,
  type EmbeddingTime,
  embeddingTime,
  type KnownLimits,
  knownLimits,
  limitsFor,
  type RateLimits,
} from './embedding-time.ts';
export { type ExtractionCost, extractionCall, extractionCalls, extractionCost } from './extraction-cost.ts';
export { EXTRACTION_MODELS, type ExtractionModel } from './extraction-models.ts';
export { type ImportedPrices, importLiteLlm } from './litellm.ts';
export {
  type Catalogue,
  findPrice,
  limitOf,
  type Price,
  type PriceGroup,
  type PriceUnit,
  perGbMonth,
  perToken,
} from './price.ts';
export { PRICE_GROUPS, priceFileText, readPriceFile } from './price-file.ts';
export { modelOf, providerOf } from './provider-of.ts';
export { type StorageCost, storageCost } from './storage-cost.ts';
