/** Judged budgets as a page; as Markdown for a pull request it is empty where there is nothing to say. */
import type { GateReport } from '../../capacity/gate.ts';
import type { ReportJson } from '../../capacity/report-json.ts';
import {
  formatCount,
  formatPercent,
  formatQuantity,
  formatShortCount,
  type QuantityJson,
} from '../../quantity/index.ts';
import { type Cell, type Page, pageMarkdown, shownAs } from './sectioned.ts';

export type GateJson = ReportJson<GateReport>;
export type BudgetJson = GateJson['budgets'][number];

export function gatePage(r: GateJson): Page {
  const compared = r.budgets.some((b) => b.baseline !== null);
  return {
    title: `Budgets of ${fileName(r.file)}: ${formatCount(r.memories.value)} memories, ${r.engineTitle}`,
    headline: headline(r),
    sections: [
      {
        id: 'budgets',
        head: ['BUDGET', 'LIMIT', 'FIGURE', ...(compared ? ['CHANGE'] : []), 'LEVEL', 'VERDICT'],
        align: ['left', 'right', 'right', ...(compared ? (['right'] as const) : []), 'left', 'left'],
        rows: r.budgets.map((b): Cell[] => [
          b.days === null ? b.metric : `${b.metric}, ${formatCount(b.days)} d`,
          b.limit,
          b.actual,
          ...(compared ? [shownAs(b.change, signed)] : []),
          b.level,
          verdict(b),
        ]),
        drop: compared ? [4, 3, 1] : [3, 1],
      },
      { label: 'WHY', lines: r.budgets.filter((b) => b.passed === false || b.straddles).map((b) => because(b, r)) },
      ...(r.growth === null ? [] : [{ label: 'GROWTH', lines: [`${r.growth}.`] }]),
    ],
    legend: `judged by the ${r.strict ? 'upper bound' : 'value'}${
      r.baseline === null ? '' : ` · baseline ${fileName(r.baseline.name)} of ${r.baseline.generatedAt.slice(0, 10)}`
    } · ≈ assumed or uncertain`,
  };
}

/** A path does not wrap. */
const fileName = (path: string): string => path.split('/').pop() as string;

/** "totals.resident", or "totals.resident for 180 d". */
export const budgetName = (b: BudgetJson): string =>
  b.days === null ? b.metric : `${b.metric} for ${formatCount(b.days)} d`;

export const isExceeded = (b: BudgetJson): boolean => b.passed === false;

function verdict(b: BudgetJson): string {
  if (b.passed === null) return 'not judged';
  if (b.passed) return b.straddles ? 'kept, uncertain' : 'kept';
  return b.straddles ? 'exceeded, uncertain' : 'exceeded';
}

/** What was judged and how it went, in a sentence: for an annotation, a test case and the foot of a table. */
export function because(b: BudgetJson, r: GateJson): string {
  if (b.actual === null || b.limit === null) return `${budgetName(b)} is off.`;
  const [actual, limit] = r.strict ? [b.actual.high, b.limit.high] : [b.actual.value, b.limit.value];
  const show = (q: QuantityJson, value: number): string => formatQuantity({ ...q, value, low: value, high: value });
  const asked = /^[+-]/.test(b.asked) ? ` (${b.asked} against the baseline)` : '';
  const when =
    b.exceededOn === null || b.days === null
      ? ''
      : b.exceededOn.day === 0
        ? ', already today'
        : `, first on day ${b.exceededOn.day} (${b.exceededOn.date})`;
  const rows = b.days === null || b.rows === null ? '' : ` at ${formatShortCount(b.rows.value)} memories`;
  const holds =
    b.passed === true
      ? `is within ${show(b.limit, limit)}${asked}`
      : actual > limit
        ? `exceeds ${show(b.limit, limit)}${asked} by ${excess(actual, limit)}${when}`
        : `exceeds ${show(b.limit, limit)}${asked}${when}`;
  const bound = r.strict ? ' at most' : '';
  const range = b.straddles
    ? ` Its interval, ${show(b.actual, b.actual.low)} to ${show(b.actual, b.actual.high)}, straddles the limit.`
    : '';
  return `${budgetName(b)}: ${b.title}, ${show(b.actual, actual)}${bound}${rows}, ${holds}.${range}`;
}

const excess = (actual: number, limit: number): string =>
  limit > 0 ? formatPercent(actual / limit - 1) : 'all that it is';

/** How many were kept and exceeded. */
export function headline(r: GateJson): string[] {
  const judged = r.budgets.filter((b) => b.passed !== null);
  const off = r.budgets.length - judged.length;
  const offs = off === 0 ? [] : [`${off} ${off === 1 ? 'is' : 'are'} off.`];
  if (judged.length === 0) return ['No budget was judged.', ...offs];
  const failed = judged.filter((b) => isExceeded(b) && b.level === 'error').length;
  const warned = judged.filter((b) => isExceeded(b) && b.level === 'warn').length;
  const of = `of ${judged.length} ${judged.length === 1 ? 'budget' : 'budgets'}`;
  if (failed + warned === 0) return [`Passed: ${judged.length} ${of} kept.`, ...offs];
  const warnings = warned === 0 ? '' : `${failed === 0 ? '' : '; '}${warned} ${of} exceeded at level warn`;
  return [
    failed === 0 ? `Passed with a warning: ${warnings}.` : `Failed: ${failed} ${of} exceeded${warnings}.`,
    ...offs,
  ];
}

/** "+12 %", "-0.4 %": the sign is what is looked for. */
const signed = (ratio: number): string => `${ratio > 0 ? '+' : ''}${formatPercent(ratio)}`;

/** Empty where every budget is kept and no budgeted figure has changed against the baseline: then there is no comment. */
export const gateMarkdown = (r: GateJson): string =>
  r.changed || r.budgets.some(isExceeded) ? pageMarkdown(gatePage(r)) : '';
