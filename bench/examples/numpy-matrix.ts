import { numpyMatrix } from '../../src/layouts/numpy-matrix.ts';
import { explain, formatBytes, formatCount, leaf } from '../../src/quantity/index.ts';

/** A million vectors of 768 floats through the three states of the matrix. */
export default function example(): string[] {
  const parameters = {
    rows: leaf('rows', 1_000_000, 'count'),
    dims: leaf('dims', 768, 'dimensions'),
    type: 'float32' as const,
  };
  return [
    ...explain(numpyMatrix.size(parameters).resident),
    '',
    ...(['grown', 'reopened', 'written'] as const).map((state) => {
      const { resident, building } = numpyMatrix.size({ ...parameters, state });
      return `${state}: ${formatBytes(resident.value)}, ${formatBytes(building?.value as number)} at the peak of a growth`;
    }),
    '',
    ...numpyMatrix
      .cliffs(parameters)
      .map((c) => `from row ${formatCount(c.at)}: ${formatBytes(c.before)} becomes ${formatBytes(c.after)}`),
  ];
}
