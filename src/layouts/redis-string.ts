/**
 * String keys in Redis and Valkey: a vector, or a JSON document, per key. Redis 7.0.15 and 8.0.2 (src/object.c, db.c,
 * dict.c), Valkey 8.1.1 (src/object.c, hashtable.c); jemalloc 5 size classes. `used_memory`, not RSS.
 */
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import { classBelow, jemallocClass, meanAllocated, type Quantum, sdsBytes } from './jemalloc.ts';
import { type Cliff, defineLayout, type Layout, type LayoutSize } from './layout.ts';
import {
  checkKeys,
  checkValue,
  keyTable,
  ON_DISK,
  quantumOf,
  type RedisAllocator,
  type RedisServer,
  SERVER_ERROR,
  stringKey,
} from './redis-objects.ts';

export interface RedisStringParameters {
  readonly keys: Quantity;
  /** Mean bytes of the key's name. */
  readonly keyBytes: Quantity<'B'>;
  readonly valueBytes: Quantity<'B'>;
  /** Relative standard deviation of the value's length; default 0 (vectors). Give one for texts. */
  readonly valueSpread?: Quantity<'ratio'>;
  /** Default `redis-7`. */
  readonly server?: RedisServer;
  /** Default `system`. */
  readonly allocator?: RedisAllocator;
}

const SOURCE =
  'Redis 7.0 to 8.0 src/object.c and dict.c; Valkey 8.1 src/object.c and hashtable.c; jemalloc 5 size classes';
const EVEN: Quantity<'ratio'> = leaf('spread of value lengths', 0, 'ratio');

type Arithmetic = Readonly<Record<string, (...n: number[]) => number>>;

const ARITHMETIC = new Map<string, Arithmetic>();

/** The functions of one server and allocator; made once each. */
function arithmetic(server: RedisServer, q: Quantum): Arithmetic {
  const id = `${server}/${q}`;
  let made = ARITHMETIC.get(id);
  if (made === undefined) {
    made = {
      table: (n = 0) => keyTable(n, server),
      string_key: (k = 0, v = 0, s = 0) => meanAllocated(v, v * s, (l) => stringKey(Math.round(k), l, server, q)),
    };
    ARITHMETIC.set(id, made);
  }
  return made;
}

function size(p: RedisStringParameters): LayoutSize {
  checkKeys(p.keys);
  checkValue(p.keyBytes, 'key');
  checkValue(p.valueBytes, 'value');
  const using = arithmetic(p.server ?? 'redis-7', quantumOf(p.allocator));
  const n = p.keys;
  const table = derive('key table', 'B', 'table(n)', { n }, { using, source: SOURCE });
  const key = derive(
    'one key with its value',
    'B',
    'string_key(k, v, s)',
    { k: p.keyBytes, v: p.valueBytes, s: p.valueSpread ?? EVEN },
    { using, source: SOURCE },
  );
  const total = derive('strings in used_memory', 'B', 'n * k + t', { n, k: key, t: table }, { error: SERVER_ERROR });
  return { disk: ON_DISK, resident: total, parts: { key, table } };
}

/** The value lengths around the given one at which its allocation takes the next size class. */
export function valueCliffs(bytes: number, per: string, q: Quantum): Cliff[] {
  const header = sdsBytes(bytes) - bytes;
  const here = jemallocClass(bytes + header, q);
  const below = classBelow(here, q);
  const cliff = (before: number, after: number): Cliff => ({
    parameter: 'valueBytes',
    at: before - header + 1,
    before,
    after,
    unit: 'B',
    per,
  });
  return [cliff(below, here), cliff(here, jemallocClass(here + 1, q))].filter((c) => c.at > 0 && c.before > 0);
}

export const redisString: Layout<RedisStringParameters> = defineLayout({
  id: 'redis-string',
  title: 'Redis string keys',
  source: SOURCE,
  size,
  cliffs: (p: RedisStringParameters) => valueCliffs(Math.round(p.valueBytes.value), 'key', quantumOf(p.allocator)),
});
