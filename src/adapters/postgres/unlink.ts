/**
 * Rows that list the ids of others in a JSON column (mem0's entities): an id that goes is taken out of the list, and a row
 * whose list is then empty goes too where the store itself does so. What was taken is archived with its place in the list.
 */
import type { Dependent } from '../../profiles/index.ts';
import { type RemovedRow, StoreError, type Target } from '../../store/index.ts';
import { literal, quoted } from './quoting.ts';
import type { PgRelation } from './reading.ts';
import {
  type ArchiveColumn,
  type ArchiveRow,
  archivedRow,
  archiveList,
  keyColumns,
  restoredText,
} from './row-archive.ts';
import type { PgSession } from './session.ts';

export interface IdList {
  /** Column of the row whose id is listed. */
  readonly id: string;
  /** "payload->linked_memory_ids": the name under which what was taken is archived. */
  readonly name: string;
  readonly column: string;
  readonly member: string;
  /** jsonb, or json. */
  readonly type: string;
  readonly whenEmpty: 'delete' | 'keep';
  /** Primary key of the child. */
  readonly keys: readonly string[];
}

/** @throws StoreError when this database keeps the list in a way that cannot be undone */
export async function idList(
  session: PgSession,
  target: Target,
  place: string,
  child: PgRelation,
  d: Dependent,
  parts: boolean,
): Promise<IdList> {
  const id = Object.values(d.on)[0];
  const column = d.list?.json ?? '';
  const type = child.columns.get(column);
  const keys = await keyColumns(session, child.oid, []);
  const why =
    d.list === undefined || id === undefined
      ? 'nothing says where'
      : type !== 'jsonb' && type !== 'json'
        ? `${column} is no JSON column`
        : parts
          ? 'the table is partitioned'
          : keys.length === 0
            ? 'the table has no primary key to put them back by'
            : null;
  if (why !== null || d.list === undefined || id === undefined || type === undefined)
    throw new StoreError(
      'unlink-unsupported',
      `${target}: rows of ${place} list the ids of what would go, and these cannot be taken out: ${why}`,
      'remove such rows with the application',
      5,
    );
  const { path, whenEmpty } = d.list;
  return { id, name: `${column}->${path}`, column, member: path, type, whenEmpty, keys };
}

const listSql = (l: Pick<IdList, 'column' | 'member'>): string =>
  `(x.${quoted(l.column)}::pg_catalog.jsonb -> ${literal(l.member)})`;
/** The elements of the list, or of none. */
const elements = (l: IdList): string =>
  `pg_catalog.jsonb_array_elements(CASE WHEN pg_catalog.jsonb_typeof(${listSql(l)}) = 'array' THEN ${listSql(l)} END)
     WITH ORDINALITY AS e(v, i)`;
/** Whether an element is one of the ids in $1; never NULL. */
const GOES = "coalesce(e.v #>> '{}' = ANY ($1::text[]), false)";

/** Query that finds a row when the list of `x` names a row of `doomed`. */
export const listsSql = (l: IdList, doomed: string): string =>
  `SELECT FROM ${elements(l)} JOIN ${doomed} t ON t.${quoted(l.id)}::pg_catalog.text = e.v #>> '{}'`;

export interface Unlinked {
  readonly count: number;
  readonly archive: readonly RemovedRow[];
}

