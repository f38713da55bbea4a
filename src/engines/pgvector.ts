/** Tier 2: one PostgreSQL with pgvector, one vector index, every side structure beside it. */
import type { LayoutSize } from '../layouts/layout.ts';
import { derive, formatCount, InputError, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { IndexKind, Scalar, Workload } from '../workload/index.ts';
import { type Component, defineEngine, type Engine, type EnginePlan, type Growth, linearGrowth } from './engine.ts';
import { chooseIndex, requireFit } from './fit.ts';
import { SPILL_FACTOR } from './hnsw-work.ts';
import { ivfGrowth, listsOf, probesOf } from './ivf-work.ts';
import { memoryTable, sideComponents } from './pg-store.ts';
import { pgTimes } from './pg-times.ts';
import { buildPlan, mostRowsInMemory, vectorIndexCliffs, vectorIndexSize } from './pg-vector-index.ts';
import { hnswTimes } from './pgvector-time.ts';

/** HNSW_MAX_DIM and its kin (pgvector 0.8.x src/hnsw.h, ivfflat.h); sparsevec is limited by its non-zeros instead. */
const INDEX_LIMITS: Readonly<Record<Scalar, number>> = {
  float32: 2_000,
  halfvec: 4_000,
  bit: 64_000,
  int8: 0,
  sparsevec: 1_000_000_000,
};
/** VECTOR_MAX_DIM: what a column holds, indexed or not. */
const COLUMN_LIMITS: Readonly<Record<Scalar, number>> = {
  float32: 16_000,
  halfvec: 16_000,
  bit: 64_000,
  int8: 0,
  sparsevec: 1_000_000_000,
};

export function pgvectorMaxDimensions(index: IndexKind, scalar: Scalar): number {
  return index === 'flat' ? COLUMN_LIMITS[scalar] : INDEX_LIMITS[scalar];
}

/**
 * An expression index may be over a smaller type than the column; the column has a limit of its own.
 * @throws InputError naming the type that fits
 */
export function requireColumn(w: Workload): void {
  const limit = COLUMN_LIMITS[w.scalar];
  if (w.dimensions.value <= limit) return;
  throw new InputError(
    'too-many-dimensions',
    `--dims ${formatCount(w.dimensions.value)}: a pgvector column of ${w.scalar} holds at most ${formatCount(limit)} dimensions; ` +
      (w.dimensions.value <= COLUMN_LIMITS.bit
        ? `--type bit (up to ${formatCount(COLUMN_LIMITS.bit)}) would fit`
        : 'reduce the dimensions'),
  );
}

/** Tiers 2 and 3 ask for the same plan; the workload is immutable, so it is made once. */
const planned = new WeakMap<Workload, EnginePlan>();

/** The plan without the check that the types fit: the caller has made it. */
export function planPgvector(index: IndexKind, w: Workload): EnginePlan {
  let known = planned.get(w);
  if (known === undefined) {
    known = makePlan(index, w);
    planned.set(w, known);
  }
  return known;
}

/** The vector index of one machine under another scalar, everything else as it is: what halfvec would buy. */
export interface Alternative {
  readonly index: Quantity<'B'>;
  readonly resident: number;
  readonly buildSeconds: number | undefined;
}

export function withIndexScalar(whole: EnginePlan, w: Workload, scalar: Scalar): Alternative | undefined {
  const now = whole.components.find((c) => c.id === 'vector-index');
  if (now === undefined || w.dimensions.value > pgvectorMaxDimensions(whole.index, scalar)) return undefined;
  const other: Workload = { ...w, indexScalar: scalar };
  const size = vectorIndexSize(whole.index, other);
  if (size === undefined) return undefined;
  const resident =
    whole.components.reduce((total, c) => total + c.resident.value, 0) - now.resident.value + size.resident.value;
  return { index: size.disk, resident, buildSeconds: buildPlan(whole.index, other, size).seconds?.value };
}

function makePlan(index: IndexKind, w: Workload): EnginePlan {
  const { table, toast, vectorsOut } = memoryTable(w, true);
  return planTables(index, w, { components: [table, toast, ...sideComponents(w, true)], vectorsOut });
}

/** Everything that is kept beside the vector index; table and TOAST go by those ids. */
export interface PgTables {
  readonly components: readonly Component[];
  /** Share of the rows whose vector is in TOAST. */
  readonly vectorsOut: Quantity<'ratio'>;
}

/** The plan of one PostgreSQL with these tables and a vector index over the memories. */
export function planTables(index: IndexKind, w: Workload, tables: PgTables): EnginePlan {
  const { vectorsOut } = tables;
  const size = vectorIndexSize(index, w);
  const components: Component[] = [...tables.components];
  if (size !== undefined) {
    const title = index === 'hnsw' ? 'HNSW index' : 'IVFFlat index';
    components.push({
      id: 'vector-index',
      title,
      disk: size.disk,
      resident: size.resident,
      docs: `layouts/pgvector-${index}`,
    });
  }
  // An exact scan reads every vector of every row, so the table and its TOAST have to be in RAM.
  const scanned = (c: Component): boolean => index === 'flat' && ['table', 'toast'].includes(c.id);
  const ordered = order(components.map((c) => (scanned(c) ? { ...c, resident: c.disk } : c)));
  const residentPerMachine = totalResident(ordered);
  const times = pgTimes(index, w, { size: () => size, vectorsOut: () => vectorsOut, resident: residentPerMachine });
  return {
    index,
    components: ordered,
    machines: leaf('machines', 1, 'count'),
    residentPerMachine,
    rebuildPeak: rebuildPeak(ordered),
    get build() {
      return times.build();
    },
    get query() {
      return times.latency().query;
    },
    get p99InRam() {
      return times.latency().p99InRam;
    },
    get insertRate() {
      return times.insertRate();
    },
    ...(index === 'ivfflat' ? { lists: listsOf(w), probes: probesOf(w) } : {}),
    cliffs: () => vectorIndexCliffs(index, w),
    growth: growthOf(index, w, size, residentPerMachine),
    notes: notesFor(index, w, vectorsOut.value),
  };
}

/** The order of the contract: vectors and their index first, because they decide. */
function order(components: readonly Component[]): Component[] {
  const rank = ['vector-index', 'toast', 'table'];
  const of = (c: Component): number => (rank.includes(c.id) ? rank.indexOf(c.id) : rank.length);
  return components.filter((c) => c.disk.value > 0).sort((a, b) => of(a) - of(b));
}

function totalResident(components: readonly Component[]): Quantity<'B'> {
  const [first, ...rest] = components.map((c) => c.resident);
  return sum('resident bytes', first as Quantity<'B'>, ...rest);
}

/** REINDEX CONCURRENTLY writes the new index beside the old one; indexes are rebuilt one at a time. */
function rebuildPeak(components: readonly Component[]): Quantity<'B'> {
  const indexes = components.filter((c) => c.id.endsWith('-index') || c.id === 'primary-key').map((c) => c.disk);
  const largest = indexes.sort((a, b) => b.value - a.value)[0];
  if (largest === undefined) return leaf('nothing to rebuild', 0, 'B');
  return derive('largest index, a second time', 'B', 'index', { index: largest });
}

/**
 * Above this share of the vector index in what is resident, the rest (whose growth bends: GIN, levels of B-trees) moves a row
 * count by less than the three digits it is shown with.
 */
const STRAIGHT_SHARE = 0.95;
const STRAIGHT = ['ram', 'build-window', 'p99', 'shards'] as const;
const BENDING = ['build-window', 'p99'] as const;

function growthOf(index: IndexKind, w: Workload, size: LayoutSize | undefined, resident: Quantity<'B'>): Growth {
  if (index === 'ivfflat') return { ...linearGrowth(w), ...ivfGrowth(w), exact: ['build-window', 'p99'] };
  if (size === undefined) return { ...linearGrowth(w), exact: ['p99'] };
  const n = w.memories.value;
  const times = hnswTimes(w);
  let fit: number | undefined;
  const build = (rows: number): number => {
    fit ??= mostRowsInMemory(w, size);
    return times.build(rows) * (1 + Math.max(0, 1 - fit / rows) * (SPILL_FACTOR.value - 1));
  };
  // Of the planned rows, once: a search for a row count asks for dozens of others against them.
  let builtNow: number | undefined;
  let searchedNow: number | undefined;
  return {
    resident: (rows) => rows / n,
    build(rows) {
      builtNow ??= build(n);
      return build(rows) / builtNow;
    },
    p99(rows) {
      searchedNow ??= times.search(n);
      return times.search(rows) / searchedNow;
    },
    demand: (rows) => rows / n,
    get exact() {
      return size.resident.value >= STRAIGHT_SHARE * resident.value ? STRAIGHT : BENDING;
    },
  };
}

function notesFor(index: IndexKind, w: Workload, vectorsOut: number): string[] {
  const notes = [
    'sizes are of a fresh load and build; dead tuples and bloat come on top, memctl stats shows them',
    vectorsOut < 0.5
      ? 'the vector is stored in the heap tuple (the row stays below 2,032 B)'
      : `the vector is stored out of line (TOAST, storage ${w.storage}): the index is a second copy of it`,
  ];
  if (index === 'hnsw') {
    notes.push(
      'pgvector builds HNSW in parallel since 0.6.0 and searches iteratively under a filter since 0.8.0; 0.8.4 or later is advised (index corruption and repair fixes)',
    );
  }
  return notes;
}

function plan(w: Workload): EnginePlan {
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  requireColumn(w);
  return planPgvector(index, w);
}

/** `Engine.indexAlone` of the engines on pgvector. */
export function pgvectorIndexAlone(engine: Engine, w: Workload): Pick<Component, 'disk' | 'resident'> | undefined {
  // A vector that stays in its row can make it too wide for a page, which only the plan of the table sees.
  if (w.storage === 'plain') return engine.plan(w).components.find((c) => c.id === 'vector-index');
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  requireColumn(w);
  return vectorIndexSize(index, w);
}

/** What pgvector can hold and is made of, on one machine or on many. */
export const PGVECTOR: Pick<Engine, 'layouts' | 'scalars' | 'indexes' | 'maxDimensions'> = {
  layouts: ['pgvector-hnsw', 'pgvector-ivfflat', 'pg-heap', 'pg-btree', 'pg-gin'],
  scalars: ['float32', 'halfvec', 'bit', 'sparsevec'],
  indexes: ['hnsw', 'ivfflat', 'flat'],
  maxDimensions: pgvectorMaxDimensions,
};

const engine: Engine = defineEngine({
  id: 'pgvector',
  title: 'pgvector',
  level: 2,
  layouts: PGVECTOR.layouts,
  scalars: PGVECTOR.scalars,
  indexes: PGVECTOR.indexes,
  maxDimensions: PGVECTOR.maxDimensions,
  plan,
  indexAlone: (w) => pgvectorIndexAlone(engine, w),
  useWhen: [
    'several users or processes share the memories',
    'PostgreSQL is there already, and one machine keeps the index in RAM',
  ],
  leaveWhen: [
    'the vector index no longer fits the RAM of one machine, with room for a rebuild',
    'a rebuild no longer fits the maintenance window',
    'p99 under the real filter rises above the objective',
  ],
  failureModes: [
    'a build that outgrows maintenance_work_mem goes on at a quarter of the speed or less',
    'a selective filter after the walk returns too few rows unless iterative scan is on',
    'VACUUM of a large HNSW index takes longer than rebuilding it and gives no space back',
    'every update of a row that is not HOT, a touch on read included, searches the graph and adds to it: row pointers, and from the eleventh version on a new element',
  ],
  docs: 'engines/pgvector',
});

export default engine;
