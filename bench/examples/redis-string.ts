import { redisString } from '../../src/layouts/redis-string.ts';
import { explain, formatBytes, formatCount, leaf } from '../../src/quantity/index.ts';

/** A million vectors of 1,536 floats, a string key each. */
export default function example(): string[] {
  const parameters = {
    keys: leaf('keys', 1_000_000, 'count'),
    keyBytes: leaf('key name', 12, 'B'),
    valueBytes: leaf('vector', 6144, 'B'),
  };
  return [
    ...explain(redisString.size(parameters).resident),
    '',
    ...redisString
      .cliffs(parameters)
      .map((c) => `values from ${formatCount(c.at)} B on: ${formatBytes(c.before)} becomes ${formatBytes(c.after)}`),
    '',
    ...(['redis-7', 'redis-8', 'valkey-8'] as const).flatMap((server) =>
      (['system', 'bundled'] as const).map(
        (allocator) =>
          `${server}, ${allocator} jemalloc: ${formatBytes(redisString.size({ ...parameters, server, allocator }).resident.value)}`,
      ),
    ),
  ];
}
