/** Store address → adapter. An adapter and its driver are loaded only when a store of its scheme is opened. */
import { InputError, nearest } from '../quantity/index.ts';
import type { OpenOptions, Store, StoreAdapter, Target } from '../store/index.ts';

const ADAPTERS: Readonly<Record<string, () => Promise<StoreAdapter>>> = {
  postgres: async () => (await import('./postgres/index.ts')).postgresAdapter,
  redis: async () => (await import('./redis/index.ts')).redisAdapter,
  rediss: async () => (await import('./redis/index.ts')).redisAdapter,
  'redis+cluster': async () => (await import('./redis/index.ts')).redisAdapter,
  'rediss+cluster': async () => (await import('./redis/index.ts')).redisAdapter,
  sqlite: async () => (await import('./sqlite/index.ts')).sqliteAdapter,
};

/** Schemes a store address may begin with. */
export const SCHEMES: readonly string[] = Object.keys(ADAPTERS);

/**
 * @throws InputError when no adapter knows the scheme, or what is at the address is not such a store
 * @throws StoreError when the store is unreachable, locked or refuses this role
 */
export async function openStore(target: Target, options: OpenOptions): Promise<Store> {
  const load = Object.hasOwn(ADAPTERS, target.scheme) ? ADAPTERS[target.scheme] : undefined;
  if (load === undefined) {
    const near = nearest(target.scheme, SCHEMES);
    throw new InputError(
      'unknown-scheme',
      `STORE: "${target.scheme}:" is not a kind of store this release reads${near === undefined ? '' : `; did you mean ${near}:?`}`,
      `it reads ${SCHEMES.map((s) => `${s}:`).join(', ')}`,
    );
  }
  return (await load()).open(target, options);
}
