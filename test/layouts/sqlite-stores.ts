import Database from 'better-sqlite3';
import { load } from 'sqlite-vec';
import { leaf, type Quantity, type Unit } from '../../src/quantity/index.ts';

/** A given number as a quantity. */
export const given = <U extends Unit = 'count'>(value: number, unit: U = 'count' as U): Quantity<U> =>
  leaf('given', value, unit);

/** Bytes of every b-tree of a database by name, as dbstat counts them. */
export function treeBytes(db: Database.Database): Record<string, number> {
  const rows = db.prepare('select name, sum(pgsize) as bytes from dbstat group by name').all() as {
    name: string;
    bytes: number;
  }[];
  return Object.fromEntries(rows.map((row) => [row.name, row.bytes]));
}

export const total = (bytes: Readonly<Record<string, number>>): number =>
  Object.values(bytes).reduce((a, b) => a + b, 0);

/** An empty database in memory with the given page size and sqlite-vec loaded. */
export function emptyStore(pageSize = 4096): Database.Database {
  const db = new Database(':memory:');
  load(db);
  db.pragma(`page_size = ${pageSize}`);
  return db;
}

/** Runs `insert` for 0..n-1 in one transaction. */
export function fill(db: Database.Database, n: number, insert: (i: number) => void): void {
  db.exec('begin');
  for (let i = 0; i < n; i++) insert(i);
  db.exec('commit');
}

/** Runs `insert` for 0..n-1 in transactions of `batch` rows, as a store that is written to over time. */
export function fillInBatches(db: Database.Database, n: number, batch: number, insert: (i: number) => void): void {
  for (let from = 0; from < n; from += batch) {
    fill(db, Math.min(batch, n - from), (i) => insert(from + i));
  }
}

/** A repeatable stream of numbers in [0, 1): mulberry32. */
export function randomStream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
