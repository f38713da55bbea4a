/** Tier 4: Qdrant, by the component formula of its sizing guide (documented/qdrant.ts). */
import { leaf } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { qdrantComponents } from './documented/index.ts';
import { defineEngine, type Engine, type EnginePlan } from './engine.ts';
import { chooseIndex, requireFit } from './fit.ts';
import { elementBytes, planVectorDatabase } from './vector-database.ts';

/** Qdrant's limit of a dense vector. */
const MAX_DIMENSIONS = 65_536;

function plan(w: Workload): EnginePlan {
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  const load = { vectors: w.memories, dimensions: w.dimensions, m: w.m };
  const size =
    w.scalar === 'bit'
      ? qdrantComponents(
          load,
          leaf('bytes of a dimension', 4, 'B'),
          leaf('bytes of a binary-quantised dimension', 1 / 8, 'B'),
        )
      : qdrantComponents(load, elementBytes(w));
  return planVectorDatabase(
    {
      title: 'vectors (Qdrant)',
      docs: 'engines/qdrant',
      index,
      size,
      note: "Qdrant's own rule of thumb (× 1.5) asks for more: it leaves room for segments that are being optimised",
    },
    w,
  );
}

const engine: Engine = defineEngine({
  id: 'qdrant',
  title: 'Qdrant beside PostgreSQL',
  level: 4,
  layouts: [],
  scalars: ['float32', 'halfvec', 'int8', 'bit'],
  indexes: ['hnsw'],
  maxDimensions: () => MAX_DIMENSIONS,
  plan,
  useWhen: [
    'the shards that PostgreSQL would need are more than the team can operate',
    'recall against cost is a daily decision',
  ],
  leaveWhen: ['you start to ask whether a billion memories are needed: consolidation is cheaper than another cluster'],
  failureModes: [
    'two systems: a write that reached one and not the other; the outbox backlog when the vector side is slow',
    'memory and disk are not given back after deletes until segments are optimised',
    'operations, backup and upgrades of a second database',
  ],
  docs: 'engines/qdrant',
});

export default engine;
