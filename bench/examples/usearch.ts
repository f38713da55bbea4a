import { type UsearchType, usearch } from '../../src/layouts/usearch.ts';
import { explain, formatBytes, formatInterval, leaf } from '../../src/quantity/index.ts';

/** 100,000 x 768 in every scalar type. */
export default function example(): string[] {
  const shape = { rows: leaf('rows', 100_000, 'count'), dims: leaf('dims', 768, 'dimensions') };
  const types: readonly UsearchType[] = ['f32', 'f16', 'i8', 'b1'];
  return [
    ...explain(usearch.size({ ...shape, type: 'f32' }).disk),
    '',
    ...types.map((type) => {
      const sized = usearch.size({ ...shape, type });
      return `${type}: file ${formatBytes(sized.disk.value)}, RAM ${formatInterval(sized.resident)}`;
    }),
  ];
}
