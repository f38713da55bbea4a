/**
 * neural-memory: neurons, synapses and fibers of one brain in SQLite. Its 46 tables are planned by what they were measured to
 * take a neuron, not column by column. nhadaututtheky/neural-memory 4.62.0, storage/sqlite_schema.py, schema 42.
 */
import type { Component, EnginePlan } from '../engines/engine.ts';
import { hnswlib } from '../layouts/hnswlib.ts';
import { derive, formatShortCount, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { plannedStore } from './planned-store.ts';
import type { SystemPreset } from './preset.ts';
import { systemEngine } from './system-engine.ts';

const SOURCE = 'nhadaututtheky/neural-memory 4.62.0';

/** 9.0 KB a memory against 3,745 B a neuron. */
const NEURONS: Quantity<'ratio'> = leaf('neurons per memory', 2.4, 'ratio', {
  basis: 'measured',
  low: 1.5,
  high: 4,
  source: `${SOURCE}: 9.0 KB a memory at 3,745 B a neuron`,
});
/** All tables and indexes of the file; a neuron is 3,745 B at 2,414 of them and 4,089 B at 576; its authors say 5 KB. */
const FILE_BYTES: Quantity<'B'> = leaf('file bytes per neuron', 3745, 'B', {
  basis: 'measured',
  low: 3700,
  high: 5000,
  source: `${SOURCE}, schema 42, without change_log`,
});
const INDEX_SHARE: Quantity<'ratio'> = leaf('share of indexes in the file', 0.435, 'ratio', {
  basis: 'measured',
  low: 0.43,
  high: 0.44,
  source: SOURCE,
});
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

function plan(w: Workload): EnginePlan {
  const neurons = derive('neurons', 'rows', 'ceil(N * each)', { N: w.memories, each: NEURONS });
  const file = derive('file', 'B', 'neurons * each', { neurons, each: FILE_BYTES });
  const indexes = derive('indexes', 'B', 'file * share', { file, share: INDEX_SHARE });
  const tables = derive('tables', 'B', 'neurons * each * (1 - share)', {
    neurons,
    each: FILE_BYTES,
    share: INDEX_SHARE,
  });
  const capacity = derive('slots', 'count', 'max(1024, 2 ^ ceil(log2(neurons)))', { neurons });
  const sidecar = hnswlib.size({ rows: neurons, dims: w.dimensions, m: LINKS, capacity });
  const ram = derive('RAM of the process', 'B', 'base + neurons * each', { base: RAM_BASE, neurons, each: RAM_BYTES });
  const none = leaf('resident', 0, 'B', { source: "counted in the process's RAM" });
  const components: Component[] = [
    { id: 'table', title: 'tables of the brain', disk: tables, resident: ram, docs: 'presets' },
    { id: 'indexes', title: 'their indexes', disk: indexes, resident: none, docs: 'presets' },
    {
      id: 'vector-index',
      title: 'hnswlib sidecar (.hnsw)',
      disk: sidecar.disk,
      resident: sidecar.resident,
      docs: 'layouts/hnswlib',
    },
  ];
  const count = neurons.value;
  return plannedStore(
    {
      index: 'hnsw',
      components,
      rebuildPeak: file,
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
        'planned by the measured size of a neuron, not column by column; change_log is never pruned and adds 12 % of the file after 120 memories',
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
  inputs: { dims: { value: 384 } },
  engine: systemEngine({
    id: 'sqlite',
    system: 'neural-memory-sqlite',
    title: 'neural-memory (SQLite)',
    level: undefined,
    layouts: ['hnswlib'],
    scalars: ['float32'],
    indexes: ['hnsw'],
    plan,
    leaveWhen: ['the brain passes 100,000 neurons, about 42,000 memories'],
    failureModes: [
      'exports and versions stop at 50,000 neurons and 100,000 synapses without saying so',
      'PRUNE deletes neurons that were never recalled for 14 days, and fibers keep pointing at them',
    ],
  }),
};
