/**
 * The rows of a list of duplicates, and what became of each: compared once more, under the write lock and through the scan itself,
 * with what they and the rows that stay for them were when they were found. A row that is not as it was then is left.
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
  type StepEvent,
  StoreError,
  sameGroup,
  standing,
} from '../../store/index.ts';
import type { Node } from './removal-plan.ts';
import { keysJson, rowsByKey } from './row-key.ts';
import { type RowSource, rowReader, type ScannedSet, scannedSet } from './row-reader.ts';
import type { Writer } from './writer.ts';

/** Keys that are read at a time: text and vector of each are in memory meanwhile. */
const MOST_ROWS = 1_000;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export class DuplicateRows {
  readonly scanned: ScannedSet;
  private readonly w: Writer;
  private readonly source: RowSource;
  private readonly list: readonly Duplicate[];
  private at = 0;
  private changed = 0;
  private survivorless: number;

  /** @throws StoreError when the rows of the set are not rows of a table of its own */
  constructor(w: Writer, id: string, list: readonly Duplicate[]) {
    const { kept, dropped } = standing(list);
    this.w = w;
    this.source = { db: w.db, catalog: w.catalog() };
    this.scanned = scannedSet(this.source, w.matches(), id);
    if (this.scanned.vec0 === this.scanned.set.table)
      throw new StoreError(
        'set-read-only',
        `${w.target}: ${id} is a vec0 table without rows beside it, which are reviewed only; nothing was changed`,
        undefined,
        5,
      );
    this.list = kept;
    this.survivorless = dropped;
  }

  get done(): boolean {
    return this.at >= this.list.length;
  }

  /** The next ones of the list; empty at its end. */
  next(size: number): readonly Duplicate[] {
    const part = this.list.slice(this.at, this.at + Math.max(1, Math.min(size, MOST_ROWS)));
    this.at += part.length;
    return part;
  }

  /** Of these, in an open transaction, those that may go: row and survivor are active and what they were. Others are counted. */
  compared(some: readonly Duplicate[]): Duplicate[] {
    // An expiry can be changed without the content.
    const fields: readonly ScanField[] =
      this.scanned.set.ttl === undefined ? DIGEST_FIELDS : [...DIGEST_FIELDS, 'rank'];
    const rows = this.read(fields, keysOf(some));
    const expires = (key: string): number | undefined => rows.get(key)?.rank?.expires;
    const same = (key: string, digest: string): boolean => {
      const row = rows.get(key);
      return row !== undefined && row.inactive === undefined && contentDigest(row, sha256) === digest;
    };
    const together = (d: Duplicate): boolean => sameGroup(rows.get(d.key) as ScanRow, rows.get(d.survivor) as ScanRow);
    return some.filter((d) => {
      if (!same(d.key, d.digest)) this.changed++;
      else if (!same(d.survivor, d.survivorDigest) || !together(d)) this.survivorless++;
      else if (d.reviewed !== true && outlives(expires(d.key), expires(d.survivor))) this.survivorless++;
      else return true;
      return false;
    });
  }

  /** Reads back, in the transaction that wrote it. @throws StoreError when a row is still found, or one that stays is not */
  refuseUnlessOut(some: readonly Duplicate[], hint: string): void {
    const rows = this.read(['inactive'], keysOf(some));
    const active = (key: string): boolean => rows.has(key) && rows.get(key)?.inactive === undefined;
    const still = some.filter((d) => active(d.key)).length;
    const lost = some.filter((d) => !active(d.survivor)).length;
    if (still + lost === 0) return;
    const what =
      still > 0
        ? `${formatCount(still)} rows of ${this.scanned.table.name} are as active as before after they were written`
        : `${formatCount(lost)} rows of ${this.scanned.table.name} that should stay are no longer active`;
    throw new StoreError('supersede-without-effect', `${this.w.target}: ${what}; the batch was taken back`, hint);
  }

  /** Puts the keys of these rows into the key table of the set. */
  enter(node: Node, some: readonly Duplicate[]): void {
    const list = node.shape.key.map((k) => `t.${k}`).join(', ');
    const { table, key } = this.scanned;
    const keys = keysJson(
      key,
      some.map((d) => d.key),
    );
    this.w.db.prepare(`INSERT INTO ${node.keys} SELECT ${list} FROM ${rowsByKey(table.name, key)}`).run({ keys });
  }

  /** "12 changed since they were compared, of 3 the row that was to stay"; null where none was left. */
  leftSentence(): string | null {
    const left = this.changed + this.survivorless;
    if (left === 0) return null;
    const whose = this.survivorless === 0 ? '' : ` (of ${formatCount(this.survivorless)} the row that was to stay)`;
    return `${formatCount(left)} changed since they were compared${whose}, and were left`;
  }

  /** What is said where nothing was done. */
  skipped(): StepEvent {
    return { state: 'skipped', why: this.leftSentence() ?? 'there is no row left to do anything about' };
  }

  private read(fields: readonly ScanField[], keys: readonly string[]): Map<string, ScanRow> {
    // Made anew for each batch: what it keeps of vectors is what they were when it read them.
    const reader = rowReader(this.source, this.scanned, fields, new Date());
    return new Map(reader.byKeys(keys).map((row) => [keyOf(row), row]));
  }
}

const keysOf = (some: readonly Duplicate[]): string[] => [...new Set(some.flatMap((d) => [d.key, d.survivor]))];
