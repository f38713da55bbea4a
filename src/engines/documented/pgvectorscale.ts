/**
 * pgvectorscale StreamingDiskANN with SBQ. Node of the index as timescale/pgvectorscale lays it out: 50 neighbours of
 * 8 bytes, the SBQ code in 64-bit words, an 8-byte heap pointer and the archive's own headers. No published size was
 * found to hold it against, so the interval is wide.
 */
import { derive, leaf } from '../../quantity/index.ts';
import { type DocumentedRule, type DocumentedSize, ERROR, type VectorLoad } from './rule.ts';

const SOURCE = 'timescale/pgvectorscale, README defaults and SBQ node';

/** Below this many dimensions SBQ keeps two bits a dimension, from here on one. */
const TWO_BIT_DIMENSIONS = 900;

/** Index bytes; searched well only while they are in memory, so memory is the same. */
export function pgvectorscale(load: VectorLoad): DocumentedSize {
  const inputs = {
    N: load.vectors,
    d: load.dimensions,
    bits: derive(
      'bits a dimension',
      'count',
      'sbqBits(d)',
      { d: load.dimensions },
      {
        source: SOURCE,
        using: { sbqBits: (d) => (d < TWO_BIT_DIMENSIONS ? 2 : 1) },
      },
    ),
    neighbours: leaf('num_neighbors', 50, 'count', { basis: 'documented', source: SOURCE }),
    headers: leaf('archive headers of a node', 28, 'B', {
      low: 24,
      high: 32,
      basis: 'assumed',
      source: 'not verified',
    }),
  };
  const text = 'N * (neighbours * 8 + ceil(d * bits / 64) * 8 + 8 + headers)';
  const options = { basis: 'documented', source: SOURCE, error: ERROR.thumb } as const;
  return {
    memory: derive('pgvectorscale index in memory', 'B', text, inputs, options),
    disk: derive('pgvectorscale index', 'B', text, inputs, options),
  };
}

export const PGVECTORSCALE_RULES: readonly DocumentedRule[] = [
  { id: 'pgvectorscale', title: 'pgvectorscale StreamingDiskANN, SBQ', source: SOURCE, size: pgvectorscale },
];
