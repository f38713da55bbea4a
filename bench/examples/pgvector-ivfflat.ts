/** A million 768-dimensional vectors in 1,000 lists, and what their k-means needs. */
import { pgvectorIvfflat } from '../../src/layouts/pgvector-ivfflat.ts';
import { explain, leaf, type Quantity } from '../../src/quantity/index.ts';

export default function example(): string[] {
  const { disk, building } = pgvectorIvfflat.size({
    rows: leaf('memories', 1_000_000, 'rows'),
    dims: leaf('dimensions', 768, 'dimensions'),
    type: 'vector',
    lists: leaf('lists', 1000, 'count', { source: 'rows / 1000' }),
  });
  return [...explain(disk), '', ...explain(building as Quantity)];
}
