/**
 * The bytes of one pgvector value, and the ranges its types and indexes accept.
 * Source: pgvector 0.8.6 src/vector.h, halfvec.h, bitvec.h, sparsevec.h (struct sizes), hnsw.h and ivfflat.h
 * (HNSW_MAX_DIM, IVFFLAT_MAX_DIM, HNSW_MAX_NNZ and the per-type maximum in hnswutils.c, ivfutils.c).
 */
import { derive, InputError, type Quantity, stated } from '../quantity/index.ts';

export type VectorType = 'vector' | 'halfvec' | 'bit' | 'sparsevec';

export const VECTOR_TYPES: readonly VectorType[] = ['vector', 'halfvec', 'bit', 'sparsevec'];

/** Formula of the whole varlena, 4-byte length word included. `bit` is PostgreSQL's own type. */
const VALUE_FORMULA: Readonly<Record<VectorType, string>> = {
  vector: '8 + 4 * d',
  halfvec: '8 + 2 * d',
  bit: '8 + ceil(d / 8)',
  sparsevec: '16 + 8 * nnz',
};

const VALUE_SOURCE = 'pgvector 0.8.6 src/vector.h, halfvec.h, sparsevec.h; PostgreSQL varbit.h';

/** Most dimensions an index accepts; sparsevec is limited by its non-zero elements instead. */
const INDEX_MAX_DIMS: Readonly<Record<'hnsw' | 'ivfflat', Readonly<Record<VectorType, number>>>> = {
  hnsw: { vector: 2_000, halfvec: 4_000, bit: 64_000, sparsevec: 1_000_000_000 },
  ivfflat: { vector: 2_000, halfvec: 4_000, bit: 64_000, sparsevec: 0 },
};
/** HNSW_MAX_NNZ. */
const HNSW_MAX_NON_ZEROS = 1_000;
/** Most dimensions a column of the type holds (VECTOR_MAX_DIM, HALFVEC_MAX_DIM; bit: MaxBitLen is far above). */
const COLUMN_MAX_DIMS: Readonly<Record<VectorType, number>> = {
  vector: 16_000,
  halfvec: 16_000,
  bit: 64_000,
  sparsevec: 1_000_000_000,
};

export interface VectorShape {
  readonly dims: Quantity<'dimensions'>;
  readonly type: VectorType;
  /** Non-zero elements of a row, on average; needed for sparsevec, ignored otherwise. */
  readonly nonZeros?: Quantity<'count'> | undefined;
}

/** The size of one value in a tuple, its 4-byte length word included. @throws InputError for a sparsevec without nnz */
export function valueBytes(shape: VectorShape): Quantity<'B'> {
  const source = VALUE_SOURCE;
  if (shape.type === 'sparsevec') {
    return derive('sparsevec value', 'B', VALUE_FORMULA.sparsevec, { nnz: nonZeros(shape) }, { source });
  }
  return derive(`${shape.type} value`, 'B', VALUE_FORMULA[shape.type], { d: shape.dims }, { source });
}

/** Most dimensions whose value takes no more than `bytes`; 0 when none does. sparsevec: most non-zero elements. */
export function dimsWithin(type: VectorType, bytes: number): number {
  switch (type) {
    case 'vector':
      return Math.max(0, Math.floor((bytes - 8) / 4));
    case 'halfvec':
      return Math.max(0, Math.floor((bytes - 8) / 2));
    case 'bit':
      return Math.max(0, Math.floor(bytes - 8) * 8);
    case 'sparsevec':
      return Math.max(0, Math.floor((bytes - 16) / 8));
  }
}

/** The size of one value at so many dimensions (sparsevec: non-zero elements), as a plain number. */
export function valueBytesAt(type: VectorType, dims: number): number {
  switch (type) {
    case 'vector':
      return 8 + 4 * dims;
    case 'halfvec':
      return 8 + 2 * dims;
    case 'bit':
      return 8 + Math.ceil(dims / 8);
    case 'sparsevec':
      return 16 + 8 * dims;
  }
}

/** The most dimensions (sparsevec: non-zero elements) an index of the kind accepts for the type. */
export function indexLimit(index: 'hnsw' | 'ivfflat', type: VectorType): number {
  return type === 'sparsevec' && index === 'hnsw' ? HNSW_MAX_NON_ZEROS : INDEX_MAX_DIMS[index][type];
}

/** @throws InputError when the index cannot hold such vectors, naming the limit and a type that would fit */
export function checkIndexable(index: 'hnsw' | 'ivfflat', shape: VectorShape): void {
  const name = index === 'hnsw' ? 'HNSW' : 'IVFFlat';
  const dims = shape.dims.value;
  checkDims(dims);
  if (index === 'ivfflat' && shape.type === 'sparsevec') {
    throw new InputError('bad-type', 'type: pgvector IVFFlat does not index sparsevec; HNSW does.');
  }
  if (shape.type === 'sparsevec') {
    const nnz = nonZeros(shape).value;
    if (nnz > HNSW_MAX_NON_ZEROS) {
      throw new InputError(
        'too-many-non-zeros',
        `nnz: pgvector ${name} indexes a sparsevec of at most 1,000 non-zero elements, not ${group(nnz)}.`,
      );
    }
  }
  const limit = INDEX_MAX_DIMS[index][shape.type];
  if (dims <= limit) return;
  const wider = (['halfvec', 'bit'] as const).filter((t) => INDEX_MAX_DIMS[index][t] >= dims);
  const fits = wider.map((t) => `${t} (up to ${group(INDEX_MAX_DIMS[index][t])})`).join(' or ');
  throw new InputError(
    'too-many-dims',
    `dims: pgvector ${name} indexes at most ${group(limit)} dimensions of type ${shape.type}, not ${group(dims)}; ` +
      (fits === '' ? 'no type of pgvector does: reduce the dimensions.' : `${fits} would fit.`),
  );
}

/** @throws InputError when a column of the type cannot hold the value at all */
export function checkStorable(shape: VectorShape): void {
  checkDims(shape.dims.value);
  const limit = COLUMN_MAX_DIMS[shape.type];
  if (shape.dims.value > limit) {
    throw new InputError(
      'too-many-dims',
      `dims: a ${shape.type} column holds at most ${group(limit)} dimensions, not ${group(shape.dims.value)}.`,
    );
  }
}

function checkDims(dims: number): void {
  if (!Number.isInteger(dims) || dims < 1) {
    throw new InputError('bad-dims', `dims: must be a whole number from 1 on, not ${dims}.`);
  }
}

function nonZeros(shape: VectorShape): Quantity<'count'> {
  if (shape.nonZeros === undefined) {
    throw new InputError('missing-non-zeros', 'nnz: a sparsevec needs the number of its non-zero elements per row.');
  }
  const nnz = shape.nonZeros;
  if (!(nnz.value >= 0) || nnz.value > shape.dims.value) {
    throw new InputError(
      'bad-non-zeros',
      `nnz: must lie between 0 and the ${group(shape.dims.value)} dimensions, not ${nnz.value}.`,
    );
  }
  return nnz;
}

function group(n: number): string {
  return n.toString().replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** @throws InputError unless the quantity is a finite count from 0 on */
export function checkRows(rows: Quantity<'rows'>): void {
  if (!(rows.value >= 0) || !(rows.low >= 0)) {
    throw new InputError('bad-count', `rows: must be 0 or more, not ${rows.value}.`);
  }
}

/** The engine's own defaults, as leaves for those who leave a parameter out. */
export const NO_DUPLICATES: Quantity<'ratio'> = stated(
  'duplicate rate',
  0,
  'ratio',
  'assumed',
  'default: all vectors distinct',
);
