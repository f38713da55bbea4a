/** Estimates that rows of the seed documents take figures from, each worked out once. */
import { type CacheReport, cacheReport } from '../../src/capacity/cache.ts';
import { estimate } from '../../src/capacity/estimate.ts';
import type { CapacityReport } from '../../src/capacity/report.ts';
import type { Component } from '../../src/engines/engine.ts';
import { workload } from '../../src/workload/from-text.ts';

type Flags = Readonly<Record<string, string>>;

/** Prices do not age here: no figure of a row depends on the day. */
const NOW = new Date('2026-04-01T00:00:00Z');
const known = new Map<string, CapacityReport>();

export function planOf(flags: Flags): CapacityReport {
  const key = JSON.stringify(flags);
  const found = known.get(key) ?? estimate(workload(flags), { now: NOW });
  known.set(key, found);
  return found;
}

export function componentOf(flags: Flags, id: string): Component {
  const found = planOf(flags).components.find((c) => c.id === id);
  if (found === undefined) throw new Error(`no component ${id} for ${JSON.stringify(flags)}`);
  return found;
}

/** `memplan cache` with nothing but its defaults. */
export function cacheOf(flags: Flags): CacheReport {
  const nothing = {
    rates: {},
    results: undefined,
    queryTokens: undefined,
    embeddingLatency: undefined,
    redisLatency: undefined,
    pageLatency: undefined,
    readRate: undefined,
    iops: undefined,
  };
  return cacheReport(workload(flags), nothing);
}
