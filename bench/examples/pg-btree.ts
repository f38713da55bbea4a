/** A key of its own per row, and a namespace that many rows share. */
import { keyColumn, pgBtree } from '../../src/layouts/pg-btree.ts';
import { explain, leaf } from '../../src/quantity/index.ts';

export default function example(): string[] {
  const rows = leaf('memories', 1_000_000, 'rows');
  const unique = pgBtree.size({ rows, columns: [keyColumn.uuid('id')] });
  const shared = pgBtree.size({
    rows,
    columns: [keyColumn.text('namespace', 10)],
    distinctKeys: leaf('namespaces', 1000, 'count'),
  });
  return [...explain(unique.disk), '', ...explain(shared.disk)];
}
