/** One portion of doomed rows removed in one open transaction, with everything that hangs on them. */
import type { RemovedRow } from '../../store/index.ts';
import { type Portion, theseRows, tidArray } from './doomed.ts';
import type { Standing } from './duplicate-rows.ts';
import type { Hanging } from './hanging.ts';
import { type Gone, keysOf, removeHanging, removeReferred } from './hanging-rows.ts';
import type { RefusalBy } from './pg-errors.ts';
import type { PurgeTarget } from './purge-target.ts';
import { type ArchiveRow, archived, archiveList } from './row-archive.ts';
import { type PgSession, refusedBy } from './session.ts';

/**
 * Milliseconds a plain DELETE waits for a row that somebody else holds; then the portion is done again with SKIP LOCKED.
 * Locking the rows first, each and every one, makes a batch two to three times as slow (bench/vacuum-postgres.ts).
 */
export const IMPATIENCE_MS = 100;
/** For rows that hang on a locked one: nobody can lock them from then on, so waiting helps. */
export const PATIENCE_MS = 5_000;

export interface Removed {
  readonly rows: number;
  readonly dependents: number;
  readonly archive: readonly RemovedRow[];
  /** Rows that a trigger kept; what hangs on them stayed with them. Counted in careful batches only. */
  readonly kept: number;
}

/** A foreign key, another constraint or a function minds some row of the portion: the transaction was rolled back. */
export interface Refusal {
  readonly by: RefusalBy;
  readonly error: unknown;
}

export interface BatchOptions {
  readonly archive: boolean;
  /** Never more rows than this. */
  readonly limit: number;
  /** Lock first and skip what others hold. */
  readonly careful: boolean;
}

/** Somebody else holds a row, or more rows met the rule than may go: the transaction was rolled back. */
export type Outcome = Removed | Refusal | 'locked' | 'too-many';

const NONE = { rows: 0, dependents: 0, archive: [] };

/** Times that a portion is begun again with the rows that went. */
const ROUNDS = 3;

/** Classes of what is wrong with single rows, and not with the statement, the role or the server (appendix A). */
const OF_ROWS = ['22', '23', '27', '2B', '38', '44', 'P0'];
/** Refusals that a function may raise by any code; these are never about a row. */
const NOT_OF_ROWS = ['40', '53', '57', '58', 'XX', '08', '25'];

/** Whether a refusal is about single rows, so that the others may go without them. */
export function mindsRows(by: RefusalBy): boolean {
  const group = by.code.slice(0, 2);
  return OF_ROWS.includes(group) || (by.function !== null && !NOT_OF_ROWS.includes(group) && by.code !== '55P03');
}

/** Opens a transaction, which stays open when rows were removed, and is over otherwise. */
export async function removePortion(
  session: PgSession,
  target: PurgeTarget,
  portion: Portion,
  o: BatchOptions,
): Promise<Outcome> {
  const patience = o.careful ? PATIENCE_MS : IMPATIENCE_MS;
  await session.execute(
    `BEGIN; SET LOCAL row_security = off; SET LOCAL lock_timeout = ${patience}; SET LOCAL statement_timeout = 0`,
  );
  try {
    const removed = o.careful
      ? await removeLocked(session, target, portion, o)
      : await removeRows(session, target, portion, o.archive);
    // A deferred constraint would refuse the COMMIT, when the ledger has the batch already.
    if (removed.rows > 0) await session.execute('SET CONSTRAINTS ALL IMMEDIATE');
    if (removed.rows === 0 || removed.rows > o.limit) {
      await session.execute('ROLLBACK');
      return removed.rows === 0 ? removed : 'too-many';
    }
    if (target.signal !== null) await session.execute(target.signal, [removed.rows]);
    return removed;
  } catch (e) {
    await session.execute('ROLLBACK').catch(() => undefined);
    const by = refusedBy(e);
    // lock_not_available, deadlock_detected
    if (by !== undefined && ['55P03', '40P01'].includes(by.code)) return 'locked';
    if (by !== undefined && mindsRows(by)) return { by, error: e };
    throw e;
  }
}

/** Places of the rows that would go, to try them in parts. */
export async function doomedRows(session: PgSession, target: PurgeTarget, portion: Portion): Promise<string[]> {
  const params = [...portion.params];
  const sql = `SELECT t.ctid::pg_catalog.text AS tid FROM ONLY ${portion.leaf.quoted} t WHERE ${stillDoomed(target, portion, params)}`;
  return (await session.query<{ tid: string }>(sql, params)).map((r) => r.tid);
}

/** The rule once more, in a form that no index is looked up for: the rows are found by their place. */
export function stillDoomed(target: PurgeTarget, portion: Portion, params: unknown[]): string {
  const parts = [portion.where];
  const condition = target.inPlace ?? target.condition;
  if (condition !== null) parts.push(`(${condition}) IS TRUE`);
  if (portion.versions !== undefined) {
    params.push(`{${portion.versions.join(',')}}`);
    parts.push(`t.xmin = ANY ($${params.length}::xid[])`);
  }
  return parts.join(' AND ');
}

