/**
 * A Redis 8 vector set; modules/vector-sets/hnsw.h, hnsw.c and vset.c (8.0): one node per element with an epoch for
 * each of 32 threads, a link array per level, the vector in its own allocation, the element's name twice: as a string
 * and as a key of a radix tree. `used_memory`, not RSS.
 */
import { derive, InputError, leaf, oncePer, type Quantity, stated } from '../quantity/index.ts';
import { classBelow, jemallocClass, type Quantum, sdsAllocated } from './jemalloc.ts';
import { type Cliff, defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { checkKeys, checkValue, ON_DISK, quantumOf, type RedisAllocator } from './redis-objects.ts';

export type VectorSetType = 'q8' | 'fp32' | 'bin';

export interface RedisVectorSetParameters {
  /** Elements in all sets. */
  readonly elements: Quantity;
  readonly dims: Quantity;
  /** Quantisation: `q8` is VADD's default, `fp32` is NOQUANT. */
  readonly type: VectorSetType;
  /** Default 16; level 0 has twice as many links. */
  readonly m?: Quantity;
  /** Mean bytes of an element's name. */
  readonly elementBytes: Quantity<'B'>;
  /** `sequential` names share prefixes (counters), `random` ones do not (UUIDs). Default `random`. */
  readonly names?: 'sequential' | 'random';
  /** Mean bytes of the JSON attributes of an element; leave out for none. */
  readonly attributeBytes?: Quantity<'B'>;
  /** Vector sets the elements are spread over; default 1. */
  readonly sets?: Quantity;
  readonly allocator?: RedisAllocator;
}

const SOURCE = 'Redis 8.0 modules/vector-sets/hnsw.h and vset.c; jemalloc 5 size classes';
const M: Quantity = stated('m', 16, 'count', 'exact', 'VADD default');
const ONE: Quantity = stated('vector sets', 1, 'count', 'exact', 'default');
const NO_ATTRIBUTES: Quantity<'B'> = leaf('attributes', 0, 'B');
/** HNSW head with 32 slot locks and epochs, vset object, empty radix tree, key. */
const PER_SET: Quantity<'B'> = stated('one empty vector set', 5600, 'B', 'measured', 'Redis 8.0.2');
/** sizeof(hnswNode) with 32 epochs of 8 bytes, and of one layer's head. */
const NODE = 312;
const LAYER = 24;
/** hnsw.c HNSW_P and HNSW_MAX_LEVEL: the share of elements that reach the next level does not depend on m. */
const LEVEL_UP = 0.25;
const MAX_LEVEL = 16;
/** Radix tree per element: names that count up share all but their last digits. */
const SEQUENTIAL_NAME = 28;
/** Inner node's share of a name that shares nothing beyond its first letters; the rest of it is in a leaf of its own. */
const RANDOM_BRANCH = 33.6;
/** Symbols a random name's letters are drawn from: hexadecimal digits. */
const ALPHABET = 16;
/** Graph statistics and the radix tree. */
const MODEL_ERROR = 0.02;
/** vset_config and hnsw.h limits. */
const MAX_DIMS = 32_768;
const MIN_M = 4;
const MAX_M = 4096;

const VECTOR: Readonly<Record<VectorSetType, string>> = { q8: 'd', fp32: '4 * d', bin: '8 * ceil(d / 64)' };

/** Mean allocated bytes of a node and its links. */
function graphBytes(m: number, q: Quantum): number {
  let total = 0;
  let share = 1;
  for (let level = 0; level < MAX_LEVEL; level++) {
    const stays = level === MAX_LEVEL - 1 ? share : share * (1 - LEVEL_UP);
    total += stays * jemallocClass(NODE + LAYER * (level + 1), q);
    total += share * jemallocClass(8 * (level === 0 ? 2 * m : m), q);
    share *= LEVEL_UP;
  }
  return total;
}

/** A module string: object and text in one allocation up to 44 bytes. */
function moduleString(bytes: number, q: Quantum): number {
  const length = Math.round(bytes);
  return length <= 44 ? jemallocClass(16 + 3 + length + 1, q) : jemallocClass(16, q) + sdsAllocated(length, q);
}

/** One name in the radix tree of n of them. */
function randomName(bytes: number, n: number, q: Quantum): number {
  const own = Math.max(0, Math.round(bytes - Math.log(Math.max(1, n)) / Math.log(ALPHABET)));
  return RANDOM_BRANCH + jemallocClass(Math.ceil((4 + own) / 8) * 8 + 8, q);
}

type Arithmetic = Readonly<Record<string, (...n: number[]) => number>>;

const arithmetic: (q: Quantum) => Arithmetic = oncePer((q) => ({
  graph: (m = 0) => graphBytes(m, q),
  j: (bytes = 0) => jemallocClass(bytes, q),
  // struct vsetNodeVal: two pointers.
  name: (bytes = 0) => jemallocClass(16, q) + moduleString(bytes, q),
  attributes: (bytes = 0) => (bytes > 0 ? moduleString(bytes, q) : 0),
  random_name: (bytes = 0, n = 0) => randomName(bytes, n, q),
  sequential_name: () => SEQUENTIAL_NAME,
}));

function check(p: RedisVectorSetParameters, m: Quantity): void {
  checkKeys(p.elements, 'elements');
  checkValue(p.elementBytes, 'element name');
  const d = p.dims.value;
  if (!Number.isInteger(d) || d < 1 || d > MAX_DIMS) {
    throw new InputError('dims', `dims: a vector set takes 1 to ${MAX_DIMS} dimensions, not ${d}`);
  }
  if (!Number.isInteger(m.value) || m.value < MIN_M || m.value > MAX_M) {
    throw new InputError('m', `m: a vector set takes ${MIN_M} to ${MAX_M}, not ${m.value}`);
  }
}

function size(p: RedisVectorSetParameters): LayoutSize {
  const m = p.m ?? M;
  check(p, m);
  const using = arithmetic(quantumOf(p.allocator));
  const n = p.elements;
  const sets = p.sets ?? ONE;
  const bytes = derive('vector as stored', 'B', VECTOR[p.type], { d: p.dims }, { source: SOURCE });
  const vector = derive('vector as allocated', 'B', 'j(v)', { v: bytes }, { using });
  const graph = derive('node and links', 'B', 'graph(m)', { m }, { using, source: SOURCE });
  const name = derive('element name', 'B', 'name(b)', { b: p.elementBytes }, { using, source: SOURCE });
  const dictionary =
    p.names === 'sequential'
      ? derive(
          'name in the radix tree',
          'B',
          'sequential_name()',
          {},
          { using, basis: 'measured', source: 'Redis 8.0.2' },
        )
      : derive(
          'name in the radix tree',
          'B',
          'random_name(b, n / s)',
          { b: p.elementBytes, n, s: sets },
          { using, basis: 'measured', source: 'Redis 8.0.2' },
        );
  const attributes = derive('attributes', 'B', 'attributes(a)', { a: p.attributeBytes ?? NO_ATTRIBUTES }, { using });
  const element = derive('one element', 'B', 'g + v + e + r + a', {
    g: graph,
    v: vector,
    e: name,
    r: dictionary,
    a: attributes,
  });
  const total = derive(
    'vector sets in used_memory',
    'B',
    'n * e + s * f',
    { n, e: element, s: sets, f: PER_SET },
    { error: MODEL_ERROR, source: SOURCE },
  );
  return { disk: ON_DISK, resident: total, parts: { vector, graph, name, dictionary, attributes, element } };
}

/** The dimensions around the given ones at which the vector takes the next size class. */
function cliffs(p: RedisVectorSetParameters): readonly Cliff[] {
  const q = quantumOf(p.allocator);
  const perDimension = p.type === 'fp32' ? 4 : p.type === 'q8' ? 1 : 1 / 8;
  const allocated = (d: number): number =>
    jemallocClass(p.type === 'bin' ? 8 * Math.ceil(d / 64) : d * perDimension, q);
  const d = Math.round(p.dims.value);
  const here = allocated(d);
  const first = Math.floor(classBelow(here, q) / perDimension + 1);
  const next = Math.floor(here / perDimension) + 1;
  const found: Cliff[] = [];
  if (first > 1) {
    found.push({ parameter: 'dims', at: first, before: allocated(first - 1), after: here, unit: 'B', per: 'vector' });
  }
  if (next <= MAX_DIMS) {
    found.push({ parameter: 'dims', at: next, before: here, after: allocated(next), unit: 'B', per: 'vector' });
  }
  return found;
}

export const redisVectorSet: Layout<RedisVectorSetParameters> = defineLayout({
  id: 'redis-vector-set',
  title: 'Redis 8 vector set',
  source: SOURCE,
  size,
  cliffs,
});
