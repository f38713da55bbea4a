/** The parts of a memory store that PostgreSQL keeps, but for the vector index: table, TOAST, keys, side tables. */
import { type KeyColumn, keyColumn, pgBtree } from '../layouts/pg-btree.ts';
import { type HeapColumn, pgHeap } from '../layouts/pg-heap.ts';
import { memoryTableColumns } from '../layouts/pg-memory-table.ts';
import { derive, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { OptionalComponent, Workload } from '../workload/index.ts';
import type { Component } from './engine.ts';
import { LEXICAL_INPUTS, lexicalIndex } from './pg-lexical.ts';
import { nonZeroCount, pgType } from './pg-vector-index.ts';
import { madeOnce, plannedOnce } from './planned-once.ts';

export interface TableSize {
  readonly table: Component;
  readonly toast: Component;
  /** Whether the vector stays in the heap tuple. */
  readonly vectorsOut: Quantity<'ratio'>;
  readonly rowsPerPage: Quantity;
}

/** What a row of the memory table is made from. */
const COLUMN_INPUTS = [
  'dimensions',
  'scalar',
  'nonzeros',
  'storage',
  'textBytes',
  'metadataBytes',
  'namespaceBytes',
] as const;
type Columns = Pick<Workload, (typeof COLUMN_INPUTS)[number]>;
/** What the memory table is made from, beside its rows. */
const TABLE_INPUTS = [...COLUMN_INPUTS, 'hotShare'] as const;
type Tabled = Columns & Pick<Workload, 'memories' | 'hotShare'>;

/** From this size on PostgreSQL tries to compress a text that leaves the row. */
const COMPRESSED_FROM = 1000;
/** Text compresses to 0.4 to 0.9 of its size, and 0.65 is taken: what that does to a TOAST made mostly of text. */
const COMPRESSION_ERROR = 0.38;

/** The columns of the memory table. @throws InputError when the vector cannot be stored */
export function memoryColumns(w: Columns, withVector: boolean): HeapColumn[] {
  return memoryTableColumns({
    textBytes: w.textBytes,
    metadataBytes: w.metadataBytes,
    namespaceBytes: w.namespaceBytes,
    ...(withVector
      ? {
          vector: {
            dims: w.dimensions,
            type: pgType(w.scalar),
            nonZeros: nonZeroCount(w.nonzeros),
            ...(w.scalar === 'bit' ? {} : { storage: w.storage }),
          },
        }
      : {}),
  });
}

/** The same for the tables of a plan: those of other row counts have the very same columns, and a row of them is known. */
const columnsWithVector = madeOnce(COLUMN_INPUTS, (w) => memoryColumns(w, true));
const columnsWithoutVector = madeOnce(COLUMN_INPUTS, (w) => memoryColumns(w, false));

/** The memory table, with or without its vector column. */
export function memoryTable(w: Tabled, withVector: boolean): TableSize {
  return withVector ? tableWithVector(w) : tableWithoutVector(w);
}

const tableWithVector = plannedOnce(TABLE_INPUTS, (w) => sizedTable(w, true));
const tableWithoutVector = plannedOnce(TABLE_INPUTS, (w) => sizedTable(w, false));

function sizedTable(w: Tabled, withVector: boolean): TableSize {
  const columns = withVector ? columnsWithVector(w) : columnsWithoutVector(w);
  const { parts, ...size } = pgHeap.size({ rows: w.memories, columns, hotShare: w.hotShare });
  const part = (name: string): Quantity<'B'> => parts[name] as Quantity<'B'>;
  const stored = sum('TOAST and its index', part('toast'), part('toastIndex'));
  const long = w.textBytes.value + w.metadataBytes.value >= COMPRESSED_FROM;
  const toast = long
    ? derive('TOAST with compressed text', 'B', 'stored', { stored }, { basis: 'assumed', error: COMPRESSION_ERROR })
    : stored;
  const empty = part('toast').high === 0;
  const vectors = withVector && part('toastChunks').value >= 1 && !long;
  return {
    table: {
      id: 'table',
      title: 'table',
      // An unused TOAST table has a page of index; it is not worth a row of its own.
      disk: empty
        ? sum('table', part('heap'), part('maps'), part('toastIndex'))
        : sum('table', part('heap'), part('maps')),
      resident: size.resident,
      docs: 'layouts/pg-heap',
    },
    toast: {
      id: 'toast',
      title: vectors ? 'vectors (TOAST)' : withVector && !long ? 'TOAST' : 'TOAST (text, vectors)',
      disk: empty ? leaf('TOAST', 0, 'B', { source: 'every row stays in the heap' }) : toast,
      // An index search reads the graph, not the stored vectors; only an exact scan does, and says so.
      resident: leaf('TOAST pages a search reads', 0, 'B', { source: 'the index holds its own copy of the vector' }),
      docs: 'layouts/pg-heap',
    },
    vectorsOut: parts['vectorsOut'] as Quantity<'ratio'>,
    rowsPerPage: parts['rowsPerPage'] as Quantity,
  };
}

type Side = (w: Workload, withVector: boolean) => Component;

const BESIDE_TABLE = [...TABLE_INPUTS, ...LEXICAL_INPUTS] as const;
const lexicalWithVector = plannedOnce(BESIDE_TABLE, (w) => lexicalIndex(w, memoryTable(w, true).rowsPerPage));
const lexicalWithoutVector = plannedOnce(BESIDE_TABLE, (w) => lexicalIndex(w, memoryTable(w, false).rowsPerPage));

/** Keys of the indexes: one list each, so that the width of a key is worked out once for all plans of a command. */
export const PRIMARY_KEY: readonly KeyColumn[] = [keyColumn.uuid('id')];
export const EVENT_TIME: readonly KeyColumn[] = [keyColumn.timestamptz('event_at')];
export const EDGE_SOURCE: readonly KeyColumn[] = [keyColumn.uuid('source')];
export const EDGE_TARGET: readonly KeyColumn[] = [keyColumn.uuid('target')];
export const LEDGER_ID: readonly KeyColumn[] = [keyColumn.bigint('id')];
export const LEDGER_MEMORY: readonly KeyColumn[] = [keyColumn.uuid('memory_id')];
export const OUTBOX_ID: readonly KeyColumn[] = [keyColumn.bigint('id')];

const SIDES: Readonly<Record<OptionalComponent, Side>> = {
  'primary-key': plannedOnce(['hotShare'], (w) =>
    keyed('primary-key', 'primary key', btree(w.memories, PRIMARY_KEY), w),
  ),
  'lexical-index': (w, withVector) => (withVector ? lexicalWithVector(w) : lexicalWithoutVector(w)),
  'edge-table': plannedOnce(['edgesPerMemory', 'hotShare'], edgeTable),
  'temporal-index': plannedOnce(['hotShare'], (w) =>
    keyed('temporal-index', 'temporal index', btree(w.memories, EVENT_TIME), w),
  ),
  'metadata-index': plannedOnce(['namespaceBytes', 'hotShare'], (w) =>
    keyed('metadata-index', 'metadata index', btree(w.memories, metadataKey(w)), w),
  ),
  'audit-ledger': plannedOnce(['revisionsPerMemory'], auditLedger),
  // As long as its backlog, whatever the memories.
  outbox: madeOnce(['outboxBacklog'], outbox),
};

/**
 * Everything beside table and vector index that the workload switches on, in the order of the contract.
 * @param withVector whether the memory table has the vector column: a GIN index is made of its pages' numbers
 */
export function sideComponents(w: Workload, withVector: boolean): Component[] {
  return w.components.map((id) => SIDES[id](w, withVector));
}

/** The PostgreSQL half of a store whose vectors live elsewhere. */
export function pgSideComponents(w: Workload): Component[] {
  const { table, toast } = memoryTable(w, false);
  return [table, toast, ...sideComponents(w, false)].filter((c) => c.disk.value > 0);
}

function btree(
  rows: Quantity<'rows'>,
  columns: Parameters<typeof pgBtree.size>[0]['columns'],
  distinctKeys?: Quantity<'count'>,
): Quantity<'B'> {
  return pgBtree.size({ rows, columns, ...(distinctKeys === undefined ? {} : { distinctKeys }) }).disk;
}

/** The seed article's composite: every active memory of one namespace above a confidence. */
export const metadataKey: (w: Pick<Workload, 'namespaceBytes'>) => readonly KeyColumn[] = madeOnce(
  ['namespaceBytes'],
  (w) => [
    keyColumn.runningText('namespace', w.namespaceBytes),
    keyColumn.oneOf('status', { active: 0.8, superseded: 0.15, expired: 0.05 }),
    keyColumn.real('confidence'),
  ],
);

function keyed(id: string, title: string, disk: Quantity<'B'>, w: Pick<Workload, 'hotShare'>): Component {
  return { id, title, disk, resident: hot(disk, w), docs: 'layouts/pg-btree' };
}

function hot(disk: Quantity<'B'>, w: Pick<Workload, 'hotShare'>): Quantity<'B'> {
  return derive('in use', 'B', 'disk * hot', { disk, hot: w.hotShare });
}

const fixed = (name: string, bytes: 4 | 8 | 16, align: 1 | 4 | 8): HeapColumn => ({
  name,
  kind: 'fixed',
  bytes,
  align,
});
const text = (name: string, bytes: number): HeapColumn => ({
  name,
  kind: 'varlena',
  bytes: leaf(name, bytes, 'B', {
    basis: 'assumed',
    low: bytes / 2,
    high: bytes * 2,
    source: `default: ${bytes} B of ${name}`,
  }),
  storage: 'extended',
});

/** Columns of the tables beside the memories, once for all who ask, as the memory table's are. */
const rowsOf: { edge?: HeapColumn[]; ledger?: HeapColumn[]; outbox?: HeapColumn[] } = {};

/** A row of the edge table. */
export function edgeColumns(): HeapColumn[] {
  rowsOf.edge ??= [
    fixed('source', 16, 1),
    fixed('target', 16, 1),
    text('relation', 12),
    fixed('weight', 4, 4),
    fixed('created_at', 8, 8),
  ];
  return rowsOf.edge;
}

/** Typed edges between entities: two keys, a relation, a weight, and an index from either end. */
function edgeTable(w: Pick<Workload, 'memories' | 'edgesPerMemory' | 'hotShare'>): Component {
  const rows = derive('edges', 'rows', 'ceil(N * edges)', { N: w.memories, edges: w.edgesPerMemory });
  // A quarter as many entities as edges (the seed article: 500K entities, 2M edges).
  const entities = derive('entities', 'count', 'max(1, edges / 4)', { edges: rows });
  const heap = pgHeap.size({ rows, columns: edgeColumns() }).disk;
  const disk = sum('edge table', heap, btree(rows, EDGE_SOURCE, entities), btree(rows, EDGE_TARGET, entities));
  return { id: 'edge-table', title: 'edge table', disk, resident: hot(disk, w), docs: 'layouts/pg-heap' };
}

/** A row of the audit ledger. */
export function ledgerColumns(): HeapColumn[] {
  rowsOf.ledger ??= [
    fixed('id', 8, 8),
    fixed('memory_id', 16, 1),
    text('action', 10),
    text('actor', 10),
    fixed('at', 8, 8),
    text('detail', 40),
  ];
  return rowsOf.ledger;
}

/** Supersessions and access counts: append-only, looked up by memory. */
function auditLedger(w: Pick<Workload, 'memories' | 'revisionsPerMemory'>): Component {
  const rows = derive('ledger entries', 'rows', 'ceil(N * revisions)', {
    N: w.memories,
    revisions: w.revisionsPerMemory,
  });
  const heap = pgHeap.size({ rows, columns: ledgerColumns() }).disk;
  const disk = sum('audit ledger', heap, btree(rows, LEDGER_ID), btree(rows, LEDGER_MEMORY));
  // Read by audits and undo, not by searches.
  const resident = leaf('ledger pages a search reads', 0, 'B');
  return { id: 'audit-ledger', title: 'audit ledger', disk, resident, docs: 'layouts/pg-heap' };
}

/** A row of the outbox. */
export function outboxColumns(): HeapColumn[] {
  rowsOf.outbox ??= [
    fixed('id', 8, 8),
    fixed('memory_id', 16, 1),
    text('operation', 8),
    fixed('attempts', 4, 4),
    fixed('created_at', 8, 8),
  ];
  return rowsOf.outbox;
}

/** The queue at its longest: emptied rows are vacuumed and reused, so the backlog is what it takes. */
function outbox(w: Pick<Workload, 'outboxBacklog'>): Component {
  const rows = w.outboxBacklog;
  const heap = pgHeap.size({ rows, columns: outboxColumns() }).disk;
  const disk = sum('outbox', heap, btree(rows, OUTBOX_ID));
  return { id: 'outbox', title: 'outbox', disk, resident: disk, docs: 'layouts/pg-heap' };
}
