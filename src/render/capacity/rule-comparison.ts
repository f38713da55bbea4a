/** Published sizing rules beside ours as a page. */
import type { ReportJson } from '../../capacity/report-json.ts';
import type { RulesReport } from '../../capacity/rule-comparison.ts';
import { formatCount, formatPercent, type QuantityJson } from '../../quantity/index.ts';
import type { Cell, Page, Table } from './sectioned.ts';

type Json = ReportJson<RulesReport>;
type Row = Json['rows'][number];

export function rulesPage(r: Json): Page {
  return {
    title: `${formatCount(r.vectors.value)} vectors of ${formatCount(r.dimensions.value)} float32 dimensions, m ${formatCount(r.m.value)}: the same question to everybody`,
    headline: r.headline,
    sections: [
      sizes(r),
      { label: 'LEFT OUT', lines: r.rows.map((row) => `${row.title}: ${row.leavesOut}`), verbose: true },
      { label: 'SOURCES', lines: r.rows.map((row) => `${row.title}: ${row.source}`), verbose: true },
      { label: 'NOTES', lines: r.notes },
    ],
    legend: `* smaller codes than float32 · OURS is the error against ${titleOf(r, r.reference)} · memplan explain --compare RULE for one rule's computation · --verbose for sources and what each leaves out`,
  };
}

/** The same with formula, source and gap of every rule in the table: a file has room for them. Errors are shares. */
export function rulesFile(r: Json): Page {
  const page = rulesPage(r);
  const table: Table = {
    id: 'rules',
    head: ['ID', 'RULE', 'MEMORY', 'A VECTOR', 'DISK', 'OURS', 'STORE', 'FORMULA', 'LEAVES OUT', 'SOURCE'],
    align: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left', 'left', 'left'],
    rows: r.rows.map((row) => [
      row.id,
      row.title,
      row.memory,
      row.perVector,
      row.disk,
      row.againstOurs,
      row.againstStore,
      row.formula ?? '',
      row.leavesOut,
      row.source,
    ]),
  };
  return { ...page, sections: [table, ...page.sections.filter((s) => 'label' in s && s.label === 'NOTES')] };
}

function sizes(r: Json): Table {
  const store = r.rows.some((row) => row.againstStore !== null);
  return {
    id: 'rules',
    head: ['RULE', 'MEMORY', 'A VECTOR', 'DISK', 'OURS', ...(store ? ['STORE'] : [])],
    align: ['left', 'right', 'right', 'right', 'right', ...(store ? ['right' as const] : [])],
    rows: r.rows.map((row) => cells(row, store)),
    shrink: 0,
    // On a narrow screen the rule, its memory and its error remain.
    drop: [3, 2],
  };
}

const cells = (row: Row, store: boolean): Cell[] => [
  row.lossy ? `${row.title} *` : row.title,
  row.memory,
  row.perVector,
  row.disk,
  error(row.againstOurs),
  ...(store ? [error(row.againstStore)] : []),
];

/** The error of the stated value; a rule's own interval says how well it is known, not how far it is off. */
const error = (q: QuantityJson | null): Cell =>
  q === null ? null : `${q.value > 0 ? '+' : ''}${q.value < 0 ? '-' : ''}${formatPercent(Math.abs(q.value))}`;

const titleOf = (r: Json, id: string): string =>
  r.rows.find((row) => row.id === id)?.title.replace(/^ours: /, '') ?? id;
