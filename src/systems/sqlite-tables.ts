/** A system's own SQLite tables as components: b-trees of rows, of indexes, FTS5 and vec0 tables. */
import type { Component } from '../engines/engine.ts';
import { sqliteFts5 } from '../layouts/sqlite-fts5.ts';
import { sqliteIndex } from '../layouts/sqlite-index.ts';
import type { SqliteColumn } from '../layouts/sqlite-records.ts';
import { sqliteTable } from '../layouts/sqlite-table.ts';
import { derive, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

export interface SqliteIndexOf {
  readonly name: string;
  readonly columns: readonly SqliteColumn[];
  readonly order: 'ascending' | 'random';
  /** Share of the rows in it; absent means all. */
  readonly share?: number;
}

export interface SqliteTableOf {
  readonly name: string;
  readonly rows: Quantity<'rows'>;
  readonly columns: readonly SqliteColumn[];
  readonly indexes: readonly SqliteIndexOf[];
  readonly main?: boolean;
}

const hot = (disk: Quantity<'B'>, w: Workload): Quantity<'B'> =>
  derive('in use', 'B', 'disk * hot', { disk, hot: w.hotShare });

/** Components of the tables: the main one with each index under its name, the others one row each. */
export function sqliteComponents(tables: readonly SqliteTableOf[], w: Workload): Component[] {
  return tables.flatMap((t): Component[] => {
    const table = sqliteTable.size({ rows: t.rows, columns: t.columns }).disk;
    const indexes = t.indexes.map((i): Component => {
      const rows =
        i.share === undefined
          ? t.rows
          : derive('rows in it', 'rows', 'N * share', { N: t.rows, share: leaf('share', i.share, 'ratio') });
      const { disk } = sqliteIndex.size({ rows, columns: i.columns, order: i.order });
      return { id: i.name, title: i.name, disk, resident: hot(disk, w), docs: 'layouts/sqlite-index' };
    });
    const docs = 'layouts/sqlite-table';
    if (t.main === true) {
      return [{ id: 'table', title: `table ${t.name}`, disk: table, resident: hot(table, w), docs }, ...indexes];
    }
    const disk = sum(t.name, table, ...indexes.map((c) => c.disk));
    return [{ id: t.name, title: `table ${t.name}`, disk, resident: hot(disk, w), docs }];
  });
}

/** A full-text table that keeps its text in another one (content=…): the index alone. */
export function sqliteFullText(name: string, rows: Quantity<'rows'>, textBytes: Quantity<'B'>, w: Workload): Component {
  const { disk } = sqliteFts5.size({ rows, textBytes });
  return { id: 'lexical-index', title: `${name} (FTS5)`, disk, resident: hot(disk, w), docs: 'layouts/sqlite-fts5' };
}

/** The file, a second time: what VACUUM writes. */
export function secondFile(components: readonly Component[]): Quantity<'B'> {
  const [first, ...rest] = components.map((c) => c.disk);
  return sum('the file, a second time (VACUUM)', first as Quantity<'B'>, ...rest);
}

export const cell = {
  text: (name: string, bytes: Quantity<'B'>): SqliteColumn => ({ kind: 'text', name, bytes }),
  /** Identifiers and words of one length. */
  word: (name: string, bytes: number | Quantity<'B'>): SqliteColumn => ({
    kind: 'text',
    name,
    bytes: typeof bytes === 'number' ? leaf(name, bytes, 'B') : bytes,
    spread: EVEN,
  }),
  blob: (name: string, bytes: Quantity<'B'>): SqliteColumn => ({ kind: 'blob', name, bytes }),
  integer: (name: string, value: number): SqliteColumn => ({
    kind: 'integer',
    name,
    value: leaf(name, value, 'count'),
  }),
  real: (name: string): SqliteColumn => ({ kind: 'real', name }),
  none: (name: string): SqliteColumn => ({ kind: 'null', name }),
  rowid: (name: string): SqliteColumn => ({ kind: 'rowid', name }),
} as const;
const EVEN: Quantity<'ratio'> = leaf('spread of lengths', 0, 'ratio');

/** Seconds since 1970, as stores of this decade write it. */
export const EPOCH_SECONDS = 1_790_000_000;
