/** Tier 1: one SQLite file with sqlite-vec, in the process of its one owner. A search is an exact scan of every vector. */
import { sqliteFts5 } from '../layouts/sqlite-fts5.ts';
import { sqliteIndex } from '../layouts/sqlite-index.ts';
import type { SqliteColumn } from '../layouts/sqlite-records.ts';
import { memoryColumns, sqliteTable } from '../layouts/sqlite-table.ts';
import { checkVec0Dims, type Vec0Parameters, type Vec0Type, vec0 } from '../layouts/vec0.ts';
import { derive, formatCount, leaf, type Quantity, stated, sum } from '../quantity/index.ts';
import type { OptionalComponent, Scalar, Workload } from '../workload/index.ts';
import { calibrated } from './calibrated.ts';
import { type Component, defineEngine, type Engine, type EnginePlan, linearGrowth, type QueryPlan } from './engine.ts';
import { chooseIndex, requireFit } from './fit.ts';
import { P99_FACTOR, SCAN_SPEED } from './hnsw-work.ts';
import { onlyInRam } from './in-ram.ts';

const TYPES: Readonly<Partial<Record<Scalar, Vec0Type>>> = { float32: 'float', int8: 'int8', bit: 'bit' };

/** SQLITE_VEC_VEC0_MAX_DIMENSIONS. */
const MAX_DIMENSIONS = 8192;

/**
 * Time per byte scanned: 0.55-0.8 ns of float32, 1.8 ns of int8, 1.5 ns of bit (sqlite-vec 0.1.9, warm, two shared cores,
 * fixtures/measurements/embedded.csv: q_p50_ms), and a fixed cost per row for small vectors.
 */
const SCAN_NS_PER_BYTE: Readonly<Record<Vec0Type, number>> = { float: 0.7, int8: 1.8, bit: 1 };
const ROW_NS = 30;

/** One writer at a time, a memory a transaction: table, two indexes, FTS5 and vec0. */
const INSERT_RATE: Quantity<'rows/s'> = stated(
  'inserts a second of the one writer',
  4_000,
  'rows/s',
  'assumed',
  'default: write-ahead log, synchronous NORMAL; batches are faster, FULL on a slow disk is far slower',
  200,
  15_000,
);

function vec0Parameters(w: Workload): Vec0Parameters {
  return { rows: w.memories, dims: w.dimensions, type: TYPES[w.scalar] as Vec0Type, chunkSize: w.chunkSize };
}

interface Stored {
  readonly vectors: Quantity<'B'>;
  readonly components: readonly Component[];
  readonly resident: Quantity<'B'>;
}

function stored(w: Workload, type: Vec0Type): Stored {
  const vectors = vec0.size(vec0Parameters(w)).disk;
  const table = sqliteTable.size({
    rows: w.memories,
    columns: memoryColumns({
      namespaceBytes: w.namespaceBytes,
      textBytes: w.textBytes,
      metadataBytes: w.metadataBytes,
    }),
  }).disk;
  const components: Component[] = [
    // Every search reads every vector: what is not in the page cache comes from the disk each time.
    { id: 'vector-index', title: `vectors (vec0 ${type})`, disk: vectors, resident: vectors, docs: 'layouts/vec0' },
    { id: 'table', title: 'table', disk: table, resident: hot(table, w), docs: 'layouts/sqlite-table' },
    ...w.components.flatMap((id) => side(id, w)),
  ];
  const [first, ...rest] = components.map((c) => c.resident);
  return { vectors, components, resident: sum('resident bytes', first as Quantity<'B'>, ...rest) };
}

