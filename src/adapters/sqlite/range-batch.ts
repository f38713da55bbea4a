/**
 * A batch as a range of rowids: rows on which nothing hangs, close together. One DELETE passes the range with the condition
 * repeated, as a single DELETE of all rows would pass the table; no list of keys is kept.
 */
import { type RemovedRow, StoreError } from '../../store/index.ts';
import { tokenOf } from './batch-token.ts';
import type { Db } from './driver.ts';
import type { Portion } from './purge-rule.ts';
import { archiveSelect } from './removal.ts';
import type { Removal } from './removal-plan.ts';
import type { Writer } from './writer.ts';

/** Of the rows in a range at least one in so many goes; where fewer do, passing the others would take the write lock for nothing. */
const ROWS_FOR_ONE = 8;
const SAMPLES = 7;

export interface Range {
  readonly from: bigint;
  readonly to: bigint;
  readonly rows: number;
  /** Rows that go are frequent enough in it. */
  readonly dense: boolean;
  /** What the statements over this range are run with; the moment is the same for all of them. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Nothing but the row itself goes, and the row is found by its rowid. */
export function isPlain(removal: Removal): boolean {
  const { root, nodes, vec0, fts, references } = removal;
  const alone = nodes.length === 1 && root.fills.length === 0 && references.length === 0;
  return alone && root.byRowid && vec0.length === 0 && fts.length === 0;
}

/** The next rows that meet the condition, looked for without the write lock; null when there are none. */
export function nextRange(
  db: Db,
  removal: Removal,
  portion: Portion,
  after: bigint | number | null,
  limit: number,
  now: number,
): Range | null {
  const { shape } = removal.root;
  const key = `t.${shape.key[0]}`;
  const parameters = { ...portion.parameters, now };
  const found = db
    .prepare(
      `SELECT min(k) AS first, max(k) AS last, count(*) AS n FROM (SELECT ${key} AS k FROM ${shape.quoted} AS t
       WHERE ${after === null ? '1' : `${key} > :after`} AND ${portion.condition} ORDER BY ${key} LIMIT :limit)`,
    )
    .safeIntegers(true)
    .get({ ...parameters, limit, ...(after === null ? {} : { after }) }) as Record<
    'first' | 'last' | 'n',
    bigint | null
  >;
  const { first, last } = found;
  if (first === null || last === null) return null;
  const rows = Number(found.n);
  const dense = Number(last - first) < rows * ROWS_FOR_ONE;
  return { from: first, to: last, rows, dense, parameters: { ...parameters, first, last } };
}

const within = (removal: Removal, portion: Portion): string => {
  const key = `t.${removal.root.shape.key[0]}`;
  return `${key} BETWEEN :first AND :last AND ${portion.condition}`;
};

/** A few of the rows that are about to go, evenly spread over the range. */
export function rangeToken(
  db: Db,
  removal: Removal,
  portion: Portion,
  range: Range,
  columns: readonly string[],
): string {
  const { shape } = removal.root;
  const key = `t.${shape.key[0]}`;
  const at = db
    .prepare(`SELECT ${key} FROM ${shape.quoted} AS t WHERE ${within(removal, portion)} ORDER BY ${key} LIMIT 1`)
    .safeIntegers(true)
    .pluck();
  const keys = new Set<string>();
  const width = range.to - range.from;
  for (let i = 0; i < SAMPLES; i++) {
    const first = range.from + (width * BigInt(i)) / BigInt(SAMPLES - 1);
    const k = at.get({ ...range.parameters, first }) as bigint | undefined;
    if (k !== undefined) keys.add(String(k));
  }
  return tokenOf(
    db,
    'removed',
    shape.name,
    shape.key,
    columns,
    [...keys].map((k) => [k]),
  );
}

export function archiveRange(db: Db, removal: Removal, portion: Portion, range: Range): RemovedRow[] {
  return archiveSelect(db, removal.root.shape, `WHERE ${within(removal, portion)}`, range.parameters);
}

/**
 * Removes what meets the condition now, and reads back that nothing in the range does any more.
 * @returns rows that went
 */
export function removeRange(w: Writer, removal: Removal, portion: Portion, range: Range): number {
  const { db } = w;
  const { shape } = removal.root;
  const rows = db
    .prepare(`DELETE FROM ${shape.quoted} AS t WHERE ${within(removal, portion)}`)
    .run(range.parameters).changes;
  const left = db
    .prepare(`SELECT EXISTS (SELECT 1 FROM ${shape.quoted} AS t WHERE ${within(removal, portion)})`)
    .pluck()
    .get(range.parameters);
  if (left !== 0) {
    throw new StoreError(
      'removal-incomplete',
      `${w.target}: rows of ${shape.name} are still there after they were removed; the batch was taken back`,
      'a trigger of the store keeps them',
    );
  }
  return rows;
}
