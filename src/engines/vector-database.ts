/**
 * Tier 4: the vectors in a database made for them, everything else in PostgreSQL, an outbox between the two. The vector
 * part follows the vendor's documented formula; the rest is the same layouts as tier 2 without the vector column.
 */
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { IndexKind, Workload } from '../workload/index.ts';
import type { DocumentedSize } from './documented/index.ts';
import type { Component, EnginePlan } from './engine.ts';
import { linearGrowth } from './engine.ts';
import { usableRam } from './machine.ts';
import { pgSideComponents } from './pg-store.ts';

export interface VectorDatabase {
  readonly title: string;
  readonly docs: string;
  readonly index: IndexKind;
  readonly size: DocumentedSize;
  /** Free text about what the formula leaves out. */
  readonly note: string;
}

/** The plan of a store whose vectors live in `db`. */
export function planVectorDatabase(db: VectorDatabase, w: Workload): EnginePlan {
  const disk = db.size.disk ?? db.size.memory;
  const vectors: Component = { id: 'vector-index', title: db.title, disk, resident: db.size.memory, docs: db.docs };
  // Worked out when asked for: machines, and what they hold, follow from the vectors alone.
  let known: readonly Component[] | undefined;
  const machines = derive('machines', 'count', 'max(1, ceil(memory / usable))', {
    memory: db.size.memory,
    usable: usableRam(w),
  });
  return {
    index: db.index,
    get components() {
      known ??= [vectors, ...pgSideComponents({ ...w, components: withOutbox(w) })];
      return known;
    },
    machines,
    demand: db.size.memory.value / usableRam(w).value,
    residentPerMachine: derive('resident a machine', 'B', 'memory / machines', {
      memory: db.size.memory,
      machines: leaf('machines', machines.value, 'count'),
    }),
    rebuildPeak: derive('optimiser copies while segments merge', 'B', 'disk', { disk }, { basis: 'documented' }),
    build: {
      spills: false,
      settings: [],
      note: 'segments are indexed as they fill; there is no separate build to fit into a window',
    },
    query: { refused: 'no latency model: measure it on your data; the vendor publishes benchmarks, not a formula' },
    cliffs: () => [],
    growth: linearGrowth(w),
    notes: [
      db.note,
      'text, lexical index, edges, ledger and metadata stay in PostgreSQL: plan a second system, and an outbox that both agree on',
    ],
  };
}

/** Two systems need the outbox, whether or not it was asked for. */
function withOutbox(w: Workload): Workload['components'] {
  return w.components.includes('outbox') ? w.components : [...w.components, 'outbox'];
}

/** Bytes of a float32, float16, int8 element. */
export function elementBytes(w: Workload): Quantity<'B'> {
  const size = { float32: 4, halfvec: 2, int8: 1, bit: 1 / 8, sparsevec: 4 }[w.scalar];
  return leaf(`bytes of a ${w.scalar} dimension`, size, 'B');
}