/** At 10M rows the p99 alone turns this tier down; the bytes are worked out only when somebody asks for them. */
function plan(w: Workload): EnginePlan {
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  const type = TYPES[w.scalar] as Vec0Type;
  // Not when its bytes are asked for: a store that this tier cannot hold may well be held by another.
  checkVec0Dims(type, w.dimensions.value);
  const search = query(w, type);
  let known: Stored | undefined;
  const bytes = (): Stored => {
    known ??= stored(w, type);
    return known;
  };
  return {
    index,
    get components() {
      return bytes().components;
    },
    machines: leaf('machines', 1, 'count'),
    get residentPerMachine() {
      return bytes().resident;
    },
    residentAtMost: (rows) => residentAtMost(rows, w, type),
    // VACUUM writes the whole file a second time.
    get rebuildPeak() {
      const [first, ...rest] = bytes().components.map((c) => c.disk);
      return sum('the file, a second time (VACUUM)', first as Quantity<'B'>, ...rest);
    },
    build: {
      spills: false,
      settings: [],
      note: 'vec0 has no index to build: rows are searchable as they are inserted',
    },
    get query() {
      return onlyInRam(search, bytes().resident, w).query;
    },
    p99InRam: search.p99 as Quantity<'s'>,
    cliffs: () => vec0.cliffs(vec0Parameters(w)),
    insertRate: INSERT_RATE,
    growth: {
      ...linearGrowth(w),
      resident: (rows) => residentGrowth(w, bytes().vectors.value, bytes().resident.value)(rows),
      exact: ['p99'],
    },
    notes: [
      `vec0 allocates chunks of ${formatCount(w.chunkSize.value)} rows whole, one sequence of them for each partition key value`,
      'deletes leave their slots empty and VACUUM does not give them back',
    ],
  };
}

/** Side structures of a row that no workload of ours exceeds: keys, edges, ledger entry, index entries. */
const SIDE_BYTES_AT_MOST = 4000;

function residentAtMost(rows: number, w: Workload, type: Vec0Type): number {
  const vector = { float: 4, int8: 1, bit: 1 / 8 }[type] * w.dimensions.value;
  const text = w.textBytes.value + w.metadataBytes.value + w.namespaceBytes.value;
  const perEdge = w.edgesPerMemory.value + w.revisionsPerMemory.value;
  return (rows + w.chunkSize.value) * (2 * vector + 4 * text + SIDE_BYTES_AT_MOST * (1 + perEdge));
}

/** Vectors come in whole chunks, everything else by the row. */
function residentGrowth(w: Workload, vectors: number, all: number): (rows: number) => number {
  const chunks = (rows: number): number => Math.ceil(rows / w.chunkSize.value);
  const n = w.memories.value;
  const share = vectors / all;
  return (rows) => (share * chunks(rows)) / chunks(n) + ((1 - share) * rows) / n;
}

function query(w: Workload, type: Vec0Type): QueryPlan {
  const p50 = derive('exact scan, p50', 's', 'N * (row + bytes * perByte) / 1e9 * speed', {
    N: w.memories,
    row: leaf('time per row', ROW_NS, 'ratio', { basis: 'measured', source: 'sqlite-vec 0.1.9, ns' }),
    bytes: derive('bytes of a vector', 'B', { float: '4 * d', int8: 'd', bit: 'ceil(d / 8)' }[type], {
      d: w.dimensions,
    }),
    perByte: leaf('time per byte', SCAN_NS_PER_BYTE[type], 'ratio', {
      basis: 'measured',
      source: 'sqlite-vec 0.1.9, ns; fixtures/measurements/embedded.csv',
    }),
    speed: calibrated(w, 'sqlite-vec', 'flat-scan', SCAN_SPEED),
  });
  return {
    p50,
    p99: derive('exact scan, p99', 's', 'p50 * factor', {
      p50,
      factor: calibrated(w, 'sqlite-vec', 'p99-factor', P99_FACTOR),
    }),
    work: w.memories,
    note: 'an exact scan: recall is 1, and the time grows with every row',
  };
}

function hot(disk: Quantity<'B'>, w: Workload): Quantity<'B'> {
  return derive('in use', 'B', 'disk * hot', { disk, hot: w.hotShare });
}

const EPOCH: Quantity = leaf('seconds since 1970', 1_700_000_000, 'count');
const id = (name: string, rows: Quantity): SqliteColumn => ({ kind: 'integer', name, value: rows });
const word = (name: string, bytes: number): SqliteColumn => ({
  kind: 'text',
  name,
  bytes: leaf(name, bytes, 'B', {
    basis: 'assumed',
    low: bytes / 2,
    high: bytes * 2,
    source: `default: ${bytes} B of ${name}`,
  }),
});

