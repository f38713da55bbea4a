/**
 * pgvector. README: a vector takes 4d + 8 bytes of storage, in the table, without page or TOAST. For an HNSW index its
 * README has no rule; answers in its tracker multiply the vectors by 1.3 (issue #745, 2024-12-31, which itself says that
 * page alignment and m change it). The layout pgvector-hnsw packs the pages; these are what people go by.
 */
import { derive } from '../../quantity/index.ts';
import { type DocumentedRule, type DocumentedSize, ERROR, type VectorLoad } from './rule.ts';

const README = 'pgvector README, vector type (0.8)';
const TRACKER = 'pgvector issue #745, 2024-12-31';

/** Measured indexes of 128 to 2,000 dimensions lie between 0.9 and 4.8 times it. */
const TRACKER_ERROR = 0.8;

/** The vectors alone, as the table stores them before pages and TOAST. */
export function pgvectorReadme(load: VectorLoad): DocumentedSize {
  return {
    memory: derive(
      'pgvector README, bytes of the vectors',
      'B',
      'N * (4 * d + 8)',
      { N: load.vectors, d: load.dimensions },
      { basis: 'documented', source: README, error: ERROR.bare },
    ),
  };
}

/** Vectors and 30 % on top, for the memory of an HNSW build. */
export function pgvectorTracker(load: VectorLoad): DocumentedSize {
  return {
    memory: derive(
      'pgvector tracker, vectors × 1.3',
      'B',
      'N * (4 * d + 8) * 1.3',
      { N: load.vectors, d: load.dimensions },
      { basis: 'documented', source: TRACKER, error: TRACKER_ERROR },
    ),
  };
}

export const PGVECTOR_RULES: readonly DocumentedRule[] = [
  { id: 'pgvector-readme', title: 'pgvector README, 4d + 8 (vectors)', source: README, size: pgvectorReadme },
  { id: 'pgvector-tracker', title: 'pgvector tracker, vectors × 1.3', source: TRACKER, size: pgvectorTracker },
];
