/** One entry from the fields of its hash. */
import type { RedisSetProfile } from '../../profiles/redis-profile.ts';
import type { RowRank, ScanField, ScanRow } from '../../store/index.ts';
import { secondsOf } from './entry-times.ts';

/** Hash fields from which the asked ones are made, each once. */
export function entryFields(set: RedisSetProfile, asked: readonly ScanField[]): string[] {
  const { rank } = set;
  const lifetime = set.ttl === undefined ? [] : [set.created?.field, set.ttl];
  const from: Readonly<Partial<Record<ScanField, readonly (string | undefined)[]>>> = {
    namespace: [set.namespace],
    text: set.text ?? [],
    metadata: [set.metadata],
    hash: [set.hash],
    vector: [set.vector],
    created: [set.created?.field],
    kind: set.kind ?? [],
    inactive: lifetime,
    rank: [rank?.pinned, rank?.confidence, rank?.accesses, rank?.updated?.field, ...lifetime],
  };
  const fields = asked.flatMap((f) => from[f] ?? []).filter((f) => f !== undefined);
  return [...new Set(fields)];
}

/** Field of the hash → its bytes; nothing for a field that is not there. */
export type FieldBytes = (field: string) => Buffer | null | undefined;

type Building = { -readonly [K in keyof ScanRow]: ScanRow[K] };
type BuildingRank = { -readonly [K in keyof RowRank]: RowRank[K] };

/**
 * @param asked fields to make; the bytes of `entryFields(set, asked)` are looked at and no others
 * @param now an own lifetime (not the server's) is judged against it
 */
export function entryRow(
  set: RedisSetProfile,
  id: string,
  asked: readonly ScanField[],
  bytes: FieldBytes,
  now: Date,
): ScanRow {
  const row: Building = { id };
  const text = (field: string | undefined): string | undefined =>
    field === undefined ? undefined : bytes(field)?.toString();
  for (const as of asked) {
    switch (as) {
      case 'namespace':
      case 'metadata':
      case 'hash': {
        const value = text(set[as]);
        if (value !== undefined) row[as] = value;
        break;
      }
      case 'text': {
        const parts = (set.text ?? []).map(text).filter((t) => t !== undefined);
        if (parts.length > 0) row.text = parts.join('\n');
        break;
      }
      case 'vector': {
        const value = set.vector === undefined ? undefined : bytes(set.vector);
        if (value != null && value.length > 0 && value.length % 4 === 0) row.vector = floats(value);
        break;
      }
      case 'created': {
        const seconds = secondsIn(text(set.created?.field), set.created?.format);
        if (seconds !== null) row.created = seconds * 1000;
        break;
      }
      case 'kind': {
        const kinds = (set.kind ?? []).map((f) => text(f) ?? null);
        if (kinds.some((k) => k !== null)) row.kind = kinds.length === 1 ? (kinds[0] as string) : JSON.stringify(kinds);
        break;
      }
      case 'inactive':
        if (endOf(set, text) <= now.getTime() / 1000) row.inactive = 'expired';
        break;
      case 'rank': {
        const rank = rankOf(set, text);
        if (rank !== undefined) row.rank = rank;
        break;
      }
    }
  }
  return row;
}

type FieldText = (field: string | undefined) => string | undefined;

/** Seconds since the epoch at which the entry's own lifetime is over; infinite where it has none, or none that can be read. */
function endOf(set: RedisSetProfile, text: FieldText): number {
  const created = secondsIn(text(set.created?.field), set.created?.format);
  const lifetime = text(set.ttl);
  if (created === null || lifetime === undefined || lifetime.trim() === '') return Number.POSITIVE_INFINITY;
  const end = created + Number(lifetime);
  return Number.isNaN(end) ? Number.POSITIVE_INFINITY : end;
}

function rankOf(set: RedisSetProfile, text: FieldText): RowRank | undefined {
  const { pinned, confidence, accesses, updated } = set.rank ?? {};
  const rank: BuildingRank = {};
  const flag = text(pinned);
  if (flag !== undefined) rank.pinned = !UNSET.has(flag.toLowerCase());
  const sure = numberIn(text(confidence));
  if (sure !== undefined) rank.confidence = sure;
  const count = numberIn(text(accesses));
  if (count !== undefined) rank.accesses = count;
  const seconds = secondsIn(text(updated?.field), updated?.format);
  if (seconds !== null) rank.updated = seconds * 1000;
  if (set.ttl !== undefined && set.created !== undefined) rank.expires = endOf(set, text) * 1000;
  return Object.keys(rank).length === 0 ? undefined : rank;
}

/** What a flag that is not set looks like. */
const UNSET: ReadonlySet<string> = new Set(['', '0', 'false', 'no']);

function numberIn(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function secondsIn(text: string | undefined, format: Parameters<typeof secondsOf>[1] | undefined): number | null {
  return text === undefined || format === undefined ? null : secondsOf(text, format);
}

/** Little-endian; a copy, because the bytes of a reply need not begin where four-byte numbers may, and keep the whole reply. */
function floats(bytes: Buffer): Float32Array {
  if (LITTLE_ENDIAN) return new Float32Array(new Uint8Array(bytes).buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

const LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
