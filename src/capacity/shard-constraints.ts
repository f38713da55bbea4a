/** How many shards each constraint asks for: what one machine holds of it, and what the whole store has. */
import type { EnginePlan } from '../engines/engine.ts';
import { peakWrites, usableRam } from '../engines/machine.ts';
import { rowsWithin } from '../engines/row-limit.ts';
import { derive, formatCount, formatQuantity, leaf, type Quantity, stated } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { diskToProvision } from './totals.ts';

export interface ShardConstraint {
  readonly id: 'ram' | 'disk' | 'rows' | 'writes' | 'build-window' | 'p99';
  readonly title: string;
  /** Memories one shard can hold as far as this goes; undefined where nothing is known or nothing limits it. */
  readonly holds: Quantity<'rows'> | undefined;
  readonly shards: Quantity<'count'> | undefined;
  /** One sentence with the figures, or why there are none. */
  readonly because: string;
  /** More shards do not mend it. */
  readonly hopeless: boolean;
}

export interface ShardLimits {
  /** Bytes of disk of one machine; undefined takes the largest volume there is. */
  readonly disk: Quantity<'B'> | undefined;
  /** Memories somebody wants on one shard at most. */
  readonly rows: Quantity<'rows'> | undefined;
}

const LARGEST_VOLUME: Quantity<'B'> = stated(
  'disk of one machine',
  64 * 2 ** 40,
  'B',
  'documented',
  'default: the largest volume of RDS for PostgreSQL, 64 TiB',
);

/** A relation has 2^32 - 1 blocks of 8 KiB (PostgreSQL documentation, appendix K). */
const RELATION_BYTES: Quantity<'B'> = stated(
  'largest relation',
  (2 ** 32 - 1) * 8192,
  'B',
  'exact',
  'PostgreSQL documentation, appendix K: 2^32 - 1 blocks of 8 KiB',
);

/** @param whole the plan of the store on one machine */
export function shardConstraints(whole: EnginePlan, w: Workload, limits: ShardLimits): ShardConstraint[] {
  return [
    ram(whole, w),
    disk(whole, w, limits.disk),
    rows(whole, w, limits.rows),
    writes(whole, w),
    build(whole, w),
    p99(whole, w),
  ];
}

function constraint(
  w: Workload,
  id: ShardConstraint['id'],
  title: string,
  holds: Quantity<'rows'>,
  because: string,
): ShardConstraint {
  const shards = derive(`shards for ${title}`, 'count', 'max(1, ceil(N / holds))', { N: w.memories, holds });
  return { id, title, holds, shards, because, hopeless: false };
}

/** One machine does, whatever its size: this constraint asks for nothing. */
const anySize = (id: ShardConstraint['id'], title: string, because: string): ShardConstraint => ({
  ...open(id, title, because),
  shards: leaf(`shards for ${title}`, 1, 'count', { source: because }),
});

const open = (id: ShardConstraint['id'], title: string, because: string, hopeless = false): ShardConstraint => ({
  id,
  title,
  holds: undefined,
  shards: undefined,
  because,
  hopeless,
});

function ram(whole: EnginePlan, w: Workload): ShardConstraint {
  const usable = usableRam(w);
  const resident = whole.residentPerMachine;
  const holds = derive('memories that fit the RAM of a shard', 'rows', 'N * usable / resident', {
    N: w.memories,
    usable,
    resident,
  });
  return constraint(
    w,
    'ram',
    'RAM',
    holds,
    `${formatQuantity(resident)} resident, ${formatQuantity(usable)} a machine`,
  );
}

function disk(whole: EnginePlan, w: Workload, given: Quantity<'B'> | undefined): ShardConstraint {
  const size = given ?? LARGEST_VOLUME;
  const provision = diskToProvision(whole);
  const holds = derive('memories that fit the disk of a shard', 'rows', 'N * size / provision', {
    N: w.memories,
    size,
    provision,
  });
  return constraint(
    w,
    'disk',
    'disk',
    holds,
    `${formatQuantity(provision)} with a rebuild beside it, ${formatQuantity(size)} a machine`,
  );
}

