/** The entries a profile calls memories, counted. Stores with lists of their own are counted by them, others by their keys. */
import {
  type MemorySet,
  type NamespaceCount,
  type NamespaceCounts,
  type Note,
  uncountedSet,
  type VectorFacts,
} from '../../store/index.ts';
import { ageFacts, secondsOf, ttlFacts } from './entry-times.ts';
import { type KeyGroup, toMeasure } from './key-groups.ts';
import type { MayLook } from './key-names.ts';
import type { Command } from './node-connection.ts';
import { expiryRule, type RedisSet, signatureFields } from './recognise.ts';
import { rosterKeys } from './roster.ts';
import { ONE_BY_ONE, type RosterFacts, rosterFacts } from './roster-facts.ts';
import { orphansOf } from './roster-orphans.ts';
import { byLists, untouchedOrphans } from './roster-untouched.ts';
import { sampleOf } from './sampling.ts';
import type { RedisSession } from './session.ts';

/** Namespaces listed by name. */
const TOP = 20;
const NAME_LENGTH = 120;
/** Entries of a prefix that are read one by one; of more, a sample. */
const READ_ALL = 20_000;
const SAMPLE = 2_000;

export interface SetReading {
  readonly session: RedisSession;
  readonly groups: readonly KeyGroup[];
  readonly look: MayLook;
  readonly now: Date;
  readonly exact: boolean;
  readonly note: (n: Note) => void;
  readonly step: (what: string) => Promise<void>;
}

function empty({ id, set, profile, pattern }: RedisSet, rows: number): MemorySet {
  return uncountedSet(
    {
      id,
      profile: profile.id,
      role: set.role,
      title: set.title,
      table: pattern.replace(/:?\*$/, ''),
      primary: set.primary === true,
      ...(profile.readOnly === undefined ? {} : { readOnly: profile.readOnly }),
    },
    rows,
  );
}

export async function memorySet(r: SetReading, set: RedisSet): Promise<MemorySet> {
  await r.step(`${set.profile.title}: ${set.set.title}`);
  if (set.set.type === 'vectorset') return await vectorSet(r, set);
  if (set.set.roster !== undefined) return await rosterSet(r, set);
  return await prefixSet(r, set);
}

/** By the store's own list, the vector set or the names of keys: no entry is read. */
export async function countedByKeys(
  session: RedisSession,
  groups: readonly KeyGroup[],
  set: RedisSet,
): Promise<MemorySet> {
  if (set.set.type === 'vectorset')
    return { ...empty(set, Number(await session.call('VCARD', set.pattern))), rowsFrom: 'VCARD' };
  const { roster, vector } = set.set;
  const facts =
    vector === undefined
      ? null
      : { where: 'column' as const, name: vector, rows: null, dims: set.dims, scalar: 'float32' as const };
  if (roster !== undefined) {
    const rows = Number(await session.call('ZCARD', rosterKeys(set, roster).ids));
    return { ...empty(set, rows), vectors: facts, rowsFrom: "the store's own list" };
  }
  const rows = groups.find((g) => g.pattern === set.pattern)?.count.value ?? 0;
  return { ...empty(set, Math.round(rows)), vectors: facts, rowsFrom: 'keys of the pattern' };
}

async function vectorSet({ session }: SetReading, set: RedisSet): Promise<MemorySet> {
  const rows = Number(await session.call('VCARD', set.pattern));
  const info = (await session.call('VINFO', set.pattern)) as unknown[];
  const quantisation = String(info[info.indexOf('quant-type') + 1]);
  const scalar =
    quantisation === 'int8' ? 'int8' : quantisation === 'bin' ? 'bit' : quantisation === 'f32' ? 'float32' : null;
  return { ...empty(set, rows), vectors: { where: 'column', name: set.pattern, rows, dims: set.dims, scalar } };
}

