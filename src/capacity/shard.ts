/** memplan shard: how many, how even, what moves, what running them takes. No I/O; the clock comes in. */
import { engineById, engineOf } from '../engines/index.ts';
import { peakWrites } from '../engines/machine.ts';
import type { PriceOverrides } from '../prices/index.ts';
import { derive, formatCount, formatShortCount, InputError, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { priceBook } from './cost.ts';
import { type HashScheme, hashSchemes } from './hash-movement.ts';
import { inputNotes, notUsed } from './input-notes.ts';
import { assumedSizes, type NamespaceSizes } from './namespace-sizes.ts';
import { type OutboxPlan, type OutboxWishes, outboxPlan } from './outbox-backlog.ts';
import { type ShardBalance, shardBalance } from './shard-balance.ts';
import { type ShardConstraint, shardConstraints } from './shard-constraints.ts';
import { type FanOut, fanOut, type RebuildPlan, rebuildPlan } from './shard-operation.ts';
import { type Migration, migration } from './shard-timeline.ts';
import { total } from './totals.ts';

export interface ShardWishes extends OutboxWishes {
  /** Shards there are. Default 1. */
  readonly shards: number | undefined;
  /** Shards there shall be. Default what the constraints ask for, at least one more than there are. */
  readonly to: number | undefined;
  readonly zipf: number | undefined;
  readonly virtualNodes: number | undefined;
  readonly disk: number | undefined;
  readonly rowsPerShard: number | undefined;
  /** First day of the migration. */
  readonly start: Date;
}

export interface ShardOptions {
  readonly prices?: PriceOverrides;
  /** Namespace sizes counted in a live store. */
  readonly sizes?: NamespaceSizes | undefined;
}

export interface ShardReport {
  readonly kind: 'shard-report';
  readonly memories: Quantity<'rows'>;
  readonly headline: readonly string[];
  /** Shards that every constraint is content with; undefined where one of them no number mends. */
  readonly needed: Quantity<'count'> | undefined;
  readonly binding: string | undefined;
  readonly constraints: readonly ShardConstraint[];
  /** Memories one shard holds: the least of all constraints. */
  readonly holds: Quantity<'rows'> | undefined;
  readonly shards: Quantity<'count'>;
  readonly target: Quantity<'count'>;
  readonly balance: ShardBalance | undefined;
  /** What moves when one shard is added to the target. */
  readonly schemes: readonly HashScheme[];
  readonly migration: Migration;
  readonly rebuild: RebuildPlan;
  readonly fanOut: FanOut;
  readonly outbox: OutboxPlan;
  readonly notes: readonly string[];
}

/** Points of a shard on the ring: 100 to 200 is what libraries set. */
const VIRTUAL_NODES = 128;

/** @throws InputError when PostgreSQL cannot hold the workload, or the wishes contradict each other */
export function shardReport(w: Workload, wishes: ShardWishes, options: ShardOptions = {}): ShardReport {
  if (w.engine !== undefined && w.engine !== 'pgvector' && w.engine !== 'sharded-pgvector') {
    const named = w.systemInUse?.ownTables === true ? `--system ${w.systemInUse.system}` : `--engine ${w.engine}`;
    throw new InputError('shard-engine', `${named}: shard plans stores on pgvector; leave it out`);
  }
  const pgvector = engineById('pgvector');
  // A named system's tables are what a shard of it holds.
  const store = w.systemInUse?.ownTables === true ? (engineOf(w) ?? pgvector) : pgvector;
  const whole = store.plan(w);
  const constraints = shardConstraints(whole, w, {
    disk: wishes.disk === undefined ? undefined : leaf('disk of one machine', wishes.disk, 'B', { source: '--disk' }),
    rows:
      wishes.rowsPerShard === undefined
        ? undefined
        : leaf('memories a shard shall hold', wishes.rowsPerShard, 'rows', { source: '--rows-per-shard' }),
  });
  const bound = bindingOf(constraints);
  const hopeless = constraints.find((c) => c.hopeless);
  const needed = hopeless !== undefined ? undefined : bound?.shards;
  const shards = leaf('shards there are', wishes.shards ?? 1, 'count', {
    source: wishes.shards ? '--shards' : 'default: one',
  });
  const target = targetOf(wishes, shards, bound?.shards);
  const one = store.plan(ofOneShard(w, target));
  const sizes = options.sizes ?? assumedSizes(w, wishes.zipf);
  const countable = target.value <= MOST_SHARDS_PLACED;
  const balance = sizes === undefined || !countable ? undefined : shardBalance(sizes, target, bound?.holds);
  const next = derive('one shard more', 'count', 'S + 1', { S: target });
  const points = leaf('points of a shard on the ring', wishes.virtualNodes ?? VIRTUAL_NODES, 'count', {
    source: wishes.virtualNodes === undefined ? 'default: 128' : '--virtual-nodes',
  });
  const moves = migration({
    memories: w.memories,
    shards,
    target,
    disk: total(whole, 'disk'),
    insertRate: one.insertRate,
    start: wishes.start,
  });
  return {
    kind: 'shard-report',
    memories: w.memories,
    headline: headline(w, bound, hopeless, target, balance),
    needed,
    binding: bound?.id,
    constraints,
    holds: bound?.holds,
    shards,
    target,
    balance,
    schemes: hashSchemes(w.memories, target, next, points),
    migration: moves,
    rebuild: rebuildPlan(one, w, target),
    fanOut: fanOut(one, target),
    outbox: outboxPlan(
      w,
      peakWrites(w),
      priceBook(options.prices ?? {}),
      wishes,
      (depth) =>
        pgvector.plan({ ...w, components: ['outbox'], outboxBacklog: depth }).components.find((c) => c.id === 'outbox')
          ?.disk,
    ),
    notes: [
      ...notes(balance, moves, countable),
      ...(sizes === undefined && wishes.zipf !== undefined
        ? notUsed(['zipf'], 'nobody said how many namespaces there are; give --namespaces or --users')
        : []),
      ...inputNotes(w, store, { reads: ['outbox-backlog'] }),
    ],
  };
}

/** Placing namespaces on more shards than this takes longer than anybody waits, and nobody runs that many. */
const MOST_SHARDS_PLACED = 100_000;

/** Fewer rows than this leave their pages part empty: what a machine holds of them, taken in proportion, is too little. */
const FEW = 10_000;

function bindingOf(constraints: readonly ShardConstraint[]): ShardConstraint | undefined {
  const known = constraints.filter((c) => c.holds !== undefined);
  return known.reduce<ShardConstraint | undefined>(
    (least, c) => (least === undefined || (c.holds?.value ?? 0) < (least.holds?.value ?? 0) ? c : least),
    undefined,
  );
}

function targetOf(
  wishes: ShardWishes,
  shards: Quantity<'count'>,
  needed: Quantity<'count'> | undefined,
): Quantity<'count'> {
  if (wishes.to !== undefined) {
    if (wishes.to <= shards.value) {
      throw new InputError('shard-target', `--to ${wishes.to}: there are ${shards.value} shards; give more than that`);
    }
    return leaf('shards there shall be', wishes.to, 'count', { source: '--to' });
  }
  return derive('shards there shall be', 'count', 'max(needed, S + 1)', {
    needed: leaf('shards the binding constraint asks for', needed?.value ?? 1, 'count', {
      basis: needed?.basis ?? 'exact',
    }),
    S: shards,
  });
}

/** What one of so many even shards holds and receives. */
function ofOneShard(w: Workload, shards: Quantity<'count'>): Workload {
  const share = (n: number): number => n / shards.value;
  return {
    ...w,
    memories: leaf('memories a shard', Math.max(1, Math.ceil(share(w.memories.value))), 'rows', {
      basis: w.memories.basis,
      source: 'memories / shards, evenly',
    }),
  };
}

function headline(
  w: Workload,
  bound: ShardConstraint | undefined,
  hopeless: ShardConstraint | undefined,
  target: Quantity<'count'>,
  balance: ShardBalance | undefined,
): string[] {
  const lines: string[] = [];
  if (hopeless !== undefined) {
    lines.push(`No number of shards will do: ${hopeless.because}.`);
  } else if (bound?.shards !== undefined && bound.holds !== undefined) {
    const n = bound.shards.value;
    const many = n === 1 ? 'One machine is enough' : `${formatCount(n)} shards`;
    lines.push(
      `${many}: ${bound.title} binds (${bound.because}); one ${n === 1 ? 'would hold' : 'holds'}${w.memories.value < FEW ? ' at least' : ''} ${formatShortCount(bound.holds.value)} memories.`,
    );
  }
  if (balance === undefined) return lines;
  if (balance.tooLarge.value > 0) {
    const n = balance.tooLarge.value;
    lines.push(
      `${n === 1 ? 'One namespace is' : `${formatCount(n)} namespaces are`} larger than a shard (the largest: ${formatShortCount(balance.largestNamespace.value)}); a hash cannot split a namespace: more RAM, a smaller scalar, or a split of its own.`,
    );
  } else if (balance.shardsForFullest !== undefined && balance.shardsForFullest.value > target.value) {
    lines.push(
      `Namespaces are not even: the fullest of ${formatCount(target.value)} carries ≈ ${balance.fullest.value.toFixed(2)} × the mean; ${formatCount(balance.shardsForFullest.value)} shards make it fit, too.`,
    );
  }
  return lines;
}

function notes(balance: ShardBalance | undefined, m: Migration, countable: boolean): string[] {
  const out: string[] = [];
  if (!countable) {
    out.push(`balance is not told beyond ${formatCount(MOST_SHARDS_PLACED)} shards: it is found by placing namespaces`);
  } else if (balance === undefined) {
    out.push(
      'balance is not told: nobody said how many namespaces there are; give --namespaces, --users or --from STORE',
    );
  }
  if (m.fits === false) out.push('copying at background priority takes longer than the three weeks of the plan');
  if (m.copying === undefined) out.push('copying time is not told: there is no model of inserts for this index');
  return out;
}
