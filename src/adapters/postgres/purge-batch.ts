/** One portion of doomed rows removed in one open transaction, with everything that hangs on them. */
import type { RemovedRow } from '../../store/index.ts';
import { type Portion, theseRows, tidArray } from './doomed.ts';
import { type Hanging, hangsOn } from './hanging.ts';
import { childSql } from './orphans.ts';
import type { RefusalBy } from './pg-errors.ts';
import type { PurgeTarget } from './purge-target.ts';
import { quoted } from './quoting.ts';
import { type ArchiveColumn, type ArchiveRow, archivedRow, archiveList } from './row-archive.ts';
import { type PgSession, refusedBy } from './session.ts';
import { unlink } from './unlink.ts';

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

function mindsRows(by: RefusalBy): boolean {
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
  // From here on nobody else can change these rows or hang another one on them.
  let tids: readonly string[] = found.map((f) => f.tid);
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
  const children: RemovedRow[] = [];
  let dependents = 0;
  const gone = (of: { readonly count: number; readonly archive: readonly RemovedRow[] }): readonly RemovedRow[] => {
    dependents += of.count;
    return of.archive;
  };
  const byWho = (who: Hanging['removes']): Hanging[] => target.hanging.filter((h) => h.removes === who);
  for (const h of [...byWho('server'), ...byWho('we')])
    children.push(...gone(await removeHanging(session, h, hangsOn(h, portion.leaf), tids, o.archive)));
  for (const h of byWho('list')) {
    if (h.list === undefined) continue;
    const ids = await keysOf(session, portion, [h.list.id], tids);
    children.push(...gone(await unlink(session, h, h.list, ids[0] ?? [], o.archive)));
  }
  // Keys of what is removed after the rows are known only while these are there.
  const referred: { readonly h: Hanging; readonly keys: readonly (readonly string[])[] }[] = [];
  for (const h of byWho('after'))
    referred.push({
      h,
      keys: await keysOf(
        session,
        portion,
        h.keys.map((k) => k.other),
        tids,
      ),
    });
  const rows = await removeRows(session, target, { ...portion, ...theseRows(portion.leaf, places) }, o.archive);
  const parents: RemovedRow[] = [];
  for (const { h, keys } of referred) parents.push(...gone(await removeReferred(session, target, h, keys, o.archive)));
  const order = target.hanging.map((h) => h.place);
  children.sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place));
  // The order of putting back: what a row refers to, the row, what hangs on it.
  return { rows: rows.rows, dependents, kept: 0, archive: [...parents, ...rows.archive, ...children] };
}

/** Values of some columns of the rows, as text: one list a column, the same row at the same place in each. */
async function keysOf(
  session: PgSession,
  portion: Portion,
  columns: readonly string[],
  tids: string,
): Promise<readonly (readonly string[])[]> {
  const list = columns.map((c, i) => `t.${quoted(c)}::pg_catalog.text AS c${i}`).join(', ');
  const known = columns.map((c) => `t.${quoted(c)} IS NOT NULL`).join(' AND ');
  const rows = await session.query<ArchiveRow>(
    `SELECT DISTINCT ${list} FROM ONLY ${portion.leaf.quoted} t WHERE t.ctid = ANY ($1::tid[]) AND ${known}`,
    [tids],
  );
  return columns.map((_, i) => rows.map((r) => r[`c${i}`] as string));
}

/** Rows that the removed ones referred to, unless another row still does. */
async function removeReferred(
  session: PgSession,
  target: PurgeTarget,
  h: Hanging,
  keys: readonly (readonly string[])[],
  archive: boolean,
): Promise<{ readonly count: number; readonly archive: readonly RemovedRow[] }> {
  const arrays = h.keys.map((_, i) => `pg_catalog.unnest($${i + 1}::text[])`).join(', ');
  const names = h.keys.map((_, i) => `c${i}`).join(', ');
  const types = new Map(h.columns.map((c) => [c.name, c.type]));
  const join = h.keys.map((k, i) => {
    const type = types.get(k.own);
    return type === undefined ? `${childSql(k.own, 'x')} = u.c${i}` : `${childSql(k.own, 'x')} = u.c${i}::${type}`;
  });
  const still = h.keys.map((k, i) => `t.${quoted(k.other)} = u.c${i}::${k.type}`).join(' AND ');
  const sql = `DELETE FROM ${h.quoted} x USING ROWS FROM (${arrays}) AS u(${names})
    WHERE ${join.join(' AND ')} AND NOT EXISTS (SELECT FROM ${target.relation.quoted} t WHERE ${still})`;
  if (!archive) return { count: await session.execute(sql, keys), archive: [] };
  const rows = await session.query<ArchiveRow>(`${sql} RETURNING ${archiveList(h.columns, 'x')}`, keys);
  return { count: rows.length, archive: archived(h.place, h.columns, rows) };
}

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
