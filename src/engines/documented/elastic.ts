/**
 * Elasticsearch dense_vector. Vector sizing calculator of the Elastic documentation (elastic/docs-builder, 2026), which
 * cites the codec classes: 16 bytes of correction per int8 and int4 vector, 14 per bbq vector. The prose pages still say
 * 4. Memory is the page cache that must hold codes and graph; on disk the float32 originals stay beside the codes.
 */
import { derive } from '../../quantity/index.ts';
import { type DocumentedRule, type DocumentedSize, ERROR, type VectorLoad } from './rule.ts';

const SOURCE = 'Elastic documentation, vector sizing calculator, 2026';

export const ELASTIC_TYPES = ['hnsw', 'int8_hnsw', 'int4_hnsw', 'bbq_hnsw'] as const;
export type ElasticType = (typeof ELASTIC_TYPES)[number];

const CODE: Readonly<Record<ElasticType, string>> = {
  hnsw: '4 * d',
  int8_hnsw: 'd + 16',
  int4_hnsw: 'ceil(d / 2) + 16',
  bbq_hnsw: '8 * ceil(d / 64) + 14',
};

/** Off-heap memory and disk of one copy of the data. */
export function elastic(load: VectorLoad, type: ElasticType = 'hnsw'): DocumentedSize {
  const inputs = { N: load.vectors, d: load.dimensions, m: load.m };
  const options = { basis: 'documented', source: SOURCE, error: ERROR.components } as const;
  const code = CODE[type];
  const onDisk = type === 'hnsw' ? code : `4 * d + ${code}`;
  return {
    memory: derive(`Elasticsearch ${type}`, 'B', `N * (${code} + 4 * m)`, inputs, options),
    disk: derive(`Elasticsearch ${type} on disk`, 'B', `N * (${onDisk} + 4 * m)`, inputs, options),
  };
}

export const ELASTIC_RULES: readonly DocumentedRule[] = ELASTIC_TYPES.map((type) => ({
  id: `elastic-${type.replace('_', '-')}`,
  title: `Elasticsearch ${type}`,
  source: SOURCE,
  size: (load) => elastic(load, type),
}));