async function rosterSet(r: SetReading, set: RedisSet): Promise<MemorySet> {
  const { session } = r;
  const roster = set.set.roster as NonNullable<typeof set.set.roster>;
  const keys = rosterKeys(set, roster);
  const rows = Number(await session.call('ZCARD', keys.ids));
  const base = empty(set, rows);
  const names = ((await session.call('SMEMBERS', keys.namespaces)) as string[]).sort();
  const counts = (await session.all(names.map((n): Command => ['ZCARD', keys.byNamespace(n)]))) as number[];
  const quotas = (await session.all(names.map((n): Command => ['GET', keys.quota(n)]))) as (string | null)[];
  const sized = names.map((name, i): [string, number] => [name, Number(counts[i])]);
  const overQuota = names
    .map((namespace, i) => ({ namespace, rows: Number(counts[i]), quota: Number(quotas[i] ?? Number.NaN) }))
    .filter((q) => q.rows > q.quota)
    .sort((a, b) => b.rows - b.quota - (a.rows - a.quota));
  const rule = expiryRule(set.set);
  const common = { ...base, namespaces: namespaceCounts('namespace', sized, 1), overQuota };
  const { look } = r;
  if (look === 'none') {
    r.note({
      code: 'entries-not-read',
      level: 'info',
      subject: set.id,
      message: `${rows} entries were counted by the store's own lists and not read, because that would delete those that the server has expired: ages, and places that contradict their entry, are not known; a replica tells them`,
    });
    const found = await untouchedOrphans(session, set, roster, r.now);
    const orphans = found === null ? {} : { orphans: orphansOf(keys, { ...found, mismatched: null }) };
    return { ...common, ttl: await byLists(session, set, r.now, rows), ...orphans };
  }
  if (rows > ONE_BY_ONE && !r.exact) {
    r.note({
      code: 'entries-not-read',
      level: 'info',
      subject: set.id,
      message: `${rows} entries were counted by the store's own lists and not read: side keys that lead nowhere and ages are not known; --exact reads them`,
    });
    return { ...common, ttl: await byLists(session, set, r.now, rows) };
  }
  const facts = await rosterFacts(session, set, roster, r.now, look, r.step);
  const sample = sampleOf(facts.ids, SAMPLE, set.id).map((id) => keys.entry(id));
  const ttl = rule === null ? null : { ...ttlFacts(rule, facts.expiries, r.now, 1), expired: facts.overdue };
  noteRoster(r, set, facts);
  return {
    ...common,
    rows: facts.rows,
    ...(await means(session, set, sample)),
    vectors: await vectors(session, set, sample, facts.rows),
    ttl,
    ages: set.set.created === undefined ? null : ageFacts(set.set.created.field, facts.created, r.now, 1),
    orphans: orphansOf(keys, { ...facts, gone: facts.gone.size }),
  };
}

function noteRoster(r: SetReading, set: RedisSet, facts: RosterFacts): void {
  if (facts.untouched > 0) {
    r.note({
      code: 'expired-untouched',
      level: 'info',
      subject: set.id,
      message: `${facts.untouched} entries are due by the store's list of expiries; they were not looked at, because that would delete those that the server has expired`,
    });
  }
  if (facts.gone.size > 0) {
    r.note({
      code: 'entries-without-hash',
      level: 'warning',
      subject: set.id,
      message: `${facts.gone.size} of the ${facts.rows} entries that the store counts lack their hash: the server evicted or expired it, or somebody deleted it`,
    });
  }
}

async function prefixSet(r: SetReading, set: RedisSet): Promise<MemorySet> {
  const { session, note } = r;
  const group = r.groups.find((g) => g.pattern === set.pattern);
  if (group === undefined) {
    const why = 'its keys could not be listed without deleting expired ones, so they were not counted';
    note({ code: 'entries-not-listed', level: 'unmeasured', subject: set.id, message: `${set.set.title}: ${why}` });
    return { ...empty(set, 0), hidden: { why } };
  }
  const rows = group.count.value;
  if (set.set.type !== 'hash') return empty(set, rows);
  const drawn = toMeasure(group, rows <= READ_ALL || r.exact ? Number.POSITIVE_INFINITY : SAMPLE);
  const names = await ofTheSet(session, set, drawn);
  const scale = drawn.length === 0 ? 0 : rows / drawn.length;
  const others = drawn.length - names.length;
  if (others > 0) {
    note({
      code: 'other-keys-under-prefix',
      level: 'info',
      subject: set.id,
      message: `${others} of ${drawn.length} keys ${set.pattern} lack the fields of ${set.set.title}: they are counted as no entries, and are never removed`,
    });
  }
  if (drawn.length < rows) {
    note({
      code: 'entries-sampled',
      level: 'info',
      subject: set.id,
      message: `${set.set.title}: namespaces, ages and expiry come from ${drawn.length} of ${rows} keys`,
    });
  }
  const { namespace, created } = set.set;
  const fields = [namespace ?? '', created?.field ?? ''];
  const values = (await session.many(names.map((n): Command => ['HMGET', n, ...fields]))).map((v) =>
    v instanceof Error ? [null, null] : (v as (string | null)[]),
  );
  const left = (await session.many(names.map((n): Command => ['PTTL', n]))).map(Number);
  const at = r.now.getTime();
  const tally = new Map<string, number>();
  for (const [name] of values) if (name != null) tally.set(name, (tally.get(name) ?? 0) + 1);
  const sample = sampleOf(names, SAMPLE, set.id);
  const own = Math.round(names.length * scale);
  return {
    ...empty(set, own),
    ...(await means(session, set, sample)),
    namespaces: namespace === undefined ? null : namespaceCounts(namespace, [...tally], scale),
    vectors: await vectors(session, set, sample, own),
    ttl: set.set.nativeTtl
      ? ttlFacts(
          expiryRule(set.set) ?? '',
          left.map((ms) => (ms >= 0 ? (at + ms + 1) / 1000 : null)),
          r.now,
          scale,
        )
      : null,
    ages:
      created === undefined
        ? null
        : ageFacts(
            created.field,
            values.map(([, c]) => (c == null ? null : secondsOf(c, created.format))),
            r.now,
            scale,
          ),
  };
}

