/**
 * The rows of a list of duplicates, and what became of each: locked together with the rows that stay for them, and compared
 * once more with what was read when they were found. A row that is not as it was then is left as it is.
 */
import { createHash } from 'node:crypto';
import { formatCount } from '../../quantity/index.ts';
import {
  contentDigest,
  DIGEST_FIELDS,
  type Duplicate,
  keyOf,
  outlives,
  type ScanField,
  type ScanRow,
  sameGroup,
} from '../../store/index.ts';
import type { PgReading, PgSet } from './reading.ts';
import { keyArrays, keysFrom, keysJoin, type RowKey } from './row-keys.ts';
import { rowReader } from './row-reader.ts';
import { rowsByKey } from './scan.ts';
import type { PgSession } from './session.ts';

/** A row that may go, and the row that stays for it, both locked and both as they were compared. */
export interface Standing {
  readonly duplicate: Duplicate;
  /** Table (of a partitioned one: the part) and place of the row that goes. */
  readonly leaf: number;
  readonly tid: string;
  /** Ids of the row that goes and of the one that stays, as the store's own columns call them. */
  readonly id: string;
  readonly survivorId: string;
}

/** Why a row of the list was left. */
type Left = 'changed' | 'survivor' | 'held' | 'refused';

interface Locked {
  readonly leaf: number;
  readonly tid: string;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** Rows that carry a vector are about 6 kB each. */
const READ_AT_A_TIME = 500;
const NAMED = 3;
const NAME_CHARACTERS = 80;

export class DuplicateRows {
  readonly #reading: PgReading;
  readonly #set: PgSet;
  readonly key: RowKey;
  readonly #list: readonly Duplicate[];
  readonly #keys: ReadonlySet<string>;
  readonly #left = new Map<string, Left>();
  readonly #fields: readonly ScanField[];

  constructor(reading: PgReading, set: PgSet, key: RowKey, list: readonly Duplicate[]) {
    this.#reading = reading;
    this.#set = set;
    this.key = key;
    // An expiry can be changed without the content.
    this.#fields = set.set.ttl === undefined ? DIGEST_FIELDS : [...DIGEST_FIELDS, 'rank'];
    // Nothing stays for a row whose survivor goes as well: of two rows that name each other neither may go.
    const going = new Set(list.map((d) => d.key));
    this.#keys = going;
    const first = new Map<string, Duplicate>();
    for (const d of list) {
      if (going.has(d.survivor)) this.#left.set(d.key, 'survivor');
      else if (!first.has(d.key)) first.set(d.key, d);
    }
    this.#list = [...first.values()].filter((d) => !this.#left.has(d.key));
  }

  /** The whole list, then once more what somebody held. @param size rows to take at a time, asked before each */
  *portions(size: () => number): Generator<{ readonly some: readonly Duplicate[]; readonly last: boolean }> {
    for (let at = 0; at < this.#list.length; ) {
      const some = this.#list.slice(at, at + size());
      at += some.length;
      yield { some, last: false };
    }
    const held = this.#list.filter((d) => this.#left.get(d.key) === 'held');
    for (let at = 0; at < held.length; ) {
      const some = held.slice(at, at + size());
      at += some.length;
      yield { some, last: true };
    }
  }

