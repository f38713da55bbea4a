/**
 * Sorted sets and integer strings of Redis 7.0 to 8.0: src/t_zset.c (zslCreateNode, ZSKIPLIST_P 0.25, ZSKIPLIST_MAXLEVEL 32),
 * src/object.c (integers that need no string); jemalloc classes as in the Redis layouts.
 */
import { jemallocClass, sdsAllocated } from '../layouts/jemalloc.ts';
import { keyEntry, keyTable, type RedisServer, SERVER_ERROR } from '../layouts/redis-objects.ts';
import { derive, type Quantity } from '../quantity/index.ts';

const SERVER: RedisServer = 'redis-7';
const QUANTUM = 16;
/** zskiplistNode: element, score, backward; then 16 bytes a level. */
const NODE = 24;
const LEVEL = 16;
const UP = 0.25;
const MOST_LEVELS = 32;
/** dictEntry of the member, and struct redisObject of an integer. */
const ENTRY = 24;
const OBJECT = 16;
/** Integers below this are shared by all values. */
const SHARED = 10_000;

/** Mean bytes of a node over its random level. */
const meanNode: number = (() => {
  let mean = 0;
  for (let level = 1; level <= MOST_LEVELS; level++) {
    const share = level === MOST_LEVELS ? UP ** (level - 1) : UP ** (level - 1) * (1 - UP);
    mean += share * jemallocClass(NODE + LEVEL * level, QUANTUM);
  }
  return mean;
})();

const ARITHMETIC: Readonly<Record<string, (...n: number[]) => number>> = {
  member: (bytes = 0) => meanNode + jemallocClass(ENTRY, QUANTUM) + sdsAllocated(Math.round(bytes), QUANTUM),
  slots: (n = 0) => keyTable(n, SERVER),
  key: (bytes = 0) => keyEntry(Math.round(bytes), QUANTUM),
  table: (n = 0) => keyTable(n, SERVER),
  integers: (n = 0) => Math.max(0, n - SHARED) * jemallocClass(OBJECT, QUANTUM),
};

/** One sorted set of more than 128 members (below, a listpack, it is smaller). */
export function sortedSet(name: string, members: Quantity, memberBytes: Quantity): Quantity<'B'> {
  return derive(
    name,
    'B',
    'n * member(bytes) + slots(n)',
    { n: members, bytes: memberBytes },
    { using: ARITHMETIC, source: 'Redis src/t_zset.c, src/dict.c', error: SERVER_ERROR },
  );
}

/** String keys whose values are the integers from 1 to `keys`. */
export function integerStrings(name: string, keys: Quantity, keyBytes: Quantity): Quantity<'B'> {
  return derive(
    name,
    'B',
    'n * key(bytes) + integers(n) + table(n)',
    { n: keys, bytes: keyBytes },
    { using: ARITHMETIC, source: 'Redis src/object.c, src/dict.c', error: SERVER_ERROR },
  );
}
