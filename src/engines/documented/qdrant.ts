/**
 * Qdrant. Rule: qdrant.tech documentation, "Capacity Planning": vectors × dimensions × 4 × 1.5. Components: sizing
 * guide in the repository qdrant/skills (August 2026): vectors, HNSW m × 2 × 4 × 1.2, ID tracker about 52 B a point.
 */
import { derive, leaf, type Quantity } from '../../quantity/index.ts';
import { type DocumentedRule, type DocumentedSize, ERROR, type VectorLoad } from './rule.ts';

const RULE_SOURCE = 'qdrant.tech documentation, Capacity Planning';
const COMPONENT_SOURCE = 'qdrant/skills, sizing guide, 2026-08';

/** Bytes of one element: 4 for float32, 2 for float16, 1 for uint8. */
const float32 = (): Quantity<'B'> => leaf('bytes of a dimension', 4, 'B');

/** The rule of thumb; half of the vectors' bytes again stand for index, versions and temporary segments. */
export function qdrantRule(load: VectorLoad, elementBytes: Quantity<'B'> = float32()): DocumentedSize {
  return {
    memory: derive(
      'Qdrant memory, rule of thumb',
      'B',
      'N * d * element * 1.5',
      { N: load.vectors, d: load.dimensions, element: elementBytes },
      { basis: 'documented', source: RULE_SOURCE, error: ERROR.thumb },
    ),
  };
}

/**
 * The sum over components, without payload. Everything is on disk too, so disk is the same sum.
 * @param quantizedBytes bytes per dimension of a quantised copy kept beside the originals: 1 for scalar, 1/8 for binary
 */
export function qdrantComponents(
  load: VectorLoad,
  elementBytes: Quantity<'B'> = float32(),
  quantizedBytes: Quantity<'B'> = leaf('bytes of a quantised dimension', 0, 'B', { source: 'no quantisation' }),
): DocumentedSize {
  const inputs = {
    N: load.vectors,
    d: load.dimensions,
    m: load.m,
    element: elementBytes,
    quantized: quantizedBytes,
    tracker: leaf('ID tracker entry', 52, 'B', { basis: 'documented', source: COMPONENT_SOURCE }),
  };
  const text = 'N * (d * element + d * quantized + m * 2 * 4 * 1.2 + tracker)';
  const options = { basis: 'documented', source: COMPONENT_SOURCE, error: ERROR.components } as const;
  return {
    memory: derive('Qdrant memory by component', 'B', text, inputs, options),
    disk: derive('Qdrant disk by component', 'B', text, inputs, options),
  };
}

export const QDRANT_RULES: readonly DocumentedRule[] = [
  {
    id: 'qdrant-components',
    title: 'Qdrant, by component',
    source: COMPONENT_SOURCE,
    size: (l) => qdrantComponents(l),
  },
  { id: 'qdrant-rule', title: 'Qdrant, × 1.5 rule', source: RULE_SOURCE, size: (l) => qdrantRule(l) },
];
