/** Every figure of a report under the name by which `memplan explain` finds it. */
import { explain, type Quantity } from '../quantity/index.ts';
import type { CapacityReport } from './report.ts';

/** `vector-index.disk`, `totals.resident`, `build.seconds`, `query.p99`, `cost.embedding`, … in report order. */
export function figuresOf(report: CapacityReport): Map<string, Quantity> {
  const figures = new Map<string, Quantity>();
  const put = (id: string, q: Quantity | undefined): void => {
    if (q !== undefined) figures.set(id, q);
  };
  eachFigure(report, put);
  return figures;
}

/** The whole report explained, figure by figure. */
export function explainReport(report: CapacityReport): string[] {
  return [...figuresOf(report)].flatMap(([id, q]) => [`${id}:`, ...explain(q).map((line) => `  ${line}`), '']);
}

/** A capacity report, live or as JSON: the same places, whatever a figure is made of. */
export interface Figures<Q> {
  readonly components: readonly {
    readonly id: string;
    readonly disk?: Q | undefined;
    readonly resident?: Q | undefined;
  }[];
  readonly totals: object;
  readonly machines?: Q | undefined;
  readonly build: Partial<Readonly<Record<'seconds' | 'memory' | 'spillsAtRows' | 'stockSpillsAtRows', Q | undefined>>>;
  readonly query: Partial<Readonly<Record<'p50' | 'p99' | 'work', Q | undefined>>>;
  readonly cost: Readonly<Record<'oneOff' | 'monthly', readonly { readonly id: string; readonly usd: Q }[]>>;
  readonly tier: {
    readonly checks: readonly {
      readonly id: string;
      readonly actual?: Q | undefined;
      readonly limit?: Q | undefined;
    }[];
  };
}

/** Names every figure of a report, in report order. */
export function eachFigure<Q>(report: Figures<Q>, put: (id: string, figure: Q | undefined) => void): void {
  eachPlanned(report, put);
  eachChecked(report, put);
}

/** All but those of the checks. */
export function eachPlanned<Q>(
  report: Omit<Figures<Q>, 'tier'>,
  put: (id: string, figure: Q | undefined) => void,
): void {
  for (const c of report.components) {
    put(`${c.id}.disk`, c.disk);
    put(`${c.id}.resident`, c.resident);
  }
  for (const [key, q] of Object.entries(report.totals) as [string, Q | undefined][]) put(`totals.${key}`, q);
  put('machines', report.machines);
  const { build, query, cost } = report;
  put('build.seconds', build.seconds);
  put('build.memory', build.memory);
  put('build.spillsAtRows', build.spillsAtRows);
  put('build.stockSpillsAtRows', build.stockSpillsAtRows);
  put('query.p50', query.p50);
  put('query.p99', query.p99);
  put('query.work', query.work);
  for (const line of [...cost.oneOff, ...cost.monthly]) put(`cost.${line.id}`, line.usd);
}

/** Those of the checks: to be asked for only where they are wanted, for each is confirmed by plans at other row counts. */
export function eachChecked<Q>(
  report: Pick<Figures<Q>, 'tier'>,
  put: (id: string, figure: Q | undefined) => void,
): void {
  for (const check of report.tier.checks) {
    put(`tier.${check.id}.actual`, check.actual);
    put(`tier.${check.id}.limit`, check.limit);
  }
}
