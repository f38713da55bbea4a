/**
 * Weaviate. "Resource planning" and the sizing guide of docs.weaviate.io: 4d + 30 bytes per vector, 4 bytes per link,
 * links one and a half times maxConnections on average, 2 GiB for the process; a container is given 1.2 times that and
 * runs at 80 %.
 */
import { derive, type Quantity, stated } from '../../quantity/index.ts';
import { type DocumentedRule, type DocumentedSize, ERROR, type VectorLoad } from './rule.ts';

const SOURCE = 'docs.weaviate.io, resource planning';

/** Weaviate's own default; links per element on the upper levels, twice that on layer 0. */
const MAX_CONNECTIONS: Quantity<'count'> = stated(
  'maxConnections',
  32,
  'count',
  'documented',
  'docs.weaviate.io, HNSW defaults',
);
const PROCESS: Quantity<'B'> = stated('process', 2 * 2 ** 30, 'B', 'documented', SOURCE);

/** Memory of the container. `load.m` is not used: Weaviate counts links in maxConnections. */
export function weaviate(load: VectorLoad, maxConnections: Quantity<'count'> = MAX_CONNECTIONS): DocumentedSize {
  return {
    memory: derive(
      'Weaviate container',
      'B',
      '(N * (4 * d + 30) + N * 1.5 * connections * 4 + process) * 1.2 / 0.8',
      { N: load.vectors, d: load.dimensions, connections: maxConnections, process: PROCESS },
      { basis: 'documented', source: SOURCE, error: ERROR.thumb },
    ),
  };
}

export const WEAVIATE_RULES: readonly DocumentedRule[] = [
  { id: 'weaviate', title: 'Weaviate container, maxConnections 32', source: SOURCE, size: (l) => weaviate(l) },
];
