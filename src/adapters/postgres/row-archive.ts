/**
 * Removed rows as text that puts them back exactly: every type of the server, and of its extensions, reads what it has
 * written (session.ts fixes the settings that the text depends on). Numbers, booleans and bytes as JSON has them.
 */
import type { ArchivedValue, RemovedRow } from '../../store/index.ts';
import { literal, quoted } from './quoting.ts';
import type { PgSession } from './session.ts';

export interface ArchiveColumn {
  readonly name: string;
  /** As format_type writes it, with its schema where it is an extension's. */
  readonly type: string;
}

/** Columns that hold data of their own: generated ones are computed again. */
export async function archiveColumns(session: PgSession, oid: number): Promise<ArchiveColumn[]> {
  return await session.query<ArchiveColumn>(
    `SELECT a.attname::text AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type
     FROM pg_catalog.pg_attribute a
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum`,
    [oid],
  );
}

/** The primary key, else what the profile calls the id: how a row is named to people. */
export async function keyColumns(session: PgSession, oid: number, id: readonly string[]): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `SELECT a.attname::text AS name FROM pg_catalog.pg_constraint k
     CROSS JOIN LATERAL pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u(num, pos)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num
     WHERE k.conrelid = $1 AND k.contype = 'p' ORDER BY u.pos`,
    [oid],
  );
  return rows.length > 0 ? rows.map((r) => r.name) : [...id];
}

/** How a row `t` is named to people: its key, else its place. */
export function keyText(keys: readonly string[]): string {
  if (keys.length === 0) return 't.ctid::pg_catalog.text';
  return keys.map((k) => `t.${quoted(k)}::pg_catalog.text`).join(` || ${literal('/')} || `);
}

/** Select list: column i as "c<i>". */
export function archiveList(columns: readonly ArchiveColumn[], alias: string): string {
  return columns.map((c, i) => `${alias}.${quoted(c.name)}::pg_catalog.text AS c${i}`).join(', ');
}

export type ArchiveRow = Readonly<Record<string, string | null>>;

export function archivedRow(place: string, columns: readonly ArchiveColumn[], row: ArchiveRow): RemovedRow {
  const values: Record<string, ArchivedValue> = {};
  columns.forEach((c, i) => {
    values[c.name] = archivedValue(row[`c${i}`] ?? null, c.type);
  });
  return { place, values };
}

export const archived = (place: string, columns: readonly ArchiveColumn[], rows: readonly ArchiveRow[]): RemovedRow[] =>
  rows.map((r) => archivedRow(place, columns, r));

function archivedValue(text: string | null, type: string): ArchivedValue {
  if (text === null) return null;
  switch (type) {
    case 'boolean':
      return text === 'true' || text === 't';
    case 'smallint':
    case 'integer':
      return Number(text);
    case 'bigint':
      return Number.isSafeInteger(Number(text)) ? Number(text) : { integer: text };
    case 'bytea':
      return { base64: Buffer.from(text.slice(2), 'hex').toString('base64') };
    default:
      return text;
  }
}

/** The text that the server reads back. */
export function restoredText(value: ArchivedValue): string | null {
  if (value === null) return null;
  if (typeof value === 'object') {
    return 'base64' in value ? `\\x${Buffer.from(value.base64, 'base64').toString('hex')}` : value.integer;
  }
  return String(value);
}
