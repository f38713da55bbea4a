/**
 * A system's own PostgreSQL table as data, and how large its B-trees are after the inserts that filled them. What of it a plan
 * shows is made in src/systems; what an insert into it logs, in src/capacity.
 */

import type { LayoutSize } from '../layouts/layout.ts';
import { type KeyColumn, pgBtree } from '../layouts/pg-btree.ts';
import type { GinKeys } from '../layouts/pg-gin.ts';
import type { HeapColumn } from '../layouts/pg-heap.ts';
import type { VectorShape } from '../layouts/pgvector-value.ts';
import { randomFill } from '../layouts/random-fill.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

/**
 * How the keys of a B-tree arrive. Ascending keys leave pages 90 % full, as a build does. Keys in random order split pages in
 * half and swing around ln 2 = 69 % (layouts/random-fill.ts). Keys that ascend within each of many groups, written in turn, split a
 * page in half behind which nothing is ever inserted (nbtsplitloc.c asks for neighbouring row ids before it splits higher): 50 %.
 */
export type Arrival = 'ascending' | 'random' | { readonly groups: Quantity };

export interface BtreeIndex {
  readonly kind: 'btree';
  readonly name: string;
  readonly columns: readonly KeyColumn[];
  readonly arrival: Arrival;
  /** Where equal keys are frequent. */
  readonly distinctKeys?: Quantity<'count'>;
  readonly unique?: boolean;
  /** Share of rows in a partial index; 1 when absent. 0 leaves an empty index. */
  readonly share?: number;
}

export interface GinIndex {
  readonly kind: 'gin';
  readonly name: string;
  readonly keys: GinKeys;
}

export interface HnswIndex {
  readonly kind: 'hnsw';
  readonly name: string;
  readonly vector: VectorShape;
}

export type PgIndex = BtreeIndex | GinIndex | HnswIndex;

export interface PgTable {
  readonly name: string;
  readonly rows: Quantity<'rows'>;
  readonly columns: readonly HeapColumn[];
  readonly indexes: readonly PgIndex[];
  /** The table of the memories: its heap and TOAST are the report's `table` and `toast`. */
  readonly main?: boolean;
  /** Written by INSERT … ON CONFLICT, which confirms each new row in the log. */
  readonly upserts?: boolean;
  /** Foreign keys: an insert locks a row of another table for each, in the log too. */
  readonly references?: number;
}

/** What a system keeps in PostgreSQL. */
export interface SystemTables {
  of(w: Workload): readonly PgTable[];
  /** The workload as the system stores it: padded dimensions. */
  asStored(w: Workload): Workload;
  /** Whether the plan's vector index is in the database; else the system's process holds it. */
  readonly vectorIndex: boolean;
  /** What it changes in rows that are there, as a clause: "every hit sets last_accessed_at". */
  readonly updates: string | undefined;
}

/** Keys on a leaf of 8,192 bytes, less header, special space and high key: what splits it. */
export const LEAF_ROOM = 8148;

const HALF: Quantity<'count'> = leaf('leaf fill where many groups ascend', 51, 'count', {
  basis: 'documented',
  low: 50,
  high: 90,
  source: 'PostgreSQL src/backend/access/nbtree/nbtsplitloc.c',
});

const UNSPLIT: Quantity<'count'> = leaf('leaf that was never split', 100, 'count');

/** The layout's fillfactor that leaves pages as full as such inserts do; undefined for its own. */
function fillfactorOf(i: BtreeIndex, rows: Quantity<'rows'>): Quantity<'count'> | undefined {
  if (i.arrival === 'ascending') return undefined;
  const alone = pgBtree.size({ rows, columns: i.columns }).parts['entry'] as Quantity<'B'>;
  // Equal keys share a tuple: a row is its heap TID and its part of the key.
  const entry =
    i.distinctKeys === undefined || i.unique === true
      ? alone
      : derive('a row of an entry', 'B', 'min(alone, tid + alone * min(1, keys / N))', {
          alone,
          tid: leaf('heap TID', 6, 'B', { source: 'PostgreSQL src/backend/access/nbtree/nbtdedup.c' }),
          keys: i.distinctKeys,
          N: rows,
        });
  if (rows.value * entry.value <= LEAF_ROOM) return UNSPLIT;
  if (i.arrival !== 'random') {
    const { value: groups } = i.arrival.groups;
    if (groups <= 1) return undefined;
    // A group that fills no page of its own is a key among others.
    if (rows.value / groups >= LEAF_ROOM / entry.value) return HALF;
  }
  return derive(
    'leaf fill after random inserts',
    'count',
    'max(50, 100 * random_fill(N, room / entry))',
    { N: rows, entry, room: leaf('room of a leaf', LEAF_ROOM, 'B') },
    {
      using: { random_fill: randomFill },
      // It swings with the count; the ends of an interval say nothing about the middle.
      aligned: true,
      basis: 'documented',
      source: 'fringe analysis: A. C. Yao, On random 2-3 trees, 1978',
    },
  );
}

/** Rows of the table that are in the index. */
export function indexedRows(i: BtreeIndex, rows: Quantity<'rows'>): Quantity<'rows'> {
  if (i.share === undefined) return rows;
  return derive('rows in the partial index', 'rows', 'N * share', { N: rows, share: leaf('share', i.share, 'ratio') });
}

/** The index as inserts leave it. @param rows those that are in it */
export function btreeSize(i: BtreeIndex, rows: Quantity<'rows'>): LayoutSize {
  const fillfactor = fillfactorOf(i, rows);
  return pgBtree.size({
    rows,
    columns: i.columns,
    ...(fillfactor === undefined ? {} : { fillfactor }),
    ...(i.distinctKeys === undefined ? {} : { distinctKeys: i.distinctKeys }),
    ...(i.unique === true ? { deduplicates: false } : {}),
  });
}
