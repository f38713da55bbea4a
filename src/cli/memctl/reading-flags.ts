/** What the next command needs to read a store in the way this one did. */
import type { Options } from '../command.ts';

/** Flags that say what the tables of a store mean, and where its name stands. */
const READING = ['profile', 'map', 'config'] as const;

/** Like ' --map "my map.yaml"', with a blank before it; empty where none was given. */
export function readingFlags(options: Options): string {
  return READING.flatMap((name) => {
    const value = options[name];
    return typeof value === 'string' ? [` --${name} ${quoted(value)}`] : [];
  }).join('');
}

const quoted = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
