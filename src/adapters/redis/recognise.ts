/** Which memory systems the keys belong to. Keys that a system never gives a TTL are looked at; of others, live ones alone. */

import { REDIS_PROFILE_IDS, REDIS_PROFILES } from '../../profiles/redis-known.ts';
import { filled, type RedisProfile, type RedisSetProfile } from '../../profiles/redis-profile.ts';
import { InputError, nearest } from '../../quantity/index.ts';
import type { DetectedProfile, Evidence } from '../../store/index.ts';
import { type KeyGroup, toMeasure } from './key-groups.ts';
import type { Command } from './node-connection.ts';
import type { SearchIndex } from './search-index.ts';
import type { RedisSession } from './session.ts';

export interface RedisMatch {
  readonly profile: RedisProfile;
  readonly prefix: string;
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
  readonly version: string | null;
  readonly sets: readonly RedisSet[];
  /** Patterns of its keys, prefix filled in, ids as `*`. */
  readonly patterns: readonly string[];
}

/** A memory set with its names filled in. */
export interface RedisSet {
  readonly id: string;
  readonly profile: RedisProfile;
  readonly set: RedisSetProfile;
  readonly prefix: string;
  /** Pattern of the entries: `mneme:entry:*`; the key itself for a vector set. */
  readonly pattern: string;
  readonly dims: number | null;
}

/** Keys of a pattern whose fields are looked at. */
const LOOKED_AT = 20;
/** Patterns that are looked at, largest first. */
const PATTERNS = 60;

export interface Recognised {
  readonly matches: readonly RedisMatch[];
  readonly profiles: readonly DetectedProfile[];
}

/** Systems that keep fixed keys, found by asking for those; needs no list of names. */
export async function byFixedKeys(session: RedisSession, prefixes: readonly string[]): Promise<RedisMatch[]> {
  const found: RedisMatch[] = [];
  for (const profile of REDIS_PROFILES) {
    const { signature } = profile;
    if (signature.by !== 'keys') continue;
    for (const prefix of new Set([...prefixes, ...profile.prefixes])) {
      const evidence: Evidence[] = [];
      for (const wanted of signature.keys) {
        const key = filled(wanted.key, { prefix });
        if ((await session.call('TYPE', key)) !== wanted.type) break;
        const fields = wanted.fields ?? [];
        if (fields.length > 0 && ((await session.call('HMGET', key, ...fields)) as unknown[]).includes(null)) break;
        evidence.push({
          subject: key,
          message: `is a ${wanted.type}${fields.length === 0 ? '' : ` with ${fields.join(', ')}`}`,
        });
      }
      if (evidence.length < signature.keys.length) continue;
      const version =
        profile.version === undefined
          ? null
          : await session.call('HGET', filled(profile.version.key, { prefix }), profile.version.field);
      found.push(
        bound(profile, prefix, signature.confidence, evidence, version === null ? null : String(version).slice(0, 40)),
      );
    }
  }
  return found;
}

/** Prefixes under which a system with fixed keys may live, from the names that end like one of its keys. */
export function prefixesIn(names: readonly string[]): string[] {
  const endings = REDIS_PROFILES.flatMap((p) =>
    p.signature.by === 'keys' ? p.signature.keys.slice(1, 2).map((k) => k.key.replace('{prefix}', '')) : [],
  );
  const found = names.flatMap((n) => endings.filter((e) => n.endsWith(e)).map((e) => n.slice(0, n.length - e.length)));
  return [...new Set(found)].slice(0, 20);
}

