/**
 * Rows of a full-text table that keeps no text of its own and that no trigger looks after: the application tells it of
 * every change, and so do we. A removal takes the text as it was indexed (https://sqlite.org/fts5.html section 6.3).
 */
import type { RemovedRow } from '../../store/index.ts';
import { archived, bindable } from './archived-value.ts';
import { type Db, quoted } from './driver.ts';
import type { SqliteCatalog } from './read-catalog.ts';
import { fts5Definition } from './virtual-tables.ts';

export interface FtsRows {
  readonly table: string;
  /** @param rows FROM clause and condition of the content rows, as `p`; `on` the column that is the full-text rowid */
  read(db: Db, on: string, rows: string): RemovedRow[];
  removeSql(on: string, rows: string): string;
  /** @returns false when a row of that number is indexed again */
  insert(db: Db, values: RemovedRow['values']): boolean;
}

/** undefined when there is no FTS5 table of that name, or it keeps no list of its rows */
export function ftsRows(catalog: SqliteCatalog, name: string): FtsRows | undefined {
  const found = [...catalog.virtual].find(([n, v]) => n.toLowerCase() === name.toLowerCase() && v.module === 'fts5');
  if (found === undefined || !catalog.stored.some((t) => t.name === `${found[0]}_docsize`)) return undefined;
  const [table, { args }] = found;
  const { columns } = fts5Definition(args);
  const list = columns.map(quoted).join(', ');
  const docs = quoted(`${table}_docsize`);
  const of = (on: string): string => `p.${quoted(on)}, ${columns.map((c) => `p.${quoted(c)}`).join(', ')}`;
  const indexed = (on: string): string => `EXISTS (SELECT 1 FROM ${docs} AS d WHERE d.id = p.${quoted(on)})`;
  return {
    table,
    read: (db, on, rows) => {
      const found_ = db
        .prepare(`SELECT ${of(on)} ${rows} AND ${indexed(on)}`)
        .safeIntegers(true)
        .raw(true)
        .all();
      return (found_ as unknown[][]).map((row) => ({
        place: table,
        values: Object.fromEntries(['rowid', ...columns].map((c, i) => [c, archived(row[i], 'none')])),
      }));
    },
    removeSql: (on, rows) =>
      `INSERT INTO ${quoted(table)} (${quoted(table)}, rowid, ${list}) SELECT 'delete', ${of(on)} ${rows} AND ${indexed(on)}`,
    insert: (db, values) => {
      const id = bindable(values['rowid']);
      if (db.prepare(`SELECT 1 FROM ${docs} WHERE id = ?`).get(id) !== undefined) return false;
      db.prepare(`INSERT INTO ${quoted(table)} (rowid, ${list}) VALUES (?${', ?'.repeat(columns.length)})`).run(
        id,
        ...columns.map((c) => bindable(values[c])),
      );
      return true;
    },
  };
}
