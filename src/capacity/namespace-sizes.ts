/** How memories divide over namespaces: counted in a live store, or assumed by Zipf's law with a stated exponent. */
import { formatCount, InputError, leaf, type Quantity } from '../quantity/index.ts';
import type { Census } from '../store/index.ts';
import type { Workload } from '../workload/index.ts';
import { exponentOf, harmonic } from './zipf.ts';

/** The largest namespaces one by one; of the others only what decides about balance. */
export interface NamespaceSizes {
  readonly basis: 'measured' | 'assumed';
  /** In words: what was counted, or which law was assumed. */
  readonly how: string;
  readonly namespaces: Quantity<'count'>;
  /** Memories in all of them. */
  readonly memories: number;
  /** Sizes of the largest, descending. */
  readonly head: readonly number[];
  /** Sum of the squared sizes of all the others. */
  readonly squaresBelow: number;
  /** How many hold more than so many memories. */
  readonly largerThan: (memories: number) => number;
  readonly exponent: Quantity<'ratio'> | undefined;
}

/** Namespaces that are placed one by one; the others average out. */
const HEAD = 100;

/**
 * Sizes of a census that counted every namespace. Undefined where it was sampled: a sample does not know the sizes.
 * @param planned memories that are planned for: where they are more or fewer than were counted, every namespace grows or shrinks
 */
export function sizesOfCensus(census: Census, planned: number): NamespaceSizes | undefined {
  if (census.sizes === null || census.rows.value <= 0) return undefined;
  const head: number[] = [];
  let squaresBelow = 0;
  let count = 0;
  let memories = 0;
  for (const [rows, namespaces] of [...census.sizes].sort((a, b) => b[0] - a[0])) {
    const listed = Math.min(namespaces, HEAD - head.length);
    for (let i = 0; i < listed; i++) head.push(rows);
    squaresBelow += (namespaces - listed) * rows * rows;
    count += namespaces;
    memories += namespaces * rows;
  }
  const factor = planned / memories;
  const same = Math.abs(factor - 1) < 0.005;
  return {
    basis: same ? 'measured' : 'assumed',
    how: `${census.how}${same ? '' : `, ${formatCount(memories)} rows; each namespace in proportion`}`,
    namespaces: leaf('namespaces', count, 'count', { basis: 'measured', source: `census of ${census.set}` }),
    memories: memories * factor,
    head: head.map((rows) => rows * factor),
    squaresBelow: squaresBelow * factor * factor,
    largerThan: (limit) =>
      census.sizes?.reduce((sum, [rows, many]) => sum + (rows * factor > limit ? many : 0), 0) ?? 0,
    exponent: undefined,
  };
}

/** Zipf's own exponent, and about what counts of rows by tenant show. */
const STOCK_EXPONENT = 1;

/**
 * Sizes by Zipf's law; undefined where nobody said how many namespaces there are.
 * @param exponent --zipf; without it, the one that --largest-namespace implies, else 1
 * @throws InputError when --zipf contradicts --largest-namespace
 */
export function assumedSizes(w: Workload, exponent: number | undefined): NamespaceSizes | undefined {
  if (w.namespaces === undefined) return undefined;
  const n = w.memories.value;
  const k = Math.min(w.namespaces.value, n);
  const largest = w.largestNamespace?.value;
  if (exponent !== undefined && largest !== undefined && w.origin['largest-namespace'] === 'flag') {
    throw new InputError('contradiction', '--zipf contradicts --largest-namespace; give one of them');
  }
  // A largest one of no more than the mean leaves nothing but even namespaces.
  const implied = exponent === undefined && largest !== undefined ? (exponentOf(largest / n, k) ?? 0) : undefined;
  const s = exponent ?? implied ?? STOCK_EXPONENT;
  const scale = n / harmonic(k, s);
  const head = Array.from({ length: Math.min(k, HEAD) }, (_, i) => scale * (i + 1) ** -s);
  const squaresBelow = scale * scale * Math.max(0, harmonic(k, 2 * s) - harmonic(Math.min(k, HEAD), 2 * s));
  const why =
    exponent !== undefined ? 'as given' : implied !== undefined ? 'implied by the largest namespace' : 'the default';
  return {
    basis: 'assumed',
    how: `assumed: Zipf with exponent ${Number(s.toFixed(2))}, ${why}`,
    namespaces: w.namespaces,
    memories: n,
    head,
    squaresBelow,
    // scale × i^-s > limit up to the rank (scale / limit)^(1/s), the rank itself left out where it is met exactly.
    largerThan: (limit) => {
      if (scale <= limit) return 0;
      if (s === 0) return k;
      const rank = (scale / limit) ** (1 / s);
      return Math.min(k, Number.isInteger(rank) ? rank - 1 : Math.floor(rank));
    },
    exponent: leaf('Zipf exponent of namespace sizes', s, 'ratio', {
      basis: exponent === undefined ? 'assumed' : 'exact',
      source: exponent === undefined ? `default: ${why}` : '--zipf',
    }),
  };
}
