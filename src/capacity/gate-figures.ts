/** The figures that a budget can name, of a report at hand and of a saved one, under the same names. */

import { fromJson, type Quantity, type QuantityJson, sum } from '../quantity/index.ts';
import type { CapacityJson } from './capacity-json.ts';
import { eachFigure, figuresOf } from './figures.ts';
import type { CapacityReport } from './report.ts';

/** The month's sum of all lines: what a budget of money is about. */
const MONTHLY = 'cost.monthly';

/** Those of `memplan explain`, and `cost.monthly`. */
export function budgetFigures(report: CapacityReport): Map<string, Quantity> {
  const figures = figuresOf(report);
  const total = monthly(report.cost.monthly.map((line) => line.usd));
  if (total !== undefined) figures.set(MONTHLY, total);
  return figures;
}

/** The same of a report that was saved. */
export function savedFigures(r: CapacityJson): Map<string, Quantity> {
  const figures = new Map<string, Quantity>();
  const put = (id: string, json: QuantityJson | null | undefined): void => {
    // A file may hold anything: what is no number is not known.
    if (json !== null && json !== undefined && isNumeric(json)) figures.set(id, fromJson(json));
  };
  eachFigure<QuantityJson | null>(r, put);
  const lines = r.cost.monthly.map((line) => line.usd);
  const total = lines.every(isNumeric) ? monthly(lines.map(fromJson)) : undefined;
  if (total !== undefined) figures.set(MONTHLY, total);
  return figures;
}

const isNumeric = (q: QuantityJson): boolean => [q.value, q.low, q.high].every((n) => Number.isFinite(n));

const monthly = ([first, ...rest]: readonly Quantity[]): Quantity | undefined =>
  first === undefined ? undefined : sum('money a month', first, ...rest);

/** Figures that every report has a place for, and that an engine or a workload may leave unknown. */
export const MAYBE_UNKNOWN: readonly string[] = [
  MONTHLY,
  'build.seconds',
  'build.memory',
  'build.spillsAtRows',
  'build.stockSpillsAtRows',
  'query.p50',
  'query.p99',
  'query.work',
];
