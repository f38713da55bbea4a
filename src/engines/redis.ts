/** In memory: one hash a memory, its text and vector in it, or a Redis 8 vector set beside the hashes. */
import { redisHash } from '../layouts/redis-hash.ts';
import { redisVectorSet } from '../layouts/redis-vector-set.ts';
import { derive, leaf, type Quantity, stated, sum } from '../quantity/index.ts';
import type { Scalar, Workload } from '../workload/index.ts';
import { type Component, defineEngine, type Engine, type EnginePlan, linearGrowth } from './engine.ts';
import { chooseIndex, requireFit } from './fit.ts';
import { onlyInRam } from './in-ram.ts';

/** `mem:` and a UUID. */
const KEY_BYTES: Quantity<'B'> = stated('key', 40, 'B', 'exact', 'default: a prefix and a UUID');

const ELEMENT: Readonly<Partial<Record<Scalar, number>>> = { float32: 4, halfvec: 2, int8: 1, bit: 1 / 8 };
const SET_TYPES = { float32: 'fp32', int8: 'q8', bit: 'bin' } as const;

function plan(w: Workload): EnginePlan {
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  const components = index === 'vector-set' ? vectorSet(w) : hashes(w);
  const [first, ...rest] = components.map((c) => c.resident);
  const resident = sum('resident bytes', first as Quantity<'B'>, ...rest);
  const snapshot = components[0]?.disk as Quantity<'B'>;
  return {
    index,
    components,
    machines: leaf('machines', 1, 'count'),
    residentPerMachine: resident,
    rebuildPeak: derive('snapshot written beside the old one', 'B', 'snapshot', { snapshot }),
    build: {
      spills: false,
      settings: [],
      note: 'rows are searchable as they are written; a restart loads them all again',
    },
    ...onlyInRam({ refused: 'no latency model for Redis: measure it on your data' }, resident, w),
    cliffs: () =>
      index === 'vector-set'
        ? redisVectorSet.cliffs({
            elements: w.memories,
            dims: w.dimensions,
            type: setType(w),
            m: w.m,
            elementBytes: KEY_BYTES,
          })
        : redisHash.cliffs({ keys: w.memories, keyBytes: KEY_BYTES, fields: fields(w, true) }),
    growth: linearGrowth(w),
    notes: [
      'allocation classes are those of jemalloc with a 16-byte quantum (Debian); upstream builds save 8 to 24 B a key',
      'a copy-on-write snapshot of a busy store can need as much memory again',
      'MEMORY USAGE reports 13 to 37 B a key less: it counts no hash-table buckets',
    ],
  };
}

/** Text, metadata, namespace, and the vector as a binary field. */
function fields(w: Workload, withVector: boolean): Parameters<typeof redisHash.size>[0]['fields'] {
  const vector = derive('vector as bytes', 'B', 'ceil(d * element)', {
    d: w.dimensions,
    element: leaf(`bytes of a ${w.scalar} dimension`, ELEMENT[w.scalar] ?? 4, 'B'),
  });
  return [
    { name: 'namespace', valueBytes: w.namespaceBytes },
    { name: 'content', valueBytes: w.textBytes },
    { name: 'metadata', valueBytes: w.metadataBytes },
    ...(withVector ? [{ name: 'embedding', valueBytes: vector }] : []),
  ];
}

function component(id: string, title: string, ram: Quantity<'B'>, raw: Quantity<'B'>, docs: string): Component {
  return { id, title, disk: raw, resident: ram, docs };
}

function hashes(w: Workload): Component[] {
  const ram = redisHash.size({ keys: w.memories, keyBytes: KEY_BYTES, fields: fields(w, true) }).resident;
  return [component('table', 'memories (hashes)', ram, snapshotBytes(w, true), 'layouts/redis-hash')];
}

function vectorSet(w: Workload): Component[] {
  const set = redisVectorSet.size({
    elements: w.memories,
    dims: w.dimensions,
    type: setType(w),
    m: w.m,
    elementBytes: KEY_BYTES,
  }).resident;
  const ram = redisHash.size({ keys: w.memories, keyBytes: KEY_BYTES, fields: fields(w, false) }).resident;
  const raw = derive('vector set in a snapshot', 'B', 'N * (key + d * element + links * link)', {
    N: w.memories,
    key: KEY_BYTES,
    d: w.dimensions,
    element: leaf('bytes of a dimension', ELEMENT[w.scalar] ?? 4, 'B'),
    links: derive('links of an element', 'count', '2 * m', { m: w.m }),
    link: leaf('bytes of a saved link', 6, 'B', {
      low: 3,
      high: 10,
      basis: 'assumed',
      source: 'RDB module integers: an opcode and 1 to 9 bytes; not every slot is filled',
    }),
  });
  return [
    component('vector-index', 'vector set', set, raw, 'layouts/redis-vector-set'),
    component('table', 'memories (hashes)', ram, snapshotBytes(w, false), 'layouts/redis-hash'),
  ];
}

const setType = (w: Workload): 'fp32' | 'q8' | 'bin' => SET_TYPES[w.scalar as keyof typeof SET_TYPES] ?? 'fp32';

/** An RDB snapshot holds keys and values and little else. */
function snapshotBytes(w: Workload, withVector: boolean): Quantity<'B'> {
  const list = fields(w, withVector);
  const values = Object.fromEntries(list.map((f) => [f.name, f.valueBytes]));
  return derive('RDB snapshot', 'B', `N * (key + ${list.map((f) => f.name).join(' + ')} + overhead)`, {
    N: w.memories,
    key: KEY_BYTES,
    overhead: leaf('lengths and field names', list.length * 12, 'B', {
      basis: 'assumed',
      source: 'RDB format: a length of 1 to 5 bytes and the name for each field',
    }),
    ...values,
  });
}

const engine: Engine = defineEngine({
  id: 'redis',
  title: 'Redis',
  level: undefined,
  layouts: ['redis-hash', 'redis-string', 'redis-vector-set'],
  scalars: ['float32', 'halfvec', 'int8', 'bit'],
  indexes: ['flat', 'vector-set'],
  maxDimensions: () => 32_768,
  plan,
  useWhen: ['a cache of embeddings or answers that may be lost and filled again'],
  leaveWhen: ['memory costs more than the latency is worth', 'the memories are the only copy'],
  failureModes: [
    'an eviction policy other than noeviction removes entries but not the side keys that point at them',
    'a value just above an allocation class takes the next one: 6,144 B of float32 take 7,168',
    'a restart is as long as the load of the whole data set',
  ],
  docs: 'engines/redis',
});

export default engine;
