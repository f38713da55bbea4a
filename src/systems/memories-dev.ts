/**
 * memories-dev: red hot (FAISS in RAM), hot and warm (DuckDB), cold (DuckDB and files). The warm tier makes a table for every
 * item, and a table takes two blocks of DuckDB. Vortx-AI/memories-dev 2.0.9, memories/core/.
 */
import type { Component, EnginePlan } from '../engines/engine.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { plannedStore } from './planned-store.ts';
import type { SystemPreset } from './preset.ts';
import { systemEngine } from './system-engine.ts';

const SOURCE = 'Vortx-AI/memories-dev 2.0.9';

/** A table of one row and its primary key; a file of 0, 1, 10, 40, 200 and 1,000 items is 1, 5, 23, 85, 416 and 2,069 blocks. */
const BLOCKS: Quantity<'ratio'> = leaf('DuckDB blocks a table', 2.067, 'ratio', {
  basis: 'measured',
  low: 2,
  high: 2.1,
  source: 'DuckDB 1.5, the tables of the warm tier: fixtures/measurements/systems.csv',
});
/** The tables that every item is stored in as well. */
const OWN_BLOCKS: Quantity<'ratio'> = leaf('DuckDB blocks of the common tables', 2, 'ratio', {
  basis: 'measured',
  low: 1,
  high: 3,
  source: 'DuckDB 1.5, the tables of the warm tier: fixtures/measurements/systems.csv',
});
const BLOCK: Quantity<'B'> = leaf('DuckDB block', 256 * 1024, 'B', { source: 'DuckDB default block size' });
/** Id, times, tags and quotes of one entry of metadata.json and of one row of the catalogue. */
const RECORD: Quantity<'B'> = leaf('id, times and tags', 160, 'B', {
  basis: 'assumed',
  low: 100,
  high: 300,
  source: 'default: UUID, two ISO times, a few tags',
});
/** red_hot max_size; nothing enforces it. */
const RED_HOT_MOST: Quantity<'rows'> = leaf('vectors of the red hot tier', 1_000_000, 'rows', {
  source: `${SOURCE}, config`,
});

function plan(w: Workload): EnginePlan {
  const nothing = leaf('none', 0, 'B');
  const text = derive('data, metadata and record', 'B', 'text + metadata + record', {
    text: w.textBytes,
    metadata: w.metadataBytes,
    record: RECORD,
  });
  const vectors = derive('FAISS IndexFlatL2', 'B', 'min(N, most) * 4 * d', {
    N: w.memories,
    most: RED_HOT_MOST,
    d: w.dimensions,
  });
  const sidecar = derive('metadata.json', 'B', 'min(N, most) * (metadata + record)', {
    N: w.memories,
    most: RED_HOT_MOST,
    metadata: w.metadataBytes,
    record: RECORD,
  });
  const warm = derive('warm tier', 'B', 'ceil(own + N * blocks) * block + N * text', {
    N: w.memories,
    own: OWN_BLOCKS,
    blocks: BLOCKS,
    block: BLOCK,
    text,
  });
  const hot = derive('hot tier in use', 'B', 'N * hot * text', { N: w.memories, hot: w.hotShare, text });
  const cold = derive('cold tier', 'B', 'N * text', { N: w.memories, text });
  const catalogue = derive('catalogue', 'B', 'N * record', { N: w.memories, record: RECORD });
  const at = (id: string, title: string, disk: Quantity<'B'>, resident: Quantity<'B'>): Component => ({
    id,
    title,
    disk,
    resident,
    docs: 'presets',
  });
  return plannedStore(
    {
      index: 'flat',
      components: [
        at('vector-index', 'red hot: FAISS, flat', nothing, vectors),
        at('red-hot-metadata', 'red hot: metadata.json', sidecar, nothing),
        at('hot', 'hot: DuckDB in memory', nothing, hot),
        at('table', 'warm: DuckDB, a table an item', warm, nothing),
        at('cold', 'cold: DuckDB and files', cold, nothing),
        at('catalogue', 'catalogue', catalogue, nothing),
      ],
      refused: 'no latency model for the four tiers: measure it on your data',
      notes: [
        'every item is planned in the warm and the cold tier: ≈ 542 KB of the warm file for each item, whatever its size',
        'the vectors are in RAM only and are lost at a restart; nothing enforces the sizes in the configuration',
        'items are promoted and never demoted or evicted',
      ],
    },
    w,
  );
}

export const memoriesDev: SystemPreset = {
  id: 'memories-dev',
  family: 'memories-dev',
  store: 'duckdb',
  title: 'memories-dev (four tiers)',
  source: `${SOURCE}, memories/core/`,
  inputs: { dims: { value: 384 } },
  engine: systemEngine({
    id: 'duckdb',
    system: 'memories-dev',
    title: 'memories-dev (DuckDB)',
    level: undefined,
    layouts: [],
    scalars: ['float32'],
    indexes: ['flat'],
    plan,
    leaveWhen: ['the warm file, half a megabyte an item, outgrows the disk'],
    failureModes: ['a restart loses the vectors and the hot tier', 'one process at a time can open a DuckDB file'],
  }),
};
