/** Every figure of a report under the name by which `memplan explain` finds it. */
import { explain, type Quantity } from '../quantity/index.ts';
import type { CapacityReport } from './report.ts';

/** `vector-index.disk`, `totals.resident`, `build.seconds`, `query.p99`, `cost.embedding`, … in report order. */
export function figuresOf(report: CapacityReport): Map<string, Quantity> {
  const figures = new Map<string, Quantity>();
  const put = (id: string, q: Quantity | undefined): void => {
    if (q !== undefined) figures.set(id, q);
  };
  for (const c of report.components) {
    put(`${c.id}.disk`, c.disk);
    put(`${c.id}.resident`, c.resident);
  }
  for (const [key, q] of Object.entries(report.totals)) put(`totals.${key}`, q);
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
  for (const check of report.tier.checks) {
    put(`tier.${check.id}.actual`, check.actual);
    put(`tier.${check.id}.limit`, check.limit);
  }
  return figures;
}

/** The whole report explained, figure by figure. */
export function explainReport(report: CapacityReport): string[] {
  return [...figuresOf(report)].flatMap(([id, q]) => [`${id}:`, ...explain(q).map((line) => `  ${line}`), '']);
}
