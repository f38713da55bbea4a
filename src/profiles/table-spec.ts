/** The small notations of profiles: columns with types and choices, table names with patterns and columns. */
import type { CatalogColumn, CatalogTable } from '../store/index.ts';

/** The type without length, array marks, schema and quotes, in lower case: "public.vector(1536)" is "vector". */
export function baseType(type: string): string {
  const bare = type
    .toLowerCase()
    .replace(/\(.*\)/, '')
    .replaceAll('"', '')
    .replace(/\s+/g, ' ')
    .trim();
  const name = bare.split('.').pop() as string;
  return SYNONYMS[name] ?? name;
}

const SYNONYMS: Readonly<Record<string, string>> = {
  'character varying': 'varchar',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  int8: 'bigint',
  int4: 'integer',
  int: 'integer',
  bool: 'boolean',
  'double precision': 'float8',
  'bit varying': 'varbit',
};

/** The column that a spec ("name", "a|b", "name:type|type") means in this table. */
export function columnOf(table: CatalogTable, spec: string): CatalogColumn | undefined {
  const [names = '', types] = spec.split(':');
  for (const name of names.split('|')) {
    const column = exactOrAnyCase(table.columns, name);
    if (column !== undefined && (types === undefined || types.split('|').includes(baseType(column.type))))
      return column;
  }
  return undefined;
}

/** PostgreSQL keeps the case of quoted names; a profile writes them as they are, and SQLite does not care. */
export function exactOrAnyCase<T extends { readonly name: string }>(list: readonly T[], name: string): T | undefined {
  const wanted = name.toLowerCase();
  return list.find((x) => x.name === name) ?? list.find((x) => x.name.toLowerCase() === wanted);
}

/** True when the table has every column and, where `exact`, no other than those and the optional ones. */
export function hasColumns(
  table: CatalogTable,
  specs: readonly string[],
  exact: boolean,
  optional: readonly string[] = [],
): boolean {
  const found = specs.map((s) => columnOf(table, s));
  if (found.some((c) => c === undefined)) return false;
  if (!exact) return true;
  const allowed = new Set([...found, ...optional.map((s) => columnOf(table, s))]);
  return table.columns.every((c) => allowed.has(c));
}

/** "name", "name*", "*name" without case. */
export function matchesPattern(name: string, pattern: string): boolean {
  const n = name.toLowerCase();
  const p = pattern.toLowerCase();
  if (p.startsWith('*')) return n.endsWith(p.slice(1));
  return p.endsWith('*') ? n.startsWith(p.slice(0, -1)) : n === p;
}

/** "metadata(key, value)" → the pattern and the columns that tell the table from others of its name. */
export function tableSpec(spec: string): { readonly pattern: string; readonly columns: readonly string[] } {
  const m = /^([^(]+)\(([^)]*)\)$/.exec(spec);
  if (m === null) return { pattern: spec, columns: [] };
  return { pattern: (m[1] as string).trim(), columns: (m[2] as string).split(',').map((c) => c.trim()) };
}

/** Tables that such a spec means. */
export function tablesOf(tables: readonly CatalogTable[], spec: string): CatalogTable[] {
  const { pattern, columns } = tableSpec(spec);
  return tables.filter((t) => matchesPattern(t.name, pattern) && hasColumns(t, columns, false));
}

/** "schema.table" in engines that have schemas. */
export function qualified(schema: string | null | undefined, name: string): string {
  return schema == null ? name : `${schema}.${name}`;
}