/** The row limit somebody set, or the largest relation: TOAST and the vector index are relations of their own. */
function rows(whole: EnginePlan, w: Workload, given: Quantity<'rows'> | undefined): ShardConstraint {
  if (given !== undefined) return constraint(w, 'rows', 'rows', given, `${formatQuantity(given)} a shard, as given`);
  const largest = whole.components.reduce((a, b) => (b.disk.value > a.disk.value ? b : a));
  const holds = derive('memories whose largest structure is one relation', 'rows', 'N * most / size', {
    N: w.memories,
    most: RELATION_BYTES,
    size: largest.disk,
  });
  return constraint(
    w,
    'rows',
    'rows',
    holds,
    `PostgreSQL keeps one relation to ${formatQuantity(RELATION_BYTES)}; the largest here is ${largest.title}`,
  );
}

function writes(whole: EnginePlan, w: Workload): ShardConstraint {
  const peak = peakWrites(w);
  if (peak === undefined) return open('writes', 'writes', 'nobody said how much is written; give --writes-per-day');
  const rate = whole.insertRate;
  if (rate === undefined) return open('writes', 'writes', 'there is no model of inserts for this index');
  if (peak.value === 0) return anySize('writes', 'writes', 'nothing is written');
  const holds = derive('memories whose share of the writes one shard takes', 'rows', 'N * rate / peak', {
    N: w.memories,
    rate,
    peak,
  });
  return constraint(w, 'writes', 'writes', holds, `${perSecond(peak)} at the peak, ${perSecond(rate)} a machine`);
}

const perSecond = (q: Quantity<'rows/s'>): string =>
  `≈ ${q.value >= 10 ? formatCount(q.value) : Number(q.value.toPrecision(2))} rows/s`;

function build(whole: EnginePlan, w: Workload): ShardConstraint {
  const seconds = whole.build.seconds;
  const title = 'build window';
  if (seconds === undefined) return anySize('build-window', title, 'nothing is built');
  return withinLimit(w, 'build-window', title, seconds, whole.growth.build, w.buildWindow, 'to build, a window of');
}

function p99(whole: EnginePlan, w: Workload): ShardConstraint {
  const seconds = whole.p99InRam ?? whole.query.p99;
  if (seconds === undefined) return open('p99', 'p99', 'no latency model for this index');
  return withinLimit(w, 'p99', 'p99', seconds, whole.growth.p99, w.sloP99, 'in RAM on one machine, an objective of');
}

/** A figure that grows with the rows of a shard: the row count at which it meets its limit, at both ends of what is known. */
function withinLimit(
  w: Workload,
  id: ShardConstraint['id'],
  title: string,
  figure: Quantity<'s'>,
  growth: (rows: number) => number,
  limit: Quantity<'s'>,
  words: string,
): ShardConstraint {
  const n = w.memories.value;
  const because = `${formatQuantity(figure)} ${words} ${formatQuantity({ ...limit, basis: 'exact' })}`;
  const rowsAt = (seconds: number): number | undefined => rowsWithin((r) => seconds * growth(r), limit.value, n);
  const middle = rowsAt(figure.value);
  if (middle === undefined) {
    const never = figure.value * growth(1) > limit.value;
    return never
      ? open(id, title, `${because}: missed at any size`, true)
      : anySize(id, title, `${because}: kept at any size`);
  }
  const holds = leaf(`memories that keep the ${title}`, middle, 'rows', {
    low: Math.min(middle, rowsAt(figure.high) ?? 1),
    high: Math.max(middle, rowsAt(figure.low) ?? middle),
    basis: figure.basis,
    source: `where ${figure.name} meets ${limit.name}`,
  });
  return constraint(w, id, title, holds, because);
}
