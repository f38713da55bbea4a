/**
 * Batch APIs for embeddings: a file of inputs is handed in and comes back within a window, at a discount and outside the limits
 * a minute. How many batches an account may have waiting is a matter of its tier, and no public table of it was found.
 */

export interface BatchApi {
  readonly provider: string;
  /** Hours within which a batch is promised or aimed to be done, and the most that is documented. */
  readonly windowHours: number;
  readonly mostHours: number;
  readonly inputsPerBatch: number;
  readonly source: string;
}

export const BATCH_APIS: readonly BatchApi[] = [
  {
    provider: 'OpenAI',
    windowHours: 24,
    mostHours: 24,
    inputsPerBatch: 50_000,
    source:
      'OpenAI API reference, create batch, seen 2026-11-21: completion window 24h; at most 50,000 embedding inputs across all requests of a batch',
  },
  {
    provider: 'Voyage AI',
    windowHours: 12,
    mostHours: 12,
    inputsPerBatch: 100_000,
    source:
      'docs.voyageai.com, batch inference, seen 2026-11-21: completion window 12 h; 100,000 inputs a batch by its announcement of 2026-03-09',
  },
  {
    provider: 'Google',
    windowHours: 24,
    mostHours: 72,
    inputsPerBatch: 1_000_000,
    source:
      'Google Cloud, batch embeddings, seen 2026-11-21: 1,000,000 rows a job; target under 24 hours, up to 72 hours in the queue',
  },
];

/** Undefined where no batch API of that provider is known. */
export function batchApiOf(provider: string | undefined): BatchApi | undefined {
  return BATCH_APIS.find((b) => b.provider === provider);
}
