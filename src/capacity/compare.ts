/** One workload across engines, types and parameters: a row each, what no engine offers with its reason, and the steps. */
import type { PriceOverrides } from '../prices/index.ts';
import { InputError, type Quantity } from '../quantity/index.ts';
import { completeWorkload, type Draft, type MadeInputs, type Workload } from '../workload/index.ts';
import { type CapacityJson, inputName, workloadJson } from './capacity-json.ts';
import { type Axis, combinations, type Settings, type SystemDrafts, withSettings } from './compare-axes.ts';
import { type CompareRow, type Mark, type PlannedRow, rowOf } from './compare-row.ts';
import { type CompareStep, stepsBetween } from './compare-steps.ts';
import { priceBook } from './cost.ts';
import { type EngineOfWorkload, engineOfReport, inputNotesOfAll } from './input-notes.ts';

export const SORTS = ['resident', 'disk', 'cost', 'p99', 'build'] as const;
export type Sort = (typeof SORTS)[number];

export interface Excluded {
  readonly settings: Settings;
  readonly because: string;
}

export interface CompareReport {
  readonly kind: 'compare-report';
  /** What all rows have in common. */
  readonly workload: CapacityJson['workload'];
  readonly varied: readonly Axis[];
  readonly sort: Sort;
  readonly rows: readonly CompareRow[];
  /** Combinations that no row stands for, each with the reason. */
  readonly excluded: readonly Excluded[];
  readonly steps: readonly CompareStep[];
  readonly notes: readonly string[];
}

export interface CompareOptions {
  readonly axes: readonly Axis[];
  readonly sort: Sort;
  readonly prices?: PriceOverrides;
  /** By the values of the system axis, where there is one. */
  readonly systems?: SystemDrafts | undefined;
}

/**
 * @param base everything but the varied parameters
 * @throws InputError when what is not varied is wrong, or no combination can be planned
 */
export function compare(base: Draft, options: CompareOptions): CompareReport {
  const prices = priceBook(options.prices ?? {});
  const planned: PlannedRow[] = [];
  const excluded: Excluded[] = [];
  const seen = new Set<string>();
  const without: Set<string> = new Set();
  const varied = new Set(options.axes.map((a) => inputName(a.parameter)));
  const kinds = new Map<string, EngineOfWorkload>();
  const inputs: MadeInputs = new Map();
  let common: Workload | undefined;
  for (const settings of combinations(options.axes)) {
    const made = rowOf(base, settings, prices, options.systems, inputs, common);
    if (typeof made === 'string') {
      excluded.push({ settings, because: made });
      continue;
    }
    common ??= made.workload;
    // What one system sets another leaves as it is: no row's value is that of all.
    if (options.systems !== undefined) for (const name of setBySystem(made.workload)) varied.add(name);
    for (const [id, value] of Object.entries(made.planned.row.settings)) {
      if (value === null) without.add(`${id} means nothing to ${made.planned.row.engineTitle}: one row stands for all`);
    }
    if (seen.has(made.planned.row.id)) continue;
    seen.add(made.planned.row.id);
    planned.push(made.planned);
    const { engine, index } = made.planned.row;
    kinds.set(`${engine} ${index}`, { w: made.workload, engine: engineOfReport(made.workload, engine) });
  }
  if (common === undefined) throw nothingLeft(base, options, excluded);
  const rows = marked(sorted(planned, options.sort).map((p) => p.row));
  return {
    kind: 'compare-report',
    workload: Object.fromEntries(Object.entries(workloadJson(common)).filter(([name]) => !varied.has(name))),
    varied: options.axes,
    sort: options.sort,
    rows,
    excluded,
    steps: stepsBetween(planned, options.axes),
    notes: [...without, ...inputNotesOfAll([...kinds.values()], new Set(options.axes.map((a) => a.parameter)))],
  };
}

/** Inputs by their JSON name that a named system sets. */
const setBySystem = (w: Workload): string[] =>
  Object.entries(w.origin).flatMap(([id, from]) => (from === 'system' ? [inputName(id)] : []));

const FIGURE: Readonly<Record<Sort, (r: CompareRow) => Quantity | undefined>> = {
  resident: (r) => r.resident,
  disk: (r) => r.disk,
  cost: (r) => r.monthly,
  p99: (r) => r.p99,
  build: (r) => r.build,
};

/** Smallest first; what is not known comes last, and equals stay in the order they were asked for. */
function sorted(planned: readonly PlannedRow[], sort: Sort): PlannedRow[] {
  const figure = (p: PlannedRow): number => FIGURE[sort](p.row)?.value ?? Number.POSITIVE_INFINITY;
  return [...planned].sort((a, b) => (figure(a) < figure(b) ? -1 : figure(a) > figure(b) ? 1 : 0));
}

/** A store that lives in memory alone has no bytes on disk; that is another thing than needing few. */
const onDisk = (r: CompareRow): Quantity | undefined => (r.disk.value > 0 ? r.disk : undefined);

/** Marks among the rows that fit; among all where none does. Equals share a mark. */
function marked(rows: readonly CompareRow[]): CompareRow[] {
  // The least of one is no distinction.
  if (rows.length === 1) return [...rows];
  const fitting = rows.filter((r) => r.fits);
  const among = fitting.length > 0 ? fitting : rows;
  const least = (figure: (r: CompareRow) => Quantity | undefined): number =>
    Math.min(...among.map((r) => figure(r)?.value ?? Number.POSITIVE_INFINITY));
  const marks: readonly (readonly [Mark, (r: CompareRow) => Quantity | undefined, number])[] = [
    ['cheapest', FIGURE.cost, least(FIGURE.cost)],
    ['least-ram', FIGURE.resident, least(FIGURE.resident)],
    ['least-disk', onDisk, least(onDisk)],
  ];
  return rows.map((r) => ({
    ...r,
    marks: among.includes(r) ? marks.flatMap(([mark, figure, best]) => (figure(r)?.value === best ? [mark] : [])) : [],
  }));
}

/** Nothing could be planned. Where every combination fails for one reason, that is the error; it may be a plain flag's. */
function nothingLeft(base: Draft, options: CompareOptions, excluded: readonly Excluded[]): Error {
  const [first] = excluded;
  const all = new Set(excluded.map((e) => e.because));
  if (first !== undefined && all.size > 1) {
    return new InputError(
      'no-combination',
      `none of the ${excluded.length} combinations can be planned; the first one: ${first.because}`,
      [...all].slice(1).join('; '),
    );
  }
  completeWorkload(withSettings(base, combinations(options.axes)[0] ?? {}, options.systems));
  return new InputError('no-combination', first?.because ?? 'there is nothing to compare');
}
