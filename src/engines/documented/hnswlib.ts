/**
 * hnswlib. ALGO_PARAMS.md of nmslib/hnswlib (v0.8.0) on M: "roughly M * 8-10 bytes per stored element" for the links,
 * beside the vector itself. The layout hnswlib counts the file and the process byte by byte; this is what its page says.
 */
import { derive, type Quantity, stated } from '../../quantity/index.ts';
import { type DocumentedRule, type DocumentedSize, ERROR, type VectorLoad } from './rule.ts';

const SOURCE = 'nmslib/hnswlib v0.8.0, ALGO_PARAMS.md';

const LINK: Quantity<'B'> = stated('bytes of links for each of M', 9, 'B', 'documented', SOURCE, 8, 10);

export function hnswlibRule(load: VectorLoad): DocumentedSize {
  return {
    memory: derive(
      'hnswlib, M × 8-10 bytes of links',
      'B',
      'N * (4 * d + M * link)',
      { N: load.vectors, d: load.dimensions, M: load.m, link: LINK },
      { basis: 'documented', source: SOURCE, error: ERROR.bare },
    ),
  };
}

export const HNSWLIB_RULES: readonly DocumentedRule[] = [
  { id: 'hnswlib', title: 'hnswlib, M × 8-10 bytes of links', source: SOURCE, size: hnswlibRule },
];
