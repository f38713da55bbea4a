/** The figures that a budget can name, of a report at hand and of a saved one, under the same names. */

import { fromJson, type Quantity, type QuantityJson, sum } from '../quantity/index.ts';
import type { CapacityJson } from './capacity-json.ts';
import { eachChecked, eachPlanned, type Figures } from './figures.ts';
import type { CapacityReport } from './report.ts';

/** The month's sum of all lines: what a budget of money is about. */
const MONTHLY = 'cost.monthly';

/** Figures by their names; a budget asks for one, and what no budget names is not worked out. */
export interface NamedFigures {
  get(id: string): Quantity | undefined;
  has(id: string): boolean;
  keys(): Iterable<string>;
}

class LazyFigures<Q> implements NamedFigures {
  readonly #report: Figures<Q>;
  readonly #read: (figure: Q) => Quantity | undefined;
  readonly #monthly: () => Quantity | undefined;
  readonly #named = new Map<string, Q>();
  #checked = false;

  /** @param read undefined for what is no figure */
  constructor(report: Figures<Q>, read: (figure: Q) => Quantity | undefined, month: () => Quantity | undefined) {
    this.#report = report;
    this.#read = read;
    this.#monthly = month;
    eachPlanned(report, (id, figure) => this.#put(id, figure));
  }

  get(id: string): Quantity | undefined {
    if (id === MONTHLY) return this.#monthly() ?? this.#known(id);
    return this.#known(id);
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  keys(): Iterable<string> {
    this.#check();
    return [...this.#named.keys(), MONTHLY].filter((id) => this.has(id));
  }

  #known(id: string): Quantity | undefined {
    if (id.startsWith('tier.')) this.#check();
    const figure = this.#named.get(id);
    return figure === undefined ? undefined : this.#read(figure);
  }

  #check(): void {
    if (this.#checked) return;
    this.#checked = true;
    eachChecked(this.#report, (id, figure) => this.#put(id, figure));
  }

  #put(id: string, figure: Q | undefined): void {
    if (figure !== undefined) this.#named.set(id, figure);
  }
}

/** Those of `memplan explain`, and `cost.monthly`. */
export function budgetFigures(report: CapacityReport): NamedFigures {
  return new LazyFigures<Quantity>(
    report,
    (q) => q,
    () => monthly(report.cost.monthly.map((line) => line.usd)),
  );
}

/** The same of a report that was saved. */
export function savedFigures(r: CapacityJson): NamedFigures {
  // A file may hold anything: what is no number is not known.
  const read = (json: QuantityJson | null): Quantity | undefined =>
    json !== null && isNumeric(json) ? fromJson(json) : undefined;
  return new LazyFigures<QuantityJson | null>(r, read, () => {
    const lines = r.cost.monthly.map((line) => line.usd);
    return lines.every(isNumeric) ? monthly(lines.map(fromJson)) : undefined;
  });
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
