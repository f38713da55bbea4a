/** A store's own lists of what it holds, by name: nothing has to be searched for, and nothing expired has to be touched. */
import { filled, type Roster } from '../../profiles/redis-profile.ts';
import { globOf } from './key-names.ts';
import type { RedisSet } from './recognise.ts';
import type { RedisSession } from './session.ts';

export interface RosterKeys {
  readonly ids: string;
  readonly byExpiry: string;
  readonly namespaces: string;
  readonly signal: string;
  /** Pattern of the keys that lead from a hash to an id. */
  readonly uniquePattern: string;
  /** The same as SCAN takes it, special characters escaped. */
  readonly uniqueGlob: string;
  readonly entry: (id: string) => string;
  readonly byNamespace: (namespace: string) => string;
  readonly unique: (namespace: string, hash: string) => string;
  readonly quota: (namespace: string) => string;
  readonly member: (namespace: string, id: string) => string;
}

export function rosterKeys({ set, prefix }: RedisSet, roster: Roster): RosterKeys {
  const of = (pattern: string, values: Readonly<Record<string, string>> = {}): string =>
    filled(pattern, { prefix, ...values });
  return {
    ids: of(roster.ids),
    byExpiry: of(roster.byExpiry),
    namespaces: of(roster.namespaces),
    signal: of(roster.signal.key),
    uniquePattern: `${before(of(roster.unique))}*`,
    uniqueGlob: globOf(before(of(roster.unique))),
    entry: (id) => of(set.key, { id }),
    byNamespace: (namespace) => of(roster.byNamespace, { namespace }),
    unique: (namespace, hash) => of(roster.unique, { namespace, hash }),
    quota: (namespace) => of(roster.quota, { namespace }),
    member: (namespace, id) => `${namespace}${roster.separator}${id}`,
  };
}

const before = (pattern: string): string => pattern.replace(/\{namespace\}.*$/, '');

/** Split at the last separator: a namespace may contain it, an id may not. */
export function splitMember(member: string, separator: string): { namespace: string; id: string } {
  const at = member.lastIndexOf(separator);
  return at < 0
    ? { namespace: '', id: member }
    : { namespace: member.slice(0, at), id: member.slice(at + separator.length) };
}

const PAGE = 1_000;

/** Members of a sorted set with their scores, in its order, page by page. */
export async function* members(
  session: RedisSession,
  key: string,
  min = '-inf',
  max = '+inf',
): AsyncGenerator<{ readonly member: string; readonly score: number }[]> {
  for (let from = 0; ; from += PAGE) {
    const flat = (await session.call('ZRANGEBYSCORE', key, min, max, 'WITHSCORES', 'LIMIT', from, PAGE)) as string[];
    const page = Array.from({ length: flat.length / 2 }, (_, i) => ({
      member: flat[2 * i] as string,
      score: Number(flat[2 * i + 1]),
    }));
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
  }
}
