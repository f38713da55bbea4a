import { redisVectorSet, type VectorSetType } from '../../src/layouts/redis-vector-set.ts';
import { explain, formatBytes, leaf } from '../../src/quantity/index.ts';

/** A million elements of 1,536 dimensions under UUID names. */
export default function example(): string[] {
  const shape = {
    elements: leaf('elements', 1_000_000, 'count'),
    dims: leaf('dims', 1536, 'dimensions'),
    elementBytes: leaf('element name', 36, 'B'),
  };
  const types: readonly VectorSetType[] = ['fp32', 'q8', 'bin'];
  return [
    ...explain(redisVectorSet.size({ ...shape, type: 'q8' }).resident),
    '',
    ...types.map((type) => `${type}: ${formatBytes(redisVectorSet.size({ ...shape, type }).resident.value)}`),
    '',
    ...redisVectorSet
      .cliffs({ ...shape, type: 'fp32' })
      .map(
        (c) => `fp32 from ${c.at} dimensions on: ${formatBytes(c.before)} per vector become ${formatBytes(c.after)}`,
      ),
  ];
}
