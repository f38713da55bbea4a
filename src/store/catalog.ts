/** The shape of a store as its catalog tells it: tables, columns, indexes, triggers; no rows. Input of detection. */

export interface CatalogColumn {
  readonly name: string;
  /** The declared type as written, upper case; "" where none is declared. */
  readonly type: string;
  readonly notNull: boolean;
  /** 1-based position in the primary key, 0 when not part of it. */
  readonly primaryKey: number;
}

export interface CatalogTable {
  readonly name: string;
  /** Namespace of the table in engines that have one; null in SQLite. */
  readonly schema: string | null;
  readonly kind: 'table' | 'virtual' | 'view';
  /** Module of a virtual table, lower case: "vec0", "fts5". */
  readonly module: string | null;
  readonly columns: readonly CatalogColumn[];
  /** Names of the structures a virtual table keeps its data in. */
  readonly shadows: readonly string[];
  /** Indexes, where the catalog tells them (PostgreSQL): name, access method, definition. */
  readonly indexes?: readonly { readonly name: string; readonly method: string; readonly definition: string }[];
  /** Keys of JSON columns in a few sampled rows: column → keys seen. Read last, and only where a signature asks for it. */
  readonly sampledKeys?: Readonly<Record<string, readonly string[]>>;
}

export interface CatalogTrigger {
  readonly name: string;
  readonly table: string;
  readonly definition: string;
}

export interface Catalog {
  readonly scheme: string;
  /** In PostgreSQL, tables of all schemas but the system's; a table is known by schema and name. */
  readonly tables: readonly CatalogTable[];
  readonly triggers: readonly CatalogTrigger[];
}

/** The table of that name, compared as SQL compares names: without case. */
export function catalogTable(catalog: Catalog, name: string): CatalogTable | undefined {
  const wanted = name.toLowerCase();
  return catalog.tables.find((t) => t.name.toLowerCase() === wanted);
}

export function hasColumn(table: CatalogTable, name: string): boolean {
  const wanted = name.toLowerCase();
  return table.columns.some((c) => c.name.toLowerCase() === wanted);
}
