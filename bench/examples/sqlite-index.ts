import { sqliteIndex } from '../../src/layouts/sqlite-index.ts';
import { explain, formatBytes, leaf } from '../../src/quantity/index.ts';

/** A unique index on 100,000 UUIDs kept as text, as it comes from inserts and as VACUUM leaves it. */
export default function example(): string[] {
  const parameters = {
    rows: leaf('rows', 100_000, 'count'),
    columns: [
      { kind: 'text' as const, name: 'id', bytes: leaf('id', 36, 'B'), spread: leaf('spread of ids', 0, 'ratio') },
    ],
  };
  const random = sqliteIndex.size({ ...parameters, order: 'random' });
  return [
    ...explain(random.disk),
    '',
    ...(['random', 'ascending', 'packed'] as const).map(
      (order) => `${order}: ${formatBytes(sqliteIndex.size({ ...parameters, order }).disk.value)}`,
    ),
  ];
}
