/** What one mneme entry holds, whichever store keeps it. mneme 1.0.0, src/mneme/_migrations.py. */
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { SystemInput } from './preset.ts';

export const MNEME_SOURCE = 'AnthonyNystrom/mneme 1.0.0';

/** Of query and response together, the query: a question of a line. */
const QUERY: Quantity<'B'> = leaf('query', 40, 'B', {
  basis: 'assumed',
  low: 20,
  high: 80,
  source: 'default: a question of 40 B; --text-bytes is query and response together',
});

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
  const query = derive('query', 'B', 'min(text, query)', { text: w.textBytes, query: QUERY });
  // Their sum is the text, whichever share the query has.
  const response = derive('response', 'B', 'max(0, text - query)', {
    text: w.textBytes,
    query: { ...QUERY, low: QUERY.value, high: QUERY.value },
  });
  return {
    query: { ...query, low: query.value, high: query.value },
    response,
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
