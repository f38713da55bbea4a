/** Tier 4: Milvus, by the formulas of its sizing tool (documented/milvus.ts), DiskANN and IVF-PQ included. */
import { InputError } from '../quantity/index.ts';
import type { IndexKind, Workload } from '../workload/index.ts';
import { type MilvusIndex, milvus } from './documented/index.ts';
import { defineEngine, type Engine, type EnginePlan } from './engine.ts';
import { chooseIndex, requireFit } from './fit.ts';
import { planVectorDatabase } from './vector-database.ts';

const NAMES: Readonly<Partial<Record<IndexKind, MilvusIndex>>> = {
  hnsw: 'HNSW',
  ivfflat: 'IVF_FLAT',
  'ivf-sq8': 'IVF_SQ8',
  'ivf-pq': 'IVF_PQ',
  diskann: 'DISKANN',
  flat: 'FLAT',
};

/** Milvus: dimensions of a dense float vector. */
const MAX_DIMENSIONS = 32_768;

function plan(w: Workload): EnginePlan {
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  const name = NAMES[index];
  if (name === undefined) throw new InputError('index-unsupported', `--index ${index}: Milvus has no such index`);
  const size = milvus({ vectors: w.memories, dimensions: w.dimensions, m: w.m }, name, { lists: w.lists });
  const exact =
    name === 'DISKANN'
      ? 'DiskANN keeps a quarter of the vectors in memory and reads the rest from NVMe'
      : 'the loading factor (two segments, 15 %) is counted in';
  return planVectorDatabase({ title: `Milvus ${name}`, docs: 'engines/milvus', index, size, note: exact }, w);
}

const engine: Engine = defineEngine({
  id: 'milvus',
  title: 'Milvus beside PostgreSQL',
  level: 4,
  layouts: [],
  scalars: ['float32'],
  indexes: ['hnsw', 'ivfflat', 'ivf-sq8', 'ivf-pq', 'diskann', 'flat'],
  maxDimensions: () => MAX_DIMENSIONS,
  plan,
  useWhen: ['a billion vectors, where product quantisation or DiskANN decides the cost of memory'],
  leaveWhen: ['you start to ask whether a billion memories are needed: consolidation is cheaper than another cluster'],
  failureModes: [
    'object store, log broker and coordinators to run besides the query nodes',
    'deleted entities stay until compaction and the retention window have passed',
    'IVF-PQ loses recall that re-ranking with the full vectors has to win back',
  ],
  docs: 'engines/milvus',
});

export default engine;
