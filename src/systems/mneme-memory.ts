/**
 * What a mneme process holds in RAM beside its store: the matrix or the graphs that it searches. mneme 1.0.0,
 * src/mneme/_index_numpy.py and _index_hnsw.py: matrix of 256 rows that doubles and never shrinks by itself; hnswlib indexes
 * with M 16, one for each namespace, of 10,000 slots at first.
 */
import type { Component, Growth } from '../engines/engine.ts';
import { linearGrowth } from '../engines/engine.ts';
import { hnswlib } from '../layouts/hnswlib.ts';
import { type NumpyType, numpyMatrix } from '../layouts/numpy-matrix.ts';
import { derive, formatCount, InputError, leaf, type Quantity } from '../quantity/index.ts';
import type { IndexKind, Scalar, Workload } from '../workload/index.ts';

/** index_backend "auto" takes HNSW from so many entries on, when the cache is opened. */
const AUTO_HNSW = 500_000;
const DTYPE: Readonly<Partial<Record<Scalar, NumpyType>>> = { float32: 'float32', halfvec: 'float16', int8: 'int8' };

/** What an empty index of 10,000 slots keeps resident: 3.0 MB at 768 dimensions, 50 indexes in one process. */
const EMPTY_INDEX: Quantity<'B'> = leaf('resident bytes of an index, however few entries', 3_000_000, 'B', {
  basis: 'measured',
  source: 'hnswlib 0.6.2, max_elements 10,000, 768 dimensions, 50 indexes',
});

/** @throws InputError for HNSW over anything but float32: mneme raises QuantizationError when the cache opens */
export function mnemeIndex(w: Workload): IndexKind {
  const auto = w.index === undefined;
  const index = w.index ?? (w.memories.value >= AUTO_HNSW ? 'hnsw' : 'flat');
  if (index === 'hnsw' && w.scalar !== 'float32') {
    const why = auto
      ? `index_backend "auto" builds HNSW from ${formatCount(AUTO_HNSW)} entries on, and mneme's HNSW takes float32 only`
      : `mneme's HNSW takes float32 only`;
    throw new InputError(
      'system-recipe',
      `--type ${w.scalar}: ${why} (it raises QuantizationError); give --index flat for the NumPy matrix, or --type float32`,
    );
  }
  if (index !== 'hnsw' && index !== 'flat') {
    throw new InputError('index-unsupported', `--index ${index}: mneme has flat (NumPy) and hnsw (hnswlib)`);
  }
  return index;
}

export function mnemeIndexComponent(index: IndexKind, w: Workload): Component {
  const disk = leaf('on disk', 0, 'B', { source: 'in the process only, built again at every start' });
  if (index === 'flat') {
    const type = DTYPE[w.scalar] as NumpyType;
    const { resident } = numpyMatrix.size({ rows: w.memories, dims: w.dimensions, type });
    return { id: 'vector-index', title: `NumPy matrix (${type})`, disk, resident, docs: 'layouts/numpy-matrix' };
  }
  const namespaces = w.namespaces ?? leaf('namespaces', 1, 'count', { basis: 'assumed', source: 'default: one' });
  const { resident: graph } = hnswlib.size({ rows: w.memories, dims: w.dimensions, m: w.m });
  const resident = derive(
    'hnswlib indexes, one for each namespace',
    'B',
    'max(graph, namespaces * empty)',
    { graph, namespaces, empty: EMPTY_INDEX },
    { source: 'mneme 1.0.0, HnswIndex' },
  );
  return { id: 'vector-index', title: 'hnswlib, one a namespace', disk, resident, docs: 'layouts/hnswlib' };
}

/** The matrix grows in steps; everything else with the rows. */
export function mnemeGrowth(w: Workload, components: readonly Component[]): Growth {
  const linear = linearGrowth(w);
  const matrix = components.find((c) => c.docs === 'layouts/numpy-matrix')?.resident.value ?? 0;
  if (matrix === 0) return linear;
  const all = components.reduce((a, c) => a + c.resident.value, 0);
  const capacity = (rows: number): number => 256 * 2 ** Math.ceil(Math.log2(Math.max(1, rows / 256)));
  const n = w.memories.value;
  return {
    ...linear,
    resident: (rows) => ((matrix / all) * capacity(rows)) / capacity(n) + ((1 - matrix / all) * rows) / n,
  };
}

export const MNEME_NOTES: readonly string[] = [
  'text is query and response together; embeddings are stored as float32 whatever --type says, which is the type in RAM',
  'the NumPy matrix doubles from 256 rows and holds half as much again while it doubles; after a reopen the first put makes it twice the rows it was loaded with',
  'each namespace has an hnswlib index of its own with 10,000 slots: 1,000 namespaces keep 3 GB resident before they hold anything',
  'entries deleted or evicted leave their rows in the matrix until compact()',
];

export const MNEME_REFUSED = 'no latency model for a scan in Python: measure it on your data';
