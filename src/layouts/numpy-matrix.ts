/**
 * A growable numpy matrix of vectors held in RAM, as brute-force indexes keep it (mneme 1.0.0, NumpyIndex): starts
 * with 256 rows, doubles when full, fits exactly when loaded, and doubles from there on the first write.
 */
import { derive, InputError, leaf, type Quantity } from '../quantity/index.ts';
import { type Cliff, defineLayout, type Layout, type LayoutSize } from './layout.ts';

export type NumpyType = 'float32' | 'float16' | 'int8';

export interface NumpyMatrixParameters {
  readonly rows: Quantity;
  readonly dims: Quantity;
  readonly type: NumpyType;
  /**
   * `grown`: filled row by row since the process began. `reopened`: loaded from the store, nothing written since.
   * `written`: loaded, then written to, so twice the rows it was loaded with. Default `grown`.
   */
  readonly state?: 'grown' | 'reopened' | 'written';
}

const SOURCE = 'mneme 1.0.0, NumpyIndex';
const FIRST: Quantity<'rows'> = leaf('first capacity', 256, 'rows', { source: SOURCE });
const ITEM: Readonly<Record<NumpyType, Quantity<'B'>>> = {
  float32: leaf('float32', 4, 'B'),
  float16: leaf('float16', 2, 'B'),
  int8: leaf('int8', 1, 'B'),
};

const CAPACITY: Readonly<Record<'grown' | 'reopened' | 'written', string>> = {
  grown: 'c * 2 ^ ceil(log2(max(1, n / c)))',
  reopened: 'n',
  written: 'max(c, 2 * n)',
};

function check(p: NumpyMatrixParameters): void {
  if (!(p.rows.low >= 0)) {
    throw new InputError('rows', `rows: ${p.rows.value} is not a count of rows; it must be 0 or more`);
  }
  if (!Number.isInteger(p.dims.value) || p.dims.value < 1) {
    throw new InputError('dims', `dims: ${p.dims.value} is not a vector's length; it must be a whole number from 1`);
  }
}

function size(p: NumpyMatrixParameters): LayoutSize {
  check(p);
  const state = p.state ?? 'grown';
  const n = p.rows;
  const row = derive('row', 'B', 'd * b', { d: p.dims, b: ITEM[p.type] });
  const capacity = derive('allocated rows', 'rows', CAPACITY[state], { n, c: FIRST }, { source: SOURCE });
  const used = derive('rows in use', 'B', 'n * r', { n, r: row });
  const allocated = derive('numpy matrix', 'B', 'c * r', { c: capacity, r: row }, { source: SOURCE });
  // While it doubles, the old matrix and the one of twice its size exist together.
  const growing = derive('old and new matrix while doubling', 'B', state === 'reopened' ? '3 * a' : '1.5 * a', {
    a: allocated,
  });
  return {
    disk: leaf('on disk', 0, 'B', { source: 'in memory only' }),
    resident: allocated,
    building: growing,
    parts: { row, capacity, used, allocated },
  };
}

/** The row counts around the given one at which the matrix doubles; none for a matrix that fits exactly. */
function cliffs(p: NumpyMatrixParameters): readonly Cliff[] {
  const row = p.dims.value * ITEM[p.type].value;
  if (p.state === 'reopened' || p.state === 'written') return [];
  const capacity = FIRST.value * 2 ** Math.ceil(Math.log2(Math.max(1, p.rows.value / FIRST.value)));
  const at = (from: number): Cliff => ({
    parameter: 'rows',
    at: from + 1,
    before: from * row,
    after: 2 * from * row,
    unit: 'B',
    per: 'matrix',
  });
  return capacity > FIRST.value ? [at(capacity / 2), at(capacity)] : [at(capacity)];
}

export const numpyMatrix: Layout<NumpyMatrixParameters> = defineLayout({
  id: 'numpy-matrix',
  title: 'numpy matrix in RAM',
  source: SOURCE,
  size,
  cliffs,
});
