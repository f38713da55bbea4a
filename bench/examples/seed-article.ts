/** The figures of docs/seed-article.md: what the article prints beside what this program computes. */
import { articleClaims } from '../../src/capacity/article-claims.ts';
import { formatQuantity, type Quantity } from '../../src/quantity/index.ts';

/** Decimal units too: the article counts in GB. */
function shown(q: Quantity): string {
  const text =
    q.unit === 'ratio' && q.value < 1 ? `${(q.value * 100).toFixed(0)} %` : formatQuantity(q).replace(/^≈ /, '');
  if (q.unit === 'ratio' && q.value >= 1) return `× ${q.value.toFixed(2)}`;
  if (q.unit !== 'B' || q.value < 1e6) return text;
  const gb = q.value / 1e9;
  return `${text} (${gb >= 1000 ? `${(gb / 1000).toFixed(2)} TB` : `${gb >= 100 ? gb.toFixed(0) : gb.toFixed(2)} GB`})`;
}

export default function seedArticle(): string[] {
  const rows = articleClaims().flatMap((c) =>
    c.figures.map((f) => [f.what, f.article, shown(f.ours), c.verdict] as const),
  );
  const header = ['WHAT', 'ARTICLE', 'COMPUTED', 'VERDICT'] as const;
  const width = [0, 1, 2].map((i) => Math.max(...[header, ...rows].map((r) => (r[i as 0 | 1 | 2] as string).length)));
  return [header, ...rows].map(
    (r) => `${[0, 1, 2].map((i) => (r[i as 0 | 1 | 2] as string).padEnd(width[i] as number)).join('  ')}  ${r[3]}`,
  );
}
