/** sqlite_master and its pragmas → catalog. Reads the schema only, never a row of the user's. */
import type { Catalog, CatalogColumn, CatalogTable, CatalogTrigger } from '../../store/index.ts';
import { all, type Db, one, quoted } from './driver.ts';
import { fts5Definition, shadowsOf, vec0Definition, virtualTable } from './virtual-tables.ts';

export interface StoredColumn extends CatalogColumn {
  /** A virtual generated column: computed on read, takes no room. */
  readonly computed: boolean;
}

export interface StoredTable {
  readonly name: string;
  readonly sql: string;
  readonly columns: readonly StoredColumn[];
  readonly withoutRowid: boolean;
  readonly rowidColumn: string | null;
}

export interface StoredIndex {
  readonly name: string;
  readonly table: string;
  readonly unique: boolean;
  readonly origin: 'created' | 'unique' | 'primary-key';
  readonly predicate: string | null;
  /** Every column of an entry in order; null for an expression, "" for the rowid. Key columns come first. */
  readonly columns: readonly (string | null)[];
  readonly keys: number;
  readonly plainOrder: boolean;
}

export interface SqliteCatalog {
  readonly catalog: Catalog;
  /** Tables that have a B-tree of their own, shadow tables included. */
  readonly stored: readonly StoredTable[];
  readonly indexes: readonly StoredIndex[];
  readonly virtual: ReadonlyMap<string, { readonly module: string; readonly args: readonly string[] }>;
}

/** The name by which SQL can reach the rowid: a column of the user's may have taken the usual one. */
export function rowidName(table: StoredTable): string {
  const taken = new Set(table.columns.filter((c) => c.name !== table.rowidColumn).map((c) => c.name.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((name) => !taken.has(name)) ?? quoted(table.rowidColumn ?? 'rowid');
}

const ORIGIN = { c: 'created', u: 'unique', pk: 'primary-key' } as const;

export function readCatalog(db: Db): SqliteCatalog {
  const master = all(
    db,
    "SELECT type, name, tbl_name AS tbl, coalesce(sql, '') AS sql, rootpage FROM sqlite_master ORDER BY name",
  ) as {
    type: string;
    name: string;
    tbl: string;
    sql: string;
    rootpage: number | null;
  }[];
  const tables = master.filter((m) => m.type === 'table');
  const virtual = new Map(
    tables.flatMap((t) => {
      const definition = virtualTable(t.sql);
      return definition === undefined ? [] : [[t.name, definition] as const];
    }),
  );
  const names = tables.map((t) => t.name);
  const stored = tables
    .filter((t) => !virtual.has(t.name) && !t.name.startsWith('sqlite_'))
    .map((t) => storedTable(db, t.name, t.sql));
  const created = new Map(master.filter((m) => m.type === 'index').map((m) => [m.name, m.sql]));
  const indexes = stored.flatMap((t) => storedIndexes(db, t.name, created));
  const catalogTables: CatalogTable[] = [
    ...stored.map((t) => ({
      name: t.name,
      schema: null,
      kind: 'table' as const,
      module: null,
      columns: t.columns,
      shadows: [],
    })),
    ...[...virtual].map(([name, v]) => ({
      name,
      schema: null,
      kind: 'virtual' as const,
      module: v.module,
      columns: virtualColumns(v),
      shadows: shadowsOf(name, v.module, names),
    })),
    ...master
      .filter((m) => m.type === 'view')
      .map((m) => ({ name: m.name, schema: null, kind: 'view' as const, module: null, columns: [], shadows: [] })),
  ];
  const triggers: CatalogTrigger[] = master
    .filter((m) => m.type === 'trigger')
    .map((m) => ({ name: m.name, table: m.tbl, definition: m.sql }));
  return { catalog: { scheme: 'sqlite', tables: catalogTables, triggers }, stored, indexes, virtual };
}

function storedTable(db: Db, name: string, sql: string): StoredTable {
  const columns = all(db, 'SELECT name, type, "notnull" AS nn, pk, hidden FROM pragma_table_xinfo(?)', [name]).map(
    (c) => ({
      name: String(c['name']),
      type: String(c['type'] ?? '').toUpperCase(),
      notNull: c['nn'] === 1,
      primaryKey: Number(c['pk']),
      computed: c['hidden'] === 2,
    }),
  );
  const withoutRowid = one(db, "SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'", [name])['wr'] === 1;
  const keys = columns.filter((c) => c.primaryKey > 0);
  const ownIndex = one(db, "SELECT count(*) AS n FROM pragma_index_list(?) WHERE origin = 'pk'", [name])['n'] !== 0;
  const rowid = !withoutRowid && !ownIndex && keys.length === 1 && keys[0]?.type === 'INTEGER' ? keys[0].name : null;
  return { name, sql, columns, withoutRowid, rowidColumn: rowid };
}

function storedIndexes(db: Db, table: string, created: ReadonlyMap<string, string>): StoredIndex[] {
  return all(db, 'SELECT name, "unique" AS uq, origin, partial FROM pragma_index_list(?) ORDER BY name', [
    table,
  ]).flatMap((i) => {
    const name = String(i['name']);
    const sql = created.get(name);
    // The primary key of a WITHOUT ROWID table is the table itself and stands in no row of sqlite_master.
    if (sql === undefined) return [];
    const parts = all(db, 'SELECT cid, name, "desc" AS down, coll, key FROM pragma_index_xinfo(?) ORDER BY seqno', [
      name,
    ]);
    const keys = parts.filter((p) => p['key'] === 1);
    return [
      {
        name,
        table,
        unique: i['uq'] === 1,
        origin: ORIGIN[i['origin'] as keyof typeof ORIGIN] ?? 'created',
        predicate: i['partial'] === 1 ? (/\bWHERE\b([\s\S]*)$/i.exec(sql)?.[1]?.trim() ?? '') : null,
        columns: parts.map((p) => (p['cid'] === -1 ? '' : p['cid'] === -2 ? null : String(p['name']))),
        keys: keys.length,
        plainOrder: keys.every((k) => k['down'] === 0 && k['coll'] === 'BINARY'),
      },
    ];
  });
}

/** Columns of a virtual table as its arguments declare them: its module may not be loaded. */
function virtualColumns(v: { readonly module: string; readonly args: readonly string[] }): CatalogColumn[] {
  const column = (name: string, type: string): CatalogColumn => ({ name, type, notNull: false, primaryKey: 0 });
  if (v.module === 'vec0') {
    const d = vec0Definition(v.args);
    return [
      ...d.partitionKeys.map((n) => column(n, 'PARTITION KEY')),
      ...d.vectors.map((c) => column(c.name, `${c.scalar.toUpperCase()}[${c.dims}]`)),
      ...d.metadata.map((c) => column(c.name, c.type.toUpperCase())),
      ...d.auxiliary.map((n) => column(n, 'AUXILIARY')),
    ];
  }
  return v.module === 'fts5' ? fts5Definition(v.args).columns.map((n) => column(n, 'TEXT')) : [];
}