async function removeRows(
  session: PgSession,
  target: PurgeTarget,
  portion: Portion,
  archive: boolean,
): Promise<Removed> {
  const params = [...portion.params];
  const sql = `DELETE FROM ONLY ${portion.leaf.quoted} t WHERE ${stillDoomed(target, portion, params)}`;
  if (!archive) return { ...NONE, rows: await session.execute(sql, params), kept: 0 };
  const rows = await session.query<ArchiveRow>(`${sql} RETURNING ${archiveList(target.columns, 't')}`, params);
  return { ...NONE, rows: rows.length, kept: 0, archive: archived(target.place, target.columns, rows) };
}

/** Which of the rows are still there after their DELETE: a trigger kept them. In the transaction that removed the others. */
async function stillThere(session: PgSession, portion: Portion, tids: readonly string[]): Promise<Set<string>> {
  const rows = await session.query<{ tid: string }>(
    `SELECT t.ctid::pg_catalog.text AS tid FROM ONLY ${portion.leaf.quoted} t WHERE t.ctid = ANY ($1::tid[])`,
    [tidArray(tids)],
  );
  return new Set(rows.map((r) => r.tid));
}

/** Places of the rows that may go, each locked; what others hold is passed over. */
async function lockedRows(
  session: PgSession,
  target: PurgeTarget,
  portion: Portion,
  limit: number,
): Promise<readonly string[]> {
  if (portion.duplicates !== undefined && target.duplicates !== null) {
    const some = portion.duplicates.slice(0, limit);
    const standing = await target.duplicates.lock(session, some);
    const here = (s: Standing): boolean => s.leaf === portion.leaf.oid;
    // Moved to another part a moment ago: met again in the last pass.
    target.duplicates.hold(standing.filter((s) => !here(s)).map((s) => s.duplicate));
    return standing.filter(here).map((s) => s.tid);
  }
  const params = [...portion.params];
  const found = await session.query<{ tid: string }>(
    `SELECT t.ctid::pg_catalog.text AS tid FROM ONLY ${portion.leaf.quoted} t
     WHERE ${stillDoomed(target, portion, params)} LIMIT ${limit} FOR UPDATE SKIP LOCKED`,
    params,
  );
  return found.map((f) => f.tid);
}

async function removeLocked(
  session: PgSession,
  target: PurgeTarget,
  portion: Portion,
  o: BatchOptions,
): Promise<Removed> {
  // From here on nobody else can change these rows or hang another one on them.
  let tids = await lockedRows(session, target, portion, Math.max(0, Math.floor(o.limit)));
  let kept = 0;
  for (let round = 0; tids.length > 0 && round < ROUNDS; round++) {
    await session.execute('SAVEPOINT memctl_rows');
    const removed = await removeThese(session, target, portion, tids, o);
    const stayed = tids.length - removed.rows;
    if (stayed === 0 || target.hanging.length === 0) return { ...removed, kept: kept + stayed };
    // What hangs on a row that a trigger keeps stays as well: once more, with the others alone.
    const there = await stillThere(session, portion, tids);
    await session.execute('ROLLBACK TO SAVEPOINT memctl_rows');
    const rest = tids.filter((t) => !there.has(t));
    if (rest.length === tids.length) break;
    kept += tids.length - rest.length;
    tids = rest;
  }
  return { ...NONE, kept: kept + tids.length };
}

async function removeThese(
  session: PgSession,
  target: PurgeTarget,
  portion: Portion,
  places: readonly string[],
  o: BatchOptions,
): Promise<Removed> {
  const tids = tidArray(places);
  let dependents = 0;
  const gone = (of: Gone): readonly RemovedRow[] => {
    dependents += of.count;
    return of.archive;
  };
  const children = gone(await removeHanging(session, target.hanging, portion.leaf.quoted, tids, o.archive));
  // Keys of what is removed after the rows are known only while these are there.
  const referred: { readonly h: Hanging; readonly keys: readonly (readonly string[])[] }[] = [];
  for (const h of target.hanging.filter((x) => x.removes === 'after')) {
    const columns = h.keys.map((k) => k.other);
    referred.push({ h, keys: await keysOf(session, portion.leaf.quoted, columns, tids) });
  }
  const rows = await removeRows(session, target, { ...portion, ...theseRows(portion.leaf, places) }, o.archive);
  const parents: RemovedRow[] = [];
  for (const { h, keys } of referred)
    parents.push(...gone(await removeReferred(session, target.relation.quoted, h, keys, o.archive)));
  // The order of putting back: what a row refers to, the row, what hangs on it.
  return { rows: rows.rows, dependents, kept: 0, archive: [...parents, ...rows.archive, ...children] };
}
