/** Full text and trigrams over 100,000 memories, known by the length of their texts and by their vocabulary. */
import { pgGin } from '../../src/layouts/pg-gin.ts';
import { explain, leaf } from '../../src/quantity/index.ts';

export default function example(): string[] {
  const rows = leaf('memories', 100_000, 'rows');
  const rowsPerHeapPage = leaf('rows per heap page', 20, 'ratio', { source: 'layouts/pg-heap' });
  const textBytes = leaf('text', 200, 'B');
  const byText = (opclass: 'tsvector' | 'trgm') =>
    pgGin.size({ rows, rowsPerHeapPage, keys: { kind: 'text', opclass, textBytes } }).disk;
  const counted = pgGin.size({
    rows,
    rowsPerHeapPage,
    keys: {
      kind: 'zipf',
      opclass: 'tsvector',
      vocabulary: leaf('vocabulary', 20_000, 'count'),
      keysPerRow: leaf('distinct words per row', 24, 'count'),
    },
  });
  return [...explain(byText('tsvector')), '', ...explain(byText('trgm')), '', ...explain(counted.disk)];
}
