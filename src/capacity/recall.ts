/** What can be said about recall without the data, and what cannot. */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import { formatCount } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

/**
 * Recall is not predicted: the same N, m and ef_search gave recall@10 of 0.96 on clustered embeddings and 0.07 on uniform
 * noise (pgvector 0.8.6, 384 dimensions). Says how to measure it instead.
 */
export function recallNote(engine: Engine, plan: EnginePlan, w: Workload): string {
  if (plan.index === 'flat') return 'recall is 1: an exact scan misses nothing';
  const postgres = engine.level === 2 || engine.level === 3;
  const scan = postgres ? 'an exact scan (SET enable_indexscan = off)' : 'an exact search over the same vectors';
  return (
    `recall is not predicted: N, m and ef do not determine it, the data does. Measure it: take 200 stored vectors, compare the ` +
    `index's top 10 with ${scan}, and raise ${knob(engine, plan, w)} until recall@10 is what you need`
  );
}

function knob(engine: Engine, plan: EnginePlan, w: Workload): string {
  const ef = ` (now ${formatCount(w.efSearch.value)})`;
  const postgres = engine.level === 2 || engine.level === 3;
  switch (plan.index) {
    case 'hnsw':
      return `${postgres ? 'hnsw.ef_search' : 'ef'}${ef}`;
    case 'vector-set':
      return `EF of VSIM${ef}`;
    case 'diskann':
      return 'search_list';
    default: {
      const probes = plan.probes === undefined ? '' : ` (now ${formatCount(plan.probes.value)})`;
      return `${postgres ? 'ivfflat.probes' : 'nprobe'}${probes}`;
    }
  }
}
