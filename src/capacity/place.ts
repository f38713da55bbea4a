/**
 * memplan place: hot, warm, cold, glacier. The most used items go where access is fastest, as many as fit; what is left goes a
 * tier down. For accesses by Zipf's law the share that a tier answers is its part of the sum of i^-s. No I/O.
 */
import { findPrice, type PriceOverrides, perGbMonth } from '../prices/index.ts';
import { derive, formatBytes, formatPercent, formatShortCount, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { priceBook } from './cost.ts';
import { notUsed } from './input-notes.ts';
import { type WarmStore, warmItem } from './warm-item.ts';
import { harmonic } from './zipf.ts';

export interface PlaceWishes {
  readonly itemBytes: number | undefined;
  readonly hot: number | undefined;
  readonly warm: number | undefined;
  readonly cold: number | undefined;
  readonly zipf: number | undefined;
  readonly warmStore: WarmStore;
}

export interface PlacedTier {
  readonly id: 'hot' | 'warm' | 'cold' | 'glacier';
  readonly title: string;
  /** Undefined for the last tier, which takes the rest. */
  readonly size: Quantity<'B'> | undefined;
  /** Bytes that one item takes here. */
  readonly itemBytes: Quantity<'B'>;
  readonly items: Quantity<'count'>;
  readonly bytes: Quantity<'B'>;
  /** Share of all accesses that this tier answers. */
  readonly hits: Quantity<'ratio'>;
  readonly latency: Quantity<'s'>;
  readonly money: Quantity<'USD/month'> | undefined;
  /** Seconds between two accesses of its least used item: promote what is used more often. Undefined without accesses. */
  readonly promoteBelow: Quantity<'s'> | undefined;
  /** Demote what was not used for so long: twice the above, so that an item at the edge does not move to and fro. */
  readonly demoteAfter: Quantity<'s'> | undefined;
}

export interface PlaceReport {
  readonly kind: 'place-report';
  readonly headline: readonly string[];
  readonly items: Quantity<'count'>;
  readonly itemBytes: Quantity<'B'>;
  readonly exponent: Quantity<'ratio'>;
  readonly tiers: readonly PlacedTier[];
  readonly meanLatency: Quantity<'s'>;
  /** Mean with everything in the last tier, for comparison. */
  readonly withoutTiers: Quantity<'s'>;
  readonly money: Quantity<'USD/month'> | undefined;
  /** What one item takes in the warm tier, each way of keeping it. */
  readonly warm: Readonly<Record<WarmStore, Quantity<'B'>>>;
  readonly warmItemsLost: Quantity<'count'>;
  readonly notes: readonly string[];
}

/** Bytes of an item by the scalar of its vector: the data alone, without what a store puts around it. */
const DATA: Readonly<Record<Workload['scalar'], string>> = {
  float32: 'text + metadata + 4 * d',
  halfvec: 'text + metadata + 2 * d',
  int8: 'text + metadata + d',
  bit: 'text + metadata + ceil(d / 8)',
  // An index and a float each.
  sparsevec: 'text + metadata + 8 * k',
};
/** What those are made of, and what --item-bytes says at once. */
const PARTS: readonly string[] = ['dims', 'type', 'nonzeros', 'text-bytes', 'metadata-bytes'];

const STOCK = { hot: 8e9, warm: 32e9, cold: 500e9 } as const;

const latency = (name: string, value: number, low: number, high: number, words: string): Quantity<'s'> =>
  leaf(name, value, 's', { basis: 'documented', low, high, source: `memories-dev documentation: ${words}` });
const LATENCY = {
  hot: latency('access in the hot tier', 0.001, 0.0001, 0.001, 'less than 1 ms'),
  warm: latency('access in the warm tier', 0.01, 0.005, 0.02, 'about 10 ms'),
  cold: latency('access in the cold tier', 0.1, 0.05, 0.2, 'about 100 ms'),
  glacier: latency('access in the glacier tier', 3, 1, 10, '1 to 10 s'),
} as const;

/** Rules of thumb for media, by catalogue id. The hot tier is memory of a GPU, of which no price is known. */
const MEDIUM = { hot: undefined, warm: 'medium.dram', cold: 'medium.ssd', glacier: 'medium.s3' } as const;
const GB: Quantity<'B'> = leaf('bytes in a GB', 1e9, 'B', { source: 'GB = 10^9 bytes' });
const HYSTERESIS: Quantity<'ratio'> = leaf('factor between promotion and demotion', 2, 'ratio', {
  basis: 'assumed',
  source: 'default: twice, so that an item at the edge does not move at every access',
});

const ZIPF = {
  H: (n = 0, s = 1) => harmonic(n, s),
} as const;

/** Items of the tiers above, down to this one, and of all: what the share of accesses is made of. */
interface Ranks {
  readonly above: Quantity<'count'>;
  readonly upTo: Quantity<'count'>;
  readonly all: Quantity<'count'>;
  readonly s: Quantity<'ratio'>;
}

export function placeReport(
  w: Workload,
  wishes: PlaceWishes,
  options: { readonly prices?: PriceOverrides } = {},
): PlaceReport {
  const prices = priceBook(options.prices ?? {});
  const items = leaf('items', w.memories.value, 'count', { basis: w.memories.basis, source: w.memories.source });
  const itemBytes =
    wishes.itemBytes === undefined
      ? derive('data of one item', 'B', DATA[w.scalar], {
          text: w.textBytes,
          metadata: w.metadataBytes,
          ...(w.scalar === 'sparsevec' ? { k: w.nonzeros } : { d: w.dimensions }),
        })
      : leaf('data of one item', wishes.itemBytes, 'B', { source: '--item-bytes' });
  const exponent = leaf('Zipf exponent of accesses', wishes.zipf ?? 1, 'ratio', {
    basis: wishes.zipf === undefined ? 'assumed' : 'exact',
    source: wishes.zipf === undefined ? 'default: 1' : '--zipf',
  });
  const sizes = {
    hot: tierSize('hot', wishes.hot),
    warm: tierSize('warm', wishes.warm),
    cold: tierSize('cold', wishes.cold),
  };
  const warm = {
    tables: warmItem('tables', itemBytes),
    rows: warmItem('rows', itemBytes),
    packed: warmItem('packed', itemBytes),
  };
  const each = { hot: itemBytes, warm: warm[wishes.warmStore], cold: itemBytes, glacier: itemBytes };
  const tiers: PlacedTier[] = [];
  let above: Quantity<'count'> = leaf('items in the tiers above', 0, 'count');
  for (const id of ['hot', 'warm', 'cold', 'glacier'] as const) {
    const size = id === 'glacier' ? undefined : sizes[id];
    const bytes = each[id];
    const held: Quantity<'count'> =
      size === undefined
        ? derive('items left for the last tier', 'count', 'all - above', { all: items, above })
        : derive(`items in the ${id} tier`, 'count', 'max(0, min(all - above, floor(size / each)))', {
            all: items,
            above,
            size,
            each: bytes,
          });
    // Not above + held: the fewer lie above, the more are held, and a tier that takes all the rest ends with the last item for sure.
    const upTo: Quantity<'count'> =
      size === undefined
        ? items
        : derive('items down to this tier', 'count', 'min(all, above + floor(size / each))', {
            all: items,
            above,
            size,
            each: bytes,
          });
    tiers.push(placed(id, size, bytes, held, { above, upTo, all: items, s: exponent }, w, prices));
    above = upTo;
  }
  const [first, ...rest] = tiers.map((t) => t.money).filter((m) => m !== undefined);
  const [a, b, c, d] = tiers as [PlacedTier, PlacedTier, PlacedTier, PlacedTier];
  const meanLatency = derive('mean time of an access', 's', 'h * H + w * W + c * C + g * G', {
    h: a.hits,
    H: a.latency,
    w: b.hits,
    W: b.latency,
    c: c.hits,
    C: c.latency,
    g: d.hits,
    G: d.latency,
  });
  const report = {
    kind: 'place-report' as const,
    items,
    itemBytes,
    exponent,
    tiers,
    meanLatency,
    withoutTiers: LATENCY.glacier,
    money: first === undefined ? undefined : sum('media a month', first, ...rest),
    warm,
    warmItemsLost: derive(
      'items more that the warm tier holds packed',
      'count',
      'min(all, floor(size / packed)) - min(all, floor(size / tables))',
      { all: items, size: sizes.warm, packed: warm.packed, tables: warm.tables },
    ),
    notes: notes(w, wishes),
  };
  return { ...report, headline: headline(report) };
}

const tierSize = (id: 'hot' | 'warm' | 'cold', given: number | undefined): Quantity<'B'> =>
  given === undefined
    ? leaf(`size of the ${id} tier`, STOCK[id], 'B', {
        basis: 'assumed',
        source: 'default: the first example of the memories-dev documentation, in GB of 10^9',
      })
    : leaf(`size of the ${id} tier`, given, 'B', { source: `--${id}` });

const TITLES = {
  hot: 'GPU memory',
  warm: 'RAM',
  cold: 'disk of the machine',
  glacier: 'object storage',
} as const;

function placed(
  id: PlacedTier['id'],
  size: Quantity<'B'> | undefined,
  itemBytes: Quantity<'B'>,
  items: Quantity<'count'>,
  r: Ranks,
  w: Workload,
  prices: ReturnType<typeof priceBook>,
): PlacedTier {
  // Larger items are fewer: a full tier holds its size, however large they are.
  const bytes =
    size === undefined
      ? derive(`bytes in the ${id} tier`, 'B', 'items * each', { items, each: itemBytes })
      : derive(`bytes in the ${id} tier`, 'B', 'max(0, min(all - above, floor(size / each))) * each', {
          all: r.all,
          above: r.above,
          size,
          each: itemBytes,
        });
  const medium = MEDIUM[id];
  const price = medium === undefined ? undefined : perGbMonth(findPrice(prices, medium));
  // Below the tier that holds the last item there is nothing to move from or to.
  const last = size === undefined || r.upTo.value >= r.all.value;
  const promoteBelow =
    last || w.queriesPerSecond === undefined || w.queriesPerSecond.value === 0 || items.value < 1
      ? undefined
      : derive(
          'time between two accesses of the last item that fits',
          's',
          'H(all, s) * upTo^s / qps',
          { all: r.all, s: r.s, upTo: r.upTo, qps: w.queriesPerSecond },
          { using: ZIPF, source: 'Zipf: the item of rank i is asked for i^-s / H(N, s) of the time' },
        );
  return {
    id,
    title: TITLES[id],
    size,
    itemBytes,
    items,
    bytes,
    hits: derive(
      `accesses that the ${id} tier answers`,
      'ratio',
      '(H(min(all, above + held), s) - H(above, s)) / H(all, s)',
      { above: r.above, held: items, all: r.all, s: r.s },
      // The sum is concave: the same number of items further down is asked for less.
      { using: ZIPF, source: "Zipf's law over ranks", moves: { held: 'rising', above: 'falling' } },
    ),
    latency: LATENCY[id],
    money:
      price &&
      derive(`the ${id} tier a month`, 'USD/month', 'bytes / GB * price * (1 + copies)', {
        bytes,
        GB,
        price,
        copies: w.replicas,
      }),
    promoteBelow,
    demoteAfter:
      promoteBelow &&
      derive('time without an access after which to demote', 's', 'time * factor', {
        time: promoteBelow,
        factor: HYSTERESIS,
      }),
  };
}

function headline(r: Omit<PlaceReport, 'headline'>): string[] {
  const fast = r.tiers.filter((t) => t.id === 'hot' || t.id === 'warm');
  const hits = fast.reduce((total, t) => total + t.hits.value, 0);
  const held = fast.reduce((total, t) => total + t.items.value, 0);
  const out = [
    `Hot and warm hold ${formatShortCount(held)} of ${formatShortCount(r.items.value)} items and answer ≈ ${formatPercent(hits)} of the accesses.`,
  ];
  const ratio = r.warm.tables.value / r.itemBytes.value;
  if (ratio >= 2 && r.tiers[1]?.itemBytes === r.warm.tables) {
    out.push(
      `A table for each item makes ${formatBytes(r.itemBytes.value)} of data take ${formatBytes(r.warm.tables.value)} in the warm tier, ${formatShortCount(Math.round(ratio))} times as much.`,
    );
  }
  return out;
}

function notes(w: Workload, wishes: PlaceWishes): string[] {
  const parts = wishes.itemBytes === undefined ? [] : PARTS.filter((id) => w.origin[id] === 'flag');
  const out = [
    ...notUsed(parts, '--item-bytes says how large an item is'),
    ...notUsed(w.origin['users'] === 'flag' && w.origin['n'] !== 'derived' ? ['users'] : [], '--n says how many items'),
    'memories-dev 2.0.9 enforces none of its sizes and never demotes: sizes and thresholds here are for whoever does',
    'money is a rule of thumb for media; of GPU memory no price is known, so the hot tier has none and the sum leaves it out',
  ];
  if (w.queriesPerSecond === undefined) {
    out.push('thresholds are not told: nobody said how many accesses there are; give --queries-per-second');
  }
  return out;
}
