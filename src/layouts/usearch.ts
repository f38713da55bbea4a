/**
 * usearch's index; include/usearch/index.hpp and index_dense.hpp 2.21 (serialised form: matrix of vectors, then
 * levels, then nodes). The file is exact; the memory figure rests on resident-set measurements.
 */
import { derive, InputError, leaf, type Quantity } from '../quantity/index.ts';
import { defineLayout, type Layout, type LayoutSize } from './layout.ts';

export type UsearchType = 'f32' | 'f16' | 'i8' | 'b1';

export interface UsearchParameters {
  readonly rows: Quantity;
  readonly dims: Quantity;
  readonly type: UsearchType;
  /** Connectivity above level 0; level 0 has twice as many links. Default 16. */
  readonly m?: Quantity;
}

const SOURCE = 'usearch include/usearch/index.hpp (2.21)';
const M: Quantity = leaf('connectivity', 16, 'count', { source: 'usearch default' });
const HEADER: Quantity<'B'> = leaf('file headers', 80, 'B', { source: SOURCE });
/** Node head: key 8 and level 2; its level in the levels array 2; the link count of level 0, 4. */
const NODE: Quantity<'B'> = leaf('node head', 10 + 2 + 4, 'B', { source: SOURCE });
/**
 * In memory: the node pointer 8, the key lookup table at 12 to 32 bytes a slot (power-of-two capacity), a lock bit.
 * Small vectors were seen with up to 200 bytes more each, the heap of the host language included.
 */
const LOOKUP: Quantity<'B'> = leaf('key lookup per element', 24, 'B', {
  basis: 'measured',
  low: 8,
  high: 200,
  source: 'resident set, 10,000 to 50,000 elements',
});
/** Vectors and nodes come from arenas that double; their unused tails and the process's own heap are within this. */
const ARENA_ERROR = 0.1;

/** How far the random levels of some thousands of elements stray from their mean. */
const LEVEL_DRAW = 0.1;

const VECTOR: Readonly<Record<UsearchType, string>> = { f32: '4 * d', f16: '2 * d', i8: 'd', b1: 'ceil(d / 8)' };

function size(p: UsearchParameters): LayoutSize {
  const m = p.m ?? M;
  const bad = (code: string, value: number, right: string): never => {
    throw new InputError(code, `${code}: ${value} is not possible with usearch; it must be ${right}`);
  };
  if (!(p.rows.low >= 0)) bad('rows', p.rows.value, '0 or more');
  if (!Number.isInteger(p.dims.value) || p.dims.value < 1) bad('dims', p.dims.value, 'a whole number from 1');
  if (!Number.isInteger(m.value) || m.value < 2) bad('m', m.value, 'a whole number from 2');
  const n = p.rows;
  const vector = derive('vector', 'B', VECTOR[p.type], { d: p.dims }, { source: SOURCE });
  const element = derive('element', 'B', 'v + k + 8 * m', { v: vector, k: NODE, m }, { source: SOURCE });
  const upper = derive(
    'links above level 0',
    'B',
    'n / (m - 1) * (4 * m + 4)',
    { n, m },
    { source: SOURCE, error: LEVEL_DRAW },
  );
  const file = derive(
    'usearch index file',
    'B',
    'h + n * e + u',
    { h: HEADER, n, e: element, u: upper },
    { source: SOURCE },
  );
  const resident = derive(
    'usearch index in RAM',
    'B',
    'f + n * l',
    { f: file, n, l: LOOKUP },
    { basis: 'measured', error: ARENA_ERROR, source: 'resident set, usearch 2.21.4' },
  );
  return { disk: file, resident, building: resident, parts: { vector, element, upperLinks: upper } };
}

export const usearch: Layout<UsearchParameters> = defineLayout({
  id: 'usearch',
  title: 'usearch index',
  source: SOURCE,
  size,
  cliffs: () => [],
});
