/**
 * Milvus. Formulas of the Milvus sizing tool (milvus.io/tools/sizing, introduced 2025-04-11). What a query node loads
 * is the index, two segments in transit, and 15 % on top; a DiskANN index loads without the segments.
 */
import { derive, InputError, leaf, type Quantity } from '../../quantity/index.ts';
import { type DocumentedRule, type DocumentedSize, ERROR, type VectorLoad } from './rule.ts';

const SOURCE = 'Milvus sizing tool, 2025-04';

export const MILVUS_INDEXES = ['FLAT', 'IVF_FLAT', 'IVF_SQ8', 'IVF_PQ', 'HNSW', 'SCANN', 'DISKANN'] as const;
export type MilvusIndex = (typeof MILVUS_INDEXES)[number];

export interface MilvusOptions {
  /** Lists of an IVF index. Default 1,024. */
  readonly lists?: Quantity<'count'> | undefined;
  /** Sub-quantisers of IVF_PQ, each of 8 bits. Default a quarter of the dimensions, as Milvus advises. */
  readonly subquantizers?: Quantity<'count'> | undefined;
  /** Links of a DiskANN node. Default 56, max_degree in milvus.yaml. */
  readonly degree?: Quantity<'count'> | undefined;
  /** Size of a sealed segment. Default 1 GiB. */
  readonly segment?: Quantity<'B'> | undefined;
}

/** Defaults, made where a size is asked for: the engine is loaded by every plan and seldom asked. */
const nlist = (): Quantity<'count'> =>
  leaf('nlist', 1024, 'count', { basis: 'documented', source: 'default of the sizing tool' });
const degree = (): Quantity<'count'> =>
  leaf('max_degree', 56, 'count', { basis: 'documented', source: 'milvus.yaml, DiskIndex' });
const segment = (): Quantity<'B'> =>
  leaf('segment', 2 ** 30, 'B', {
    basis: 'documented',
    source: 'milvus.yaml, dataCoord.segment.maxSize: 1024 MB',
  });

/** Index bytes in memory, over `raw` = 4 × d × N. */
const INDEX: Readonly<Record<MilvusIndex, string>> = {
  FLAT: '4 * d * N',
  IVF_FLAT: '4 * d * N + nlist * 4 * d',
  IVF_SQ8: '4 * d * N / 4 + nlist * 4 * d',
  // a code of one byte per sub-quantiser, the lists' centroids, and 256 centroids per sub-quantiser (256 × d floats)
  IVF_PQ: 'N * pq + nlist * 4 * d + 256 * 4 * d',
  HNSW: '4 * d * N * (1 + 2 * m / d)',
  SCANN: '4 * d * N * 9 / 8',
  DISKANN: '4 * d * N / 4',
};

/** Index in memory, before the loading factor. @throws InputError for an index Milvus does not have */
export function milvusIndex(load: VectorLoad, index: MilvusIndex, options: MilvusOptions = {}): Quantity<'B'> {
  const text = INDEX[index];
  if (text === undefined) {
    throw new InputError('unknown-index', `Milvus: no index is called "${index}"; it has ${MILVUS_INDEXES.join(', ')}`);
  }
  return derive(
    `Milvus ${index} index`,
    'B',
    text,
    {
      N: load.vectors,
      d: load.dimensions,
      m: load.m,
      nlist: options.lists ?? nlist(),
      pq: options.subquantizers ?? derive('sub-quantisers', 'count', 'max(1, floor(d / 4))', { d: load.dimensions }),
    },
    { basis: 'documented', source: SOURCE },
  );
}

/** Memory a query node needs to serve it, and the disk of a DiskANN index. */
export function milvus(load: VectorLoad, index: MilvusIndex, options: MilvusOptions = {}): DocumentedSize {
  const held = milvusIndex(load, index, options);
  const memory = derive(
    `Milvus ${index} loaded`,
    'B',
    index === 'DISKANN' ? 'index * 1.15' : '(index + 2 * segment) * 1.15',
    { index: held, segment: options.segment ?? segment() },
    { basis: 'documented', source: SOURCE, error: ERROR.components },
  );
  if (index !== 'DISKANN') return { memory };
  const disk = derive(
    'Milvus DISKANN on disk',
    'B',
    '4 * d * N * (1 + degree / d)',
    { d: load.dimensions, N: load.vectors, degree: options.degree ?? degree() },
    { basis: 'documented', source: SOURCE, error: ERROR.components },
  );
  return { memory, disk };
}

export const MILVUS_RULES: readonly DocumentedRule[] = /* @__PURE__ */ MILVUS_INDEXES.map((index) => ({
  id: `milvus-${index.toLowerCase().replace('_', '-')}`,
  title: `Milvus ${index}`,
  source: SOURCE,
  size: (load) => milvus(load, index),
}));
