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
  const schemas = [...new Set(catalog.tables.map((t) => t.schema))];
  return schemas.map((schema) => ({
    scheme: catalog.scheme,
    schema,
    tables: catalog.tables.filter((t) => t.schema === schema && t.kind !== 'view'),
    triggers: catalog.triggers,
  }));
}

export function without(scope: Scope, owned: ReadonlySet<CatalogTable>): Scope {
  return { ...scope, tables: scope.tables.filter((t) => !owned.has(t)) };
}

export function tableNamed(scope: Scope, name: string): CatalogTable | undefined {
  return exactOrAnyCase(scope.tables, name);
}
