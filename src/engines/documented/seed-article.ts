/**
 * The rule of "Scaling to 1B Memories: Index Tiers" (Arc Labs Research): dims × 4 + m × 8 × log2 N bytes per vector. It
 * is kept for comparison only. Links per element do not grow with N: layer 0 has 2m, and a level above it exists with
 * probability 1/m; docs/seed-article.md shows what that does at other dimensions.
 */
import { derive } from '../../quantity/index.ts';
import type { DocumentedRule, DocumentedSize, VectorLoad } from './rule.ts';

const SOURCE = '"Scaling to 1B Memories: Index Tiers", Arc Labs Research';

/** Measured pgvector indexes lie between a quarter of it (128 dimensions) and 1.7 times it (2,000). */
const ARTICLE_ERROR = 0.75;

export function seedArticleRule(load: VectorLoad): DocumentedSize {
  return {
    memory: derive(
      "the seed article's HNSW rule",
      'B',
      'N * (4 * d + m * 8 * log2(N))',
      { N: load.vectors, d: load.dimensions, m: load.m },
      { basis: 'documented', source: SOURCE, error: ARTICLE_ERROR },
    ),
  };
}

export const SEED_ARTICLE_RULES: readonly DocumentedRule[] = [
  { id: 'seed-article', title: 'seed article, 4d + 8m log2 N', source: SOURCE, size: seedArticleRule },
];
