import type { BuildPlan, Component, Level, QueryPlan } from '../engines/engine.ts';
import type { Cliff } from '../layouts/layout.ts';
import type { Price } from '../prices/index.ts';
import type { Quantity } from '../quantity/index.ts';
import type { EngineId, IndexKind, Workload } from '../workload/index.ts';
import type { Observed } from './observed.ts';

/** One line of money. */
export interface CostLine {
  readonly id: string;
  readonly title: string;
  readonly usd: Quantity;
  readonly note?: string;
  /** The instance that is bought, where it is a line of machines. */
  readonly instance?: Price;
}

export interface CapacityTotals {
  readonly disk: Quantity<'B'>;
  readonly resident: Quantity<'B'>;
  /** Further bytes on disk while the largest structure is rebuilt beside its old self. */
  readonly rebuildPeak: Quantity<'B'>;
  /** Disk and RAM to buy, with the rebuild and headroom counted in. */
  readonly diskToProvision: Quantity<'B'>;
  readonly ramToProvision: Quantity<'B'>;
}

/** One thing that can make a tier too small. */
export interface ConstraintCheck {
  readonly id:
    | 'ram'
    | 'build-window'
    | 'build-memory'
    | 'p99'
    | 'write-rate'
    | 'query-rate'
    | 'largest-namespace'
    | 'tenancy'
    | 'shards'
    | 'money';
  readonly title: string;
  readonly actual: Quantity | undefined;
  readonly limit: Quantity | undefined;
  readonly verdict: 'fits' | 'breaks' | 'unknown';
  /** One sentence with the figures. */
  readonly because: string;
  /** A setting mends it: no other tier is needed. */
  readonly mendable?: boolean | undefined;
  /** The row count at which this check changes its mind; undefined where it never does or nothing is known. A search: made when asked. */
  readonly flipsAt?: number | undefined;
}

export interface RejectedTier {
  readonly id: EngineId;
  readonly title: string;
  readonly level: Level;
  readonly because: string;
  /** The row count up to which it would have held; undefined where no count would do. */
  readonly holdsUpTo?: number;
  /** What gives way at that count, where it is another limit than the one in `because`. */
  readonly by?: string;
}

export interface TierAnswer {
  readonly id: EngineId;
  readonly level: Level | undefined;
  readonly fits: boolean;
  /** The checks that decided, the binding ones first. */
  readonly checks: readonly ConstraintCheck[];
  readonly reasons: readonly string[];
  /** Objectives that were asked for and could not be checked, each with its reason. */
  readonly unchecked: readonly string[];
  readonly leaveWhen: readonly string[];
  readonly failureModes: readonly string[];
  readonly rejected: readonly RejectedTier[];
  /** The row count at which this answer changes, and by which constraint. */
  readonly flipsAt: { readonly rows: number; readonly constraint: ConstraintCheck['id'] } | undefined;
}

export interface Advice {
  readonly id: string;
  readonly message: string;
}

/** What others would have said, each under its own name. */
export interface Comparison {
  readonly id: string;
  readonly title: string;
  readonly says: string;
  readonly ours: string;
}

/** memplan's answer to one workload. Everything the terminal, JSON and --explain show is in here. */
export interface CapacityReport {
  readonly kind: 'capacity-report';
  readonly workload: Workload;
  readonly engine: { readonly id: EngineId; readonly title: string; readonly docs: string };
  readonly index: IndexKind;
  /** Lists and probes of an IVF index, given or by the engine's rule. */
  readonly lists?: Quantity<'count'>;
  readonly probes?: Quantity<'count'>;
  readonly machines: Quantity<'count'>;
  /** The answer in one or two sentences. */
  readonly headline: readonly string[];
  readonly components: readonly Component[];
  readonly totals: CapacityTotals;
  readonly build: BuildPlan;
  readonly query: QueryPlan & { readonly recallNote: string };
  readonly cost: {
    readonly oneOff: readonly CostLine[];
    readonly monthly: readonly CostLine[];
    readonly pricesAsOf: string;
    readonly priceWarnings: readonly string[];
  };
  readonly tier: TierAnswer;
  readonly cliffs: readonly Cliff[];
  readonly advice: readonly Advice[];
  readonly comparison: readonly Comparison[];
  readonly notes: readonly string[];
  /** Present when the workload was read from a live store: expected against actual, structure by structure. */
  readonly observed?: Observed;
}
