/** An index in somebody's process: the vectors' memory, the file it is saved to, and a plain table of texts beside it. */
import { derive, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { IndexKind, Workload } from '../workload/index.ts';
import { type EnginePlan, type Growth, linearGrowth, type QueryPlan } from './engine.ts';
import {
  BUILD_TUPLE_SECONDS,
  P99_FACTOR,
  parallelSpeedup,
  relativeTupleCost,
  searchTupleTime,
  visitedCount,
  visitedTuples,
} from './hnsw-work.ts';
import { onlyInRam } from './in-ram.ts';

export interface InProcess {
  readonly index: IndexKind;
  readonly title: string;
  readonly docs: string;
  readonly memory: Quantity<'B'>;
  /** The saved index. */
  readonly file: Quantity<'B'>;
  readonly notes?: readonly string[];
}

/** Text and metadata as plain bytes: where they are kept is the program's own business. */
function texts(w: Workload): Quantity<'B'> {
  return derive('text and metadata', 'B', 'N * (text + metadata + namespace)', {
    N: w.memories,
    text: w.textBytes,
    metadata: w.metadataBytes,
    namespace: w.namespaceBytes,
  });
}

export function planInProcess(p: InProcess, w: Workload): EnginePlan {
  const text = texts(w);
  const resident = sum('resident bytes', p.memory, leaf('texts are read from disk', 0, 'B'));
  const graph = p.index === 'hnsw';
  return {
    index: p.index,
    components: [
      { id: 'vector-index', title: p.title, disk: p.file, resident: p.memory, docs: p.docs },
      {
        id: 'table',
        title: 'texts and metadata',
        disk: text,
        resident: leaf('texts are read from disk', 0, 'B'),
        docs: p.docs,
      },
    ],
    machines: leaf('machines', 1, 'count'),
    residentPerMachine: resident,
    rebuildPeak: derive('index file written beside the old one', 'B', 'file', { file: p.file }),
    build: graph
      ? {
          spills: false,
          memory: p.memory,
          workers: w.cores,
          seconds: derive('HNSW build', 's', 'N * visited * tuple / 1e6 * relative / speedup', {
            N: w.memories,
            visited: visitedTuples(w.memories, w.m, w.efConstruction),
            tuple: BUILD_TUPLE_SECONDS,
            relative: relativeTupleCost({
              dimensions: w.dimensions,
              scalar: w.scalar,
              nonzeros: w.nonzeros,
              m: w.m,
            }),
            speedup: parallelSpeedup(w.cores),
          }),
          settings: [],
          note: 'built again at every start unless the program saves it',
        }
      : {
          spills: false,
          settings: [],
          note:
            p.index === 'flat'
              ? 'an exact scan builds nothing'
              : 'no time model for training and encoding: measure it on a sample of your data',
        },
    ...onlyInRam(query(p, w), p.memory, w),
    cliffs: () => [],
    growth: graph ? graphGrowth(w) : linearGrowth(w),
    notes: [
      'only vectors and index are planned; where text, edges and ledger live is up to the program',
      ...(p.notes ?? []),
    ],
  };
}

function query(p: InProcess, w: Workload): QueryPlan {
  if (p.index !== 'hnsw') return { refused: 'no latency model for this index: measure it on your data' };
  const work = visitedTuples(w.memories, w.m, w.efSearch);
  const p50 = derive('HNSW search, p50', 's', 'visited * tuple / 1e6', {
    visited: work,
    tuple: searchTupleTime(w.scalar, w.dimensions, w.nonzeros),
  });
  return {
    p50,
    p99: derive('HNSW search, p99', 's', 'p50 * factor', { p50, factor: P99_FACTOR }),
    work,
    efSearch: w.efSearch,
  };
}

function graphGrowth(w: Workload): Growth {
  const n = w.memories.value;
  const visited = (rows: number, ef: number): number => visitedCount(rows, w.m.value, ef);
  const ef = w.efConstruction.value;
  return {
    resident: (rows) => rows / n,
    build: (rows) => (rows * visited(rows, ef)) / (n * visited(n, ef)),
    p99: (rows) => visited(rows, w.efSearch.value) / visited(n, w.efSearch.value),
    demand: (rows) => rows / n,
    exact: ['build-window', 'p99'],
  };
}
