import { memoryFields, redisHash } from '../../src/layouts/redis-hash.ts';
import { explain, formatBytes, leaf } from '../../src/quantity/index.ts';

/** 100,000 memories as hashes: vector of 1,536 floats, namespace, content, metadata, created_at. */
export default function example(): string[] {
  const parameters = {
    keys: leaf('keys', 100_000, 'count'),
    keyBytes: leaf('key name', 12, 'B'),
    fields: memoryFields({
      vectorBytes: leaf('vector', 6144, 'B'),
      namespaceBytes: leaf('namespace', 10, 'B'),
      textBytes: leaf('content', 200, 'B'),
      metadataBytes: leaf('metadata', 68, 'B'),
    }),
  };
  return [
    ...explain(redisHash.size(parameters).resident),
    '',
    ...(['redis-7', 'redis-8', 'valkey-8'] as const).map(
      (server) => `${server}: ${formatBytes(redisHash.size({ ...parameters, server }).resident.value)}`,
    ),
  ];
}
