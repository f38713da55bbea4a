/** A system on PostgreSQL with pgvector: its tables, under pgvector's model of build and search. */
import { type EnginePlan, linearGrowth } from '../engines/engine.ts';
import { chooseIndex, requireFit } from '../engines/fit.ts';
import type { SystemEngine } from '../engines/index.ts';
import { nonZeroCount, pgType } from '../engines/pg-vector-index.ts';
import { PGVECTOR, planTables, requireColumn } from '../engines/pgvector.ts';
import type { VectorShape } from '../layouts/pgvector-value.ts';
import type { Quantity } from '../quantity/index.ts';
import type { IndexKind, Scalar, Workload } from '../workload/index.ts';
import { type PgTable, pgComponents } from './pg-tables.ts';
import { systemEngine } from './system-engine.ts';

export interface PgvectorSystem {
  readonly system: string;
  readonly title: string;
  /** The first is what it is run with. */
  readonly indexes: readonly IndexKind[];
  readonly scalars?: readonly Scalar[];
  readonly notes: readonly string[];
  readonly leaveWhen: readonly string[];
  readonly failureModes: readonly string[];
  /** Whether a language model says what is stored. */
  readonly extracts?: boolean;
  /** The workload as the system stores it: padded dimensions. */
  asStored?(w: Workload): Workload;
  /** Vectors that an exact scan reads, where they are not one a memory. */
  scanned?(w: Workload): Quantity<'rows'>;
  /** @param w as it is stored */
  tables(w: Workload): readonly PgTable[];
  /** What it changes in rows that are there: see SystemTables. */
  readonly updates?: string;
}

/** The shape of the workload's vectors as they are stored. */
export const storedVector = (w: Workload): VectorShape => ({
  dims: w.dimensions,
  type: pgType(w.scalar),
  nonZeros: nonZeroCount(w.nonzeros),
});

export function pgvectorSystem(s: PgvectorSystem): SystemEngine {
  const asStored = (given: Workload): Workload => s.asStored?.(given) ?? given;
  const plan = (given: Workload): EnginePlan => {
    const w = asStored(given);
    const index = chooseIndex(engine, w);
    requireFit(engine, index, w);
    requireColumn(w);
    const { components, vectorsOut } = pgComponents(s.tables(w), w);
    const scanned = s.scanned?.(w);
    const planned = planTables(index, scanned === undefined ? w : { ...w, memories: scanned }, {
      components,
      vectorsOut,
    });
    return {
      ...planned,
      // Rows grow as memories do, however many of them a memory has.
      ...(scanned === undefined ? {} : { growth: linearGrowth(w) }),
      notes: [...s.notes, ...planned.notes],
    };
  };
  const engine: SystemEngine = {
    ...systemEngine({
      id: 'pgvector',
      system: s.system,
      title: s.title,
      level: 2,
      layouts: PGVECTOR.layouts,
      scalars: s.scalars ?? ['float32'],
      indexes: s.indexes,
      plan,
      tables: { of: (w) => s.tables(asStored(w)), asStored, vectorIndex: true, updates: s.updates },
      leaveWhen: s.leaveWhen,
      failureModes: s.failureModes,
      extracts: s.extracts ?? false,
    }),
    maxDimensions: PGVECTOR.maxDimensions,
  };
  return engine;
}

/** What binds any of them. */
export const LEAVE_PGVECTOR: readonly string[] = [
  'the vector index no longer fits the RAM of one machine, with room for a rebuild',
  'p99 under the real filter rises above the objective',
];
