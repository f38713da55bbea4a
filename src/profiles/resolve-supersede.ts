/** By what duplicates are ranked and how one is marked as superseded, reduced to what the store at hand really has. */
import type { CatalogTable } from '../store/index.ts';
import { type ColumnRef, columnRefText, type RankColumns, type SupersedeRule, type TimeColumn } from './profile.ts';
import { resolveDependents } from './resolve-dependents.ts';
import { type Scope, tableNamed } from './scope.ts';
import { columnOf } from './table-spec.ts';

type Find = (ref: ColumnRef) => ColumnRef | undefined;

/** @returns undefined when nothing of it is there */
export function resolveRank(
  rank: RankColumns | undefined,
  table: CatalogTable,
  scope: Scope,
  find: Find,
  time: (t: TimeColumn | undefined) => TimeColumn | undefined,
): RankColumns | undefined {
  if (rank === undefined) return undefined;
  const [pinned, confidence, accesses] = [rank.pinned, rank.confidence, rank.accesses].map((r) => r && find(r));
  const updated = time(rank.updated);
  const edges = rank.edges && resolveEdges(rank.edges, table, scope);
  const resolved: RankColumns = {
    ...(pinned === undefined ? {} : { pinned }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(accesses === undefined ? {} : { accesses }),
    ...(updated === undefined ? {} : { updated }),
    ...(edges === undefined ? {} : { edges }),
  };
  return Object.keys(resolved).length === 0 ? undefined : resolved;
}

function resolveEdges(
  edges: NonNullable<RankColumns['edges']>,
  table: CatalogTable,
  scope: Scope,
): RankColumns['edges'] | undefined {
  const child = tableNamed(scope, edges.table);
  if (child === undefined) return undefined;
  const on = edges.on.flatMap((pairs) => {
    const found = Object.entries(pairs).map(([c, p]) => [columnOf(child, c)?.name, columnOf(table, p)?.name] as const);
    return found.every(([c, p]) => c !== undefined && p !== undefined)
      ? [Object.fromEntries(found) as Record<string, string>]
      : [];
  });
  return on.length === 0 ? undefined : { table: child.name, on };
}

/** @returns undefined when a column that it writes is not there: a release without the convention */
export function resolveSupersede(
  rule: SupersedeRule | undefined,
  table: CatalogTable,
  scope: Scope,
  find: Find,
): SupersedeRule | undefined {
  if (rule === undefined) return undefined;
  const set = rule.set.map((s) => ({ column: find(s.column), to: s.to }));
  if (set.some((s) => s.column === undefined)) return undefined;
  const dependents = resolveDependents(rule.dependents ?? [], table, scope);
  return {
    set: set as SupersedeRule['set'],
    ...(dependents.length === 0 ? {} : { dependents }),
    source: rule.source,
  };
}

/** "deleted_at = now (epoch-s); memory_embeddings and memory_graph lose its rows" */
export function supersedeText(rule: SupersedeRule): string {
  const written = rule.set.map(({ column, to }) => {
    const name = columnRefText(column);
    if ('now' in to) return `${name} = now${to.now === 'native' ? '' : ` (${to.now})`}`;
    return 'survivor' in to ? `${name} = the row that stays` : `${name} = ${to.value}`;
  });
  const along = [...new Set((rule.dependents ?? []).map((d) => d.table))];
  return `${written.join(', ')}${along.length === 0 ? '' : `; its rows of ${along.join(' and ')} go`}`;
}

/** "pinned, confidence, rows of memory_graph, updated_at": in the order in which they decide. */
export function rankText(rank: RankColumns): string {
  return [
    rank.pinned && columnRefText(rank.pinned),
    rank.confidence && columnRefText(rank.confidence),
    rank.accesses && columnRefText(rank.accesses),
    rank.edges && `rows of ${rank.edges.table}`,
    rank.updated && columnRefText(rank.updated.column),
  ]
    .filter((x) => x !== undefined)
    .join(', ');
}
