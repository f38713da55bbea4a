/** A batch by its keys: what hangs on its rows is looked up, all of it archived and removed, its transaction still open. */
import type { SetProfile } from '../../profiles/index.ts';
import type { PerformContext, RemovedRow } from '../../store/index.ts';
import { type Db, one } from './driver.ts';
import { keysToken } from './key-token.ts';
import type { Portion } from './purge-rule.ts';
import { archiveOf, removeKeys, rootRowsBeside, spread } from './removal.ts';
import { type Removal, selfCascade } from './removal-plan.ts';
import type { Writer } from './writer.ts';

/** What a batch took, its transaction still open. */
export interface Taken {
  readonly rows: number;
  readonly dependents: number;
  readonly token: string;
  readonly removed: readonly RemovedRow[] | undefined;
}

const NONE: Taken = { rows: 0, dependents: 0, token: '', removed: undefined };

/** @param left when more than so many rows would go, none is touched */
export function takeKeys(
  w: Writer,
  removal: Removal,
  portion: Portion,
  set: SetProfile,
  context: PerformContext,
  left: number,
  now: number,
): Taken {
  const rooted = removal.root.fills.length > 0;
  const before = rooted ? keysIn(w.db, removal) : 0;
  const found = spread(w.db, removal);
  // A cascade of a cascade can come back to the table it began at.
  if (rooted && found.root > before) {
    const condition = portion.order === null ? portion.condition : '0';
    if (rootRowsBeside(w.db, removal, condition, { ...portion.parameters, now }) > 0)
      throw selfCascade(w.target, removal.root.shape.name);
  }
  if (found.root === 0 || found.root > left) return { ...NONE, rows: found.root };
  const removed = context.archive ? archiveOf(w.db, removal) : undefined;
  const token = keysToken(w.db, 'removed', removal, tokenColumns(removal, set));
  const vectors = removeKeys(w, removal, portion.order === null ? portion.condition : '1', { now });
  return { rows: found.root, dependents: found.others + vectors, token, removed };
}

const keysIn = (db: Db, removal: Removal): number =>
  Number(one(db, `SELECT count(*) AS n FROM ${removal.root.keys}`)['n']);

export function tokenColumns({ root: { shape } }: Removal, set: SetProfile): string[] {
  return shape.name.toLowerCase() === set.table.toLowerCase() ? identity(set, shape.columns) : [];
}

/** A batch with its archive is held in memory, and again as text when it is written: about this many bytes of it. */
const ARCHIVE_BYTES = 2 ** 20;

/** Rows of a batch whose archive is no larger than that, as these were. */
export function mostArchived(rows: number, removed: readonly RemovedRow[]): number {
  return Math.max(1, Math.floor((rows * ARCHIVE_BYTES) / archiveBytes(removed)));
}

/** Roughly what the rows take as text. */
function archiveBytes(rows: readonly RemovedRow[]): number {
  let bytes = 1;
  for (const { values } of rows) {
    for (const v of Object.values(values)) {
      bytes +=
        typeof v === 'string' ? v.length : typeof v === 'object' && v !== null && 'base64' in v ? v.base64.length : 8;
    }
  }
  return bytes;
}

/** Columns that do not change while a row lives. */
function identity(set: SetProfile, columns: readonly { readonly name: string }[]): string[] {
  const created = set.created !== undefined && 'column' in set.created.column ? [set.created.column.column] : [];
  const wanted = new Set([...(set.id ?? []), ...created].map((c) => c.toLowerCase()));
  return columns.map((c) => c.name).filter((c) => wanted.has(c.toLowerCase()));
}
