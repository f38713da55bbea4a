/** Twins in every table of memories that a profile knows, in PostgreSQL and in SQLite; and all rows of a store, whole. */
import type Database from 'better-sqlite3';
import type pg from 'pg';
import type { SetProfile } from '../../src/profiles/index.ts';
import { type Column, ROWS, twinValues } from './twin-values.ts';

/** Rows of these sets are filled: those that have a text. */
export const worded = (sets: readonly SetProfile[]): SetProfile[] => sets.filter((s) => (s.text?.length ?? 0) > 0);

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export async function fillPostgres(client: pg.Client, schema: string, set: SetProfile): Promise<void> {
  const place = `${quoted(set.schema ?? schema)}.${quoted(set.table)}`;
  const { rows } = await client.query<Column>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS needed,
       EXISTS (SELECT FROM pg_index x WHERE x.indrelid = a.attrelid AND x.indisunique AND a.attnum = ANY(x.indkey)) AS key
     FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum`,
    [place],
  );
  // Parents are no part of what is looked at.
  const parents = await client.query<{ name: string }>(
    "SELECT conname AS name FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'f'",
    [place],
  );
  for (const { name } of parents.rows) await client.query(`ALTER TABLE ${place} DROP CONSTRAINT ${quoted(name)}`);
  for (let i = 0; i < ROWS; i++) {
    const values = [...twinValues(set, rows, i)];
    const type = (name: string): string => rows.find((c) => c.name === name)?.type ?? 'text';
    await client.query(
      `INSERT INTO ${place} (${values.map(([n]) => quoted(n)).join(', ')}) VALUES (${values.map(([n], v) => `$${v + 1}::${type(n)}`).join(', ')})`,
      values.map(([, v]) => v),
    );
  }
}

/** Every row of every table, whole: vectors as the server sends them. */
export async function wholePostgres(client: pg.Client): Promise<string[]> {
  const tables = await client.query<{ place: string }>(
    `SELECT c.oid::regclass::text AS place FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const all: string[] = [];
  for (const { place } of tables.rows) {
    const found = await client.query<{ row: string }>(
      `SELECT x::text || ' ' || encode(record_send(x), 'hex') AS row FROM ${place} x`,
    );
    all.push(...found.rows.map((r) => `${place} ${r.row}`));
  }
  return all.sort();
}

export function fillSqlite(db: Database.Database, set: SetProfile): void {
  const names = (sql: string, of: string): string[] => db.prepare(sql).pluck().all(of) as string[];
  const unique = names('SELECT name FROM pragma_index_list(?) WHERE "unique"', set.table).flatMap((x) =>
    names('SELECT name FROM pragma_index_info(?)', x),
  );
  const found = db
    .prepare('SELECT name, lower(type) AS type, "notnull" AS needed, pk FROM pragma_table_info(?)')
    .all(set.table);
  const columns = (found as { name: string; type: string; needed: number; pk: number }[]).map(
    (c): Column => ({
      name: c.name,
      type: c.type,
      needed: c.needed === 1 || c.pk > 0,
      key: c.pk > 0 || unique.includes(c.name),
    }),
  );
  db.pragma('foreign_keys = OFF');
  for (let i = 0; i < ROWS; i++) {
    const values = [...twinValues(set, columns, i)];
    const list = values.map(([n]) => quoted(n)).join(', ');
    db.prepare(`INSERT INTO ${quoted(set.table)} (${list}) VALUES (${values.map(() => '?').join(', ')})`).run(
      values.map(([, v]) => v),
    );
  }
}

/** Every row of every table, whole, with its rowid where it has one; vectors of a vec0 table are in its own tables. */
export function wholeSqlite(db: Database.Database): string[] {
  const tables = db
    .prepare(
      `SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite_%'`,
    )
    .all() as { name: string; wr: number }[];
  return tables
    .flatMap(({ name, wr }) =>
      (
        db
          .prepare(`SELECT ${wr === 1 ? '' : 'rowid, '}* FROM ${quoted(name)}`)
          .raw(true)
          .safeIntegers(true)
          .all() as unknown[][]
      ).map(
        (row) =>
          `${name} ${row.map((v) => (Buffer.isBuffer(v) ? v.toString('hex') : `${typeof v} ${String(v)}`)).join(' | ')}`,
      ),
    )
    .sort();
}
