/** Every layout. A layout that is not here is not a layout: test/architecture.test.ts sees to it. */
import { hnswlib } from './hnswlib.ts';
import type { Layout } from './layout.ts';
import { numpyMatrix } from './numpy-matrix.ts';
import { pgBtree } from './pg-btree.ts';
import { pgGin } from './pg-gin.ts';
import { pgHeap } from './pg-heap.ts';
import { pgvectorHnsw } from './pgvector-hnsw.ts';
import { pgvectorIvfflat } from './pgvector-ivfflat.ts';
import { redisHash } from './redis-hash.ts';
import { redisString } from './redis-string.ts';
import { redisVectorSet } from './redis-vector-set.ts';
import { sqliteFts5 } from './sqlite-fts5.ts';
import { sqliteIndex } from './sqlite-index.ts';
import { sqliteTable } from './sqlite-table.ts';
import { usearch } from './usearch.ts';
import { vec0 } from './vec0.ts';

export const LAYOUTS: readonly Layout<never>[] = [
  pgvectorHnsw,
  pgvectorIvfflat,
  pgHeap,
  pgBtree,
  pgGin,
  vec0,
  sqliteTable,
  sqliteIndex,
  sqliteFts5,
  hnswlib,
  usearch,
  numpyMatrix,
  redisString,
  redisHash,
  redisVectorSet,
];

export type { Cliff, Layout, LayoutSize } from './layout.ts';
export {
  hnswlib,
  numpyMatrix,
  pgBtree,
  pgGin,
  pgHeap,
  pgvectorHnsw,
  pgvectorIvfflat,
  redisHash,
  redisString,
  redisVectorSet,
  sqliteFts5,
  sqliteIndex,
  sqliteTable,
  usearch,
  vec0,
};
