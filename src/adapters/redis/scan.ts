/** Entries of one memory set, read in pipelines of 100. Text comes as text, vectors as little-endian float32. */
import { InputError } from '../../quantity/index.ts';
import type { ScanField, ScanRequest, ScanRow } from '../../store/index.ts';
import { type Dated, withExpiry } from './entry-expiry.ts';
import { type EntryKey, keysInNamespaces, keysOf, keysOfIds, type Listing } from './entry-keys.ts';
import { entryFields, entryRow } from './entry-row.ts';
import type { Command } from './node-connection.ts';
import type { RedisSet } from './recognise.ts';
import { sampleOf } from './sampling.ts';
import type { RedisSession } from './session.ts';
import { scanVectorSet } from './vector-set.ts';

const BATCH = 100;

export async function* scanSet(
  session: RedisSession,
  set: RedisSet,
  listing: Listing,
  request: ScanRequest,
): AsyncGenerator<ScanRow> {
  if (set.set.type === 'vectorset') {
    yield* scanVectorSet(session, set, request);
    return;
  }
  if (set.set.type !== 'hash') {
    throw new InputError('not-scannable', `${set.id}: entries of this type are counted and not read one by one`);
  }
  const now = request.now ?? new Date(await session.time());
  for await (const keys of asked(session, set, listing, request)) {
    for (let i = 0; i < keys.length; i += BATCH) {
      request.signal?.throwIfAborted();
      yield* await rowsAt(session, set, keys.slice(i, i + BATCH), request, now);
    }
  }
}

/** Keys of the entries that are asked for; of a sample those that were drawn. */
async function* asked(
  session: RedisSession,
  set: RedisSet,
  listing: Listing,
  request: ScanRequest,
): AsyncGenerator<EntryKey[]> {
  const { keys, namespaces, sample, signal } = request;
  const pages = async function* (): AsyncGenerator<EntryKey[]> {
    if (keys !== undefined) yield await keysOfIds(session, set, listing, keys);
    else if (namespaces !== undefined) yield* keysInNamespaces(session, set, listing, namespaces);
    else yield* keysOf(session, set, listing);
  };
  const inside = async function* (): AsyncGenerator<EntryKey[]> {
    for await (const page of pages()) {
      signal?.throwIfAborted();
      yield namespaces === undefined ? page : await belonging(session, set, page, namespaces);
    }
  };
  if (sample === undefined || keys !== undefined) {
    yield* inside();
    return;
  }
  let all: EntryKey[] = [];
  for await (const page of inside()) all = all.concat(page);
  // The server lists keys in an order of its own; the same seed shall draw the same ones.
  all.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  yield sampleOf(all, sample.rows, sample.seed);
}

/** Entries that say of themselves that they belong to one of these namespaces. */
async function belonging(
  session: RedisSession,
  { set }: RedisSet,
  keys: readonly EntryKey[],
  namespaces: readonly (string | null)[],
): Promise<EntryKey[]> {
  const { namespace } = set;
  if (namespace === undefined) return namespaces.includes(null) ? [...keys] : [];
  const wanted = new Set(namespaces);
  const replies = await session.many(keys.map((k): Command => ['HGET', k.key, namespace]));
  return keys.filter((_, i) => {
    const own = replies[i];
    return own === null ? wanted.has(null) : typeof own === 'string' && wanted.has(own);
  });
}

/** Rows of keys that may be looked at; those that are gone meanwhile, or of another kind, are left out. */
async function rowsAt(
  session: RedisSession,
  of: RedisSet,
  keys: readonly EntryKey[],
  { fields }: { readonly fields: readonly ScanField[] },
  now: Date,
): Promise<ScanRow[]> {
  const { set } = of;
  const ranked = fields.includes('rank');
  const names = entryFields(set, ranked && set.roster !== undefined ? [...fields, 'namespace'] : fields);
  const read = (k: EntryKey): Command => (names.length === 0 ? ['HLEN', k.key] : ['HMGET', k.key, ...names]);
  const replies = await session.many(keys.map(read), true);
  const rows = keys.flatMap((entry, n): Dated[] => {
    const { id } = entry;
    const reply = replies[n];
    if (names.length === 0)
      return typeof reply === 'number' && reply > 0 ? [{ entry, namespace: '', row: { id } }] : [];
    if (!Array.isArray(reply) || reply.every((v) => v === null)) return [];
    const values = new Map(names.map((name, i) => [name, reply[i] as Buffer | null]));
    const namespace = set.namespace === undefined ? '' : (values.get(set.namespace)?.toString() ?? '');
    return [{ entry, namespace, row: entryRow(set, id, fields, (f) => values.get(f), now) }];
  });
  return ranked ? await withExpiry(session, of, rows) : rows.map((r) => r.row);
}
