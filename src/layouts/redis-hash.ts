/**
 * Hash keys in Redis and Valkey: a memory per key, its vector and further columns as fields. Redis 7.0.15 and 8.0.2
 * (src/t_hash.c, dict.c, listpack.c), Valkey 8.1.1 (src/t_hash.c, hashtable.c); jemalloc 5 size classes. A hash with
 * a value above `hash-max-listpack-value` is a hash table, and every vector is. `used_memory`, not RSS.
 */
import { derive, InputError, leaf, type Quantity, stated } from '../quantity/index.ts';
import { jemallocClass, type Quantum } from './jemalloc.ts';
import { type Cliff, defineLayout, type Layout, type LayoutSize } from './layout.ts';
import { DEFAULT_TEXT_SPREAD } from './length-spread.ts';
import {
  checkKeys,
  checkValue,
  hashField,
  hashObject,
  hashTable,
  keyTable,
  LISTPACK_FRAME,
  listpackElement,
  ON_DISK,
  quantumOf,
  type RedisAllocator,
  type RedisServer,
  SERVER_ERROR,
} from './redis-objects.ts';
import { valueCliffs } from './redis-string.ts';

export interface RedisField {
  readonly name: string;
  readonly valueBytes: Quantity<'B'>;
  /** Relative standard deviation of the value's length; default 0. */
  readonly spread?: Quantity<'ratio'>;
}

export interface RedisHashParameters {
  readonly keys: Quantity;
  readonly keyBytes: Quantity<'B'>;
  readonly fields: readonly RedisField[];
  /** Default `redis-7`. */
  readonly server?: RedisServer;
  /** Default `system`. */
  readonly allocator?: RedisAllocator;
  /** `hash-max-listpack-entries`; default 512. */
  readonly listpackEntries?: Quantity;
  /** `hash-max-listpack-value`; default 64. */
  readonly listpackValue?: Quantity<'B'>;
}

const SOURCE =
  'Redis 7.0 to 8.0 src/t_hash.c, dict.c, listpack.c; Valkey 8.1 src/t_hash.c, hashtable.c; jemalloc 5 size classes';
const EVEN: Quantity<'ratio'> = leaf('spread of value lengths', 0, 'ratio');
const LISTPACK_ENTRIES = 512;
const LISTPACK_VALUE = 64;

type Arithmetic = Readonly<Record<string, (...n: number[]) => number>>;

const ARITHMETIC = new Map<string, Arithmetic>();

function arithmetic(server: RedisServer, q: Quantum): Arithmetic {
  const id = `${server}/${q}`;
  let made = ARITHMETIC.get(id);
  if (made === undefined) {
    made = {
      table: (n = 0) => keyTable(n, server),
      object: (k = 0) => hashObject(Math.round(k), server, q),
      hash_table: (f = 0) => hashTable(f, server, q),
      field: (name = 0, v = 0, s = 0) => hashField(name, v, v * s, server, q),
      element: (bytes = 0) => listpackElement(bytes),
      j: (bytes = 0) => jemallocClass(bytes, q),
    };
    ARITHMETIC.set(id, made);
  }
  return made;
}

/** True when Redis keeps such a hash as one listpack: few fields, none long. */
export function isListpack(p: RedisHashParameters): boolean {
  const longest = p.listpackValue?.value ?? LISTPACK_VALUE;
  return (
    p.fields.length <= (p.listpackEntries?.value ?? LISTPACK_ENTRIES) &&
    p.fields.every((f) => f.valueBytes.value <= longest && f.name.length <= longest)
  );
}

