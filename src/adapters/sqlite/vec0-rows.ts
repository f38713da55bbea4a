/** Rows of a vec0 table through the extension: read, removed and put back by their key. */
import type { RemovedRow } from '../../store/index.ts';
import { archived, bindable } from './archived-value.ts';
import { type Db, quoted } from './driver.ts';
import type { SqliteCatalog } from './read-catalog.ts';
import { type Vec0Definition, vec0Definition } from './virtual-tables.ts';

export interface Vec0Rows {
  readonly table: string;
  /** "rowid", or the name of the declared primary key. */
  readonly key: string;
  readonly definition: Vec0Definition;
  /** Columns in the order of the declaration, the key first. */
  readonly columns: readonly string[];
  read(db: Db, keys: readonly unknown[]): RemovedRow[];
  /** @returns rows that were there and went */
  remove(db: Db, keys: readonly unknown[]): number;
  /** @returns false when the key is there again */
  insert(db: Db, values: RemovedRow['values']): boolean;
}

/** undefined when there is no vec0 table of that name */
export function vec0Rows(catalog: SqliteCatalog, name: string): Vec0Rows | undefined {
  const found = [...catalog.virtual].find(([n, v]) => n.toLowerCase() === name.toLowerCase() && v.module === 'vec0');
  if (found === undefined) return undefined;
  const [table, { args }] = found;
  const definition = vec0Definition(args);
  const key = primaryKey(args) ?? 'rowid';
  const columns = [
    key,
    ...definition.partitionKeys,
    ...definition.vectors.map((v) => v.name),
    ...definition.metadata.map((m) => m.name),
    ...definition.auxiliary,
  ];
  const list = columns.map(quoted).join(', ');
  const shadow = quoted(`${table}_rowids`);
  const shadowKey = definition.textId ? 'id' : 'rowid';
  const there = (db: Db, k: unknown): boolean =>
    db.prepare(`SELECT 1 FROM ${shadow} WHERE ${shadowKey} = ?`).get(k) !== undefined;
  return {
    table,
    key,
    definition,
    columns,
    read: (db, keys) => {
      const statement = db
        .prepare(`SELECT ${list} FROM ${quoted(table)} WHERE ${quoted(key)} = ?`)
        .safeIntegers(true)
        .raw(true);
      return keys.flatMap((k) => {
        const row = there(db, k) ? (statement.get(k) as unknown[] | undefined) : undefined;
        if (row === undefined) return [];
        return [{ place: table, values: Object.fromEntries(columns.map((c, i) => [c, archived(row[i], 'none')])) }];
      });
    },
    remove: (db, keys) => {
      const statement = db.prepare(`DELETE FROM ${quoted(table)} WHERE ${quoted(key)} = ?`);
      const present = db.prepare(`SELECT 1 FROM ${shadow} WHERE ${shadowKey} = ?`);
      let gone = 0;
      for (const k of keys) {
        if (k === null || present.get(k) === undefined) continue;
        statement.run(k);
        gone++;
      }
      return gone;
    },
    insert: (db, values) => {
      const k = bindable(values[key]);
      if (there(db, k)) return false;
      db.prepare(
        `INSERT INTO ${quoted(table)} (${list}) VALUES (${wrapped(definition, columns, () => '?').join(', ')})`,
      ).run(columns.map((c) => bindable(values[c])));
      return true;
    },
  };
}

/** Expressions that INSERT takes for the columns: int8 and bit vectors have to be said to be such. */
export function wrapped(
  definition: Vec0Definition,
  columns: readonly string[],
  expression: (column: string) => string,
): string[] {
  return columns.map((c) => {
    const scalar = definition.vectors.find((v) => v.name === c)?.scalar;
    const x = expression(c);
    return scalar === 'int8' ? `vec_int8(${x})` : scalar === 'bit' ? `vec_bit(${x})` : x;
  });
}

/** Name of the declared primary key: "id integer primary key", "id text primary key". */
function primaryKey(args: readonly string[]): string | undefined {
  for (const arg of args) {
    const found = /^(\S+)\s+\S+\s+primary\s+key\b/i.exec(arg);
    if (found !== null) return (found[1] as string).replace(/^["'`[](.*)["'`\]]$/, '$1');
  }
  return undefined;
}
