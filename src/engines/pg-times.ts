/** What one PostgreSQL takes to build its vector index, to search it and to insert. */
import type { LayoutSize } from '../layouts/layout.ts';
import type { Quantity } from '../quantity/index.ts';
import type { IndexKind, Workload } from '../workload/index.ts';
import type { BuildPlan } from './engine.ts';
import { type Latency, onlyInRam } from './in-ram.ts';
import { buildPlan, insertRate, queryInRam } from './pg-vector-index.ts';

export interface PgTimes {
  build(): BuildPlan;
  latency(): Latency;
  insertRate(): Quantity<'rows/s'> | undefined;
}

/** The machine that is timed. */
export interface TimedStore {
  /** The vector index over its rows. */
  size(): LayoutSize | undefined;
  /** Share of the rows whose vector is in TOAST. */
  vectorsOut(): Quantity<'ratio'>;
  readonly resident: Quantity<'B'>;
}

/**
 * Times of a store of `w`'s rows, each worked out when it is first asked for: of a plan that is made for its bytes and its price,
 * as those of a forecast's levers are, nobody asks.
 */
export function pgTimes(index: IndexKind, w: Workload, store: TimedStore): PgTimes {
  let build: BuildPlan | undefined;
  let latency: Latency | undefined;
  let inserts: Quantity<'rows/s'> | undefined;
  return {
    build() {
      build ??= buildPlan(index, w, store.size());
      return build;
    },
    latency() {
      latency ??= onlyInRam(queryInRam(index, w, store.vectorsOut()), store.resident, w);
      return latency;
    },
    insertRate() {
      if (index === 'hnsw') inserts ??= insertRate(w);
      return inserts;
    },
  };
}
