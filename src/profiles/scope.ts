/** One schema of a catalog: a store never spreads over several. In SQLite the whole file is one. */
import type { Catalog, CatalogTable, CatalogTrigger } from '../store/index.ts';
import { exactOrAnyCase } from './table-spec.ts';

export interface Scope {
  readonly scheme: string;
  readonly schema: string | null;
  /** Tables that no other profile owns; views are not looked at. */
  readonly tables: readonly CatalogTable[];
  readonly triggers: readonly CatalogTrigger[];
}

/** Schemas in the order in which the catalog names them. */
export function scopesOf(catalog: Catalog): Scope[] {
  const schemas = new Map<string | null, CatalogTable[]>();
  for (const t of catalog.tables) {
    const tables = schemas.get(t.schema) ?? [];
    if (tables.length === 0) schemas.set(t.schema, tables);
    if (t.kind !== 'view') tables.push(t);
  }
  return [...schemas].map(([schema, tables]) => ({
    scheme: catalog.scheme,
    schema,
    tables,
    triggers: catalog.triggers,
  }));
}

export function without(scope: Scope, owned: ReadonlySet<CatalogTable>): Scope {
  return { ...scope, tables: scope.tables.filter((t) => !owned.has(t)) };
}

export function tableNamed(scope: Scope, name: string): CatalogTable | undefined {
  return exactOrAnyCase(scope.tables, name);
}