/** Takes the ids out of all lists. @param ids as text */
export async function unlink(
  session: PgSession,
  h: { readonly place: string; readonly quoted: string; readonly columns: readonly ArchiveColumn[] },
  l: IdList,
  ids: readonly string[],
  archive: boolean,
): Promise<Unlinked> {
  // Locked by a statement of its own: the next ones then read what whoever held them has left.
  const found = await session.query<{ tid: string }>(
    `SELECT x.ctid::pg_catalog.text AS tid FROM ${h.quoted} x
     WHERE EXISTS (SELECT FROM ${elements(l)} WHERE ${GOES}) FOR UPDATE OF x`,
    [ids],
  );
  if (found.length === 0) return { count: 0, archive: [] };
  const params = [ids, `{${found.map((f) => `"${f.tid}"`).join(',')}}`];
  const these = 'x.ctid = ANY ($2::tid[])';
  const kept: RemovedRow[] = [];
  let count = 0;
  if (l.whenEmpty === 'delete') {
    const sql = `DELETE FROM ${h.quoted} x WHERE ${these} AND NOT EXISTS (SELECT FROM ${elements(l)} WHERE NOT ${GOES})`;
    if (archive) {
      const rows = await session.query<ArchiveRow>(`${sql} RETURNING ${archiveList(h.columns, 'x')}`, params);
      kept.push(...rows.map((r) => archivedRow(h.place, h.columns, r)));
      count += rows.length;
    } else count += await session.execute(sql, params);
  }
  if (archive) {
    const keys = h.columns.filter((c) => l.keys.includes(c.name));
    const rows = await session.query<ArchiveRow & { taken: string }>(
      `SELECT ${archiveList(keys, 'x')}, (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(e.i - 1, e.v::pg_catalog.text) ORDER BY e.i)
         FROM ${elements(l)} WHERE ${GOES})::pg_catalog.text AS taken
       FROM ${h.quoted} x WHERE ${these}`,
      params,
    );
    for (const { taken, ...key } of rows) {
      const { values } = archivedRow(h.place, keys, key as ArchiveRow);
      kept.push({ place: h.place, values: { ...values, [l.name]: taken } });
    }
  }
  const rest = `(SELECT coalesce(pg_catalog.jsonb_agg(e.v ORDER BY e.i), '[]') FROM ${elements(l)} WHERE NOT ${GOES})`;
  count += await session.execute(
    `UPDATE ${h.quoted} x SET ${quoted(l.column)} = pg_catalog.jsonb_set(x.${quoted(l.column)}::pg_catalog.jsonb,
       ARRAY[${literal(l.member)}], ${rest})::pg_catalog.${l.type} WHERE ${these}`,
    params,
  );
  return { count, archive: kept };
}

/** Name of what was taken out of a list, "payload->linked_memory_ids"; undefined for a whole row. */
export function takenFrom(row: RemovedRow, columns: ReadonlyMap<string, unknown>): string | undefined {
  return Object.keys(row.values).find((k) => k.includes('->') && !columns.has(k));
}

/**
 * Puts ids back where they were; into a list that has changed meanwhile, too, and not twice.
 * @param name as takenFrom found it
 * @returns why it could not be; null when the ids are in the list
 */
export async function relink(
  session: PgSession,
  place: { readonly quoted: string; readonly columns: ReadonlyMap<string, ArchiveColumn> },
  row: RemovedRow,
  name: string,
): Promise<string | null> {
  const cut = name.indexOf('->');
  const l = { column: name.slice(0, cut), member: name.slice(cut + 2) };
  const column = place.columns.get(l.column);
  if (column === undefined) return `the column ${l.column} is not there any more`;
  const keys = Object.entries(row.values).filter(([k]) => k !== name);
  const params = keys.map(([, v]) => restoredText(v));
  const which = keys
    .map(([k], i) => `x.${quoted(k)} = $${i + 1}::${place.columns.get(k)?.type ?? 'pg_catalog.text'}`)
    .join(' AND ');
  const [there] = await session.query<{ list: boolean | null }>(
    `SELECT pg_catalog.jsonb_typeof(${listSql(l)}) = 'array' AS list FROM ${place.quoted} x WHERE ${which} FOR UPDATE OF x`,
    params,
  );
  if (there === undefined) return 'the row whose list it was taken from is not there any more';
  if (there.list !== true) return 'the list it was taken from is not there any more';
  const next = params.length + 1;
  // In the order of their places, so that each finds the ones before it.
  for (const [at, id] of JSON.parse(String(row.values[name])) as [number, string][]) {
    await session.execute(
      `UPDATE ${place.quoted} x SET ${quoted(l.column)} = pg_catalog.jsonb_insert(x.${quoted(l.column)}::pg_catalog.jsonb,
         ARRAY[${literal(l.member)}, $${next}::text], $${next + 1}::jsonb)::pg_catalog.${column.type}
       WHERE ${which} AND NOT ${listSql(l)} @> $${next + 1}::jsonb`,
      [...params, String(at), id],
    );
  }
  return null;
}
