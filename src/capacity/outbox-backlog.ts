/**
 * The outbox between PostgreSQL and a vector database of its own: how deep the queue gets while the other side is away, how
 * long it takes to drain, and when writers must slow down. A queue that receives λ rows a second and sends μ grows by λ while
 * nothing is sent, and shrinks by μ - λ afterwards.
 */

import { type Catalogue, limitsFor } from '../prices/index.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

export interface OutboxPlan {
  readonly writes: Quantity<'rows/s'> | undefined;
  /** Rows a second the worker sends when nothing holds it up. */
  readonly drain: Quantity<'rows/s'> | undefined;
  /** How long the vector side may be away. */
  readonly recovery: Quantity<'s'>;
  /** How old a queued row may become in normal running. */
  readonly consistency: Quantity<'s'>;
  readonly depth: Quantity<'rows'> | undefined;
  readonly bytes: Quantity<'B'> | undefined;
  readonly drainTime: Quantity<'s'> | undefined;
  /** Depth from which a new row is no longer sent within the consistency time: slow the writers here. */
  readonly slowAt: Quantity<'rows'> | undefined;
  /** Depth at which the queue is full: refuse writes here. */
  readonly refuseAt: Quantity<'rows'>;
  /** How long the vector side may be away before the queue is full. */
  readonly tolerates: Quantity<'s'> | undefined;
  /** What is not known, and what would tell. */
  readonly notes: readonly string[];
}

export interface OutboxWishes {
  readonly recovery: number | undefined;
  readonly consistency: number | undefined;
  readonly drain: number | undefined;
}

/**
 * @param writes rows a second at the peak; undefined where nobody said how much is written
 * @param bytesOf what so many queued rows take on disk
 */
export function outboxPlan(
  w: Workload,
  writes: Quantity<'rows/s'> | undefined,
  prices: Catalogue,
  wishes: OutboxWishes,
  bytesOf: (depth: Quantity<'rows'>) => Quantity<'B'> | undefined,
): OutboxPlan {
  const recovery = wish(
    'time the vector side may be away',
    wishes.recovery,
    '--recovery',
    3600,
    600,
    14_400,
    'an hour',
  );
  const consistency = wish('age a queued row may reach', wishes.consistency, '--consistency', 60, 60, 60, 'a minute');
  const drain = drainRate(w, prices, wishes.drain);
  const refuseAt = w.outboxBacklog;
  const notes: string[] = [];
  if (writes === undefined)
    notes.push('queue depth is not told: nobody said how much is written; give --writes-per-day');
  if (drain === undefined)
    notes.push('drain time is not told: no limit of the embedding model is known; give --drain-rate');
  const depth = writes && derive('rows queued after the outage', 'rows', 'writes * away', { writes, away: recovery });
  const bytes = depth && bytesOf(depth);
  const tolerates =
    writes && writes.low > 0
      ? derive('outage until the queue is full', 's', 'full / writes', { full: refuseAt, writes })
      : undefined;
  const both = writes !== undefined && drain !== undefined && depth !== undefined;
  const keepsUp = both && drain.value > writes.value;
  if (both && !keepsUp) notes.push('the worker sends no more than is written: the queue never drains');
  else if (both && drain.low <= writes.high) {
    notes.push(
      'in the worst case of both rates the worker sends no more than is written; drain time is for the expected ones',
    );
  }
  const net = writes && drain && netDrain(writes, drain);
  return {
    writes,
    drain,
    recovery,
    consistency,
    depth,
    bytes,
    drainTime: net && depth && drainTime(depth, net),
    slowAt: net && slowDepth(net, consistency),
    refuseAt,
    tolerates,
    notes,
  };
}

/**
 * Rows drained beyond those written, at both rates as expected: with their intervals the difference may be nothing, and the time
 * infinite.
 * @returns undefined where the queue never drains
 */
export function netDrain(writes: Quantity<'rows/s'>, drain: Quantity<'rows/s'>): Quantity<'rows/s'> | undefined {
  if (drain.value <= writes.value) return undefined;
  return leaf('rows drained beyond those written', drain.value - writes.value, 'rows/s', {
    basis: 'assumed',
    source: `drain rate ${plainRate(drain)} less ${plainRate(writes)} written at the peak`,
  });
}

export function drainTime(depth: Quantity<'rows'>, net: Quantity<'rows/s'>): Quantity<'s'> {
  return derive('time until the queue is empty', 's', 'depth / net', { depth, net });
}

/** Depth from which a new row waits longer than the age it may reach. */
export function slowDepth(net: Quantity<'rows/s'>, age: Quantity<'s'>): Quantity<'rows'> {
  return derive('depth that is drained in time', 'rows', 'net * age', { net, age });
}

const plainRate = (q: Quantity<'rows/s'>): string => `${Number(q.value.toPrecision(3))} rows/s`;

function wish(
  name: string,
  given: number | undefined,
  flag: string,
  stock: number,
  low: number,
  high: number,
  words: string,
): Quantity<'s'> {
  return given === undefined
    ? leaf(name, stock, 's', { basis: 'assumed', low, high, source: `default: ${words}; ${flag}` })
    : leaf(name, given, 's', { source: flag });
}

/** What the worker can send: as given, else what the embedding provider lets through. */
function drainRate(w: Workload, prices: Catalogue, given: number | undefined): Quantity<'rows/s'> | undefined {
  if (given !== undefined) return leaf('rows a second the worker sends', given, 'rows/s', { source: '--drain-rate' });
  const limits = limitsFor(prices, w.embeddingModel);
  if (limits === undefined || w.tokens.low <= 0) return undefined;
  return derive('rows a second the embedding model lets through', 'rows/s', 'TPM / 60 / tokens', {
    TPM: limits.tokensPerMinute,
    tokens: w.tokens,
  });
}
