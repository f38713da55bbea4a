/**
 * What a brain of neural-memory holds for each memory, whichever store keeps it: neurons, synapses, fibers and how long their
 * JSON is. Counted in a store that neural-memory 4.62.0 wrote itself: 426 memories in three brains, 1,178 neurons.
 */
import { type Basis, derive, leaf, type Quantity, type Unit } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

export const NEURAL_SOURCE = 'nhadaututtheky/neural-memory 4.62.0';

const counted = <U extends Unit>(name: string, value: number, unit: U, low: number, high: number): Quantity<U> =>
  leaf(name, value, unit, {
    basis: 'measured' as Basis,
    low,
    high,
    source: `${NEURAL_SOURCE}: counted in a store of 426 memories`,
  });

/** A memory has a neuron of its own, one for its time, and some for the names in it that are new. */
const NEURONS: Quantity<'ratio'> = counted('neurons per memory', 2.77, 'ratio', 2, 4);
const SYNAPSES: Quantity<'ratio'> = counted('synapses per memory', 3.96, 'ratio', 3, 10);
/** One for the memory, some that consolidation makes. */
const FIBERS: Quantity<'ratio'> = counted('fibers per memory', 1.46, 'ratio', 1, 2);
const MEMBERS: Quantity<'ratio'> = counted('neurons per fiber', 3.05, 'ratio', 2, 6);
const FIBER_SYNAPSES: Quantity<'ratio'> = counted('synapses per fiber', 2.1, 'ratio', 1, 5);
const TAG_PAIRS: Quantity<'ratio'> = counted('new pairs of tags per memory', 6.3, 'ratio', 1, 15);
/** "2026-11-20 10:21" and a name or two beside the memory's own text. */
const OTHER_CONTENT: Quantity<'B'> = counted('content of the other neurons of a memory', 38, 'B', 25, 80);
/** The rest have NULL. */
const SUMMARISED: Quantity<'ratio'> = counted('fibers with a summary', 0.32, 'ratio', 0, 1);

/** Bytes of JSON text. */
export const JSON_BYTES: Readonly<
  Record<
    | 'neuronMetadata'
    | 'synapseMetadata'
    | 'pathway'
    | 'tags'
    | 'autoTags'
    | 'agentTags'
    | 'fiberMetadata'
    | 'provenance',
    Quantity<'B'>
  >
> = {
  neuronMetadata: counted('metadata of a neuron (JSON)', 197, 'B', 120, 300),
  synapseMetadata: counted('metadata of a synapse (JSON)', 13.5, 'B', 2, 40),
  pathway: counted('pathway of a fiber (JSON)', 113, 'B', 80, 250),
  tags: counted('tags of a fiber (JSON)', 92, 'B', 20, 150),
  autoTags: counted('auto_tags of a fiber (JSON)', 86, 'B', 20, 150),
  agentTags: counted('agent_tags of a fiber (JSON)', 6, 'B', 2, 40),
  fiberMetadata: counted('metadata of a fiber (JSON)', 343, 'B', 200, 500),
  provenance: counted('provenance of a memory (JSON)', 131, 'B', 120, 160),
};

/** UUIDs as text; each takes four more bytes in a JSON array. */
export const ID_BYTES = 36;
export const ID_IN_ARRAY = 40;
/** 2026-07-23T10:21:06.662489 */
export const ISO_BYTES = 26;

export interface Brain {
  readonly neurons: Quantity<'rows'>;
  readonly synapses: Quantity<'rows'>;
  readonly fibers: Quantity<'rows'>;
  readonly members: Quantity<'rows'>;
  readonly tagPairs: Quantity<'rows'>;
  /** Fibers with a summary, the memory's text again. */
  readonly summaries: Quantity<'rows'>;
  /** Content of a neuron, in the mean. */
  readonly content: Quantity<'B'>;
  /** Summary of a fiber, in the mean over those without. */
  readonly summary: Quantity<'B'>;
  /** JSON text of neuron_ids and synapse_ids. */
  readonly neuronIds: Quantity<'B'>;
  readonly synapseIds: Quantity<'B'>;
  readonly summarised: Quantity<'ratio'>;
  /** Ids in the two arrays. */
  readonly perFiber: { readonly neurons: Quantity<'ratio'>; readonly synapses: Quantity<'ratio'> };
}

export function brainOf(w: Workload): Brain {
  const rows = (name: string, each: Quantity<'ratio'>): Quantity<'rows'> =>
    derive(name, 'rows', 'ceil(N * each)', { N: w.memories, each });
  const fibers = rows('fibers', FIBERS);
  const id = leaf('id in a JSON array', ID_IN_ARRAY, 'B');
  return {
    neurons: rows('neurons', NEURONS),
    synapses: rows('synapses', SYNAPSES),
    fibers,
    members: derive('fiber_neurons', 'rows', 'ceil(fibers * each)', { fibers, each: MEMBERS }),
    tagPairs: rows('pairs of tags', TAG_PAIRS),
    summaries: derive('summaries', 'rows', 'ceil(fibers * share)', { fibers, share: SUMMARISED }),
    content: derive('content of a neuron', 'B', '(text + other) / neurons', {
      text: w.textBytes,
      other: OTHER_CONTENT,
      neurons: NEURONS,
    }),
    summary: derive('summary of a fiber', 'B', 'text * share', { text: w.textBytes, share: SUMMARISED }),
    neuronIds: derive('neuron_ids', 'B', 'each * id', { each: MEMBERS, id }),
    synapseIds: derive('synapse_ids', 'B', 'each * id', { each: FIBER_SYNAPSES, id }),
    summarised: SUMMARISED,
    perFiber: { neurons: MEMBERS, synapses: FIBER_SYNAPSES },
  };
}
