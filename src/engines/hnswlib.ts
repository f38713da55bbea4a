/** In process: an hnswlib index (one for each namespace where namespaces are given, as caches build them). */
import { hnswlib as layout } from '../layouts/hnswlib.ts';
import type { Workload } from '../workload/index.ts';
import { defineEngine, type Engine, type EnginePlan } from './engine.ts';
import { chooseIndex, requireFit } from './fit.ts';
import { planInProcess } from './in-process.ts';

function plan(w: Workload): EnginePlan {
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  const size = layout.size({ rows: w.memories, dims: w.dimensions, m: w.m });
  return planInProcess(
    {
      index,
      title: 'index (hnswlib)',
      docs: 'layouts/hnswlib',
      memory: size.resident,
      file: size.disk,
      notes: [
        'one index for all memories; one for each namespace also reserves its own capacity (max_elements)',
        'max_elements is reserved whole: plan the rows you will have, not the rows you have',
      ],
    },
    w,
  );
}

const engine: Engine = defineEngine({
  id: 'hnswlib',
  title: 'hnswlib in process',
  level: undefined,
  layouts: ['hnswlib'],
  scalars: ['float32'],
  indexes: ['hnsw'],
  maxDimensions: () => undefined,
  plan,
  useWhen: ['one process owns the memories and needs sub-millisecond search'],
  leaveWhen: ['a second process needs the index', 'rebuilding it at start takes longer than a restart may'],
  failureModes: [
    'deleted elements are only marked; their slots are not reused unless the program asks for it',
    'adding past max_elements fails until the index is resized, which copies it',
    'the index is lost with the process unless it was saved',
  ],
  docs: 'engines/hnswlib',
});

export default engine;
