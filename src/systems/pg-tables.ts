/** A system's own PostgreSQL tables, one after the other, as components: heap, TOAST, every index under its name. */
import type { Component } from '../engines/engine.ts';
import { btreeSize, indexedRows, type PgIndex, type PgTable } from '../engines/pg-table.ts';
import { pgGin } from '../layouts/pg-gin.ts';
import { type HeapColumn, pgHeap, type VarlenaColumn } from '../layouts/pg-heap.ts';
import { vectorPayload } from '../layouts/pg-memory-table.ts';
import { pgvectorHnsw } from '../layouts/pgvector-hnsw.ts';
import type { VectorShape } from '../layouts/pgvector-value.ts';
import { derive, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

export type { Arrival, BtreeIndex, PgIndex, PgTable } from '../engines/pg-table.ts';

const hot = (disk: Quantity<'B'>, w: Workload): Quantity<'B'> =>
  derive('in use', 'B', 'disk * hot', { disk, hot: w.hotShare });

interface Sized {
  readonly heap: Quantity<'B'>;
  readonly toast: Quantity<'B'>;
  readonly empty: boolean;
  readonly vectorsOut: Quantity<'ratio'>;
  readonly indexes: readonly Component[];
}

function sized(t: PgTable, w: Workload): Sized {
  const { parts } = pgHeap.size({ rows: t.rows, columns: t.columns, hotShare: w.hotShare });
  const part = (name: string): Quantity<'B'> => parts[name] as Quantity<'B'>;
  const toast = sum(`TOAST of ${t.name}`, part('toast'), part('toastIndex'));
  return {
    heap: sum(`table ${t.name}`, part('heap'), part('maps')),
    toast,
    empty: part('toast').high === 0,
    vectorsOut: parts['vectorsOut'] as Quantity<'ratio'>,
    indexes: t.indexes.map((i) => index(i, t, parts['rowsPerPage'] as Quantity<'ratio'>, w)),
  };
}

function index(i: PgIndex, t: PgTable, rowsPerPage: Quantity<'ratio'>, w: Workload): Component {
  if (i.kind === 'gin') {
    const built = pgGin.size({ rows: t.rows, keys: i.keys, rowsPerHeapPage: rowsPerPage });
    const disk = sum(i.name, built.disk, built.parts['heldList'] as Quantity<'B'>);
    return { id: i.name, title: `${i.name} (GIN)`, disk, resident: hot(disk, w), docs: 'layouts/pg-gin' };
  }
  if (i.kind === 'hnsw') {
    const size = pgvectorHnsw.size({ ...i.vector, rows: t.rows, m: w.m, duplicateRate: w.duplicateRate });
    const title = `${i.name} (HNSW)`;
    return { id: i.name, title, disk: size.disk, resident: size.resident, docs: 'layouts/pgvector-hnsw' };
  }
  const { disk } = btreeSize(i, indexedRows(i, t.rows));
  return { id: i.name, title: i.name, disk, resident: hot(disk, w), docs: 'layouts/pg-btree' };
}

export interface PgComponents {
  readonly components: readonly Component[];
  /** Share of the memories whose vector is in TOAST. */
  readonly vectorsOut: Quantity<'ratio'>;
}

const ALL_INLINE: Quantity<'ratio'> = leaf('vectors in TOAST', 0, 'ratio');

/** Components of the tables: the main one in full, the others one row each with their indexes. */
export function pgComponents(tables: readonly PgTable[], w: Workload): PgComponents {
  const nothing = leaf('TOAST pages a search reads', 0, 'B');
  let vectorsOut: Quantity<'ratio'> = ALL_INLINE;
  const components = tables.flatMap((t): Component[] => {
    const s = sized(t, w);
    if (t.main !== true) {
      const disk = sum(t.name, s.heap, s.toast, ...s.indexes.map((c) => c.disk));
      const graphs = s.indexes.filter((c) => c.docs === 'layouts/pgvector-hnsw').map((c) => c.resident);
      const resident = sum(`${t.name} in use`, hot(sum('table and indexes', s.heap, s.toast), w), ...graphs);
      return [{ id: t.name, title: `table ${t.name}`, disk, resident, docs: 'layouts/pg-heap' }];
    }
    vectorsOut = s.vectorsOut;
    // An unused TOAST table has a page of index; it is not worth a row of its own.
    const table = s.empty ? sum(`table ${t.name}`, s.heap, s.toast) : s.heap;
    const rows: Component[] = [
      { id: 'table', title: `table ${t.name}`, disk: table, resident: hot(table, w), docs: 'layouts/pg-heap' },
    ];
    if (!s.empty) rows.push({ id: 'toast', title: 'TOAST', disk: s.toast, resident: nothing, docs: 'layouts/pg-heap' });
    return [...rows, ...s.indexes];
  });
  return { components, vectorsOut };
}

/** Columns by type. */
export const column = {
  uuid: (name: string): HeapColumn => ({ name, kind: 'fixed', bytes: 16, align: 1 }),
  bigint: (name: string, nullShare = 0): HeapColumn => ({ name, kind: 'fixed', bytes: 8, align: 8, nullShare }),
  integer: (name: string, nullShare = 0): HeapColumn => ({ name, kind: 'fixed', bytes: 4, align: 4, nullShare }),
  timestamptz: (name: string, nullShare = 0): HeapColumn => ({ name, kind: 'fixed', bytes: 8, align: 8, nullShare }),
  boolean: (name: string): HeapColumn => ({ name, kind: 'fixed', bytes: 1, align: 1 }),
  /** Identifiers and words: always about that long. */
  word: (name: string, bytes: number | Quantity<'B'>, nullShare = 0): VarlenaColumn => ({
    name,
    kind: 'varlena',
    bytes: typeof bytes === 'number' ? leaf(name, bytes, 'B') : bytes,
    storage: 'extended',
    nullShare,
  }),
  /** Running text: lengths within ±40 % of the mean; pglz takes a third off prose that leaves the row. */
  text: (name: string, bytes: Quantity<'B'>): VarlenaColumn => ({
    name,
    kind: 'varlena',
    bytes,
    storage: 'extended',
    spread: 0.4,
    compression: 0.65,
  }),
  vector: (name: string, shape: VectorShape): VarlenaColumn => ({
    name,
    kind: 'varlena',
    bytes: vectorPayload(shape),
    storage: 'external',
    vector: true,
  }),
  /** An embedding as bytes: random to a compressor. */
  bytea: (name: string, bytes: Quantity<'B'>): VarlenaColumn => ({
    name,
    kind: 'varlena',
    bytes,
    storage: 'extended',
  }),
} as const;

/**
 * A jsonb object of strings: a header, an entry of 4 bytes for each key and each value, then their bytes
 * (PostgreSQL src/include/utils/jsonb.h).
 * @param more further bytes of JSON text from the user's own keys
 */
export function jsonbStrings(
  name: string,
  strings: Readonly<Record<string, Quantity<'B'>>>,
  more?: Quantity<'B'>,
): Quantity<'B'> {
  const keys = Object.keys(strings);
  const fixed = leaf('header, entries and keys', 4 + keys.reduce((a, k) => a + 8 + k.length, 0), 'B', {
    source: 'PostgreSQL src/include/utils/jsonb.h',
  });
  const inputs: Record<string, Quantity> = { fixed };
  keys.forEach((k, i) => {
    inputs[`v${i + 1}`] = strings[k] as Quantity;
  });
  if (more !== undefined) inputs['more'] = more;
  return derive(name, 'B', Object.keys(inputs).join(' + '), inputs);
}
