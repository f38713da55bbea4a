/**
 * How even shards come out when whole namespaces are placed by a uniform hash. The load of one shard has the mean N/S and
 * the variance Q (1/S)(1 - 1/S), Q being the sum of squared namespace sizes. The fullest of them has no closed form where a
 * few namespaces are large: the largest hundred are placed at random, many times over; the rest is added as normal noise
 * of its own variance.
 */
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { NamespaceSizes } from './namespace-sizes.ts';

export interface ShardBalance {
  readonly how: string;
  readonly namespaces: Quantity<'count'>;
  readonly exponent: Quantity<'ratio'> | undefined;
  /** Standard deviation of a shard's load over its mean. */
  readonly deviation: Quantity<'ratio'>;
  /** Load of the fullest shard over the mean, the middle of many placements; the interval holds nine in ten. */
  readonly fullest: Quantity<'ratio'>;
  readonly fullestRows: Quantity<'rows'>;
  readonly largestNamespace: Quantity<'rows'>;
  /** Namespaces that no shard can hold whole. */
  readonly tooLarge: Quantity<'count'>;
  /** Shards it takes so that the fullest one holds its load, too; undefined where no number does. */
  readonly shardsForFullest: Quantity<'count'> | undefined;
}

const SEED = 0x5eed;
/** Placements tried: the median is then within a percent of that of any number. Fewer where there are many shards, whose fullest varies less. */
const TRIALS = 401;
/** Placements tried for each number of shards while looking for one that fits. */
const QUICK_TRIALS = 51;
const MOST_DRAWS = 200_000;
const trialsFor = (shards: number, wanted: number): number =>
  Math.max(21, Math.min(wanted, 2 * Math.floor(MOST_DRAWS / shards / 2) + 1));

/** Deterministic uniform numbers (mulberry32, T. Ettinger). */
function uniform(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Fullest {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** Load of the fullest of S shards over the mean: median, 5th and 95th of the placements. */
export function fullestShard(sizes: NamespaceSizes, shards: number, wanted: number = TRIALS): Fullest {
  if (shards <= 1) return { middle: 1, low: 1, high: 1 };
  const random = uniform(SEED);
  const trials = trialsFor(shards, wanted);
  const inHead = sizes.head.reduce((a, b) => a + b, 0);
  const below = Math.max(0, sizes.memories - inHead) / shards;
  const noise = Math.sqrt(sizes.squaresBelow / shards);
  const loads = new Float64Array(shards);
  const fullest: number[] = [];
  for (let t = 0; t < trials; t++) {
    let sum = 0;
    for (let i = 0; i < shards; i += 2) {
      // Two normal values from two uniform ones (Box and Muller).
      const radius = noise * Math.sqrt(-2 * Math.log(1 - random()));
      const angle = 2 * Math.PI * random();
      loads[i] = radius * Math.cos(angle);
      if (i + 1 < shards) loads[i + 1] = radius * Math.sin(angle);
    }
    for (const load of loads) sum += load;
    for (const size of sizes.head) {
      const at = Math.floor(random() * shards);
      loads[at] = (loads[at] as number) + size;
    }
    let most = Number.NEGATIVE_INFINITY;
    for (const load of loads) if (load > most) most = load;
    fullest.push(((most - sum / shards + below) * shards) / sizes.memories);
  }
  fullest.sort((a, b) => a - b);
  const at = (q: number): number => Math.max(1, fullest[Math.round(q * (trials - 1))] as number);
  return { middle: at(0.5), low: at(0.05), high: at(0.95) };
}

/** Up to this multiple of what even shards would need is looked at. */
const MOST_SPREAD = 8;

/** The smallest number of shards from which the fullest holds its load, by bisection; undefined where none does. */
function shardsForFullest(sizes: NamespaceSizes, from: number, holds: number): number | undefined {
  if ((sizes.head[0] ?? 0) > holds) return undefined;
  const fits = (s: number): boolean => (fullestShard(sizes, s, QUICK_TRIALS).middle * sizes.memories) / s <= holds;
  let low = from;
  let high = from;
  while (!fits(high)) {
    low = high;
    high = Math.ceil(high * 1.5);
    if (high > from * MOST_SPREAD) return undefined;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** @param holds memories one shard can hold; undefined where nothing limits it */
export function shardBalance(
  sizes: NamespaceSizes,
  shards: Quantity<'count'>,
  holds: Quantity<'rows'> | undefined,
): ShardBalance {
  const basis = sizes.basis;
  const N = leaf('memories in namespaces', sizes.memories, 'rows', { basis, source: sizes.how });
  const squares = sizes.head.reduce((sum, x) => sum + x * x, 0) + sizes.squaresBelow;
  const f = fullestShard(sizes, shards.value);
  const fullest = leaf('fullest shard over the mean', f.middle, 'ratio', {
    low: f.low,
    high: f.high,
    basis,
    source: `${sizes.how}; placed ${trialsFor(shards.value, TRIALS)} times at random, median, 5th to 95th`,
  });
  const needed = holds === undefined ? shards.value : shardsForFullest(sizes, shards.value, holds.value);
  const tooLarge = holds === undefined ? 0 : sizes.largerThan(holds.value);
  return {
    how: sizes.how,
    namespaces: sizes.namespaces,
    exponent: sizes.exponent,
    deviation: derive('deviation of a shard over its mean', 'ratio', 'sqrt((S - 1) * Q) / N', {
      S: shards,
      Q: leaf('sum of squared namespace sizes', squares, 'count', { basis, source: sizes.how }),
      N,
    }),
    fullest,
    fullestRows: derive('memories on the fullest shard', 'rows', 'N / S * fullest', { N, S: shards, fullest }),
    largestNamespace: leaf('largest namespace', Math.round(sizes.head[0] ?? 0), 'rows', { basis, source: sizes.how }),
    tooLarge: leaf('namespaces larger than a shard', tooLarge, 'count', { basis, source: sizes.how }),
    shardsForFullest:
      needed === undefined
        ? undefined
        : leaf('shards so that the fullest holds its load', needed, 'count', {
            basis,
            source: `${sizes.how}; the fullest shard of that many still fits`,
          }),
  };
}
