import { ELASTIC_RULES } from './elastic.ts';
import { FAISS_RULES } from './faiss.ts';
import { HNSWLIB_RULES } from './hnswlib.ts';
import { MILVUS_RULES } from './milvus.ts';
import { OPENSEARCH_RULES } from './opensearch.ts';
import { PGVECTOR_RULES } from './pgvector.ts';
import { PGVECTORSCALE_RULES } from './pgvectorscale.ts';
import { QDRANT_RULES } from './qdrant.ts';
import { REDIS_RULES } from './redis-vector-set.ts';
import type { DocumentedRule } from './rule.ts';
import { SCYLLA_RULES } from './scylla.ts';
import { SEED_ARTICLE_RULES } from './seed-article.ts';
import { WEAVIATE_RULES } from './weaviate.ts';

/** Every rule, for setting them side by side: a module of its own, because a plan that asks for one rule need not make them all. */
export const DOCUMENTED_RULES: readonly DocumentedRule[] = [
  ...QDRANT_RULES,
  ...MILVUS_RULES,
  ...FAISS_RULES,
  ...HNSWLIB_RULES,
  ...OPENSEARCH_RULES,
  ...ELASTIC_RULES,
  ...WEAVIATE_RULES,
  ...SCYLLA_RULES,
  ...PGVECTOR_RULES,
  ...PGVECTORSCALE_RULES,
  ...REDIS_RULES,
  ...SEED_ARTICLE_RULES,
];
