import { sqliteFts5 } from '../../src/layouts/sqlite-fts5.ts';
import { explain, formatBytes, formatInterval, leaf } from '../../src/quantity/index.ts';

/** An FTS5 index with external content over 100,000 texts of 200 bytes. */
export default function example(): string[] {
  const parameters = { rows: leaf('rows', 100_000, 'count'), textBytes: leaf('text', 200, 'B') };
  const sized = sqliteFts5.size(parameters);
  return [
    ...explain(sized.disk),
    '',
    `interval: ${formatInterval(sized.disk)}`,
    `after 'optimize': ${formatBytes(sqliteFts5.size({ ...parameters, state: 'merged' }).disk.value)}`,
    `with a copy of the text (the default of FTS5): ${formatBytes(sqliteFts5.size({ ...parameters, content: 'own' }).disk.value)}`,
  ];
}
