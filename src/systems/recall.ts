/**
 * Recall, as the seed article describes it: its schema is not published, so it is planned with the usual memory table and the
 * settings that the article names.
 */
import type { SystemPreset } from './preset.ts';

export const recall: SystemPreset = {
  id: 'recall',
  family: 'recall',
  store: 'postgres',
  title: 'Recall',
  source: 'the seed article: HNSW with m 16, ef_construction 200, ef_search 80 to 120, an outbox for embeddings',
  inputs: {
    dims: { value: 1536 },
    m: { value: 16 },
    'ef-construction': { value: 200 },
    'ef-search': { value: 100, low: 80, high: 120 },
    prefilter: { value: 0.55 },
  },
  with: ['outbox'],
  extracts: true,
};
