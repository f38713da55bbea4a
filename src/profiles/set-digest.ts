/** One short name for a reading of a table: two readings by which different rows could go never share it by accident. */
import type { SetProfile } from './profile.ts';

/** FNV-1a, 64 bit (Fowler, Noll, Vo; draft-eastlake-fnv): against a mistaken map, not against an adversary. */
const BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/**
 * @param set resolved against the store's catalog
 * @returns 16 hex digits over everything that decides which rows of it go, and what goes with them: expiry with its unit, creation,
 *   order of eviction, quotas, dependents with their columns, kinds, and how a row is marked as superseded
 */
export function setDigest(set: SetProfile): string {
  const { table, schema, namespace, created, softDeleted, deletedValue, ttl, evictionOrder, quota, dependents } = set;
  const { kind, hidden, markSays, supersede } = set;
  const deciding = [
    table,
    schema,
    namespace,
    created,
    softDeleted,
    deletedValue,
    ttl,
    evictionOrder,
    quota,
    dependents,
    kind,
    hidden,
    markSays,
    supersede,
  ];
  let hash = BASIS;
  for (const byte of new TextEncoder().encode(JSON.stringify(deciding.map((v) => v ?? null))))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  return hash.toString(16).padStart(16, '0');
}
