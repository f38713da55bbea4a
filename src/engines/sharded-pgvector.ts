/**
 * Tier 3: pgvector on several machines, a namespace on one of them by hash. The sizes are those of one big store (a shard
 * adds one metapage an index); what changes is what one machine must hold, build and answer.
 */
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { defineEngine, type Engine, type EnginePlan } from './engine.ts';
import { chooseIndex, requireFit } from './fit.ts';
import { insertRate } from './pg-vector-index.ts';
import { usableRam } from './machine.ts';
import { pgvectorMaxDimensions, planPgvector } from './pgvector.ts';

/** A single shard is tier 2. */
const LEAST_SHARDS = 2;

function plan(w: Workload): EnginePlan {
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  const whole = planPgvector(index, w);
  const machines = shardsFor(whole, w);
  const rows = Math.max(1, Math.ceil(w.memories.value / machines.value));
  const shard: Workload = {
    ...w,
    memories: leaf('memories a shard', rows, 'rows', { basis: w.memories.basis, source: 'memories / shards, evenly' }),
  };
  const one = planPgvector(index, shard);
  return {
    ...whole,
    machines,
    residentPerMachine: one.residentPerMachine,
    build: one.build,
    query: one.query,
    insertRate: insertRate(shard),
    growth: one.growth,
    notes: [...whole.notes, 'shards are taken as even; a hash spreads namespaces, not memories, so the fullest one holds more'],
  };
}

function shardsFor(whole: EnginePlan, w: Workload): Quantity<'count'> {
  return derive(
    'shards',
    'count',
    'max(least, ceil(resident / usable), ceil(build / window))',
    {
      least: leaf('fewest shards', LEAST_SHARDS, 'count'),
      resident: whole.residentPerMachine,
      usable: usableRam(w),
      build: whole.build.seconds ?? leaf('no build', 0, 's'),
      window: w.buildWindow,
    },
    { source: 'the constraint that needs most machines decides: RAM, build window' },
  );
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
  useWhen: ['one machine no longer keeps the vector index in RAM or rebuilds it in its window, and the team runs PostgreSQL'],
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