function size(p: RedisHashParameters): LayoutSize {
  checkKeys(p.keys);
  checkValue(p.keyBytes, 'key');
  if (p.fields.length === 0) throw new InputError('fields', 'fields: a hash has at least one field');
  for (const f of p.fields) checkValue(f.valueBytes, `field ${f.name}`);
  const using = arithmetic(p.server ?? 'redis-7', quantumOf(p.allocator));
  const n = p.keys;
  const listpack = isListpack(p);
  const parts: Record<string, Quantity> = {};
  const object = derive('key and object', 'B', 'object(k)', { k: p.keyBytes }, { using });
  const inputs: Record<string, Quantity> = {};
  p.fields.forEach((f, i) => {
    const name = leaf('field name', f.name.length, 'B');
    const field = listpack
      ? derive(`field ${f.name}`, 'B', 'element(n) + element(v)', { n: name, v: f.valueBytes }, { using })
      : derive(`field ${f.name}`, 'B', 'field(n, v, s)', { n: name, v: f.valueBytes, s: f.spread ?? EVEN }, { using });
    inputs[`f${i + 1}`] = field;
    parts[`field:${f.name}`] = field;
  });
  const sumOfFields = Object.keys(inputs).join(' + ');
  let key: Quantity<'B'>;
  if (listpack) {
    inputs['frame'] = leaf('listpack header and end', LISTPACK_FRAME, 'B');
    key = derive(
      'one key with its listpack',
      'B',
      `o + j(frame + ${sumOfFields})`,
      { o: object, ...inputs },
      { using, source: SOURCE },
    );
  } else {
    const fields = leaf('fields', p.fields.length, 'count');
    const table = derive('hash table of one key', 'B', 'hash_table(f)', { f: fields }, { using, source: SOURCE });
    parts['fieldTable'] = table;
    key = derive(
      'one key with its fields',
      'B',
      `o + t + ${sumOfFields}`,
      { o: object, t: table, ...inputs },
      { source: SOURCE },
    );
  }
  const keys = derive('key table', 'B', 'table(n)', { n }, { using, source: SOURCE });
  const total = derive('hashes in used_memory', 'B', 'n * k + t', { n, k: key, t: keys }, { error: SERVER_ERROR });
  return { disk: ON_DISK, resident: total, parts: { key, object, table: keys, ...parts } };
}

/** The size classes around the longest field, which is the vector where there is one. */
function cliffs(p: RedisHashParameters): readonly Cliff[] {
  const [first, ...rest] = p.fields;
  if (first === undefined || isListpack(p)) return [];
  const longest = rest.reduce((a, b) => (b.valueBytes.value > a.valueBytes.value ? b : a), first);
  return valueCliffs(Math.round(longest.valueBytes.value), `key (field ${longest.name})`, quantumOf(p.allocator));
}

export const redisHash: Layout<RedisHashParameters> = defineLayout({
  id: 'redis-hash',
  title: 'Redis hash keys',
  source: SOURCE,
  size,
  cliffs,
});

/** What one memory kept as a Redis hash holds. */
export interface HashMemory {
  readonly vectorBytes: Quantity<'B'>;
  readonly namespaceBytes: Quantity<'B'>;
  readonly textBytes: Quantity<'B'>;
  readonly metadataBytes: Quantity<'B'>;
}

const TEXT_SPREAD: Quantity<'ratio'> = stated(
  'spread of text lengths',
  DEFAULT_TEXT_SPREAD,
  'ratio',
  'assumed',
  'default',
);
/** Milliseconds since 1970 in decimal digits. */
const TIMESTAMP: Quantity<'B'> = leaf('timestamp', 13, 'B');

/** The fields of a memory: vector, namespace, content, metadata (JSON), created_at. */
export function memoryFields(memory: HashMemory): RedisField[] {
  return [
    { name: 'vector', valueBytes: memory.vectorBytes },
    { name: 'namespace', valueBytes: memory.namespaceBytes },
    { name: 'content', valueBytes: memory.textBytes, spread: TEXT_SPREAD },
    { name: 'metadata', valueBytes: memory.metadataBytes, spread: TEXT_SPREAD },
    { name: 'created_at', valueBytes: TIMESTAMP },
  ];
}
