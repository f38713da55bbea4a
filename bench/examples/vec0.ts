import { shadowTables, vec0 } from '../../src/layouts/vec0.ts';
import { explain, formatBytes, formatPercent, leaf } from '../../src/quantity/index.ts';

/** 10,000 memories of 384 floats, alone and partitioned over 200 users. */
export default function example(): string[] {
  const parameters = {
    rows: leaf('rows', 10_000, 'count'),
    dims: leaf('dims', 384, 'dimensions'),
    type: 'float' as const,
  };
  const sized = vec0.size(parameters);
  const partitioned = vec0.size({
    ...parameters,
    partitions: { values: leaf('users', 200, 'count'), valueBytes: leaf('user id', 8, 'B') },
  });
  return [
    ...explain(sized.disk, { depth: 2 }),
    '',
    'shadow tables, as dbstat lists them:',
    ...Object.entries(shadowTables('memories', sized)).map(([name, q]) => `  ${name}: ${formatBytes(q.value)}`),
    '',
    ...vec0
      .cliffs(parameters)
      .map((c) => `from row ${c.at}: chunks of ${formatBytes(c.before)} become ${formatBytes(c.after)}`),
    '',
    `the same rows with user as partition key, 200 values: ${formatBytes(partitioned.disk.value)}, chunks ${formatPercent(partitioned.parts['utilisation']?.value as number)} full`,
  ];
}
