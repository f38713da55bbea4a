/**
 * Objects, hash tables and listpacks of Redis 7.0 and 8.0 (src/object.c, dict.c, t_hash.c, listpack.c) and Valkey 8.1
 * (src/object.c, hashtable.c, t_hash.c). Not a layout: what the Redis layouts are made of.
 */
import { InputError, leaf, type Quantity } from '../quantity/index.ts';
import { jemallocClass, meanAllocated, type Quantum, sdsAllocated, sdsBytes } from './jemalloc.ts';

/** `redis-8` is 8.0; later 8.x keep the key inside the value's object and are not described. */
export type RedisServer = 'redis-7' | 'redis-8' | 'valkey-8';
/** `system`: the distribution's jemalloc (Debian, Ubuntu). `bundled`: the one Redis builds itself (official images). */
export type RedisAllocator = 'system' | 'bundled';

export const quantumOf = (allocator: RedisAllocator | undefined): Quantum => (allocator === 'bundled' ? 8 : 16);

/**
 * Client buffers, the tail of a rehash and allocations of the server itself: none of the measured data sets differed
 * by more.
 */
export const SERVER_ERROR = 0.005;

export const ON_DISK: Quantity<'B'> = leaf('on disk', 0, 'B', {
  source: 'in memory only; snapshots and AOF not counted',
});

/** struct redisObject. */
const OBJECT = 16;
/** struct dictEntry: key, value, next. */
const DICT_ENTRY = 24;
/** struct dict, and its smallest table: 4 pointers. */
const DICT = 56;
const DICT_SMALLEST = 4;
/** Valkey's struct hashtable, and a bucket: a cache line with 7 entries. */
const HASHTABLE = 72;
const BUCKET = 64;
const PER_BUCKET = 7;
/** Longest string value that shares its object's allocation (embstr). */
const EMBSTR = 44;
/** Valkey embeds key and value in the object up to this total, and a hash value in its field's entry up to that one. */
const VALKEY_EMBED = 64;
const VALKEY_EMBED_FIELD = 128;
const MAX_VALUE = 512 * 1024 * 1024;

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)));

/** @throws InputError unless the length is one that Redis stores (proto-max-bulk-len, 512 MB by default) */
export function checkValue(bytes: Quantity<'B'>, what: string): void {
  if (!(bytes.low >= 0 && bytes.high <= MAX_VALUE)) {
    throw new InputError(
      'value-length',
      `${what}: ${bytes.value} bytes is not a length Redis stores; it must be from 0 to 512 MiB`,
    );
  }
}

export function checkKeys(keys: Quantity, what = 'keys'): void {
  if (!(keys.low >= 0))
    throw new InputError('keys', `${what}: ${keys.value} is not a count of ${what}; it must be 0 or more`);
}

/**
 * Expected child buckets of a Valkey hash table: a bucket that more than 7 of n entries fall into gets a child for
 * the rest, its seventh slot becoming the link.
 */
export function childBuckets(n: number, buckets: number): number {
  if (buckets <= 1) return n > PER_BUCKET ? 1 : 0;
  const p = 1 / buckets;
  let probability = Math.exp(n * Math.log1p(-p));
  let within = probability;
  for (let k = 1; k <= PER_BUCKET; k++) {
    probability *= (((n - k + 1) / k) * p) / (1 - p);
    within += Math.max(0, probability);
  }
  return buckets * Math.max(0, 1 - within);
}

/** Bytes of the table that finds n keys, once its last rehash is done: 8 per slot, or 64 per bucket of 7. */
export function keyTable(n: number, server: RedisServer): number {
  if (n <= 0) return 0;
  if (server !== 'valkey-8') return 8 * powerOfTwo(Math.max(DICT_SMALLEST, n));
  const buckets = powerOfTwo(n / PER_BUCKET);
  return BUCKET * (buckets + childBuckets(n, buckets));
}

/** Bytes of the key itself: entry and sds in Redis; in Valkey it lies in the value's object. */
export function keyEntry(keyBytes: number, q: Quantum): number {
  return jemallocClass(DICT_ENTRY, q) + sdsAllocated(keyBytes, q);
}

/** Valkey's object with its key embedded, and `value` more bytes in the same allocation. */
const valkeyObject = (keyBytes: number, value: number): number => OBJECT + 1 + sdsBytes(keyBytes) + value;

/** Bytes of one string key: entry, key, object and value, at one length of the value. */
export function stringKey(keyBytes: number, valueBytes: number, server: RedisServer, q: Quantum): number {
  const embedded = 3 + valueBytes + 1;
  if (server === 'valkey-8') {
    const together = valkeyObject(keyBytes, embedded);
    if (together <= VALKEY_EMBED) return jemallocClass(together, q);
    return jemallocClass(valkeyObject(keyBytes, 0), q) + sdsAllocated(valueBytes, q);
  }
  const value =
    valueBytes <= EMBSTR ? jemallocClass(OBJECT + embedded, q) : jemallocClass(OBJECT, q) + sdsAllocated(valueBytes, q);
  return keyEntry(keyBytes, q) + value;
}

/** Bytes of the object of a hash key, with its key. */
export function hashObject(keyBytes: number, server: RedisServer, q: Quantum): number {
  if (server === 'valkey-8') return jemallocClass(valkeyObject(keyBytes, 0), q);
  return keyEntry(keyBytes, q) + jemallocClass(OBJECT, q);
}

/** Bytes of one field of a hash table, over the lengths of its value. */
export function hashField(nameBytes: number, mean: number, deviation: number, server: RedisServer, q: Quantum): number {
  if (server === 'valkey-8') {
    const name = sdsBytes(nameBytes);
    return meanAllocated(mean, deviation, (l) => {
      const together = name + 3 + l + 1;
      return together <= VALKEY_EMBED_FIELD
        ? jemallocClass(together, q)
        : jemallocClass(8 + name, q) + sdsAllocated(l, q);
    });
  }
  const entry = jemallocClass(DICT_ENTRY, q) + sdsAllocated(nameBytes, q);
  return entry + meanAllocated(mean, deviation, (l) => sdsAllocated(l, q));
}

/**
 * Bytes of the table of a hash of `fields` fields right after one HSET wrote them all. A table that has just grown
 * still keeps the old one: each further field moves one or two buckets. Later reads and writes finish the move.
 */
export function hashTable(fields: number, server: RedisServer, q: Quantum): number {
  if (server === 'valkey-8') {
    const buckets = powerOfTwo(fields / PER_BUCKET);
    const old = buckets / 2;
    const moving = buckets > 1 && fields - (PER_BUCKET * old + 1) < old ? old : 0;
    return jemallocClass(HASHTABLE, q) + BUCKET * (buckets + childBuckets(fields, buckets) + moving);
  }
  const slots = Math.max(DICT_SMALLEST, powerOfTwo(fields));
  const old = slots / 2;
  // Looking up and adding a field move one occupied bucket each; a full old table has about 0.65 of them occupied.
  const moving = slots > DICT_SMALLEST && 2 * (fields - old - 1) < 0.65 * old ? jemallocClass(8 * old, q) : 0;
  return jemallocClass(DICT, q) + jemallocClass(8 * slots, q) + moving;
}

/** Bytes of a text element of a listpack: encoding, text, back length. Texts of digits alone take fewer. */
export function listpackElement(bytes: number): number {
  const encoded = bytes + (bytes < 64 ? 1 : bytes < 4096 ? 2 : 5);
  return encoded + (encoded <= 127 ? 1 : encoded < 16_384 ? 2 : 3);
}

/** A listpack's header (total bytes, count) and end mark. */
export const LISTPACK_FRAME = 7;
