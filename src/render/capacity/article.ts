/** The claims of the seed article as a page: what it prints, what was found, and the figures of both. */
import type { ArticleReport } from '../../capacity/article-report.ts';
import type { ReportJson } from '../../capacity/report-json.ts';
import { formatBytes, formatQuantity, type QuantityJson } from '../../quantity/index.ts';
import type { Cell, Page, Paragraph, Table } from './sectioned.ts';

type Json = ReportJson<ArticleReport>;
type Claim = Json['claims'][number];

export function articlePage(r: Json): Page {
  const claims: Table = {
    id: 'claims',
    head: ['CLAIM', 'VERDICT', 'THE ARTICLE SAYS'],
    align: ['left', 'left', 'left'],
    rows: r.claims.map((c) => [c.id, c.verdict, c.claim]),
    shrink: 2,
    drop: [2],
  };
  const figures: Table = {
    id: 'figures',
    head: ['FIGURE', 'ARTICLE', 'COMPUTED', 'VERDICT'],
    align: ['left', 'right', 'right', 'left'],
    rows: r.claims.flatMap((c) => c.figures.map((f): Cell[] => [f.what, f.article, shown(f.ours), c.verdict])),
    shrink: 0,
    drop: [3, 1],
  };
  const one = r.claims.length === 1;
  return {
    title: r.title,
    headline: r.headline,
    sections: [...(one ? [] : [claims]), figures, ...r.claims.flatMap((c) => found(c, one))],
    legend: `computed by the layouts, engines and prices of this program · memplan explain --article CLAIM for one${one ? '' : ', --verbose for what is true of each'}`,
  };
}

/** Everything in one table: a file has room for it. */
export function articleFile(r: Json): Page {
  const page = articlePage(r);
  const claims: Table = {
    id: 'claims',
    head: ['CLAIM', 'VERDICT', 'THE ARTICLE SAYS', 'WHAT IS TRUE', 'SOURCE'],
    align: ['left', 'left', 'left', 'left', 'left'],
    rows: r.claims.map((c) => [c.id, c.verdict, c.claim, c.truth, c.source]),
  };
  const figures: Table = {
    id: 'figures',
    head: ['CLAIM', 'FIGURE', 'ARTICLE', 'COMPUTED', 'UNIT'],
    align: ['left', 'left', 'right', 'right', 'left'],
    rows: r.claims.flatMap((c) => c.figures.map((f): Cell[] => [c.id, f.what, f.article, f.ours, f.ours.unit])),
  };
  return { ...page, sections: [claims, figures] };
}

function found(c: Claim, one: boolean): Paragraph[] {
  if (!one) return [{ label: 'IS', lines: [`${c.id}: ${c.truth}`, `Source: ${c.source}`], verbose: true }];
  return [
    { label: 'SAYS', lines: [c.claim] },
    { label: 'IS', lines: [c.truth] },
    { label: 'SOURCE', lines: [c.source] },
  ];
}

/** Decimal units too: the article counts in GB. */
function shown(q: QuantityJson): string {
  if (q.unit === 'ratio') return q.value < 1 ? `${(q.value * 100).toFixed(0)} %` : `× ${q.value.toFixed(2)}`;
  if (q.unit !== 'B' || q.value < 1e9) return formatQuantity(q);
  const gb = q.value / 1e9;
  const decimal =
    gb >= 1000 ? `${(gb / 1000).toFixed(2)} TB` : gb >= 100 ? `${gb.toFixed(0)} GB` : `${gb.toFixed(1)} GB`;
  return `${formatBytes(q.value)} (${decimal})`;
}
