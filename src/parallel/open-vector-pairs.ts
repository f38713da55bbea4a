/** The near-pair search on all cores: what a program opens. */
import { availableParallelism } from 'node:os';
import type { VectorPairs } from '../dedup/vector-pairs.ts';
import { vectorSearch } from '../dedup/vector-search.ts';
import { openCrew } from './crew.ts';

export interface OpenVectorPairsOptions {
  /** Bytes of vectors kept in memory, 200 MB where left out; a store with more is read again for the candidates. */
  readonly budgetBytes?: number;
  /** Of the rotation that sketches rest on: the same seed and rows give the same pairs. */
  readonly seed?: number;
  /** Worker threads; one for each core where left out. 1: this thread. */
  readonly threads?: number;
  /** For measurements: 'exact' compares every pair by its vectors, 'sketch' none. By cost where left out. */
  readonly method?: 'exact' | 'sketch';
}

const BUDGET_BYTES = 200e6;

/** Close it: its workers end then. */
export async function openVectorPairs(options: OpenVectorPairsOptions = {}): Promise<VectorPairs> {
  const crew = await openCrew(options.threads ?? availableParallelism());
  return vectorSearch({
    crew,
    budgetBytes: options.budgetBytes ?? BUDGET_BYTES,
    seed: options.seed ?? 1,
    ...(options.method === undefined ? {} : { method: options.method }),
  });
}
