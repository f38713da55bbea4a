/**
 * neural-memory: neurons, synapses and fibers of one brain, in SQLite or PostgreSQL. nhadaututtheky/neural-memory 4.62.0.
 */
import type { Component, EnginePlan } from '../engines/engine.ts';
import { hnswlib } from '../layouts/hnswlib.ts';
import { derive, formatShortCount, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { brainOf, NEURAL_SOURCE as SOURCE } from './neural-brain.ts';
import { neuralPostgresTables } from './neural-postgres.ts';
import { neuralSqliteComponents } from './neural-sqlite.ts';
import { pgvectorSystem } from './pgvector-system.ts';
import { plannedStore } from './planned-store.ts';
import type { SystemPreset } from './preset.ts';
import { secondFile } from './sqlite-tables.ts';
import { systemEngine } from './system-engine.ts';

/** max RSS of 59 MB at 2,414 neurons over 45 MB without any. */
const RAM_BYTES: Quantity<'B'> = leaf('RAM per neuron', 5800, 'B', {
  basis: 'measured',
  low: 5000,
  high: 10_000,
  source: `${SOURCE}: 59 MB at 2,414 neurons, 45 MB at none; its authors say 100 MB at 10,000`,
});
const RAM_BASE: Quantity<'B'> = leaf('RAM of the process', 45_000_000, 'B', { basis: 'measured', source: SOURCE });

/** Where exports and versions stop copying, and where its authors stop calling a brain comfortable. */
const COPIED = 50_000;
const COMFORTABLE = 100_000;
const LINKS: Quantity<'count'> = leaf('M', 16, 'count', { source: `${SOURCE}, hnswlib sidecar` });

const INPUTS: SystemPreset['inputs'] = {
  dims: { value: 384 },
  'text-bytes': { value: 62, low: 30, high: 200 },
  'namespace-bytes': { value: 7, low: 4, high: 36 },
};

function plan(w: Workload): EnginePlan {
  const { neurons } = brainOf(w);
  const tables = neuralSqliteComponents(w);
  const capacity = derive('slots', 'count', 'max(1024, 2 ^ ceil(log2(neurons)))', { neurons });
  const sidecar = hnswlib.size({ rows: neurons, dims: w.dimensions, m: LINKS, capacity });
  const ram = derive('RAM of the process', 'B', 'base + neurons * each', { base: RAM_BASE, neurons, each: RAM_BYTES });
  const nothing = leaf('on disk', 0, 'B');
  const components: Component[] = [
    ...tables,
    {
      id: 'vector-index',
      title: 'hnswlib sidecar (.hnsw)',
      disk: sidecar.disk,
      resident: sidecar.resident,
      docs: 'layouts/hnswlib',
    },
    { id: 'process', title: 'the process', disk: nothing, resident: ram, docs: 'presets' },
  ];
  const count = neurons.value;
  return plannedStore(
    {
      index: 'hnsw',
      components,
      rebuildPeak: secondFile(tables),
      refused: 'recall spreads over synapses: no latency model; its authors measured 44 ms p50 at 776 neurons',
      notes: [
        ...(count > COPIED
          ? [
              `≈ ${formatShortCount(count)} neurons: exports and brain versions silently stop at 50,000 neurons, so they are no backup`,
            ]
          : []),
        ...(count > COMFORTABLE
          ? [
              'above 100,000 neurons its authors no longer recommend SQLite: in memory → SQLite → shared server → graph database are its tiers, and no graph database is in this release',
            ]
          : [
              'its tiers are: in memory, SQLite up to 100,000 neurons, a shared server, a graph database (none is in this release)',
            ]),
        'change_log and tool_events are not counted: nothing prunes them, and change_log is 12 % of the file after 120 memories',
        'decay and prune by weight delete no row, and the file never shrinks: no VACUUM is ever run',
      ],
    },
    w,
  );
}

export const neuralMemory: SystemPreset = {
  id: 'neural-memory-sqlite',
  family: 'neural-memory',
  store: 'sqlite',
  title: 'neural-memory (SQLite)',
  source: `${SOURCE}, storage/sqlite_schema.py`,
  inputs: INPUTS,
  engine: systemEngine({
    id: 'sqlite',
    system: 'neural-memory-sqlite',
    title: 'neural-memory (SQLite)',
    level: undefined,
    layouts: ['hnswlib', 'sqlite-table', 'sqlite-index', 'sqlite-fts5'],
    scalars: ['float32'],
    indexes: ['hnsw'],
    plan,
    leaveWhen: ['the brain passes 100,000 neurons, about 36,000 memories'],
    failureModes: [
      'exports and versions stop at 50,000 neurons and 100,000 synapses without saying so',
      'PRUNE deletes neurons that were never recalled for 14 days, and fibers keep pointing at them',
    ],
  }),
};

export const neuralMemoryPostgres: SystemPreset = {
  id: 'neural-memory-postgres',
  family: 'neural-memory',
  store: 'postgres',
  title: 'neural-memory (PostgreSQL)',
  source: `${SOURCE}, storage/postgres/postgres_schema.py`,
  inputs: INPUTS,
  engine: pgvectorSystem({
    system: 'neural-memory-postgres',
    title: 'neural-memory (pgvector)',
    indexes: ['flat'],
    notes: [
      'the vectors are those of the neurons, 2.77 a memory; neural-memory creates no index over them, and a search reads them all',
      'recall spreads over synapses: the searches of vectors are only a part of it',
    ],
    leaveWhen: ['a scan of every neuron of a brain no longer keeps the p99'],
    failureModes: [
      'search time grows with every neuron, until an index is made by hand',
      'exports and versions stop at 50,000 neurons and 100,000 synapses without saying so',
    ],
    scanned: (w) => brainOf(w).neurons,
    tables: neuralPostgresTables,
  }),
};
