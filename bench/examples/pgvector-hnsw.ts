/** The index of a million 1,536-dimensional vectors, its build, and the cliffs around it. */
import { hnswSpillRow } from '../../src/layouts/hnsw-build-memory.ts';
import { pgvectorHnsw } from '../../src/layouts/pgvector-hnsw.ts';
import { explain, formatBytes, formatCount, leaf, type Quantity } from '../../src/quantity/index.ts';

export default function example(): string[] {
  const m = leaf('m', 16, 'count', { source: 'pgvector default' });
  const million = {
    rows: leaf('memories', 1_000_000, 'rows'),
    dims: leaf('dimensions', 1536, 'dimensions'),
    type: 'vector' as const,
    m,
  };
  const { disk, building, parts } = pgvectorHnsw.size(million);
  const stock = leaf('maintenance_work_mem', 64 * 2 ** 20, 'B', { source: 'PostgreSQL default' });
  const spill = hnswSpillRow(stock, parts['valueBytes'] as Quantity<'B'>, m);
  const cliffs = pgvectorHnsw
    .cliffs(million)
    .map(
      (c) =>
        `${c.parameter} ${formatCount(c.at - 1)} -> ${formatCount(c.at)}: ${formatBytes(c.before)} -> ${formatBytes(c.after)} per ${c.per}`,
    );
  return [...explain(disk), '', ...explain(building as Quantity), '', ...explain(spill, { depth: 1 }), '', ...cliffs];
}
