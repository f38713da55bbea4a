/** mneme without a store: entries as Python objects in the process; mneme 1.0.0, src/mneme/_store_memory.py. */
import type { EnginePlan } from '../engines/engine.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { MNEME_NOTES, MNEME_REFUSED, mnemeGrowth, mnemeIndex, mnemeIndexComponent } from './mneme-memory.ts';
import { HASH_BYTES, MNEME_INPUTS, MNEME_LEAVE, MNEME_SOURCE, mnemeEntry } from './mneme-rows.ts';
import { plannedStore } from './planned-store.ts';
import type { SystemPreset } from './preset.ts';
import { systemEngine } from './system-engine.ts';

/**
 * What the Python objects of an entry take beside the bytes in them (CPython, 64 bit): headers of strings and bytes, the integers, the
 * slots of the entry, its metadata dict, its key in the dict by hash, and both dicts, which double. At most: a time of its own after a
 * hit, and a namespace that is no constant.
 */
const OBJECTS: Quantity<'B'> = leaf('Python objects of an entry, beside their bytes', 655, 'B', {
  basis: 'measured',
  low: 620,
  high: 760,
  source: 'CPython 3.11, 1,000 to 50,000 entries of these fields: fixtures/measurements/systems.csv',
});

function plan(w: Workload): EnginePlan {
  const index = mnemeIndex(w);
  const e = mnemeEntry(w);
  const entries = derive(
    'entries as Python objects',
    'B',
    'N * (hash + query + response + embedding + metadata + objects)',
    {
      N: w.memories,
      hash: leaf('query_hash', HASH_BYTES, 'B'),
      query: e.query,
      response: e.response,
      embedding: e.embedding,
      metadata: w.metadataBytes,
      objects: OBJECTS,
    },
  );
  const disk = leaf('on disk', 0, 'B', { source: 'lost with the process' });
  const components = [
    mnemeIndexComponent(index, w),
    { id: 'table', title: 'entries (Python objects)', disk, resident: entries, docs: 'presets' },
  ];
  return plannedStore(
    {
      index,
      components,
      refused: MNEME_REFUSED,
      rebuildPeak: disk,
      growth: mnemeGrowth(w, components),
      notes: MNEME_NOTES,
    },
    w,
  );
}

export const mnemeMemory: SystemPreset = {
  id: 'mneme-memory',
  family: 'mneme',
  store: 'memory',
  title: 'mneme semantic cache (in memory)',
  source: `${MNEME_SOURCE}, src/mneme/_store_memory.py`,
  inputs: MNEME_INPUTS,
  engine: systemEngine({
    id: 'process',
    system: 'mneme-memory',
    title: 'mneme (in memory)',
    level: undefined,
    layouts: ['numpy-matrix', 'hnswlib'],
    scalars: ['float32', 'halfvec', 'int8'],
    indexes: ['flat', 'hnsw'],
    plan,
    leaveWhen: MNEME_LEAVE,
    failureModes: ['a restart loses every entry'],
  }),
};
