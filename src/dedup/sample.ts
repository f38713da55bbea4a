/**
 * A rate from a sample. Deduplicating the sample itself measures nothing: twins of a sampled row are mostly not in it. So each
 * sampled row is matched against the whole of its namespace, and its value is 1 − 1/c, c the size of its cluster; the mean of
 * that over all rows is the redundancy.
 *
 * Where the sampled rows lie in more namespaces than may be read, fewer rows are used, each to draw its namespace: a row drawn
 * uniformly is a draw of a namespace with probability proportional to its size (M. Hansen, W. Hurwitz, Annals of Mathematical
 * Statistics 14, 1943), and all rows of that namespace give one value. Namespaces that are sure to be drawn are strata of their own.
 */
import { keyOf, type MemorySet, type Store } from '../store/index.ts';
import type { AuditOptions } from './audit-options.ts';
import { seededChance, shuffled } from './seeded-order.ts';

export const SAMPLE_BUDGET = 250_000;
/** Fewer draws of namespaces tell nothing of their spread. */
const LEAST_DRAWS = 30;

export interface SamplePlan {
  /** Active rows of the set, as far as is known before reading. */
  readonly population: number;
  readonly sampled: number;
  /** Namespaces that are read whole; undefined: the set has none, or all are. */
  readonly namespaces: readonly (string | null)[] | undefined;
  readonly strata: readonly PlannedStratum[];
}

export interface PlannedStratum {
  /** Undefined: all rows that are in no stratum of their own. */
  readonly namespace: string | null | undefined;
  readonly population: number;
  /** `rows`: the values of the sampled rows. `namespaces`: the means of the namespaces that they draw. */
  readonly by: 'rows' | 'namespaces';
  readonly draws: readonly SampledRow[];
}

export interface SampledRow {
  readonly key: string;
  readonly namespace: string | null;
}

/** Draws the rows and decides what is read for them. */
export async function planSample(
  store: Store,
  set: MemorySet,
  sample: NonNullable<AuditOptions['sample']>,
  o: AuditOptions,
): Promise<SamplePlan> {
  const drawn: SampledRow[] = [];
  let inactive = 0;
  const request = {
    set: set.id,
    fields: ['namespace', 'inactive'] as const,
    sample: { rows: sample.rows, seed: o.seed },
    ...(o.now === undefined ? {} : { now: o.now }),
    ...(o.signal === undefined ? {} : { signal: o.signal }),
  };
  for await (const row of store.scan(request)) {
    if (row.inactive === undefined) drawn.push({ key: keyOf(row), namespace: row.namespace ?? null });
    else inactive++;
  }
  const rows = shuffled(
    drawn.sort((a, b) => (a.key < b.key ? -1 : 1)),
    seededChance(o.seed + 1),
  );
  const share = rows.length / Math.max(1, rows.length + inactive);
  const population = Math.max(rows.length, Math.round(set.rows * share));
  return planReading(rows, population, set.namespaces, sample.budget ?? SAMPLE_BUDGET);
}

export function planReading(
  rows: readonly SampledRow[],
  population: number,
  namespaces: MemorySet['namespaces'],
  budget: number,
): SamplePlan {
  const touched = (of: readonly SampledRow[]): (string | null)[] => [...new Set(of.map((r) => r.namespace))];
  const all: SamplePlan = {
    population,
    sampled: rows.length,
    namespaces: namespaces === null ? undefined : touched(rows),
    strata: [{ namespace: undefined, population, by: 'rows', draws: rows }],
  };
  if (namespaces === null || expectedRows(namespaces.classes, rows.length, 0) <= budget) return all;
  const draws = mostDraws(namespaces.classes, rows.length, budget);
  const total = namespaces.classes.reduce((sum, c) => sum + c.rows, 0);
  const hot = namespaces.top.filter(
    (n) => n.length === undefined && n.rows >= total / draws && rows.some((r) => r.namespace === n.namespace),
  );
  const isHot = new Set(hot.map((n) => n.namespace));
  const rest = rows.filter((r) => !isHot.has(r.namespace)).slice(0, draws);
  const active = population / Math.max(1, total);
  const strata: PlannedStratum[] = hot.map((n) => ({
    namespace: n.namespace,
    population: Math.round(n.rows * active),
    by: 'rows',
    draws: rows.filter((r) => r.namespace === n.namespace),
  }));
  const left = Math.max(0, population - strata.reduce((sum, s) => sum + s.population, 0));
  if (rest.length > 0)
    strata.push({ namespace: undefined, population: Math.max(left, rest.length), by: 'namespaces', draws: rest });
  return {
    population,
    sampled: strata.reduce((sum, s) => sum + s.draws.length, 0),
    namespaces: [...isHot, ...touched(rest)],
    strata,
  };
}

type Classes = NonNullable<MemorySet['namespaces']>['classes'];

/** Rows of the namespaces that so many uniformly drawn rows are expected to touch; classes of at least `below` rows left out. */
function expectedRows(classes: Classes, draws: number, below: number): number {
  const total = classes.reduce((sum, c) => sum + c.rows, 0);
  return classes.reduce((sum, { namespaces, rows }) => {
    if (namespaces === 0 || rows === 0) return sum;
    const size = rows / namespaces;
    return below > 0 && size >= below ? sum : sum + rows * (1 - (1 - size / total) ** draws);
  }, 0);
}

/** As many draws as the budget allows; what even the fewest draws are sure to hit is read in any case. */
function mostDraws(classes: Classes, rows: number, budget: number): number {
  const total = classes.reduce((sum, c) => sum + c.rows, 0);
  let low = Math.min(rows, LEAST_DRAWS);
  let high = rows;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (expectedRows(classes, middle, total / LEAST_DRAWS) <= budget) low = middle;
    else high = middle - 1;
  }
  return low;
}
