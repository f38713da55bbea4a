/**
 * Whether what an archive holds of an entry is there already, byte by byte: what an undo that was killed had put back is told so
 * from what the application wrote itself. A hash beyond `hash-max-listpack-value` is dumped in the order of its buckets, which differs from
 * one creation to the next, so the fields of a dump of that form are compared in an order of their own. The form:
 * https://github.com/redis/redis/blob/8.0/src/rdb.h (RDB_TYPE_HASH, RDB_6BITLEN and those after it).
 */
import { createHash } from 'node:crypto';
import type { RemovedRow, Settled } from '../../store/index.ts';
import { keyExpiries } from './entry-expiry.ts';
import type { Command } from './node-connection.ts';
import type { RedisSession } from './session.ts';

/** What is compared of an archived row; short enough for a token. */
export interface Trace {
  readonly kind: 'value' | 'score' | 'member';
  readonly key: string;
  readonly member?: string;
  readonly score?: string;
  /** First letter: in which form the server wrote the value. */
  readonly digest?: string;
  readonly expiresAt?: number | null;
}

/** `form`: it is there in another form of the server's, which may hold the same. */
export type Seen = 'same' | 'gone' | 'differs' | 'form';

/** RDB version and CRC64 end a dump. */
const FOOTER_BYTES = 10;
const RDB_TYPE_HASH = 4;
/** Before Redis 7 the moment of expiry is what is left plus the time, each a round trip old. */
const EXPIRY_MS = 1_000;

/** A counter that is raised tells nothing. */
export function tracesOf(group: readonly RemovedRow[]): Trace[] {
  return group.flatMap(({ values }): Trace[] => {
    const [key, member] = [String(values['key']), String(values['member'])];
    if (values['kind'] === 'member') return [{ kind: 'member', key, member }];
    if (values['kind'] === 'score') return [{ kind: 'score', key, member, score: String(values['score']) }];
    if (values['kind'] !== 'value') return [];
    const dump = Buffer.from((values['dump'] as { base64: string }).base64, 'base64');
    return [{ kind: 'value', key, digest: digestOf(dump), expiresAt: (values['expiresAt'] as number | null) ?? null }];
  });
}

export async function areThere(session: RedisSession, traces: readonly Trace[]): Promise<Seen[]> {
  const found = await session.all(
    traces.map(({ kind, key, member }): Command => {
      if (kind === 'value') return ['DUMP', key];
      return [kind === 'score' ? 'ZSCORE' : 'SISMEMBER', key, member ?? ''];
    }),
    true,
  );
  const ends = await keyExpiries(
    session,
    traces.map((t) => t.key),
  );
  return traces.map((t, i): Seen => {
    const now = found[i];
    if (t.kind === 'member') return Number(now) === 1 ? 'same' : 'gone';
    if (now === null || now === undefined) return 'gone';
    if (t.kind === 'score') return Number(String(now)) === Number(t.score) ? 'same' : 'differs';
    const [end, then] = [ends[i] ?? null, t.expiresAt ?? null];
    if ((end === null) !== (then === null) || Math.abs((end ?? 0) - (then ?? 0)) > EXPIRY_MS) return 'differs';
    const digest = digestOf(now as Buffer);
    if (digest === t.digest) return 'same';
    return digest.split(':')[0] === t.digest?.split(':')[0] ? 'differs' : 'form';
  });
}

/** Each entry comes back in a step of its own, so that a kill leaves a batch that is back in part. */
export async function settledBack(session: RedisSession, back: readonly (Trace | null)[]): Promise<Settled> {
  const traces = back.filter((t) => t !== null);
  const seen = await areThere(session, traces);
  const same = seen.filter((s) => s === 'same').length;
  if (traces.length < back.length) return same === 0 ? 'unknown' : same;
  if (seen.every((s) => s === 'gone')) return 'rolled-back';
  if (same === seen.length) return 'committed';
  return same === 0 ? 'unknown' : same;
}

/** The form of a dump, and a digest of what it holds. */
export function digestOf(dump: Buffer): string {
  const body = dump.subarray(0, Math.max(1, dump.length - FOOTER_BYTES));
  const hash = createHash('sha256');
  const fields = body[0] === RDB_TYPE_HASH ? fieldsOf(body) : null;
  for (const part of fields === null ? [body] : fields.sort(Buffer.compare)) hash.update(part);
  return `${body[0] ?? ''}:${hash.digest('base64url').slice(0, 22)}`;
}

/** Field and value of each pair, as they are written; null where the form is another one. */
function fieldsOf(body: Buffer): Buffer[] | null {
  const count = lengthAt(body, 1);
  if (count === null || count.packed) return null;
  const found: Buffer[] = [];
  let at = count.next;
  for (let i = 0; i < count.value; i++) {
    const value = stringEnd(body, at);
    const next = value === null ? null : stringEnd(body, value);
    if (next === null) return null;
    found.push(body.subarray(at, next));
    at = next;
  }
  return at === body.length ? found : null;
}

interface Length {
  readonly value: number;
  readonly next: number;
  /** The value says how a string is packed. */
  readonly packed: boolean;
}

function lengthAt(body: Buffer, at: number): Length | null {
  const first = body[at];
  if (first === undefined) return null;
  const six = first & 0x3f;
  if (first >> 6 === 0) return { value: six, next: at + 1, packed: false };
  if (first >> 6 === 3) return { value: six, next: at + 1, packed: true };
  if (first >> 6 === 1)
    return at + 2 > body.length ? null : { value: six * 256 + (body[at + 1] ?? 0), next: at + 2, packed: false };
  if (first === 0x80 && at + 5 <= body.length) return { value: body.readUInt32BE(at + 1), next: at + 5, packed: false };
  if (first === 0x81 && at + 9 <= body.length)
    return { value: Number(body.readBigUInt64BE(at + 1)), next: at + 9, packed: false };
  return null;
}

/** Packed strings: integers of 1, 2 and 4 bytes, then LZF with both its lengths. */
const INTEGER_BYTES = [1, 2, 4];
const LZF = 3;

function stringEnd(body: Buffer, at: number): number | null {
  const length = lengthAt(body, at);
  if (length === null) return null;
  let end = length.next + length.value;
  if (length.packed) {
    const bytes = INTEGER_BYTES[length.value];
    const short = bytes === undefined && length.value === LZF ? lengthAt(body, length.next) : null;
    const whole = short === null ? null : lengthAt(body, short.next);
    if (bytes !== undefined) end = length.next + bytes;
    else if (short !== null && whole !== null) end = whole.next + short.value;
    else return null;
  }
  return end <= body.length ? end : null;
}
