/** The form in which a memory system that lives in Redis keys is written down. Patterns have `{prefix}`, `{id}`, `{namespace}`, `{hash}`. */
import type { SetRole, TimeFormat } from '../store/index.ts';
import type { Hazard } from './profile.ts';

export interface RedisProfile {
  /** kebab-case, the same as its file and what `--profile` takes. */
  readonly id: string;
  readonly title: string;
  /** The releases and source files the profile was written from. */
  readonly source: string;
  /** What `{prefix}` is when nobody changed it. */
  readonly prefixes: readonly string[];
  readonly signature: RedisSignature;
  /** Hash field in which the store states its schema version. */
  readonly version?: { readonly key: string; readonly field: string };
  readonly newestKnown?: number;
  readonly sets: readonly RedisSetProfile[];
  /** Patterns of further keys that belong to the system. */
  readonly alsoOwns: readonly string[];
  /** Patterns whose keys the system never gives a TTL: they may be listed without deleting anything. */
  readonly permanent?: readonly string[];
  readonly hazards: readonly Pick<Hazard, 'text'>[];
  readonly ownMaintenance: string;
  /** Why memctl must not remove entries of this system. */
  readonly readOnly?: string;
}

export type RedisSignature =
  /** All these keys are there, with these types, and hashes with these fields. */
  | {
      readonly by: 'keys';
      readonly keys: readonly {
        readonly key: string;
        readonly type: 'string' | 'hash' | 'zset' | 'set';
        readonly fields?: readonly string[];
      }[];
      readonly confidence: number;
    }
  /** Sampled keys of one prefix, or the schema of a search index, have all these fields. */
  | {
      readonly by: 'fields';
      readonly type: 'hash' | 'json';
      readonly fields: readonly string[];
      readonly confidence: number;
    }
  /** Keys of the type that holds vectors and their graph (Redis 8). */
  | { readonly by: 'vectorset'; readonly confidence: number };

export interface RedisSetProfile {
  /** Pattern of the entries' keys. */
  readonly key: string;
  readonly type: 'hash' | 'json' | 'vectorset';
  readonly role: SetRole;
  /** What the entries are, plural. */
  readonly title: string;
  readonly primary?: boolean;
  readonly namespace?: string;
  readonly text?: readonly string[];
  readonly metadata?: string;
  readonly hash?: string;
  /** Little-endian float32, without a header. */
  readonly vector?: string;
  readonly created?: { readonly field: string; readonly format: TimeFormat };
  /** Lifetime in seconds from `created`; empty never ends. Needs `roster`. */
  readonly ttl?: string;
  /** Entries may carry the server's own expiry. */
  readonly nativeTtl: boolean;
  /** Entries that differ in one of these fields are never the same memory. */
  readonly kind?: readonly string[];
  /** Fields by which the survivor among duplicates is chosen. */
  readonly rank?: {
    readonly pinned?: string;
    readonly confidence?: string;
    readonly accesses?: string;
    readonly updated?: { readonly field: string; readonly format: TimeFormat };
  };
  readonly roster?: Roster;
}

/** Keys in which a store keeps its own lists of what it holds; with them nothing has to be searched for. */
export interface Roster {
  /** Sorted set of all ids. */
  readonly ids: string;
  /** Sorted set of a namespace's ids by last use: first out first. */
  readonly byNamespace: string;
  /** Set of the namespaces' names. */
  readonly namespaces: string;
  /** Sorted set of `{namespace}|{id}` by the second of expiry, split at the last separator. */
  readonly byExpiry: string;
  readonly separator: string;
  /** String key that leads from a hash to the id. */
  readonly unique: string;
  /** String key with the most entries a namespace may have. */
  readonly quota: string;
  /** Counter that tells other processes that entries are gone: raised by max(least, entries removed). */
  readonly signal: { readonly key: string; readonly least: number };
}

/** A pattern with its names filled in; a name that is not given stays. */
export function filled(pattern: string, values: Readonly<Record<string, string>>): string {
  return pattern.replaceAll(/\{(prefix|id|namespace|hash)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] as string) : whole,
  );
}

/** Identity; gives a profile its type and the reader a word to search for. */
export function defineRedisProfile(profile: RedisProfile): RedisProfile {
  return profile;
}
