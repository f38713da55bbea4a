/**
 * What the store takes while both models stand, and what a change of dimensions does to it: the layouts at both dimensions,
 * never a ratio of one to the other, because the index steps.
 */
import type { Component, Engine, EnginePlan } from '../engines/engine.ts';
import { usableRam } from '../engines/machine.ts';
import { memoryTable } from '../engines/pg-store.ts';
import { pgvectorMaxDimensions } from '../engines/pgvector.ts';
import type { Cliff } from '../layouts/layout.ts';
import { derive, isInputError, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { Scalar, Workload } from '../workload/index.ts';

/** One moment of the change. */
export interface ReembedPhase {
  readonly id: 'today' | 'backfilled' | 'both-stand' | 'dropped' | 'rewriting' | 'rewritten';
  readonly title: string;
  readonly disk: Quantity<'B'>;
  readonly resident: Quantity<'B'>;
}

export interface ModelSize {
  readonly dimensions: number;
  readonly indexScalar: Scalar;
  /** Index bytes a vector. */
  readonly perVector: Quantity<'B'> | undefined;
  readonly index: Quantity<'B'> | undefined;
  readonly machines: Quantity<'count'>;
}

export interface ReembedStorage {
  readonly phases: readonly ReembedPhase[];
  /** What both models take on disk beyond today's store. */
  readonly addedDisk: Quantity<'B'>;
  readonly peakDisk: Quantity<'B'>;
  readonly peakResident: Quantity<'B'>;
  /** Resident on one of today's machines while both answer, and whether it stays there. */
  readonly peakPerMachine: Quantity<'B'>;
  readonly usablePerMachine: Quantity<'B'>;
  readonly fits: boolean;
  /** Bytes on disk that only the way back needs. */
  readonly rollback: Quantity<'B'>;
  readonly from: ModelSize;
  readonly to: ModelSize;
  readonly build: { readonly seconds: Quantity<'s'> | undefined; readonly memory: Quantity<'B'> | undefined };
  /** An UPDATE of every row where it lies: time at the rate of inserts with all indexes kept. */
  readonly inPlace: Quantity<'s'> | undefined;
  readonly cliffs: readonly Cliff[];
  readonly notes: readonly string[];
}

/** Dead rows that wait for autovacuum: it comes when a fifth of a table is dead, and may fall behind. */
const DEAD_SHARE: Quantity<'ratio'> = leaf('rows whose old version waits for vacuum', 0.2, 'ratio', {
  low: 0,
  high: 1,
  basis: 'assumed',
  source: 'PostgreSQL default autovacuum_vacuum_scale_factor 0.2; none with the vectors in a table of their own',
});

/** Moments that only a table and an index of their own go through. */
const POSTGRES_PHASES: readonly ReembedPhase['id'][] = ['backfilled', 'dropped', 'rewriting'];

const inPostgres = (engine: Engine): boolean => engine.level === 2 || engine.level === 3;

/** The workload with the new model: an index over halfvec where float32 has too many dimensions for one. */
export function withDimensions(w: Workload, engine: Engine, dims: number): Workload {
  const dimensions = leaf('dimensions', dims, 'dimensions', { source: '--to-dims' });
  const tooMany = w.indexScalar === 'float32' && dims > pgvectorMaxDimensions('hnsw', 'float32');
  const half = inPostgres(engine) && tooMany && dims <= pgvectorMaxDimensions('hnsw', 'halfvec');
  const nonzeros =
    w.nonzeros.high > dims ? leaf('non-zeros', Math.min(w.nonzeros.value, dims), 'dimensions') : w.nonzeros;
  return { ...w, dimensions, nonzeros, ...(half ? { indexScalar: 'halfvec' as const } : {}) };
}

/** The plan of the new model in the same engine, or the sentence why there is none. */
export function planOfNew(engine: Engine, w: Workload): EnginePlan | string {
  try {
    return engine.plan(w);
  } catch (e) {
    if (isInputError(e)) return e.message;
    throw e;
  }
}

const part = (plan: EnginePlan, id: string): Component | undefined => plan.components.find((c) => c.id === id);
const NONE: Quantity<'B'> = leaf('nothing', 0, 'B');

function total(plan: EnginePlan, side: 'disk' | 'resident', name: string): Quantity<'B'> {
  const [first, ...rest] = plan.components.map((c) => c[side]);
  return sum(name, first as Quantity<'B'>, ...rest);
}

/** What the vectors take in the rows: the table with its TOAST, less the same table without the column. */
function vectorBytes(engine: Engine, plan: EnginePlan, w: Workload): Quantity<'B'> {
  const own = w.systemInUse?.ownTables === true ? inOwnTables(engine, plan, w, 'disk') : NONE;
  if (!inPostgres(engine)) return own;
  const one = memoryTable(w, true);
  const bare = memoryTable(w, false);
  const usual = derive('vectors in the rows', 'B', 'max(0, table + toast - bareTable - bareToast)', {
    table: one.table.disk,
    toast: one.toast.disk,
    bareTable: bare.table.disk,
    bareToast: bare.toast.disk,
  });
  // A system may keep several vectors of a memory, or pad them all to one size: then its tables do not tell their size.
  return own.value > usual.value ? own : usual;
}

/** Dimensions of the plan that stands for the same tables with next to no vector in them. */
const HARDLY_ANY: Quantity<'dimensions'> = leaf('one dimension', 1, 'dimensions', {
  source: 'the tables without vectors',
});

/** A named system has tables of its own: what they take beside the vector index, less the same at one dimension. */
function inOwnTables(engine: Engine, plan: EnginePlan, w: Workload, side: 'disk' | 'resident'): Quantity<'B'> {
  const bare = planOfNew(engine, { ...w, dimensions: HARDLY_ANY });
  if (typeof bare === 'string') return NONE;
  const rest = (p: EnginePlan, name: string): Quantity<'B'> => {
    const [first, ...more] = p.components.filter((c) => c.id !== 'vector-index').map((c) => c[side]);
    return first === undefined ? NONE : sum(name, first, ...more);
  };
  const name = side === 'disk' ? 'vectors in the rows' : 'vectors in the rows, in memory';
  return derive(name, 'B', 'max(0, tables - bare)', {
    tables: rest(plan, 'tables of the system'),
    bare: rest(bare, 'the same at one dimension'),
  });
}

/** What of the rows is in memory for the new vectors: all of them where a search reads every row, else what a system keeps. */
function residentVectors(engine: Engine, plan: EnginePlan, w: Workload, vectors: Quantity<'B'>): Quantity<'B'> {
  const scanned = inPostgres(engine) && part(plan, 'vector-index') === undefined ? vectors : NONE;
  const own = w.systemInUse?.ownTables === true ? inOwnTables(engine, plan, w, 'resident') : NONE;
  return own.value > 0 ? own : scanned;
}

function modelSize(plan: EnginePlan, w: Workload): ModelSize {
  const index = part(plan, 'vector-index')?.disk;
  const held = index === undefined || index.value === 0 ? part(plan, 'vector-index')?.resident : index;
  return {
    dimensions: w.dimensions.value,
    indexScalar: w.indexScalar,
    perVector:
      held === undefined ? undefined : derive('index bytes a vector', 'B', 'index / N', { index: held, N: w.memories }),
    index: held,
    machines: plan.machines,
  };
}

/** @param old the plan of today, `next` that of the new model; both of the same engine */
export function reembedStorage(
  engine: Engine,
  old: EnginePlan,
  w: Workload,
  next: EnginePlan,
  w2: Workload,
): ReembedStorage {
  const today = total(old, 'disk', 'the store today');
  const residentNow = total(old, 'resident', 'resident today');
  const index = part(next, 'vector-index');
  const oldIndex = part(old, 'vector-index');
  const vectors = vectorBytes(engine, next, w2);
  const oldVectors = vectorBytes(engine, old, w);
  const dead = inPostgres(engine)
    ? derive('old versions of updated rows', 'B', 'table * dead', {
        table: part(old, 'table')?.disk ?? NONE,
        dead: DEAD_SHARE,
      })
    : NONE;
  const filled = sum('with the new vectors', today, vectors, dead);
  const peakDisk = sum('both models on disk', filled, index?.disk ?? NONE);
  // Not the peak less today: what is uncertain about today's store would count twice, and against itself.
  const addedDisk = sum("beyond today's store", vectors, dead, index?.disk ?? NONE);
  const peakResident = sum(
    'both models resident',
    residentNow,
    index?.resident ?? NONE,
    residentVectors(engine, next, w2, vectors),
  );
  const droppedDisk = derive('after the old index and column are dropped', 'B', 'both - index', {
    both: peakDisk,
    index: oldIndex?.disk ?? NONE,
  });
  const after = total(next, 'disk', 'the store with the new model alone');
  const residentAfter = total(next, 'resident', 'resident with the new model alone');
  const perMachine = derive('resident on one machine', 'B', 'resident / machines', {
    resident: peakResident,
    machines: old.machines,
  });
  const usable = usableRam(w);
  const phases: ReembedPhase[] = [
    { id: 'today', title: 'today', disk: today, resident: residentNow },
    { id: 'backfilled', title: 'backfilled, no index yet', disk: filled, resident: residentNow },
    { id: 'both-stand', title: 'both models answer', disk: peakDisk, resident: peakResident },
    { id: 'dropped', title: 'old column and index dropped', disk: droppedDisk, resident: residentAfter },
    {
      id: 'rewriting',
      title: 'while the table is rewritten',
      disk: sum('old table and new one', droppedDisk, after),
      resident: residentAfter,
    },
    { id: 'rewritten', title: 'the new model alone', disk: after, resident: residentAfter },
  ];
  return {
    phases: inPostgres(engine) ? phases : phases.filter((p) => !POSTGRES_PHASES.includes(p.id)),
    addedDisk,
    peakDisk,
    peakResident,
    peakPerMachine: perMachine,
    usablePerMachine: usable,
    fits: perMachine.value <= usable.value,
    rollback: sum('old vectors and their index', oldVectors, oldIndex?.disk ?? NONE),
    from: modelSize(old, w),
    to: modelSize(next, w2),
    build: { seconds: next.build.seconds, memory: next.build.memory },
    inPlace:
      old.insertRate === undefined || !inPostgres(engine)
        ? undefined
        : derive('an UPDATE of every row', 's', 'N / (rate * machines)', {
            N: w.memories,
            rate: old.insertRate,
            machines: old.machines,
          }),
    cliffs: next.cliffs().filter((c) => c.parameter === 'dims'),
    notes: inPostgres(engine) ? POSTGRES_NOTES : [],
  };
}

/** ALTER TABLE, PostgreSQL documentation: DROP COLUMN makes the column invisible and reclaims nothing by itself. */
const POSTGRES_NOTES: readonly string[] = [
  'DROP INDEX gives its disk back at once; DROP COLUMN gives back nothing until the table is rewritten (pg_repack, or VACUUM FULL under a lock), which writes table and indexes a second time.',
  'An UPDATE of every row enters it into every index that stands, unless its page has room: the old HNSW does not grow by it, but is searched once a row. New vectors in a table of their own (memory id, vector) avoid that, and are dropped or kept as a whole.',
];
