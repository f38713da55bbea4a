/**
 * What running several shards takes: the nights a rebuild of all of them needs, and what a query over all of them waits for.
 *
 * A fan-out is as slow as its slowest shard: P(all within t) = F(t)^S, so its p99 is the shard's quantile 0.99^(1/S) (order
 * statistics of independent shards). Between p50 and p99 latencies are taken as lognormal.
 */
import type { EnginePlan } from '../engines/engine.ts';
import { derive, formatQuantity, leaf, type Quantity, stated } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { normalQuantile } from './normal-quantile.ts';

export interface RebuildPlan {
  readonly seconds: Quantity<'s'> | undefined;
  readonly window: Quantity<'s'>;
  /** maintenance_work_mem of one build. */
  readonly memory: Quantity<'B'> | undefined;
  /** Builds that one machine's memory takes at once. */
  readonly buildsPerMachine: Quantity<'count'> | undefined;
  /** Rebuilds one after another that fit one window. */
  readonly perWindow: Quantity<'count'> | undefined;
  /** Shards rebuilt at a time, and the windows it then takes. */
  readonly choices: readonly { readonly atOnce: Quantity<'count'>; readonly windows: Quantity<'count'> }[];
  /** Why there are no choices; undefined where there are. */
  readonly refused: string | undefined;
}

/** The live index keeps serving from the other half. */
const BUILD_SHARE: Quantity<'ratio'> = stated(
  'share of RAM builds may take',
  0.5,
  'ratio',
  'assumed',
  'default: half of the machine, the live index keeps the rest',
);

/** @param shard the plan of one shard */
export function rebuildPlan(shard: EnginePlan, w: Workload, shards: Quantity<'count'>): RebuildPlan {
  const seconds = shard.build.seconds;
  const memory = shard.build.memoryPlanned ?? shard.build.memory;
  const window = w.buildWindow;
  const open = { seconds, window, memory, choices: [] };
  if (seconds === undefined) {
    return { ...open, buildsPerMachine: undefined, perWindow: undefined, refused: 'nothing is built' };
  }
  const buildsPerMachine =
    memory === undefined
      ? undefined
      : derive('builds one machine has the memory for', 'count', 'floor(ram * share / memory)', {
          ram: w.ram,
          share: BUILD_SHARE,
          memory,
        });
  const perWindow = derive('rebuilds in one window', 'count', 'floor(window / build)', { window, build: seconds });
  if (perWindow.value < 1) {
    const refused = `one build takes ${formatQuantity(seconds)}, longer than the window of ${formatQuantity({ ...window, basis: 'exact' })}`;
    return { ...open, buildsPerMachine, perWindow, refused };
  }
  const s = shards.value;
  const oneNight = Math.ceil(s / perWindow.value);
  const counts = [...new Set([1, 2, oneNight, s])].filter((c) => c <= s).sort((a, b) => a - b);
  const tried = counts.map((count) => {
    const atOnce = leaf('shards rebuilt at a time', count, 'count');
    const windows = derive('windows until every shard is rebuilt', 'count', 'ceil(S / (atOnce * max(1, perWindow)))', {
      S: shards,
      atOnce,
      perWindow,
    });
    return { atOnce, windows };
  });
  // More at a time that takes as many windows buys nothing.
  const choices = tried.filter((c, i) => i === 0 || c.windows.value < (tried[i - 1]?.windows.value ?? 0));
  return { ...open, buildsPerMachine, perWindow, choices, refused: undefined };
}

export interface FanOut {
  readonly shards: Quantity<'count'>;
  /** Share of fan-outs slower than one shard's p99. */
  readonly slower: Quantity<'ratio'>;
  readonly p50: Quantity<'s'> | undefined;
  readonly p99: Quantity<'s'> | undefined;
  /** What one shard takes, for the same quantiles. */
  readonly oneP50: Quantity<'s'> | undefined;
  readonly oneP99: Quantity<'s'> | undefined;
}

const SOURCE = 'order statistics: the slowest of S independent shards; lognormal between p50 and p99';

export function fanOut(shard: EnginePlan, shards: Quantity<'count'>): FanOut {
  const { p50, p99 } = shard.query;
  const slower = derive(
    'fan-outs slower than the p99 of a shard',
    'ratio',
    '1 - 0.99^S',
    { S: shards },
    { source: SOURCE },
  );
  if (p50 === undefined || p99 === undefined) {
    return { shards, slower, p50: undefined, p99: undefined, oneP50: p50, oneP99: p99 };
  }
  const quantile = (name: string, q: string): Quantity<'s'> =>
    derive(
      name,
      's',
      `p50 * max(1, p99 / p50)^(z(${q}^(1 / S)) / z(0.99))`,
      { p50, p99, S: shards },
      { source: SOURCE, basis: 'assumed', using: { z: (p = 0.5) => normalQuantile(p) }, moves: { S: 'rising' } },
    );
  return {
    shards,
    slower,
    p50: quantile('p50 of a fan-out', '0.5'),
    p99: quantile('p99 of a fan-out', '0.99'),
    oneP50: p50,
    oneP99: p99,
  };
}
