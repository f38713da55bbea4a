/** Columns of rows written by key in an open transaction, read back, and archived as they were and as they are. */
import type { ArchivedValue, RemovedRow } from '../../store/index.ts';
import { quoted } from './quoting.ts';
import { type ArchiveColumn, type ArchiveRow, archivedRow, archiveList } from './row-archive.ts';
import { keyArrays, keysFrom, keysJoin } from './row-keys.ts';
import type { PgSession } from './session.ts';
import type { WrittenColumn } from './supersede-sql.ts';
import type { SupersedeTarget } from './supersede-target.ts';

export interface WrittenRow {
  readonly key: string;
  /** Id of the row that stays. */
  readonly survivor: string;
}

/**
 * @returns the rows as an archive keeps them; undefined when a row does not hold what was written to it (a trigger kept it, or
 *   wrote something else): the transaction is then to be rolled back
 */
export async function writeRows(
  session: PgSession,
  what: SupersedeTarget,
  written: readonly WrittenColumn[],
  rows: readonly WrittenRow[],
): Promise<RemovedRow[] | undefined> {
  if (rows.length === 0) return [];
  const names = new Set([...what.key.columns, ...written].map((c) => c.name));
  // Without a trigger nothing but these can change.
  const columns = what.triggers.length > 0 ? what.columns : what.columns.filter((c) => names.has(c.name));
  const params = [
    ...keyArrays(
      what.key,
      rows.map((r) => r.key),
    ),
    rows.map((r) => r.survivor),
  ];
  const from = keysFrom(what.key, 'survivor');
  const join = keysJoin(what.key, 'x');
  const image = `${what.relation.quoted} x JOIN ${from} ON ${join}`;
  const list = archiveList(columns, 'x');
  const before = await session.query<Imaged>(`SELECT k.i, ${list} FROM ${image}`, params);
  const set = written.map((w) => `${quoted(w.name)} = ${w.value}`).join(', ');
  const count = await session.execute(`UPDATE ${what.relation.quoted} x SET ${set} FROM ${from} WHERE ${join}`, params);
  if (count !== rows.length || before.length !== rows.length) return undefined;
  // A deferred trigger would act at COMMIT, when the ledger has the batch already.
  await session.execute('SET CONSTRAINTS ALL IMMEDIATE');
  const stands = written.map((w) => w.stands).join(' AND ');
  const after = await session.query<Imaged & { stands: boolean }>(
    `SELECT k.i, (${stands}) AS stands, ${list} FROM ${image}`,
    params,
  );
  if (after.length !== rows.length || after.some((r) => !r.stands)) return undefined;
  const now = new Map(after.map((r) => [r.i, r]));
  return before.map((r) => changedRow(what, written, columns, r, now.get(r.i) ?? r));
}

type Imaged = ArchiveRow & { readonly i: string };

function changedRow(
  what: SupersedeTarget,
  written: readonly WrittenColumn[],
  columns: readonly ArchiveColumn[],
  before: ArchiveRow,
  after: ArchiveRow,
): RemovedRow {
  const was = archivedRow(what.place, columns, before).values;
  const is = archivedRow(what.place, columns, after).values;
  const values: Record<string, ArchivedValue> = {};
  const changed: Record<string, ArchivedValue> = {};
  columns.forEach((c, i) => {
    const own = written.some((w) => w.name === c.name);
    const key = what.key.columns.some((k) => k.name === c.name);
    // What a trigger wrote beside is kept as it was, and is no reason to leave the row as it is at an undo.
    if (own || key || before[`c${i}`] !== after[`c${i}`]) values[c.name] = was[c.name] ?? null;
    if (own) changed[c.name] = is[c.name] ?? null;
  });
  return { place: what.place, values, changed };
}
