/** How the next command names a store, so that it is read in the way this one did. */
import type { Options } from '../command.ts';
import type { StoreChoice } from './stores.ts';

/** Flags that say what the tables of a store mean, and where its name stands. */
const READING = ['profile', 'map', 'config'] as const;

/**
 * The address and the flags that the reading needs: "postgres://app@db/x --map 'my map.yaml'". A name from memctl.yaml stands
 * for its address, with the map that is said there; a shard has none of its own.
 */
export function storeAgain(address: string, options: Options, choice?: Pick<StoreChoice, 'name' | 'target'>): string {
  const named = choice !== undefined && choice.name !== choice.target.name && !choice.name.includes('/');
  const flags = READING.flatMap((name) => {
    const value = options[name];
    return typeof value === 'string' ? [`--${name} ${quoted(value)}`] : [];
  });
  return [named ? choice.name : address, ...flags].join(' ');
}

/** As a shell reads it. */
const quoted = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
