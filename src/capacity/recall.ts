/** What can be said about recall without the data, and what cannot. */
import type { EnginePlan } from '../engines/engine.ts';
import { formatCount } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

/**
 * Recall is not predicted: the same N, m and ef_search gave recall@10 of 0.96 on clustered embeddings and 0.07 on uniform
 * noise (pgvector 0.8.6, 384 dimensions). Says how to measure it instead.
 */
export function recallNote(plan: EnginePlan, w: Workload): string {
  if (plan.index === 'flat') return 'recall is 1: an exact scan misses nothing';
  const knob = plan.index === 'hnsw' ? 'hnsw.ef_search' : 'probes';
  const ef = plan.index === 'hnsw' ? ` (now ${formatCount(w.efSearch.value)})` : '';
  return (
    `recall is not predicted: N, m and ef do not determine it, the data does. Measure it: take 200 stored vectors, compare the ` +
    `index's top 10 with an exact scan (SET enable_indexscan = off), and raise ${knob}${ef} until recall@10 is what you need`
  );
}
