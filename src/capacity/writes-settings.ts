/** What a plan of the write path assumes beside the workload: the server's settings, the limiter, the backfill, the touch. */
import { formatCount, type LeafOptions, leaf, type Quantity, type Unit } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

/** As given by flags; undefined takes the default. */
export interface WriteWishes {
  readonly checkpointTimeout: number | undefined;
  readonly maxWal: number | undefined;
  readonly slotLag: number | undefined;
  readonly pendingLimit: number | undefined;
  readonly fastupdate: boolean;
  readonly turnsPerMinute: number | undefined;
  readonly burst: number | undefined;
  readonly memoriesPerTurn: number | undefined;
  readonly backfill: number | undefined;
  readonly consistency: number | undefined;
  readonly touched: number | undefined;
}

export interface WriteSettings {
  readonly checkpointTimeout: Quantity<'s'>;
  readonly maxWal: Quantity<'B'>;
  /** How long a replication slot may hold the log back. */
  readonly slotLag: Quantity<'s'>;
  readonly pendingLimit: Quantity<'B'>;
  readonly fastupdate: boolean;
  readonly turnsPerMinute: Quantity<'count'>;
  readonly burst: Quantity<'count'>;
  readonly memoriesPerTurn: Quantity<'ratio'>;
  readonly backfill: Quantity<'rows'>;
  /** How old a queued live write may become. */
  readonly consistency: Quantity<'s'>;
  /** Rows that a search marks as read. */
  readonly touched: Quantity<'count'>;
}

type Stock = readonly [value: number, options: LeafOptions];

function setting<U extends Unit>(
  name: string,
  unit: U,
  given: number | undefined,
  flag: string,
  stock: Stock,
): Quantity<U> {
  if (given !== undefined) return leaf(name, given, unit, { source: flag });
  const [value, options] = stock;
  return leaf(name, value, unit, { ...options, source: `default: ${options.source}; ${flag}` });
}

/** Share of the store that is imported where nobody says how much. */
const BACKFILL_SHARE = 0.1;

export function writeSettings(w: Workload, wishes: WriteWishes): WriteSettings {
  const tenth = Math.max(1, Math.round(w.memories.value * BACKFILL_SHARE));
  return {
    checkpointTimeout: setting('checkpoint_timeout', 's', wishes.checkpointTimeout, '--checkpoint-timeout', [
      300,
      { source: "PostgreSQL's, 5 min" },
    ]),
    maxWal: setting('max_wal_size', 'B', wishes.maxWal, '--max-wal-size', [2 ** 30, { source: "PostgreSQL's, 1 GB" }]),
    slotLag: setting('how long a replication slot may lag', 's', wishes.slotLag, '--slot-lag', [
      4 * 3600,
      { basis: 'assumed', low: 3600, high: 24 * 3600, source: 'four hours of a replica that is away' },
    ]),
    pendingLimit: setting('gin_pending_list_limit', 'B', wishes.pendingLimit, '--pending-limit', [
      4 * 2 ** 20,
      { source: "PostgreSQL's, 4 MB" },
    ]),
    fastupdate: wishes.fastupdate,
    turnsPerMinute: setting('turns a minute and namespace', 'count', wishes.turnsPerMinute, '--turns-per-minute', [
      100,
      { basis: 'documented', source: 'the seed article, 100' },
    ]),
    burst: setting('burst of a namespace', 'count', wishes.burst, '--burst', [
      200,
      { basis: 'documented', source: 'the seed article, 200 turns' },
    ]),
    memoriesPerTurn: setting('memories a turn', 'ratio', wishes.memoriesPerTurn, '--memories-per-turn', [
      1,
      { basis: 'documented', source: 'the seed article counts a turn as a write' },
    ]),
    backfill: setting('memories to backfill', 'rows', wishes.backfill, '--backfill', [
      tenth,
      { basis: 'assumed', source: `a tenth of ${formatCount(w.memories.value)}` },
    ]),
    consistency: setting('age a queued write may reach', 's', wishes.consistency, '--consistency', [
      60,
      { basis: 'assumed', source: 'a minute' },
    ]),
    touched: setting('memories a search marks as read', 'count', wishes.touched, '--touched', [
      10,
      { basis: 'assumed', low: 5, high: 20, source: 'the ten of a result' },
    ]),
  };
}
