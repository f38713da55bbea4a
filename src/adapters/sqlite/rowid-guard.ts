/**
 * VACUUM and rowids. A table without INTEGER PRIMARY KEY may get new rowids (https://sqlite.org/lang_vacuum.html); what
 * the code does is: it copies the rowids of a table that has an index, and numbers the rows of one that has none afresh
 * (insert.c, xferOptimization). Full-text tables with external content and vector tables find their rows by rowid, so a
 * table that others refer to that way is refused when it has no index, and compared before and after when it has one.
 */
import { createHash } from 'node:crypto';
import type { Match } from '../../profiles/index.ts';
import type { Db } from './driver.ts';
import { quoted } from './driver.ts';
import type { SqliteCatalog, StoredTable } from './read-catalog.ts';
import { rowidName } from './read-catalog.ts';
import { fts5Definition } from './virtual-tables.ts';

export interface JoinedTable {
  readonly table: StoredTable;
  /** Who refers to its rowids. */
  readonly by: readonly string[];
  /** VACUUM would number its rows afresh. */
  readonly renumbered: boolean;
}

/** Tables with implicit rowids that something else refers to. */
export function joinedByRowid(catalog: SqliteCatalog, matches: readonly Match[]): JoinedTable[] {
  return catalog.stored
    .filter((t) => !t.withoutRowid && t.rowidColumn === null)
    .flatMap((table): JoinedTable[] => {
      const by = [...fullText(catalog, table), ...vectors(matches, table), ...triggers(catalog, table)];
      if (by.length === 0) return [];
      return [{ table, by: [...new Set(by)], renumbered: !catalog.indexes.some((i) => i.table === table.name) }];
    });
}

const same = (a: string | null | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

function fullText(catalog: SqliteCatalog, table: StoredTable): string[] {
  return [...catalog.virtual].flatMap(([name, v]) =>
    v.module === 'fts5' && same(fts5Definition(v.args).content, table.name) ? [name] : [],
  );
}

function vectors(matches: readonly Match[], table: StoredTable): string[] {
  return matches
    .flatMap((m) => m.sets)
    .filter((s) => same(s.table, table.name))
    .flatMap((s) => [
      ...(s.vectors?.where === 'vec0' && !same(s.vectors.table, table.name) ? [s.vectors.table] : []),
      ...(s.dependents ?? []).filter((d) => Object.values(d.on).includes('rowid')).map((d) => d.table),
    ]);
}

/** A trigger that hands the rowid on keeps it somewhere. */
function triggers(catalog: SqliteCatalog, table: StoredTable): string[] {
  return catalog.catalog.triggers
    .filter((t) => same(t.table, table.name) && /\b(new|old)\s*\.\s*(rowid|_rowid_|oid)\b/i.test(t.definition))
    .map((t) => `trigger ${t.name}`);
}

/** A hash of (rowid, key) of every row; the key is the primary key, or all columns where there is none. */
export function rowidHash(db: Db, table: StoredTable): string {
  const id = rowidName(table);
  const primary = table.columns.filter((c) => c.primaryKey > 0);
  const columns = (primary.length > 0 ? primary : table.columns).map((c) => quoted(c.name)).join(', ');
  const hash = createHash('sha256');
  const rows = db
    .prepare(`SELECT ${id}, ${columns} FROM ${quoted(table.name)} ORDER BY ${id}`)
    .safeIntegers(true)
    .raw(true)
    .iterate() as Iterable<unknown[]>;
  for (const row of rows) hashRow(hash, row);
  return hash.digest('hex');
}

/** Values with their types and lengths, so that no two different rows hash the same. */
export function hashRow(hash: ReturnType<typeof createHash>, row: readonly unknown[]): void {
  for (const value of row) {
    if (value === null) hash.update('n;');
    else if (Buffer.isBuffer(value)) hash.update(`b${value.length}:`).update(value);
    else {
      const text = String(value);
      hash.update(`${(typeof value)[0]}${text.length}:`).update(text);
    }
  }
  hash.update('\n');
}
