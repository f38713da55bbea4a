/**
 * Rows that stayed and of which only columns were written: what stood there before is put back, while what was written still
 * stands there. A row that was written twice comes back in two steps, the later one first, in whatever order they are met.
 */
import type { RemovedRow } from '../../store/index.ts';
import { quoted } from './quoting.ts';
import { type ArchiveColumn, restoredText } from './row-archive.ts';
import { uncut } from './row-keys.ts';
import { type PgSession, refusalCode, refusedBy } from './session.ts';

export interface ChangedPlace {
  readonly quoted: string;
  readonly columns: ReadonlyMap<string, ArchiveColumn>;
  /** Primary key. */
  readonly keys: readonly string[];
}

export interface PutBackChanges {
  readonly put: number;
  readonly refused: readonly { readonly row: RemovedRow; readonly why: string }[];
  /** What was written does not stand there; it may once a later change of the same row is taken back. */
  readonly waiting: readonly RemovedRow[];
}

/** @param rows with the same columns; in an open transaction */
export async function putBackChanges(
  session: PgSession,
  place: ChangedPlace,
  rows: readonly RemovedRow[],
): Promise<PutBackChanges> {
  const [first] = rows;
  if (first === undefined) return { put: 0, refused: [], waiting: [] };
  const names = [...new Set([...Object.keys(first.values), ...Object.keys(first.changed ?? {})])];
  const gone = names.filter((n) => !place.columns.has(n));
  const why =
    gone.length > 0
      ? `the column ${gone.join(', ')} is not there any more`
      : place.keys.length === 0 || place.keys.some((k) => !Object.hasOwn(first.values, k))
        ? 'the table has another primary key now'
        : null;
  if (why !== null) return { put: 0, refused: rows.map((row) => ({ row, why })), waiting: [] };
  const whole = await update(session, place, rows);
  if (typeof whole !== 'string') return { put: whole.size, refused: [], waiting: rows.filter((_, i) => !whole.has(i)) };
  const refused: { row: RemovedRow; why: string }[] = [];
  const waiting: RemovedRow[] = [];
  let put = 0;
  for (const row of rows) {
    const one = await update(session, place, [row]);
    if (typeof one === 'string') refused.push({ row, why: one });
    else if (one.size === 0) waiting.push(row);
    else put += 1;
  }
  return { put, refused, waiting };
}

/** @returns places of the rows that were put back, or why one of them could not be: nothing was written then */
async function update(
  session: PgSession,
  place: ChangedPlace,
  rows: readonly RemovedRow[],
): Promise<Set<number> | string> {
  const first = rows[0] as RemovedRow;
  const back = Object.keys(first.values).filter((n) => !place.keys.includes(n));
  const written = Object.keys(first.changed ?? {});
  const type = (n: string): string => place.columns.get(n)?.type ?? 'pg_catalog.text';
  const arrays = [
    ...place.keys.map((n) => rows.map((r) => restoredText(r.values[n] ?? null))),
    ...back.map((n) => rows.map((r) => restoredText(r.values[n] ?? null))),
    ...written.map((n) => rows.map((r) => restoredText(r.changed?.[n] ?? null))),
  ];
  const names = [
    ...place.keys.map((_, i) => `k${i}`),
    ...back.map((_, i) => `b${i}`),
    ...written.map((_, i) => `w${i}`),
  ];
  const text = (n: string): string => `x.${quoted(n)}::pg_catalog.text`;
  const same = [
    ...place.keys.map((n, i) => `x.${quoted(n)} = u.k${i}::${uncut(type(n))}`),
    ...written.map((n, i) => `${text(n)} IS NOT DISTINCT FROM u.w${i}`),
  ].join(' AND ');
  const stands = written.map((n) => `${text(n)} IS NOT DISTINCT FROM u.b${back.indexOf(n)}`).join(' AND ');
  await session.execute('SAVEPOINT memctl_put');
  try {
    const done = await session.query<{ i: string | number; stands: boolean }>(
      `UPDATE ${place.quoted} x SET ${back.map((n, i) => `${quoted(n)} = u.b${i}::${type(n)}`).join(', ')}
       FROM ROWS FROM (${arrays.map((_, i) => `pg_catalog.unnest($${i + 1}::text[])`).join(', ')}) WITH ORDINALITY AS u(${names.join(', ')}, i)
       WHERE ${same} RETURNING u.i, (${stands}) AS stands`,
      arrays,
    );
    // A deferred constraint would refuse the COMMIT, when the ledger has the batch already.
    await session.execute('SET CONSTRAINTS ALL IMMEDIATE');
    if (done.every((d) => d.stands)) return new Set(done.map((d) => Number(d.i) - 1));
    await session.execute('ROLLBACK TO SAVEPOINT memctl_put');
    return 'a trigger of the table writes something else';
  } catch (e) {
    const code = refusalCode(e) ?? '';
    // Class 23: a constraint. P0: a function of the store. Anything else is no matter of single rows.
    if (!code.startsWith('23') && !code.startsWith('P0')) throw e;
    await session.execute('ROLLBACK TO SAVEPOINT memctl_put');
    if (code.startsWith('P0')) return `the function ${refusedBy(e)?.function ?? 'of a trigger'} refuses it (${code})`;
    return 'a constraint of the table refuses it';
  }
}

/** Why a row is not put back that need not be. */
export const AS_IT_WAS = 'it is as it was already';

/** Whether the row with the key of an archived one has the same text in each of its columns; null where the table has no primary key. */
export async function sameRow(session: PgSession, place: ChangedPlace, row: RemovedRow): Promise<boolean | null> {
  const names = Object.keys(row.values);
  const { keys } = place;
  if (keys.length === 0 || keys.some((k) => !names.includes(k))) return null;
  const key = keys.map((k) => {
    const whole = uncut(place.columns.get(k)?.type ?? 'pg_catalog.text');
    return `x.${quoted(k)} = $${names.indexOf(k) + 1}::text::${whole}`;
  });
  // By way of the type: the archive writes numbers as JSON does.
  const type = (n: string): string => place.columns.get(n)?.type ?? 'pg_catalog.text';
  const text = names.map(
    (n, i) => `x.${quoted(n)}::pg_catalog.text IS NOT DISTINCT FROM $${i + 1}::text::${type(n)}::pg_catalog.text`,
  );
  const found = await session.query<{ one: number }>(
    `SELECT 1 AS one FROM ${place.quoted} x WHERE ${[...key, ...text].join(' AND ')}`,
    names.map((n) => restoredText(row.values[n] ?? null)),
  );
  return found.length > 0;
}

/** Why what was written does not stand there, once nothing more comes back. */
export async function whyWaiting(session: PgSession, place: ChangedPlace, row: RemovedRow): Promise<string> {
  const keys = place.keys;
  const changed = Object.keys(row.changed ?? {});
  const before = changed
    .map((n, i) => `x.${quoted(n)}::pg_catalog.text IS NOT DISTINCT FROM $${keys.length + i + 1}::text`)
    .join(' AND ');
  const which = keys
    .map((n, i) => `x.${quoted(n)} = $${i + 1}::text::${uncut(place.columns.get(n)?.type ?? 'pg_catalog.text')}`)
    .join(' AND ');
  const [r] = await session.query<{ before: boolean }>(
    `SELECT (${before}) AS before FROM ${place.quoted} x WHERE ${which}`,
    [...keys, ...changed].map((n) => restoredText(row.values[n] ?? null)),
  );
  if (r === undefined) return 'the row is not there any more';
  return r.before ? AS_IT_WAS : `${changed.join(', ')} of the row changed since`;
}
