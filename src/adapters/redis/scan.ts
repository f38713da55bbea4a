/** Entries of one memory set, read in pipelines of 100. Text comes as text, vectors as little-endian float32. */
import { InputError } from '../../quantity/index.ts';
import { type ScanField, type ScanRequest, type ScanRow, StoreError } from '../../store/index.ts';
import { secondsOf } from './entry-times.ts';
import { matches } from './key-groups.ts';
import { globOf, type KeyListing, scanPattern } from './key-names.ts';
import type { Command } from './node-connection.ts';
import type { RedisSet } from './recognise.ts';
import { members, rosterKeys, splitMember } from './roster.ts';
import type { RedisSession } from './session.ts';

const BATCH = 100;

export async function* scanSet(
  session: RedisSession,
  set: RedisSet,
  listing: () => Promise<KeyListing>,
  request: ScanRequest,
): AsyncGenerator<ScanRow> {
  if (set.set.type !== 'hash') {
    throw new InputError('not-scannable', `${set.id}: entries of this type are counted and not read one by one`);
  }
  const wanted = fieldsOf(set, request.fields);
  for await (const keys of keysOf(session, set, listing)) {
    for (let i = 0; i < keys.length; i += BATCH) {
      const part = keys.slice(i, i + BATCH);
      const names = wanted.map((w) => w.field);
      const replies =
        names.length === 0
          ? part.map(() => [])
          : await session.many(
              part.map((k): Command => ['HMGET', k.key, ...names]),
              true,
            );
      for (const [n, { id }] of part.entries()) {
        const values = replies[n];
        // A key of another type under the same prefix, or gone meanwhile.
        if (!Array.isArray(values) || (values.length > 0 && values.every((v) => v === null))) continue;
        yield row(set, id, wanted, values as (Buffer | null)[]);
      }
    }
  }
}

interface Wanted {
  readonly as: ScanField;
  readonly field: string;
}

function fieldsOf({ set }: RedisSet, asked: readonly ScanField[]): Wanted[] {
  const all: [ScanField, readonly (string | undefined)[]][] = [
    ['namespace', [set.namespace]],
    ['text', set.text ?? []],
    ['metadata', [set.metadata]],
    ['hash', [set.hash]],
    ['vector', [set.vector]],
    ['created', [set.created?.field]],
  ];
  return all
    .filter(([as]) => asked.includes(as))
    .flatMap(([as, fields]) => fields.filter((f): f is string => f !== undefined).map((field) => ({ as, field })));
}

function row({ set }: RedisSet, id: string, wanted: readonly Wanted[], values: readonly (Buffer | null)[]): ScanRow {
  const out: { -readonly [K in keyof ScanRow]: ScanRow[K] } = { id };
  for (const [i, { as }] of wanted.entries()) {
    const value = values[i];
    if (value == null) continue;
    if (as === 'vector') {
      if (value.length > 0 && value.length % 4 === 0) out.vector = floats(value);
    } else if (as === 'created') {
      const s = secondsOf(value.toString(), set.created?.format ?? 'epoch-s');
      if (s !== null) out.created = s * 1000;
    } else if (as === 'text') out.text = out.text === undefined ? value.toString() : `${out.text}\n${value.toString()}`;
    else out[as] = value.toString();
  }
  return out;
}

/** A copy, because the bytes of a reply need not begin where four-byte numbers may. */
function floats(bytes: Buffer): Float32Array {
  const out = new Float32Array(bytes.length / 4);
  for (let i = 0; i < out.length; i++) out[i] = bytes.readFloatLE(4 * i);
  return out;
}

interface EntryKey {
  readonly id: string;
  readonly key: string;
}

/** Keys of the set's entries. One that the server has expired is no entry any more, and is not touched. */
export async function* keysOf(
  session: RedisSession,
  set: RedisSet,
  listing: () => Promise<KeyListing>,
): AsyncGenerator<EntryKey[]> {
  const { roster } = set.set;
  if (roster !== undefined) {
    const keys = rosterKeys(set, roster);
    const due = new Set<string>();
    await session.refresh();
    const live = session.inert ? undefined : new Set((await listed(session, listing)).names);
    if (live !== undefined) {
      const until = String((await session.time()) / 1000 + 2);
      for await (const page of members(session, keys.byExpiry, '-inf', until)) {
        for (const { member } of page) due.add(splitMember(member, roster.separator).id);
      }
    }
    for await (const page of members(session, keys.ids)) {
      yield page
        .filter((m) => !due.has(m.member))
        .map(({ member: id }) => ({ id, key: keys.entry(id) }))
        .filter(({ key }) => live === undefined || live.has(key));
    }
    return;
  }
  const start = set.pattern.slice(0, -1);
  const entry = (key: string): EntryKey => ({ id: key.slice(start.length), key });
  if (session.inert) {
    const seen = new Set<string>();
    for await (const names of scanPattern(session, globOf(start))) {
      const fresh = names.filter((n) => !seen.has(n));
      for (const n of fresh) seen.add(n);
      yield fresh.map(entry);
    }
    return;
  }
  const found = await listed(session, listing);
  yield found.names
    .filter((n) => matches(set.pattern, n))
    .sort()
    .map(entry);
}

/** @throws StoreError where the names of live keys cannot be had, and so no key may be looked at */
async function listed(session: RedisSession, listing: () => Promise<KeyListing>): Promise<KeyListing> {
  const found = await listing();
  if (found.complete) return found;
  throw new StoreError('store-keys-unlisted', `${session.target}: ${found.why ?? 'the keys cannot be listed'}`);
}
