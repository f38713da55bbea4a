/**
 * Tier 3: pgvector on several machines, a namespace on one of them by hash. The sizes are those of one big store (a shard
 * adds one metapage an index); what changes is what one machine must hold, build and answer.
 */
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { defineEngine, type Engine, type EnginePlan } from './engine.ts';
import { chooseIndex, requireFit } from './fit.ts';
import { onlyInRam } from './in-ram.ts';
import { listsOf, probesOf } from './ivf-work.ts';
import { peakWrites, usableRam } from './machine.ts';
import { buildPlan, insertRate, queryInRam, vectorIndexSize } from './pg-vector-index.ts';
import { pgvectorMaxDimensions, planPgvector, requireColumn } from './pgvector.ts';

/** A single shard is tier 2. */
const LEAST_SHARDS = 2;

function plan(w: Workload): EnginePlan {
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  requireColumn(w);
  const whole = planPgvector(index, w);
  const machines = shardsFor(whole, w);
  const rows = Math.max(1, Math.ceil(w.memories.value / machines.value));
  const shard: Workload = {
    ...w,
    memories: leaf('memories a shard', rows, 'rows', { basis: w.memories.basis, source: 'memories / shards, evenly' }),
  };
  const resident = derive('resident a shard', 'B', 'resident / shards', {
    resident: whole.residentPerMachine,
    shards: leaf('shards', machines.value, 'count', { basis: machines.basis }),
  });
  return {
    ...whole,
    machines,
    residentPerMachine: resident,
    build: buildPlan(index, shard, vectorIndexSize(index, shard)),
    ...onlyInRam(queryInRam(index, shard, isInline(whole)), resident, shard),
    demand: demandOf(whole, w),
    ...(index === 'hnsw' ? { insertRate: insertRate(shard) } : {}),
    ...(index === 'ivfflat' ? { lists: listsOf(shard), probes: probesOf(shard) } : {}),
    growth: { ...whole.growth, demand: demandGrowth(whole, w) },
    notes: [
      ...whole.notes,
      'shards are taken as even; a hash spreads namespaces, not memories, so the fullest one holds more',
    ],
  };
}

/** A vector out of line has its bytes in TOAST; an inline one leaves TOAST empty. */
function isInline(whole: EnginePlan): boolean {
  const bytes = (id: string): number => whole.components.find((c) => c.id === id)?.disk.value ?? 0;
  return bytes('toast') < bytes('table');
}

function shardsFor(whole: EnginePlan, w: Workload): Quantity<'count'> {
  return derive(
    'shards',
    'count',
    'max(least, ceil(resident / usable), ceil(build / window), ceil(writes / rate))',
    { least: leaf('fewest shards', LEAST_SHARDS, 'count'), ...loads(whole, w) },
    { source: 'the constraint that needs most machines decides: RAM, build window, write rate' },
  );
}

function loads(whole: EnginePlan, w: Workload): Readonly<Record<string, Quantity>> {
  return {
    resident: whole.residentPerMachine,
    usable: usableRam(w),
    build: whole.build.seconds ?? leaf('no build', 0, 's'),
    window: w.buildWindow,
    writes: (whole.insertRate && peakWrites(w)) ?? leaf('nothing known about writes', 0, 'rows/s'),
    rate: whole.insertRate ?? leaf('no model of inserts', 1, 'rows/s'),
  };
}

/** Machines' worth of what grows with the rows. Writes come by the day, whatever is stored. */
function demandOf(whole: EnginePlan, w: Workload): number {
  const build = whole.build.seconds === undefined ? 0 : whole.build.seconds.value / w.buildWindow.value;
  return Math.max(whole.residentPerMachine.value / usableRam(w).value, build);
}

/** How the demand grows: the larger of RAM and build window at that row count. */
function demandGrowth(whole: EnginePlan, w: Workload): (rows: number) => number {
  const now = demandOf(whole, w);
  const ram = whole.residentPerMachine.value / usableRam(w).value;
  const build = whole.build.seconds === undefined ? 0 : whole.build.seconds.value / w.buildWindow.value;
  return (rows) => Math.max(ram * whole.growth.resident(rows), build * whole.growth.build(rows)) / now;
}

const engine: Engine = defineEngine({
  id: 'sharded-pgvector',
  title: 'Sharded pgvector',
  level: 3,
  layouts: ['pgvector-hnsw', 'pgvector-ivfflat', 'pg-heap', 'pg-btree', 'pg-gin'],
  scalars: ['float32', 'halfvec', 'bit', 'sparsevec'],
  indexes: ['hnsw', 'ivfflat', 'flat'],
  maxDimensions: pgvectorMaxDimensions,
  plan,
  useWhen: [
    'one machine no longer keeps the vector index in RAM or rebuilds it in its window, and the team runs PostgreSQL',
  ],
  leaveWhen: [
    'rebuilds have to be orchestrated over more shards than the team can operate',
    'queries across shards become common',
    'one namespace outgrows a shard',
  ],
  failureModes: [
    'rebuilds of several shards at once take their capacity together',
    'during a move a namespace is on two shards, and a write must reach both',
    'the slowest shard sets the tail of every fan-out',
    'hash % N moves N/(N+1) of the namespaces when a shard is added; consistent or rendezvous hashing moves 1/(N+1)',
  ],
  docs: 'engines/sharded-pgvector',
});

export default engine;
