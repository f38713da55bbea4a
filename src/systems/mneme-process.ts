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
 * Headers of an entry's Python objects (CPython, 64 bit): four str of 49 B, an array of 112 B, a dict of 64 B, four int of 32 B,
 * the entry itself with its slots 120 B, and its places in the dicts by id, by hash and in order of use, about 100 B each.
 */
const OBJECTS: Quantity<'B'> = leaf('headers of the Python objects', 920, 'B', {
  basis: 'assumed',
  low: 600,
  high: 1400,
  source: 'sys.getsizeof of CPython 3.11 and later, added up; not measured on mneme',
});

function plan(w: Workload): EnginePlan {
  const index = mnemeIndex(w);
  const e = mnemeEntry(w);
  const entries = derive(
    'entries as Python objects',
    'B',
    'N * (namespace + hash + query + response + embedding + metadata + objects)',
    {
      N: w.memories,
      namespace: w.namespaceBytes,
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