/** The side structures as SQLite keeps them; the primary key is the rowid and takes nothing of its own. */
function side(component: OptionalComponent, w: Workload): Component[] {
  const at = (title: string, docs: string, disk: Quantity<'B'>): Component[] => [
    { id: component, title, disk, resident: hot(disk, w), docs },
  ];
  const index = (rows: Quantity, columns: SqliteColumn[], order: 'ascending' | 'random'): Quantity<'B'> =>
    sqliteIndex.size({ rows, columns, order }).disk;
  switch (component) {
    case 'primary-key':
      return [];
    case 'lexical-index':
      return at(
        'lexical index (FTS5)',
        'layouts/sqlite-fts5',
        sqliteFts5.size({
          rows: w.memories,
          textBytes: w.textBytes,
          tokenizer: w.lexical === 'trigram' ? 'trigrams' : 'words',
          distinctTerms: w.distinctTerms,
          termsPerRow: w.termsPerMemory,
        }).disk,
      );
    case 'temporal-index':
      return at(
        'temporal index',
        'layouts/sqlite-index',
        index(w.memories, [{ kind: 'integer', name: 'event_at', value: EPOCH }], 'ascending'),
      );
    case 'metadata-index':
      return at(
        'metadata index',
        'layouts/sqlite-index',
        index(
          w.memories,
          [
            { kind: 'text', name: 'namespace', bytes: w.namespaceBytes },
            word('status', 7),
            { kind: 'real', name: 'confidence' },
          ],
          'random',
        ),
      );
    case 'edge-table': {
      const rows = derive('edges', 'rows', 'ceil(N * edges)', { N: w.memories, edges: w.edgesPerMemory });
      const columns: SqliteColumn[] = [
        { kind: 'rowid', name: 'id' },
        id('source', rows),
        id('target', rows),
        word('relation', 12),
        { kind: 'real', name: 'weight' },
      ];
      const table = sqliteTable.size({ rows, columns }).disk;
      return at(
        'edge table',
        'layouts/sqlite-table',
        sum(
          'edge table',
          table,
          index(rows, [id('source', rows)], 'random'),
          index(rows, [id('target', rows)], 'random'),
        ),
      );
    }
    case 'audit-ledger': {
      const rows = derive('ledger entries', 'rows', 'ceil(N * revisions)', {
        N: w.memories,
        revisions: w.revisionsPerMemory,
      });
      const columns: SqliteColumn[] = [
        { kind: 'rowid', name: 'id' },
        id('memory', w.memories),
        word('action', 10),
        { kind: 'integer', name: 'at', value: EPOCH },
        word('detail', 40),
      ];
      const disk = sum(
        'audit ledger',
        sqliteTable.size({ rows, columns }).disk,
        index(rows, [id('memory', w.memories)], 'random'),
      );
      return [
        {
          id: component,
          title: 'audit ledger',
          disk,
          resident: leaf('ledger pages a search reads', 0, 'B'),
          docs: 'layouts/sqlite-table',
        },
      ];
    }
    case 'outbox': {
      const columns: SqliteColumn[] = [
        { kind: 'rowid', name: 'id' },
        id('memory', w.memories),
        word('operation', 8),
        { kind: 'integer', name: 'at', value: EPOCH },
      ];
      return at('outbox', 'layouts/sqlite-table', sqliteTable.size({ rows: w.outboxBacklog, columns }).disk);
    }
  }
}

const engine: Engine = defineEngine({
  id: 'sqlite-vec',
  title: 'SQLite with sqlite-vec',
  level: 1,
  layouts: ['vec0', 'sqlite-table', 'sqlite-index', 'sqlite-fts5'],
  scalars: ['float32', 'int8', 'bit'],
  indexes: ['flat'],
  maxDimensions: () => MAX_DIMENSIONS,
  plan,
  useWhen: ['one agent, a desktop program, an edge device: one process owns the memories'],
  leaveWhen: [
    'a scan of every vector no longer keeps the p99',
    'several processes or users write',
    'namespaces have to be kept apart by the database',
  ],
  failureModes: [
    'search time grows with every row: the scan is exact, not logarithmic',
    'one writer at a time; a long write blocks the others',
    'a partition key allocates a whole chunk for every value: many small namespaces cost many times their rows',
  ],
  docs: 'engines/sqlite-vec',
});

export default engine;
