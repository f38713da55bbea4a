/**
 * FAISS. Wiki of facebookresearch/faiss, "Guidelines to choose an index" and "Faiss indexes": bytes per vector of Flat,
 * IVF and HNSW. These are the structures themselves; nothing is added for the process around them.
 */
import { derive, leaf, type Quantity } from '../../quantity/index.ts';
import { type DocumentedRule, type DocumentedSize, ERROR, type VectorLoad } from './rule.ts';

const SOURCE = 'faiss wiki, Guidelines to choose an index';
const options = { basis: 'documented', source: SOURCE, error: ERROR.bare } as const;

/** IndexFlat: the vectors. */
export function faissFlat(load: VectorLoad): DocumentedSize {
  return { memory: derive('FAISS Flat', 'B', 'N * 4 * d', { N: load.vectors, d: load.dimensions }, options) };
}

/** IndexHNSWFlat: vectors and 2M links of 4 bytes. */
export function faissHnsw(load: VectorLoad): DocumentedSize {
  const inputs = { N: load.vectors, d: load.dimensions, M: load.m };
  return { memory: derive('FAISS HNSW', 'B', 'N * (4 * d + M * 2 * 4)', inputs, options) };
}

export interface FaissPq {
  readonly lists?: Quantity<'count'> | undefined;
  /** Sub-quantisers, each a code of 8 bits. Default d / 16: 64-fold compression of float32. */
  readonly subquantizers?: Quantity<'count'> | undefined;
}

/** IndexIVFPQ: code and 8-byte id per vector, the lists' centroids, 256 centroids per sub-quantiser. */
export function faissIvfPq(load: VectorLoad, pq: FaissPq = {}): DocumentedSize {
  const inputs = {
    N: load.vectors,
    d: load.dimensions,
    code: pq.subquantizers ?? derive('bytes of a code', 'B', 'max(1, floor(d / 16))', { d: load.dimensions }),
    nlist:
      pq.lists ??
      derive('lists', 'count', 'ceil(4 * sqrt(N))', { N: load.vectors }, { source: 'faiss wiki: 4 to 16 × sqrt(N)' }),
    centroids: leaf('centroids of a sub-quantiser', 256, 'count', { source: '8-bit codes' }),
  };
  return { memory: derive('FAISS IVF-PQ', 'B', 'N * (code + 8) + nlist * 4 * d + centroids * 4 * d', inputs, options) };
}

export const FAISS_RULES: readonly DocumentedRule[] = [
  { id: 'faiss-flat', title: 'FAISS Flat', source: SOURCE, size: faissFlat },
  { id: 'faiss-hnsw', title: 'FAISS HNSW', source: SOURCE, size: faissHnsw },
  { id: 'faiss-ivf-pq', title: 'FAISS IVF-PQ', source: SOURCE, size: (l) => faissIvfPq(l) },
];
