/** OpenSearch k-NN. Documentation, "k-NN index", memory estimation: every method carries a factor of 1.1. */
import { derive, type Quantity, stated } from '../../quantity/index.ts';
import { type DocumentedRule, type DocumentedSize, ERROR, type VectorLoad } from './rule.ts';

const SOURCE = 'opensearch.org documentation, k-NN memory estimation';

export const OPENSEARCH_METHODS = ['hnsw', 'hnsw-fp16', 'ivf', 'hnsw-pq'] as const;
export type OpenSearchMethod = (typeof OPENSEARCH_METHODS)[number];

const TEXT: Readonly<Record<OpenSearchMethod, string>> = {
  hnsw: '1.1 * (4 * d + 8 * m) * N',
  'hnsw-fp16': '1.1 * (2 * d + 8 * m) * N',
  ivf: '1.1 * (4 * d * N + 4 * nlist * d)',
  'hnsw-pq': '1.1 * ((bits / 8 * pq + 24 + 8 * m) * N + segments * 2 ^ bits * 4 * d)',
};

export interface OpenSearchOptions {
  readonly lists?: Quantity<'count'> | undefined;
  /** Sub-vectors of a product quantiser. Default a quarter of the dimensions. */
  readonly subquantizers?: Quantity<'count'> | undefined;
  /** Bits of one code. Default 8. */
  readonly codeBits?: Quantity<'count'> | undefined;
  /** Lucene segments. Default 100. */
  readonly segments?: Quantity<'count'> | undefined;
}

const NLIST: Quantity<'count'> = stated('nlist', 128, 'count', 'documented', SOURCE);
const BITS: Quantity<'count'> = stated('code_size', 8, 'count', 'documented', SOURCE);
const SEGMENTS: Quantity<'count'> = stated('segments', 100, 'count', 'documented', 'example of the documentation');

/** Native memory over all nodes, one copy of the data. */
export function openSearch(
  load: VectorLoad,
  method: OpenSearchMethod = 'hnsw',
  options: OpenSearchOptions = {},
): DocumentedSize {
  return {
    memory: derive(
      `OpenSearch ${method}`,
      'B',
      TEXT[method],
      {
        N: load.vectors,
        d: load.dimensions,
        m: load.m,
        nlist: options.lists ?? NLIST,
        pq: options.subquantizers ?? derive('sub-vectors', 'count', 'max(1, floor(d / 4))', { d: load.dimensions }),
        bits: options.codeBits ?? BITS,
        segments: options.segments ?? SEGMENTS,
      },
      { basis: 'documented', source: SOURCE, error: ERROR.components },
    ),
  };
}

export const OPENSEARCH_RULES: readonly DocumentedRule[] = OPENSEARCH_METHODS.map((method) => ({
  id: `opensearch-${method}`,
  title: `OpenSearch ${method}`,
  source: SOURCE,
  size: (load) => openSearch(load, method),
}));
