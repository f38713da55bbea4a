import { memoryColumns, sqliteTable } from '../../src/layouts/sqlite-table.ts';
import { explain, formatBytes, leaf } from '../../src/quantity/index.ts';

/** 100,000 memories with their 384-float embedding as a blob in the row. */
export default function example(): string[] {
  const parameters = {
    rows: leaf('rows', 100_000, 'count'),
    columns: memoryColumns({
      namespaceBytes: leaf('namespace', 10, 'B'),
      textBytes: leaf('text', 200, 'B'),
      metadataBytes: leaf('metadata', 68, 'B'),
      embeddingBytes: leaf('embedding', 1536, 'B'),
    }),
  };
  return [
    ...explain(sqliteTable.size(parameters).disk),
    '',
    ...sqliteTable
      .cliffs(parameters)
      .map((c) => `records from ${c.at} B on: ${formatBytes(c.before)} per row become ${formatBytes(c.after)}`),
  ];
}
