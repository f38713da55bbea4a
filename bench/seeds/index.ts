/** Every row of the four seed documents, and what claims nothing. */
import { knownArticleRows } from './article-known.ts';
import { articleOperationRows } from './article-operations.ts';
import { articleSizeRows } from './article-sizes.ts';
import { memoriesDevRows } from './memories-dev.ts';
import { mnemeRows } from './mneme.ts';
import { neuralMemoryRows } from './neural-memory.ts';
import type { SeedRow } from './seed-row.ts';

export { NO_CLAIMS } from './no-claims.ts';
export * from './seed-row.ts';

export function seedRows(): SeedRow[] {
  return [
    ...knownArticleRows(),
    ...articleSizeRows(),
    ...articleOperationRows(),
    ...mnemeRows(),
    ...neuralMemoryRows(),
    ...memoriesDevRows(),
  ];
}
