/** Search indexes of RediSearch and valkey-search, as FT._LIST and FT.INFO tell them. Fields: https://redis.io/docs/latest/commands/ft.info/ */
import { isUnavailable } from './redis-errors.ts';
import type { RedisSession } from './session.ts';

export interface SearchIndex {
  readonly name: string;
  readonly keyType: 'hash' | 'json';
  readonly prefixes: readonly string[];
  readonly fields: readonly { readonly name: string; readonly type: string; readonly dims: number | null }[];
  readonly documents: number | null;
}

/** Empty where the server has no search module, or the role may not use it. */
export async function searchIndexes(session: RedisSession): Promise<SearchIndex[]> {
  const names = (await session.first.attempt(isUnavailable, 'FT._LIST')) as string[] | undefined;
  const indexes: SearchIndex[] = [];
  for (const name of (names ?? []).slice(0, 50)) {
    const reply = await session.first.attempt(isUnavailable, 'FT.INFO', name);
    if (reply !== undefined) indexes.push(parseIndex(name, reply as readonly unknown[]));
  }
  return indexes;
}

/** @param reply flat list of names and values, as protocol 2 gives it */
export function parseIndex(name: string, reply: readonly unknown[]): SearchIndex {
  const top = pairs(reply);
  const definition = pairs(top.get('index_definition'));
  const attributes = (top.get('attributes') ?? top.get('fields') ?? []) as readonly unknown[];
  const documents = Number(top.get('num_docs'));
  return {
    name,
    keyType: String(definition.get('key_type')).toUpperCase() === 'JSON' ? 'json' : 'hash',
    prefixes: ((definition.get('prefixes') ?? []) as readonly unknown[]).map(String),
    fields: attributes.map((attribute) => {
      const a = pairs(attribute);
      const dims = Number(a.get('dim') ?? a.get('dimensions'));
      return {
        name: String(a.get('attribute') ?? a.get('identifier')),
        type: String(a.get('type')).toUpperCase(),
        dims: Number.isInteger(dims) && dims > 0 ? dims : null,
      };
    }),
    documents: Number.isFinite(documents) ? documents : null,
  };
}

function pairs(list: unknown): Map<string, unknown> {
  const map = new Map<string, unknown>();
  if (!Array.isArray(list)) return map;
  for (let i = 0; i + 1 < list.length; i += 2) map.set(String(list[i]).toLowerCase(), list[i + 1]);
  return map;
}
