/**
 * ScyllaDB vector search publishes two rules. Page: cloud.docs.scylladb.com, "Sizing and Capacity Planning":
 * N (d B + 16 m) × 1.2. Calculator: its sizing algorithm of 2026-02-26, which chooses M itself from the recall wanted.
 */
import { derive, leaf, type Quantity, stated } from '../../quantity/index.ts';
import { type DocumentedRule, type DocumentedSize, ERROR, type VectorLoad } from './rule.ts';

const PAGE = 'cloud.docs.scylladb.com, vector search sizing';
const CALCULATOR = 'ScyllaDB sizing algorithm, 2026-02-26';

/** @param elementBytes 4 for f32, 2 for f16, 1 for i8, 1/8 for b1 */
export function scyllaPage(
  load: VectorLoad,
  elementBytes: Quantity<'B'> = leaf('bytes of a dimension', 4, 'B'),
): DocumentedSize {
  return {
    memory: derive(
      'ScyllaDB vector index, documentation page',
      'B',
      'N * (d * element + 16 * m) * 1.2',
      { N: load.vectors, d: load.dimensions, element: elementBytes, m: load.m },
      { basis: 'documented', source: PAGE, error: ERROR.components },
    ),
  };
}

/** The next power of two above 1.5 log10(N) × -ln(1 - recall): links the calculator gives a graph of that size. */
export function scyllaLinks(vectors: number, recall: number): number {
  const wanted = 1.5 * Math.log10(Math.max(vectors, 10)) * -Math.log(1 - recall);
  return 2 ** Math.max(2, Math.ceil(Math.log2(wanted)));
}

const RECALL: Quantity<'ratio'> = stated('recall wanted', 0.9, 'ratio', 'assumed', 'default of the calculator');

/** `load.m` is not used: the calculator chooses M from N and the recall. */
export function scyllaCalculator(load: VectorLoad, recall: Quantity<'ratio'> = RECALL): DocumentedSize {
  const M = derive(
    'M',
    'count',
    'links(N, recall)',
    { N: load.vectors, recall },
    { using: { links: scyllaLinks }, source: CALCULATOR },
  );
  return {
    memory: derive(
      'ScyllaDB vector index, calculator',
      'B',
      'N * 4 * (d + M * ln(max(N, 2)) / ln(M / 2)) * 1.1',
      { N: load.vectors, d: load.dimensions, M },
      { basis: 'documented', source: CALCULATOR, error: ERROR.components },
    ),
  };
}

export const SCYLLA_RULES: readonly DocumentedRule[] = [
  { id: 'scylla-page', title: 'ScyllaDB, documentation page', source: PAGE, size: (l) => scyllaPage(l) },
  {
    id: 'scylla-calculator',
    title: 'ScyllaDB, calculator at 90 % recall',
    source: CALCULATOR,
    size: (l) => scyllaCalculator(l),
  },
];