/** Systems known by the fields of their entries: from a few live keys of each pattern, and from search indexes. */
export async function byFields(
  session: RedisSession,
  groups: readonly KeyGroup[],
  indexes: readonly SearchIndex[],
): Promise<RedisMatch[]> {
  const found = new Map<string, RedisMatch>();
  const add = (m: RedisMatch): void => {
    const there = found.get(m.prefix);
    if (there === undefined || there.confidence < m.confidence) found.set(m.prefix, m);
  };
  for (const index of indexes) {
    const fields = index.fields.map((f) => f.name.replace(/^\$\./, ''));
    const dims = index.fields.find((f) => f.type === 'VECTOR')?.dims ?? null;
    const profile = fitting(index.keyType, fields, true);
    if (profile === undefined) continue;
    for (const text of index.prefixes) {
      const message = `search index with ${fields.slice(0, 6).join(', ')}${fields.length > 6 ? ', …' : ''}`;
      const evidence = [{ subject: index.name, message }];
      add(bound(profile, text.replace(/:$/, ''), 0.95, evidence, null, dims));
    }
  }
  for (const group of groups.slice(0, PATTERNS)) {
    const names = toMeasure(group, LOOKED_AT);
    const types = await session.all(names.map((n): Command => ['TYPE', n]));
    if (types[0] === 'vectorset') {
      for (const [i, name] of names.entries()) if (types[i] === 'vectorset') add(await vectorSet(session, name));
      continue;
    }
    if (!group.pattern.endsWith(':*')) continue;
    const profile = mostOften(await fittingEach(session, names, types));
    if (profile?.signature.by !== 'fields') continue;
    const evidence = [{ subject: group.pattern, message: `keys have ${profile.signature.fields.join(', ')}` }];
    add(bound(profile, group.pattern.slice(0, -2), profile.signature.confidence, evidence, null));
  }
  return [...found.values()];
}

/** The profile that fits each key by itself: keys of several kinds under one prefix do not add up to an entry. */
async function fittingEach(
  session: RedisSession,
  names: readonly string[],
  types: readonly unknown[],
): Promise<RedisProfile[]> {
  const found: RedisProfile[] = [];
  for (const [type, command, called] of [
    ['hash', 'HKEYS', 'hash'],
    ['json', 'JSON.OBJKEYS', 'ReJSON-RL'],
  ] as const) {
    const keys = names.filter((_, i) => types[i] === called);
    for (const reply of await session.many(keys.map((n): Command => [command, n]))) {
      const profile = Array.isArray(reply) ? fitting(type, reply.map(String), false) : undefined;
      if (profile !== undefined) found.push(profile);
    }
  }
  return found;
}

function mostOften(found: readonly RedisProfile[]): RedisProfile | undefined {
  const times = (p: RedisProfile): number => found.filter((f) => f === p).length;
  return [...found].sort((a, b) => times(b) - times(a))[0];
}

/** The profile whose fields are all there, the one with the most of them first. @param indexed an index need not name every field */
function fitting(type: 'hash' | 'json', fields: readonly string[], indexed: boolean): RedisProfile | undefined {
  const fits = REDIS_PROFILES.filter(({ signature }) => {
    if (signature.by !== 'fields' || signature.type !== type) return false;
    const missing = signature.fields.filter((f) => !fields.includes(f)).length;
    return missing === 0 || (indexed && missing === 1 && signature.fields.length > 4);
  });
  const size = (p: RedisProfile): number => (p.signature.by === 'fields' ? p.signature.fields.length : 0);
  return fits.sort((a, b) => size(b) - size(a))[0];
}

/** Fields that every entry of the set has, where it is by them that it is known. */
export function signatureFields({ profile }: RedisSet): readonly string[] {
  return profile.signature.by === 'fields' ? profile.signature.fields : [];
}

async function vectorSet(session: RedisSession, key: string): Promise<RedisMatch> {
  const profile = REDIS_PROFILES.find((p) => p.signature.by === 'vectorset') as RedisProfile;
  const dims = Number(await session.call('VDIM', key));
  return bound(profile, key, 0.9, [{ subject: key, message: `is a vector set of ${dims} dimensions` }], null, dims);
}

