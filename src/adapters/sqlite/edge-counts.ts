/** How many rows of another table refer to a row. */
import type { RankColumns } from '../../profiles/index.ts';
import { quoted } from './driver.ts';
import type { SqliteCatalog, StoredTable } from './read-catalog.ts';

/**
 * An expression over the alias `t`; undefined where the table of edges has no index that leads to the edges of a row: it would be
 * read through for each row, so the fact is left out.
 */
export function edgesSql(catalog: SqliteCatalog, edges: NonNullable<RankColumns['edges']>): string | undefined {
  const table = catalog.stored.find((t) => t.name === edges.table);
  if (table === undefined) return undefined;
  const counts = edges.on.map((on) => {
    if (!sought(catalog, table, Object.keys(on))) return undefined;
    const same = Object.entries(on).map(([child, parent]) => `e.${quoted(child)} = t.${quoted(parent)}`);
    return `(SELECT count(*) FROM ${quoted(table.name)} AS e WHERE ${same.join(' AND ')})`;
  });
  return counts.every((c) => c !== undefined) ? counts.join(' + ') : undefined;
}

/** Columns by which a table is a tree for all rows do not narrow anything: all of them must lead an index. */
function sought(catalog: SqliteCatalog, table: StoredTable, columns: readonly string[]): boolean {
  const own = table.withoutRowid
    ? [...table.columns.filter((c) => c.primaryKey > 0)].sort((a, b) => a.primaryKey - b.primaryKey).map((c) => c.name)
    : table.rowidColumn === null
      ? []
      : [table.rowidColumn];
  const leads = [
    own,
    ...catalog.indexes.filter((i) => i.table === table.name && i.predicate === null).map((i) => i.columns),
  ];
  return leads.some((list) => columns.every((c) => list.slice(0, columns.length).includes(c)));
}
