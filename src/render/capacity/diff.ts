/** What changed between two capacity reports, as a page; as Markdown for a pull request it is empty where nothing did. */
import type { DiffReport } from '../../capacity/diff.ts';
import type { ReportJson } from '../../capacity/report-json.ts';
import { formatPercent, formatQuantity } from '../../quantity/index.ts';
import { csvLine } from '../csv.ts';
import { type Cell, type Page, pageMarkdown } from './sectioned.ts';

export type DiffJson = ReportJson<DiffReport>;

export function diffPage(r: DiffJson): Page {
  const least = r.threshold === 0 ? 'Changes' : `Changes of ${formatPercent(r.threshold)} or more`;
  return {
    title: `Capacity: ${r.before.name} → ${r.after.name}`,
    headline: headline(r),
    sections: [
      {
        id: 'figures',
        head: ['FIGURE', 'BEFORE', 'AFTER', 'CHANGE', ''],
        align: ['left', 'right', 'right', 'right', 'left'],
        rows: r.figures.map((f): Cell[] => [
          f.title,
          f.before,
          f.after,
          f.change === null ? '–' : signed(f.change.value),
          f.overlap ? 'intervals overlap' : '',
        ]),
        drop: [4, 1],
      },
      {
        id: 'verdicts',
        head: ['VERDICT', 'BEFORE', 'AFTER'],
        align: ['left', 'left', 'left'],
        rows: r.verdicts.map((v): Cell[] => [v.title, told(v.before, null), told(v.after, null)]),
      },
      {
        id: 'inputs',
        head: ['INPUT', 'BEFORE', 'AFTER'],
        align: ['left', 'right', 'right'],
        rows: r.inputs.map((i): Cell[] => [i.title, told(i.before, i.unit), told(i.after, i.unit)]),
      },
    ],
    legend: `${least} are shown; ${r.unchanged} ${r.unchanged === 1 ? 'figure is' : 'figures are'} as before · ≈ assumed or uncertain`,
  };
}

/** The totals in a sentence, for who reads no table. */
function headline(r: DiffJson): string[] {
  if (!r.changed) return [`Nothing changed${r.threshold === 0 ? '' : ` by ${formatPercent(r.threshold)} or more`}.`];
  const sentences = ['totals.disk', 'totals.resident', 'cost.monthly', 'build.seconds'].flatMap((id) => {
    const f = r.figures.find((x) => x.id === id);
    if (f === undefined || f.before === null || f.after === null) return [];
    const change = f.change === null ? '' : ` (${signed(f.change.value)})`;
    return [`${f.title} ${formatQuantity(f.before)} → ${formatQuantity(f.after)}${change}`];
  });
  const engine = r.verdicts.find((v) => v.id === 'engine');
  const fits = r.verdicts.find((v) => v.id === 'tier.fits');
  const verdict = [
    ...(engine === undefined ? [] : [`${String(engine.before)} becomes ${String(engine.after)}.`]),
    ...(fits === undefined ? [] : [fits.after === 'yes' ? 'It holds now.' : 'It does not hold any more.']),
  ];
  const inputs = r.inputs.length;
  const first = sentences.length > 0 ? `${capital(sentences.join('; '))}.` : undefined;
  const changed = inputs === 0 ? undefined : `${inputs} ${inputs === 1 ? 'input' : 'inputs'} changed.`;
  return [...verdict, ...[first, changed].filter((s) => s !== undefined)];
}

const capital = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1);
/** "+12 %", "-0.4 %": the sign is what is looked for. What is left of a figure is never rounded to nothing. */
function signed(ratio: number): string {
  if (ratio > -1 && ratio < -0.9995) return `-${(Math.floor(ratio * -10_000) / 100).toFixed(2)} %`;
  return `${ratio > 0 ? '+' : ''}${formatPercent(ratio)}`;
}

function told(value: string | number | null, unit: string | null): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  return formatQuantity({ value, unit: unit ?? 'count', low: value, high: value, basis: 'exact' });
}

/** Empty where nothing changed: a pull request then gets no comment. */
export const diffMarkdown = (r: DiffJson): string => (r.changed ? pageMarkdown(diffPage(r)) : '');

/** One record a change, figures in full. */
export function diffCsv(r: DiffJson): string {
  const head = ['what', 'id', 'title', 'unit', 'before', 'after', 'change', 'intervals_overlap'];
  return [
    head,
    ...r.figures.map((f) => [
      'figure',
      f.id,
      f.title,
      (f.after ?? f.before)?.unit ?? null,
      f.before?.value ?? null,
      f.after?.value ?? null,
      f.change?.value ?? null,
      f.overlap ? 'yes' : 'no',
    ]),
    ...r.verdicts.map((v) => ['verdict', v.id, v.title, null, v.before, v.after, null, null]),
    ...r.inputs.map((i) => ['input', i.id, i.title, i.unit, i.before, i.after, null, null]),
  ]
    .map(csvLine)
    .join('');
}
