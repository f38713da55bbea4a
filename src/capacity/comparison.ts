/** What the seed article would have said, under its own name and beside our figure. */
import { seedArticleRule } from '../engines/documented/index.ts';
import type { EnginePlan } from '../engines/engine.ts';
import { formatBytes, formatShortCount } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { Comparison } from './report.ts';

/** The article's ladder, by row count alone: 100K, 10M, 100M. */
const ARTICLE_CEILINGS: readonly [number, string][] = [
  [100_000, 'tier 1, SQLite-vec'],
  [10_000_000, 'tier 2, pgvector'],
  [100_000_000, 'tier 3, sharded pgvector'],
];

export function comparisonsFor(plan: EnginePlan, w: Workload): Comparison[] {
  const n = w.memories.value;
  const tier = ARTICLE_CEILINGS.find(([ceiling]) => n <= ceiling)?.[1] ?? 'tier 4, a specialised vector database';
  const index = plan.components.find((c) => c.id === 'vector-index');
  const out: Comparison[] = [
    {
      id: 'article-tier',
      title: 'The seed article, by row count',
      says: `${formatShortCount(n)} memories are ${tier}`,
      ours: 'We decide by RAM, build window, p99, write rate, namespaces and money instead',
    },
  ];
  if (index === undefined || index.disk.value === 0) return out;
  const article = seedArticleRule({ vectors: w.memories, dimensions: w.dimensions, m: w.m }).memory.value;
  const ratio = article / index.disk.value;
  out.push({
    id: 'article-index',
    title: "The seed article's index formula",
    says: `dims × 4 + m × 8 × log2 N gives ${formatBytes(article)}`,
    ours: `That is ${ratio.toFixed(2)} × the ${formatBytes(index.disk.value)} above: links do not grow with N, and pages are packed whole`,
  });
  return out;
}