  /** Locks rows and survivors, in an open transaction, without waiting; what fails the comparison is noted and left out. */
  async lock(session: PgSession, some: readonly Duplicate[]): Promise<Standing[]> {
    const rows = await this.#locked(session, [...new Set(some.map((d) => d.key))], 'UPDATE');
    const survivors = await this.#locked(session, [...new Set(some.map((d) => d.survivor))], 'SHARE');
    const found = await this.#read(session, this.#fields, [...new Set(some.flatMap((d) => [d.key, d.survivor]))]);
    const read = new Map(found.map((r) => [keyOf(r), r]));
    const same = (key: string, digest: string): ScanRow | undefined => {
      const row = read.get(key);
      return row !== undefined && row.inactive === undefined && contentDigest(row, sha256) === digest ? row : undefined;
    };
    const standing: Standing[] = [];
    for (const d of some) {
      const row = rows.get(d.key);
      const survivor = same(d.survivor, d.survivorDigest);
      const goes = same(d.key, d.digest);
      if (goes === undefined) this.#left.set(d.key, 'changed');
      else if (
        survivor === undefined ||
        !sameGroup(goes, survivor) ||
        (d.reviewed !== true && outlives(goes.rank?.expires, survivor.rank?.expires))
      )
        this.#left.set(d.key, 'survivor');
      else if (row === undefined || !survivors.has(d.survivor)) this.#left.set(d.key, 'held');
      else {
        this.#left.delete(d.key);
        standing.push({ duplicate: d, ...row, id: goes.id, survivorId: survivor.id });
      }
    }
    return standing;
  }

  /** By the scan's own statements, in the open transaction: the same bytes as when they were compared. */
  async #read(session: PgSession, fields: readonly ScanField[], keys: readonly string[]): Promise<ScanRow[]> {
    const reader = await rowReader(session, this.#reading, this.#set, { fields }, true);
    const rows: ScanRow[] = [];
    for (let at = 0; at < keys.length; at += READ_AT_A_TIME)
      rows.push(...(await rowsByKey(session, reader, this.#set, keys.slice(at, at + READ_AT_A_TIME))));
    return rows;
  }

  async #locked(
    session: PgSession,
    keys: readonly string[],
    strength: 'UPDATE' | 'SHARE',
  ): Promise<Map<string, Locked>> {
    const order = this.key.columns.map((_, i) => `k.c${i}::${this.key.columns[i]?.type}`).join(', ');
    const rows = await session.query<{ i: number; leaf: number; tid: string }>(
      `SELECT k.i, t.tableoid AS leaf, t.ctid::pg_catalog.text AS tid FROM ${this.#set.relation.quoted} t
       JOIN ${keysFrom(this.key)} ON ${keysJoin(this.key, 't')} ORDER BY ${order} FOR ${strength} OF t SKIP LOCKED`,
      keyArrays(this.key, keys),
    );
    return new Map(rows.map((r) => [keys[Number(r.i) - 1] as string, { leaf: Number(r.leaf), tid: r.tid }]));
  }

  /** Keys of rows that a search still finds: what was written to them does not count. */
  async stillActive(session: PgSession, keys: readonly string[]): Promise<string[]> {
    const rows = await this.#read(session, ['inactive'], keys);
    return rows.filter((r) => r.inactive === undefined).map(keyOf);
  }

  /** Whether a row of the list has this key. */
  goes(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Somebody held what had to be written with these. */
  hold(some: readonly Duplicate[]): void {
    for (const d of some) this.#left.set(d.key, 'held');
  }

  refuse(some: readonly Duplicate[]): void {
    for (const d of some) this.#left.set(d.key, 'refused');
  }

  /** "12 changed since, 3 held by other transactions: 4, 7, 9"; null where none was left. */
  leftSentence(): string | null {
    const of = (why: Left): string[] => [...this.#left].flatMap(([key, w]) => (w === why ? [key] : []));
    const [changed, survivor, held] = [of('changed'), of('survivor'), of('held')];
    const parts: string[] = [];
    if (changed.length + survivor.length > 0) {
      const whose = survivor.length === 0 ? '' : ` (of ${formatCount(survivor.length)} the row that was to stay)`;
      parts.push(`${formatCount(changed.length + survivor.length)} changed since${whose}`);
    }
    if (held.length > 0) {
      const names = held.slice(0, NAMED).map((k) => k.slice(0, NAME_CHARACTERS));
      parts.push(
        `${formatCount(held.length)} held by other transactions: ${names.join(', ')}${held.length > NAMED ? ', …' : ''}`,
      );
    }
    return parts.length === 0 ? null : parts.join(', ');
  }
}