function bound(
  profile: RedisProfile,
  prefix: string,
  confidence: number,
  evidence: readonly Evidence[],
  version: string | null,
  dims: number | null = null,
): RedisMatch {
  const sets = profile.sets.map((set): RedisSet => {
    const table = set.type === 'vectorset' ? prefix : filled(set.key, { prefix }).replace(/:?\{id\}$/, '');
    const pattern = set.type === 'vectorset' ? prefix : filled(set.key, { prefix, id: '*' });
    return { id: `${profile.id}:${table}`, profile, set, prefix, pattern, dims };
  });
  const patterns = [...sets.map((s) => s.pattern), ...profile.alsoOwns.map((p) => filled(p, { prefix }))];
  return { profile, prefix, confidence, evidence, version, sets, patterns };
}

/** @throws InputError when the forced profile is unknown or does not fit */
export function forcedTo(matches: readonly RedisMatch[], forced: string | undefined): readonly RedisMatch[] {
  if (forced === undefined) return matches;
  const id = REDIS_PROFILE_IDS.find((known) => known === forced || known === `redis-${forced}`);
  if (id === undefined) {
    const near = nearest(forced, REDIS_PROFILE_IDS);
    throw new InputError(
      'unknown-profile',
      `--profile: "${forced}" is not known for Redis${near === undefined ? '' : `; did you mean ${near}?`}`,
      `one of ${REDIS_PROFILE_IDS.join(', ')}`,
    );
  }
  const fits = matches.filter((m) => m.profile.id === id);
  if (fits.length > 0) return fits.map((m) => ({ ...m, confidence: 1 }));
  throw new InputError(
    'profile-absent',
    `--profile: none of the keys looks like ${id}`,
    'where its keys have another prefix, add ?prefix=NAME to the address',
  );
}

export function detected(m: RedisMatch): DetectedProfile {
  const { profile, version } = m;
  const newer = profile.newestKnown !== undefined && Number(version) > profile.newestKnown;
  return {
    id: profile.id,
    title: profile.title,
    variant: profile.prefixes.includes(m.prefix) || profile.prefixes.length === 0 ? null : `prefix ${m.prefix}`,
    version,
    newerThanKnown: newer,
    confidence: m.confidence === 1 || version === null || newer ? m.confidence : Math.min(0.99, m.confidence + 0.04),
    evidence: m.evidence,
    tables: m.patterns,
    missing: [],
    mapping: m.sets.map((s) => ({ set: s.id, table: s.pattern, columns: columnsOf(s) })),
    hazards: profile.hazards.map((h) => h.text),
    ownMaintenance: profile.ownMaintenance,
  };
}

function columnsOf({ set }: RedisSet): Record<string, string> {
  const columns: Record<string, string> = {};
  if (set.namespace !== undefined) columns['namespace'] = set.namespace;
  if (set.text !== undefined) columns['text'] = set.text.join(' + ');
  if (set.metadata !== undefined) columns['metadata'] = set.metadata;
  if (set.hash !== undefined) columns['hash'] = set.hash;
  if (set.created !== undefined) columns['created'] = `${set.created.field} (${set.created.format})`;
  const rule = expiryRule(set);
  if (rule !== null) columns['expires'] = rule;
  if (set.kind !== undefined) columns['kind'] = set.kind.join(', ');
  if (set.rank !== undefined) columns['kept first'] = rankText(set.rank);
  if (set.vector !== undefined) columns['vectors'] = set.vector;
  return columns;
}

/** In the order in which they decide. */
function rankText({ pinned, confidence, accesses, updated }: NonNullable<RedisSetProfile['rank']>): string {
  return [pinned, confidence, accesses, updated?.field].filter((f) => f !== undefined).join(', ');
}

/** The expiry rule as a condition, for people. */
export function expiryRule(set: RedisSetProfile): string | null {
  if (set.ttl !== undefined && set.created !== undefined) return `${set.created.field} + ${set.ttl} (s) <= now`;
  return set.nativeTtl ? 'expired by the server (EXPIRE)' : null;
}
