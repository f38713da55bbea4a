import type { Cliff } from '../layouts/layout.ts';
import type { Quantity } from '../quantity/index.ts';
import type { EngineId, IndexKind, Scalar, Workload } from '../workload/index.ts';

/** The four tiers of the seed article; an engine outside the ladder (in process, cache) has none. */
export type Level = 1 | 2 | 3 | 4;

/** One row of a capacity report. */
export interface Component {
  /** `table`, `toast`, `primary-key`, `vector-index`, `lexical-index`, … : the ids of the JSON contract. */
  readonly id: string;
  readonly title: string;
  readonly disk: Quantity<'B'>;
  readonly resident: Quantity<'B'>;
  /** The docs page that explains it: `layouts/pgvector-hnsw`. */
  readonly docs: string;
}

export interface BuildPlan {
  /** Time of one full build of the vector index on one machine; undefined where the engine builds nothing. */
  readonly seconds?: Quantity<'s'>;
  /** Memory the build wants so that it does not spill or fail. */
  readonly memory?: Quantity<'B'>;
  /** Memory it is planned with: --build-memory, or what it needs up to half of the machine. */
  readonly memoryPlanned?: Quantity<'B'>;
  /** The row at which the planned memory is full and the build goes on on disk. */
  readonly spillsAtRows?: Quantity<'rows'>;
  /** The same for the engine's stock setting (64 MB): what happens when nobody sets anything. */
  readonly stockSpillsAtRows?: Quantity<'rows'>;
  /** True when the graph of this many rows outgrows the planned memory. */
  readonly spills: boolean;
  readonly workers?: Quantity<'count'>;
  /** Statements or flags to paste, in order. */
  readonly settings: readonly string[];
  /** What the build aborts with, for engines that refuse instead of spilling. */
  readonly error?: string;
  readonly note?: string;
}

export interface QueryPlan {
  readonly p50?: Quantity<'s'>;
  readonly p99?: Quantity<'s'>;
  /** Why no latency is given. A guess about a disk-bound graph helps nobody. */
  readonly refused?: string;
  /** What one search touches: visited tuples, or rows scanned. */
  readonly work?: Quantity;
  readonly efSearch?: Quantity<'count'>;
  readonly note?: string;
}

/** What one engine does with one workload. Sizes are of the whole store, all machines together. */
export interface EnginePlan {
  readonly index: IndexKind;
  readonly components: readonly Component[];
  /** Machines of --ram that hold it: 1 but for sharded and clustered engines. */
  readonly machines: Quantity<'count'>;
  /** Resident bytes on the fullest machine. */
  readonly residentPerMachine: Quantity<'B'>;
  /** Further bytes on disk while the largest structure is rebuilt beside its old self. */
  readonly rebuildPeak: Quantity<'B'>;
  readonly build: BuildPlan;
  readonly query: QueryPlan;
  /** p99 with everything in RAM, also where it does not fit: for the row count at which it would be kept. */
  readonly p99InRam?: Quantity<'s'> | undefined;
  /**
   * Present where machines are added as the store grows, so that RAM and build window never bind and the number of
   * machines does: how many machines' worth of load there is before rounding up.
   */
  readonly demand?: number;
  /** Lists and probes of an IVF index, given or by the engine's rule. */
  readonly lists?: Quantity<'count'>;
  readonly probes?: Quantity<'count'>;
  /** Rows a second that one machine can insert, all indexes kept; undefined where nothing is known. */
  readonly insertRate?: Quantity<'rows/s'> | undefined;
  /** The cliffs around the plan. A function: only the chosen plan's are wanted, and finding them takes a search. */
  cliffs(): readonly Cliff[];
  /** More than one machine keeps resident at that row count, cheaply: to see that RAM is not what binds. */
  readonly residentAtMost?: (rows: number) => number;
  /** How figures grow with the row count, relative to this plan: for "at which number does it flip". */
  readonly growth: Growth;
  readonly notes: readonly string[];
}

/** Factor by which a figure changes when the store holds `rows` instead of the planned number. */
export interface Growth {
  resident(rows: number): number;
  build(rows: number): number;
  p99(rows: number): number;
  /** Of the load that decides how many machines there are; only asked of plans with a `demand`. */
  demand(rows: number): number;
  /**
   * Constraints whose figure follows the growth to within the digits that are shown; the row count at which others flip is
   * confirmed by a plan there.
   */
  readonly exact?: readonly ('ram' | 'build-window' | 'p99' | 'shards')[];
}

export interface Engine {
  readonly id: EngineId;
  readonly title: string;
  readonly level: Level | undefined;
  /** Layout ids it is made of, for docs and tests. */
  readonly layouts: readonly string[];
  readonly scalars: readonly Scalar[];
  /** Index kinds it can run; the first is what it is run with unless told otherwise. */
  readonly indexes: readonly IndexKind[];
  /** Most dimensions that can be indexed, or undefined where the engine names no limit. */
  maxDimensions(index: IndexKind, scalar: Scalar): number | undefined;
  /** @throws InputError when the engine cannot hold the workload at any size: wrong type, too many dimensions */
  plan(w: Workload): EnginePlan;
  /**
   * The vector index of `plan(w)` and nothing else of it, where the rest takes far longer to work out. Asked only of a store that
   * has a plan with other vectors. Undefined where there is no index.
   * @throws InputError where the vectors are why `plan` throws one
   */
  indexAlone?(w: Workload): Pick<Component, 'disk' | 'resident'> | undefined;
  readonly useWhen: readonly string[];
  readonly leaveWhen: readonly string[];
  readonly failureModes: readonly string[];
  readonly docs: string;
}

/** Identity; gives an engine its type and the reader a word to search for. */
export function defineEngine(engine: Engine): Engine {
  return engine;
}

/** Growth in proportion to the rows. */
export function linearGrowth(w: Workload): Growth {
  const factor = (rows: number): number => rows / w.memories.value;
  return { resident: factor, build: factor, p99: factor, demand: factor };
}
