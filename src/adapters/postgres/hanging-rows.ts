/** Rows that hang on others, removed with them in one open transaction. */
import type { RemovedRow } from '../../store/index.ts';
import { type Hanging, hangsOn } from './hanging.ts';
import { childSql } from './orphans.ts';
import { quoted } from './quoting.ts';
import { type ArchiveRow, archived, archiveList } from './row-archive.ts';
import { uncut } from './row-keys.ts';
import type { PgSession } from './session.ts';
import { unlink } from './unlink.ts';

export interface Gone {
  readonly count: number;
  readonly archive: readonly RemovedRow[];
}

/**
 * What hangs on the rows and goes before them, or without them; what these refer to themselves is left (`removeReferred`).
 * @param leaf the table that really holds the rows, quoted; @param tids their places in it
 * @returns rows as they stand in the order of putting back
 */
export async function removeHanging(
  session: PgSession,
  hanging: readonly Hanging[],
  leaf: string,
  tids: string,
  archive: boolean,
): Promise<Gone> {
  const children: RemovedRow[] = [];
  let count = 0;
  const gone = (of: Gone): void => {
    count += of.count;
    children.push(...of.archive);
  };
  const byWho = (who: Hanging['removes']): Hanging[] => hanging.filter((h) => h.removes === who);
  for (const h of [...byWho('server'), ...byWho('we')])
    gone(await removeFrom(session, h, hangsOn(h, leaf), tids, archive));
  for (const h of byWho('list')) {
    if (h.list === undefined) continue;
    const ids = await keysOf(session, leaf, [h.list.id], tids);
    gone(await unlink(session, h, h.list, ids[0] ?? [], archive));
  }
  const order = hanging.map((h) => h.place);
  children.sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place));
  return { count, archive: children };
}

/** Values of some columns of the rows, as text: one list a column, the same row at the same place in each. */
export async function keysOf(
  session: PgSession,
  leaf: string,
  columns: readonly string[],
  tids: string,
): Promise<readonly (readonly string[])[]> {
  const list = columns.map((c, i) => `t.${quoted(c)}::pg_catalog.text AS c${i}`).join(', ');
  const known = columns.map((c) => `t.${quoted(c)} IS NOT NULL`).join(' AND ');
  const rows = await session.query<ArchiveRow>(
    `SELECT DISTINCT ${list} FROM ONLY ${leaf} t WHERE t.ctid = ANY ($1::tid[]) AND ${known}`,
    [tids],
  );
  return columns.map((_, i) => rows.map((r) => r[`c${i}`] as string));
}

/** Rows that the removed ones referred to, unless another row still does. */
export async function removeReferred(
  session: PgSession,
  from: string,
  h: Hanging,
  keys: readonly (readonly string[])[],
  archive: boolean,
): Promise<Gone> {
  const arrays = h.keys.map((_, i) => `pg_catalog.unnest($${i + 1}::text[])`).join(', ');
  const names = h.keys.map((_, i) => `c${i}`).join(', ');
  const types = new Map(h.columns.map((c) => [c.name, c.type]));
  const join = h.keys.map((k, i) => {
    const type = types.get(k.own);
    return type === undefined
      ? `${childSql(k.own, 'x')} = u.c${i}`
      : `${childSql(k.own, 'x')} = u.c${i}::${uncut(type)}`;
  });
  const still = h.keys.map((k, i) => `t.${quoted(k.other)} = u.c${i}::${k.type}`).join(' AND ');
  const sql = `DELETE FROM ${h.quoted} x USING ROWS FROM (${arrays}) AS u(${names})
    WHERE ${join.join(' AND ')} AND NOT EXISTS (SELECT FROM ${from} t WHERE ${still})`;
  if (!archive) return { count: await session.execute(sql, keys), archive: [] };
  const rows = await session.query<ArchiveRow>(`${sql} RETURNING ${archiveList(h.columns, 'x')}`, keys);
  return { count: rows.length, archive: archived(h.place, h.columns, rows) };
}

/** What the server takes along by itself is read (and so kept) before it goes. */
async function removeFrom(
  session: PgSession,
  h: Hanging,
  which: string,
  tids: string,
  archive: boolean,
): Promise<Gone> {
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
