/** A stored table as rows are removed from it and put back: its key, its columns, its foreign keys. */
import type { Affinity } from './archived-value.ts';
import { all, type Db, one, quoted } from './driver.ts';
import type { StoredTable } from './read-catalog.ts';
import { rowidName } from './read-catalog.ts';

export interface Shape {
  readonly name: string;
  readonly quoted: string;
  /** Columns that name one row, as SQL writes them: the rowid, or the primary key of a WITHOUT ROWID table. */
  readonly key: readonly string[];
  /** Name under which an implicit rowid is archived; null where a column is the rowid or there is none. */
  readonly rowid: string | null;
  /** Columns that INSERT takes: generated ones are left out. */
  readonly columns: readonly { readonly name: string; readonly affinity: Affinity }[];
}

export function shapeOf(db: Db, table: StoredTable): Shape {
  const columns = all(db, 'SELECT name, type, hidden, pk FROM pragma_table_xinfo(?)', [table.name]);
  const primary = columns
    .filter((c) => Number(c['pk']) > 0)
    .sort((a, b) => Number(a['pk']) - Number(b['pk']))
    .map((c) => quoted(String(c['name'])));
  const rowid = table.withoutRowid ? null : rowidName(table);
  return {
    name: table.name,
    quoted: quoted(table.name),
    key: rowid === null ? primary : [rowid],
    rowid: table.withoutRowid || table.rowidColumn !== null ? null : rowid,
    columns: columns
      .filter((c) => c['hidden'] === 0)
      .map((c) => ({ name: String(c['name']), affinity: affinityOf(String(c['type'] ?? '')) })),
  };
}

/** https://sqlite.org/datatype3.html section 3.1, as far as archived values depend on it. */
function affinityOf(type: string): Affinity {
  const t = type.toUpperCase();
  if (t.includes('INT')) return 'converts';
  if (/CHAR|CLOB|TEXT/.test(t)) return 'none';
  if (t === '' || t.includes('BLOB')) return 'none';
  return 'converts';
}

export interface ForeignKey {
  readonly child: string;
  readonly parent: string;
  /** Child column → parent column. */
  readonly columns: readonly (readonly [child: string, parent: string])[];
  readonly onDelete: string;
}

/** Every foreign key among the given tables. */
export function foreignKeys(db: Db, tables: readonly StoredTable[]): ForeignKey[] {
  return tables.flatMap((t) => {
    const parts = all(
      db,
      'SELECT id, seq, "table" AS parent, "from" AS f, "to" AS t, on_delete AS d FROM pragma_foreign_key_list(?) ORDER BY id, seq',
      [t.name],
    );
    return [...new Set(parts.map((p) => p['id']))].flatMap((id): ForeignKey[] => {
      const mine = parts.filter((p) => p['id'] === id);
      const parent = tables.find((p) => p.name.toLowerCase() === String(mine[0]?.['parent']).toLowerCase());
      if (parent === undefined) return [];
      const primary = parent.columns
        .filter((c) => c.primaryKey > 0)
        .sort((a, b) => a.primaryKey - b.primaryKey)
        .map((c) => c.name);
      return [
        {
          child: t.name,
          parent: parent.name,
          columns: mine.map((p, i) => [String(p['f']), String(p['t'] ?? primary[i] ?? 'rowid')] as const),
          onDelete: String(mine[0]?.['d']),
        },
      ];
    });
  });
}

export function rowExists(db: Db, sql: string, parameters: readonly unknown[]): boolean {
  return one(db, `SELECT EXISTS (${sql}) AS x`, parameters)['x'] === 1;
}
