/** One row of a comparison: the workload under one combination of settings, planned for its engine. */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import { engineOf } from '../engines/index.ts';
import { isInputError, type Quantity, revised } from '../quantity/index.ts';
import { completeWorkload, type Draft, type IndexKind, type MadeInputs, type Workload } from '../workload/index.ts';
import { type Assessment, assessHere } from './assess.ts';
import { type Settings, type SystemDrafts, withSettings } from './compare-axes.ts';
import type { PriceBook } from './cost.ts';
import { chooseTier } from './tier.ts';
import { total } from './totals.ts';

export type Mark = 'cheapest' | 'least-ram' | 'least-disk';

/** One combination that an engine can hold, whether or not it keeps every limit. */
export interface CompareRow {
  /** "pgvector dims=768 type=halfvec". */
  readonly id: string;
  /** The varied parameters; null where one has no meaning for this engine's index. */
  readonly settings: Readonly<Record<string, number | string | null>>;
  readonly engine: string;
  readonly engineTitle: string;
  /** 1 to 4; undefined for an engine outside the four tiers. */
  readonly tier: number | undefined;
  readonly index: string;
  readonly machines: Quantity<'count'>;
  /** Of the whole store, all machines together. */
  readonly disk: Quantity<'B'>;
  readonly resident: Quantity<'B'>;
  /** The vector index, per memory: where the steps show. */
  readonly vector: Quantity<'B'> | undefined;
  readonly build: Quantity<'s'> | undefined;
  readonly p99: Quantity<'s'> | undefined;
  /** Undefined where no machine is priced: the engine lives in a process of the user's. */
  readonly monthly: Quantity | undefined;
  /** Why a figure is unknown, one sentence each. */
  readonly unknown: readonly string[];
  readonly fits: boolean;
  /** What does not hold, the first one; undefined where all of it does. */
  readonly breaks: { readonly id: string; readonly because: string } | undefined;
  readonly marks: readonly Mark[];
}

/** A row with the plan it came from: steps are looked for in plans. */
export interface PlannedRow {
  readonly row: CompareRow;
  readonly plan: EnginePlan;
}

/**
 * @param made the inputs of the rows before: what is not varied is the same, and what is planned from it is shared
 * @param first the workload of the first row: inputs that are equal are made the same, too
 * @returns the row, or the one sentence why the engine cannot hold it
 * @throws InputError where no memories are known
 */
export function rowOf(
  base: Draft,
  settings: Settings,
  prices: PriceBook,
  systems: SystemDrafts | undefined,
  made: MadeInputs,
  first: Workload | undefined,
): { readonly planned: PlannedRow; readonly workload: Workload } | string {
  let workload: Workload;
  try {
    workload = sharing(completeWorkload(withSettings(base, settings, systems), made), first);
  } catch (e) {
    if (isInputError(e) && e.code !== 'memories-missing') return e.message;
    throw e;
  }
  const verdict = assessHere(engineFor(workload, prices), workload, prices);
  if (!verdict.ok) return verdict.because;
  return { planned: { row: row(verdict.assessment, settings, workload), plan: verdict.assessment.plan }, workload };
}

/** A system without tables of its own names no engine: the tier decides. */
function engineFor(w: Workload, prices: PriceBook): Engine {
  return engineOf(w) ?? chooseTier(w, prices).chosen.engine;
}

/** `w` with the very inputs of `first` where both have equal ones. */
function sharing(w: Workload, first: Workload | undefined): Workload {
  if (first === undefined) return w;
  const own = w as unknown as Readonly<Record<string, unknown>>;
  const other = first as unknown as Readonly<Record<string, unknown>>;
  let shared: Record<string, unknown> | undefined;
  for (const id in own) {
    if (own[id] === other[id] || !isSameInput(own[id], other[id])) continue;
    shared ??= { ...own };
    shared[id] = other[id];
  }
  return shared === undefined ? w : (shared as unknown as Workload);
}

function isSameInput(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const x = a as Quantity;
  const y = b as Quantity;
  return (
    x.unit !== undefined &&
    x.value === y.value &&
    x.low === y.low &&
    x.high === y.high &&
    x.basis === y.basis &&
    x.source === y.source &&
    x.name === y.name
  );
}

function row(a: Assessment, varied: Settings, w: Workload): CompareRow {
  const { engine, plan, cost } = a;
  const settings = Object.fromEntries(
    Object.entries(varied).map(([id, value]) => [id, applies(id, plan.index) ? value : null]),
  );
  const broken = a.checks.find((c) => c.verdict === 'breaks');
  const unknown: string[] = [];
  if (plan.build.seconds === undefined) unknown.push(plan.build.note ?? 'no model of the build time for this engine');
  if (plan.query.p99 === undefined) unknown.push(plan.query.refused ?? plan.query.note ?? 'no latency model');
  // What new memories cost would otherwise look like the whole month of an engine whose machine is somebody else's.
  const monthly = cost.monthly.some((l) => l.id === 'compute') ? cost.monthlyTotal : undefined;
  if (monthly === undefined) unknown.push('no machine of its own is priced: it lives in a process of yours');
  return {
    id: idOf(engine.id, settings),
    settings,
    engine: engine.id,
    engineTitle: engine.title,
    tier: engine.level,
    index: plan.index,
    machines: plan.machines,
    disk: total(plan, 'disk'),
    resident: total(plan, 'resident'),
    vector: vectorBytes(plan, w),
    build: plan.build.seconds,
    p99: plan.query.p99,
    monthly,
    unknown,
    fits: a.fits,
    breaks: broken === undefined ? undefined : { id: broken.id, because: broken.because },
    marks: [],
  };
}

const GRAPHS: readonly IndexKind[] = ['hnsw', 'diskann', 'vector-set'];
const LISTS: readonly IndexKind[] = ['ivfflat', 'ivf-sq8', 'ivf-pq'];
/** Parameters that only some index kinds have. */
const ONLY_FOR: Readonly<Record<string, readonly IndexKind[]>> = {
  m: GRAPHS,
  'ef-construction': GRAPHS,
  'ef-search': GRAPHS,
  lists: LISTS,
  probes: LISTS,
};

const applies = (parameter: string, index: IndexKind): boolean => ONLY_FOR[parameter]?.includes(index) ?? true;

function idOf(engine: string, settings: CompareRow['settings']): string {
  const rest = Object.entries(settings).filter(([id, value]) => id !== 'engine' && value !== null);
  return [engine, ...rest.map(([id, value]) => `${id}=${value}`)].join(' ');
}

/** On disk, or in memory for an index that lives there and takes more; undefined where there is no vector index. */
function vectorBytes(plan: EnginePlan, w: Workload): Quantity<'B'> | undefined {
  const index = plan.components.find((c) => c.id === 'vector-index');
  if (index === undefined) return undefined;
  const whole = index.resident.value > index.disk.value ? index.resident : index.disk;
  if (whole.value === 0) return undefined;
  const n = w.memories.value;
  return revised(whole, {
    name: 'vector index, per memory',
    value: whole.value / n,
    low: whole.low / n,
    high: whole.high / n,
    formula: 'size / N',
    inputs: { size: whole, N: w.memories },
  });
}
