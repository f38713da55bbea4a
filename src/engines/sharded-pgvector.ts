/**
 * Tier 3: pgvector on several machines, a namespace on one of them by hash. The sizes are those of one big store (a shard
 * adds one metapage an index); what changes is what one machine must hold, build and answer.
 */
import { derive, knownAs, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { defineEngine, type Engine, type EnginePlan } from './engine.ts';
import { chooseIndex, requireFit } from './fit.ts';
import { listsOf, probesOf } from './ivf-work.ts';
import { peakWrites, usableRam } from './machine.ts';
import { memoryTable } from './pg-store.ts';
import { pgTimes } from './pg-times.ts';
import { vectorIndexSize } from './pg-vector-index.ts';
import { PGVECTOR, pgvectorIndexAlone, planPgvector, requireColumn } from './pgvector.ts';
import { rowsWithin } from './row-limit.ts';

/** A single shard is tier 2. */
const LEAST_SHARDS = 2;

function plan(w: Workload): EnginePlan {
  const index = chooseIndex(engine, w);
  requireFit(engine, index, w);
  requireColumn(w);
  const whole = planPgvector(index, w);
  const built = builtInWindow(whole, w);
  const machines = shardsFor(whole, w, built);
  const rows = Math.max(1, Math.ceil(w.memories.value / machines.value));
  const shard: Workload = {
    ...w,
    memories: leaf('memories a shard', rows, 'rows', { basis: w.memories.basis, source: 'memories / shards, evenly' }),
  };
  const resident = derive('resident a shard', 'B', 'resident / shards', {
    resident: whole.residentPerMachine,
    shards: knownAs('shards', machines.value, 'count', machines),
  });
  const demand = demandAt(whole, w, built);
  const now = demand(w.memories.value);
  const times = pgTimes(index, shard, {
    size: () => vectorIndexSize(index, shard),
    vectorsOut: () => memoryTable(w, true).vectorsOut,
    resident,
  });
  // No spread of the whole store's plan: that would work out what a single machine takes to search it.
  return {
    index,
    components: whole.components,
    machines,
    residentPerMachine: resident,
    rebuildPeak: whole.rebuildPeak,
    get build() {
      return times.build();
    },
    get query() {
      return times.latency().query;
    },
    get p99InRam() {
      return times.latency().p99InRam;
    },
    demand: now,
    get insertRate() {
      return times.insertRate();
    },
    ...(index === 'ivfflat' ? { lists: listsOf(shard), probes: probesOf(shard) } : {}),
    cliffs: () => whole.cliffs(),
    growth: {
      resident: whole.growth.resident,
      build: whole.growth.build,
      p99: latencyGrowth(whole, w, machines.value, demand),
      demand: (n) => demand(n) / now,
      get exact() {
        return whole.growth.exact ?? [];
      },
    },
    notes: [
      ...whole.notes,
      'shards are taken as even; a hash spreads namespaces, not memories, so the fullest one holds more',
    ],
  };
}

function shardsFor(whole: EnginePlan, w: Workload, built: number): Quantity<'count'> {
  return derive(
    'shards',
    'count',
    'max(least, ceil(resident / usable), ceil(N / built), ceil(writes / rate))',
    {
      least: leaf('fewest shards', LEAST_SHARDS, 'count'),
      resident: whole.residentPerMachine,
      usable: usableRam(w),
      N: w.memories,
      built: builtRows(built, whole.build.seconds),
      writes: (whole.insertRate && peakWrites(w)) ?? leaf('nothing known about writes', 0, 'rows/s'),
      rate: whole.insertRate ?? leaf('no model of inserts', 1, 'rows/s'),
    },
    { source: 'the constraint that needs most machines decides: RAM, build window, write rate' },
  );
}

function builtRows(built: number, seconds: Quantity<'s'> | undefined): Quantity<'rows'> {
  const name = 'memories one machine builds within the window';
  const source = 'build model of the index, the spill included';
  return seconds === undefined ? leaf(name, built, 'rows', { source }) : knownAs(name, built, 'rows', seconds, source);
}

/** Rows that stand for "any number": nothing is built, or the window never binds. */
const ANY = 1e15;

/** Rows of which one machine builds the index within its window: a search, made once for a plan. */
function builtInWindow(whole: EnginePlan, w: Workload): number {
  const seconds = whole.build.seconds?.value;
  if (seconds === undefined) return ANY;
  return rowsWithin((n) => seconds * whole.growth.build(n), w.buildWindow.value, w.memories.value) ?? ANY;
}

/** Machines' worth of what grows with the rows: RAM and build. Writes come by the day, whatever is stored. */
function demandAt(whole: EnginePlan, w: Workload, built: number): (rows: number) => number {
  const ram = whole.residentPerMachine.value / usableRam(w).value;
  return (rows) => Math.max(ram * whole.growth.resident(rows), rows / built);
}

/**
 * A search sees the rows of one shard, which grow until a machine is full; from there on shards are added instead. The row count
 * of a full one takes a search of its own, made when the growth is first asked for: a plan that is only sized never asks.
 */
function latencyGrowth(
  whole: EnginePlan,
  w: Workload,
  shards: number,
  demand: (rows: number) => number,
): (rows: number) => number {
  const n = w.memories.value;
  const bounds = (): { readonly least: number; readonly full: number; readonly now: number } => ({
    least: Math.max(LEAST_SHARDS, shardsForWrites(whole, w)),
    full: rowsWithin(demand, 1, n) ?? ANY,
    now: whole.growth.p99(Math.max(1, Math.ceil(n / shards))),
  });
  // Only a search for the row count at which something flips asks.
  let known: ReturnType<typeof bounds> | undefined;
  return (rows) => {
    known ??= bounds();
    return whole.growth.p99(Math.max(1, Math.min(Math.ceil(rows / known.least), known.full))) / known.now;
  };
}

function shardsForWrites(whole: EnginePlan, w: Workload): number {
  const writes = peakWrites(w);
  return writes === undefined || whole.insertRate === undefined ? 1 : Math.ceil(writes.value / whole.insertRate.value);
}

const engine: Engine = defineEngine({
  id: 'sharded-pgvector',
  title: 'Sharded pgvector',
  level: 3,
  layouts: PGVECTOR.layouts,
  scalars: PGVECTOR.scalars,
  indexes: PGVECTOR.indexes,
  maxDimensions: PGVECTOR.maxDimensions,
  plan,
  indexAlone: (w) => pgvectorIndexAlone(engine, w),
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
