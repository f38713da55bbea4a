/**
 * The names of the keys, without deleting any: an expired key stays until somebody looks at it, and SCAN looks at it.
 *
 * - No key carries a TTL, or the server is a replica: SCAN, all of it up to a million keys, beyond that a sample.
 * - Some do: KEYS, which lists what is not expired and deletes nothing, as long as the keyspace is small enough for a
 *   command that nobody may interrupt (50,000 keys: about 10 ms of the server's time).
 * - Otherwise the names are not read; what a store's own lists tell is told, and the rest is said to be unmeasured.
 */
import type { NodeConnection } from './node-connection.ts';
import type { RedisSession } from './session.ts';

export const KEYS_LIMIT = 50_000;
export const SCAN_LIMIT = 1_000_000;
/** Keys by which shares of a larger keyspace are judged: 2,000 of 200,000 took 35 ms. */
const SAMPLE = 2_000;
const SCAN_COUNT = 1_000;
/** Keys of our own: the lock of a run. */
export const OWN_PREFIX = 'memctl:';

export interface KeyListing {
  /** Every live key of the database is in `names`. */
  readonly complete: boolean;
  /** All names, or a sample of them; none where they cannot be read without deleting. */
  readonly names: readonly string[];
  /** Keys of our own that were left out of `names`. */
  readonly own: number;
  /** Keys of the database as DBSIZE counts them: with those that are expired and still there. */
  readonly keys: number;
  readonly method: string;
  /** Why there are no names. */
  readonly why?: string;
}

export async function listKeys(session: RedisSession, step: (what: string) => Promise<void>): Promise<KeyListing> {
  await session.refresh();
  const keys = session.nodes.reduce((n, node) => n + node.info.keys, 0);
  await step('key names');
  if (session.inert) {
    const limit = keys <= SCAN_LIMIT ? Number.POSITIVE_INFINITY : SAMPLE;
    let names: string[] = [];
    for (const node of session.nodes) {
      const share = Math.ceil((limit * node.info.keys) / Math.max(1, keys));
      names = names.concat(await scanned(node, limit === Number.POSITIVE_INFINITY ? limit : share, step));
    }
    const complete = limit === Number.POSITIVE_INFINITY;
    return { complete, ...withoutOwn(names), keys, method: complete ? 'counted' : `sample of ${names.length} keys` };
  }
  if (keys > KEYS_LIMIT) {
    return {
      complete: false,
      names: [],
      own: 0,
      keys,
      method: 'not read',
      why: `some of the ${keys} keys carry a TTL, and listing them would delete those that have expired; read from a replica instead, which deletes nothing`,
    };
  }
  let names: string[] = [];
  for (const node of session.nodes) {
    const reply = await node.attempt(
      (e) => /^(NOPERM|ERR unknown|ERR .*(not allowed|disabled))/i.test(e.message),
      'KEYS',
      '*',
    );
    if (reply === undefined) {
      return {
        complete: false,
        names: [],
        own: 0,
        keys,
        method: 'not read',
        why: 'some keys carry a TTL, so only KEYS lists them without deleting any, and this role may not run it; ACL SETUSER USER +keys grants it',
      };
    }
    names = names.concat(reply as string[]);
  }
  return { complete: true, ...withoutOwn(names), keys, method: 'counted' };
}

/** Keys that may be looked at without deleting one: every one, those that were listed as live, or none because nobody can say. */
export type MayLook = 'all' | 'none' | ReadonlySet<string>;

export function mayLook(session: RedisSession, listing: KeyListing): MayLook {
  if (session.inert) return 'all';
  return listing.complete ? new Set(listing.names) : 'none';
}

function withoutOwn(names: readonly string[]): { names: string[]; own: number } {
  const others = names.filter((n) => !n.startsWith(OWN_PREFIX));
  return { names: others, own: names.length - others.length };
}

/** Names under one pattern: where keys carry a TTL, one of `session.permanent` alone. SCAN with MATCH leaves all others untouched. */
export async function* scanPattern(session: RedisSession, pattern: string): AsyncGenerator<string[]> {
  for (const node of session.nodes) {
    let cursor = '0';
    do {
      const [next, names] = (await node.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT)) as [
        string,
        string[],
      ];
      cursor = next;
      if (names.length > 0) yield names;
    } while (cursor !== '0');
  }
}

/** A pattern with the special characters of what is literally in it escaped. */
export function globOf(prefix: string): string {
  return `${prefix.replaceAll(/[\\*?[\]^]/g, (c) => `\\${c}`)}*`;
}

async function scanned(node: NodeConnection, limit: number, step: (what: string) => Promise<void>): Promise<string[]> {
  // SCAN may return a key twice while the table is resized.
  const names = new Set<string>();
  let cursor = '0';
  do {
    const [next, batch] = (await node.call('SCAN', cursor, 'COUNT', SCAN_COUNT)) as [string, string[]];
    cursor = next;
    for (const name of batch) names.add(name);
    if (names.size % 50_000 < batch.length) await step(`${names.size} of ${node.info.keys} key names`);
  } while (cursor !== '0' && names.size < limit);
  return [...names];
}
