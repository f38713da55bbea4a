/** A memory table of a million rows with 1,536-dimensional embeddings, and the same inline at 384. */
import { pgHeap } from '../../src/layouts/pg-heap.ts';
import { memoryTableColumns } from '../../src/layouts/pg-memory-table.ts';
import { explain, formatQuantity, leaf, type Quantity } from '../../src/quantity/index.ts';

export default function example(): string[] {
  const table = (d: number) =>
    pgHeap.size({
      rows: leaf('memories', 1_000_000, 'rows'),
      columns: memoryTableColumns({
        textBytes: leaf('text', 200, 'B'),
        vector: { dims: leaf('dimensions', d, 'dimensions'), type: 'vector' },
      }),
    });
  const line = (d: number): string => {
    const { parts } = table(d);
    const of = (name: string): string => formatQuantity(parts[name] as Quantity);
    return `${d} dimensions: heap ${of('heap')}, TOAST ${of('toast')}, TOAST index ${of('toastIndex')}`;
  };
  return [...explain(table(1536).disk), '', ...[384, 768, 1024, 1536, 3072].map(line)];
}