/** Keys that have all fields by which the set was recognised; others under the same prefix are somebody else's. */
async function ofTheSet(session: RedisSession, set: RedisSet, names: readonly string[]): Promise<readonly string[]> {
  const wanted = signatureFields(set);
  if (wanted.length === 0) return names;
  const replies = await session.many(names.map((n): Command => ['HKEYS', n]));
  return names.filter((_, i) => {
    const fields = replies[i];
    return Array.isArray(fields) && wanted.every((f) => fields.includes(f));
  });
}

/** @param sized every namespace with its entries */
function namespaceCounts(
  column: string,
  sized: readonly (readonly [string, number])[],
  scale: number,
): NamespaceCounts {
  const largest = [...sized].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const classes = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000].map((from, i, all) => {
    const inside = sized.filter(([, n]) => n * scale >= from && n * scale < (all[i + 1] ?? Number.POSITIVE_INFINITY));
    return { from, namespaces: inside.length, rows: Math.round(inside.reduce((a, [, n]) => a + n, 0) * scale) };
  });
  return {
    column,
    distinct: sized.length,
    top: largest.slice(0, TOP).map(
      ([namespace, rows]): NamespaceCount => ({
        namespace: namespace.slice(0, NAME_LENGTH),
        rows: Math.round(rows * scale),
        ...(namespace.length > NAME_LENGTH ? { length: namespace.length } : {}),
      }),
    ),
    classes: classes.filter((c) => c.namespaces > 0),
  };
}

async function lengths(session: RedisSession, names: readonly string[], field: string): Promise<number[]> {
  return (await session.many(names.map((n): Command => ['HSTRLEN', n, field]))).map((v) =>
    v instanceof Error ? 0 : Number(v),
  );
}

async function means(
  session: RedisSession,
  { set }: RedisSet,
  sample: readonly string[],
): Promise<Pick<MemorySet, 'textBytes' | 'metadataBytes' | 'namespaceBytes'>> {
  const mean = async (fields: readonly string[]): Promise<number | null> => {
    if (fields.length === 0 || sample.length === 0) return null;
    let sum = 0;
    for (const f of fields) sum += (await lengths(session, sample, f)).reduce((a, b) => a + b, 0);
    return sum / sample.length;
  };
  return {
    textBytes: await mean(set.text ?? []),
    metadataBytes: await mean(set.metadata === undefined ? [] : [set.metadata]),
    namespaceBytes: await mean(set.namespace === undefined ? [] : [set.namespace]),
  };
}

async function vectors(
  session: RedisSession,
  { set, dims }: RedisSet,
  sample: readonly string[],
  rows: number,
): Promise<VectorFacts | null> {
  if (set.vector === undefined) return null;
  const sizes = new Map<number, number>();
  for (const n of await lengths(session, sample, set.vector)) if (n > 0) sizes.set(n, (sizes.get(n) ?? 0) + 1);
  const found = [...sizes].sort((a, b) => b[1] - a[1]);
  const bytes = found[0]?.[0];
  const held = found.reduce((a, [, n]) => a + n, 0);
  return {
    where: 'column',
    name: set.vector,
    rows: sample.length === 0 ? null : Math.round((held / sample.length) * rows),
    dims: bytes !== undefined && bytes % 4 === 0 ? bytes / 4 : dims,
    scalar: 'float32',
    ...(found.length > 1 ? { mixed: found.map(([b, n]) => ({ bytes: b, rows: n })) } : {}),
  };
}
