/** One portion of doomed rows removed in one open transaction, with everything that hangs on them. */
import type { RemovedRow } from '../../store/index.ts';
import { type Portion, tidArray } from './doomed.ts';
import { type Hanging, hangsOn, type PurgeTarget } from './purge-target.ts';
import { type ArchiveColumn, type ArchiveRow, archivedRow, archiveList } from './row-archive.ts';
import { type PgSession, refusalCode } from './session.ts';

/**
 * Milliseconds a plain DELETE waits for a row that somebody else holds; then the portion is done again with SKIP LOCKED.
 * Locking the rows first, each and every one, makes a batch two to three times as slow (bench/vacuum-postgres.ts).
 */
const IMPATIENCE_MS = 100;
/** For rows that hang on a locked one: nobody can lock them from then on, so waiting helps. */
const PATIENCE_MS = 5_000;

export interface Removed {
  readonly rows: number;
  readonly dependents: number;
  readonly archive: readonly RemovedRow[];
}

export interface BatchOptions {
  readonly archive: boolean;
  /** Never more rows than this. */
  readonly limit: number;
  /** Lock first and skip what others hold. */
  readonly careful: boolean;
}

/** Somebody else holds a row, or more rows met the rule than may go: the transaction was rolled back. */
export type Outcome = Removed | 'locked' | 'too-many';

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
    if (removed.rows === 0 || removed.rows > o.limit) {
      await session.execute('ROLLBACK');
      return removed.rows === 0 ? removed : 'too-many';
    }
    if (target.signal !== null) await session.execute(target.signal, [removed.rows]);
    return removed;
  } catch (e) {
    await session.execute('ROLLBACK').catch(() => undefined);
    // lock_not_available, deadlock_detected
    if (['55P03', '40P01'].includes(refusalCode(e) ?? '')) return 'locked';
    throw e;
  }
}

/** The rule once more, in a form that no index is looked up for: the rows are found by their place. */
function stillDoomed(target: PurgeTarget, portion: Portion, params: unknown[]): string {
  const parts = [portion.where];
  if (target.condition !== null) parts.push(`(${target.condition}) IS TRUE`);
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
  if (!archive) return { rows: await session.execute(sql, params), dependents: 0, archive: [] };
  const rows = await session.query<ArchiveRow>(`${sql} RETURNING ${archiveList(target.columns, 't')}`, params);
  return { rows: rows.length, dependents: 0, archive: archived(target.place, target.columns, rows) };
}

const archived = (place: string, columns: readonly ArchiveColumn[], rows: readonly ArchiveRow[]): RemovedRow[] =>
  rows.map((r) => archivedRow(place, columns, r));

async function removeLocked(
  session: PgSession,
  target: PurgeTarget,
  portion: Portion,
  o: BatchOptions,
): Promise<Removed> {
  const params = [...portion.params];
  const found = await session.query<{ tid: string }>(
    `SELECT t.ctid::pg_catalog.text AS tid FROM ONLY ${portion.leaf.quoted} t
     WHERE ${stillDoomed(target, portion, params)} LIMIT ${Math.max(0, Math.floor(o.limit))} FOR UPDATE SKIP LOCKED`,
    params,
  );
  if (found.length === 0) return { rows: 0, dependents: 0, archive: [] };
  const tids = tidArray(found.map((f) => f.tid));
  // From here on nobody else can change these rows or hang another one on them.
  const children: RemovedRow[] = [];
  let dependents = 0;
  for (const h of [...target.hanging.filter((h) => h.removes === 'server'), ...ours(target.hanging)]) {
    const rows = await removeHanging(session, h, hangsOn(h, portion.leaf), tids, o.archive);
    dependents += rows.count;
    children.push(...rows.archive);
  }
  const rows = await removeRows(
    session,
    target,
    { ...portion, where: 't.ctid = ANY ($1::tid[])', params: [tids] },
    o.archive,
  );
  const order = target.hanging.map((h) => h.place);
  children.sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place));
  return { rows: rows.rows, dependents, archive: [...rows.archive, ...children] };
}

const ours = (hanging: readonly Hanging[]): Hanging[] => hanging.filter((h) => h.removes === 'we');

/** What the server takes along by itself is read (and so kept) before it goes. */
async function removeHanging(
  session: PgSession,
  h: Hanging,
  which: string,
  tids: string,
  archive: boolean,
): Promise<{ readonly count: number; readonly archive: readonly RemovedRow[] }> {
  const list = archiveList(h.columns, 'x');
  if (h.removes === 'we') {
    const sql = `DELETE FROM ${h.quoted} x WHERE ${which}`;
    if (!archive) return { count: await session.execute(sql, [tids]), archive: [] };
    const rows = await session.query<ArchiveRow>(`${sql} RETURNING ${list}`, [tids]);
    return { count: rows.length, archive: archived(h.place, h.columns, rows) };
  }
  if (!archive) {
    const sql = `SELECT pg_catalog.count(*) AS n FROM ${h.quoted} x WHERE ${which}`;
    return { count: Number((await session.query<{ n: number }>(sql, [tids]))[0]?.n ?? 0), archive: [] };
  }
  const rows = await session.query<ArchiveRow>(`SELECT ${list} FROM ${h.quoted} x WHERE ${which} FOR UPDATE OF x`, [
    tids,
  ]);
  return { count: rows.length, archive: archived(h.place, h.columns, rows) };
}
