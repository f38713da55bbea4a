/** Every documented formula on the same question: 10M vectors of 1,536 float32 dimensions, m 16. */
import { DOCUMENTED_RULES } from '../../src/engines/documented/index.ts';
import { pgvectorHnsw } from '../../src/layouts/pgvector-hnsw.ts';
import { explain, formatInterval, formatQuantity, leaf, type Quantity } from '../../src/quantity/index.ts';

export default function documented(): string[] {
  const vectors = leaf('memories', 10_000_000, 'rows');
  const dimensions = leaf('dimensions', 1536, 'dimensions');
  const m = leaf('m', 16, 'count');
  const load = { vectors, dimensions, m };
  const own = pgvectorHnsw.size({ rows: vectors, dims: dimensions, type: 'vector', m });
  const rows: [string, string, string, string][] = [['RULE', 'MEMORY', 'INTERVAL', 'DISK']];
  const size = (q: Quantity | undefined): string => (q === undefined ? '–' : formatQuantity(q).replace(/^≈ /, ''));
  rows.push(['pgvector HNSW, its pages (ours)', size(own.resident), formatInterval(own.resident), size(own.disk)]);
  for (const rule of DOCUMENTED_RULES) {
    const { memory, disk } = rule.size(load);
    rows.push([rule.title, size(memory), formatInterval(memory), size(disk)]);
  }
  const width = [0, 1, 2].map((i) => Math.max(...rows.map((r) => (r[i] as string).length)));
  const table = rows.map((r) =>
    `${[0, 1, 2].map((i) => (r[i] as string).padEnd(width[i] as number)).join('  ')}  ${r[3]}`.trimEnd(),
  );
  const qdrant = DOCUMENTED_RULES[0]?.size(load).memory;
  return [...table, '', ...(qdrant === undefined ? [] : explain(qdrant))];
}
