/** What one mneme entry holds, whichever store keeps it. mneme 1.0.0, src/mneme/_migrations.py. */
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { SystemInput } from './preset.ts';

export const MNEME_SOURCE = 'AnthonyNystrom/mneme 1.0.0';

/** A question of a line. */
const QUERY_BYTES = 40;

/** Hexadecimal SHA-256 of the normalised query. */
export const HASH_BYTES = 64;
/** Seconds since 1970 as decimal digits. */
export const EPOCH_DIGITS = 10;

export interface MnemeEntry {
  readonly query: Quantity<'B'>;
  readonly response: Quantity<'B'>;
  /** float32, whatever the type in RAM is. */
  readonly embedding: Quantity<'B'>;
}

export function mnemeEntry(w: Workload): MnemeEntry {
  // Their sum is the text, whichever share of it the query has.
  const query = leaf('query', Math.min(QUERY_BYTES, w.textBytes.low), 'B', {
    basis: 'assumed',
    source: 'default: a question of 40 B; --text-bytes is query and response together',
  });
  return {
    query,
    response: derive('response', 'B', 'text - query', { text: w.textBytes, query }),
    embedding: derive('embedding as float32', 'B', '4 * d', { d: w.dimensions }),
  };
}

/** Query and response of a semantic cache; metadata is `{}` unless the application sets any. */
export const MNEME_INPUTS: Readonly<Record<string, SystemInput>> = {
  'text-bytes': { value: 540, low: 240, high: 4040 },
  'metadata-bytes': { value: 2, low: 2, high: 200 },
  'namespace-bytes': { value: 7, low: 7, high: 36 },
  'ef-construction': { value: 200 },
  'ef-search': { value: 50 },
};

export const MNEME_LEAVE: readonly string[] = [
  'opening the cache, which loads every embedding into the process, takes longer than a restart may',
  'several processes each hold the whole index',
];
