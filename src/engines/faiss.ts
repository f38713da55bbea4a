/** In process: a FAISS index beside whatever keeps the text (documented/faiss.ts). */
import { InputError } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { type DocumentedSize, faissFlat, faissHnsw, faissIvfPq } from './documented/index.ts';
import { defineEngine, type Engine, type EnginePlan } from './engine.ts';
import { chooseIndex, requireFit } from './fit.ts';
import { planInProcess } from './in-process.ts';

function sizeOf(index: string, w: Workload): DocumentedSize {
  const load = { vectors: w.memories, dimensions: w.dimensions, m: w.m };
  switch (index) {
    case 'hnsw':
      return faissHnsw(load);
    case 'flat':
      return faissFlat(load);
    case 'ivf-pq':
      return faissIvfPq(load, { lists: w.lists });
    default:
      throw new InputError('index-unsupported', `--index ${index}: FAISS is planned with hnsw, flat or ivf-pq`);
  }
}

function plan(w: Workload): EnginePlan {
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  const size = sizeOf(index, w);
  return planInProcess(
    {
      index,
      title: `index (FAISS ${index})`,
      docs: 'engines/faiss',
      memory: size.memory,
      file: size.memory,
    },
    w,
  );
}

const engine: Engine = defineEngine({
  id: 'faiss',
  title: 'FAISS in process',
  level: undefined,
  layouts: [],
  scalars: ['float32'],
  indexes: ['hnsw', 'flat', 'ivf-pq'],
  maxDimensions: () => undefined,
  plan,
  useWhen: ['one process owns the memories and can rebuild its index at start'],
  leaveWhen: ['a second process needs the index', 'the index must survive a crash without a rebuild'],
  failureModes: [
    'nothing is persisted unless the program writes the index out',
    'an HNSW index cannot delete; removed ids stay in the graph until a rebuild',
    'IVF-PQ loses recall that re-ranking with the full vectors has to win back',
  ],
  docs: 'engines/faiss',
});

export default engine;
