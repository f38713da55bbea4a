/** What hangs on a row, reduced to the tables and columns that the store at hand really has. */
import type { CatalogTable } from '../store/index.ts';
import type { Dependent } from './profile.ts';
import type { Scope } from './scope.ts';
import { columnOf, matchesPattern } from './table-spec.ts';

/** Tables that are not there hang on nothing; of a pattern every table that has the columns is meant. */
export function resolveDependents(dependents: readonly Dependent[], table: CatalogTable, scope: Scope): Dependent[] {
  return dependents.flatMap((d) => {
    const parents = Object.values(d.on).map((c) => (c === 'rowid' ? c : columnOf(table, c)?.name));
    if (parents.some((c) => c === undefined)) return [];
    return scope.tables
      .filter((t) => t !== table && matchesPattern(t.name, d.table))
      .flatMap((child) => {
        const on = resolvedKeys(d, child, parents as string[]);
        if (on === undefined) return [];
        const how = d.how === 'fts5' && hasDeleteTrigger(scope, table.name, child.name) ? 'engine' : d.how;
        return [{ ...d, table: child.name, on, how }];
      });
  });
}

function resolvedKeys(
  d: Dependent,
  child: CatalogTable,
  parents: readonly string[],
): Record<string, string> | undefined {
  if (d.list !== undefined && columnOf(child, d.list.json) === undefined) return undefined;
  const on: Record<string, string> = {};
  for (const [i, key] of Object.keys(d.on).entries()) {
    const [root = '', member] = key.split('->');
    // Virtual tables have a rowid and name none.
    const column = d.how === 'unlink' || root === 'rowid' ? root : columnOf(child, root)?.name;
    if (column === undefined) return undefined;
    on[member === undefined ? column : `${column}->${member}`] = parents[i] as string;
  }
  return on;
}

/**
 * A trigger that really tells a full-text index without text of its own: by the index's 'delete' command, or before the
 * row is gone. DELETE FROM the index after the row is gone removes nothing: the text it would look up is no longer there.
 */
function hasDeleteTrigger(scope: Scope, table: string, target: string): boolean {
  return scope.triggers.some(
    (t) =>
      t.table.toLowerCase() === table.toLowerCase() &&
      /\bDELETE\s+ON\b/i.test(t.definition) &&
      /'delete'|\bBEFORE\s+DELETE\b/i.test(t.definition) &&
      t.definition.toLowerCase().includes(target.toLowerCase()),
  );
}
